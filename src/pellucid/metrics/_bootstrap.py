"""The bootstrap: how a metric varies over sets like this one.

Here: `draws` and `samples_of`, a functional's values on resampled sets; `acceleration`; the limits in the samples
by three rules (percentile, bias-corrected, BCa), and the level at which a limit meets a given number.
Elsewhere: functionals are in _functional.py; which metric is resampled how is said in _interval.py.
Imports: numpy, pellucid.errors and this package.

A resample draws as many units as there are, with replacement; where strata are given, as many of each as it has.
Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 13 and 14.
"""

import warnings
from collections.abc import Iterator
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.metrics._functional import Functional
from pellucid.metrics._inputs import Array
from pellucid.metrics._question import Asked
from pellucid.metrics._scale import PLAIN

Rule = Literal["percentile", "bias-corrected", "bca"]
RULES: dict[str, Rule] = {
    **{"auto": "bca", "bootstrap": "bca"},
    **{"percentile": "percentile", "bias-corrected": "bias-corrected", "bca": "bca"},
}
"""What a caller may say as `method`, and the rule it stands for."""

FEWEST_RESAMPLES = 100  # fewer leave less than three values beyond each limit of a 95 % interval
BLOCK = 1 << 16  # counts drawn at a time; 512 KiB, which stay in a second-level cache until they are used
JACKKNIFE_BLOCKS = 50  # of units left out together; the acceleration's own error is then below 0.01


def rule_of(method: str, caller: str, confidence: float, n_resamples: int) -> Rule:
    """The rule a method stands for.   Raises ParameterError for what no bootstrap can do."""
    if not 0 < confidence < 1:
        raise ParameterError(f"{caller}: confidence={confidence}; it must lie between 0 and 1, such as 0.95.")
    if n_resamples < FEWEST_RESAMPLES:
        raise ParameterError(f"{caller}: n_resamples={n_resamples}; give at least {FEWEST_RESAMPLES}.")
    if method not in RULES:
        raise ParameterError(f"{caller}: method={method!r}; use one of {', '.join(map(repr, RULES))}.")
    return RULES[method]


