"""Whether events given a probability of 0.8 happen eight times in ten.

Here: the calibration curve and the expected calibration error.
Elsewhere: log loss and Brier score, which judge calibration and sharpness in one, are in _probability.py.
Imports: numpy, pellucid.errors and this package.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, ParameterError
from pellucid.metrics._inputs import Array, codes, column, column_classes, distinct, positive_label, shown
from pellucid.metrics._probability import predicted

Strategy = Literal["uniform", "quantile"]


def calibration_curve(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    pos_label: Any = None,
    n_bins: int = 5,
    strategy: Strategy = "uniform",
    sample_weight: ArrayLike | None = None,
) -> tuple[Array, Array]:
    """Share of positives against mean probability, over bins of the probability.

    y_true (N,) two classes, y_prob (N,) in [0, 1] -> prob_true (B,), prob_pred (B,), B <= n_bins: bins without rows are
    left out. "uniform" cuts [0, 1] into bins of equal width, "quantile" into bins of about equally many rows; a value
    on a border belongs to the bin below. Calibrated probabilities lie near the diagonal; with few rows a bin strays
    from it by chance, by about sqrt(p (1 - p) / rows).
    Raises DataError where the positive class can not be guessed, ParameterError for n_bins < 1.
    Source: Murphy and Winkler, Applied Statistics 26, 1977.

    >>> true, told = calibration_curve([0, 0, 0, 1, 1, 1], [0.1, 0.1, 0.4, 0.4, 0.9, 0.9], n_bins=3)
    >>> true.tolist(), told.tolist()
    ([0.0, 0.5, 1.0], [0.1, 0.4, 0.9])
    """
    y, proba, weight = predicted(y_true, y_prob, sample_weight)
    probability = column(proba, "y_prob")
    rows, hits, told = _binned(probability, _positive(y, pos_label), weight, n_bins, strategy)
    return hits / rows, told / rows


def expected_calibration_error(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    pos_label: Any = None,
    labels: ArrayLike | None = None,
    n_bins: int = 10,
    strategy: Strategy = "uniform",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean distance of the calibration curve from the diagonal, bins weighted by their rows.

        ECE = sum_b W_b |share right in b - mean probability in b| / sum_b W_b

    y_true (N,), y_proba (N,) for the positive class: the curve is `calibration_curve`. y_proba (N, K): each row counts
    with its most probable class, which is right or not (`labels` names the columns where y_true lacks some).
    -> a number in [0, 1]. It depends on the bins, and it is biased upwards: calibrated probabilities on few rows give
    more than 0. 0 does not mean useful: always telling the share of positives is calibrated.
    Errors as in `calibration_curve` and `log_loss`.   Source: Guo, Pleiss, Sun and Weinberger, ICML 2017.

    >>> round(expected_calibration_error([0, 0, 1, 1], [0.2, 0.2, 0.9, 0.9]), 3)
    0.15
    """
    y, proba, weight = predicted(y_true, y_proba, sample_weight)
    if proba.ndim == 1 or proba.shape[1] == 1:
        told, right = proba.reshape(-1), _positive(y, pos_label)
    else:
        classes = column_classes(y, labels, proba.shape[1], "y_proba")
        told, right = proba.max(axis=1), proba.argmax(axis=1) == codes(y, classes)
    rows, hits, sums = _binned(told, right, weight, n_bins, strategy)
    return float(np.abs(hits - sums).sum() / rows.sum())


def _positive(y: Array, pos_label: Any) -> Array:
    """Which rows are of the positive one of at most two classes.   (N,) -> (N,) bool"""
    classes = distinct(y).tolist()
    if len(classes) > 2:
        raise DataError(f"one column of probabilities is for two classes; here are {len(classes)}: {shown(classes)}.")
    return y == positive_label(y, pos_label)


def _binned(
    told: Array, right: Array, weight: Array | None, n_bins: int, strategy: Strategy
) -> tuple[Array, Array, Array]:
    """Of each bin that has any: the weight of its rows, of those that are right, and its summed probability."""
    if n_bins < 1:
        raise ParameterError(f"n_bins={n_bins}; at least one bin is needed.")
    shares = np.linspace(0, 1, n_bins + 1)
    if strategy == "quantile":
        borders = np.percentile(told, shares * 100)
    elif strategy == "uniform":
        borders = shares
    else:
        raise ParameterError(f"strategy={strategy!r}; use 'uniform' or 'quantile'.")
    place = np.searchsorted(borders[1:-1], told)
    one = np.ones(len(told)) if weight is None else weight.astype(np.float64)
    rows, hits, sums = (np.bincount(place, each, n_bins) for each in (one, one * right, one * told))
    kept = rows > 0
    return rows[kept], hits[kept], sums[kept]
