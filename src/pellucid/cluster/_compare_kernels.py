"""Compiled: which centre is nearest to each of many rows.

|x - c|^2 = |x|^2 + 2 (|c|^2 / 2 - x . c), so that the nearest centre is found by one matrix product a tile of rows.
Products are made in single precision, twice as fast; what they may be wrong by is known.  A row whose two nearest
centres lie closer together than that is compared again by differences, so that labels do not suffer.

Here: `Packed`, rows as they are read here, made by `packed`; `tiles`; `Room`, made by `room`; `compare_tile`,
`compare_gathered`; `label_or_doubt`.
Elsewhere: what is made of it is in _kmeans_kernels.py; the same in NumPy is in _kmeans_steps.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
Source: Higham, Accuracy and Stability of Numerical Algorithms, section 3.1 (the error of an inner product).
"""

from typing import NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.neighbors._distance_kernels import compiled, squared

TILE = 256  # rows; 256 x (20 features + 30 centres) x 4 bytes = 50 KiB stay in a second-level cache


class Packed(NamedTuple):
    """X (N, D), weight (N,); tile: X as `tiles` gives it; size (tiles, TILE): |x|^2, zeros at the end."""

    X: Array
    weight: Array
    tile: Array
    size: Array


class Room(NamedTuple):
    """What comparing B <= TILE rows with K centres needs.

    block (D TILE,), product (K TILE,); single (K, D): the centres; half (K,): |c|^2 / 2 from below; error: relative to
    |x|^2 and |c|^2; size, best, second, nearest (TILE,): of the rows compared last."""

    block: Array
    product: Array
    single: Array
    half: Array
    error: float
    size: Array
    best: Array
    second: Array
    nearest: Array


@compiled
def packed(X: Array, weight: Array) -> Packed:
    """Rows X (N, D) with their weights (N,), made ready."""
    tile = tiles(X)
    size = np.zeros((len(tile), TILE))
    for row in range(len(X)):
        total = 0.0
        for d in range(X.shape[1]):
            x = np.float64(X[row, d])
            total += x * x
        size[row // TILE, row % TILE] = total
    return Packed(X, weight, tile, size)


@compiled
def tiles(X: Array) -> Array:
    """X (N, D) as (N / TILE rounded up, D, TILE) in single precision, zeros at the end: rows are lanes of a vector."""
    out = np.zeros(((len(X) + TILE - 1) // TILE, X.shape[1], TILE), np.float32)
    for row in range(len(X)):
        for d in range(X.shape[1]):
            out[row // TILE, d, row % TILE] = X[row, d]
    return out


@compiled
def room(centre: Array) -> Room:
    """Room for centres (K, D)."""
    k, n_features = centre.shape
    f4 = np.float32
    error = (n_features + 4) * 2.0**-23  # twice Higham's bound (D + 4) 2^-24, the rounding of x and c included
    half = np.empty(k, f4)
    for c in range(k):
        total = 0.0
        for d in range(n_features):
            total += centre[c, d] * centre[c, d]
        half[c] = 0.5 * total * (1.0 - 3.0 * error)
    return Room(
        np.empty(n_features * TILE, f4), np.empty(k * TILE, f4), centre.astype(f4), half, error,
        np.empty(TILE), np.empty(TILE, f4), np.empty(TILE, f4), np.empty(TILE, np.int32),
    )  # fmt: skip


@compiled
def compare_tile(rows: Packed, which: Array, b: int, centre: Array, room: Room) -> int:
    """`_compare` for the rows of tile b, whose numbers are put into `which`.  Gives how many those are."""
    start = b * TILE
    n = min(TILE, len(rows.X) - start)
    for i in range(n):
        which[i] = start + i
        room.size[i] = rows.size[b, i]
    _compare(rows, which, n, rows.tile[b], centre, room)
    return n


@compiled
def compare_gathered(rows: Packed, which: Array, n: int, centre: Array, room: Room) -> None:
    """`_compare` for the n rows of these numbers, wherever they are."""
    block = room.block[: rows.X.shape[1] * n].reshape(rows.X.shape[1], n)
    for i in range(n):
        row = which[i]
        room.size[i] = rows.size[row // TILE, row % TILE]
        for d in range(rows.X.shape[1]):
            block[d, i] = rows.X[row, d]
    _compare(rows, which, n, block, centre, room)


@compiled
def _compare(rows: Packed, which: Array, n: int, block: Array, centre: Array, room: Room) -> None:
    """best, second, nearest (n,) of the room <- bounds of |c|^2 / 2 - x . c, and the nearest centre.

    which: the numbers of the n rows that block (D, n or more) holds.  For every centre, |x . c| <= (|x|^2 + |c|^2) / 2,
    so that the product is wrong by less than error times that: best is from above, second from below, and `half` has
    the share of |c|^2 taken off already.  Where that does not tell, second is -inf.
    """
    product = room.product[: len(centre) * block.shape[1]].reshape(len(centre), block.shape[1])
    np.dot(room.single, block, product)
    _two_nearest(product, room.half, room.best, room.second, room.nearest)
    if _widen(n, room) == 0:
        return
    for i in range(n):
        if not room.best[i] < room.second[i]:
            room.nearest[i] = _nearest_by_differences(rows.X[which[i]], centre)
            room.second[i] = -np.inf


@compiled
def _widen(n: int, room: Room) -> int:
    """Take the doubt of products into the bounds of n rows.  Gives for how many those then overlap."""
    overlap = 0
    for i in range(n):
        doubt = 0.5 * room.error * room.size[i]
        room.best[i] += 6.0 * room.error * room.half[room.nearest[i]] + doubt
        room.second[i] -= doubt
        overlap += not room.best[i] < room.second[i]
    return overlap


@compiled
def _two_nearest(product: Array, half: Array, best: Array, second: Array, nearest: Array) -> None:
    """best, second, nearest (B,) <- two smallest of half - product, and which is the smallest.   product (K, B)

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


@compiled
def _nearest_by_differences(x: Array, centre: Array) -> int:
    best, nearest = np.inf, 0
    for c in range(len(centre)):
        gap = squared(x, centre[c])
        if gap < best:  # strict: a tie keeps the lower number
            best, nearest = gap, c
    return nearest


@compiled
def label_or_doubt(rows: Packed, first: int, last: int, centre: Array, label: Array, doubt: Array) -> None:
    """label (N,) <- the nearest centre, doubt (N,) <- whether products do not tell, for tiles [first, last)."""
    given, which = room(centre), np.empty(TILE, np.int64)
    for b in range(first, last):
        for i in range(compare_tile(rows, which, b, centre, given)):
            label[which[i]] = given.nearest[i]
            doubt[which[i]] = given.second[i] == -np.inf
