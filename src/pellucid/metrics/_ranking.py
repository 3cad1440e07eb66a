"""How well scores put the positives before the negatives.

Here: the area under the ROC curve (binary, one-vs-rest, one-vs-one), average precision, top-k accuracy.
Elsewhere: the curves are in _curves.py, the steps they all stand on in _steps.py; the same scores read as probabilities
are judged in _probability.py; intervals in _interval.py.
Imports: numpy, pellucid.errors and this package.
"""

import warnings
from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import Any, Literal

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
    same_length,
    shown,
    weights,
)
from pellucid.metrics._label_pairs import indicators, is_matrix
from pellucid.metrics._steps import steps
from pellucid.metrics._undefined import warn_undefined

ScoreAverage = Literal["macro", "micro", "weighted", "samples"] | None
BinaryScore = Callable[[Array, Array, Array | None], float]


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
    Several labels a row: y_true (N, K) of 0 and 1, y_score (N, K), averaged over columns, or over rows by "samples".
    More classes: y_score (N, K), rows summing to 1, columns in the order of the sorted classes (`labels` names them
    where y_true lacks some). multi_class="ovr" takes each class against the rest and averages as `average` says
    ("macro", "weighted" by class counts, "micro" over all N K pairs, None: (K,)); "ovo" averages over pairs of classes
    (Hand and Till 2001; "macro" or "weighted"; no weights).
    One class only: NaN with a DataWarning. Raises DataError for shapes and labels that do not fit.
    Source: Hanley and McNeil, Radiology 143, 1982.

    **When it misleads.** It judges the order and nothing else, over all thresholds alike:

    - it does not see probabilities: dividing all scores by ten changes nothing, though log loss and decisions change;
    - two models of the same accuracy can differ, because it also counts how wrong the wrong ones are. Two softmax
      outputs of five rows, their second column telling the class 1, both with 4 of 5 rows right:

    >>> y = np.array([0, 0, 0, 1, 1])
    >>> just_below = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4], [0.1, 0.9]])  # the missed positive
    >>> at_bottom = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.95, 0.05], [0.1, 0.9]])
    >>> [float((softmax.argmax(axis=1) == y).mean()) for softmax in (just_below, at_bottom)]
    [0.8, 0.8]
    >>> [roc_auc_score(y, softmax[:, 1]) for softmax in (just_below, at_bottom)]
    [1.0, 0.5]

    - where positives are rare it flatters: of 1000 negatives only 20 stand above the 10 positives, a fine AUC, yet two
      of three alarms are false. `average_precision_score` says so:

    >>> rare = [0] * 20 + [1] * 10 + [0] * 980
    >>> falling = [2.0] * 20 + [1.0] * 10 + [0.0] * 980
    >>> round(roc_auc_score(rare, falling), 3), round(average_precision_score(rare, falling), 3)
    (0.98, 0.333)
    """
    if is_matrix(y_true):
        binary = partial(_area, max_fpr=max_fpr)
        return _each_column(binary, *_several_labels(y_true, y_score, sample_weight), average)
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
        if average == "samples":
            raise ParameterError("average='samples' is for several labels a row; use 'macro', 'weighted' or 'micro'.")
        return _each_column(_area, _one_hot(code, score.shape[1]), score, weight, average)
    if multi_class == "ovo":
        if weight is not None:
            raise ParameterError("roc_auc_score: multi_class='ovo' takes no sample_weight; use 'ovr'.")
        return _pairwise(code, score, average)
    raise ParameterError(f"roc_auc_score: {len(classes)} classes; say multi_class='ovr' or 'ovo', not {multi_class!r}.")


def _area(positive: Array, score: Array, weight: Array | None, max_fpr: float | None = None) -> float:
    """The AUC of one class against the rest; NaN with a DataWarning where only one of the two has weight."""
    step = steps(positive, score, weight)
    if step.true[-1] <= 0 or step.false[-1] <= 0:
        warn_undefined("roc_auc_score: only one class has rows; the AUC is 0/0 and is NaN.", stacklevel=3)
        return float("nan")
    true, false = np.append(0.0, step.true), np.append(0.0, step.false)
    if max_fpr is None or max_fpr == 1:
        return float(np.diff(false) @ (true[1:] + true[:-1]) / 2 / true[-1] / false[-1])  # trapezoids
    tpr, fpr = true / true[-1], false / false[-1]
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
    if is_matrix(y_true):
        if pos_label != 1:
            raise ParameterError(
                f"average_precision_score: pos_label={pos_label!r}; in a matrix of labels 1 says that a row has one."
            )
        return _each_column(_precision_steps, *_several_labels(y_true, y_score, sample_weight), average)
    y, score, weight = _scored(y_true, y_score, sample_weight)
    classes = distinct(y)
    if len(classes) > 2:
        if pos_label != 1:
            raise ParameterError(f"average_precision_score: pos_label={pos_label!r} is for two classes; leave it out.")
        truth = _one_hot(_class_codes(y, score, None), score.shape[1])
        return _each_column(_precision_steps, truth, score, weight, average)
    if len(classes) == 2 and pos_label not in classes.tolist():
        raise DataError(f"pos_label={pos_label!r} is not among the labels {shown(classes.tolist())}; pass one of them.")
    positive = np.zeros(len(y), bool) if pos_label not in classes.tolist() else y == pos_label
    return _precision_steps(positive, column(score, "y_score"), weight)


def _precision_steps(positive: Array, score: Array, weight: Array | None) -> float:
    step = steps(positive, score, weight)
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


def _several_labels(
    y_true: ArrayLike, y_score: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[Array, Array, Array | None]:
    """Checked rows of several labels each: truth (N, K) bool, score (N, K), weight."""
    truth, score, weight = indicators(y_true, "y_true"), numbers(y_score, "y_score"), weights(sample_weight)
    if truth.shape != score.shape:
        raise DataError(f"y_true is {truth.shape}, y_score {score.shape}; both need one column a label, (N, K).")
    same_length(y_true=truth, sample_weight=weight)
    return truth, score, weight


def _class_codes(y: Array, score: Array, asked: ArrayLike | None) -> Array:
    """The column of `score` (N, K) that stands for each row's class."""
    if score.ndim != 2:
        raise DataError(f"y_score: has shape {score.shape}; more than two classes need one column each, shape (N, K).")
    return codes(y, column_classes(y, asked, score.shape[1], "y_score"))


