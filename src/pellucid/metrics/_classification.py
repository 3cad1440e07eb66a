"""How often predicted labels are right.

Here: confusion matrix, accuracy, balanced accuracy, precision, recall and F1; names and conventions are scikit-learn's.
Elsewhere: scores and rankings are in _ranking.py, probabilities in _probability.py, intervals in _interval.py.
Imports: numpy, pellucid.errors and this package.

N rows, K classes. Classes are those in y_true and y_pred together, sorted. One label a row: indicator matrices of
several labels a row are refused.
"""

import warnings
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.metrics._inputs import Array, class_list, codes, distinct, labels, same_length, shown, weights

Average = Literal["binary", "macro", "micro", "weighted"] | None
ZeroDivision = Literal["warn"] | float


class _Rows(NamedTuple):
    """Checked input of a label metric: codes refer to `classes`; weight None counts every row once."""

    classes: Array  # (K,)
    actual: Array  # (N,) codes
    predicted: Array  # (N,) codes
    weight: Array | None  # (N,)


def _rows(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None, also: Array | None = None) -> _Rows:
    actual, predicted, weight = labels(y_true, "y_true"), labels(y_pred, "y_pred"), weights(sample_weight)
    same_length(y_true=actual, y_pred=predicted, sample_weight=weight)
    classes = distinct(actual, predicted) if also is None else distinct(actual, predicted, also)
    return _Rows(classes, codes(actual, classes), codes(predicted, classes), weight)


def _count(code: Array, weight: Array | None, n_bins: int) -> Array:
    """Rows, or their weight, in each of `n_bins`; whole where the weights are whole."""
    count = np.bincount(code, weight, n_bins)
    return count if weight is None or weight.dtype.kind == "f" else count.astype(np.int64)


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
    rows = _rows(y_true, y_pred, sample_weight, also=asked)
    size = len(rows.classes)
    counts = _count(rows.actual * size + rows.predicted, rows.weight, size * size).reshape(size, size)
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

    y_true, y_pred (N,) -> a number in [0, 1]; with normalize=False the sum above the line.
    Raises DataError for different lengths.

    >>> accuracy_score(["a", "b", "b", "a"], ["a", "b", "a", "a"])
    0.75
    """
    rows = _rows(y_true, y_pred, sample_weight)
    right = rows.actual == rows.predicted
    if normalize:
        return float(np.average(right, weights=rows.weight))
    return float(right.sum() if rows.weight is None else right @ rows.weight)


def balanced_accuracy_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None, adjusted: bool = False
) -> float:
    """Mean over the classes of the share found in each: accuracy as if classes were equally frequent.

        B = mean_k recall_k;     adjusted: (B - 1/K) / (1 - 1/K), so that guessing gives 0

    y_true, y_pred (N,) -> a number in [0, 1]. Classes that only y_pred has are left out, with a DataWarning.

    >>> balanced_accuracy_score([0, 0, 0, 1], [0, 0, 0, 0])
    0.5
    """
    rows = _rows(y_true, y_pred, sample_weight)
    tally = _tally(rows)
    known = tally.actual > 0
    if not known.all():
        warnings.warn(
            f"balanced_accuracy_score: y_true lacks {shown(rows.classes[~known].tolist())}, which y_pred holds; "
            "they are left out of the mean.",
            DataWarning,
            stacklevel=2,
        )
    score = float(np.mean(tally.hit[known] / tally.actual[known]))
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
    weighted by true counts; "micro" divides the sums over classes. `labels` restricts (or adds) classes.
    A class never predicted is 0/0: `zero_division` says its value, NaN leaves it out of the mean, and "warn" means 0
    with a DataWarning. Raises DataError for average="binary" with more than two classes or an absent `pos_label`.

    >>> precision_score([1, 0, 1, 1], [1, 1, 1, 0])
    0.6666666666666666
    >>> precision_score(["a", "b", "c", "c"], ["a", "c", "c", "c"], average=None, zero_division=0).round(3).tolist()
    [1.0, 0.0, 0.667]
    """
    tally = _tally_of(y_true, y_pred, labels, pos_label, average, sample_weight)
    return _averaged("precision", tally, tally.hit, tally.predicted, average, zero_division)


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
    tally = _tally_of(y_true, y_pred, labels, pos_label, average, sample_weight)
    return _averaged("recall", tally, tally.hit, tally.actual, average, zero_division)


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
    tally = _tally_of(y_true, y_pred, labels, pos_label, average, sample_weight)
    return _averaged("F1", tally, 2 * tally.hit, tally.predicted + tally.actual, average, zero_division)


