"""How well scores put the positives before the negatives.

Here: the ROC curve, the area under it (binary, one-vs-rest, one-vs-one), average precision.
Elsewhere: the same scores read as probabilities are judged in _probability.py; intervals in _interval.py.
Imports: numpy, pellucid.errors and this package.

All three stand on `_steps`: the rows sorted by falling score, tied scores taken in one step.
"""

import warnings
from collections.abc import Callable
from itertools import combinations
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.metrics._inputs import (
    Array,
    codes,
    column,
    column_classes,
    distinct,
    labels,
    numbers,
    positive_label,
    same_length,
    shown,
    weights,
)

ScoreAverage = Literal["macro", "micro", "weighted"] | None
BinaryScore = Callable[[Array, Array, Array | None], float]


class _Steps(NamedTuple):
    """What a threshold admits, one entry a distinct score, falling."""

    threshold: Array  # (M,)
    true: Array  # (M,) weight of positives with score >= threshold
    false: Array  # (M,) weight of negatives with score >= threshold


def _steps(positive: Array, score: Array, weight: Array | None) -> _Steps:
    """Weight of positives and negatives, cumulated by falling score.   positive (N,) bool; score, weight (N,)

    Rows of weight 0 are dropped, so that they add no threshold.
    """
    if weight is not None:
        kept = weight != 0
        positive, score, weight = positive[kept], score[kept], weight[kept].astype(np.float64)
    order = np.argsort(-score, kind=None if weight is None else "stable")  # real weights: the sums' last bits stay put
    score, positive = score[order], positive[order]
    last = np.append(np.flatnonzero(score[1:] != score[:-1]), len(score) - 1)  # where a tie ends
    if weight is None:
        true = np.cumsum(positive)[last].astype(np.float64)
        return _Steps(score[last], true, 1.0 + last - true)
    weight = weight[order]
    return _Steps(score[last], np.cumsum(weight * positive)[last], np.cumsum(weight * ~positive)[last])


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
    y, score, weight = _scored(y_true, y_score, sample_weight)
    step = _steps(y == positive_label(y, pos_label), column(score, "y_score"), weight)
    if drop_intermediate and len(step.true) > 2:
        bends = (np.diff(step.true, 2) != 0) | (np.diff(step.false, 2) != 0)
        kept = np.concatenate(([True], bends, [True]))
        step = _Steps(*(part[kept] for part in step))
    fpr = _rate(step.false, "negative", "false")
    tpr = _rate(step.true, "positive", "true")
    return fpr, tpr, np.append(np.inf, step.threshold)


def _rate(cumulated: Array, kind: str, name: str) -> Array:
    total = cumulated[-1]
    if total <= 0:
        warnings.warn(
            f"roc_curve: no row is {kind}, so the {name} positive rate is 0/0 and is NaN.", DataWarning, stacklevel=3
        )
        return np.full(len(cumulated) + 1, np.nan)
    return np.append(0.0, cumulated / total)


