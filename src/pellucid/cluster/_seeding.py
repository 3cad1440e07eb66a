"""First centres: k-means++ and plain draws.

Here: `plus_plus`, `at_random`; `on_line`, how rows are drawn by weight.
Elsewhere: the passes over the rows are in _seeding_kernels.py.
Imports: numpy and this package; the kernels, and Numba with them, inside `plus_plus`.
"""

import math

import numpy as np

from pellucid.base._tables import Array
from pellucid.cluster._tiles import tiles


def plus_plus(X: Array, weight: Array, n_clusters: int, rng: np.random.Generator) -> Array:
    """K rows that lie apart: each is drawn with a chance that grows with its squared distance to those drawn before.

        P(i) = w_i d_i^2 / sum_j w_j d_j^2,    d_i the distance to the nearest centre so far

    Each time 2 + log K candidates are drawn, and the one that leaves the least sum_j w_j d_j^2 is taken.  A draw is a
    point on the line of cumulated weights, so that a row of weight 2 is drawn as the row twice in a row would be.
    Where no distance is left (fewer distinct rows than centres), rows are drawn by weight alone.
    X (N, D), weight (N,) > 0 -> (K, D) in float64.  Cost O(N D K log K).  Distances of candidates are in single
    precision, which only ranks them; those the draws depend on are not.
    Source: Arthur and Vassilvitskii, SODA 2007; the candidates are those of its section 5.
    """
    from pellucid.cluster._seeding_kernels import come_closer, potentials

    n_candidates = 2 + int(math.log(n_clusters))
    tile = tiles(X)
    closest = np.full(len(X), np.inf)
    rows = [_draw(weight, 1, rng)[0]]
    come_closer(X, X[rows[0]], closest)
    while len(rows) < n_clusters:
        chance = weight * closest
        candidates = _draw(chance if chance.any() else weight, n_candidates, rng)
        remains = np.zeros(n_candidates)
        potentials(tile, weight, X[candidates].astype(np.float32), closest, remains)
        rows.append(candidates[remains.argmin()])
        come_closer(X, X[rows[-1]], closest)
    return X[rows].astype(np.float64)


def at_random(X: Array, weight: Array, n_clusters: int, rng: np.random.Generator) -> Array:
    """K rows, drawn by weight, none twice while there are others.   X (N, D), weight (N,) > 0 -> (K, D) in float64

    The K smallest of e_i / w_i, e exponential, are such a draw.  Source: Efraimidis and Spirakis, IPL 97, 2006.
    """
    order = np.argsort(rng.exponential(size=len(X)) / weight, kind="stable")
    rows = np.resize(order, n_clusters) if n_clusters > len(X) else order[:n_clusters]
    return X[rows].astype(np.float64)


def _draw(chance: Array, n: int, rng: np.random.Generator) -> Array:
    """n row numbers, row i with a chance in proportion to chance[i]."""
    return on_line(np.cumsum(chance), n, rng)


def on_line(line: Array, n: int, rng: np.random.Generator) -> Array:
    """n row numbers, row i with a chance in proportion to line[i] - line[i - 1], its part of the line.

    >>> on_line(np.array([0.0, 3.0, 3.0]), 4, np.random.default_rng(0)).tolist()
    [1, 1, 1, 1]
    """
    return np.minimum(np.searchsorted(line, rng.random(n) * line[-1], side="right"), len(line) - 1)
