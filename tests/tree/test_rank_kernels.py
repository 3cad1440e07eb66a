"""Ranks and order by digits are those by comparing, and those of NumPy."""

import numpy as np
import pytest

from pellucid.tree._columns import code_table
from pellucid.tree._ranks import MANY_ROWS, MISSING, in_order, rank, rank_few

RNG = np.random.default_rng(0)
EDGES = [0.0, -0.0, 5e-324, -5e-324, 1.0, -1.0, 1.7e308, -1.7e308, np.inf, -np.inf, np.nan, -np.nan]


def columns() -> dict[str, np.ndarray]:
    normal = RNG.normal(size=MANY_ROWS)
    return {
        "random": normal,
        "ties": np.round(normal, 1),
        "gaps": np.where(RNG.random(MANY_ROWS) < 0.1, np.nan, normal),
        "edges": RNG.choice(EDGES, MANY_ROWS),
        "one": np.full(MANY_ROWS, 3.5),
        "none": np.full(MANY_ROWS, np.nan),
        "near": 1.0 + RNG.integers(9, size=MANY_ROWS) * 2.0**-52,
    }


@pytest.mark.parametrize("name", columns())
def test_ranks_of_many_rows_count_the_distinct_numbers_below(name: str) -> None:
    column = columns()[name]
    found, by_comparing = np.empty((2, len(column)), np.uint32)
    rank(column, found)
    rank_few(column, by_comparing)
    known = ~np.isnan(column)
    np.testing.assert_array_equal(found, by_comparing)
    np.testing.assert_array_equal(found[known], np.unique(column[known], return_inverse=True)[1])
    assert (found[~known] == MISSING).all()


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_table_is_left_as_it_was_and_need_not_be_writeable(order: str) -> None:
    table = np.array(RNG.normal(size=(MANY_ROWS, 3)), order=order)
    kept = table.copy()
    table.flags.writeable = False
    codes = code_table(table).table.codes
    np.testing.assert_array_equal(table, kept)
    for f in range(3):
        np.testing.assert_array_equal(codes[f], np.argsort(np.argsort(kept[:, f])))


@pytest.mark.parametrize("name", columns())
def test_many_numbers_are_put_in_order_without_those_that_are_none(name: str) -> None:
    column = columns()[name]
    kept = column.copy()
    column.flags.writeable = False
    np.testing.assert_array_equal(in_order(column), np.sort(kept[~np.isnan(kept)]))
    np.testing.assert_array_equal(column, kept)
