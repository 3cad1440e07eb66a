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
    table = as_table({"row": np.arange(N) + 0.5, **columns})
    return cautions(table, task, np.arange(N))


def test_a_column_that_spells_the_target_otherwise_is_named() -> None:
    y = np.arange(N) % 2
    for leak in (["no", "yes"] * (N // 2), y.astype(bool), 3 - y, ["no", "yes", "no", "aye"] * (N // 4)):
        assert said({"y": y, "leak": leak})[0].startswith("column 'leak' alone tells 'y' in every training row")


def test_columns_that_tell_a_little_or_name_rows_are_not() -> None:
    y = np.arange(N) % 2
    almost = np.where(np.arange(N) == 0, 1 - y, y)
    names = [f"n{i}" for i in range(N)]
    assert said({"y": y, "almost": almost, "names": names, "constant": np.zeros(N)}) == []


def test_only_training_rows_are_looked_at() -> None:
    y = np.arange(N) % 2
    leak = np.where(np.arange(N) < 50, y, 1 - y)  # not in the last ten rows
    table = as_table({"y": y, "leak": leak, "row": np.arange(N) + 0.5})
    assert len(cautions(table, CLASSES, np.arange(50))) == 1
    assert cautions(table, CLASSES, np.arange(N)) == []


def test_a_number_in_another_unit_is_named_and_a_related_one_is_not() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=N)
    columns = {"y": y, "fahrenheit": 32 - 1.8 * y, "near": y + 0.1 * rng.normal(size=N), "word": ["a", "b"] * (N // 2)}
    assert [line.split("'")[1] for line in said(columns, NUMBER)] == ["fahrenheit"]


def test_missing_cells_do_not_hide_a_leak() -> None:
    y = np.random.default_rng(0).normal(size=N)
    leak = np.where(np.arange(N) % 7 == 0, np.nan, 2 * y)
    assert len(said({"y": y, "leak": leak}, NUMBER)) == 1


@pytest.mark.parametrize("copies", [0, 1, 5])
def test_rows_that_are_there_twice_are_counted(copies: int) -> None:
    x = np.arange(N, dtype=float)
    x[:copies] = x[copies : 2 * copies]
    table = as_table({"x": x, "y": np.zeros(N)})
    lines = cautions(table, NUMBER, np.arange(N))
    assert [line.split()[0] for line in lines] == ([str(2 * copies)] if copies else [])
