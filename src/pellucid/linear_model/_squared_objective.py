"""What least squares minimise, for solvers that take steps: value, gradient and Hessian side by side.

Here: `SquaredError`.  Elsewhere: what is said of all objectives is in _logistic_objective.py, solvers that take steps
are in _row_solvers.py, closed forms in _least_squares.py.
Imports: numpy, pellucid.base and this package.
"""

from typing import final

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._logistic_objective import IDENTITY, Objective
from pellucid.linear_model._rows import Rows


@final
class SquaredError(Objective):
    """l = |z - y|^2 / 2,   dl/dz = z - y,   d2l/dz2 = I,   y (R,)

    >>> share = np.array([0.5, 0.5])
    >>> objective = SquaredError(np.array([[1.0], [2.0]]), np.array([[1.0], [0.0]]), share, 0.0, False)
    >>> value, gradient = objective.value_and_gradient(np.array([[2.0]]))
    >>> value, gradient.tolist()
    (4.25, [[4.5]])
    """

    link = IDENTITY
    bend = 1.0

    def __init__(self, X: Rows, targets: Array, share: Array, penalty: float, intercept: bool) -> None:
        super().__init__(X, share, penalty, targets.shape[1], intercept)
        self.targets = targets

    def aims(self) -> Array:
        return self.targets

    def loss(self, z: Array) -> tuple[float, Array]:
        off = z - self.targets
        slope = off * self.share[:, None]
        return 0.5 * float(np.vdot(off, slope)), slope

    def add_curvature(self, total: Array, rows: Array, z: Array, share: Array) -> None:
        n_scores, width = self.shape
        scaled = rows * np.sqrt(share)[:, None]
        blocks = total.reshape(n_scores, width, n_scores, width)
        np.einsum("kikj->kij", blocks)[:] += scaled.T @ scaled
