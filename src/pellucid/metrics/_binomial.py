"""Intervals of a proportion.

Here: the normal quantile and Wilson's interval, pure functions of numbers; `as_share`, which metrics of labels are
proportions, or increasing functions of one.
Elsewhere: _interval.py chooses them; two proportions of the same rows are compared in _mcnemar.py.
Imports: numpy and this package.
"""

from collections.abc import Callable
from math import sqrt
from statistics import NormalDist
from typing import Any, NamedTuple

from pellucid.metrics._inputs import Array


def two_sided(confidence: float) -> float:
    """z with P(-z < Z < z) = confidence for a standard normal Z.

    >>> round(two_sided(0.95), 6)
    1.959964
    """
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(share: float, n: float, confidence: float) -> tuple[float, float]:
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


class Share(NamedTuple):
    """A metric as an increasing function of a proportion of so many trials."""

    trials: int
    value: Callable[[float], float]
    inverse: Callable[[float], float]


def as_share(name: str | None, y: Array, prediction: Array, times: Array, options: dict[str, Any]) -> Share | None:
    """The trials that a metric of labels is a proportion of; None where it is not one.

        accuracy, zero-one and Hamming loss: all rows;   precision: rows given the class;   recall: rows of the class;
        Jaccard J and F1 = 2 J / (1 + J): rows of the class or given it

    y, prediction (U,) labels, times (U,) how often each pair stands in the data. Given the number of its trials, each
    counts successes of independent rows.   Source: Lam et al., arXiv 2309.14621, 2023, section 2 (F1 by way of J).

    >>> import numpy as np
    >>> y, p = np.array([1, 1, 0, 0]), np.array([1, 0, 1, 0])
    >>> share = as_share("f1_score", y, p, np.array([6, 2, 1, 9]), {})
    >>> share.trials, round(share.value(6 / 9), 3)
    (9, 0.8)
    """
    if y.ndim != 1 or prediction.ndim != 1 or options.keys() - {"pos_label", "zero_division"}:
        return None
    if name in ("accuracy_score", "zero_one_loss", "hamming_loss") and not options:
        return Share(int(times.sum()), _same, _same)
    positive = options.get("pos_label", 1)
    given, has = prediction == positive, y == positive
    trials = {"precision_score": given, "recall_score": has, "jaccard_score": given | has, "f1_score": given | has}
    if name not in trials:
        return None
    count = int(times @ trials[name])
    return Share(count, _dice, _jaccard) if name == "f1_score" else Share(count, _same, _same)


def _same(share: float) -> float:
    return share


def _dice(jaccard: float) -> float:
    return 2 * jaccard / (1 + jaccard)


def _jaccard(dice: float) -> float:
    return dice / (2 - dice)
