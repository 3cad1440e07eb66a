"""The standard normal distribution, elementwise.

Here: `normal_share` (distribution function) and `normal_quantile`, its inverse.
Elsewhere: single numbers of it come from the standard library's statistics.NormalDist, where they are needed.
Imports: numpy; SciPy when used and there.

A loaded model may have NumPy alone; the standard library then gives the same numbers to 1e-15, more slowly.
"""

import math
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def normal_share(z: Array) -> Array:
    """P(Z <= z) = erfc(-z / sqrt 2) / 2.   z (*) -> (*), within [0, 1]; NaN stays NaN

    >>> normal_share(np.array([0.0, 1.96])).round(3)
    array([0.5  , 0.975])
    """
    try:
        from scipy.special import ndtr
    except ImportError:
        return np.array([math.erfc(-v / math.sqrt(2)) / 2 for v in z.ravel().tolist()]).reshape(z.shape)
    share: Array = ndtr(z)
    return share


def normal_quantile(share: Array) -> Array:
    """The z with P(Z <= z) = share.   share (*) within [0, 1] -> (*); 0 gives -inf, 1 gives inf, NaN stays NaN

    >>> normal_quantile(np.array([0.5, 0.975])).round(2)
    array([0.  , 1.96])
    """
    try:
        from scipy.special import ndtri
    except ImportError:
        return np.array([_quantile(p) for p in share.ravel().tolist()]).reshape(share.shape)
    z: Array = ndtri(share)
    return z


def _quantile(p: float) -> float:
    if 0 < p < 1:
        return NormalDist().inv_cdf(p)
    return {0.0: -math.inf, 1.0: math.inf}.get(p, math.nan)
