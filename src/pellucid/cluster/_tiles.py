"""Rows and centres laid out as compiled comparisons read them.

Here: `Packed`, rows made ready by `packed`, of which `tiles` is a part; `Room`, centres and what comparing a tile of
rows with them fills, made by `room`; `Bounds` of distances, at first by `unseen`.  They begin at a line of the cache:
vectors that lie across two make a step of k-means take a fifth longer.
Elsewhere: they are compared in _compare_kernels.py and _kmeans_kernels.py.
Imports: numpy, pellucid.base and pellucid.ops; made by NumPy, as compiling takes longer than nearly any table.
"""

from typing import NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.ops._memory import zeros_on_line

TILE = 384  # rows; 384 x (20 features + 30 centres) x 4 bytes = 75 KiB stay in a second-level cache; by measurement


class Packed(NamedTuple):
    """X (N, D), weight (N,); tile (N / TILE rounded up, D, TILE): X in single precision, so that rows are lanes of a
    vector; size (tiles, TILE): |x|^2; both with zeros at the end."""

    X: Array
    weight: Array
    tile: Array
    size: Array


class Room(NamedTuple):
    """What comparing B <= TILE rows with K centres needs; each thread has its own.

    single (K, D): the centres; half (K,): |c|^2 / 2 from below; error: relative to |x|^2 and |c|^2; which, waiting
    (TILE,): numbers of rows; doubt (TILE,); block (D, TILE): rows gathered; product (K, TILE); size, best, second,
    nearest (TILE,): of the rows compared last."""

    single: Array
    half: Array
    error: float
    which: Array
    doubt: Array
    waiting: Array
    block: Array
    product: Array
    size: Array
    best: Array
    second: Array
    nearest: Array


class Bounds(NamedTuple):
    """What is known of the rows since the last step, and of the centres.

    upper (N,): no row was farther from its own centre; lower: nor closer to another than this, (N,) for any other, or
    (N, K) for each.  Of a row not seen yet: infinity, and 0.  moved (K,): how far each centre went since; beyond (K,):
    how far any other did.  between (K, K): half the way from centre to centre, as a row closer than that to the one is
    not closer to the other; gap (K,): the least of it."""

    upper: Array
    lower: Array
    moved: Array
    beyond: Array
    between: Array
    gap: Array


def packed(X: Array, weight: Array) -> Packed:
    """Rows X (N, D) with their weights (N,), made ready.

    >>> packed(np.array([[3.0, 4.0], [0.0, 2.0]]), np.ones(2)).size[0, :3].tolist()
    [25.0, 4.0, 0.0]
    """
    tile = tiles(X)
    size = zeros_on_line((len(tile), TILE), np.float64)
    size.reshape(-1)[: len(X)] = np.einsum("nd,nd->n", X, X, dtype=np.float64)
    return Packed(X, weight, tile, size)


def tiles(X: Array) -> Array:
    """X (N, D) as (N / TILE rounded up, D, TILE) in single precision, zeros at the end."""
    n, n_features = X.shape
    whole = n // TILE
    cut = whole * TILE
    tile = zeros_on_line((-(-n // TILE), n_features, TILE), np.float32)
    tile[:whole] = X[:cut].reshape(whole, TILE, n_features).transpose(0, 2, 1)
    tile[whole:, :, : n - cut] = X[cut:].T
    return tile


def unseen(n_rows: int, k: int, *, each: bool) -> Bounds:
    """Bounds of rows not seen yet; `each`: one for every centre."""
    lower = np.zeros((n_rows, k) if each else n_rows)
    return Bounds(np.full(n_rows, np.inf), lower, np.zeros(k), np.zeros(k), np.zeros((k, k)), np.zeros(k))


def room(centre: Array, used: Room | None = None) -> Room:
    """Room for centres (K, D); one that was used for as many before is made ready anew, which takes a third as long."""
    k, n_features = centre.shape
    f4 = np.float32
    error = (n_features + 4) * 2.0**-23  # twice Higham's bound (D + 4) 2^-24, the rounding of x and c included
    half = 0.5 * (1.0 - 3.0 * error) * np.einsum("kd,kd->k", centre, centre)
    if used is not None:
        used.single[:], used.half[:] = centre, half
        return used
    space = zeros_on_line((n_features + k + 9, TILE), f4)  # a line of it is a whole number of cache lines
    block, product, rest = space[:n_features], space[n_features:-9], space[-9:]
    size, which, waiting = rest[:6].reshape(3, 2 * TILE).view(np.float64)
    return Room(
        centre.astype(f4), half.astype(f4), error, which.view(np.int64), np.empty(TILE, np.bool_),
        waiting.view(np.int64), block, product, size, rest[6], rest[7], rest[8].view(np.int32),
    )  # fmt: skip
