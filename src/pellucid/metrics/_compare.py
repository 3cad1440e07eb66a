"""Whether one prediction is better than another for the same rows, and by how much.

Here: `Comparison`, the answer; `compare`, which picks the method.
Elsewhere: the methods are in _mcnemar.py, _delong.py, _scale.py and _bootstrap.py; one prediction is bounded in
_interval.py.
Imports: numpy, pellucid.errors, pellucid.random and this package.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, ParameterError
from pellucid.metrics._bootstrap import Limits, acceleration, rule_of, samples_of
from pellucid.metrics._classification import accuracy_score
from pellucid.metrics._delong import delong
from pellucid.metrics._functional import Difference, Ranking, functional
from pellucid.metrics._inputs import Array
from pellucid.metrics._mcnemar import FEW, difference, mcnemar
from pellucid.metrics._question import Asked, Question
from pellucid.metrics._ranking import roc_auc_score
from pellucid.metrics._scale import PLAIN, Studentised
from pellucid.metrics._written import written
from pellucid.random import Seed, generator

ComparisonMethod = Literal["mcnemar", "mcnemar-exact", "delong", "studentised", "percentile", "bias-corrected", "bca"]
"""How a comparison was made."""


@final
@dataclass(frozen=True)
class Comparison:
    """A difference of one metric between two predictions, with its interval and p-value.

    >>> str(Comparison(0.06, -0.0172, 0.1348, 0.95, 0.1796, "mcnemar-exact", 100))
    '+0.0600 [-0.0172, +0.1348], p = 0.18'
    """

    estimate: float
    """The metric of the first prediction less that of the second."""
    low: float
    high: float
    confidence: float
    p_value: float
    """How often two equally good predictions would differ as much, or more; two-sided."""
    method: ComparisonMethod
    n: int
    """Rows the estimate rests on."""

    def __str__(self) -> str:
        return f"{written(self.estimate, self.low, self.high, '+')}, p = {self.p_value:.2g}"


def compare(
    metric: str | Callable[..., Any],
    y: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    confidence: float = 0.95,
    *,
    method: Literal["auto", "studentised", "bootstrap", "percentile", "bias-corrected", "bca"] = "auto",
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    stratify: bool | ArrayLike | None = None,
    n_resamples: int = 1000,
    seed: Seed = 0,
    **options: Any,
) -> Comparison:
    """How much better prediction `a` is than `b` for the same rows, with interval and p-value.

        estimate = metric(y, a) - metric(y, b)

    Above 0 favours `a` where a greater metric is better, `b` for errors and losses. y (N,), a and b as `metric` takes
    them. Both are judged on the same rows, resample by resample: what makes a row hard for both does not count, so
    two predictions may differ clearly although their own intervals overlap. The method:

    - accuracy: "mcnemar", from the rows that just one of them has right, "mcnemar-exact" where those are fewer than
      1000; the interval is Bonett and Price's.
    - AUC of two classes: "delong", DeLong's variance of the difference, Student's quantile; also with groups, weights.
    - all else: "bca", the paired bootstrap. Its p-value is 1 - the confidence at which the interval meets 0, and at
      least 1 / (n_resamples + 1).
    - "studentised" when asked for, without resampling, for metrics of labels, of two ranked classes, errors and losses.

    `groups`, `stratify`, `sample_weight`, `n_resamples`, `seed` and `options` as in `interval`. Comparing many models
    and reporting the best difference needs a correction (Holm) that is not made here. Raises ParameterError where
    "studentised" does not know the metric; other errors as in `interval`.
    Sources: DeLong, DeLong and Clarke-Pearson, Biometrics 44, 1988; Obuchowski, Biometrics 53, 1997 (groups).

    >>> y, a, b = [0, 0, 1, 1, 1, 0, 1, 0], [0, 0, 1, 1, 1, 0, 1, 1], [0, 1, 0, 1, 0, 0, 1, 1]
    >>> print(compare("accuracy_score", y, a, b))
    +0.3750 [-0.0969, +0.6969], p = 0.25
    >>> print(compare("mean_absolute_error", [1.0, 2.0, 3.0, 4.0], [1.5, 2.5, 3.0, 4.5], [2.0, 1.0, 4.0, 4.0]))
    -0.3750 [-0.7500, +0.2500], p = 0.24
    """
    studentised = method == "studentised"
    rule = rule_of("auto" if method == "studentised" else method, "compare", confidence, n_resamples)
    asked = Asked.of("compare", metric, y, (a, b), sample_weight, groups, stratify, options)
    first, second = asked.questions
    estimate = asked.estimate(0) - asked.estimate(1)
    if method == "auto" and first.function is accuracy_score and asked.independent and not options:
        only = _right(first).astype(int) - _right(second)
        only_a, only_b = int(first.times @ (only > 0)), int(first.times @ (only < 0))
        name: ComparisonMethod = "mcnemar-exact" if only_a + only_b < FEW else "mcnemar"
        low, high = difference(only_a, only_b, asked.n, confidence)
        return Comparison(estimate, low, high, confidence, mcnemar(only_a, only_b), name, asked.n)
    both = Difference(functional(first), functional(second))
    by_delong = method == "auto" and first.function is roc_auc_score and isinstance(both.first, Ranking)
    if studentised or by_delong:
        return _without_resampling(asked, both, estimate, confidence)
    samples = samples_of(asked, both, n_resamples, generator(seed))
    limits = Limits.of(samples, estimate, rule, acceleration(both) if rule == "bca" else 0.0)
    return Comparison(estimate, *limits.at(confidence), confidence, limits.p_value(0.0), rule, asked.n)


def _right(question: Question) -> Array:
    """Which rows are right in every label.   -> (N,) bool"""
    same: Array = np.equal(question.prediction, question.y).reshape(len(question.y), -1)
    return np.asarray(same.all(axis=1))


def _without_resampling(asked: Asked, both: Difference, estimate: float, confidence: float) -> Comparison:
    deviation = both.deviations(PLAIN)
    if deviation is None:
        raise ParameterError("compare: method='studentised' does not know this metric; use method='bootstrap'.")
    deviation, ranking = asked.within_strata(deviation), both.first
    if isinstance(ranking, Ranking) and asked.questions[0].unit is None:
        spread = delong(deviation, ranking.is_positive)
    else:
        spread = Studentised.of(deviation, both.times, skewed=asked.questions[0].needs in ("numbers", "probabilities"))
    name: ComparisonMethod = "delong" if isinstance(ranking, Ranking) else "studentised"
    if estimate == 0 and not deviation.any():
        return Comparison(0.0, 0.0, 0.0, confidence, 1.0, name, asked.n)
    if spread is None or spread.error == 0:
        raise DataError(
            f"compare: the predictions differ in the same way on every one of {asked.n} rows, or a class has one row; "
            "that leaves nothing to judge chance by."
        )
    return Comparison(estimate, *spread.at(estimate, confidence), confidence, spread.p_value(estimate), name, asked.n)
