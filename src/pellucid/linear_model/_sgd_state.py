"""Where stochastic gradient descent stands, and the numbers by which its kernel knows losses and rates.

Here: `Going`, the state of one score; the codes of losses and learning rates; places of numbers in the state.
Elsewhere: what moves it is compiled, in _sgd_kernels.py; who loops is in _sgd.py.
Imports: numpy and pellucid.base.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from pellucid.base._tables import Array

HINGE, PERCEPTRON, SQUARED_HINGE, LOG_LOSS, MODIFIED_HUBER = range(5)
SQUARED_ERROR, HUBER, EPSILON_INSENSITIVE, SQUARED_EPSILON_INSENSITIVE = range(5, 9)
CONSTANT, OPTIMAL, INVSCALING, ADAPTIVE, PA1, PA2 = range(6)
SCALE, INTERCEPT, T, PULL, SUMS, MEAN_INTERCEPT, LOSS, MISTAKES = range(8)

MARGIN_LOSSES = {
    "hinge": HINGE,
    "log_loss": LOG_LOSS,
    "modified_huber": MODIFIED_HUBER,
    "squared_hinge": SQUARED_HINGE,
    "perceptron": PERCEPTRON,
}
RESIDUAL_LOSSES = {
    "squared_error": SQUARED_ERROR,
    "huber": HUBER,
    "epsilon_insensitive": EPSILON_INSENSITIVE,
    "squared_epsilon_insensitive": SQUARED_EPSILON_INSENSITIVE,
}
RATES = {
    "constant": CONSTANT,
    "optimal": OPTIMAL,
    "invscaling": INVSCALING,
    "adaptive": ADAPTIVE,
    "pa1": PA1,
    "pa2": PA2,
}


@final
@dataclass
class Going:
    """One score on its way: v, behind and pulled (D,), numbers (8,) as the kernel keeps them, and how it fares.

    >>> going = Going.at(np.array([1.0, 2.0]), 0.5)
    >>> going.weights(0)[0].tolist(), going.weights(0)[1]
    ([1.0, 2.0], 0.5)
    """

    v: Array
    behind: Array
    pulled: Array
    state: Array
    eta: float = 0.0
    best: float = np.inf
    waited: int = 0
    finished: bool = False

    @classmethod
    def at(cls, w: Array, intercept: float, t: float = 1.0) -> "Going":
        """At weights w (D,), with step t to come and nothing averaged."""
        state = np.zeros(8)
        state[[SCALE, INTERCEPT, T]] = 1.0, intercept, t
        return cls(np.array(w, np.float64), np.zeros(len(w)), np.zeros(len(w)), state)

    def weights(self, average: int) -> tuple[Array, float]:
        """w (D,) and b: those after the last step, or their mean over the steps from number `average` on, if any."""
        n = self.state[T] - average
        if average == 0 or n <= 0:
            return self.state[SCALE] * self.v, float(self.state[INTERCEPT])
        return (self.state[SUMS] * self.v - self.behind) / n, float(self.state[MEAN_INTERCEPT])
