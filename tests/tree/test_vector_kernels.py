"""What vectors find in a list of cells, against NumPy."""

from typing import Any

import numpy as np
import pytest
from numba import njit

from pellucid.tree import _vector_kernels as kernels
from pellucid.tree._vector_kernels import BITS


@njit
def bits_up_to(x: Any, first: int, cell: Any) -> Any:
    return kernels.bits_up_to(x, first, cell)


@njit
def count_bits(word: Any) -> int:
    return kernels.count_bits(word)


@njit
def extremes(x: Any, n: int) -> Any:
    return kernels.extremes(x, n)


@pytest.mark.parametrize("first", [0, 1, 70])
@pytest.mark.parametrize("cell", [0, 7, 128, 255])
def test_a_bit_says_whether_its_cell_is_up_to_another(first: int, cell: int) -> None:
    x = np.random.default_rng(cell).integers(256, size=200).astype(np.uint8)
    x[::3] = cell
    word = int(bits_up_to(x, first, np.uint8(cell)))
    assert [word >> i & 1 for i in range(BITS)] == (x[first : first + BITS] <= cell).tolist()
    assert count_bits(np.uint64(word)) == (x[first : first + BITS] <= cell).sum()


@pytest.mark.parametrize("cell_type", [np.uint8, np.uint32, np.int32])
@pytest.mark.parametrize("n", [1, 2, 15, 16, 31, 63, 64, 65, 192, 200])
@pytest.mark.parametrize(("low", "high"), [(0, 256), (100, 140), (9, 10), (0, 1), (255, 256)])
def test_extremes_are_those_of_numpy_whatever_stands_behind(n: int, low: int, high: int, cell_type: type) -> None:
    rng = np.random.default_rng(n)
    x = rng.integers(256, size=n + BITS).astype(cell_type)
    x[:n] = rng.integers(low, high, size=n)
    if cell_type is np.int32:
        x -= 128
    assert extremes(x, n) == (x[:n].min(), x[:n].max())
