"""Frames and arrays people hold come over with their types, or are refused by column."""

import datetime

import numpy as np
import polars as pl
import pytest

from pellucid.data._frames import frame_of
from pellucid.errors import DataError


def fault(data) -> str:
    with pytest.raises(DataError) as caught:
        frame_of(data)
    return str(caught.value)


def test_a_polars_frame_is_taken_as_it_is():
    frame = pl.DataFrame({"a": [1, None], "b": ["x", "y"]})
    assert frame_of(frame) is frame


def test_a_pandas_frame_comes_over_with_missing_cells_missing():
    pd = pytest.importorskip("pandas")
    frame = frame_of(
        pd.DataFrame(
            {
                "text": ["a", None, "b"],
                "whole": pd.array([1, None, 3], dtype="Int64"),
                "real": [1.5, np.nan, 2.5],
                "truth": [True, False, True],
                "maybe": pd.array([True, None, False], dtype="boolean"),
                "class": pd.Categorical(["x", None, "y"]),
                "date": pd.to_datetime(["1970-01-02", None, "1970-01-03"]),
                7: [1, 2, 3],
            }
        )
    )
    assert frame.fill_nan(None).to_dict(as_series=False) == {
        "text": ["a", None, "b"],
        "whole": [1.0, None, 3.0],
        "real": [1.5, None, 2.5],
        "truth": [True, False, True],
        "maybe": [True, None, False],
        "class": ["x", None, "y"],
        "date": [datetime.datetime(1970, 1, 2), None, datetime.datetime(1970, 1, 3)],
        "7": [1, 2, 3],
    }


def test_an_arrow_table_comes_over():
    pa = pytest.importorskip("pyarrow")
    frame = frame_of(
        pa.table(
            {
                "text": ["a", None],
                "whole": [1, None],
                "truth": [True, None],
                "class": pa.array(["x", "y"]).dictionary_encode(),
            }
        )
    )
    assert frame.fill_nan(None).to_dict(as_series=False) == {
        "text": ["a", None],
        "whole": [1.0, None],
        "truth": [True, None],
        "class": ["x", "y"],
    }


@pytest.mark.parametrize("dtype", ["i1", "u8", "f2", "f4", ">f8", ">i4", "g", "?"])
def test_arrays_of_any_plain_number_come_over(dtype):
    array = np.array([0, 1, 1], dtype=dtype)
    assert frame_of({"x": array})["x"].to_list() == [0, 1, 1]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, None, 2.5], [1.0, None, 2.5]),
        ([True, None], [True, None]),
        (["a", None, float("nan")], ["a", None, None]),
        (np.array(["a", "bc"]), ["a", "bc"]),
        (np.array([1.5, None], dtype=object), [1.5, None]),
        (np.array(["a", np.str_("b")], dtype=object), ["a", "b"]),
        (np.ma.masked_array([1, 2], [True, False]), [None, 2.0]),
        (np.array(["1970-01-02"], dtype="M8[D]"), [datetime.datetime(1970, 1, 2)]),
        ([datetime.date(2020, 1, 1), None], [datetime.date(2020, 1, 1), None]),
        (np.arange(10)[::3], [0, 3, 6, 9]),
        (pl.Series([1, 2]), [1, 2]),
        ([None, None], [None, None]),
        ([], []),
    ],
)
def test_lists_and_arrays_come_over(values, expected):
    assert frame_of({"x": values})["x"].to_list() == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "there are no columns"),
        ({"x": "abc"}, "column 'x' is a str; give an array or list"),
        ({"x": 5}, "column 'x' is a int; give an array or list"),
        ({"x": np.zeros((2, 3))}, r"column 'x' has shape \(2, 3\); a column has one axis"),
        ({"x": [1, "a", 2]}, r"mixes number \(first in row 0, 2 in all\), text \(first in row 1, 1 in all\)"),
        ({"x": [None, [1]]}, r"column 'x' holds list \(first in row 1\)"),
        ({"x": np.array([1j])}, "column 'x' holds complex"),
        ({"x": [b"a"]}, "column 'x' holds bytes"),
        ({"x": [1], "y": [1, 2]}, "columns differ in length: 'x' 1, 'y' 2"),
        ({1: [1], "1": [2]}, "two columns have the same name as text"),
        (5, "int cannot be used as a table"),
        (np.zeros((2, 2)), "ndarray cannot be used as a table"),
        (pl.LazyFrame({"x": [1]}), "LazyFrame cannot be used as a table"),
    ],
)
def test_what_is_no_table_is_refused_by_column(data, message):
    with pytest.raises(DataError, match=message):
        frame_of(data)


def test_a_frame_with_equal_names_is_refused():
    pd = pytest.importorskip("pandas")
    assert "different column names" in fault(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_words_of_an_array_stay_words_whatever_their_length_and_long_doubles_are_numbers():
    for words in (["a", "b"], ["1.5", "2.5"], ["abc", "de"]):
        assert frame_of({"x": np.array(words)})["x"].to_list() == words
    assert frame_of({"x": np.array([0.5, 2], np.longdouble)})["x"].to_list() == [0.5, 2.0]


def test_times_and_durations_are_not_mixed():
    cells = [datetime.datetime(2020, 1, 1), datetime.timedelta(1)]
    assert "mixes time (first in row 0, 1 in all), duration (first in row 1, 1 in all)" in fault({"x": cells})
    assert frame_of({"x": cells[1:]})["x"].to_list() == cells[1:]