class _Tally(NamedTuple):
    """Counts (or weights) per class, each (K,)."""

    classes: Array
    hit: Array  # rows of the class that were given it
    predicted: Array  # rows given the class
    actual: Array  # rows of the class

    def of(self, place: Array) -> "_Tally":
        """The counts of some classes only, in the order of `place`."""
        return _Tally(*(part[place] for part in self))


def _tally(rows: _Rows) -> _Tally:
    size, right = len(rows.classes), rows.actual == rows.predicted
    weight_right = None if rows.weight is None else rows.weight[right]
    return _Tally(
        rows.classes,
        _count(rows.actual[right], weight_right, size),
        _count(rows.predicted, rows.weight, size),
        _count(rows.actual, rows.weight, size),
    )


def _tally_of(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    asked: ArrayLike | None,
    pos_label: Any,
    average: Average,
    sample_weight: ArrayLike | None,
) -> _Tally:
    """The tally of the classes that `average` is over: the positive one, those asked for, or all."""
    if average not in ("binary", "macro", "micro", "weighted", None):
        raise ParameterError(f"average={average!r}; use 'binary', 'macro', 'micro', 'weighted' or None.")
    if average == "binary":
        return _positive(_tally(_rows(y_true, y_pred, sample_weight)), pos_label)
    if asked is None:
        return _tally(_rows(y_true, y_pred, sample_weight))
    wanted = class_list(asked)
    tally = _tally(_rows(y_true, y_pred, sample_weight, also=wanted))
    return tally.of(codes(wanted, tally.classes))


def _positive(tally: _Tally, pos_label: Any) -> _Tally:
    """The tally of the positive one of at most two classes."""
    classes = tally.classes.tolist()
    if len(classes) > 2:
        raise DataError(
            f"average='binary' is for two classes; here are {len(classes)}: {shown(classes)}. "
            "Use average='macro', 'weighted', 'micro' or None."
        )
    if pos_label in classes:
        return tally.of(np.array([classes.index(pos_label)]))
    if len(classes) == 2:
        raise DataError(f"pos_label={pos_label!r} is not among the labels {shown(classes)}; pass one of them.")
    nothing = np.zeros(1, tally.hit.dtype)  # one class, and not the positive one: nothing to find, nothing found
    return _Tally(np.array([pos_label]), nothing, nothing, nothing)


def _averaged(
    name: str, tally: _Tally, above: Array, below: Array, average: Average, zero_division: ZeroDivision
) -> float | Array:
    """above / below per class, then averaged as asked."""
    if zero_division != "warn" and zero_division not in (0, 1) and not np.isnan(zero_division):
        raise ParameterError(f"zero_division={zero_division!r}; use 'warn', 0, 1 or NaN.")
    if average == "micro":
        above, below = above.sum(keepdims=True), below.sum(keepdims=True)
    empty = below == 0
    score = np.where(empty, 0.0 if zero_division == "warn" else zero_division, above / np.where(empty, 1, below))
    if zero_division == "warn" and empty.any():
        where = "over all classes" if average == "micro" else f"for {shown(tally.classes[empty].tolist())}"
        warnings.warn(
            f"{name} is 0/0 {where} and is taken as 0; pass zero_division=0 to accept that, "
            "or zero_division=np.nan to leave such classes out.",
            DataWarning,
            stacklevel=3,
        )
    if average is None:
        return score
    kept = ~np.isnan(score)
    if not kept.any():
        return float("nan")
    weight = tally.actual[kept] if average == "weighted" and tally.actual[kept].any() else None
    return float(np.average(score[kept], weights=weight))
