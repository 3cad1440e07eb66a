"""The bootstrap: how a metric varies over sets like this one.

Here: the metric's values on resampled sets, by rows or by distinct (label, prediction) pairs; the limits in them.
Elsewhere: which metric is resampled how is said in _interval.py.
Imports: numpy and this package.

A resample draws as many rows as there are, with replacement; where strata are given, as many of each stratum as it has.
Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
"""

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np

from pellucid.metrics._inputs import Array


def by_rows(
    value: Callable[[Array], Any], strata: Array | None, n_rows: int, n_resamples: int, rng: np.random.Generator
) -> Array:
    """`value(rows)` on each resample of row numbers.   strata (N,) codes or None -> (n_resamples,)"""
    groups = [np.arange(n_rows)] if strata is None else [np.flatnonzero(strata == k) for k in np.unique(strata)]
    samples = np.empty(n_resamples)
    for b in range(n_resamples):
        samples[b] = value(np.concatenate([rows[rng.integers(len(rows), size=len(rows))] for rows in groups]))
    return samples


def by_pairs(
    value: Callable[[Array, Array, Array], Any],
    actual: Array,
    predicted: Array,
    stratified: bool,
    n_resamples: int,
    rng: np.random.Generator,
) -> Array:
    """`value(actual, predicted, weight)` on each resample, of pairs of codes with their counts.   (N,), (N,) codes

    Rows with equal labels are interchangeable, so a resample of N rows is a multinomial draw of at most K^2 counts; its
    cost does not grow with N. A pair that is not drawn stays, with weight 0: the set of classes is that of the data.
    """
    n_codes = int(predicted.max()) + 1
    pairs, count = np.unique(actual * n_codes + predicted, return_counts=True)
    actual, predicted = pairs // n_codes, pairs % n_codes  # one entry a distinct pair from here on
    drawn = np.zeros((n_resamples, len(pairs)), np.int64)
    strata = actual if stratified else np.zeros_like(actual)
    for k in np.unique(strata):
        cells = np.flatnonzero(strata == k)
        drawn[:, cells] = rng.multinomial(count[cells].sum(), count[cells] / count[cells].sum(), size=n_resamples)
    return np.array([value(actual, predicted, weight) for weight in drawn], dtype=np.float64)


def limits(samples: Array, estimate: float, confidence: float) -> tuple[float, float]:
    """The bias-corrected percentile interval.

        quantiles of the samples at Phi(2 b -+ z),    b = Phi^-1(share of samples below the estimate)

    samples (B,) -> low, high. Where the samples lie to one side of the estimate, as an average precision does because
    repeated rows are ties, the quantiles are taken further to the other; b = 0 leaves the plain percentiles.
    Source: Efron, Better bootstrap confidence intervals, JASA 82, 1987, section 2.

    >>> [round(limit, 3) for limit in limits(np.arange(1001) / 1000, 0.5, 0.95)]
    [0.025, 0.975]
    """
    below = (np.mean(samples < estimate) + np.mean(samples <= estimate)) / 2  # equal ones count half
    normal = NormalDist()
    bias = normal.inv_cdf(float(np.clip(below, 0.5 / len(samples), 1 - 0.5 / len(samples))))
    z = normal.inv_cdf((1 + confidence) / 2)
    low, high = np.quantile(samples, [normal.cdf(2 * bias - z), normal.cdf(2 * bias + z)]).tolist()
    return low, high
