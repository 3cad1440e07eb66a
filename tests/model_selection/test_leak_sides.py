"""What a user gave, brought to one form."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse

from pellucid.errors import ColumnError, DataError, ParameterError, PellucidError
from pellucid.model_selection._leak_sides import codes_of, column_of, sides_of

TRAIN = {"n": [1.5, None, 3.0], "word": ["a", "b", None], "truth": [True, False, True]}
TEST = {"truth": [False, True], "n": [3.0, 1.0], "word": [None, "c"]}


def coded(train: Any, test: Any, y_train: Any = None, y_test: Any = None) -> list[list[int]]:
    return [column.tolist() for column in sides_of(train, test, y_train, y_test, "auto").codes()]


def test_frames_of_every_kind_give_the_same_codes_with_columns_matched_by_name() -> None:
    wanted = [[1, -1, 2, 2, 0], [0, 1, -1, -1, 2], [1, 0, 1, 0, 1], [0, 1, 0, 1, 0]]
    for kind in (dict, pl.DataFrame, pd.DataFrame, pa.table):
        assert coded(kind(TRAIN), kind(TEST), ["no", "yes", "no"], np.array(["yes", "no"])) == wanted
    assert coded(pl.DataFrame(TRAIN), pd.DataFrame(TEST), pd.Series([0, 1, 0]), pa.array([1, 0])) == wanted


def test_numbers_are_coded_in_their_order_and_words_too() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.integers(50, size=200).astype(float)
    np.testing.assert_array_equal(codes_of(pl.Series(numbers)), np.unique(numbers, return_inverse=True)[1])
    words = numbers.astype(str)
    np.testing.assert_array_equal(codes_of(pl.Series(words)), np.unique(words, return_inverse=True)[1])
    assert codes_of(pl.Series([None, None], dtype=pl.String)).tolist() == [-1, -1]


def test_a_column_without_cells_on_one_side_takes_the_kind_of_the_other() -> None:
    assert coded({"a": ["x", "y"]}, {"a": [None, None]}) == [[0, 1, -1, -1]]
    assert coded({"a": [None, None]}, {"a": ["x", "y"]}) == [[-1, -1, 0, 1]]
    assert sides_of({"a": [None]}, {"a": ["x"]}, None, None, "auto").train.kinds == {"a": "category"}


def test_truths_stand_beside_numbers_and_words_do_not() -> None:
    assert coded({"a": [True, False]}, {"a": [1.0, 2.0]}) == [[1, 0, 1, 2]]
    with pytest.raises(DataError, match="column 'a' holds a category in train and a number in test"):
        coded({"a": ["1"]}, {"a": [1.0]})


@pytest.mark.parametrize(
    ("y", "task", "classes"),
    [
        (["no", "yes", "no"], "auto", True),
        ([True, False, True], "auto", True),
        ([0, 1, 2], "auto", True),
        ([0.5, 1, 2], "auto", False),
        ([0, 1, 2], "regression", False),
        ([0.5, 1, 2], "classification", True),
    ],
)
def test_a_target_is_classes_or_a_number(y: Any, task: str, classes: bool) -> None:
    assert sides_of(np.eye(3), np.eye(3), y, y, task).classes is classes


def test_columns_are_asked_for_by_name_or_given_as_a_pair() -> None:
    sides = sides_of(TRAIN, TEST, None, None, "auto")
    assert [side.to_list() for side in column_of("n", sides, "time")] == [[1.5, None, 3.0], [3.0, 1.0]]
    days = ([datetime(1970, 1, 1)] * 3, pd.Series([datetime(1970, 1, 2)] * 2))
    assert [side.to_list() for side in column_of(days, sides, "time")] == [[0.0] * 3, [86400.0] * 2]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (({"a": [1]}, {"b": [1]}), ColumnError, "different columns: 'a' only in train, 'b' only in test"),
        ((np.eye(2), np.eye(3)), ColumnError, "'x2' only in test"),
        (({"a": []}, {"a": [1]}), DataError, "X_train has no rows"),
        ((np.eye(2), np.empty((0, 2))), DataError, r"X_test has shape \(0, 2\)"),
        (([[1], [2, 3]], [[1]]), DataError, "rows of different lengths"),
        (({"a": [[1], [2]]}, {"a": [[1]]}), DataError, "'a'"),
        (({"a": [{1: 2}]}, {"a": [{1: 2}]}), DataError, "'a' holds dict"),
        (({"a": [1, "x"]}, {"a": [1]}), DataError, "'a' mixes"),
        ((scipy.sparse.csr_array(np.eye(2)), np.eye(2)), DataError, "X_train is sparse"),
        ((np.eye(2), np.eye(2), [1, 2, 3], [1, 2]), DataError, "X has 2 rows and y has 3"),
        ((np.eye(2), np.eye(2), np.eye(2), [1, 2]), DataError, "column 'y' has shape"),
        ((np.eye(2), np.eye(2), [[1], [2, 3]], [1, 2]), DataError, "'y'"),
        ((np.eye(2), np.eye(2), {"a": [1, 2], "b": [1, 2]}, None), DataError, "y_train has 2 columns"),
        ((np.array(3.0), np.eye(2)), DataError, r"X_train has shape \(\)"),
        ((np.eye(2) * 1j, np.eye(2)), DataError, "complex"),
    ],
)
def test_what_cannot_be_compared_is_told_in_words(
    arguments: tuple[Any, ...], error: type[PellucidError], message: str
) -> None:
    X_train, X_test, y_train, y_test = (*arguments, None, None)[:4]
    with pytest.raises(error, match=message):
        sides_of(X_train, X_test, y_train, y_test, "auto")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("m", ColumnError, "has no column 'm'"),
        ([1, 2, 3], ParameterError, "time is a list; give the name of a column, or a pair"),
        (([1, 2], [1, 2]), DataError, "X has 3 rows and y has 2"),
        ((["a"] * 3, [1.0] * 2), DataError, "category in train and a number in test"),
    ],
)
def test_times_that_do_not_fit_the_rows_are_refused(given: Any, error: type[PellucidError], message: str) -> None:
    with pytest.raises(error, match=message):
        column_of(given, sides_of(TRAIN, TEST, None, None, "auto"), "time")


def test_an_unknown_task_is_refused() -> None:
    with pytest.raises(ParameterError, match="task is 'ranking'"):
        sides_of(np.eye(2), np.eye(2), None, None, "ranking")
