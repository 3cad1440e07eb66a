"""How often predicted labels are right.

Here: confusion matrix, accuracy, balanced accuracy, zero-one and Hamming loss; precision, recall, specificity, F1,
F-beta and Jaccard, of a class or averaged.
Elsewhere: the counting is in _label_pairs.py; agreement beyond chance in _agreement.py; the report of all classes in
_report.py; scores and rankings in _ranking.py, probabilities in _probability.py, intervals in _interval.py.
Imports: numpy, pellucid.errors and this package.

N rows, K classes; names and conventions are scikit-learn's.
"""

import warnings
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.metrics._inputs import Array, class_list, codes, shown, weights
from pellucid.metrics._label_pairs import (
    Average,
    Tally,
    ZeroDivision,
    averaged,
    indicator_pair,
    is_matrix,
    label_pairs,
    tally,
    tally_of,
)


def confusion_matrix(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    normalize: Literal["true", "pred", "all"] | None = None,
) -> Array:
    """How many rows of each class (down) were given each label (across).

        C[i, j] = sum of w_n over rows with y_true = class i and y_pred = class j

    y_true, y_pred (N,) -> (K, K); K classes in sorted order, or those in `labels` in that order, other rows left out.
    `normalize` divides by the row sums ("true"), the column sums ("pred") or the whole ("all"); 0/0 is 0.
    Raises DataError when no label of `labels` is in y_true.   Source: scikit-learn's convention.

    >>> confusion_matrix(["cat", "cat", "dog"], ["cat", "dog", "dog"]).tolist()
    [[1, 1], [0, 1]]
    """
    asked = None if labels is None else class_list(labels)
    rows = label_pairs(y_true, y_pred, sample_weight, also=asked)
    counts = rows.table
    if asked is not None:
        wanted = codes(asked, rows.classes)
        if not np.isin(wanted, rows.actual).any():
            raise DataError(
                f"confusion_matrix: none of labels {shown(asked.tolist())} is in y_true; "
                f"it holds {shown(rows.classes[np.unique(rows.actual)].tolist())}."
            )
        counts = counts[np.ix_(wanted, wanted)]
    if normalize is None:
        return counts
    axes: dict[str, int | tuple[int, int]] = {"true": 1, "pred": 0, "all": (0, 1)}
    if normalize not in axes:
        raise ParameterError(f"confusion_matrix: normalize={normalize!r}; use 'true', 'pred', 'all' or None.")
    total = counts.sum(axis=axes[normalize], keepdims=True)
    return counts / np.where(total == 0, 1, total)


def accuracy_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, normalize: bool = True, sample_weight: ArrayLike | None = None
) -> float:
    """Share of rows whose label is right.

        accuracy = sum_n w_n [y_n = p_n] / sum_n w_n

    y_true, y_pred (N,), or matrices (N, K) of 0 and 1 where a row has several labels, of which then each must be right
    -> a number in [0, 1]; with normalize=False the sum above the line. Raises DataError for different shapes.

    >>> accuracy_score(["a", "b", "b", "a"], ["a", "b", "a", "a"])
    0.75
    """
    right, weight = _right(y_true, y_pred, sample_weight)
    if normalize:
        return float(np.average(right, weights=weight))
    return float(right.sum() if weight is None else right @ weight)


def zero_one_loss(
    y_true: ArrayLike, y_pred: ArrayLike, *, normalize: bool = True, sample_weight: ArrayLike | None = None
) -> float:
    """Share of rows whose label is wrong.

        L = sum_n w_n [y_n != p_n] / sum_n w_n = 1 - accuracy

    y_true, y_pred (N,), or matrices (N, K) of 0 and 1 where a row has several labels, and is wrong if one is
    -> a number in [0, 1]; with normalize=False the sum above the line. Raises DataError for different shapes.

    >>> zero_one_loss(["a", "b", "b", "a"], ["a", "b", "a", "a"])
    0.25
    """
    right, weight = _right(y_true, y_pred, sample_weight)
    if normalize:
        return float(np.average(~right, weights=weight))
    return float((~right).sum() if weight is None else ~right @ weight)


def _right(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None) -> tuple[Array, Array | None]:
    """Which rows, or groups of rows that are alike, have all their labels right, and what they weigh.   (M,) bool"""
    if not is_matrix(y_true):
        rows = label_pairs(y_true, y_pred, sample_weight)
        return rows.right, rows.weight
    weight = weights(sample_weight)
    actual, predicted = indicator_pair(y_true, y_pred, weight)
    return (actual == predicted).all(axis=1), weight


