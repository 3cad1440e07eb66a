"""Compiled: the search among all rows.

Euclidean and cosine distances of a block of queries from a block of rows come from one matrix product in single
precision, twice as fast as in double.  What it may be wrong by is known, so it only says which rows can be among the
k nearest; the distance of these is then computed from differences, in double precision, and decides.  So results are
exact, and no array of all distances is ever made: a block is used up while it is in the cache.

Here: `nearest_by_products`, `nearest_by_differences`, `within`.
Elsewhere: rows are prepared in _index.py; distances and the heap are in _distance_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
Source: Higham, Accuracy and Stability of Numerical Algorithms, section 3.1 (the error of an inner product).
"""

from typing import NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.neighbors._distance_kernels import any_order, compiled, longer, push, reduced, sort_heap

QUERIES = 512  # a block of 512 queries x 512 rows of single products is 1 MiB; blocks half as high take a third longer
ROWS = 512
LANES = 16  # products looked at together; one 512-bit vector


class Rough(NamedTuple):
    """Rows in single precision, around their mean and on a scale of at most 1.

    single (M, D); half (M,): |y|^2 / 2 from below; size (M,) float64: |y|^2; error: relative to |x|^2 + |y|^2, of a
    squared distance."""

    single: Array
    half: Array
    size: Array
    error: float


@any_order
def rough(X: Array, mean: Array, scale: float, error: float) -> Rough:
    """Rows X (N, D) in single precision; rows beyond its range are zeros of infinite size."""
    n, n_features = X.shape
    unit = 1.0 / scale  # exact: a power of two
    out = Rough(np.empty((n, n_features), np.float32), np.empty(n, np.float32), np.empty(n), error)
    for i in range(n):
        total = 0.0
        for d in range(n_features):
            x = (X[i, d] - mean[d]) * unit
            out.single[i, d] = x
            total += x * x
        if not total < 1e30:
            out.single[i] = 0.0
            total = np.inf
        out.size[i], out.half[i] = total, 0.5 * total * (1.0 - error)
    return out


@compiled
def nearest_by_products(
    Q: Array, Y: Array, q: Rough, y: Rough, scale: float, metric: int, distance: Array, index: Array
) -> None:
    """distance, index (N, k) <- the k nearest rows of Y (M, D) for each of Q (N, D); ties go to the lower row.

    q, y: both in single precision; scale: (reduced distance) = scale * (squared distance in q and y).  A query of
    infinite size is too far for single precision, and all rows are looked at.
    """
    room = np.empty(QUERIES * ROWS, np.float32)
    limit = np.empty(QUERIES, np.float32)
    distance[:] = np.inf
    index[:] = -1
    for start in range(0, len(Q), QUERIES):
        n = min(QUERIES, len(Q) - start)
        limit[:] = np.inf
        for first in range(0, len(Y), ROWS):
            m = min(ROWS, len(Y) - first)
            product = room[: n * m].reshape(n, m)
            np.dot(q.single[start : start + n], y.single[first : first + m].T, product)
            for i in range(n):
                far, which = distance[start + i], index[start + i]
                size = q.size[start + i]
                j = _next_below(product, y.half, i, first, 0, m, limit[i])
                while j < m:
                    gap = reduced(Q[start + i], Y[first + j], metric, 2.0)
                    push(far, which, gap, first + j)
                    if far[0] < np.inf and size < np.inf:
                        farthest = far[0] / scale * (1.0 + y.error)
                        limit[i] = 0.5 * (farthest - size * (1.0 - 2.0 * y.error))
                    j = _next_below(product, y.half, i, first, j + 1, m, limit[i])
    for i in range(len(Q)):
        sort_heap(distance[i], index[i])


@compiled
def _next_below(product: Array, half: Array, i: int, first: int, j: int, m: int, limit: np.float32) -> int:
    """The first j from here on that can be a near row, m if none is; LANES at a time, with one branch for all."""
    while j + LANES <= m:
        count = np.int32(0)
        for lane in range(LANES):
            count += np.int32(half[first + j + lane] - product[i, j + lane] <= limit)
        if count > 0:
            break
        j += LANES
    while j < m and not half[first + j] - product[i, j] <= limit:
        j += 1
    return j


@compiled
def nearest_by_differences(Q: Array, Y: Array, metric: int, p: float, distance: Array, index: Array) -> None:
    """As nearest_by_products, in any metric, for rows as they are."""
    distance[:] = np.inf
    index[:] = -1
    for start in range(0, len(Q), QUERIES):
        for first in range(0, len(Y), ROWS):
            for i in range(start, min(start + QUERIES, len(Q))):
                for j in range(first, min(first + ROWS, len(Y))):
                    push(distance[i], index[i], reduced(Q[i], Y[j], metric, p), j)
    for i in range(len(Q)):
        sort_heap(distance[i], index[i])


@compiled
def within(Q: Array, Y: Array, radius: float, metric: int, p: float, count: Array) -> tuple[Array, Array]:
    """All rows at a reduced distance <= radius: rows and distances, query after query; count (N,) <- how many."""
    found, far, n_found = np.empty(len(Q) + 1024, np.int64), np.empty(len(Q) + 1024), 0
    for i in range(len(Q)):
        before = n_found
        for j in range(len(Y)):
            gap = reduced(Q[i], Y[j], metric, p)
            if gap <= radius:
                if n_found == len(found):
                    found, far = longer(found), longer(far)
                found[n_found], far[n_found] = j, gap
                n_found += 1
        count[i] = n_found - before
    return found[:n_found].copy(), far[:n_found].copy()
