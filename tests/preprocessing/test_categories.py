"""Categories of one column: found, coded, pooled."""

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.preprocessing._categories import categories_of, codes_of, has_missing, infrequent

COLUMNS = st.one_of(
    st.lists(st.one_of(st.none(), st.text(max_size=2)), min_size=1).map(lambda cells: np.array(cells, dtype=object)),
    st.lists(st.one_of(st.just(float("nan")), st.integers(-3, 3)), min_size=1).map(
        lambda cells: np.array(cells, dtype=float)
    ),
    st.lists(st.integers(-(2**40), 2**40), min_size=1).map(np.array),
    st.lists(st.booleans(), min_size=1).map(np.array),
)


@given(COLUMNS)
def test_the_category_at_its_code_is_the_cell_and_the_rows_add_up(column: np.ndarray) -> None:
    categories, rows = categories_of(column)
    codes = codes_of(column, categories)
    assert (codes >= 0).all()
    for cell, category in zip(column.tolist(), categories[codes].tolist(), strict=True):
        assert cell == category or (pandas.isna(cell) and pandas.isna(category))
    assert np.bincount(codes, minlength=len(categories)).tolist() == rows.tolist()
    known = categories[: len(categories) - has_missing(categories)].tolist()
    assert known == sorted(set(known))


def test_whatever_stands_for_missing_is_one_category() -> None:
    cells = np.array(["a", None, float("nan"), pandas.NA, np.nan], dtype=object)
    categories, rows = categories_of(cells)
    assert categories[0] == "a" and np.isnan(categories[1]) and rows.tolist() == [1, 4]
    assert codes_of(cells, categories).tolist() == [0, 1, 1, 1, 1]


@pytest.mark.parametrize("seen", [["a", "b"], [1, 2], [1.5, 2.5], [True, False]])
def test_cells_of_another_kind_are_unknown_not_an_error(seen: list[object]) -> None:
    categories, _ = categories_of(np.array(seen, dtype=object if isinstance(seen[0], str) else None))
    for other in (np.array(["z", None], dtype=object), np.array([77, 78]), np.array([np.nan, 99.5])):
        assert codes_of(other, categories).tolist() == [-1, -1]


def test_numbers_are_found_across_dtypes() -> None:
    categories = np.array([1, 2, 3])
    assert codes_of(np.array([3.0, 2.5]), categories).tolist() == [2, -1]
    assert codes_of(np.array([3, "x", None], dtype=object), categories).tolist() == [2, -1, -1]


def test_columns_that_have_no_order_are_refused() -> None:
    with pytest.raises(DataError, match=r"column 'c': .*uniformly strings or numbers. Got \['int', 'str'\]"):
        categories_of(np.array(["a", 1], dtype=object), where="column 'c'")
    lists = np.empty(1, dtype=object)
    lists[0] = [1]
    with pytest.raises(DataError):
        categories_of(lists)
    with pytest.raises(DataError, match="no single values"):
        codes_of(lists, np.array(["a"], dtype=object))


def test_the_rare_are_those_below_a_count_or_share_and_beyond_the_most() -> None:
    rows = np.array([5, 1, 3, 1])
    assert infrequent(rows, 10, None, None).tolist() == [False] * 4
    assert infrequent(rows, 10, 3, None).tolist() == [False, True, False, True]
    assert infrequent(rows, 10, 0.4, None).tolist() == [False, True, True, True]
    assert infrequent(rows, 10, None, 3).tolist() == [False, True, False, True]
    assert infrequent(rows, 10, None, 4).tolist() == [False, True, False, False]
    assert infrequent(rows, 10, None, 5).tolist() == [False] * 4
    assert infrequent(rows, 10, None, 1).tolist() == [True] * 4
    assert infrequent(np.array([2, 2, 2]), 6, None, 2).tolist() == [True, True, False]  # of equals the first are pooled
