"""Scales on which an estimate is nearly symmetric, and the interval of a smooth estimate on one.

Here: `Scale` and the scales there are; `Studentised`, the interval and its p-value; Student's quantile.
Elsewhere: the deviations it takes are made in _functional.py and _ranked.py; _interval.py picks the scale.
Imports: numpy, SciPy's special functions when called, and this package.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np

from pellucid.metrics._inputs import Array

FEWEST_DEGREES = 2.0  # of freedom; with fewer, Student's t has no variance, and its quantiles say only "more rows"
STRAIGHT = 1e-6  # skewness; below, h(t) differs from t by less, and its quotient loses the digits of 1 / g


class Scale(NamedTuple):
    """An increasing change of variable, its inverse and its derivative."""

    to: Callable[[Any], Any]
    back: Callable[[Any], Any]
    slope: Callable[[Any], Any]


PLAIN = Scale(lambda x: x, lambda t: t, np.ones_like)
"""Differences, and numbers of any sign."""

LOG = Scale(np.log, np.exp, lambda x: 1 / x)
"""Losses, which are above 0."""

LOGIT = Scale(lambda x: np.log(x / (1 - x)), lambda t: 0.5 * (1 + np.tanh(t / 2)), lambda x: 1 / (x * (1 - x)))
"""Shares and areas, which lie in (0, 1)."""

SHORTFALL = Scale(lambda x: -np.log1p(-x), lambda t: -np.expm1(-t), lambda x: 1 / (1 - x))
"""Numbers below 1 without a lower limit, such as R^2: the logarithm of the ratio of two variances."""

FISHER = Scale(np.arctanh, np.tanh, lambda x: 1 / (1 - x * x))
"""Correlations, which lie in (-1, 1)."""


def two_sided_p(t: float, degrees: float) -> float:
    """P(|T| > |t|) for Student's T with `degrees` of freedom.

    >>> round(two_sided_p(-2.2281, 10), 4)
    0.05
    """
    from scipy.special import stdtr

    return float(2 * stdtr(degrees, -abs(t)))


def two_sided_t(confidence: float, degrees: float) -> float:
    """t with P(-t < T < t) = confidence for Student's T with `degrees` of freedom.

    >>> round(two_sided_t(0.95, 10), 4)
    2.2281
    """
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + confidence) / 2))


class Studentised(NamedTuple):
    """An estimate that is nearly a sum of one deviation a unit, in units of its standard error.

        V = n / (n - 1) sum_u d_u^2,     kappa = n sum d^4 / (sum d^2)^2,     df = min(n - 1, 2 n / (kappa - 1))
        h(t) = (3 / g) (cbrt(1 + g (t - g / 6)) - 1),     g = sum d^3 / (sum d^2)^1.5

    The limits are centre - sqrt(V) h(+-t), t being Student's quantile with df degrees of freedom. V is itself an
    estimate, and a poor one where a few units carry it: its variance is V^2 (kappa - 1) / n, that of a chi-square of df
    degrees. h removes the skewness (Hall's cubic); g = 0 leaves h(t) = t.
    Sources: Satterthwaite, Biometrics Bulletin 2, 1946; Hall, Journal of the Royal Statistical Society B 54, 1992.

    >>> spread = Studentised.of(np.array([-1.0, 1.0]) / 100, np.array([50, 50]), skewed=True)
    >>> low, high = spread.at(0.0, 0.95)
    >>> round(low, 3), round(high, 3), round(spread.p_value(high), 6)
    (-0.199, 0.199, 0.05)
    """

    error: float
    degrees: float
    skewness: float

    @classmethod
    def of(cls, deviation: Array, times: Array, *, skewed: bool) -> Self:
        """deviation (U,) of distinct units; times (U,), how often each stands in the data, summing to n >= 2."""
        n, second = times.sum(), times @ deviation**2
        if second == 0:
            return cls(0.0, float(n - 1), 0.0)
        excess = n * (times @ deviation**4) / second**2 - 1
        degrees = min(n - 1, 2 * n / excess) if excess > 0 else n - 1
        skewness = float(times @ deviation**3 / second**1.5) if skewed else 0.0
        return cls(float(np.sqrt(second * n / (n - 1))), max(float(degrees), FEWEST_DEGREES), skewness)

    def at(self, centre: float, confidence: float) -> tuple[float, float]:
        """The limits (low, high)."""
        t = two_sided_t(confidence, self.degrees)
        return centre - self.error * self._bent(t), centre - self.error * self._bent(-t)

    def p_value(self, gap: float) -> float:
        """1 - the confidence at which a limit is `gap` away from the estimate: P(|T| > |h^-1(gap / sqrt(V))|)."""
        if self.error == 0:
            return 1.0 if gap == 0 else 0.0
        t, g = gap / self.error, self.skewness
        return two_sided_p(t if abs(g) < STRAIGHT else ((1 + g * t / 3) ** 3 - 1) / g + g / 6, self.degrees)

    def _bent(self, t: float) -> float:
        """h(t)"""
        g = self.skewness
        return t if abs(g) < STRAIGHT else 3 / g * float(np.cbrt(1 + g * (t - g / 6)) - 1)
