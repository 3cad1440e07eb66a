"""What gradient boosting with exact trees minimises: value, residual, and the best number for a leaf.

Here: `GradientLoss` and its kinds `Squared`, `Absolute`, `Huber`, `Quantile`, `Deviance`; `weighted_quantile`.
Elsewhere: the loop that lowers them is in _stagewise.py; losses by second derivatives in _boosting_losses.py.
Imports: numpy and this package.
"""

from abc import ABC, abstractmethod
from typing import final

import numpy as np

from pellucid.base._tables import Array
from pellucid.ensemble._boosting_losses import BinaryLogLoss, LogLoss

TINY = 1e-150  # of a sum of p (1 - p); below it all rows of a leaf are as sure as floats can be, and it says 0


class GradientLoss(ABC):
    """sum_i w_i l(y_i, F_i): N rows, R scores a row."""

    @abstractmethod
    def start(self, y: Array, w: Array) -> Array:
        """The constant F (R,) of the smallest loss.   y (N,), w (N,)"""

    @abstractmethod
    def residuals(self, y: Array, F: Array, w: Array) -> Array:
        """-dl/dF, what the next trees are fitted to.   y (N,), F (N, R), w (N,) -> (N, R)"""

    @abstractmethod
    def leaves(self, leaf: Array, n_nodes: int, missed: Array, residual: Array, w: Array) -> Array:
        """What the leaves should add to F.   leaf (N,), missed y - F (N,), residual (N,), w (N,) -> (n_nodes,)"""

    @abstractmethod
    def value(self, y: Array, F: Array, w: Array) -> float:
        """The mean loss by weight."""


@final
class Squared(GradientLoss):
    """l = (y - F)^2;   residual y - F (half the derivative), leaf: its mean."""

    def start(self, y: Array, w: Array) -> Array:
        return np.array([np.average(y, weights=w)])

    def residuals(self, y: Array, F: Array, w: Array) -> Array:
        return y[:, None] - F

    def leaves(self, leaf: Array, n_nodes: int, missed: Array, residual: Array, w: Array) -> Array:
        return _ratio(np.bincount(leaf, w * residual, n_nodes), np.bincount(leaf, w, n_nodes))

    def value(self, y: Array, F: Array, w: Array) -> float:
        return float(np.average((y - F[:, 0]) ** 2, weights=w))


@final
class Quantile(GradientLoss):
    """l = a (y - F) if y >= F else (1 - a) (F - y);   residual a or a - 1, leaf: the a-quantile of y - F."""

    def __init__(self, a: float) -> None:
        self.a = a

    def start(self, y: Array, w: Array) -> Array:
        return np.array([weighted_quantile(y, w, self.a)])

    def residuals(self, y: Array, F: Array, w: Array) -> Array:
        return np.where(y[:, None] >= F, self.a, self.a - 1.0)

    def leaves(self, leaf: Array, n_nodes: int, missed: Array, residual: Array, w: Array) -> Array:
        out = np.zeros(n_nodes)
        for node, rows in _groups(leaf, w):
            out[node] = weighted_quantile(missed[rows], w[rows], self.a)
        return out

    def value(self, y: Array, F: Array, w: Array) -> float:
        missed = y - F[:, 0]
        return float(np.average(np.where(missed > 0, self.a * missed, (self.a - 1.0) * missed), weights=w))


@final
class Absolute(GradientLoss):
    """l = |y - F|, twice the pinball loss of a = 1/2;   residual sign(y - F), leaf: the median of y - F."""

    _half = Quantile(0.5)

    def start(self, y: Array, w: Array) -> Array:
        return self._half.start(y, w)

    def residuals(self, y: Array, F: Array, w: Array) -> Array:
        return 2.0 * self._half.residuals(y, F, w)

    def leaves(self, leaf: Array, n_nodes: int, missed: Array, residual: Array, w: Array) -> Array:
        return self._half.leaves(leaf, n_nodes, missed, residual, w)

    def value(self, y: Array, F: Array, w: Array) -> float:
        return 2.0 * self._half.value(y, F, w)


