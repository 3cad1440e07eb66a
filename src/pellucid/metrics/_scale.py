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
STRAIGHT = 1e-6  # q; below, h(t) differs from t by less, and its quotient loses the digits of 1 / q


class Scale(NamedTuple):
    """A monotone change of variable, its inverse and its derivative."""

    to: Callable[[Any], Any]
    back: Callable[[Any], Any]
    slope: Callable[[Any], Any]
    is_loss: bool = False
    """Whether what it leads to is a loss: at least 0, and a mean over the rows or nearly one."""
    most: float = np.inf
    """The greatest value that what it leads to can have."""


PLAIN = Scale(lambda x: x, lambda t: t, np.ones_like)
"""Differences, and numbers of any sign."""

LOSS = Scale(lambda x: x, lambda t: t, np.ones_like, is_loss=True)
"""Means of what each row loses."""

SQUARED_LOSS = Scale(np.square, np.sqrt, lambda x: 2 * x, is_loss=True)
"""Roots of such means."""

SHORTFALL = Scale(lambda x: 1 - x, lambda t: 1 - t, lambda x: -np.ones_like(x), is_loss=True)
"""Numbers below 1 without a lower limit, such as R^2: what is missing to 1, a ratio of two means."""

LOGIT = Scale(lambda x: np.log(x / (1 - x)), lambda t: 0.5 * (1 + np.tanh(t / 2)), lambda x: 1 / (x * (1 - x)))
"""Shares and areas, which lie in (0, 1)."""

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
        h(t) = (cbrt(1 + 3 q (t - g / 6)) - 1) / q,     g = sum d^3 / (sum d^2)^1.5,     q = g / 3 + c

    The limits are centre - sqrt(V) h(+-t), t being Student's quantile with df degrees of freedom. V is itself an
    estimate, and a poor one where a few units carry it: its variance is V^2 (kappa - 1) / n, that of a chi-square of df
    degrees. h removes the skewness g of the deviations (Hall's cubic) and the curvature c of what they move, see
    `Functional.curvature`; g = c = 0 leaves h(t) = t.
    Sources: Satterthwaite, Biometrics Bulletin 2, 1946; Hall, Journal of the Royal Statistical Society B 54, 1992; how
    skewness and curvature add up, DiCiccio and Efron, Biometrika 79, 1992.

    >>> spread = Studentised.of(np.array([-1.0, 1.0]) / 100, np.array([50, 50]), skewed=True)
    >>> low, high = spread.at(0.0, 0.95)
    >>> round(low, 3), round(high, 3), round(spread.p_value(high), 6)
    (-0.199, 0.199, 0.05)
    """

    error: float
    degrees: float
    skewness: float
    curvature: float = 0.0
    degrees_left: float = np.inf
    """Of freedom, when the part of V's error that goes along with the estimate's is taken off; see `at_loss`."""

    @classmethod
    def of(cls, deviation: Array, times: Array, *, skewed: bool, curvature: float = 0.0) -> Self:
        """deviation (U,) of distinct units; times (U,), how often each stands in the data, summing to n >= 2."""
        n, second = times.sum(), times @ deviation**2
        if second == 0:
            return cls(0.0, float(n - 1), 0.0)
        skewness, excess = times @ deviation**3 / second**1.5, n * (times @ deviation**4) / second**2 - 1
        error = float(np.sqrt(second * n / (n - 1)))
        degrees, left = _degrees(n, excess), _degrees(n, excess - n * skewness**2)
        return cls(error, degrees, float(skewness) if skewed else 0.0, curvature, left)

    def at(self, centre: float, confidence: float) -> tuple[float, float]:
        """The limits (low, high)."""
        t = two_sided_t(confidence, self.degrees)
        return centre - self.error * self._bent(t), centre - self.error * self._bent(-t)

    def at_loss(self, loss: float, confidence: float) -> tuple[float, float]:
        """The limits of a loss L > 0: the upper as `at` makes it, the lower on the logarithmic scale, where it is > 0.

            low = L exp(-v h(t)),     v = sqrt(V) / L,     q = g / 3 + c - v / 2,     df = 2 n / (kappa - 1 - n g^2)

        The logarithm bends by -v / 2. Where losses are skewed V errs along with L, which accounts for n g^2 of
        kappa - 1: had L come out low, V would have too. The upper limit gets no such discount, as it has to allow for
        rows worse than all that were seen, and no logarithm, as no limit holds a loss from above. Where one row of many
        carries all of L, v = g = 1, kappa = n, and the limits are 0.04 L, with few rows less, and 9 L. With that row
        left out nothing is left of the logarithm: an upper limit made on its scale has none.
        """
        high = loss - self.error * self._bent(-two_sided_t(confidence, self.degrees))
        relative = self.error / loss
        lower = self._replace(curvature=self.curvature - relative / 2)
        return loss * float(np.exp(-relative * lower._bent(two_sided_t(confidence, self.degrees_left)))), high

    def p_value(self, gap: float) -> float:
        """1 - the confidence at which a limit is `gap` away from the estimate: P(|T| > |h^-1(gap / sqrt(V))|)."""
        if self.error == 0:
            return 1.0 if gap == 0 else 0.0
        h, q = gap / self.error, self._quadratic
        straight = h if abs(q) < STRAIGHT else ((1 + q * h) ** 3 - 1) / (3 * q)
        return two_sided_p(straight + self.skewness / 6, self.degrees)

    @property
    def _quadratic(self) -> float:
        """q"""
        return self.skewness / 3 + self.curvature

    def _bent(self, t: float) -> float:
        """h(t)"""
        q, t = self._quadratic, t - self.skewness / 6
        return t if abs(q) < STRAIGHT else float(np.cbrt(1 + 3 * q * t) - 1) / q


def _degrees(n: float, excess: float) -> float:
    """Of freedom of a variance over n units whose squares have this kurtosis above 1."""
    return max(float(min(n - 1, 2 * n / excess) if excess > 0 else n - 1), FEWEST_DEGREES)
