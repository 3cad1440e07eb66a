"""What stands at the end of a network: the loss of its outputs, and what the outputs mean.

Here: `LabelHead` (scores of classes) and `NumberHead` (standardised targets).
Elsewhere: the losses are pellucid.nn's; the estimators that use these heads are beside this module.
Imports: numpy, pellucid.nn, pellucid.tensor.
"""

from typing import Any, final

import numpy as np

import pellucid.nn as nn
from pellucid.base._tables import Array
from pellucid.tensor._tensor import Tensor


@final
class LabelHead:
    """K classes: one logit for two of them, K logits for more; log-loss, weighted by row.

    K = 2:  p = 1 / (1 + e^-z)        K > 2:  p_k = e^(z_k) / sum_j e^(z_j)
    """

    def __init__(self, n_classes: int) -> None:
        self.n_outputs = 1 if n_classes == 2 else n_classes
        kind = nn.BCEWithLogitsLoss if n_classes == 2 else nn.CrossEntropyLoss
        self._mean, self._of_rows = kind(), kind(reduction="none")

    def targets(self, codes: Array, dtype: Any) -> Array:
        """Class numbers (N,) as the loss wants them: (N, 1) of 0 and 1 for two classes, (N,) of int64 else."""
        return codes[:, None].astype(dtype) if self.n_outputs == 1 else codes.astype(np.int64)

    def loss(self, z: Tensor, targets: Array, weights: Array | None) -> Tensor:
        """Mean log-loss of a batch.   z (B, 1 or K), weights (B,) with mean 1 over all rows"""
        if weights is None:
            return self._mean(z, targets)
        return (self._of_rows(z, targets).reshape(len(weights)) * weights).mean()

    def probabilities(self, z: Array) -> Array:
        """Probabilities (N, K) in float64, rows summing to 1.   z (N, 1 or K)"""
        z = z.astype(np.float64)
        if self.n_outputs == 1:
            z = np.column_stack([np.zeros(len(z)), z])  # softmax of (0, z) is sigmoid(z)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))

    def score(self, z: Array, targets: Array, weights: Array | None) -> float:
        """Accuracy, by weight."""
        right = (z > 0) == (targets > 0.5) if self.n_outputs == 1 else z.argmax(axis=1) == targets
        return float(np.average(right.reshape(len(z)), weights=weights))


@final
class NumberHead:
    """Targets (N, K), standardised to mean 0 and variance 1 so that one learning rate suits every unit of measurement.

    loss = mean (z - (y - mean) / scale)^2,    prediction = mean + scale z
    """

    def __init__(self, mean: Array, scale: Array) -> None:
        self.mean, self.scale = mean, scale
        self.n_outputs = len(mean)
        self._mean, self._of_rows = nn.MSELoss(), nn.MSELoss(reduction="none")

    @classmethod
    def of(cls, y: Array, weights: Array | None) -> "NumberHead":
        """The head for targets y (N, K); a constant target keeps its own scale, 1."""
        mean = np.average(y, axis=0, weights=weights)
        scale = np.sqrt(np.average((y - mean) ** 2, axis=0, weights=weights))
        return cls(mean, np.where(scale > 0, scale, 1.0))

    def targets(self, y: Array, dtype: Any) -> Array:
        """Standardised.   y (N, K)"""
        return np.asarray((y - self.mean) / self.scale, dtype=dtype)

    def loss(self, z: Tensor, targets: Array, weights: Array | None) -> Tensor:
        """Mean squared error of a batch, in standardised units.   z, targets (B, K)"""
        if weights is None:
            return self._mean(z, targets)
        return (self._of_rows(z, targets) * weights[:, None]).mean()

    def predictions(self, z: Array) -> Array:
        """Back in the units of the target, float64.   z (N, K)"""
        return np.asarray(self.mean + self.scale * z.astype(np.float64))

    def score(self, z: Array, targets: Array, weights: Array | None) -> float:
        """R^2, averaged over the targets; 0 for a constant target that is not met exactly."""
        missed = np.average((targets - z) ** 2, axis=0, weights=weights)
        spread = np.average((targets - np.average(targets, axis=0, weights=weights)) ** 2, axis=0, weights=weights)
        safe = np.where(spread > 0, spread, 1.0)
        return float(np.where(spread > 0, 1.0 - missed / safe, missed <= 0).mean())


Head = LabelHead | NumberHead
