"""A column is read and replaced alike in every kind of table, and the others stay as they were."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pellucid.errors import ColumnError, DataError
from pellucid.inspection._table_columns import TableColumns

DATA: dict[str, list[Any]] = {"size": [1.0, 2.0, None], "colour": ["red", None, "blue"]}
FRAMES = [pd.DataFrame(DATA, index=[7, 7, 3]), pl.DataFrame(DATA), pa.table(DATA)]
NUMBERED = pd.DataFrame({0: DATA["size"], 1: DATA["colour"]})  # as pandas names columns that have no names


@pytest.mark.parametrize("frame", [*FRAMES, NUMBERED], ids=lambda f: type(f).__module__)
def test_rows_and_values_move_in_one_column_only(frame: Any) -> None:
    table = TableColumns(frame, where="t")
    moved = TableColumns(table.with_rows({1: np.array([2, 0, 1])}), where="t")
    assert moved.values(1).tolist() == ["blue", "red", None]
    np.testing.assert_array_equal(moved.values(0), [1.0, 2.0, np.nan])
    other = table.with_values({0: np.full(3, 9.0), 1: np.full(3, "blue", dtype=object)})
    assert type(other) is type(frame)
    assert TableColumns(other, where="t").values(0).tolist() == [9.0] * 3
    assert TableColumns(other, where="t").values(1).tolist() == ["blue"] * 3
    assert TableColumns(table.take(np.array([2])), where="t").values(1).tolist() == ["blue"]
    np.testing.assert_array_equal(table.values(0), [1.0, 2.0, np.nan])


def test_an_array_of_whole_numbers_takes_fractions() -> None:
    table = TableColumns(np.arange(6).reshape(3, 2), where="t")
    assert table.with_values({1: np.full(3, 0.5)}).tolist() == [[0.0, 0.5], [2.0, 0.5], [4.0, 0.5]]


def test_a_column_that_is_not_there_is_named() -> None:
    for feature in ("weight", 2, -1, 0.0):
        with pytest.raises(ColumnError, match=f"t: there is no column {feature!r}; there are size, colour"):
            TableColumns(FRAMES[0], where="t").place(feature)
    with pytest.raises(DataError, match="1 axes"):
        TableColumns([1, 2], where="t")
