"""Whatever a user holds becomes numbers, or an error that says which cell, and what to do."""

import datetime
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from pellucid.base import check_columns, check_table, count_rows, is_frame
from pellucid.base._tables import all_finite, is_plain
from pellucid.errors import DataError, DtypeError

NUMBERS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


class HasArray:
    """What a tensor of another library looks like."""

    def __array__(self, dtype: object = None, copy: bool | None = None) -> np.ndarray:
        return NUMBERS


@pytest.mark.parametrize(
    "X",
    [
        NUMBERS.tolist(),
        tuple(map(tuple, NUMBERS)),
        NUMBERS.astype(int),
        NUMBERS.astype(np.float16),
        NUMBERS.astype(np.longdouble),
        NUMBERS.astype(">f8"),
        NUMBERS.astype(object),
        np.asfortranarray(NUMBERS),
        NUMBERS.repeat(2, axis=1)[:, ::2],
        HasArray(),
        pd.DataFrame(NUMBERS),
        pd.DataFrame({"a": pd.array([1, 3, 5], dtype="Int64"), "b": [2, 4, 6]}),
        pd.DataFrame({"a": np.array([1, 3, 5], dtype=object), "b": [2, 4, 6]}),
        pl.DataFrame({"a": [1, 3, 5], "b": [2.0, 4.0, 6.0]}),
        pa.table({"a": [1, 3, 5], "b": [2.0, 4.0, 6.0]}),
    ],
    ids=lambda X: f"{type(X).__module__}.{type(X).__name__}",
)
def test_the_same_numbers_come_out_in_float64_whatever_they_came_in(X: object) -> None:
    table, _ = check_table(X, where="t")
    assert table.dtype == np.float64 and table.dtype.isnative
    np.testing.assert_array_equal(table, NUMBERS)


@pytest.mark.parametrize(
    "X", [NUMBERS.astype(np.float32), pd.DataFrame(NUMBERS.astype(np.float32))], ids=["array", "frame"]
)
def test_float32_stays_float32(X: object) -> None:
    assert check_table(X, where="t")[0].dtype == np.float32


def test_truth_values_are_one_and_zero() -> None:
    assert check_table(pd.DataFrame({"a": [True, False]}), where="t")[0].tolist() == [[1.0], [0.0]]


def test_names_are_kept_where_all_are_text() -> None:
    assert check_table(pl.DataFrame({"a": [1], "b": [2]}), where="t")[1].tolist() == ["a", "b"]
    assert check_table(pd.DataFrame(NUMBERS), where="t")[1] is None
    assert check_table(NUMBERS, where="t")[1] is None


@pytest.mark.parametrize(
    "X",
    [
        [[1.0, None], [3.0, 4.0]],
        np.array([[1.0, np.nan], [3.0, 4.0]]),
        pd.DataFrame({"a": [1, 3], "b": pd.array([None, 4], dtype="Int64")}),
        pd.DataFrame({"a": [1, 3], "b": np.array([pd.NA, 4], dtype=object)}),
        pl.DataFrame({"a": [1, 3], "b": [None, 4]}),
        pa.table({"a": [1, 3], "b": [None, 4.0]}),
        np.ma.masked_array([[1, 2], [3, 4]], mask=[[False, True], [False, False]]),
    ],
    ids=["list", "array", "pandas Int64", "pandas object", "polars", "arrow", "masked"],
)
def test_every_way_to_say_missing_is_nan_where_missing_is_welcome(X: object) -> None:
    table, _ = check_table(X, where="t", missing=True)
    np.testing.assert_array_equal(table, [[1.0, np.nan], [3.0, 4.0]])


def test_missing_values_are_named_by_column_count_and_first_rows() -> None:
    frame = pd.DataFrame({"age": [1.0, None, 2.0, None, None, None], "fare": [1.0] * 5 + [None], "sex": [0.0] * 6})
    with pytest.raises(DataError) as caught:
        check_table(frame, where="Model")
    assert str(caught.value).startswith(
        "Model: X holds 5 missing values (NaN) in 2 of 3 columns: "
        "'age' (4 rows, first 1, 3, 4), 'fare' (row 5). Fill them"
    )