def hamming_loss(y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    """Share of labels that are wrong; the zero-one loss where a row has one.

        L = sum_n w_n sum_k [y_nk != p_nk] / (K sum_n w_n)

    y_true, y_pred (N,), or matrices (N, K) of 0 and 1 where a row has several labels -> a number in [0, 1].
    Raises DataError for different shapes.   Source: Tsoumakas and Katakis, IJDWM 3, 2007.

    >>> hamming_loss([[0, 1, 1], [1, 1, 0]], [[0, 1, 0], [1, 1, 0]])
    0.16666666666666666
    """
    if not is_matrix(y_true):
        return zero_one_loss(y_true, y_pred, sample_weight=sample_weight)
    weight = weights(sample_weight)
    actual, predicted = indicator_pair(y_true, y_pred, weight)
    return float(np.average((actual != predicted).mean(axis=1), weights=weight))


def balanced_accuracy_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None, adjusted: bool = False
) -> float:
    """Mean over the classes of the share found in each: accuracy as if classes were equally frequent.

        B = mean_k recall_k;     adjusted: (B - 1/K) / (1 - 1/K), so that guessing gives 0

    y_true, y_pred (N,) -> a number in [0, 1]. Classes that only y_pred has are left out, with a DataWarning.

    >>> balanced_accuracy_score([0, 0, 0, 1], [0, 0, 0, 0])
    0.5
    """
    counts = tally(label_pairs(y_true, y_pred, sample_weight))
    known = counts.actual > 0
    if not known.all():
        warnings.warn(
            f"balanced_accuracy_score: y_true lacks {shown(counts.classes[~known].tolist())}, which y_pred holds; "
            "they are left out of the mean.",
            DataWarning,
            stacklevel=2,
        )
    score = float(np.mean(counts.hit[known] / counts.actual[known]))
    if not adjusted:
        return score
    chance = 1 / int(known.sum())
    return (score - chance) / (1 - chance) if chance < 1 else float("nan")


def precision_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    pos_label: Any = 1,
    average: Average = "binary",
    sample_weight: ArrayLike | None = None,
    zero_division: ZeroDivision = "warn",
) -> float | Array:
    """Of the rows given a label, the share that has it.

        precision_k = hits_k / predicted_k

    y_true, y_pred (N,) -> a number in [0, 1], or (K,) with average=None.
    `average`: "binary" reports `pos_label` of two classes; "macro" the mean over classes; "weighted" their mean
    weighted by true counts; "micro" divides the sums over classes; "samples", for indicator matrices (N, K) of several
    labels a row, averages over rows. `labels` restricts (or adds) classes.
    A class never predicted is 0/0: `zero_division` says its value, NaN leaves it out of the mean, and "warn" means 0
    with a DataWarning. Raises DataError for average="binary" with more than two classes or an absent `pos_label`.

    >>> precision_score([1, 0, 1, 1], [1, 1, 1, 0])
    0.6666666666666666
    >>> precision_score(["a", "b", "c", "c"], ["a", "c", "c", "c"], average=None, zero_division=0).round(3).tolist()
    [1.0, 0.0, 0.667]
    """
    counts = tally_of(y_true, y_pred, labels, pos_label, average, sample_weight)
    return averaged("precision", counts, counts.hit, counts.predicted, average, zero_division)


def recall_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    pos_label: Any = 1,
    average: Average = "binary",
    sample_weight: ArrayLike | None = None,
    zero_division: ZeroDivision = "warn",
) -> float | Array:
    """Of the rows that have a label, the share that was found.

        recall_k = hits_k / actual_k

    y_true, y_pred (N,) -> a number in [0, 1], or (K,) with average=None.
    Parameters and errors as in `precision_score`; 0/0 is a class that y_true does not hold.

    >>> recall_score([1, 0, 1, 1], [1, 1, 0, 0])
    0.3333333333333333
    """
    counts = tally_of(y_true, y_pred, labels, pos_label, average, sample_weight)
    return averaged("recall", counts, counts.hit, counts.actual, average, zero_division)


def f1_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    pos_label: Any = 1,
    average: Average = "binary",
    sample_weight: ArrayLike | None = None,
    zero_division: ZeroDivision = "warn",
) -> float | Array:
    """Harmonic mean of precision and recall.

        F1_k = 2 P_k R_k / (P_k + R_k) = 2 hits_k / (predicted_k + actual_k)

    y_true, y_pred (N,) -> a number in [0, 1], or (K,) with average=None.
    Parameters and errors as in `precision_score`; 0/0 is a class that neither side holds. "macro" averages the F1 of
    the classes; it is not the harmonic mean of the averages.   Source: van Rijsbergen, Information Retrieval, 1979.

    >>> f1_score([1, 0, 1, 1], [1, 1, 0, 0])
    0.4
    >>> f1_score([0, 1, 2, 2], [0, 1, 2, 1], average="macro")
    0.7777777777777777
    """
    counts = tally_of(y_true, y_pred, labels, pos_label, average, sample_weight)
    return averaged("F1", counts, 2 * counts.hit, counts.predicted + counts.actual, average, zero_division)


