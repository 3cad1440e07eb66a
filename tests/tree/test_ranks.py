"""Few numbers in order; many are in test_rank_kernels.py."""

import numpy as np
import pytest

from pellucid.tree._ranks import MISSING, in_order, rank


@pytest.mark.parametrize("n", [0, 1, 5, 300])
def test_few_numbers_are_ranked_and_ordered_without_those_that_are_none(n: int) -> None:
    column = np.random.default_rng(n).integers(9, size=n) * 1.5
    column[::4] = np.nan
    found, known = np.empty(n, np.uint32), ~np.isnan(column)
    rank(column, found)
    np.testing.assert_array_equal(found[known], np.unique(column[known], return_inverse=True)[1])
    assert (found[~known] == MISSING).all()
    np.testing.assert_array_equal(in_order(column), np.sort(column[known]))
