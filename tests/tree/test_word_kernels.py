"""The order of a few words, against NumPy."""

from typing import Any

import numpy as np
import pytest
from numba import njit

from pellucid.tree import _word_kernels as kernels
from pellucid.tree._word_kernels import WORDS


@njit
def count_above(word: Any, n: int, count: Any) -> None:
    kernels.count_above(word, n, count)


@pytest.mark.parametrize("n", [0, 1, 2, 9, WORDS - 1, WORDS, WORDS + 1, 3 * WORDS + 5])
def test_words_above_are_those_of_numpy(n: int) -> None:
    rng = np.random.default_rng(n)
    word = rng.integers(1 << 16, size=4 * WORDS).astype(np.uint16)
    word[: n // 2] = word[n // 2 : 2 * (n // 2)]  # each some times
    count = np.full(4 * WORDS, 7777, np.uint16)
    count_above(word, n, count)
    np.testing.assert_array_equal(count[:n], (word[:n, None] < word[None, :n]).sum(axis=1))
    assert (count[-(-n // WORDS) * WORDS :] == 7777).all()