def test_many_bad_columns_are_counted_and_not_all_listed() -> None:
    with pytest.raises(DataError, match=r"in 40 of 40 columns: 0 \(row 0\), .* 4 \(row 0\) and 35 more\."):
        check_table(np.full((1, 40), np.nan), where="t")


@pytest.mark.parametrize("missing", [False, True])
def test_infinity_is_refused_even_where_missing_is_welcome(missing: bool) -> None:
    with pytest.raises(DataError, match=r"X holds 1 infinite values \(inf\) in 1 of 2 columns: 1 \(row 1\)"):
        check_table(
            [[1.0, np.nan], [2.0, -np.inf]] if missing else [[1.0, 1.0], [2.0, -np.inf]], where="t", missing=missing
        )


@pytest.mark.parametrize("scale", [1e-320, 1e200, 1.7e308])
def test_numbers_at_the_ends_of_the_range_are_finite(scale: float) -> None:
    X = np.array([[scale, -scale]])
    assert is_plain(X, 2)
    np.testing.assert_array_equal(check_table(X, where="t")[0], X)


def test_looking_for_infinity_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not is_plain(np.array([[np.inf, -np.inf, np.nan]]), 3)
        assert is_plain(np.full((1, 3), 3e38, np.float32), 3)


@pytest.mark.parametrize(
    ("X", "says"),
    [
        ([1.0, 2.0], r"X has 1 axes, shape \(2,\), .* Reshape your data: X.reshape\(-1, 1\) if it is one feature"),
        (3.0, r"X has 0 axes, shape \(\)"),
        (np.zeros((2, 3, 4)), r"X has 3 axes, shape \(2, 3, 4\), and a table has 2; flatten it"),
        (np.empty((0, 3)), r"X has 0 row\(s\) \(shape=\(0, 3\)\)"),
        (np.empty((3, 0)), r"X has 0 feature\(s\) \(shape=\(3, 0\)\)"),
        (pl.DataFrame({"a": []}), r"X has 0 row\(s\)"),
        (pd.DataFrame(index=range(3)), r"X has 0 feature\(s\)"),
        ([[1, 2], [3]], r"the rows of X have different lengths \(1, 2\)"),
        (np.zeros((2, 2), complex), "Complex data not supported; X is complex128"),
        (np.array([["a", "b"]]), r"X holds text \(<U1\), not numbers; encode such columns"),
        (np.array([["2020-01-01"]], dtype="M8[D]"), r"X holds dates or times \(datetime64\[D\]\); give numbers"),
        ([[1, "b"], [2, 3]], r"X holds the text 'b' \(row 0, column 1\), not a number; encode"),
        (np.array([[1.0, "2"]], dtype=object), r"X holds the text '2' \(row 0, column 1\)"),
        (np.array([[10**400]], dtype=object), r"X holds 1 infinite values \(inf\)"),
        ([[1, 2], 3], r"the rows of X have different lengths \(1, 2\)"),
        (np.array([[1.0, "b"]], dtype=object), r"X holds the text 'b' \(row 0, column 1\), not a number"),
        (
            pd.DataFrame(NUMBERS, columns=["a", "a"]),
            r"several columns of one name \(.* 'a' 2 times\); give each its own",
        ),
        (pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), "several columns of one name"),
        (pl.LazyFrame({"a": [1]}), r"X is a lazy frame, .* give X.collect\(\)"),
        (pd.DataFrame({"a": [1], "town": ["x"]}), r"columns that are not numbers: 'town' \(String\); encode"),
        (pl.DataFrame({"day": [datetime.date(2020, 1, 1)]}), r"columns that are not numbers: 'day' \(Date\)"),
        (pd.DataFrame({"a": [1], "c": pd.Categorical(["x"])}), r"'c' \(Categorical\)"),
        (pd.DataFrame({"a": np.array([1, "x"], dtype=object)}), r"the text 'x' \(row 1, column 'a'\)|'a' \(String\)"),
        (sparse.csr_array(np.eye(2)), r"X is sparse \(csr_array\).* X.toarray\(\)"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused_with_the_remedy(X: object, says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        check_table(X, where="Model")
    assert "Model" in str(caught.value)


def test_a_cell_that_is_neither_number_nor_text_is_a_type_error_that_names_it() -> None:
    with pytest.raises(DtypeError, match=r"X holds \{\} \(row 1, column 0\), which is not a number: .* not 'dict'"):
        check_table(np.array([[1.0], [{}]], dtype=object), where="t")


def test_the_users_array_is_not_copied_and_not_changed() -> None:
    X = NUMBERS.copy()
    X.flags.writeable = False
    assert check_table(X, where="t")[0] is X


@pytest.mark.parametrize(
    "X",
    [NUMBERS.tolist(), NUMBERS[:0], NUMBERS.astype(int), NUMBERS * np.nan, NUMBERS[:, :1], NUMBERS.astype(">f8")],
    ids=["list", "empty", "int", "nan", "narrow", "swapped"],
)
def test_only_what_needs_no_change_takes_the_short_way(X: object) -> None:
    assert is_plain(NUMBERS, 2)
    assert not is_plain(X, 2)


def test_column_names_must_be_those_of_fit_and_in_their_order() -> None:
    seen = np.array(["a", "b", "c"], dtype=object)
    for names, says in (
        (
            ["c", "b", "a"],
            r"must be in the same order as they were in fit.\n\(Model: select X\[model.feature_names_in_\]",
        ),
        (["a", "b", "x"], r"unseen at fit time:\n- x\nFeature names seen at fit time, yet now missing:\n- c\n"),
        (["a", "b", "c", "d"], r"unseen at fit time:\n- d\n\(Model: select"),
        (["a", "b"], r"yet now missing:\n- c\n\(Model: add the missing columns"),
    ):
        with pytest.raises(DataError, match=says):
            check_columns(np.zeros((1, len(names))), np.array(names, dtype=object), 3, seen, where="Model")


def test_an_array_without_names_is_taken_by_position() -> None:
    check_columns(np.zeros((1, 3)), None, 3, np.array(["a", "b", "c"], dtype=object), where="Model")
    with pytest.raises(DataError, match="X has 2 features, but Model is expecting 3 features as input"):
        check_columns(np.zeros((1, 2)), None, 3, None, where="Model")


def test_rows_are_counted_whatever_they_are() -> None:
    for X in (
        NUMBERS,
        NUMBERS.tolist(),
        pd.DataFrame(NUMBERS),
        pa.table({"a": [1, 2, 3]}),
        sparse.csr_array(NUMBERS),
        "abc",
    ):
        assert count_rows(X, where="t") == 3
    with pytest.raises(DataError, match="Model: X has 0 rows"):
        count_rows([], where="Model")


def test_frames_are_told_from_arrays_and_lists() -> None:
    assert [is_frame(X) for X in (pl.DataFrame(), pd.DataFrame(), pa.table({}))] == [True] * 3
    assert [is_frame(X) for X in (NUMBERS, [[1]], HasArray(), None)] == [False] * 4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [3, 10_000])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_entry_that_is_not_finite_is_found_wherever_it_stands(dtype: type, n: int, bad: float) -> None:
    largest = np.full((n, 2), np.finfo(dtype).max)  # the sum of these is infinite, none of them is
    assert all_finite(largest) and all_finite(np.zeros((n, 2), dtype).T)
    for place in (0, n // 2, n - 1):
        x = largest.copy()
        x[place, 1] = bad
        assert not all_finite(x) and not all_finite(x.T[:, ::-1])