def _one_hot(code: Array, n_classes: int) -> Array:
    """Which class each row has.   code (N,) -> (N, K) bool"""
    return code[:, None] == np.arange(n_classes)


def _each_column(
    binary: BinaryScore, truth: Array, score: Array, weight: Array | None, average: ScoreAverage
) -> float | Array:
    """The binary score of each class against the others, averaged.   truth (N, K) bool, score (N, K)"""
    n_rows, n_classes = truth.shape
    if average == "micro":
        return binary(truth.ravel(), score.ravel(), None if weight is None else np.repeat(weight, n_classes))
    if average == "samples":
        counted = np.arange(n_rows) if weight is None else np.flatnonzero(weight)  # the rest may be NaN
        by_row = [binary(truth[i], score[i], None) for i in counted]
        return float(np.average(by_row, weights=None if weight is None else weight[counted]))
    if average not in ("macro", "weighted", None):
        raise ParameterError(f"average={average!r}; use 'macro', 'weighted', 'micro', 'samples' or None.")
    each = np.array([binary(truth[:, k], score[:, k], weight) for k in range(n_classes)])
    if average is None:
        return each
    if average == "macro":
        return float(each.mean())
    share = truth.sum(axis=0) if weight is None else weight @ truth
    if not share.any():
        return 0.0
    return float(np.average(np.where(share == 0, 0.0, each), weights=share))  # an absent class has NaN and no share


def _pairwise(code: Array, score: Array, average: ScoreAverage) -> float:
    """Mean over pairs of classes (a, b) of the AUC of a against b by column a, and of b against a by column b."""
    if average not in ("macro", "weighted"):
        raise ParameterError(f"average={average!r}; multi_class='ovo' takes 'macro' or 'weighted'.")
    present = np.unique(code).tolist()
    if len(present) < 2:
        warn_undefined("roc_auc_score: only one class has rows; the AUC is 0/0 and is NaN.", stacklevel=3)
        return float("nan")
    areas, sizes = [], []
    for a, b in combinations(present, 2):
        both = (code == a) | (code == b)
        is_a = code[both] == a
        areas.append((_area(is_a, score[both, a], None) + _area(~is_a, score[both, b], None)) / 2)
        sizes.append(int(both.sum()))
    return float(np.average(areas, weights=sizes if average == "weighted" else None))


def top_k_accuracy_score(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    k: int = 2,
    normalize: bool = True,
    sample_weight: ArrayLike | None = None,
    labels: ArrayLike | None = None,
) -> float:
    """Share of rows whose class is among the k highest scores.

        A_k = sum_n w_n [fewer than k classes come before class y_n] / sum_n w_n

    y_true (N,), y_score (N, K) in the order of the sorted classes (`labels` names them where y_true lacks some), or
    (N,) for two classes, where the greater one is predicted above 0.5 (above 0 for scores beyond [0, 1]).
    -> a number in [0, 1]; with normalize=False the sum above the line. Of tied classes the later one comes first.
    k >= K makes it 1, with a DataWarning. Raises ParameterError for k < 1, DataError as in `roc_auc_score`.

    >>> top_k_accuracy_score([0, 1, 2], [[0.5, 0.2, 0.3], [0.3, 0.3, 0.4], [0.6, 0.3, 0.1]], k=2)
    0.6666666666666666
    """
    if k < 1:
        raise ParameterError(f"top_k_accuracy_score: k={k}; ask for at least the top 1.")
    y, score, weight = _scored(y_true, y_score, sample_weight)
    if score.ndim == 1 or score.shape[1] == 1:
        score = _two_columns(score.reshape(-1))
        labels = distinct(y) if labels is None else labels
    elif labels is None and len(distinct(y)) <= 2:
        raise DataError("top_k_accuracy_score: two classes, but y_score has columns; give one column, or labels=[...].")
    code = _class_codes(y, score, labels)
    if k >= score.shape[1]:
        message = f"top_k_accuracy_score: k={k} of {score.shape[1]} classes; all of them are the top, the score is 1."
        warn_undefined(message)
    own = score[np.arange(len(code)), code][:, None]
    later = np.arange(score.shape[1]) > code[:, None]
    before = ((score > own) | ((score == own) & later)).sum(axis=1)
    hit = before < k
    if normalize:
        return float(np.average(hit, weights=weight))
    return float(hit.sum() if weight is None else hit @ weight)


def _two_columns(score: Array) -> Array:
    """Scores of the lesser and the greater of two classes, of which the second is above where that is predicted."""
    is_share = score.min() >= 0 and score.max() <= 1
    predicted = (score > (0.5 if is_share else 0.0)).astype(np.float64)
    return np.stack([1 - predicted, predicted], axis=1)
