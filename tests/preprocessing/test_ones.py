"""Zeros with a few ones in each row, written in three ways."""

import numpy as np
import pytest

from pellucid.preprocessing._ones import Ones

LIT = [np.array([[0, 2], [1, 3], [0, 3]]), np.array([[0, -1], [-1, -1], [1, 3]]), np.empty((2, 0), np.intp)]


@pytest.mark.parametrize("lit", LIT, ids=["all rows", "gaps", "no columns"])
@pytest.mark.parametrize("dtype", [np.float32, np.int8, bool])
def test_the_three_ways_of_writing_give_one_matrix(lit: np.ndarray, dtype: type) -> None:
    wanted = np.zeros((len(lit), 4), dtype)
    for row, places in enumerate(lit):
        wanted[row, [place for place in places if place >= 0]] = 1
    ones = Ones(lit, 4, dtype)
    into = np.zeros((len(lit), 6))
    ones.write(into[:, 1:5])
    for got in (ones.toarray(), ones.csr().toarray(), into[:, 1:5].astype(dtype)):
        np.testing.assert_array_equal(got, wanted)
        assert got.dtype == dtype
    assert not into[:, [0, 5]].any()
    assert ones.csr().has_sorted_indices and ones.csr().nnz == (lit >= 0).sum()
    assert (ones.shape, ones.size, ones.dtype) == (wanted.shape, wanted.size, wanted.dtype)
