"""Loops over rows, against NumPy along the first axis."""

from typing import Any

import numpy as np
import pytest
from numba import njit

from pellucid.ops._memory import empty_on_line
from pellucid.tree import _lane_kernels as kernels
from pellucid.tree._lane_kernels import LANES

WIDTHS = [LANES, 3 * LANES, 4 * LANES, 5 * LANES, 9 * LANES]
RNG = np.random.default_rng(0)


@njit
def extremes(x: Any, first: int, n: int, width: int, low: Any, high: Any) -> None:
    kernels.find_extremes(x, first, n, width, low, high)


@njit
def count(x: Any, first: int, n: int, width: int, cell: Any, left: Any, to: int) -> None:
    kernels.count_left(x, first, n, width, cell, left, to)


@njit
def copy(table: Any, rows: Any, begin: int, n: int, width: int, x: Any) -> None:
    kernels.copy_rows(table, rows, begin, n, width, x)


@njit
def move(x: Any, first: int, n: int, width: int, lane: int, cell: Any, left: int, right: int) -> None:
    kernels.move_rows(x, first, n, width, lane, np.int32(cell), left, right)


def some_rows(n: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, width), and the memory they stand in."""
    memory = empty_on_line((n * width,), np.int32)
    memory[:] = RNG.integers(-(2**31), 2**31, size=n * width)
    return memory.reshape(n, width), memory


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("n", [1, 2, 9, 70])
def test_extremes_are_those_of_numpy(width: int, n: int) -> None:
    table, memory = some_rows(80, width)
    low, high = np.empty((2, width), np.int32)
    extremes(memory, 5 * width, n, width, low, high)
    np.testing.assert_array_equal((low, high), (table[5 : 5 + n].min(axis=0), table[5 : 5 + n].max(axis=0)))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("n", [0, 1, 2, 9, 70])
def test_counts_are_those_of_numpy(width: int, n: int) -> None:
    table, memory = some_rows(80, width)
    cell, left = table[40].copy(), np.full(3 * width, -1, np.int32)
    count(memory, 5 * width, n, width, cell, left, width)
    np.testing.assert_array_equal(left[width : 2 * width], (table[5 : 5 + n] <= cell).sum(axis=0))
    assert (left[:width] == -1).all() and (left[2 * width :] == -1).all()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("n", [0, 1, 9, 40])
def test_rows_are_copied_and_moved_whole_and_in_their_order(width: int, n: int) -> None:
    table, _ = some_rows(80, width)
    rows, (x, memory) = RNG.permutation(80).astype(np.int32), some_rows(80, width)
    copy(table, rows, 7, n, width, memory)
    own = table[rows[7 : 7 + n]]
    np.testing.assert_array_equal(x[:n], own)
    goes = own[:, 3] <= 0
    before = x[40 + n :].copy()
    move(memory, 0, n, width, 3, 0, 40 * width, (40 + int(goes.sum())) * width)
    np.testing.assert_array_equal(x[40 : 40 + n], np.concatenate([own[goes], own[~goes]]))
    np.testing.assert_array_equal(x[40 + n :], before)
