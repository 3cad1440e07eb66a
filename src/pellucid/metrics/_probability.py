"""How good predicted probabilities are, taken at their word.

Here: log loss and the Brier score, and the share of each that a prediction explains (D^2).
Elsewhere: calibration is in _calibration.py; scores of which only the order counts are judged in _ranking.py.
Imports: numpy, pellucid.errors and this package.
"""

import warnings
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, DataWarning
from pellucid.metrics._inputs import (
    Array,
    codes,
    column_classes,
    distinct,
    labels,
    numbers,
    positive_label,
    same_length,
    shown,
    weights,
)
from pellucid.metrics._label_pairs import indicators, is_matrix
from pellucid.metrics._undefined import warn_undefined


def log_loss(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    normalize: bool = True,
    sample_weight: ArrayLike | None = None,
    labels: ArrayLike | None = None,
) -> float:
    """Mean surprise at the true class, in nats; cross-entropy.

        L = - sum_n w_n log p_n[y_n] / sum_n w_n

    y_true (N,), y_proba (N, K) with columns in the order of the sorted classes, or (N,) for the greater of two
    -> a number >= 0; with normalize=False the sum above the line. y_true may be the matrix (N, K) of 0 and 1 that says
    which class each row has; of several classes in a row, their surprises add up. Probabilities are clipped to
    [eps, 1 - eps], eps being the spacing of their dtype, so that a sure mistake costs 36 nats in float64 and not
    infinity. Rows that do not sum to 1 give a DataWarning. Raises DataError for probabilities outside [0, 1], and when
    the classes can not be told (`labels` names them).   Source: Good, Rational Decisions, 1952.

    >>> round(log_loss(["a", "b"], [[0.9, 0.1], [0.2, 0.8]]), 6)
    0.164252
    """
    if is_matrix(y_true):
        truth, proba, weight = _events(y_true, y_proba, sample_weight, labels)
        surprise = np.where(truth, _surprise(proba), 0).sum(axis=1)
    else:
        y, proba, weight = predicted(y_true, y_proba, sample_weight)
        surprise = _surprise(_told(y, proba, labels))
    if normalize:
        return float(np.average(surprise, weights=weight))
    return float(surprise.sum() if weight is None else surprise @ weight)


def brier_score_loss(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
    labels: ArrayLike | None = None,
    scale_by_half: bool | Literal["auto"] = "auto",
) -> float:
    """Mean squared distance between the predicted probabilities and what happened.

        B = sum_n w_n sum_k (p_nk - [y_n = k])^2 / sum_n w_n,     halved for two classes: mean (p_n - [y_n positive])^2

    y_true (N,), y_proba (N,) for the positive class or (N, K) -> a number in [0, 1] (two classes) or [0, 2];
    `scale_by_half` True or False overrides the halving. y_true may be a matrix as in `log_loss`. `pos_label` is guessed
    from {0, 1} and {-1, 1}, else the greater number; strings need it. Errors as in `log_loss`.
    Source: Brier, Monthly Weather Review 78, 1950.

    >>> round(brier_score_loss([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]), 6)
    0.0375
    """
    if is_matrix(y_true):
        truth, proba, weight = _events(y_true, y_proba, sample_weight, labels)
        distance = np.square(proba - truth).sum(axis=1)
    else:
        y, proba, weight = predicted(y_true, y_proba, sample_weight)
        if proba.ndim == 1 or proba.shape[1] == 1:
            distance = 2 * np.square(proba.reshape(-1) - (y == positive_or_greater(y, pos_label)))
        else:
            code, proba = _columns(y, proba, labels)
            distance = np.square(proba - (code[:, None] == np.arange(proba.shape[1]))).sum(axis=1)
    halved = (proba.ndim == 1 or proba.shape[1] < 3) if scale_by_half == "auto" else scale_by_half
    return float(np.average(distance, weights=weight)) * (0.5 if halved else 1.0)


