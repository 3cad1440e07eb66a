"""A metric on given rows, as a function of how often each unit of them counts.

Here: `Functional`, the seam between metrics and resampling, its kinds `Sums`, `Ranking`, `Calls` and `Difference`;
`functional`, which picks the fastest one that gives the metric's own numbers; on which scale each metric is bounded.
Elsewhere: the rows come as a `Question` (_question.py); what is done with a functional is in _interval.py and
_compare.py; drawing is in _bootstrap.py.
Imports: numpy and this package.

N rows in U units that are drawn together: single rows, or groups of rows. B weightings at a time.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, final

import numpy as np

from pellucid.metrics._inputs import Array, column, distinct
from pellucid.metrics._question import Question
from pellucid.metrics._ranked import Ranked
from pellucid.metrics._ranking import average_precision_score, roc_auc_score
from pellucid.metrics._scale import FISHER, LOGIT, LOSS, PLAIN, SHORTFALL, SQUARED_LOSS, Scale
from pellucid.metrics._sums import SUMMED, Cells, label_sums

SCALES: dict[str, Scale] = {
    "r2_score": SHORTFALL,
    "roc_auc_score": LOGIT,
    "average_precision_score": LOGIT,
    "accuracy_score": LOGIT,
    "zero_one_loss": LOGIT,
    "hamming_loss": LOGIT,
    "balanced_accuracy_score": LOGIT,
    "precision_score": LOGIT,
    "recall_score": LOGIT,
    "f1_score": LOGIT,
    "fbeta_score": LOGIT,
    "jaccard_score": LOGIT,
    "specificity_score": LOGIT,
    "matthews_corrcoef": FISHER,
    "cohen_kappa_score": FISHER,
    **{name: SQUARED_LOSS if name.startswith("root_") else LOSS for name in SUMMED if name != "r2_score"},
    "brier_score_loss": LOSS._replace(most=1.0),
    "log_loss": LOSS._replace(most=-np.log(np.finfo(np.float64).eps)),  # where it clips the probabilities
}
"""On which an interval of the metric is made, by name; metrics that are not here are resampled."""

MOST_CELLS = 1000  # of a confusion matrix; its derivative asks for the metric twice a cell, 0.1 s in all
MOST_NUMBERS = 1 << 24  # in a table of sums, units by cells; 128 MiB
ALONG = 0.01  # standard errors; what a third derivative adds to the second is its square, rounding 1e-16 / ALONG^2
PART = 0.75  # of a unit that is left out of an R^2; without all of the one row that varies its deviation has no bound
STEP = 1e-4  # of a cell's weight; the error of a central difference is its square, rounding adds 1e-16 / 1e-4


class Functional(ABC):
    """A metric as a function of how often each unit counts; `times` is how often it does in the data."""

    times: Array

    @abstractmethod
    def values(self, times: Array) -> Array:
        """The metric under B weightings of the units.   (B, U) -> (B,)"""

    @abstractmethod
    def deviations(self, scale: Scale) -> Array | None:
        """How far each unit, once, moves the metric on `scale`; about the estimate less that without it.   (U,)

        The variance of the estimate is n / (n - 1) sum_u times_u d_u^2. None where that takes too long to tell.
        """

    @final
    def curvature(self, scale: Scale, deviation: Array) -> float:
        """How the metric bends on `scale` along the weightings that move it most: c = phi''(0) / (2 phi'(0)), with

            phi(e) = the metric on `scale` where unit u counts times_u (1 + e d_u / s),     s^2 = sum_u times_u d_u^2

        deviation (U,), d of `deviations`. A mean on its own scale is straight: c = 0. One standard error is e = 1.
        Source: c_q of DiCiccio and Efron, Biometrika 79, 1992.
        """
        second = float(self.times @ deviation**2)
        if second == 0:
            return 0.0
        steps = np.array([-ALONG, 0.0, ALONG])[:, None]
        before, here, after = scale.to(self.values(self.times * (1 + steps * deviation / np.sqrt(second)))).tolist()
        return (before - 2 * here + after) / (ALONG * (after - before)) if after != before else 0.0


@final
class Sums(Functional):
    """value(sum of rows); deviations from leaving out `part` of each unit, or from the derivative where that is 0."""

    def __init__(self, rows: Array, value: Callable[[Array], Array], times: Array, part: float) -> None:
        self.rows = np.asfortranarray(rows)  # sums run down its columns
        self.value, self.times, self.part = value, times, part

    def values(self, times: Array) -> Array:
        return self.value(times.astype(np.float64) @ self.rows)

    def deviations(self, scale: Scale) -> Array | None:
        total = self.times @ self.rows
        if self.part == 0:
            if len(total) > MOST_CELLS:
                return None
            step = np.diag(STEP * total)
            slope = (self.value(total + step) - self.value(total - step)) / (2 * STEP * total)
            return scale.slope(self.value(total)) * (self.rows @ slope)
        n = self.times.sum()
        without = scale.to(self.value(total - self.part * self.rows))
        return (self.times @ without / n - without) * (n - self.part) / (n * self.part)


@final
class Ranking(Functional):
    """The area under the ROC curve, or average precision, of two classes."""

    def __init__(self, question: Question, is_positive: Array, by_area: bool) -> None:
        self.question, self.times = question, question.times
        self.is_positive, self.by_area = is_positive, by_area
        self.ranked = Ranked.of(is_positive, column(question.prediction, "prediction"))

    def values(self, times: Array) -> Array:
        weight = self.question.apart(times)
        return self.ranked.area(weight) if self.by_area else self.ranked.precision(weight)

    def deviations(self, scale: Scale) -> Array:
        weight = self.question.apart(self.times).astype(np.float64)
        moves = self.ranked.area_moves(weight) if self.by_area else self.ranked.precision_moves(weight)
        estimate = self.values(self.times[None])[0]
        return scale.slope(estimate) * self.question.together(moves, weighted=False)  # the moves hold the weights


@final
class Calls(Functional):
    """Any metric, called once a weighting: with weights where it takes them, else with rows repeated."""

    def __init__(self, question: Question) -> None:
        self.question, self.times = question, question.times
        self.weighted = question.name is not None and "sample_weight" in inspect.signature(question.function).parameters

    def values(self, times: Array) -> Array:
        return np.array([self._weighted(one) if self.weighted else self._repeated(one) for one in times], np.float64)

    def _weighted(self, times: Array) -> Any:
        q = self.question
        return q.function(q.y, q.prediction, sample_weight=q.apart(times), **q.options)

    def _repeated(self, times: Array) -> Any:
        q = self.question
        row = np.repeat(np.arange(len(q.y)), times if q.unit is None else times[q.unit])
        weight = {} if q.weight is None else {"sample_weight": q.weight[row]}
        return q.function(q.y[row], q.prediction[row], **weight, **q.options)

    def deviations(self, scale: Scale) -> None:
        return None


@final
class Difference(Functional):
    """One metric of two predictions for the same rows: the first less the second."""

    def __init__(self, first: Functional, second: Functional) -> None:
        self.first, self.second, self.times = first, second, first.times

    def values(self, times: Array) -> Array:
        return self.first.values(times) - self.second.values(times)

    def deviations(self, scale: Scale = PLAIN) -> Array | None:
        """On the plain scale, the only one differences have."""
        one, other = self.first.deviations(PLAIN), self.second.deviations(PLAIN)
        return None if one is None or other is None else one - other


def functional(question: Question) -> Functional:
    """The fastest functional that gives the metric's own numbers.

    >>> from pellucid.metrics import r2_score
    >>> y, p = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 4.0])
    >>> f = functional(Question(r2_score, y, p, times=np.ones(3), options={}))
    >>> f.values(np.array([[1, 1, 1], [2, 1, 0]])).round(4).tolist(), r2_score(y[[0, 0, 1]], p[[0, 0, 1]])
    ([0.7857, -0.5], -0.5)
    """
    q, single = question, _is_column(question.prediction)
    is_positive = _positive(q) if single else None
    if is_positive is not None:
        return Ranking(q, is_positive, by_area=q.function is roc_auc_score)
    if q.needs == "labels" and single and _is_column(q.y):
        cells = Cells.of(column(q.y, "y"), column(q.prediction, "prediction"))
        if len(q.times) * len(cells.actual) <= MOST_NUMBERS and "sample_weight" not in q.options:
            how = label_sums(q.function, cells, q.options)
            return Sums(q.together(how.rows(q.y, q.prediction)), how.value, q.times, part=0.0)
    if q.name in SUMMED and _is_column(q.y) and (single or q.name == "log_loss"):
        if not q.options.keys() - ({"labels"} if q.name == "log_loss" else set()):
            rows = SUMMED[q.name].rows(q.y, q.prediction, **q.options)
            part = PART if q.name == "r2_score" else 1.0
            return Sums(q.together(rows), SUMMED[q.name].value, q.times, part)
    return Calls(q)


def _is_column(values: Array) -> bool:
    return values.ndim == 1 or (values.ndim == 2 and values.shape[1] == 1)


def _positive(q: Question) -> Array | None:
    """Which rows are positive for a ranking of two classes without options; None for all other questions."""
    if q.function not in (roc_auc_score, average_precision_score) or q.options.keys() - {"pos_label"}:
        return None
    y = column(q.y, "y")
    classes = distinct(y)
    if len(classes) != 2:
        return None
    if q.function is roc_auc_score:
        return None if q.options else y == classes[1]
    return y == q.options.get("pos_label", 1)
