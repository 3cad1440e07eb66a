"""The bin of each cell, against NumPy's search."""

import numpy as np
import pytest

from pellucid.ensemble._binning_kernels import BLOCK_ROWS, MISSING, find_bins


@pytest.mark.parametrize("size", [0, 1, 2, 3, 127, 128, 129, 254])
@pytest.mark.parametrize("n", [1, BLOCK_ROWS, BLOCK_ROWS + 3])
def test_a_bin_counts_the_ends_below(size: int, n: int) -> None:
    rng = np.random.default_rng(size)
    ends = np.full((2, 255), np.inf)
    ends[:, :size] = np.sort(rng.normal(size=(2, size)), axis=1)
    table = rng.normal(size=(n, 3))
    table[rng.random(table.shape) < 0.1] = np.nan
    if size:
        table[0, 2], table[-1, 0] = ends[0, -1 - 255 + size], np.inf
        table[n // 2, 0] = ends[1, size // 2]
    out = np.full((3, n), 7, np.uint8)
    middle = n // 3
    for begin, end in ((0, middle), (middle, n)):
        find_bins(table, ends, np.array([2, 0]), begin, end, out)
    for j, f in enumerate((2, 0)):
        wanted = np.searchsorted(ends[j, :size], table[:, f], side="left")
        np.testing.assert_array_equal(out[f], np.where(np.isnan(table[:, f]), MISSING, wanted))
    assert (out[1] == 7).all()
