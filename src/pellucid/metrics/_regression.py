"""How far predicted numbers are from the true ones.

Here: mean squared, root mean squared, mean absolute, mean absolute percentage, median absolute, squared
logarithmic and greatest error; R^2 and explained variance.
Elsewhere: losses that lean to one side and deviances are in _deviance.py; labels and probabilities are judged in
_classification.py, _ranking.py and _probability.py.
Imports: numpy, pellucid.errors and this package.

N rows, M outputs. y_true and y_pred are (N,) or (N, M). `multioutput` says what becomes of the M numbers:
"uniform_average" their mean, "raw_values" all of them, an array (M,) their weighted mean.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, ParameterError
from pellucid.metrics._inputs import Array, numbers, same_length, weights
from pellucid.metrics._undefined import warn_undefined

MultiOutput = Literal["uniform_average", "raw_values"] | ArrayLike
R2Output = Literal["uniform_average", "raw_values", "variance_weighted"] | ArrayLike


class Outputs(NamedTuple):
    """Checked input of a metric of numbers."""

    true: Array  # (N, M)
    predicted: Array  # (N, M)
    weight: Array | None  # (N,)


def outputs(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None) -> Outputs:
    """y_true and y_pred (N,) or (N, M) as float64 (N, M), with their weights.   Raises DataError."""
    true, predicted = numbers(y_true, "y_true"), numbers(y_pred, "y_pred")
    true, predicted = (a[:, None] if a.ndim == 1 else a for a in (true, predicted))
    weight = weights(sample_weight)
    if true.ndim != 2 or predicted.ndim != 2 or true.shape[1] != predicted.shape[1]:
        raise DataError(f"y_true is {np.shape(y_true)}, y_pred {np.shape(y_pred)}; give both as (N,) or as (N, M).")
    same_length(y_true=true, y_pred=predicted, sample_weight=weight)
    if len(true) == 0:
        raise DataError("y_true: is empty; a metric needs at least one row.")
    return Outputs(true.astype(np.float64, copy=False), predicted.astype(np.float64, copy=False), weight)


def combined(each: Array, multioutput: MultiOutput) -> float | Array:
    """(M,) -> a number, or (M,) when asked for."""
    if isinstance(multioutput, str):
        if multioutput == "raw_values":
            return each
        if multioutput == "uniform_average":
            return float(each.mean())
        raise ParameterError(f"multioutput={multioutput!r}; use 'uniform_average', 'raw_values' or weights (M,).")
    share = numbers(multioutput, "multioutput")
    if share.shape != each.shape:
        raise ParameterError(f"multioutput: weights have shape {share.shape} for {len(each)} outputs; give one each.")
    return float(np.average(each, weights=share))


def mean_squared_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: MultiOutput = "uniform_average",
) -> float | Array:
    """Mean of the squared errors, in squared units of y.

        MSE = sum_n w_n (y_n - p_n)^2 / sum_n w_n

    y_true, y_pred (N,) or (N, M) -> a number >= 0. Raises DataError for shapes that differ and for NaN.

    >>> mean_squared_error([3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 8.0])
    0.375
    """
    rows = outputs(y_true, y_pred, sample_weight)
    return combined(np.average(np.square(rows.true - rows.predicted), axis=0, weights=rows.weight), multioutput)


def root_mean_squared_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: MultiOutput = "uniform_average",
) -> float | Array:
    """Root of the mean squared error, in units of y; of several outputs, the mean of their roots.

        RMSE = sqrt(MSE)

    y_true, y_pred (N,) or (N, M) -> a number >= 0. Errors as in `mean_squared_error`.

    >>> root_mean_squared_error([0.0, 0.0], [3.0, 3.0])
    3.0
    """
    each = mean_squared_error(y_true, y_pred, sample_weight=sample_weight, multioutput="raw_values")
    return combined(np.sqrt(each), multioutput)


def mean_absolute_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: MultiOutput = "uniform_average",
) -> float | Array:
    """Mean of the absolute errors, in units of y.

        MAE = sum_n w_n |y_n - p_n| / sum_n w_n

    y_true, y_pred (N,) or (N, M) -> a number >= 0. Errors as in `mean_squared_error`.

    >>> mean_absolute_error([3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 8.0])
    0.5
    """
    rows = outputs(y_true, y_pred, sample_weight)
    return combined(np.average(np.abs(rows.true - rows.predicted), axis=0, weights=rows.weight), multioutput)


def median_absolute_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: MultiOutput = "uniform_average",
) -> float | Array:
    """Median of the absolute errors, in units of y; a few wild rows do not move it.

        MedAE = median_n |y_n - p_n|

    y_true, y_pred (N,) or (N, M) -> a number >= 0. With weights, the error at which half of the weight is reached (the
    mean of two errors where the half falls exactly between them). Errors as in `mean_squared_error`.
    Source: Hyndman and Fan, The American Statistician 50, 1996, definition 2.

    >>> median_absolute_error([3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 800.0])
    0.5
    """
    rows = outputs(y_true, y_pred, sample_weight)
    error = np.abs(rows.true - rows.predicted)
    if rows.weight is None:
        return combined(np.median(error, axis=0), multioutput)
    return combined(np.array([weighted_median(one, rows.weight) for one in error.T]), multioutput)


def weighted_median(values: Array, weight: Array) -> float:
    """The value at which the weight below reaches half.   values (N,), weight (N,) >= 0, not all 0

    >>> weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 2.0]))
    5.5
    """
    return weighted_quantile(values, weight, 0.5)


def weighted_quantile(values: Array, weight: Array, share: float) -> float:
    """The value at which the weight below reaches `share` of all; the mean of two values where it falls between them.

    >>> weighted_quantile(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 2.0]), 0.25)
    1.5
    """
    kept = weight > 0
    order = np.argsort(values[kept])
    value, reached = values[kept][order], np.cumsum(weight[kept][order], dtype=np.float64)
    wanted = share * reached[-1]
    at = min(int(np.searchsorted(reached, wanted)), len(value) - 1)
    if reached[at] - wanted > np.finfo(np.float64).eps:
        return float(value[at])
    return float(value[at] + value[min(at + 1, len(value) - 1)]) / 2


def mean_absolute_percentage_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: MultiOutput = "uniform_average",
) -> float | Array:
    """Mean of the absolute errors as shares of the true values; 0.1 is ten percent.

        MAPE = sum_n w_n |y_n - p_n| / max(|y_n|, eps) / sum_n w_n,     eps = 2.2e-16

    y_true, y_pred (N,) or (N, M) -> a number >= 0, huge where a true value is 0: use it only where y keeps away from
    0. It punishes predictions above y more than those below, by which it favours models that predict too little.
    Errors as in `mean_squared_error`.   Source: Hyndman and Koehler, International Journal of Forecasting 22, 2006.

    >>> mean_absolute_percentage_error([10.0, 20.0], [12.0, 18.0])
    0.15000000000000002
    """
    rows = outputs(y_true, y_pred, sample_weight)
    share = np.abs(rows.true - rows.predicted) / np.maximum(np.abs(rows.true), np.finfo(np.float64).eps)
    return combined(np.average(share, axis=0, weights=rows.weight), multioutput)


def r2_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: R2Output = "uniform_average",
    force_finite: bool = True,
) -> float | Array:
    """Share of the variance of y that the prediction accounts for; 0 is predicting the mean, 1 is perfect.

        R^2 = 1 - sum_n w_n (y_n - p_n)^2 / sum_n w_n (y_n - mean y)^2

    y_true, y_pred (N,) or (N, M) -> a number <= 1, of any size below 0. `multioutput` may also be "variance_weighted".
    A constant y makes it 1 where the prediction is exact, else 0; with force_finite=False NaN and -inf.
    Fewer than two rows: NaN with a DataWarning. Errors as in `mean_squared_error`.

    >>> r2_score([1.0, 2.0, 3.0], [1.0, 2.0, 3.5])
    0.875
    """
    rows = outputs(y_true, y_pred, sample_weight)
    if len(rows.true) < 2:
        warn_undefined("r2_score: one row has no variance; R^2 is undefined and is NaN.")
        return float("nan")
    missed = np.average(np.square(rows.true - rows.predicted), axis=0, weights=rows.weight)
    return explained(missed, _variance(rows.true, rows.weight), multioutput, force_finite)


def explained_variance_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: R2Output = "uniform_average",
    force_finite: bool = True,
) -> float | Array:
    """Share of the variance of y that is gone from the errors; R^2 of predictions freed of their mean error.

        EV = 1 - var(y - p) / var(y)

    y_true, y_pred (N,) or (N, M) -> a number <= 1. It does not see a constant offset, which R^2 does: an EV above R^2
    says that the predictions are off by a constant. Parameters and errors as in `r2_score`.

    >>> explained_variance_score([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]), r2_score([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])
    (1.0, -0.5)
    """
    rows = outputs(y_true, y_pred, sample_weight)
    missed = _variance(rows.true - rows.predicted, rows.weight)
    return explained(missed, _variance(rows.true, rows.weight), multioutput, force_finite)


def mean_squared_log_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: MultiOutput = "uniform_average",
) -> float | Array:
    """Mean squared error of log(1 + y): of ratios, for amounts over several orders of magnitude.

        MSLE = sum_n w_n (log(1 + y_n) - log(1 + p_n))^2 / sum_n w_n

    y_true, y_pred (N,) or (N, M), > -1 -> a number >= 0. Raises DataError for values of -1 or less.

    >>> round(mean_squared_log_error([0.0, 99.0], [0.0, 199.0]), 6)
    0.240227
    """
    rows = outputs(y_true, y_pred, sample_weight)
    for name, values in (("y_true", rows.true), ("y_pred", rows.predicted)):
        if values.min() <= -1:
            raise DataError(f"{name}: holds {values.min():.6g}; log(1 + y) needs values > -1. Use another error.")
    gap = np.log1p(rows.true) - np.log1p(rows.predicted)
    return combined(np.average(np.square(gap), axis=0, weights=rows.weight), multioutput)


def root_mean_squared_log_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: MultiOutput = "uniform_average",
) -> float | Array:
    """Root of the mean squared log error; of several outputs, the mean of their roots.

        RMSLE = sqrt(MSLE),     about the typical |p / y - 1| where y is large and errors are small

    y_true, y_pred (N,) or (N, M), > -1 -> a number >= 0. Errors as in `mean_squared_log_error`.

    >>> round(root_mean_squared_log_error([999.0], [1099.0]), 4)
    0.0953
    """
    each = mean_squared_log_error(y_true, y_pred, sample_weight=sample_weight, multioutput="raw_values")
    return combined(np.sqrt(each), multioutput)


def max_error(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Greatest absolute error.

        max_n |y_n - p_n|

    y_true, y_pred (N,) -> a number >= 0. One row decides it, so it grows with N, and no resample can exceed it: an
    interval by resampling says little. Raises DataError for several outputs; else as `mean_squared_error`.

    >>> max_error([3.0, 2.0, 7.0], [2.5, 2.0, 8.0])
    1.0
    """
    rows = outputs(y_true, y_pred, None)
    if rows.true.shape[1] != 1:
        raise DataError(f"max_error: y_true has {rows.true.shape[1]} outputs; give one, shape (N,).")
    return float(np.abs(rows.true - rows.predicted).max())


def _variance(values: Array, weight: Array | None) -> Array:
    """The weighted variance of each output.   (N, M) -> (M,)"""
    return np.average(np.square(values - np.average(values, axis=0, weights=weight)), axis=0, weights=weight)


def explained(missed: Array, spread: Array, multioutput: R2Output, force_finite: bool) -> float | Array:
    """1 - missed / spread of each output, combined as asked.   missed, spread (M,)

    A spread of 0 makes it 1 where nothing is missed, else 0; with force_finite=False NaN and -inf.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        each = 1 - missed / spread
    if force_finite:
        each = np.where(spread == 0, np.where(missed == 0, 1.0, 0.0), each)
    if isinstance(multioutput, str) and multioutput == "variance_weighted":
        return float(np.average(each, weights=spread if spread.any() else None))
    return combined(each, multioutput)
