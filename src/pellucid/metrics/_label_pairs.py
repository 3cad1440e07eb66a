"""Two columns of labels, the true and the predicted one, counted.

Here: `label_pairs`, checked rows, those that are alike taken together; `Tally`, the counts of each class; `averaged`.
Elsewhere: what the counts are divided by is said in _classification.py and _agreement.py.
Imports: numpy, pellucid.errors and this package.

N rows, K classes. Classes are those in y_true and y_pred together, sorted. Several labels a row come as indicator
matrices (N, K) of 0 and 1; metrics that divide counts of classes take those, too.
"""

import warnings
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.metrics._inputs import Array, class_list, codes, distinct, labels, same_length, shown, weights
from pellucid.metrics._undefined import warn_undefined

Average = Literal["binary", "macro", "micro", "weighted", "samples"] | None
ZeroDivision = Literal["warn"] | float

MERGED_SPAN = 256  # labels that span less are merged: a table of at most 256^2 counters, 512 KiB
EXACT_WHOLE = 2.0**53  # up to here float64, in which weights are summed, holds every whole number
MERGED_ROWS = 1000  # rows; with fewer, counting pairs costs as much as it saves


class LabelPairs(NamedTuple):
    """Rows of two labels, or groups of rows that are alike: codes refer to `classes`; weight None counts each once."""

    classes: Array  # (K,)
    actual: Array  # (M,) codes
    predicted: Array  # (M,) codes
    weight: Array | None  # (M,)

    @property
    def right(self) -> Array:
        """Where the label is right.   (M,) bool"""
        return self.actual == self.predicted

    @property
    def table(self) -> Array:
        """Rows, or their weight, of each class (down) given each class (across).   (K, K)"""
        size = len(self.classes)
        return count(self.actual * size + self.predicted, self.weight, size * size).reshape(size, size)


def label_pairs(
    y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None, also: Array | None = None
) -> LabelPairs:
    """The checked rows of a metric of two labels; `also` adds classes.   Raises DataError.

    Rows with equal labels are interchangeable: many rows of few whole-number labels come back as their distinct pairs,
    each with the number of its rows as weight. A million rows then cost one pass and no sorting.

    >>> [part.tolist() for part in label_pairs(np.tile([0, 1], 700), np.repeat([5, 5], 700), None)]
    [[0, 1, 5], [0, 1], [2, 2], [700, 700]]
    """
    actual, predicted, weight = labels(y_true, "y_true"), labels(y_pred, "y_pred"), weights(sample_weight)
    same_length(y_true=actual, y_pred=predicted, sample_weight=weight)
    if len(actual) >= MERGED_ROWS:
        actual, predicted, weight = _merged(actual, predicted, weight)
    classes = distinct(actual, predicted) if also is None else distinct(actual, predicted, also)
    return LabelPairs(classes, codes(actual, classes), codes(predicted, classes), weight)


