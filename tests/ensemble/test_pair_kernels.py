"""Two added at once."""

import numpy as np
from numba import njit

from pellucid.ensemble._pair_kernels import add_pair


@njit
def _add(sums: np.ndarray, places: np.ndarray, words: np.ndarray) -> None:
    for j in range(len(places)):
        add_pair(sums, np.uint64(places[j]), words, np.uint64(j))


def test_pairs_are_added_exactly_where_they_belong() -> None:
    rng = np.random.default_rng(0)
    words, places = rng.integers(-(2**61), 2**61, (40, 2)), rng.permutation(50)[:40]
    sums = rng.integers(-(2**61), 2**61, (50, 2))
    wanted = sums.copy()
    wanted[places] += words
    _add(sums, places, words)
    np.testing.assert_array_equal(sums, wanted)


def test_a_pair_that_straddles_a_line_of_the_cache_is_added_as_well() -> None:
    memory = np.zeros(65, np.int64)
    start = 1 - memory.ctypes.data // 8 % 2  # so that no pair lies at a multiple of 16 bytes
    sums = memory[start : start + 64].reshape(32, 2)
    _add(sums, np.repeat(np.arange(32), 3), np.tile([[1, -2]], (96, 1)))
    assert sums.tolist() == [[3, -6]] * 32 and memory.sum() == -3 * 32
