"""What can be had at each threshold on a score, as curves.

Here: the ROC curve, the detection error tradeoff, the precision-recall curve, gain and lift, the cost of each threshold
and the cheapest one; `auc`.
Elsewhere: one number for a ranking is in _ranking.py; the steps all of these stand on are in _steps.py.
Imports: numpy, pellucid.errors and this package.

A row is called positive where score >= threshold.
"""

import math
import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.metrics._inputs import Array, column, labels, numbers, positive_label, same_length, weights
from pellucid.metrics._steps import Steps, steps
from pellucid.metrics._undefined import warn_undefined


def roc_curve(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
    drop_intermediate: bool = True,
) -> tuple[Array, Array, Array]:
    """True against false positive rate, over all thresholds.

        tpr(t) = share of positives with score >= t;     fpr(t) = share of negatives with score >= t

    y_true (N,), y_score (N,) -> fpr (M,), tpr (M,), thresholds (M,) falling from infinity, where nothing is admitted.
    `drop_intermediate` leaves out points on a straight line between their neighbours. A class that is absent makes its
    rate NaN, with a DataWarning. Raises DataError when the positive class can not be guessed.

    >>> fpr, tpr, threshold = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> fpr.tolist(), tpr.tolist(), threshold.tolist()
    ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0], [inf, 0.8, 0.4, 0.35, 0.1])
    """
    step = _steps_of(y_true, y_score, pos_label, sample_weight)
    if drop_intermediate and len(step.true) > 2:
        step = _kept(step, (np.diff(step.true, 2) != 0) | (np.diff(step.false, 2) != 0))
    fpr = _rate(step.false, "negative", "false")
    tpr = _rate(step.true, "positive", "true")
    return fpr, tpr, np.append(np.inf, step.threshold)


def _rate(cumulated: Array, kind: str, name: str) -> Array:
    total = cumulated[-1]
    if total <= 0:
        message = f"roc_curve: no row is {kind}, so the {name} positive rate is 0/0 and is NaN."
        warn_undefined(message, stacklevel=3)
        return np.full(len(cumulated) + 1, np.nan)
    return np.append(0.0, cumulated / total)


def det_curve(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
    drop_intermediate: bool = False,
) -> tuple[Array, Array, Array]:
    """Detection error tradeoff: false positive against false negative rate, over all thresholds.

        fpr(t) = share of negatives with score >= t;     fnr(t) = share of positives with score < t

    y_true (N,), y_score (N,) -> fpr (M,) falling, fnr (M,) and thresholds (M,) rising, from the highest threshold that
    misses no positive to the lowest that admits no negative, which may be infinite. Both axes are drawn as normal
    quantiles, in which normal scores give a straight line. `drop_intermediate` leaves out points between two of the
    same fnr. Raises DataError for a class that is absent, and when the positive class can not be guessed.
    Source: Martin et al., Eurospeech 1997.

    >>> fpr, fnr, threshold = det_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> fpr.tolist(), fnr.tolist(), threshold.tolist()
    ([0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.35, 0.4, 0.8])
    """
    step = _steps_of(y_true, y_score, pos_label, sample_weight)
    for total, kind in ((step.true[-1], "positive"), (step.false[-1], "negative")):
        if total <= 0:
            raise DataError(f"det_curve: no row is {kind}, so one of its rates is 0/0; check y_true and pos_label.")
    step = Steps(*(np.append(start, part) for start, part in zip((np.inf, 0.0, 0.0), step, strict=True)))
    if drop_intermediate and len(step.true) > 2:
        gained = np.diff(step.true) != 0
        step = _kept(step, gained[:-1] | gained[1:])
    first = int(np.searchsorted(step.false, 0.0, side="right")) - 1
    last = int(np.searchsorted(step.true, step.true[-1])) + 1
    threshold, true, false = (part[first:last][::-1] for part in (step.threshold, step.true, step.false))
    return false / step.false[-1], (step.true[-1] - true) / step.true[-1], threshold


def precision_recall_curve(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
    drop_intermediate: bool = False,
) -> tuple[Array, Array, Array]:
    """Precision against recall, over all thresholds.

        precision(t) = positives among the rows with score >= t;     recall(t) = share of positives with score >= t

    y_true (N,), y_score (N,) -> precision (M + 1,), recall (M + 1,), thresholds (M,), rising; the point (1, 0) at the
    end stands for admitting nothing. `drop_intermediate` leaves out points between two of the same recall. No positive
    row: recall is 1 with a DataWarning. Raises DataError when the positive class can not be guessed.

    >>> precision, recall, threshold = precision_recall_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> precision.round(3).tolist(), recall.tolist(), threshold.tolist()
    ([0.5, 0.667, 0.5, 1.0, 1.0], [1.0, 1.0, 0.5, 0.5, 0.0], [0.1, 0.35, 0.4, 0.8])
    """
    step = _steps_of(y_true, y_score, pos_label, sample_weight)
    if drop_intermediate and len(step.true) > 2:
        gained = np.diff(step.true) != 0
        step = _kept(step, gained[:-1] | gained[1:])
    recall = np.ones(len(step.true))
    if step.true[-1] > 0:
        recall = step.true / step.true[-1]
    else:
        message = "precision_recall_curve: no row is positive; recall is 0/0 and is taken as 1."
        warnings.warn(message, DataWarning, stacklevel=2)
    precision = step.true / (step.true + step.false)
    return np.append(precision[::-1], 1.0), np.append(recall[::-1], 0.0), step.threshold[::-1]


