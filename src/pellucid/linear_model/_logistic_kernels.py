"""Compiled: the mean log loss and its gradient in one pass over dense rows.

Two products would read X twice; here a row is scored and added to the gradient while it is in the first-level cache.

Here: `two_classes`.  (For many classes two products by BLAS are faster than such a loop: measured.)
Elsewhere: the formula is that of TwoClasses in _logistic_objective.py, in NumPy; a test compares.
Imports: Numba and this package; only functions that need compiled code import this module.
"""

import math

from pellucid.base._tables import Array
from pellucid.linear_model._compiled import summing


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