def d2_log_loss_score(
    y_true: ArrayLike, y_proba: ArrayLike, *, sample_weight: ArrayLike | None = None, labels: ArrayLike | None = None
) -> float:
    """Share of the log loss that the prediction takes off; 0 is telling every row the shares of the classes.

        D^2 = 1 - L(y, p) / L(y, shares of the classes in y)

    y_true (N,), y_proba as in `log_loss` -> a number <= 1. Fewer than two rows: NaN with a DataWarning. Errors as in
    `log_loss`.   Source: McFadden, Frontiers in Econometrics, 1974.

    >>> d2_log_loss_score([0, 1, 1, 0], [0.5, 0.5, 0.5, 0.5])
    0.0
    """
    y, proba, weight = _either(y_true, y_proba, sample_weight, labels)
    if len(y) < 2:
        warn_undefined("d2_log_loss_score: one row does not vary; D^2 is undefined.")
        return float("nan")
    missed = log_loss(y, proba, sample_weight=weight, labels=labels)
    spread = log_loss(y, _class_shares(y, proba, weight, labels), sample_weight=weight, labels=labels)
    return 1 - missed / spread


def d2_brier_score(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
    labels: ArrayLike | None = None,
) -> float:
    """Share of the Brier score that the prediction takes off: the Brier skill score.

        D^2 = 1 - B(y, p) / B(y, shares of the classes in y)

    y_true (N,), y_proba as in `brier_score_loss` -> a number <= 1. One class only: -inf or NaN, as the division says;
    fewer than two rows: NaN; both with a DataWarning. Errors as in `brier_score_loss`.
    Source: Murphy, Journal of Applied Meteorology 12, 1973.

    >>> round(d2_brier_score([0, 1, 1, 0], [0.2, 0.9, 0.9, 0.2]), 3)
    0.9
    """
    y, proba, weight = _either(y_true, y_proba, sample_weight, labels)
    if len(y) < 2:
        warn_undefined("d2_brier_score: one row does not vary; D^2 is undefined.")
        return float("nan")
    missed = brier_score_loss(y, proba, sample_weight=weight, pos_label=pos_label, labels=labels)
    if proba.ndim == 1 or proba.shape[1] == 1:
        share = np.average(y == positive_or_greater(y, pos_label), weights=weight)
        shares = np.full(len(y), share)
    else:
        shares = _class_shares(y, proba, weight, labels)
    spread = brier_score_loss(y, shares, sample_weight=weight, pos_label=pos_label, labels=labels)
    if spread == 0:
        warn_undefined("d2_brier_score: y does not vary; D^2 is undefined.")
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(1 - np.float64(missed) / spread)


def _class_shares(y: Array, proba: Array, weight: Array | None, asked: ArrayLike | None) -> Array:
    """The share of each class in y, as a prediction for every row.   -> (N, K)"""
    if y.ndim == 2:
        return np.tile(np.average(y, axis=0, weights=weight), (len(y), 1))
    _check_one_class(y, asked)
    n_classes = 2 if proba.ndim == 1 or proba.shape[1] == 1 else proba.shape[1]
    rows = np.bincount(codes(y, column_classes(y, asked, n_classes, "y_proba")), weight, n_classes)
    return np.tile(rows / rows.sum(), (len(y), 1))