@final
class Huber(GradientLoss):
    """l = (y - F)^2 / 2 within delta, delta (|y - F| - delta / 2) beyond;   residual: y - F cut off at +-delta.

    delta is the a-quantile of |y - F|, anew in each step.  Leaf: the median m of y - F, and one step from there, the
    mean of sign(r - m) min(delta, |r - m|).  Source: Friedman, Annals of Statistics 29, 2001, section 4.4.
    """

    def __init__(self, a: float) -> None:
        self.a, self.delta = a, np.inf

    def start(self, y: Array, w: Array) -> Array:
        return np.array([weighted_quantile(y, w, 0.5)])

    def residuals(self, y: Array, F: Array, w: Array) -> Array:
        missed = y - F[:, 0]
        self.delta = weighted_quantile(np.abs(missed), w, self.a)
        return np.clip(missed, -self.delta, self.delta)[:, None]

    def leaves(self, leaf: Array, n_nodes: int, missed: Array, residual: Array, w: Array) -> Array:
        out = np.zeros(n_nodes)
        for node, rows in _groups(leaf, w):
            m = weighted_quantile(missed[rows], w[rows], 0.5)
            out[node] = m + np.average(np.clip(missed[rows] - m, -self.delta, self.delta), weights=w[rows])
        return out

    def value(self, y: Array, F: Array, w: Array) -> float:
        far = np.abs(y - F[:, 0])
        loss = np.where(far <= self.delta, 0.5 * far**2, self.delta * (far - 0.5 * self.delta))
        return float(np.average(loss, weights=w))


@final
class Deviance(GradientLoss):
    """The log loss, for two classes twice it;   residual [y = k] - p_k, leaf: one Newton step.

        leaf = c sum w r / sum w p (1 - p),    p (1 - p) = |r| (1 - |r|),    c = 1 for K = 2, (K - 1) / K for more

    y holds class numbers.  Source: Friedman, Annals of Statistics 29, 2001, algorithms 5 and 6.
    """

    def __init__(self, n_classes: int) -> None:
        self.n_classes = n_classes
        self._log_loss = BinaryLogLoss() if n_classes == 2 else LogLoss(n_classes)

    def start(self, y: Array, w: Array) -> Array:
        return self._log_loss.start(y, w)

    def residuals(self, y: Array, F: Array, w: Array) -> Array:
        return -self._log_loss.gradients(y, F, np.ones(len(y)))[0]

    def leaves(self, leaf: Array, n_nodes: int, missed: Array, residual: Array, w: Array) -> Array:
        curve = np.abs(residual) * (1.0 - np.abs(residual))
        c = 1.0 if self.n_classes == 2 else (self.n_classes - 1) / self.n_classes
        return c * _ratio(np.bincount(leaf, w * residual, n_nodes), np.bincount(leaf, w * curve, n_nodes))

    def value(self, y: Array, F: Array, w: Array) -> float:
        return (2.0 if self.n_classes == 2 else 1.0) * self._log_loss.value(y, F, w)


def weighted_quantile(values: Array, w: Array, q: float) -> float:
    """The value at which the share q of the weight is reached; halfway to the next where it is reached exactly.

    values (N,), w (N,) >= 0 -> a number;  with weights of one and q = 1/2 it is the median.

    >>> weighted_quantile(np.array([4.0, 1.0, 2.0]), np.array([2.0, 1.0, 1.0]), 0.5)
    3.0
    """
    counting = np.flatnonzero(w > 0)
    order = counting[np.argsort(values[counting], kind="stable")]
    reached = np.cumsum(w[order])
    aim = q * reached[-1]
    slack = 1e-12 * reached[-1]  # rounding of the sum, about n^(1/2) 1e-16
    low = min(int(np.searchsorted(reached, aim - slack)), len(order) - 1)
    high = min(int(np.searchsorted(reached, aim + slack, side="right")), len(order) - 1)
    return 0.5 * float(values[order[low]] + values[order[high]])


def _groups(leaf: Array, w: Array) -> list[tuple[int, Array]]:
    """The rows of each leaf that count."""
    rows = np.flatnonzero(w > 0)
    order = rows[np.argsort(leaf[rows], kind="stable")]
    nodes, begin = np.unique(leaf[order], return_index=True)
    return list(zip(nodes.tolist(), np.split(order, begin[1:]), strict=True))


def _ratio(above: Array, below: Array) -> Array:
    return np.where(below > TINY, above / np.maximum(below, TINY), 0.0)
