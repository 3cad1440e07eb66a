"""What a metric accepts, brought to one form.

Here: labels, numbers and weights as checked one-dimensional arrays; labels as codes 0..K-1 of their sorted classes.
Elsewhere: checks of the matrix an estimator is fitted on are in pellucid.base.
Imports: numpy and pellucid.errors only.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.errors import DataError

Array = NDArray[Any]

SMALL_RANGE = 1 << 16  # integers that span less are counted, not sorted; 64 Ki counters of 8 bytes fit a level-2 cache


def column(values: ArrayLike, name: str) -> Array:
    """One value a row: (N,) or (N, 1) -> (N,), N >= 1.   Raises DataError for other shapes."""
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(f"{name}: has shape {array.shape}; give one value a row, shape (N,).")
    if array.size == 0:
        raise DataError(f"{name}: is empty; a metric needs at least one row.")
    return array


def flat(values: Any) -> Any:
    """(N, 1) -> (N,), a number -> (1,); other shapes stay.   values: an array or a Tensor"""
    if values.ndim == 0:
        return values.reshape(1)
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values


def same_length(**columns: Any) -> None:
    """Raises DataError unless all columns (None is skipped) have equally many rows."""
    rows = {name: len(values) for name, values in columns.items() if values is not None}
    if len(set(rows.values())) > 1:
        found = ", ".join(f"{name} has {count}" for name, count in rows.items())
        raise DataError(f"metrics: rows must match one to one; {found} rows.")


def numbers(values: ArrayLike, name: str) -> Array:
    """Finite floats of any shape; float32 stays, all else becomes float64.   Raises DataError."""
    try:
        array = np.asarray(values)
        if array.dtype.kind == "c":  # NumPy would drop the imaginary part
            raise TypeError("complex numbers have no order")
        array = array if array.dtype == np.float32 else array.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}: holds values that are not numbers ({error}); give numbers.") from None
    if not np.isfinite(array).all():
        rows = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))
        raise DataError(
            f"{name}: {len(rows)} of {len(array)} rows are NaN or infinite (first: row {rows[0]}); "
            "drop those rows or repair what produced them."
        )
    return array


def weights(sample_weight: ArrayLike | None) -> Array | None:
    """Weights >= 0, not all zero, whole numbers kept whole; None stays None.   Raises DataError."""
    if sample_weight is None:
        return None
    given = column(sample_weight, "sample_weight")
    weight = numbers(given, "sample_weight").astype(np.float64)
    if weight.min() < 0:
        raise DataError(f"sample_weight: row {weight.argmin()} is {weight.min()}; weights must be >= 0.")
    if not weight.any():
        raise DataError("sample_weight: every row weighs 0; at least one must count.")
    return given if given.dtype.kind in "iub" else weight


def labels(values: ArrayLike, name: str) -> Array:
    """Class labels, one a row: strings, integers or booleans.

    Raises DataError for numbers with fractions, which are scores and not labels, and for NaN and infinity.
    """
    array = column(values, name)
    if array.dtype.kind == "f":
        strange = (array != np.trunc(array)) | np.isinf(array)  # NaN differs from itself
        if strange.any():
            raise DataError(
                f"{name}: holds numbers that are no class labels (such as {array[strange][0]}); "
                "turn scores into labels first, for instance score >= 0.5."
            )
    return array


def same_kind(*columns: Array) -> None:
    """Raises DataError where strings meet numbers; objects may hold either."""
    is_text = {array.dtype.kind in "OUT" for array in columns}
    if len(is_text) > 1 and not any(array.dtype.kind == "O" for array in columns):
        raise DataError("labels: strings on one side, numbers on the other; give both as the same kind.")


def distinct(*columns: Array) -> Array:
    """The sorted distinct labels of all columns together.

    Raises DataError when strings meet numbers, and when a label is missing.

    >>> distinct(np.array([3, 1, 3]), np.array([2, 2, 2])).tolist()
    [1, 2, 3]
    """
    same_kind(*columns)
    joined = np.concatenate(columns)
    if joined.dtype.kind == "O":
        try:
            return np.array(sorted(set(joined.tolist())), dtype=object)
        except TypeError:
            raise DataError(
                "labels: missing values, or strings mixed with numbers; drop the missing rows and use one kind."
            ) from None
    if joined.dtype.kind in "iub":
        low, high = int(joined.min()), int(joined.max())
        if high - low < SMALL_RANGE and high <= np.iinfo(np.int64).max:
            return (np.flatnonzero(np.bincount(joined.astype(np.int64) - low)) + low).astype(joined.dtype)
    return np.unique(joined)


def codes(values: Array, classes: Array) -> Array:
    """Position of each label among `classes` (sorted, distinct); -1 for a label that is not there.

    >>> codes(np.array(["b", "a", "z"]), np.array(["a", "b"])).tolist()
    [1, 0, -1]
    """
    if "O" in (values.dtype.kind, classes.dtype.kind):
        place = {label: code for code, label in enumerate(classes.tolist())}
        return np.fromiter((place.get(label, -1) for label in values.tolist()), np.int64, len(values))
    if values.dtype.kind in "iub" and classes.dtype.kind in "iub":
        low, span = int(classes[0]), int(classes[-1]) - int(classes[0]) + 1
        if span < SMALL_RANGE and int(classes[-1]) <= np.iinfo(np.int64).max:
            place_of = np.full(span, -1, np.int64)
            place_of[classes.astype(np.int64) - low] = np.arange(len(classes))
            offset = values.astype(np.int64) - low
            inside = (offset >= 0) & (offset < span)
            return np.where(inside, place_of[np.where(inside, offset, 0)], -1)
    code = np.minimum(np.searchsorted(classes, values), len(classes) - 1)
    return np.where(classes[code] == values, code, -1)


def class_list(given: ArrayLike, name: str = "labels") -> Array:
    """Classes a caller listed, in the order given.   Raises DataError when empty or repeated."""
    classes = column(given, name)
    if len(distinct(classes)) < len(classes):
        raise DataError(f"{name}: {classes.tolist()} repeats a class; list each once.")
    return classes


def column_classes(y: Array, asked: ArrayLike | None, n_columns: int, name: str) -> Array:
    """The sorted classes that `n_columns` of scores stand for: those asked for, else those in y.

    Raises DataError unless there is one column a class, in sorted order, and every label of y has one.
    """
    present = distinct(y)
    classes = present if asked is None else class_list(asked, "labels")
    if not np.array_equal(classes, distinct(classes)):
        raise DataError(f"labels: {shown(classes.tolist())} must be sorted, as the columns of {name} are.")
    unlisted = present[codes(present, classes) < 0].tolist()
    if unlisted:
        raise DataError(f"labels: y_true also holds {shown(unlisted)}; list them too.")
    if n_columns != len(classes):
        raise DataError(
            f"{name}: {len(classes)} classes ({shown(classes.tolist())}) need one column each, but it has {n_columns}. "
            "Pass labels=[...] where y_true lacks some classes."
        )
    return classes


def positive_label(y: Array, pos_label: Any) -> Any:
    """The class that counts as positive: the one given, or 1 where the labels are among {0, 1} or {-1, 1}.

    Raises DataError where it can not be guessed.
    """
    if pos_label is not None:
        return pos_label
    classes = distinct(y).tolist()
    if classes in ([0, 1], [-1, 1], [0], [1], [-1]):
        return 1
    raise DataError(f"pos_label: the labels are {shown(classes)}; say which of them is the positive class.")


def shown(classes: Sequence[Any], limit: int = 8) -> str:
    """A few labels for a message."""
    more = "" if len(classes) <= limit else f" and {len(classes) - limit} more"
    return ", ".join(repr(label) for label in classes[:limit]) + more
