"""What is odd about a table, and what is not."""

from typing import Any

import numpy as np
import pytest

from pellucid.auto._cautions import cautions
from pellucid.auto._task import Task
from pellucid.data import as_table

N = 60
CLASSES, NUMBER = Task("y", "by hand", (0, 1)), Task("y", "by hand")


def said(columns: dict[str, Any], task: Task = CLASSES) -> list[str]:
    """The cautions on a table whose last ten rows are held back."""
    table = as_table({"row": np.arange(N) + 0.5, **columns})
    return cautions(table, task, np.arange(N - 10))


def test_a_column_that_spells_the_target_otherwise_is_named() -> None:
    y = np.arange(N) % 2
    for leak in (["no", "yes"] * (N // 2), y.astype(bool), 3 - y, ["no", "yes", "no", "aye"] * (N // 4)):
        assert said({"y": y, "leak": leak})[0].startswith("column 'leak' alone tells 'y' in every training row")


def test_columns_that_tell_a_little_are_not() -> None:
    y = np.arange(N) % 2
    often = np.where(np.arange(N) % 7 == 0, 1 - y, y)
    assert said({"y": y, "often": often, "constant": np.zeros(N)}) == []


def test_a_column_of_names_is_named() -> None:
    (line,) = said({"y": np.arange(N) % 2, "names": [f"n{i}" for i in range(N)]})
    assert line.startswith("column 'names' has 60 different words in 60 rows")


def test_only_training_rows_are_looked_at() -> None:
    y = np.arange(N) % 2
    leak = np.where(np.arange(N) < 50, y, 1 - y)  # not in the last ten rows
    table = as_table({"y": y, "leak": leak, "row": np.arange(N) + 0.5})
    assert len(cautions(table, CLASSES, np.arange(50))) == 1
    assert cautions(table, CLASSES, np.arange(59)) == []


def test_a_number_in_another_unit_is_named_and_a_related_one_is_not() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=N)
    columns = {"y": y, "fahrenheit": 32 - 1.8 * y, "near": y + 0.3 * rng.normal(size=N), "word": ["a", "b"] * (N // 2)}
    assert [line.split("'")[1] for line in said(columns, NUMBER)] == ["fahrenheit"]


def test_missing_cells_do_not_hide_a_leak() -> None:
    y = np.random.default_rng(0).normal(size=N)
    leak = np.where(np.arange(N) % 7 == 0, np.nan, 2 * y)
    assert len(said({"y": y, "leak": leak}, NUMBER)) == 1


@pytest.mark.parametrize("copies", [0, 1, 5])
def test_held_back_rows_that_are_learned_from_as_well_are_counted(copies: int) -> None:
    x = np.random.default_rng(0).normal(size=N)
    x[N - copies :] = x[:copies]
    table = as_table({"x": x, "y": np.round(np.abs(x), 1)})
    lines = cautions(table, NUMBER, np.arange(N - 10))
    assert [line.split()[:4] for line in lines] == ([[str(copies), "of", "10", "test"]] if copies else [])