def roc_auc_score(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    average: ScoreAverage = "macro",
    sample_weight: ArrayLike | None = None,
    max_fpr: float | None = None,
    multi_class: Literal["raise", "ovr", "ovo"] = "raise",
    labels: ArrayLike | None = None,
) -> float | Array:
    """Chance that a positive row has a higher score than a negative one; ties count half.

        AUC = sum_{i positive, j negative} w_i w_j ([s_i > s_j] + [s_i = s_j] / 2) / (W_positive W_negative)

    which is the area under `roc_curve`. y_true (N,), y_score (N,) -> a number in [0, 1]; 0.5 is guessing. Of two
    classes the greater is positive. `max_fpr` in (0, 1) asks for the part left of that rate, scaled so that guessing
    gives 0.5 and the best 1 (McClish 1989).
    More classes: y_score (N, K), rows summing to 1, columns in the order of the sorted classes (`labels` names them
    where y_true lacks some). multi_class="ovr" takes each class against the rest and averages as `average` says
    ("macro", "weighted" by class counts, "micro" over all N K pairs, None: (K,)); "ovo" averages over pairs of classes
    (Hand and Till 2001; "macro" or "weighted"; no weights).
    One class only: NaN with a DataWarning. Raises DataError for shapes and labels that do not fit.
    Source: Hanley and McNeil, Radiology 143, 1982.

    **When it misleads.** It judges the order and nothing else, over all thresholds alike:

    - it does not see probabilities: dividing all scores by ten changes nothing, though log loss and decisions change;
    - two models of the same accuracy can differ, because it also counts how wrong the wrong ones are. Two softmax
      outputs for the class 1, both with 4 of 5 rows right at threshold 0.5:

    >>> y = [0, 0, 0, 1, 1]
    >>> roc_auc_score(y, [0.1, 0.2, 0.3, 0.4, 0.9])         # the missed positive stands just below the threshold
    1.0
    >>> round(roc_auc_score(y, [0.1, 0.2, 0.3, 0.05, 0.9]), 3)  # here it stands below everything
    0.5

    - where positives are rare it flatters: of 1000 negatives only 20 stand above the 10 positives, a fine AUC, yet two
      of three alarms are false. `average_precision_score` says so:

    >>> rare = [0] * 20 + [1] * 10 + [0] * 980
    >>> falling = [2.0] * 20 + [1.0] * 10 + [0.0] * 980
    >>> round(roc_auc_score(rare, falling), 3), round(average_precision_score(rare, falling), 3)
    (0.98, 0.333)
    """
    y, score, weight = _scored(y_true, y_score, sample_weight)
    classes = distinct(y)
    if len(classes) <= 2 and (score.ndim == 1 or score.shape[1] <= 1):
        return _area(y == classes[-1], column(score, "y_score"), weight, max_fpr)
    if len(classes) <= 2 and score.shape[1] == 2:
        raise DataError("roc_auc_score: two classes, but y_score has 2 columns; give the column of the greater class.")
    if max_fpr not in (None, 1):
        raise ParameterError(f"roc_auc_score: max_fpr={max_fpr} is for two classes only; leave it None.")
    code = _class_codes(y, score, labels)
    if not np.allclose(score.sum(axis=1), 1):
        raise DataError("y_score: rows must be probabilities that sum to 1; apply a softmax, or use predict_proba.")
    if multi_class == "ovr":
        return _each_against_rest(_area, code, score, weight, average)
    if multi_class == "ovo":
        if weight is not None:
            raise ParameterError("roc_auc_score: multi_class='ovo' takes no sample_weight; use 'ovr'.")
        return _pairwise(code, score, average)
    raise ParameterError(f"roc_auc_score: {len(classes)} classes; say multi_class='ovr' or 'ovo', not {multi_class!r}.")


def _area(positive: Array, score: Array, weight: Array | None, max_fpr: float | None = None) -> float:
    """The AUC of one class against the rest; NaN with a DataWarning where only one of the two has weight."""
    step = _steps(positive, score, weight)
    if step.true[-1] <= 0 or step.false[-1] <= 0:
        warnings.warn("roc_auc_score: only one class has rows; the AUC is 0/0 and is NaN.", DataWarning, stacklevel=3)
        return float("nan")
    tpr, fpr = np.append(0.0, step.true / step.true[-1]), np.append(0.0, step.false / step.false[-1])
    if max_fpr is None or max_fpr == 1:
        return float(np.trapezoid(tpr, fpr))
    if not 0 < max_fpr < 1:
        raise ParameterError(f"roc_auc_score: max_fpr={max_fpr}; it must lie in (0, 1].")
    stop = int(np.searchsorted(fpr, max_fpr, "right"))
    at_stop = np.interp(max_fpr, fpr[stop - 1 : stop + 1], tpr[stop - 1 : stop + 1])
    part = np.trapezoid(np.append(tpr[:stop], at_stop), np.append(fpr[:stop], max_fpr))
    guessing, best = max_fpr**2 / 2, max_fpr
    return float((1 + (part - guessing) / (best - guessing)) / 2)


