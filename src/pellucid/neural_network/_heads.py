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
        self._rows = nn.BCEWithLogitsLoss(reduction="none") if n_classes == 2 else nn.CrossEntropyLoss(reduction="none")
        self._mean = nn.BCEWithLogitsLoss() if n_classes == 2 else nn.CrossEntropyLoss()

    def targets(self, codes: Array) -> Array:
        """Class numbers as the loss wants them: (N, 1) of 0 and 1 for two classes, (N,) of int64 else."""
        return codes[:, None].astype(np.float32) if self.n_outputs == 1 else codes.astype(np.int64)

    def loss(self, z: Tensor, targets: Array, weights: Array | None) -> Tensor:
        """Mean log-loss of a batch.   z (B, 1 or K), weights (B,) with mean 1 over all rows"""
        if weights is None:
            return self._mean(z, targets)
        rows = self._rows(z, targets)
        return (rows.reshape(len(weights)) * weights).mean()

    def probabilities(self, z: Array) -> Array:
        """Probabilities (N, K) in float64, rows summing to 1.   z (N, 1 or K)"""
        z = z.astype(np.float64)
        if self.n_outputs == 1:
            small = np.exp(-np.abs(z[:, 0]))
            p = np.where(z[:, 0] >= 0, 1.0, small) / (1.0 + small)
            return np.column_stack([1.0 - p, p])
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
        self._rows, self._mean = nn.MSELoss(reduction="none"), nn.MSELoss()

    @classmethod
    def of(cls, y: Array, weights: Array | None) -> "NumberHead":
        """The head for targets y (N, K); a constant target keeps its own scale, 1."""
        mean = np.average(y, axis=0, weights=weights)
        scale = np.sqrt(np.average((y - mean) ** 2, axis=0, weights=weights))
        return cls(mean, np.where(scale > 0, scale, 1.0))

    def targets(self, y: Array) -> Array:
        """Standardised, in float32.   y (N, K)"""
        return np.asarray((y - self.mean) / self.scale, dtype=np.float32)

    def loss(self, z: Tensor, targets: Array, weights: Array | None) -> Tensor:
        """Mean squared error of a batch, in standardised units.   z, targets (B, K)"""
        if weights is None:
            return self._mean(z, targets)
        return (self._rows(z, targets) * weights[:, None]).mean()

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


def forward(network: nn.Module, blocks: Any) -> Array:
    """The network's outputs for blocks of rows, one under another, recorded nowhere."""
    from pellucid.tensor import no_grad

    with no_grad():
        return np.concatenate([network(block).data for block in blocks])
