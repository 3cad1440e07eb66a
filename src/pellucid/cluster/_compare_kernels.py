"""Compiled: which centre is nearest to each of many rows.

|x - c|^2 = |x|^2 + 2 (|c|^2 / 2 - x . c), so that the nearest centre is found by one matrix product a tile of rows.
Products are made in single precision, twice as fast; what they may be wrong by is known.  A row whose two nearest
centres lie closer together than that is compared again by differences, so that labels do not suffer.

Here: `compare_tile`, `compare_gathered`; `label_or_doubt`.
Elsewhere: rows and centres are laid out by _tiles.py; what is made of it is in _kmeans_kernels.py; the same in NumPy is
in _kmeans_steps.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
Source: Higham, Accuracy and Stability of Numerical Algorithms, section 3.1 (the error of an inner product).
"""

import numpy as np

from pellucid.base._tables import Array
from pellucid.cluster._tiles import TILE, Packed, Room
from pellucid.neighbors._distance_kernels import compiled, part, squared


@part
def compare_tile(rows: Packed, b: int, centre: Array, room: Room) -> int:
    """`_compare` for the rows of tile b, whose numbers are put into room.which.  Gives how many those are."""
    start = b * TILE
    n = min(TILE, len(rows.X) - start)
    for i in range(n):
        room.which[i] = start + i
        room.size[i] = rows.size[b, i]
    _compare(rows.X, room.which, n, rows.tile[b], centre, room)
    return n


@part
def compare_gathered(rows: Packed, which: Array, n: int, centre: Array, room: Room) -> None:
    """`_compare` for the n rows of these numbers, wherever they are."""
    for i in range(n):
        row = which[i]
        room.size[i] = rows.size[row // TILE, row % TILE]
        for d in range(rows.X.shape[1]):
            room.block[d, i] = rows.X[row, d]
    _compare(rows.X, which, n, room.block, centre, room)


@part
def _compare(X: Array, which: Array, n: int, block: Array, centre: Array, room: Room) -> None:
    """best, second, nearest (n,) of the room <- bounds of |c|^2 / 2 - x . c, and the nearest centre.

    which: the numbers of the n rows that block (D, TILE) holds.  For every centre, |x . c| <= (|x|^2 + |c|^2) / 2, so
    that the product is wrong by less than error times that: best is from above, second from below, and `half` has the
    share of |c|^2 taken off already.  Where that does not tell, second is -inf.
    """
    np.dot(room.single, block, room.product)
    _two_nearest(room.product, room.half, room.best, room.second, room.nearest)
    if _widen(n, room) == 0:
        return
    for i in range(n):
        if not room.best[i] < room.second[i]:
            room.nearest[i] = _nearest_by_differences(X[which[i]], centre)
            room.second[i] = -np.inf


@part
def _widen(n: int, room: Room) -> int:
    """Take the doubt of products into the bounds of n rows.  Gives for how many those then overlap."""
    overlap = 0
    error, share = np.float32(6.0 * room.error), np.float32(0.5 * room.error)
    for i in range(n):
        doubt = share * np.float32(room.size[i])
        room.best[i] += error * room.half[np.uint32(room.nearest[i])] + doubt  # which cannot be negative
        room.second[i] -= doubt
    for i in range(n):
        overlap += not room.best[i] < room.second[i]
    return overlap


@part
def _two_nearest(product: Array, half: Array, best: Array, second: Array, nearest: Array) -> None:
    """best, second, nearest (TILE,) <- two smallest of half - product, and which is the smallest.   product (K, TILE)

    The loop over rows is the inner one: each is a lane of a vector.
    """
    k, size = product.shape
    for i in range(size):
        best[i] = half[0] - product[0, i]
        second[i] = np.inf
        nearest[i] = 0
    for c in range(1, k):
        for i in range(size):
            g = half[c] - product[c, i]
            closer = g < best[i]
            second[i] = min(second[i], best[i] if closer else g)
            nearest[i] = c if closer else nearest[i]
            best[i] = g if closer else best[i]


@part
def _nearest_by_differences(x: Array, centre: Array) -> int:
    best, nearest = np.inf, 0
    for c in range(len(centre)):
        gap = squared(x, centre[c])
        if gap < best:  # strict: a tie keeps the lower number
            best, nearest = gap, c
    return nearest


@compiled
def label_or_doubt(rows: Packed, first: int, last: int, centre: Array, room: Room, label: Array, doubt: Array) -> None:
    """label (N,) <- the nearest centre, doubt (N,) <- whether products do not tell, for tiles [first, last)."""
    for b in range(first, last):
        for i in range(compare_tile(rows, b, centre, room)):
            label[room.which[i]] = room.nearest[i]
            doubt[room.which[i]] = room.second[i] == -np.inf
