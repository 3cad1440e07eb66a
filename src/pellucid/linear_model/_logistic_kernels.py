"""Compiled: the mean log loss and its gradient in one pass over the rows.

Two products would read X twice; here a row is scored and added to the gradient while it is in the first-level cache.

Here: `two_classes` of dense rows; `many_classes` of entries that are not 0, and `compress`, which finds them.  (For
many classes and full rows two products by BLAS are faster than such a loop: measured.)
Elsewhere: the formulas are those of _logistic_objective.py, in NumPy; a test compares.
Imports: numpy, Numba and this package; only functions that need compiled code import this module.
"""

import math

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._compiled import compiled, summing


@summing
def two_classes(X: Array, codes: Array, share: Array, coef: Array, intercept: float, gradient: Array) -> float:
    """sum_i s_i l(z_i, y_i), its gradient added to `gradient` (D + 1,), the last entry that of the intercept.

    X (N, D), codes (N,) of 0 and 1, share (N,), coef (D,);  l = log(1 + e^z) - y z,  z = coef . x + intercept
    """
    total, level, n_features = 0.0, 0.0, X.shape[1]
    for i in range(X.shape[0]):
        x = X[i]
        z = 0.0
        for d in range(n_features):
            z += x[d] * coef[d]
        z += intercept
        small = math.exp(-abs(z))
        total += share[i] * (max(z, 0.0) - codes[i] * z + math.log1p(small))
        slope = share[i] * ((1.0 if z >= 0.0 else small) / (1.0 + small) - codes[i])
        for d in range(n_features):
            gradient[d] += slope * x[d]
        level += slope
    gradient[n_features] += level
    return total


@summing
def many_classes(
    data: Array, place: Array, start: Array, codes: Array, share: Array, w: Array, gradient: Array, z: Array
) -> float:
    """sum_i s_i l(z_i, y_i), its gradient added to `gradient` (D + 1, P);  l = log sum_k e^z_k - z_y.

    Row i holds data[start[i] : start[i+1]] in the columns `place`.  w (D + 1, P) has a column a class, the last row the
    intercepts, and columns of 0 after the K classes, so that P is a multiple of 4; z (P,) is room for the scores, of
    which the first K = codes.max() + 1 count.  Entries go four at a time: a sum in memory would wait for each.
    """
    n_places, level = w.shape[1], w.shape[0] - 1
    n_classes = codes.max() + 1
    total = 0.0
    for i in range(len(codes)):
        first, last, own = start[i], start[i + 1], codes[i]
        middle = first + (last - first) // 4 * 4
        for k in range(n_places):
            z[k] = w[level, k]
        for e in range(first, middle, 4):
            x0, x1, x2, x3 = data[e], data[e + 1], data[e + 2], data[e + 3]
            w0, w1, w2, w3 = w[place[e]], w[place[e + 1]], w[place[e + 2]], w[place[e + 3]]
            for k in range(n_places):
                z[k] += x0 * w0[k] + x1 * w1[k] + x2 * w2[k] + x3 * w3[k]
        for e in range(middle, last):
            x0, w0 = data[e], w[place[e]]
            for k in range(n_places):
                z[k] += x0 * w0[k]
        top, mass = z[0], 0.0
        for k in range(1, n_classes):
            top = max(top, z[k])
        drop = top - z[own]
        for k in range(n_classes):
            z[k] = math.exp(z[k] - top)
            mass += z[k]
        total += share[i] * (math.log(mass) + drop)
        factor = share[i] / mass
        for k in range(n_classes):
            z[k] *= factor
        for k in range(n_classes, n_places):
            z[k] = 0.0
        z[own] -= share[i]
        for k in range(n_places):
            gradient[level, k] += z[k]
        for e in range(first, last):
            x0, g = data[e], gradient[place[e]]
            for k in range(n_places):
                g[k] += x0 * z[k]
    return total


@compiled
def compress(X: Array, most: int) -> tuple[Array, Array, Array, bool]:
    """data, place, start of the entries of X (N, D) that are not 0, and True; or False where they are above `most`."""
    n_rows, n_features = X.shape
    start = np.zeros(n_rows + 1, np.int64)
    for i in range(n_rows):
        count = 0
        for d in range(n_features):
            count += X[i, d] != 0.0
        start[i + 1] = start[i] + count
        if start[i + 1] > most:
            return np.empty(0), np.empty(0, np.uint32), start, False
    data, place = np.empty(start[n_rows]), np.empty(start[n_rows], np.uint32)
    for i in range(n_rows):
        e = start[i]
        for d in range(n_features):
            if X[i, d] != 0.0:
                data[e], place[e] = X[i, d], d
                e += 1
    return data, place, start, True
