"""Leak checks as a whole: what they say of clean and of spoilt splits.  The full table is benchmarks/leaks.py."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.data import Table, read_table
from pellucid.errors import ParameterError
from pellucid.model_selection import find_leaks, split_rows, train_test_split

_TABLE = Path(__file__).resolve().parents[2] / "benchmarks" / "leaks.py"
FOUND = [  # (check, strength, ground, least share of the splits)
    ("PEL-L001", "1 row", "gaussian x 3", 1.0),
    ("PEL-L001", "10 % of the test rows", "mixed", 1.0),
    ("PEL-L002", "5 % of the rows, noise 0.001", "gaussian x 20", 1.0),
    ("PEL-L002", "5 % of the rows, noise 0.01", "gaussian x 20", 1.0),
    ("PEL-L002", "5 % of the rows, one column off", "gaussian x 20", 1.0),
    ("PEL-L003", "names, 5 % used before", "mixed", 1.0),
    ("PEL-L004", "AUC 0.999", "mixed", 1.0),
    ("PEL-L004", "correlation 0.997", "number", 1.0),
    ("PEL-L005", "3 % of the rows redrawn", "gaussian x 3", 0.6),
    ("PEL-L005", "another unit, 1 % redrawn", "number", 1.0),
    ("PEL-L006", "one row", "mixed", 1.0),
    ("PEL-L007", "one group", "mixed", 1.0),
]


@pytest.fixture(scope="module")
def measured() -> ModuleType:
    """The script that measures the table."""
    if not _TABLE.exists():
        pytest.skip(f"the measuring script is not at {_TABLE}")
    spec = importlib.util.spec_from_file_location("leaks_measured", _TABLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_clean_splits_of_many_shapes_raise_no_alarm(measured: ModuleType) -> None:
    for name, draw in measured.SYNTHETIC.items():
        alarms = measured.false_alarms(draw, splits=3, seed=1)
        assert name in measured.TRULY or not any(alarms.values()), (name, alarms)


@pytest.mark.parametrize(("check", "strength", "ground", "least"), FOUND)
def test_planted_leaks_are_found(measured: ModuleType, check: str, strength: str, ground: str, least: float) -> None:
    plant = {name: plant for name, plant, _ in measured.PLANTS[check]}[strength]
    assert measured.detection(check, plant, ground, splits=5, seed=1) >= least


def split(table: Table, target: str, seed: int) -> tuple[Any, ...]:
    test, train = split_rows(len(table), [len(table) // 4, len(table) - len(table) // 4], seed=seed)
    x, y = table.drop(target), table.select(target)
    return x.take(train), x.take(test), y.take(train), y.take(test)


@pytest.mark.parametrize(("name", "target"), [("penguins", "species"), ("mpg", "mpg"), ("titanic", "survived")])
def test_real_tables_are_clean_but_for_the_column_that_is_the_target(shared_data: Path, name: str, target: str) -> None:
    table = read_table(shared_data / f"{name}.csv")
    for seed in range(5):
        found = find_leaks(*split(table, target, seed))
        assert [(finding.id, finding.column) for finding in found] == ([("PEL-L005", "alive")] * (name == "titanic"))


def test_diamonds_that_are_listed_twice_are_found(shared_data: Path) -> None:
    """Equal rows, and stones measured twice with length and width exchanged at another price."""
    found = find_leaks(*split(read_table(shared_data / "diamonds.csv"), "price", 0))
    assert [finding.id for finding in found] == ["PEL-L001", "PEL-L002"]
    assert {finding.severity for finding in found} == {"warning"}  # the table repeats them, not the split


def test_every_kind_of_frame_gives_the_same_findings() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=80)
    columns = {"x": rng.normal(size=80), "alive": np.where(y == 1, "yes", "no").tolist(), "n": list(range(80))}
    told = []
    for kind in (dict, pl.DataFrame, pd.DataFrame):
        left, right = (kind({name: column[part] for name, column in columns.items()}) for part in PARTS)
        told.append(find_leaks(left, right, y[PARTS[0]], y[PARTS[1]].tolist()))
    assert [(finding.id, finding.column) for finding in told[0]] == [("PEL-L003", "n"), ("PEL-L005", "alive")]
    assert told[0] == told[1] == told[2]


PARTS = (slice(0, 60), slice(60, 80))


def test_findings_come_in_the_order_of_their_ids_and_the_same_seed_gives_the_same() -> None:
    rng = np.random.default_rng(0)
    x = {"n": np.arange(80.0), "day": np.arange(80.0)[::-1] * 2.5, "who": (np.arange(80) % 7).astype(str)}
    y = rng.integers(2, size=80)
    left, right = ({name: column[part] for name, column in x.items()} for part in PARTS)
    found = find_leaks(left, right, y[:60], y[60:], time="day", groups="who", seed=3)
    assert [finding.id for finding in found] == ["PEL-L003", "PEL-L006", "PEL-L007"]
    assert found == find_leaks(left, right, y[:60], y[60:], time="day", groups="who", seed=3)


def test_without_targets_rows_and_names_are_still_looked_at() -> None:
    x = np.random.default_rng(0).normal(size=(80, 3))
    x[70] = x[0]
    assert [finding.id for finding in find_leaks(x[:60], x[60:])] == ["PEL-L001"]
    assert find_leaks(x[:50], x[50:70]) == []


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_few_rows_are_looked_at_without_alarm(n: int) -> None:
    x = np.random.default_rng(0).normal(size=(n, 2))
    assert find_leaks(x, x + 1, np.arange(n) % 2, np.arange(n) % 2) == []


def test_an_unknown_check_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="checks has 'PEL-L099'; give a list of some of PEL-L001"):
        find_leaks([[1]], [[2]], checks=["PEL-L001", "PEL-L099"])


def test_a_target_among_the_columns_is_the_one_that_is_named(shared_data: Path) -> None:
    table = read_table(shared_data / "titanic.csv")
    train, test = train_test_split(table, random_state=0)
    apart = [part.drop("survived") for part in (train, test)]
    y = [part.column("survived") for part in (train, test)]
    found = find_leaks(train, test, target="survived")
    assert found == find_leaks(*apart, *y, target="survived")
    assert any(finding.id == "PEL-L005" and "alive" in str(finding) for finding in found)