def predicted(
    y_true: ArrayLike, y_proba: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[Array, Array, Array | None]:
    """Checked labels (N,), probabilities (N,) or (N, K) and weights.   Raises DataError."""
    y, proba, weight = labels(y_true, "y_true"), numbers(y_proba, "y_proba"), weights(sample_weight)
    if proba.ndim not in (1, 2):
        raise DataError(f"y_proba: has shape {proba.shape}; give (N,) for two classes, or (N, K).")
    same_length(y_true=y, y_proba=proba, sample_weight=weight)
    _check_shares(proba)
    return y, proba, weight


def _either(
    y_true: ArrayLike, y_proba: ArrayLike, sample_weight: ArrayLike | None, asked: ArrayLike | None
) -> tuple[Array, Array, Array | None]:
    """What `predicted` gives, or `_events` where the truth is a matrix."""
    if is_matrix(y_true):
        return _events(y_true, y_proba, sample_weight, asked)
    return predicted(y_true, y_proba, sample_weight)


def _events(
    y_true: ArrayLike, y_proba: ArrayLike, sample_weight: ArrayLike | None, asked: ArrayLike | None
) -> tuple[Array, Array, Array | None]:
    """Checked truth (N, K) bool, a column a class, probabilities (N, K) and weights.   Raises DataError."""
    if asked is not None:
        raise DataError("labels: y_true is a matrix, which has one column for each class already; leave labels out.")
    truth, proba, weight = indicators(y_true, "y_true"), numbers(y_proba, "y_proba"), weights(sample_weight)
    if truth.shape != proba.shape:
        raise DataError(f"y_true is {truth.shape}, y_proba {proba.shape}; both need one column a class, (N, K).")
    same_length(y_true=truth, sample_weight=weight)
    _check_shares(proba)
    _warn_of_sums(proba)
    return truth, proba, weight


def _check_shares(proba: Array) -> None:
    if proba.min() < 0 or proba.max() > 1:
        raise DataError(
            f"y_proba: holds values from {proba.min():.6g} to {proba.max():.6g}; probabilities lie in [0, 1]. "
            "Pass predict_proba, or scores through a sigmoid or softmax."
        )


def _surprise(proba: Array) -> Array:
    """-log p, p within the spacing of its dtype of 0 and 1."""
    eps = np.finfo(proba.dtype).eps
    surprise: Array = -np.log(np.clip(proba, eps, 1 - eps))
    return surprise


def _told(y: Array, proba: Array, asked: ArrayLike | None) -> Array:
    """The probability given to what happened.   -> (N,)"""
    if proba.ndim == 1 or proba.shape[1] == 1:
        _check_one_class(y, asked)
        greater = column_classes(y, asked, 2, "y_proba")[1]
        return np.where(y == greater, proba.reshape(-1), 1 - proba.reshape(-1))
    code, proba = _columns(y, proba, asked)
    return np.take_along_axis(proba, code[:, None], axis=1)[:, 0]


def _check_one_class(y: Array, asked: ArrayLike | None) -> None:
    if asked is None and len(distinct(y)) == 1:
        raise DataError(f"y_true: holds one class only, {y[0]!r}; pass labels=[...] with all that y_proba is about.")


def _columns(y: Array, proba: Array, asked: ArrayLike | None) -> tuple[Array, Array]:
    """The column of each row's true class, and the probabilities as (N, K)."""
    _check_one_class(y, asked)
    if proba.ndim == 1 or proba.shape[1] == 1:
        proba = np.stack([1 - proba.reshape(-1), proba.reshape(-1)], axis=1)
    code = codes(y, column_classes(y, asked, proba.shape[1], "y_proba"))
    _warn_of_sums(proba)
    return code, proba


def _warn_of_sums(proba: Array) -> None:
    """Warn of rows (N, K) that do not sum to 1."""
    total = proba.sum(axis=1)
    off = np.abs(total - 1) > np.sqrt(np.finfo(proba.dtype).eps)
    if off.any():
        warnings.warn(
            f"y_proba: {off.sum()} of {len(off)} rows do not sum to 1 (row {off.argmax()}: {total[off.argmax()]:.6g}).",
            DataWarning,
            stacklevel=4,
        )


def positive_or_greater(y: Array, pos_label: Any) -> Any:
    """The class that one column of probabilities is about.   Raises DataError for more than two, and for doubt."""
    classes = distinct(y)
    if len(classes) > 2:
        raise DataError(f"y_proba: is one column, but the classes are {shown(classes.tolist())}; give one column each.")
    if pos_label is None and classes.dtype.kind in "iuf" and not set(classes.tolist()) <= {-1, 0, 1}:
        return classes[-1]
    return positive_label(y, pos_label)