def draws(times: Array, strata: Array | None, n_resamples: int, rng: np.random.Generator) -> Iterator[Array]:
    """How often each unit is drawn, in blocks (b, U) that make up n_resamples rows.   times (U,), strata (U,) or None

    >>> [block.tolist() for block in draws(np.array([2, 1]), np.array([0, 1]), 2, np.random.default_rng(0))]
    [[[2, 1], [2, 1]]]
    """
    parts = [] if strata is None else [np.flatnonzero(strata == k) for k in np.unique(strata)]
    size = max(1, BLOCK // len(times))
    for start in range(0, n_resamples, size):
        n = min(size, n_resamples - start)
        if strata is None:
            yield _drawn(times, n, rng)
            continue
        block = np.empty((n, len(times)), np.int64)
        for units in parts:
            block[:, units] = _drawn(times[units], n, rng)
        yield block


def _drawn(times: Array, n: int, rng: np.random.Generator) -> Array:
    """n resamples of units that stand `times` in the data.   -> (n, U)"""
    if len(times) < times.sum():
        return rng.multinomial(times.sum(), times / times.sum(), size=n)
    size = len(times)
    if n == 1:
        return np.bincount(rng.integers(size, size=size), minlength=size)[None]
    place = rng.integers(size, size=(n, size))  # several times faster than a multinomial draw of many small counts
    place += size * np.arange(n)[:, None]
    return np.bincount(place.reshape(-1), minlength=n * size).reshape(n, size)


def samples_of(asked: Asked, metric: Functional, n_resamples: int, rng: np.random.Generator) -> Array:
    """The metric on resampled sets, drawn within the strata asked for.   -> (n_resamples,)

    Where none were asked for and some resample lacks a class that the metric needs, all are drawn within the classes.
    Raises DataError where it is undefined all the same.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # the estimate on all rows has warned already
        for strata in (asked.strata, asked.by_class):
            blocks = draws(metric.times, strata, n_resamples, rng)
            samples = np.concatenate([metric.values(block) for block in blocks])
            undefined = int(np.isnan(samples).sum())
            if not undefined or asked.strata is not None or asked.by_class is None:
                break
    if undefined:
        raise DataError(
            f"{asked.caller}: the metric is undefined on {undefined} of {n_resamples} resamples, for want of a class; "
            "use stratify=True, or more rows or groups."
        )
    return samples


def acceleration(metric: Functional) -> float:
    """How fast the standard error changes with the metric: a sixth of the skewness of the deviations.

        a = sum_u d_u^3 / (6 (sum_u d_u^2)^1.5)

    Where the metric does not tell its deviations, d is that of blocks of units left out together, unit u being in block
    u mod 50; a metric that is undefined without a block has a = 0, the bias-corrected interval.
    """
    times, deviation = metric.times, metric.deviations(PLAIN)
    if deviation is None:
        n_blocks = min(JACKKNIFE_BLOCKS, len(times))
        left = np.arange(len(times)) % n_blocks != np.arange(n_blocks)[:, None]
        without = metric.values(left * times) if n_blocks > 1 else np.zeros(1)
        times, deviation = np.ones(n_blocks), without.mean() - without
    second = float(times @ deviation**2)
    skewness = float(times @ deviation**3) / (6 * second**1.5) if second > 0 else 0.0
    return skewness if np.isfinite(skewness) else 0.0


class Limits(NamedTuple):
    """Where the limits of any confidence stand among the samples.

        BCa: quantiles at Phi(b + (b + z) / (1 - a (b + z))),     b = Phi^-1(share of samples below the estimate)

    a = 0 is the bias-corrected interval, a = b = 0 the percentile interval. Samples to one side of the estimate, as an
    average precision's are because repeated rows are ties, move the limits to the other.
    Source: Efron, Better bootstrap confidence intervals, JASA 82, 1987.

    >>> limits = Limits.of(np.arange(1001) / 1000, 0.5, "bias-corrected")
    >>> [round(limit, 3) for limit in limits.at(0.95)], round(limits.p_value(0.025), 3)
    ([0.025, 0.975], 0.051)
    """

    samples: Array
    bias: float
    bend: float

    @classmethod
    def of(cls, samples: Array, estimate: float, rule: Rule, bend: float = 0.0) -> "Limits":
        """samples (B,); `bend` is the acceleration, which only BCa takes."""
        if rule == "percentile":
            return cls(samples, 0.0, 0.0)
        return cls(samples, _normal_place(samples, estimate), bend if rule == "bca" else 0.0)

    def at(self, confidence: float) -> tuple[float, float]:
        """The limits (low, high)."""
        z, normal = NormalDist().inv_cdf((1 + confidence) / 2), NormalDist()
        places = []
        for end in (-z, z):
            moved = self.bias + end
            room = 1 - self.bend * moved
            # beyond the pole the formula turns round; the outermost sample is its limit there
            places.append(normal.cdf(self.bias + moved / room) if room > 0 else float(moved > 0))
        low, high = np.quantile(self.samples, places).tolist()
        return low, high

    def p_value(self, null: float) -> float:
        """1 - the confidence at which a limit meets `null`; at least 1 / (B + 1), what B samples can tell."""
        gap = _normal_place(self.samples, null) - self.bias
        room = 1 + self.bend * gap
        z = gap / room - self.bias if room > 0 else gap * float("inf")
        least = 1 / (len(self.samples) + 1)
        return float(np.clip(2 * NormalDist().cdf(-abs(z)), least, 1.0))


def _normal_place(samples: Array, value: float) -> float:
    """Phi^-1 of the share of samples below `value`, equal ones counting half; half a sample from 0 and 1 at least."""
    below = (np.mean(samples < value) + np.mean(samples <= value)) / 2
    return NormalDist().inv_cdf(float(np.clip(below, 0.5 / len(samples), 1 - 0.5 / len(samples))))
