"""Metrics that are functions of a few sums over the rows.

Here: `Summed`, what a row adds and what becomes of the sums; the tables `SUMMED` of metrics of numbers and
probabilities and `HITS` of labels; `label_sums`, any metric of two labels as a function of the sums in the cells of its
confusion matrix.
Elsewhere: _functional.py resamples them; _kept.py adds them up batch by batch, _traced.py in compiled functions.
Imports: numpy, pellucid.errors and this package.

A sum over many rows, over a resample, or over all rows but one costs no second look at the rows.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.errors import DataError
from pellucid.metrics._inputs import Array, codes, column, column_classes, distinct, labels, numbers


class Summed(NamedTuple):
    """T = value(sum over rows of what each adds)."""

    rows: Callable[..., Array]
    """(y, prediction, **options) -> (N, S)."""
    value: Callable[[Array], Array]
    """(..., S) -> (...)."""
    terms: Callable[..., Sequence[Any]] = tuple
    """(o, *columns) -> what a row adds, S columns (N,), of columns that have been checked.

    o: the functions it is written in, NumPy's for arrays or those of pellucid.tensor."""


def _summed(
    checked: Callable[..., tuple[Any, ...]], terms: Callable[..., Sequence[Any]], value: Callable[[Array], Array]
) -> Summed:
    """The rows of one metric: its terms, in NumPy, of the columns that `checked` makes of y and the prediction."""

    def rows(y: Any, prediction: Any, **options: Any) -> Array:
        return np.stack(terms(np, *checked(y, prediction, **options)), axis=1)

    return Summed(rows, value, terms)


def _with_one(loss: Callable[..., Any]) -> Callable[..., Sequence[Any]]:
    """1 and the loss of each row, for a mean."""

    def terms(o: Any, *columns: Any) -> Sequence[Any]:
        each = loss(o, *columns).astype(np.float64)
        return o.ones_like(each), each

    return terms


def _mean(sums: Array) -> Array:
    return sums[..., 1] / sums[..., 0]


def _root_mean(sums: Array) -> Array:
    return np.sqrt(_mean(sums))


# -- numbers -------------------------------------------------------------------------------------------------------


def _numbers(y: Any, prediction: Any) -> tuple[Array, Array]:
    y, prediction = (
        numbers(column(v, name), name).astype(np.float64) for v, name in ((y, "y"), (prediction, "y_pred"))
    )
    return y, prediction


def _squared(o: Any, y: Any, p: Any) -> Any:
    return o.square(y - p)


def _absolute(o: Any, y: Any, p: Any) -> Any:
    return o.abs(y - p)


def _share_missed(o: Any, y: Any, p: Any) -> Any:
    return o.abs(y - p) / o.maximum(o.abs(y), np.finfo(np.float64).eps)


def _squared_log(o: Any, y: Any, p: Any) -> Any:
    return o.square(o.log1p(y) - o.log1p(p))


def _origin(y: Any, prediction: Any, origin: float | None = None) -> tuple[Any, ...]:
    """The numbers, and where y is counted from: the first of these rows where none is given."""
    y, prediction = _numbers(y, prediction)
    return y, prediction, y[0] if origin is None else origin


def _variances(o: Any, y: Any, p: Any, origin: Any) -> Sequence[Any]:
    """1, y and y^2 counted from `origin`, and the squared error.

    A far origin would lose the digits of the variance in the difference of two large sums; a mean would, by its
    rounding, give a constant y some.
    """
    shifted = y - origin
    return o.ones_like(y), shifted, o.square(shifted), o.square(y - p)


def _explained(sums: Array) -> Array:
    spread = sums[..., 2] - sums[..., 1] ** 2 / sums[..., 0]
    missed = sums[..., 3]
    ratio = missed / np.where(spread > 0, spread, 1)
    return np.where(spread > 0, 1 - ratio, np.where(missed > 0, 0.0, 1.0))  # as r2_score has it for a constant y


# -- probabilities -------------------------------------------------------------------------------------------------


def _probabilities(prediction: Any) -> Array:
    proba = numbers(prediction, "y_proba")
    if proba.min() < 0 or proba.max() > 1:
        raise DataError(
            f"y_proba: holds values from {proba.min():.6g} to {proba.max():.6g}; probabilities lie in [0, 1]."
        )
    return proba[:, 0] if proba.ndim == 2 and proba.shape[1] == 1 else proba


def _told(y: Any, prediction: Any, labels: Any = None) -> tuple[Array, Array]:
    """The probabilities, and which column of each row is the true one.   -> (N, K), (N, K)"""
    proba = _probabilities(prediction)
    if proba.ndim == 1:
        proba = np.stack([1 - proba, proba], axis=1)
    code = codes(column(y, "y"), column_classes(column(y, "y"), labels, proba.shape[1], "y_proba"))
    return proba, code[:, None] == np.arange(proba.shape[1])


def _surprise(o: Any, proba: Any, told: Any) -> Any:
    """-log of the probability given to the true class, clipped as `log_loss` clips."""
    eps = np.finfo(proba.dtype).eps
    return -o.log(o.clip(o.where(told, proba, 0).sum(axis=1), eps, 1 - eps))


def _happened(y: Any, prediction: Any) -> tuple[Array, Array]:
    """The probability of the positive class, and whether it was; it is 1, else the greater."""
    y = column(y, "y")
    classes = distinct(y).tolist()
    return _probabilities(prediction).astype(np.float64), y == (1 if set(classes) <= {-1, 0, 1} else classes[-1])


def _distance(o: Any, proba: Any, happened: Any) -> Any:
    return o.square(proba - happened.astype(np.float64))


SUMMED: dict[str, Summed] = {
    "mean_squared_error": _summed(_numbers, _with_one(_squared), _mean),
    "root_mean_squared_error": _summed(_numbers, _with_one(_squared), _root_mean),
    "mean_absolute_error": _summed(_numbers, _with_one(_absolute), _mean),
    "mean_absolute_percentage_error": _summed(_numbers, _with_one(_share_missed), _mean),
    "mean_squared_log_error": _summed(_numbers, _with_one(_squared_log), _mean),
    "root_mean_squared_log_error": _summed(_numbers, _with_one(_squared_log), _root_mean),
    "r2_score": _summed(_origin, _variances, _explained),
    "log_loss": _summed(_told, _with_one(_surprise), _mean),
    "brier_score_loss": _summed(_happened, _with_one(_distance), _mean),
}
"""By the metric's name; for one column of predictions, or (N, K) probabilities of `log_loss`."""


# -- labels --------------------------------------------------------------------------------------------------------


def _labels(y: Any, prediction: Any) -> tuple[Array, Array]:
    y, prediction = labels(y, "y"), labels(prediction, "prediction")
    if not {y.dtype.kind, prediction.dtype.kind} <= set("iub"):
        distinct(y, prediction)  # refuses strings beside numbers
    return y, prediction


def _right(o: Any, y: Any, p: Any) -> Any:
    return y == p


def _wrong(o: Any, y: Any, p: Any) -> Any:
    return 1 - (y == p).astype(np.float64)


HITS: dict[str, Summed] = {
    "accuracy_score": _summed(_labels, _with_one(_right), _mean),
    "zero_one_loss": _summed(_labels, _with_one(_wrong), _mean),
    "hamming_loss": _summed(_labels, _with_one(_wrong), _mean),
}
"""By the metric's name; of one label a row.  They need no confusion matrix, so not to know which labels there are."""


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
