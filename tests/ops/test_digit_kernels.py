"""Sorting by digits is NumPy's stable sort."""

from typing import Any

import numpy as np
import pytest
from numba import njit

from pellucid.ops._digit_kernels import sort_by_digits

Array = np.ndarray[Any, Any]


@njit
def sort_words(rows: Array, spare: Array, count: Array, digits: int) -> bool:  # inner code is called by compiled code
    return sort_by_digits(rows, spare, count, digits, 1)


@njit
def sort_pairs(rows: Array, spare: Array, count: Array, digits: int) -> bool:
    return sort_by_digits(rows, spare, count, digits, 2)


def words(n: int, spread: int) -> Array:
    rng = np.random.default_rng(n)
    word: Array = rng.integers(1 << 63, size=n, dtype=np.uint64) >> np.uint64(spread)
    return word | np.uint64(1 << 63) if spread else word


@pytest.mark.parametrize("n", [0, 1, 2, 255, 5000])
@pytest.mark.parametrize("spread", [0, 9, 40, 60])
def test_words_come_out_in_order(n: int, spread: int) -> None:
    word = words(n, spread)
    room = np.stack([word, np.zeros_like(word)])
    moved = sort_words(room[0], room[1], np.empty((8, 256), np.uint32), 8)
    np.testing.assert_array_equal(room[int(moved)], np.sort(word))


@pytest.mark.parametrize("n", [0, 1, 2, 255, 5000])
@pytest.mark.parametrize("digits", [1, 3, 8])
def test_pairs_that_are_equal_in_the_lowest_digits_keep_their_order(n: int, digits: int) -> None:
    room = np.zeros((2, n, 2), np.uint64)
    room[0, :, 0], room[0, :, 1] = words(n, 40), np.arange(n)
    key = room[0, :, 0] & np.uint64((1 << 8 * digits) - 1)
    expected = room[0][np.argsort(key, kind="stable")]
    moved = sort_pairs(room[0].reshape(-1), room[1].reshape(-1), np.empty((8, 256), np.uint32), digits)
    np.testing.assert_array_equal(room[int(moved)], expected)
