"""Targets and weights in: labels, numbers to predict, weights of rows and of classes.

Here: `check_labels`, `check_targets`, `check_weights`, `class_weights`, `same_rows`.
Elsewhere: checks of X are in _tables.py.
Imports: numpy, pellucid.errors and this package.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.base._kin import kin
from pellucid.base._limits import Real
from pellucid.base._tables import Array, is_missing
from pellucid.errors import DataError, DataWarning, ParameterError

LARGEST_TOTAL = 1e300  # of the weights of all rows; beyond 1.8e308 their sum is inf, and every mean NaN

_WEIGHT = Real(low=0.0)


def same_rows(n_rows: int, n_targets: int, *, where: str) -> None:
    """Raise DataError unless X and y have as many rows.

    >>> same_rows(3, 2, where="KMeans.score")
    Traceback (most recent call last):
    pellucid.errors.DataError: KMeans.score: X has 3 rows and y has 2; give one target for each row.
    """
    if n_rows != n_targets:
        raise DataError(f"{where}: X has {n_rows} rows and y has {n_targets}; give one target for each row.")


def check_labels(y: Any, n_rows: int, *, where: str) -> tuple[Array, Array]:
    """The K distinct labels, sorted, and for each row which of them it has.   y (N,) -> (K,), (N,) of int

    Labels are integers, booleans, text, or floats with whole values; Python objects become the NumPy dtype that fits.
    Raises DataError for missing labels, for numbers with fractions, and for text mixed with numbers.

    >>> check_labels(["no", "yes", "no"], 3, where="doctest")
    (array(['no', 'yes'], dtype='<U3'), array([0, 1, 0]))
    """
    labels = _one_column(_unmixed(y), n_rows, where)
    if labels.dtype.kind in "OT":  # T: NumPy's text of any length
        labels = _plain_labels(labels, where)
    if labels.dtype.kind == "f":
        _check_present(np.isnan(labels), "NaN", where)
        if not (np.isfinite(labels).all() and (labels == np.floor(labels)).all()):
            raise DataError(
                f"{where}: Unknown label type: continuous. y holds numbers such as {_fraction(labels)}, not classes; "
                "use a regressor, or cut y into bins."
            )
    if labels.dtype.kind not in "biufUS":
        raise DataError(f"{where}: Unknown label type: {labels.dtype}; labels are integers, booleans or text.")
    return _distinct(labels)


def _distinct(labels: Array) -> tuple[Array, Array]:
    """The distinct labels, sorted, and the place of each among them.

    Whole numbers side by side are not sorted for it: that takes 5 to 18 times as long, of 10,000 to 1,000,000 labels.
    """
    if labels.dtype.kind == "i" and len(labels) > 0:
        low, high = int(labels.min()), int(labels.max())
        if high - low < len(labels):
            place = np.subtract(labels, low, dtype=np.int64)
            present = np.zeros(high - low + 1, bool)
            present[place] = True
            return (np.flatnonzero(present) + low).astype(labels.dtype), (np.cumsum(present) - 1)[place]
    classes, codes = np.unique(labels, return_inverse=True)
    return classes, codes


def check_targets(y: Any, n_rows: int, *, where: str, many: bool = False) -> Array:
    """y as finite numbers (N,), or (N, K) where `many` and y has columns; float64, or float32 if it came so.

    Raises DataError for missing, infinite, complex or non-numeric targets.

    >>> check_targets([1, 2, 3], 3, where="doctest")
    array([1., 2., 3.])
    """
    targets = _array(y, where)
    if not (many and targets.ndim == 2):
        targets = _one_column(targets, n_rows, where)
    same_rows(n_rows, len(targets), where=where)
    if targets.dtype.kind == "O":
        targets = _numbers(targets, where)
    if targets.dtype.kind not in "biuf":
        raise DataError(f"{where}: y is {targets.dtype}, not numbers; use a classifier for labels.")
    _check_present(np.isnan(targets), "NaN", where)
    _check_present(np.isinf(targets), "inf", where)
    return targets if targets.dtype in (np.float32, np.float64) else targets.astype(np.float64)


def check_weights(sample_weight: Any, n_rows: int, *, where: str) -> Array | None:
    """Weights of the rows (N,) in float64, or None for none: finite, none negative, not all zero, with a finite sum.

    A row of weight 2 counts as two rows, a row of weight 0 as none.  One number is a weight for all.
    Raises DataError for weights that are not so.

    >>> check_weights([1, 2, 0], 3, where="doctest")
    array([1., 2., 0.])
    """
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight)
    if weights.dtype.kind not in "biufO":
        raise DataError(f"{where}: sample_weight is {weights.dtype}, not numbers.")
    weights = weights.astype(np.float64)
    if weights.ndim == 0:
        weights = np.full(n_rows, weights)
    if weights.shape != (n_rows,):
        raise DataError(f"{where}: sample_weight has shape {weights.shape}; give one weight a row, shape ({n_rows},).")
    if not np.isfinite(weights).all():
        raise DataError(f"{where}: sample_weight has {int((~np.isfinite(weights)).sum())} entries that are NaN or inf.")
    if (weights < 0).any():
        raise DataError(f"{where}: sample_weight has {int((weights < 0).sum())} negative entries; weights are >= 0.")
    if not weights.any():
        raise DataError(f"{where}: every sample_weight is zero; at least one weight must be above zero.")
    if (all_weight := _total(weights)) > LARGEST_TOTAL:
        raise DataError(
            f"{where}: sample_weight sums to {all_weight:.3g}, and means need sums below {LARGEST_TOTAL:g}; divide all "
            "weights by a common factor."
        )
    return weights


def class_weights(
    class_weight: Mapping[Any, float] | str | None, classes: Array, codes: Array, weights: Array | None, *, where: str
) -> Array | None:
    """Weights of the rows (N,) with those of their classes in them; None when both are absent.

        w_i <- w_i c_k,  k the class of row i;    "balanced": c_k = sum_i w_i / (K sum_{i in k} w_i)

    A mapping gives c_k by label, 1 for labels it leaves out.  Raises ParameterError for labels that are not in y and
    for negative or non-finite weights.

    >>> class_weights("balanced", np.array(["no", "yes"]), np.array([0, 0, 0, 1]), None, where="doctest").round(3)
    array([0.667, 0.667, 0.667, 2.   ])
    """
    if class_weight is None:
        return weights
    if isinstance(class_weight, str):
        total = np.bincount(codes, weights=weights, minlength=len(classes))
        per_class = total.sum() / (np.count_nonzero(total) * np.where(total > 0, total, 1.0))
    else:
        known = {label: k for k, label in enumerate(classes.tolist())}
        per_class = np.ones(len(classes))
        for label, weight in class_weight.items():
            if label not in known:
                raise ParameterError(
                    f"{where}: class_weight names the label {label!r}; y has {', '.join(map(repr, known))}."
                )
            if not _WEIGHT.admits(weight):
                raise ParameterError(f"{where}: class_weight of {label!r} is {weight!r}; it must be {_WEIGHT}.")
            per_class[known[label]] = weight
    with np.errstate(over="ignore"):  # refused below
        combined: Array = per_class[codes] if weights is None else per_class[codes] * weights
    if not combined.any():
        raise ParameterError(f"{where}: class_weight and sample_weight together leave every row with weight zero.")
    if (all_weight := _total(combined)) > LARGEST_TOTAL:
        raise ParameterError(
            f"{where}: class_weight and sample_weight together sum to {all_weight:.3g}, and means need sums below "
            f"{LARGEST_TOTAL:g}; divide them by a common factor."
        )
    return combined


def _total(weights: Array) -> float:
    with np.errstate(over="ignore"):  # what it is asked for
        return float(weights.sum())


def _array(y: Any, where: str) -> Array:
    if y is None:
        raise DataError(f"{where} requires y to be passed, but the target y is None; call fit(X, y).")
    targets = np.asarray(y)
    if targets.dtype.kind == "c":
        raise DataError(f"{where}: Complex data not supported; y is {targets.dtype}.")
    return targets


def _unmixed(y: Any) -> Any:
    """A list in which NaN stands beside text, as objects: NumPy would spell it out, as the label "nan"."""
    if isinstance(y, list | tuple) and any(isinstance(label, str) for label in y):
        if any(isinstance(label, float) and label != label for label in y):
            return np.array(y, dtype=object)
    return y


def _one_column(y: Any, n_rows: int, where: str) -> Array:
    """y as (N,); one column is taken as it is, with a warning."""
    targets = _array(y, where)
    if targets.ndim == 2 and targets.shape[1] == 1:
        message = f"A column-vector y was passed when a 1d array was expected ({where}); give y.ravel()."
        warnings.warn(kin(DataWarning, message), stacklevel=5)
        targets = targets[:, 0]
    if targets.ndim != 1:
        raise DataError(f"{where}: y should be a 1d array, got an array of shape {targets.shape} instead.")
    same_rows(n_rows, len(targets), where=where)
    return targets


def _plain_labels(labels: Array, where: str) -> Array:
    """Python objects as text or numbers."""
    cells = labels.tolist()
    _check_present(np.array([is_missing(cell) for cell in cells]), "missing", where)
    kinds = {str if isinstance(cell, str) else type(cell) for cell in cells}
    if str in kinds and len(kinds) > 1:
        other = next(cell for cell in cells if not isinstance(cell, str))
        raise DataError(
            f"{where}: y mixes text with other labels such as {other!r}; give one kind, for example y.astype(str)."
        )
    if odd := next((kind for kind in kinds if not issubclass(kind, str | bytes | int | float | np.generic)), None):
        raise DataError(f"{where}: Unknown label type: {odd.__name__}; labels are integers, booleans or text.")
    return np.array(cells)


def _numbers(targets: Array, where: str) -> Array:
    try:
        return np.array([np.nan if is_missing(cell) else float(cell) for cell in targets.flat]).reshape(targets.shape)
    except (TypeError, ValueError) as error:
        raise DataError(f"{where}: y does not hold numbers ({error}); use a classifier for labels.") from error


def _check_present(absent: Array, what: str, where: str) -> None:
    if absent.any():
        rows = np.unique(np.nonzero(absent)[0])
        shown = ", ".join(map(str, rows[:3].tolist()))
        raise DataError(
            f"{where}: y contains {what} in {len(rows)} of {len(absent)} rows, first {shown}; drop these rows."
        )


def _fraction(labels: Array) -> float:
    """One label that is not a whole number."""
    odd = labels[~(labels == np.floor(labels))]
    return float(odd[0]) if len(odd) else float("inf")
