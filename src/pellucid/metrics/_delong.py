"""Intervals of numbers about the order of two classes: the area under the ROC curve and average precision.

Here: `delong`, the error that the two classes bring in; Newcombe's interval for where that is 0; `precision_at_area`,
which carries that over to precision.
Elsewhere: how each row moves the number is in _ranked.py; _interval.py and _compare.py choose the method.
Imports: numpy and this package.
"""

from collections.abc import Callable
from math import sqrt
from statistics import NormalDist

import numpy as np

from pellucid.metrics._binomial import two_sided
from pellucid.metrics._inputs import Array
from pellucid.metrics._scale import Studentised

PRECISION_POINTS = 400  # of the integral over recall; its error is then below 0.001 for areas from 0.5 to 0.999


def delong(moves: Array, is_positive: Array) -> Studentised | None:
    """The error of a sum of one move a row, its variance estimated class by class.

        V = V_1 + V_0,     V_k = n_k / (n_k - 1) sum_{n in class k} m_n^2

    moves (N,), is_positive (N,) bool; None where a class has one row, or V = 0. For the area, m_n = (a_n - A) / n_k
    with a_n the share of the other class that row n stands on the right side of: DeLong's variance. The moves of the
    rarer class are the larger, so the degrees of freedom follow it: with 10 positives among 100 rows and the area 0.92
    the normal quantile held the truth in 89.6 % of 3000 sets, Student's with these degrees in 95.0 % of 4000.
    Source: DeLong, DeLong and Clarke-Pearson, Biometrics 44, 1988.

    >>> is_positive = np.array([True, True, False, False])  # a = (1/2, 1) and (1, 1/2) about A = 3/4
    >>> round(delong(np.array([-0.25, 0.25, 0.25, -0.25]) / 2, is_positive).error ** 2, 6)
    0.125
    """
    size = np.where(is_positive, is_positive.sum(), (~is_positive).sum())
    if size.min() < 2:
        return None
    n = len(moves)
    spread = Studentised.of(moves * np.sqrt(size / (size - 1) * (n - 1) / n), np.ones(n), skewed=False)
    return spread if spread.error > 0 else None


def newcombe(area: float, n_positive: float, n_negative: float, confidence: float) -> tuple[float, float]:
    """All t with |A - t| <= z sqrt(V(t)), V being Hanley and McNeil's variance of an area t.

        V(t) = t (1 - t) (1 + (M - 1) ((1 - t) / (2 - t) + t / (1 + t))) / (P Q),     M = (P + Q) / 2

    Where the classes are separated perfectly DeLong's variance is 0, though few rows prove little; this interval has
    width there.   A in [0, 1] -> low <= A <= high.   Source: Newcombe, Statistics in Medicine 25, 2006, method 5.

    >>> [round(limit, 3) for limit in newcombe(1.0, 10, 10, 0.95)]
    [0.8, 1.0]
    """
    z2, mean_size, pairs = two_sided(confidence) ** 2, (n_positive + n_negative) / 2, n_positive * n_negative

    def beyond(t: float) -> bool:
        variance = t * (1 - t) * (1 + (mean_size - 1) * ((1 - t) / (2 - t) + t / (1 + t))) / pairs
        return (area - t) ** 2 > z2 * variance

    return _border(beyond, 0.0, area), _border(beyond, 1.0, area)


def _border(beyond: Callable[[float], bool], outside: float, inside: float) -> float:
    """Where `beyond` turns false on the way from `outside` to `inside`, by bisection."""
    if outside == inside:
        return inside
    for _ in range(60):  # 2^-60 is below the spacing of floats near 1
        middle = (outside + inside) / 2
        outside, inside = (middle, inside) if beyond(middle) else (outside, middle)
    return inside


def precision_at_area(area: float, share: float) -> float:
    """Average precision of normal scores of equal variance with this area and share of positives.

        AP = int_0^1 s r / (s r + (1 - s) Phi(Phi^-1(r) - gap)) dr,     gap = sqrt(2) Phi^-1(A)

    area in [0, 1], share in (0, 1) -> a number in [0, 1]; r is the recall.   Source: the binormal model of Green and
    Swets, Signal Detection Theory and Psychophysics, 1966.

    >>> round(precision_at_area(0.5, 0.3), 3), round(precision_at_area(0.9, 0.5), 2), precision_at_area(1.0, 0.1)
    (0.3, 0.9, 1.0)
    """
    if area in (0.0, 1.0):
        return area
    normal = NormalDist()
    gap = sqrt(2) * normal.inv_cdf(area)
    recall = (np.arange(PRECISION_POINTS) + 0.5) / PRECISION_POINTS
    false = np.array([normal.cdf(normal.inv_cdf(r) - gap) for r in recall.tolist()])
    return float(np.mean(share * recall / (share * recall + (1 - share) * false)))
