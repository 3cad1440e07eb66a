"""What boosting minimises: value, gradient and second derivative in the raw score F.

Here: `SquaredError`, `PinballLoss` (of which the absolute error is one), `BinaryLogLoss`, `LogLoss`.
Elsewhere: the loop that lowers them is in _boosting.py.
Imports: numpy only.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, final

import numpy as np

from pellucid.base._tables import Array

TINY = 1e-15  # of a probability; its logarithm stays finite


class Loss(ABC):
    """sum_i w_i l(y_i, F_i): N rows, R scores a row.

    moves_leaves: whether l has no second derivative, so that a leaf, once its rows are known, says what is best for
    them: the start of their residuals.
    """

    moves_leaves: ClassVar[bool] = False

    @abstractmethod
    def start(self, y: Array, w: Array) -> Array:
        """The constant F (R,) of the smallest loss.   y (N,), w (N,)"""

    @abstractmethod
    def gradients(self, y: Array, F: Array, w: Array) -> tuple[Array, Array]:
        """w dl/dF and w d2l/dF2.   y (N,), F (N, R), w (N,) -> (N, R), (N, R)"""

    @abstractmethod
    def value(self, y: Array, F: Array, w: Array) -> float:
        """The mean loss by weight."""


@final
class SquaredError(Loss):
    """l = (y - F)^2 / 2;   dl/dF = F - y,   d2l/dF2 = 1."""

    def start(self, y: Array, w: Array) -> Array:
        return np.array([np.average(y, weights=w)])

    def gradients(self, y: Array, F: Array, w: Array) -> tuple[Array, Array]:
        return (F - y[:, None]) * w[:, None], np.ones_like(F) * w[:, None]

    def value(self, y: Array, F: Array, w: Array) -> float:
        return float(np.average(0.5 * (y - F[:, 0]) ** 2, weights=w))


@final
class PinballLoss(Loss):
    """l = q max(y - F, 0) + (1 - q) max(F - y, 0);   dl/dF = [F >= y] - q,   d2l/dF2 taken as 1.

    Its best constant is the quantile q of y; q = 1/2: the median, and l half of the absolute error.
    Source: Koenker and Bassett, Regression quantiles, Econometrica 46, 1978.
    """

    moves_leaves = True

    def __init__(self, q: float) -> None:
        self.q = q

    def start(self, y: Array, w: Array) -> Array:
        return np.array([weighted_quantile(y, w, self.q)])

    def gradients(self, y: Array, F: Array, w: Array) -> tuple[Array, Array]:
        return ((F >= y[:, None]) - self.q) * w[:, None], np.ones_like(F) * w[:, None]

    def value(self, y: Array, F: Array, w: Array) -> float:
        gap = y - F[:, 0]
        return float(np.average(np.maximum(self.q * gap, (self.q - 1.0) * gap), weights=w))


def weighted_quantile(y: Array, w: Array, q: float) -> float:
    """The smallest y below or at which lies the share q of the weight; halfway to the next where it is just reached.

    >>> weighted_quantile(np.array([4.0, 1.0, 2.0, 8.0]), np.ones(4), 0.5)
    3.0
    """
    order = np.argsort(y, kind="stable")
    share = np.cumsum(w[order])
    share /= share[-1]
    low, high = np.searchsorted(share, [q * (1.0 - 1e-12), q * (1.0 + 1e-12)], side="left")  # 1e-12: rounding
    last = len(y) - 1
    return float(0.5 * (y[order[min(low, last)]] + y[order[min(high, last)]]))


@final
class BinaryLogLoss(Loss):
    """l = log(1 + e^F) - y F,   y 0 or 1;   dl/dF = p - y,   d2l/dF2 = p (1 - p),   p = 1 / (1 + e^-F)."""

    def start(self, y: Array, w: Array) -> Array:
        p = np.clip(np.average(y, weights=w), TINY, 1 - TINY)
        return np.array([np.log(p / (1 - p))])

    def gradients(self, y: Array, F: Array, w: Array) -> tuple[Array, Array]:
        p = sigmoid(F)
        return (p - y[:, None]) * w[:, None], p * (1.0 - p) * w[:, None]

    def value(self, y: Array, F: Array, w: Array) -> float:
        return float(np.average(np.logaddexp(0.0, F[:, 0]) - y * F[:, 0], weights=w))


@final
class LogLoss(Loss):
    """l = log sum_k e^F_k - F_y;   dl/dF_k = p_k - [y = k],   d2l/dF_k2 = p_k (1 - p_k),   p = softmax(F)."""

    def __init__(self, n_classes: int) -> None:
        self.n_classes = n_classes

    def start(self, y: Array, w: Array) -> Array:
        p = np.bincount(y.astype(np.int64), weights=w, minlength=self.n_classes) / w.sum()
        logs = np.log(np.clip(p, TINY, 1.0))
        return logs - logs.mean()

    def gradients(self, y: Array, F: Array, w: Array) -> tuple[Array, Array]:
        p = softmax(F)
        g = p.copy()
        g[np.arange(len(y)), y.astype(np.int64)] -= 1.0
        return g * w[:, None], p * (1.0 - p) * w[:, None]

    def value(self, y: Array, F: Array, w: Array) -> float:
        top = F.max(axis=1)
        logs = top + np.log(np.exp(F - top[:, None]).sum(axis=1))
        return float(np.average(logs - F[np.arange(len(y)), y.astype(np.int64)], weights=w))


def sigmoid(F: Array) -> Array:
    """1 / (1 + e^-F), without overflow: (1 + tanh(F / 2)) / 2."""
    p: Array = 0.5 + 0.5 * np.tanh(0.5 * F)
    return p


def softmax(F: Array) -> Array:
    """e^F_k / sum_k e^F_k along the last axis; the largest is taken off first, e^F itself overflows beyond 709."""
    p: Array = np.exp(F - F.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return p
