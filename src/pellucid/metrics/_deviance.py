"""Losses for targets that are not normal: quantiles, counts, amounts.

Here: pinball loss; Tweedie, Poisson and gamma deviance; the share of each that a prediction explains (D^2).
Elsewhere: squared and absolute errors are in _regression.py.
Imports: numpy, pellucid.errors and this package.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, ParameterError
from pellucid.metrics._inputs import Array
from pellucid.metrics._regression import MultiOutput, combined, explained, outputs, weighted_quantile
from pellucid.metrics._undefined import warn_undefined


def mean_pinball_loss(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    alpha: float = 0.5,
    multioutput: MultiOutput = "uniform_average",
) -> float | Array:
    """Mean loss of a predicted quantile: least where a share `alpha` of y lies below the prediction.

        L = sum_n w_n max(alpha (y_n - p_n), (alpha - 1) (y_n - p_n)) / sum_n w_n

    y_true, y_pred (N,) or (N, M) -> a number >= 0; alpha = 0.5 is half the mean absolute error.
    Raises ParameterError for an alpha outside [0, 1]; else as `mean_squared_error`.
    Source: Koenker and Bassett, Econometrica 46, 1978.

    >>> mean_pinball_loss([1.0, 2.0, 3.0], [2.0, 2.0, 2.0], alpha=0.9)
    0.3333333333333333
    """
    if not 0 <= alpha <= 1:
        raise ParameterError(f"mean_pinball_loss: alpha={alpha}; a quantile lies in [0, 1].")
    rows = outputs(y_true, y_pred, sample_weight)
    return combined(np.average(_pinball(rows.true - rows.predicted, alpha), axis=0, weights=rows.weight), multioutput)


def _pinball(gap: Array, alpha: float) -> Array:
    return np.where(gap >= 0, alpha, alpha - 1) * gap


def mean_tweedie_deviance(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None, power: float = 0
) -> float:
    """Mean unit deviance of a distribution whose variance grows as mean^power.

        d(y, m) = 2 (max(y, 0)^(2 - q) / ((1 - q) (2 - q)) - y m^(1 - q) / (1 - q) + m^(2 - q) / (2 - q)),   q = power

    and its limits at q = 1, 2 (y log(y / m) - y + m), and q = 2, 2 (log(m / y) + y / m - 1); q = 0 is (y - m)^2.
    y_true, y_pred (N,) -> a number >= 0. Where y and m must lie: q < 0: m > 0; q = 0: anywhere; 1 <= q < 2: y >= 0 and
    m > 0; q >= 2: both > 0. The greater q, the less the greatest targets count.
    Raises ParameterError for 0 < q < 1, which no distribution has, DataError for values outside.
    Source: Jorgensen, The Theory of Dispersion Models, 1997, chapter 4.

    >>> mean_tweedie_deviance([2.0, 0.0, 1.0, 4.0], [0.5, 0.5, 2.0, 2.0], power=1)
    1.4260151319598084
    """
    true, predicted, weight = _one_output(y_true, y_pred, sample_weight)
    _check_domain(true, predicted, power)
    return float(np.average(_tweedie(true, predicted, power), weights=weight))


def mean_poisson_deviance(y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    """Mean deviance of counts: `mean_tweedie_deviance` with power 1.

        D = sum_n w_n 2 (y_n log(y_n / p_n) - y_n + p_n) / sum_n w_n

    y_true (N,) >= 0, y_pred (N,) > 0 -> a number >= 0. Raises DataError for values outside.

    >>> mean_poisson_deviance([0.0, 1.0], [1.0, 1.0])
    1.0
    """
    return mean_tweedie_deviance(y_true, y_pred, sample_weight=sample_weight, power=1)


def mean_gamma_deviance(y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    """Mean deviance of amounts, of which only the ratio counts: `mean_tweedie_deviance` with power 2.

        D = sum_n w_n 2 (log(p_n / y_n) + y_n / p_n - 1) / sum_n w_n

    y_true, y_pred (N,) > 0 -> a number >= 0; a change of unit changes nothing. Raises DataError for values outside.

    >>> mean_gamma_deviance([1.0, 200.0], [2.0, 400.0])
    0.3862943611198908
    """
    return mean_tweedie_deviance(y_true, y_pred, sample_weight=sample_weight, power=2)


def d2_tweedie_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None, power: float = 0
) -> float:
    """Share of the Tweedie deviance that the prediction explains; 0 is predicting the mean, 1 is perfect.

        D^2 = 1 - mean d(y, p) / mean d(y, mean y)

    y_true, y_pred (N,) -> a number <= 1; power 0 is R^2. A constant y is 0/0: NaN, or -inf where the prediction is
    wrong, with a DataWarning, as for a single row. Errors as in `mean_tweedie_deviance`.
    Source: Hastie, Tibshirani and Wainwright, Statistical Learning with Sparsity, 2015, equation 3.11.

    >>> d2_tweedie_score([1.0, 2.0, 3.0], [1.0, 2.0, 3.5])
    0.875
    """
    true, predicted, weight = _one_output(y_true, y_pred, sample_weight)
    _check_domain(true, predicted, power)
    spread = np.average(_tweedie(true, np.average(true, weights=weight), power), weights=weight)
    if len(true) < 2 or spread == 0:
        warn_undefined("d2_tweedie_score: y does not vary; D^2 is undefined.")
        if len(true) < 2:
            return math.nan
    missed = np.average(_tweedie(true, predicted, power), weights=weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(1 - missed / spread)


def d2_pinball_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    alpha: float = 0.5,
    multioutput: MultiOutput = "uniform_average",
) -> float | Array:
    """Share of the pinball loss that the prediction explains; 0 is predicting the quantile of y, 1 is perfect.

        D^2 = 1 - L(y, p) / L(y, quantile_alpha y)

    y_true, y_pred (N,) or (N, M) -> a number <= 1. A constant y makes it 1 where the prediction is exact, else 0. Fewer
    than two rows: NaN with a DataWarning. Errors as in `mean_pinball_loss`.
    Source: Koenker and Machado, Journal of the American Statistical Association 94, 1999.

    >>> d2_pinball_score([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """
    rows = outputs(y_true, y_pred, sample_weight)
    missed = mean_pinball_loss(y_true, y_pred, sample_weight=sample_weight, alpha=alpha, multioutput="raw_values")
    if len(rows.true) < 2:
        warn_undefined("d2_pinball_score: one row does not vary; D^2 is undefined.")
        return math.nan
    weight = np.ones(len(rows.true)) if rows.weight is None else rows.weight
    quantile = np.array([weighted_quantile(one, weight, alpha) for one in rows.true.T])
    spread = np.average(_pinball(rows.true - quantile, alpha), axis=0, weights=weight)
    return explained(np.asarray(missed), spread, multioutput, force_finite=True)


def d2_absolute_error_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: MultiOutput = "uniform_average",
) -> float | Array:
    """Share of the mean absolute error that the prediction explains; 0 is predicting the median of y, 1 is perfect.

        D^2 = 1 - MAE(y, p) / MAE(y, median y)

    y_true, y_pred (N,) or (N, M) -> a number <= 1. Edges and errors as in `d2_pinball_score`.

    >>> d2_absolute_error_score([1.0, 2.0, 3.0, 50.0], [2.0, 2.0, 3.0, 40.0])
    0.78
    """
    return d2_pinball_score(y_true, y_pred, sample_weight=sample_weight, alpha=0.5, multioutput=multioutput)


def _one_output(
    y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[Array, Array, Array | None]:
    rows = outputs(y_true, y_pred, sample_weight)
    if rows.true.shape[1] != 1:
        raise DataError(f"y_true: has {rows.true.shape[1]} outputs; a deviance takes one, shape (N,).")
    return rows.true[:, 0], rows.predicted[:, 0], rows.weight


def _check_domain(true: Array, predicted: Array, power: float) -> None:
    if 0 < power < 1:
        raise ParameterError(f"power={power}: no distribution has a power in (0, 1); use 0, 1 or more, or less than 0.")
    lowest = "" if power < 1 else ">= 0" if power < 2 else "> 0"
    outside = {"": np.zeros(len(true), bool), ">= 0": true < 0, "> 0": true <= 0}[lowest]
    for name, values, wrong, wanted in (
        ("y_true", true, outside, lowest),
        ("y_pred", predicted, (predicted <= 0) & (power != 0), "> 0"),
    ):
        if wrong.any():
            row = int(wrong.argmax())
            raise DataError(
                f"{name}: {int(wrong.sum())} of {len(values)} rows are not {wanted} (first: row {row}, "
                f"{values[row]:.6g}); a deviance of power {power} needs that."
            )


def _tweedie(y: Array, mean: Array | np.float64, power: float) -> Array:
    """The unit deviances.   y, mean (N,) -> (N,)"""
    if power == 0:
        return np.square(y - mean)
    if power == 1:
        positive = y > 0  # y log y is 0 at 0
        logarithm = np.log(np.where(positive, y, 1.0) / np.where(positive, mean, 1.0))
        return 2 * (y * logarithm - y + mean)
    if power == 2:
        return 2 * (np.log(mean / y) + y / mean - 1)
    base = np.maximum(y, 0.0) if power < 0 else y
    first, second = 1 - power, 2 - power
    return 2 * (base**second / (first * second) - y * mean**first / first + mean**second / second)