def average_precision_score(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    average: ScoreAverage = "macro",
    pos_label: Any = 1,
    sample_weight: ArrayLike | None = None,
) -> float | Array:
    """Precision averaged over the positives, each at the threshold that just admits it.

        AP = sum_m (R_m - R_{m-1}) P_m,     P_m, R_m = precision and recall at the m-th distinct score, falling

    y_true (N,), y_score (N,) -> a number in [0, 1]; guessing gives the share of positives, not 0.5. More than two
    classes: y_score (N, K), each class against the rest, averaged as in `roc_auc_score`.
    No positive row: 0 with a DataWarning. Raises DataError when `pos_label` is not among two labels.
    Source: Manning, Raghavan and Schuetze, Introduction to Information Retrieval, 2008, section 8.4; no interpolation.

    **When it misleads.** Its floor is the share of positives, so it moves when only that share does: the same scores
    with every negative row repeated ten times. The AUC stays, being free of that share. Compare average precision only
    on sets of the same composition, and beside the share of positives.

    >>> y, score = [1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]
    >>> ten = [1, 10, 1, 10]
    >>> round(average_precision_score(y, score), 3), round(average_precision_score(y, score, sample_weight=ten), 3)
    (0.833, 0.583)
    >>> roc_auc_score(y, score), roc_auc_score(y, score, sample_weight=ten)
    (0.75, 0.75)
    """
    y, score, weight = _scored(y_true, y_score, sample_weight)
    classes = distinct(y)
    if len(classes) > 2:
        if pos_label != 1:
            raise ParameterError(f"average_precision_score: pos_label={pos_label!r} is for two classes; leave it out.")
        return _each_against_rest(_precision_steps, _class_codes(y, score, None), score, weight, average)
    if len(classes) == 2 and pos_label not in classes.tolist():
        raise DataError(f"pos_label={pos_label!r} is not among the labels {shown(classes.tolist())}; pass one of them.")
    positive = np.zeros(len(y), bool) if pos_label not in classes.tolist() else y == pos_label
    return _precision_steps(positive, column(score, "y_score"), weight)


def _precision_steps(positive: Array, score: Array, weight: Array | None) -> float:
    step = _steps(positive, score, weight)
    if step.true[-1] <= 0:
        warnings.warn("average_precision_score: no row is positive; it is taken as 0.", DataWarning, stacklevel=3)
        return 0.0
    gained = np.diff(step.true, prepend=0.0) / step.true[-1]
    return float(gained @ (step.true / (step.true + step.false)))


def _scored(
    y_true: ArrayLike, y_score: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[Array, Array, Array | None]:
    y, score, weight = labels(y_true, "y_true"), numbers(y_score, "y_score"), weights(sample_weight)
    if score.ndim not in (1, 2):
        raise DataError(f"y_score: has shape {score.shape}; give (N,), or (N, K) for K classes.")
    same_length(y_true=y, y_score=score, sample_weight=weight)
    return y, score, weight


def _class_codes(y: Array, score: Array, asked: ArrayLike | None) -> Array:
    """The column of `score` (N, K) that stands for each row's class."""
    if score.ndim != 2:
        raise DataError(f"y_score: has shape {score.shape}; more than two classes need one column each, shape (N, K).")
    return codes(y, column_classes(y, asked, score.shape[1], "y_score"))


def _each_against_rest(
    binary: BinaryScore, code: Array, score: Array, weight: Array | None, average: ScoreAverage
) -> float | Array:
    """The binary score of each class against the others, averaged.   code (N,), score (N, K)"""
    n_classes = score.shape[1]
    truth = code[:, None] == np.arange(n_classes)  # (N, K)
    if average == "micro":
        return binary(truth.ravel(), score.ravel(), None if weight is None else np.repeat(weight, n_classes))
    if average not in ("macro", "weighted", None):
        raise ParameterError(f"average={average!r}; use 'macro', 'weighted', 'micro' or None.")
    each = np.array([binary(truth[:, k], score[:, k], weight) for k in range(n_classes)])
    if average is None:
        return each
    if average == "macro":
        return float(each.mean())
    share = np.bincount(code, weight, n_classes)
    return float(np.average(np.where(share == 0, 0.0, each), weights=share))  # an absent class has NaN and no share


def _pairwise(code: Array, score: Array, average: ScoreAverage) -> float:
    """Mean over pairs of classes (a, b) of the AUC of a against b by column a, and of b against a by column b."""
    if average not in ("macro", "weighted"):
        raise ParameterError(f"average={average!r}; multi_class='ovo' takes 'macro' or 'weighted'.")
    present = np.unique(code).tolist()
    if len(present) < 2:
        warnings.warn("roc_auc_score: only one class has rows; the AUC is 0/0 and is NaN.", DataWarning, stacklevel=3)
        return float("nan")
    areas, sizes = [], []
    for a, b in combinations(present, 2):
        both = (code == a) | (code == b)
        is_a = code[both] == a
        areas.append((_area(is_a, score[both, a], None) + _area(~is_a, score[both, b], None)) / 2)
        sizes.append(int(both.sum()))
    return float(np.average(areas, weights=sizes if average == "weighted" else None))