def _merged(actual: Array, predicted: Array, weight: Array | None) -> tuple[Array, Array, Array | None]:
    """The distinct pairs of labels with their weights; the rows as they are where labels are not small whole numbers.

    A pair that weighs nothing stays: its labels are classes.
    """
    if actual.dtype.kind not in "iub" or predicted.dtype.kind not in "iub":
        return actual, predicted, weight
    low, high = min(int(actual.min()), int(predicted.min())), max(int(actual.max()), int(predicted.max()))
    span = high - low + 1
    if span > MERGED_SPAN or high > np.iinfo(np.int64).max:
        return actual, predicted, weight
    pair = actual.astype(np.int64) - low
    pair *= span
    pair += predicted.astype(np.int64, copy=False)
    pair -= low
    rows = np.bincount(pair, minlength=span * span)
    seen = np.flatnonzero(rows)
    merged = rows[seen] if weight is None else count(pair, weight, span * span)[seen]
    return (seen // span + low).astype(actual.dtype), (seen % span + low).astype(predicted.dtype), merged


def count(code: Array, weight: Array | None, n_bins: int) -> Array:
    """Rows, or their weight, in each of `n_bins`; whole where the weights are whole."""
    counted = np.bincount(code, weight, n_bins)
    if weight is None or weight.dtype.kind == "f":
        return counted
    if counted.size and counted.max() >= EXACT_WHOLE:
        whole = np.zeros(len(counted), np.int64)
        np.add.at(whole, code, weight.astype(np.int64))
        return whole
    return counted.astype(np.int64)


class Tally(NamedTuple):
    """Counts (or weights) per class, each (K,); for average="samples" counts of labels per row, each (N,)."""

    classes: Array
    hit: Array  # rows of the class that were given it
    predicted: Array  # rows given the class
    actual: Array  # rows of the class
    total: Any  # rows of all classes
    share: Array | None = None  # of each entry in a mean; None: alike

    def of(self, place: Array) -> "Tally":
        """The counts of some classes only, in the order of `place`; the total stays that of all rows."""
        return Tally(self.classes[place], self.hit[place], self.predicted[place], self.actual[place], self.total)

    def averaged_by(self, average: Average) -> "Tally":
        """The same, with the share of each class in the mean."""
        return self._replace(share=self.actual) if average == "weighted" else self


def tally(pairs: LabelPairs) -> Tally:
    """The counts of every class."""
    size, right = len(pairs.classes), pairs.right
    weight_right = None if pairs.weight is None else pairs.weight[right]
    actual = count(pairs.actual, pairs.weight, size)
    return Tally(
        pairs.classes,
        count(pairs.actual[right], weight_right, size),
        count(pairs.predicted, pairs.weight, size),
        actual,
        actual.sum(),
    )


def tally_of(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    asked: ArrayLike | None,
    pos_label: Any,
    average: Average,
    sample_weight: ArrayLike | None,
) -> Tally:
    """The counts of the classes that `average` is over: the positive one, those asked for, or all."""
    if average not in ("binary", "macro", "micro", "weighted", "samples", None):
        raise ParameterError(f"average={average!r}; use 'binary', 'macro', 'micro', 'weighted', 'samples' or None.")
    if is_matrix(y_true):
        return _indicated(y_true, y_pred, asked, average, weights(sample_weight))
    if average == "samples":
        raise DataError("average='samples' is for several labels a row, as matrices (N, K) of 0 and 1; use 'macro'.")
    wanted = None if asked is None or average == "binary" else class_list(asked)
    every = tally(label_pairs(y_true, y_pred, sample_weight, also=wanted))
    if average == "binary":
        return _positive(every, pos_label)
    if not (pos_label is None or pos_label == 1):
        message = f"pos_label={pos_label!r} is ignored with average={average!r}; of one class, labels=[{pos_label!r}]."
        warnings.warn(message, DataWarning, stacklevel=3)
    return (every if wanted is None else every.of(codes(wanted, every.classes))).averaged_by(average)


def _indicated(
    y_true: ArrayLike, y_pred: ArrayLike, asked: ArrayLike | None, average: Average, weight: Array | None
) -> Tally:
    """The counts of each label, or of each row, of two indicator matrices (N, K); classes are column numbers."""
    actual, predicted = indicator_pair(y_true, y_pred, weight)
    if average == "binary":
        raise DataError(f"average='binary' is for one label; here are {actual.shape[1]}. Use 'samples', 'micro', ...")
    place = np.arange(actual.shape[1]) if asked is None else codes(class_list(asked), np.arange(actual.shape[1]))
    if (place < 0).any():
        raise DataError(f"labels: a matrix of {actual.shape[1]} columns has labels 0 to {actual.shape[1] - 1}.")
    actual, predicted = actual[:, place], predicted[:, place]
    if average == "samples":
        hit, given, true = (part.sum(axis=1) for part in (actual & predicted, predicted, actual))
        return Tally(np.arange(len(hit)), hit, given, true, len(place), weight)
    one = np.ones(len(actual), np.int64) if weight is None else weight
    hit, given, true = (one @ part for part in (actual & predicted, predicted, actual))
    return Tally(place, hit, given, true, one.sum()).averaged_by(average)


def is_matrix(y_true: ArrayLike) -> bool:
    """Whether the truth is a matrix with a column for each label."""
    shape = np.shape(y_true)
    return len(shape) == 2 and shape[1] > 1


def indicator_pair(y_true: ArrayLike, y_pred: ArrayLike, weight: Array | None) -> tuple[Array, Array]:
    """The labels that rows have and were given, as checked matrices (N, K) bool.   Raises DataError."""
    actual, predicted = indicators(y_true, "y_true"), indicators(y_pred, "y_pred")
    if actual.shape != predicted.shape:
        raise DataError(f"y_true is {actual.shape}, y_pred {predicted.shape}; both need one column a label, (N, K).")
    same_length(y_true=actual, sample_weight=weight)
    return actual, predicted


def indicators(values: ArrayLike, name: str) -> Array:
    """Which of K labels each row has: a matrix of 0 and 1 -> (N, K) bool; SciPy's sparse ones, too.

    Raises DataError for anything else.
    """
    array = np.asarray(values.toarray() if hasattr(values, "toarray") else values)
    if array.ndim != 2 or array.size == 0 or array.dtype.kind not in "iubf" or not np.isin(array, (0, 1)).all():
        raise DataError(
            f"{name}: several labels a row need a matrix (N, K) of 0 and 1, not one of shape {array.shape}."
        )
    return array.astype(bool)


def _positive(every: Tally, pos_label: Any) -> Tally:
    """The counts of the positive one of at most two classes."""
    classes = every.classes.tolist()
    if len(classes) > 2:
        raise DataError(
            f"average='binary' is for two classes; here are {len(classes)}: {shown(classes)}. "
            "Use average='macro', 'weighted', 'micro' or None."
        )
    if pos_label in classes:
        return every.of(np.array([classes.index(pos_label)]))
    if len(classes) == 2:
        raise DataError(f"pos_label={pos_label!r} is not among the labels {shown(classes)}; pass one of them.")
    nothing = np.zeros(1, every.hit.dtype)  # one class, and not the positive one: nothing to find, nothing found
    return Tally(np.array([pos_label]), nothing, nothing, nothing, every.total)


def shares(name: str, classes: Array, above: Array, below: Array, zero_division: ZeroDivision) -> Array:
    """above / below per class, 0/0 as asked.   Raises ParameterError for a `zero_division` that is no share."""
    if zero_division != "warn" and zero_division not in (0, 1) and not np.isnan(zero_division):
        raise ParameterError(f"zero_division={zero_division!r}; use 'warn', 0, 1 or NaN.")
    empty = below == 0
    if zero_division == "warn" and empty.any():
        where = "over all classes" if len(empty) != len(classes) else f"for {shown(classes[empty].tolist())}"
        message = (
            f"{name} is 0/0 {where} and is taken as 0; pass zero_division=0 to accept that, "
            "or zero_division=np.nan to leave such classes out."
        )
        warn_undefined(message, stacklevel=4)
    return np.where(empty, 0.0 if zero_division == "warn" else zero_division, above / np.where(empty, 1, below))


def averaged(
    name: str, counted: Tally, above: Array, below: Array, average: Average, zero_division: ZeroDivision
) -> float | Array:
    """above / below per class, then averaged as asked; classes of value NaN are left out of a mean."""
    if average == "micro":
        above, below = above.sum(keepdims=True), below.sum(keepdims=True)
    score = shares(name, counted.classes, above, below, zero_division)
    return score if average is None else mean_of(score, counted.share)


def mean_of(score: Array, weight: Array | None) -> float:
    """The mean over classes, those of value NaN left out; weights that are all 0 are no weights.   score (K,)"""
    kept = ~np.isnan(score)
    if not kept.any():
        return float("nan")
    share = None if weight is None or not weight[kept].any() else weight[kept]
    return float(np.average(score[kept], weights=share))