def auc(x: ArrayLike, y: ArrayLike) -> float:
    """Area under a curve through points, by trapezoids.

        A = |sum_i (x_{i+1} - x_i) (y_i + y_{i+1}) / 2|

    x (M,) rising or falling, y (M,), M >= 2. Raises DataError for fewer points and for an x that turns.

    >>> auc([0.0, 0.5, 1.0], [0.0, 1.0, 1.0])
    0.75
    """
    across, up = column(numbers(x, "x"), "x"), column(numbers(y, "y"), "y")
    same_length(x=across, y=up)
    if len(across) < 2:
        raise DataError("auc: one point has no area under it; give at least two.")
    moves = np.diff(across)
    if (moves < 0).any() and (moves > 0).any():
        raise DataError(f"auc: x turns round at point {int(np.argmax(moves * moves[0] < 0))}; sort the points by x.")
    area = float(np.trapezoid(up, across))
    return -area if (moves < 0).any() else area


def gain_curve(
    y_true: ArrayLike, y_score: ArrayLike, *, pos_label: Any = None, sample_weight: ArrayLike | None = None
) -> tuple[Array, Array]:
    """Share of the positives found, against the share of rows called, best scores first: cumulative gain.

        rows(t) = share of rows with score >= t;     gain(t) = share of positives with score >= t

    y_true (N,), y_score (N,) -> rows (M + 1,), gain (M + 1,), both rising from 0 to 1; guessing is the diagonal. Of
    rows with one score all are called. Raises DataError when no row is positive.

    >>> rows, gain = gain_curve([1, 0, 1, 0], [0.9, 0.2, 0.8, 0.7])
    >>> rows.tolist(), gain.tolist()
    ([0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 0.5, 1.0, 1.0, 1.0])
    """
    step = _steps_of(y_true, y_score, pos_label, sample_weight)
    if step.true[-1] <= 0:
        raise DataError("gain_curve: no row is positive, so there is nothing to find; check y_true and pos_label.")
    called = step.true + step.false
    return np.append(0.0, called / called[-1]), np.append(0.0, step.true / step.true[-1])


def lift_curve(
    y_true: ArrayLike, y_score: ArrayLike, *, pos_label: Any = None, sample_weight: ArrayLike | None = None
) -> tuple[Array, Array]:
    """How many times more positives are among the rows called than among as many drawn at random.

        lift(t) = gain(t) / rows(t)

    y_true (N,), y_score (N,) -> rows (M,), lift (M,); the last lift is 1. Errors as in `gain_curve`.

    >>> rows, lift = lift_curve([1, 0, 1, 0], [0.9, 0.2, 0.8, 0.7])
    >>> rows.tolist(), lift.round(3).tolist()
    ([0.25, 0.5, 0.75, 1.0], [2.0, 2.0, 1.333, 1.0])
    """
    rows, gain = gain_curve(y_true, y_score, pos_label=pos_label, sample_weight=sample_weight)
    return rows[1:], gain[1:] / rows[1:]


class CostChoice(NamedTuple):
    """The cheapest threshold, and the costs it was chosen from.

    >>> CostChoice(0.5, 1.0, np.array([0.5]), np.array([1.0])).threshold
    0.5
    """

    threshold: float
    cost: float
    """A row, at that threshold."""
    thresholds: Array  # (M + 1,) falling from infinity
    costs: Array  # (M + 1,) a row, at each


def threshold_by_cost(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    false_positive: float,
    false_negative: float,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
) -> CostChoice:
    """The threshold at which mistakes cost least.

        cost(t) = (c_fp [negatives with score >= t] + c_fn [positives with score < t]) / N

    y_true (N,), y_score (N,); c_fp, c_fn >= 0 are what one false alarm and one miss cost -> the choice with the cost of
    every threshold. Of equally cheap ones the highest is taken, which calls the fewest rows; infinity calls none.
    For calibrated probabilities the best threshold is c_fp / (c_fp + c_fn), whatever the data: a choice far from it
    says that they are not calibrated, or that the rows are few. Choose on validation rows, never on the test rows.
    Raises ParameterError for a negative or infinite cost.   Source: Elkan, IJCAI 2001.

    >>> y, score = [0, 0, 1, 0, 1], [0.1, 0.3, 0.4, 0.6, 0.8]
    >>> threshold_by_cost(y, score, false_positive=1, false_negative=5)[:2]
    (0.4, 0.2)
    >>> threshold_by_cost(y, score, false_positive=5, false_negative=1)[:2]
    (0.8, 0.2)
    """
    for name, cost in (("false_positive", false_positive), ("false_negative", false_negative)):
        if not 0 <= cost < math.inf:
            raise ParameterError(f"threshold_by_cost: {name}={cost}; a cost is a number >= 0.")
    step = _steps_of(y_true, y_score, pos_label, sample_weight)
    true, false = np.append(0.0, step.true), np.append(0.0, step.false)
    costs = (false_positive * false + false_negative * (true[-1] - true)) / (true[-1] + false[-1])
    thresholds = np.append(np.inf, step.threshold)
    best = int(costs.argmin())
    return CostChoice(float(thresholds[best]), float(costs[best]), thresholds, costs)


def _steps_of(y_true: ArrayLike, y_score: ArrayLike, pos_label: Any, sample_weight: ArrayLike | None) -> Steps:
    """The steps of checked rows."""
    y, score = labels(y_true, "y_true"), column(numbers(y_score, "y_score"), "y_score")
    weight = weights(sample_weight)
    same_length(y_true=y, y_score=score, sample_weight=weight)
    return steps(y == positive_label(y, pos_label), score, weight)


def _kept(step: Steps, inner: Array) -> Steps:
    """The first and the last step, and those between that are marked.   inner (M - 2,) bool"""
    kept = np.concatenate(([True], inner, [True]))
    return Steps(*(part[kept] for part in step))
