"""Metrics that are functions of a few sums over the rows.

Here: `Summed`, what a row adds and what becomes of the sums; the table `SUMMED` of metrics of numbers and
probabilities; `label_sums`, any metric of two labels as a function of the sums in the cells of its confusion matrix.
Elsewhere: _functional.py resamples them; _streaming.py adds them up batch by batch.
Imports: numpy, pellucid.errors and this package.

A sum over many rows, over a resample, or over all rows but one costs no second look at the rows.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pellucid.errors import DataError
from pellucid.metrics._inputs import Array, codes, column, column_classes, distinct, numbers


class Summed(NamedTuple):
    """T = value(sum over rows of what each adds)."""

    rows: Callable[..., Array]
    """(y, prediction, **options) -> (N, S)."""
    value: Callable[[Array], Array]
    """(..., S) -> (...)."""


def _mean_of(loss: Callable[..., Array]) -> Callable[..., Array]:
    """1 and the loss of each row.   -> (N, 2)"""

    def rows(y: Any, prediction: Any, **options: Any) -> Array:
        each = loss(y, prediction, **options)
        return np.stack([np.ones_like(each), each], axis=1)

    return rows


def _mean(sums: Array) -> Array:
    return sums[..., 1] / sums[..., 0]


def _numbers(y: Any, prediction: Any) -> tuple[Array, Array]:
    y, prediction = (
        numbers(column(v, name), name).astype(np.float64) for v, name in ((y, "y"), (prediction, "y_pred"))
    )
    return y, prediction


def _squared(y: Any, prediction: Any) -> Array:
    true, predicted = _numbers(y, prediction)
    return np.square(true - predicted)


def _absolute(y: Any, prediction: Any) -> Array:
    true, predicted = _numbers(y, prediction)
    return np.abs(true - predicted)


def _share_missed(y: Any, prediction: Any) -> Array:
    true, predicted = _numbers(y, prediction)
    return np.abs(true - predicted) / np.maximum(np.abs(true), np.finfo(np.float64).eps)


def _squared_log(y: Any, prediction: Any) -> Array:
    true, predicted = _numbers(y, prediction)
    return np.square(np.log1p(true) - np.log1p(predicted))


def _probabilities(prediction: Any) -> Array:
    proba = numbers(prediction, "y_proba")
    if proba.min() < 0 or proba.max() > 1:
        raise DataError(
            f"y_proba: holds values from {proba.min():.6g} to {proba.max():.6g}; probabilities lie in [0, 1]."
        )
    return proba[:, 0] if proba.ndim == 2 and proba.shape[1] == 1 else proba


def _surprise(y: Any, prediction: Any, labels: Any = None) -> Array:
    """-log of the probability given to the true class, clipped as `log_loss` clips.   -> (N,)"""
    proba = _probabilities(prediction)
    if proba.ndim == 1:
        proba = np.stack([1 - proba, proba], axis=1)
    code = codes(column(y, "y"), column_classes(column(y, "y"), labels, proba.shape[1], "y_proba"))
    eps = np.finfo(proba.dtype).eps
    return -np.log(np.clip(proba[np.arange(len(code)), code], eps, 1 - eps)).astype(np.float64)


def _brier(y: Any, prediction: Any) -> Array:
    """Squared distance of the positive class's probability from what happened; it is 1, else the greater.   -> (N,)"""
    y = column(y, "y")
    proba = _probabilities(prediction).astype(np.float64)
    classes = distinct(y).tolist()
    return np.square(proba - (y == (1 if set(classes) <= {-1, 0, 1} else classes[-1])))


def _variances(y: Any, prediction: Any, origin: float | None = None) -> Array:
    """1, y and y^2 counted from `origin` (the first of these rows), and the squared error.   -> (N, 4)

    A far origin would lose the digits of the variance in the difference of two large sums; a mean would, by its
    rounding, give a constant y some.
    """
    true, predicted = _numbers(y, prediction)
    shifted = true - (true[0] if origin is None else origin)
    return np.stack([np.ones_like(true), shifted, shifted**2, np.square(true - predicted)], axis=1)


def _explained(sums: Array) -> Array:
    spread = sums[..., 2] - sums[..., 1] ** 2 / sums[..., 0]
    missed = sums[..., 3]
    ratio = missed / np.where(spread > 0, spread, 1)
    return np.where(spread > 0, 1 - ratio, np.where(missed > 0, 0.0, 1.0))  # as r2_score has it for a constant y


SUMMED: dict[str, Summed] = {
    "mean_squared_error": Summed(_mean_of(_squared), _mean),
    "root_mean_squared_error": Summed(_mean_of(_squared), lambda sums: np.sqrt(_mean(sums))),
    "mean_absolute_error": Summed(_mean_of(_absolute), _mean),
    "mean_absolute_percentage_error": Summed(_mean_of(_share_missed), _mean),
    "mean_squared_log_error": Summed(_mean_of(_squared_log), _mean),
    "root_mean_squared_log_error": Summed(_mean_of(_squared_log), lambda sums: np.sqrt(_mean(sums))),
    "r2_score": Summed(_variances, _explained),
    "log_loss": Summed(_mean_of(_surprise), _mean),
    "brier_score_loss": Summed(_mean_of(_brier), _mean),
}
"""By the metric's name; for one column of predictions, or (N, K) probabilities of `log_loss`."""


class Cells(NamedTuple):
    """The confusion matrix as a list: the pairs of labels that occur."""

    actual: Array  # (M,) labels
    predicted: Array  # (M,) labels
    place: Array  # (N,) the pair of each row

    @classmethod
    def of(cls, y: Array, prediction: Array) -> "Cells":
        """y, prediction (N,) labels.

        >>> Cells.of(np.array(["a", "b", "a"]), np.array(["a", "a", "a"])).place.tolist()
        [0, 1, 0]
        """
        classes = distinct(y, prediction)
        pairs, place = np.unique(codes(y, classes) * len(classes) + codes(prediction, classes), return_inverse=True)
        return cls(classes[pairs // len(classes)], classes[pairs % len(classes)], place.reshape(-1))


def label_sums(function: Callable[..., Any], cells: Cells, options: dict[str, Any]) -> Summed:
    """A metric of labels by the weight in each cell: row n adds 1 to its own.   S = M cells"""

    def one(weight: Array) -> float:
        return float(function(cells.actual, cells.predicted, sample_weight=weight, **options))

    def value(sums: Array) -> Array:
        return np.apply_along_axis(one, -1, sums)

    return Summed(lambda y, prediction: np.eye(len(cells.actual))[cells.place], value)
