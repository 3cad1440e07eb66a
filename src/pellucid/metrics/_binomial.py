"""Intervals of a proportion.

Here: the normal quantile and Wilson's interval, pure functions of numbers.
Elsewhere: _interval.py chooses them.
Imports: the standard library.
"""

from math import sqrt
from statistics import NormalDist


def two_sided(confidence: float) -> float:
    """z with P(-z < Z < z) = confidence for a standard normal Z.

    >>> round(two_sided(0.95), 6)
    1.959964
    """
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(share: float, n: int, confidence: float) -> tuple[float, float]:
    """Wilson's score interval of a proportion: all p that a test at this level would not reject.

        (share + z^2 / 2n  -+  z sqrt(share (1 - share) / n + z^2 / 4n^2)) / (1 + z^2 / n)

    share in [0, 1] of n >= 1 rows -> low, high within [0, 1]; never empty, also at share 0 and 1, where the textbook
    interval share -+ z se has no width.   Source: Wilson, JASA 22, 1927; Brown, Cai and DasGupta, Statistical Science
    16, 2001, who recommend it.

    >>> [round(limit, 4) for limit in wilson(0.9, 100, 0.95)]
    [0.8256, 0.9448]
    """
    z2 = two_sided(confidence) ** 2
    centre = share + z2 / (2 * n)
    reach = sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n)))
    scale = 1 + z2 / n
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)
