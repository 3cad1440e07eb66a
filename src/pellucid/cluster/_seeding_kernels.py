"""Compiled: what k-means++ asks of all rows, each time it draws.

Here: `potentials`, what would remain if a candidate were taken; `come_closer`, once it is.
Elsewhere: the draws are in _seeding.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

import numpy as np

from pellucid.base._tables import Array
from pellucid.cluster._tiles import TILE
from pellucid.neighbors._distance_kernels import any_order, compiled, squared


@any_order
def potentials(tile: Array, weight: Array, candidate: Array, closest: Array, out: Array) -> None:
    """out[t] += sum_i w_i min(closest_i, |x_i - c_t|^2), by differences in single precision.

    tile: of the rows, candidate (T, D) float32, closest (N,) -> out (T,)
    """
    gap = np.empty(TILE, np.float32)
    for b in range(len(tile)):
        start = b * TILE
        n = min(TILE, len(weight) - start)
        for t in range(len(candidate)):
            for i in range(TILE):
                gap[i] = 0.0
            for d in range(tile.shape[1]):
                c = candidate[t, d]
                for i in range(TILE):
                    way = tile[b, d, i] - c
                    gap[i] += way * way
            total = 0.0
            for i in range(n):
                total += weight[start + i] * min(closest[start + i], np.float64(gap[i]))
            out[t] += total


@compiled
def come_closer(X: Array, centre: Array, closest: Array) -> None:
    """closest[i] <- min(closest[i], |x_i - c|^2), by differences: 0 for the row itself.   centre (D,)"""
    for i in range(len(X)):
        closest[i] = min(closest[i], squared(X[i], centre))
