"""Columns of numbers in order.

Here: `rank`, which cell is the how-manieth; `in_order`, the numbers themselves.
Elsewhere: what trees make of ranks is in _columns.py, of numbers in order in _bins.py.
Imports: numpy and pellucid.base; kernels, and Numba with them, inside the functions, for many rows.

Many rows are sorted by their digits, see pellucid.ops: on the processors measured so far that is up to five times as
fast as NumPy's sort, or takes about as long.
"""

import numpy as np

from pellucid.base._tables import Array

MISSING = np.uint32(0xFFFFFFFF)  # the rank of no value
MANY_ROWS = 4096  # from here on sorting by digits saves a tenth of a millisecond a column, and more


def rank(column: Array, out: Array) -> None:
    """out (N,) uint32 <- how many distinct numbers are below each; MISSING for NaN.   column (N,) float64"""
    if len(column) >= MANY_ROWS:
        from pellucid.tree._rank_kernels import rank_column

        rank_column(_bits(column), *_room(2 * len(column)), out)
    else:
        rank_few(column, out)


def rank_few(column: Array, out: Array) -> None:
    """The same by NumPy."""
    order = np.argsort(column)  # NaN last
    n = len(column) - int(np.isnan(column).sum())
    ordered = column[order[:n]]
    fresh = np.ones(n, bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    ranks = np.full(len(column), MISSING)
    ranks[:n] = np.cumsum(fresh, dtype=np.uint32) - np.uint32(1)
    out[order] = ranks


def in_order(column: Array) -> Array:
    """The numbers of a column (N,) float64 from the lowest on, without NaN.

    >>> in_order(np.array([3.0, np.nan, -1.0])).tolist()
    [-1.0, 3.0]
    """
    if len(column) >= MANY_ROWS:
        from pellucid.tree._rank_kernels import sort_column

        room, count = _room(len(column))
        n, row = sort_column(_bits(column), room, count)
        return room[row, :n].view(np.float64)
    column = np.sort(column)  # NaN last
    return column[: np.searchsorted(column, np.nan)]


def _bits(column: Array) -> Array:
    """float64 as uint64."""
    return np.require(column, np.float64, ("C", "A", "W")).view(np.uint64)


def _room(n: int) -> tuple[Array, Array]:
    """For n words that are sorted by their digits."""
    return np.empty((2, n), np.uint64), np.empty((8, 256), np.uint32)