def fbeta_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    beta: float = 1.0,
    labels: ArrayLike | None = None,
    pos_label: Any = 1,
    average: Average = "binary",
    sample_weight: ArrayLike | None = None,
    zero_division: ZeroDivision = "warn",
) -> float | Array:
    """Weighted harmonic mean of precision and recall; recall counts beta times as much as precision.

        F_k = (1 + b^2) P_k R_k / (b^2 P_k + R_k) = (1 + b^2) hits_k / (predicted_k + b^2 actual_k),     b = beta

    y_true, y_pred (N,) -> a number in [0, 1], or (K,) with average=None. beta = 0 is precision, infinity recall.
    Parameters and errors as in `precision_score`; ParameterError for beta < 0.
    Source: van Rijsbergen, Information Retrieval, 1979, chapter 7.

    >>> fbeta_score([1, 0, 1, 1], [1, 0, 1, 0], beta=2)  # precision 1, recall 2/3
    0.7142857142857143
    """
    counts = tally_of(y_true, y_pred, labels, pos_label, average, sample_weight)
    above, below = _f_parts(counts, beta)
    return averaged("F-beta", counts, above, below, average, zero_division)


def _f_parts(counts: Tally, beta: float) -> tuple[Array, Array]:
    """What F-beta divides by what, per class."""
    if not beta >= 0:
        raise ParameterError(f"fbeta_score: beta={beta}; it must be >= 0, such as 0.5, 1 or 2.")
    if np.isinf(beta):
        return counts.hit, counts.actual
    return (1 + beta**2) * counts.hit, beta**2 * counts.actual + counts.predicted


def jaccard_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    pos_label: Any = 1,
    average: Average = "binary",
    sample_weight: ArrayLike | None = None,
    zero_division: ZeroDivision = "warn",
) -> float | Array:
    """Rows of a class found, among the rows that have the class or were given it: intersection over union.

        J_k = hits_k / (predicted_k + actual_k - hits_k) = F1_k / (2 - F1_k)

    y_true, y_pred (N,) -> a number in [0, 1], or (K,) with average=None.
    Parameters and errors as in `precision_score`; 0/0 is a class that neither side holds.
    Source: Jaccard, Bulletin de la Societe vaudoise des sciences naturelles 37, 1901.

    >>> jaccard_score([1, 0, 1, 1], [1, 1, 0, 1])
    0.5
    """
    counts = tally_of(y_true, y_pred, labels, pos_label, average, sample_weight)
    union = counts.predicted + counts.actual - counts.hit
    return averaged("Jaccard", counts, counts.hit, union, average, zero_division)


def specificity_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    pos_label: Any = 1,
    average: Average = "binary",
    sample_weight: ArrayLike | None = None,
    zero_division: ZeroDivision = "warn",
) -> float | Array:
    """Of the rows that lack a label, the share that was not given it: recall of the rest.

        specificity_k = (N - predicted_k - actual_k + hits_k) / (N - actual_k)

    y_true, y_pred (N,) -> a number in [0, 1], or (K,) with average=None.
    Parameters and errors as in `precision_score`; 0/0 is a class that all rows have.
    Source: Yerushalmy, Public Health Reports 62, 1947.

    >>> specificity_score([0, 0, 0, 1], [0, 0, 1, 1])
    0.6666666666666666
    """
    counts = tally_of(y_true, y_pred, labels, pos_label, average, sample_weight)
    lacking = counts.total - counts.actual
    spared = lacking - counts.predicted + counts.hit
    return averaged("specificity", counts, spared, lacking, average, zero_division)


class PrecisionRecall(NamedTuple):
    """Precision, recall, F-beta and the rows of each class; numbers when averaged, then without a support.

    >>> PrecisionRecall(0.5, 1.0, 0.75, None).recall
    1.0
    """

    precision: float | Array
    recall: float | Array
    fscore: float | Array
    support: Array | None


def precision_recall_fscore_support(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    beta: float = 1.0,
    labels: ArrayLike | None = None,
    pos_label: Any = 1,
    average: Average = None,
    sample_weight: ArrayLike | None = None,
    zero_division: ZeroDivision = "warn",
) -> PrecisionRecall:
    """Precision, recall, F-beta and true rows from one count of the labels.

    y_true, y_pred (N,) -> four (K,), or three numbers and None where `average` is given.
    Parameters, equations and errors as in `precision_score`, `recall_score` and `fbeta_score`.

    >>> precision_recall_fscore_support(["a", "b", "b"], ["a", "b", "a"], average="macro")
    PrecisionRecall(precision=0.75, recall=0.75, fscore=0.6666666666666666, support=None)
    """
    counts = tally_of(y_true, y_pred, labels, pos_label, average, sample_weight)
    return PrecisionRecall(
        averaged("precision", counts, counts.hit, counts.predicted, average, zero_division),
        averaged("recall", counts, counts.hit, counts.actual, average, zero_division),
        averaged("F-beta", counts, *_f_parts(counts, beta), average, zero_division),
        counts.actual if average is None else None,
    )
