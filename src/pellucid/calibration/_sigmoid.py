"""Platt's sigmoid.

Here: `Sigmoid`, a map from scores to probabilities with two parameters.
Elsewhere: who uses it to calibrate is in _calibrated_classifier.py; a free rising map is in _isotonic.py.
Imports: numpy, pellucid.base and pellucid.persistence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.persistence import register

MAX_STEPS = 100  # Newton needs about 10; the limit only ends what rounding keeps from settling
ROUNDING = 1e-13  # of the loss: near the minimum it falls by less than it is rounded, and no step can be asked for more
ENOUGH = 1e-12  # largest entry of the gradient, by weight; scores are scaled to 1 first


@register("calibration.Sigmoid")
@final
@dataclass(frozen=True)
class Sigmoid:
    """p(f) = 1 / (1 + exp(a f + b)).   scores f (N,) -> probabilities (N,)

        (a, b) = argmin -sum_i w_i (t_i log p(f_i) + (1 - t_i) log(1 - p(f_i)))
        t_i = (n_1 + 1) / (n_1 + 2) for positive rows, 1 / (n_0 + 2) for the others

    n_1 and n_0 are the weights of both; the targets t keep the slope finite where scores part the labels perfectly.
    Found by Newton's method with step halving.  Source: Platt, Probabilistic outputs for support vector machines, 1999;
    Lin, Lin and Weng, A note on Platt's probabilistic outputs, Machine Learning 68, 2007.

    >>> Sigmoid(-1.0, 0.0).predict(np.array([0.0, 2.0])).round(3).tolist()
    [0.5, 0.881]
    """

    a: float
    b: float

    @classmethod
    def learned(cls, scores: Array, positive: Array, weights: Array | None) -> Self:
        """The sigmoid closest to the labels.   scores (N,), positive (N,) 0 or 1, weights (N,) or None"""
        w = np.ones(len(scores)) if weights is None else weights
        n_1 = float(w @ positive)
        n_0 = float(w.sum() - n_1)
        target = np.where(positive > 0, (n_1 + 1.0) / (n_1 + 2.0), 1.0 / (n_0 + 2.0))
        unit = max(float(np.abs(scores).max()), 1e-300)
        design = np.column_stack([-scores / unit, -np.ones(len(scores))])  # (N, 2), so that log odds = design @ (a, b)
        ab = np.array([0.0, np.log((n_0 + 1.0) / (n_1 + 1.0))])
        loss = _loss(design @ ab, target, w)
        for _ in range(MAX_STEPS):
            p = _sigmoid(design @ ab)
            slope = design.T @ (w * (p - target))
            curve = design.T @ (design * (w * p * (1.0 - p))[:, None])
            step = np.linalg.lstsq(curve, slope, rcond=None)[0]  # scores that are all equal leave a direction open
            if np.abs(slope).max() <= ENOUGH * w.sum():
                ab = ab - step  # this near, a last step squares what is off, however flat the loss is there
                break
            while (lower := _loss(design @ (ab - step), target, w)) > loss * (1.0 + ROUNDING) and np.any(step):
                step = 0.5 * step
            ab, loss = ab - step, lower
        return cls(float(ab[0] / unit), float(ab[1]))

    def predict(self, scores: Array) -> Array:
        """Probabilities.   (N,) -> (N,)"""
        return _sigmoid(-(self.a * scores + self.b))

    def to_record(self) -> dict[str, Any]:
        """Its parameters."""
        return {"a": self.a, "b": self.b}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The sigmoid of these parameters."""
        return cls(float(record["a"]), float(record["b"]))


def _sigmoid(z: Array) -> Array:
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def _loss(z: Array, target: Array, w: Array) -> float:
    """-sum w (t log p + (1 - t) log(1 - p)),  p = sigmoid(z)."""
    return float(w @ (np.logaddexp(0.0, z) - target * z))
