"""What a choice of columns means, for every kind of table."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import coo_matrix, csr_array

from pellucid.compose._columns import Columns, is_one, places_of
from pellucid.errors import ColumnError, DataError, ParameterError

NAMES = ["age", "job", "pay"]
DATA = {"age": [1, 2], "job": ["a", "b"], "pay": [0.5, 1.5]}
EVERY = [pd.DataFrame(DATA), pl.DataFrame(DATA), pa.table(DATA)]


@pytest.mark.parametrize(
    ("chosen", "places"),
    [
        ("pay", [2]),
        (["pay", "age"], [2, 0]),
        (pd.Index(["job"]), [1]),
        (-1, [2]),
        (np.int64(1), [1]),
        (np.array([0, -2]), [0, 1]),
        (range(2), [0, 1]),
        (slice(1, None), [1, 2]),
        (slice("job", "pay"), [1, 2]),
        (slice(None, "job"), [0, 1]),
        ([True, False, True], [0, 2]),
        (np.array([False, False, True]), [2]),
        ([False, False, False], []),
        ([], []),
    ],
    ids=str,
)
def test_a_choice_is_a_list_of_places(chosen: Any, places: list[int]) -> None:
    assert places_of(chosen, NAMES, 3, where="w") == places


@pytest.mark.parametrize(
    ("chosen", "error", "complaint"),
    [
        ("Pay", ColumnError, "there is no column 'Pay'. Did you mean 'pay'"),
        (["zebra"], ColumnError, "no column 'zebra'. X has 'age', 'job', 'pay'."),
        (3, ColumnError, "no column 3; X has 3, numbered from 0"),
        ([-4], ColumnError, "no column -4"),
        ([True], ColumnError, "the mask has 1 entries and X 3 columns"),
        (["age", 1], ParameterError, "must be all names, all numbers, a mask"),
        ([True, 1], ParameterError, "must be all names"),
        (1.5, ParameterError, "the columns are 1.5"),
        (None, ParameterError, "the columns are None"),
    ],
    ids=str,
)
def test_a_choice_that_names_no_columns_is_refused(chosen: Any, error: type[Exception], complaint: str) -> None:
    with pytest.raises(error, match=complaint):
        places_of(chosen, NAMES, 3, where="w")


def test_names_need_a_frame() -> None:
    with pytest.raises(ColumnError, match="X has no names.* only supported for dataframes"):
        places_of("age", None, 3, where="w")


def test_a_bare_name_or_number_means_one_column() -> None:
    assert [is_one(chosen) for chosen in ("a", 0, np.int8(0), ["a"], True, slice(1))] == [True] * 3 + [False] * 3


@pytest.mark.parametrize("X", EVERY, ids=lambda X: type(X).__module__)
def test_a_frame_gives_frames_of_its_kind_and_series(X: Any) -> None:
    columns = Columns(X, where="w")
    assert (columns.n_rows, columns.n_columns, columns.names) == (2, 3, NAMES)
    part = columns.take([2, 0])
    assert type(part) is type(X)
    assert np.asarray(columns.take([1], one=True)).tolist() == ["a", "b"]
    np.testing.assert_array_equal(
        Columns(part, where="w").take([0]), X[["pay"]] if type(X) is not pa.Table else X.select(["pay"])
    )


def test_an_array_gives_arrays_that_lie_row_by_row_and_share_nothing() -> None:
    X = np.arange(6.0).reshape(2, 3)
    part = Columns(X, where="w").take([2, 0])
    assert part.tolist() == [[2.0, 0.0], [5.0, 3.0]]
    assert part.flags.c_contiguous and not np.shares_memory(part, X)


@pytest.mark.parametrize("kind", [coo_matrix, csr_array])
def test_sparse_matrices_stay_sparse(kind: Any) -> None:
    part = Columns(kind([[1, 0, 2]]), where="w").take([2, 1])
    assert part.toarray().tolist() == [[2, 0]]


def test_cells_of_mixed_rows_stay_what_they_are() -> None:
    assert Columns([["a", 1], ["b", None]], where="w").take([1]).tolist() == [[1], [None]]


def test_names_that_are_no_text_leave_places() -> None:
    assert Columns(pd.DataFrame(np.eye(2)), where="w").names is None


@pytest.mark.parametrize(
    ("X", "complaint"),
    [
        (np.ones(3), "X has 1 axes"),
        (np.ones((1, 1, 1)), "X has 3 axes"),
        ([[1, 2], [3]], "rows"),
        (np.empty((0, 2)), r"0 row\(s\)"),
        (pd.DataFrame(index=range(3)), r"0 feature\(s\)"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "several columns of one name"),
        (pl.LazyFrame({"a": [1]}), "X.collect()"),
    ],
    ids=lambda part: part if isinstance(part, str) else "X",
)
def test_what_is_no_table_is_refused(X: Any, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        Columns(X, where="w")
