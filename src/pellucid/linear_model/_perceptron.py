"""The perceptron.

Here: `Perceptron`.  Elsewhere: its epochs are in _sgd.py, other losses in _sgd_classifier.py.
Imports: numpy, pellucid.base, pellucid.persistence, pellucid.random and this package.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np

from pellucid.base import Limit
from pellucid.base._tables import Array
from pellucid.linear_model._linear import only_if
from pellucid.linear_model._sgd import STEP_LIMITS, Penalty
from pellucid.linear_model._sgd_classifier import CLASS_WEIGHT_LIMIT, ClassWeight, StepClassifier
from pellucid.linear_model._sgd_state import PERCEPTRON
from pellucid.persistence import register
from pellucid.random import Seed


@register("linear_model.Perceptron")
@final
class Perceptron(StepClassifier):
    """Rosenblatt's rule: a row on the wrong side pulls the weights towards its own.

        if y_i (w . x_i + b) <= 0:    w <- w + eta0 y_i x_i,    b <- b + eta0 y_i;    y_i = -1 or 1

    X (N, D), y (N,) -> coef_ (1, D) or (K, D), each of K > 2 classes against the rest.  An epoch costs N D.

    Assumes that a plane separates the classes: with margin g, and no row longer than r, there are at most (r / g)^2
    mistakes, and then none (Novikoff, 1962): `mistakes_` shows it.  Where none does, it never comes to rest; it stops
    when n_iter_no_change epochs did not lower the loss by tol.  The size of w means nothing: it gives no probabilities.

    Source: Rosenblatt, Psychological Review 65, 1958.

    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 0, 0, 1]
    >>> model = Perceptron(random_state=0).fit(X, y)
    >>> model.predict(X).tolist(), int(model.mistakes_[-1, 0])
    ([0, 0, 0, 1], 0)
    """

    limits: ClassVar[Mapping[str, Limit]] = {"class_weight": CLASS_WEIGHT_LIMIT, **STEP_LIMITS}

    mistakes_: Array
    """Rows that were on the wrong side, or on the plane, when they were met: (E, R), by epoch and score."""

    def __init__(
        self,
        *,
        penalty: Penalty = None,
        alpha: float = 0.0001,
        l1_ratio: float = 0.15,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        eta0: float = 1.0,
        random_state: Seed = 0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        class_weight: ClassWeight = None,
        warm_start: bool = False,
    ) -> None:
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.eta0 = eta0
        self.random_state = random_state
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.warm_start = warm_start

    @only_if(lambda model: False, "the rule gives no probabilities")
    def predict_proba(self, X: Any) -> Array:
        """Not there: the size of a score means nothing."""
        raise NotImplementedError

    predict_log_proba = predict_proba

    def _loss(self) -> tuple[int, float]:
        return PERCEPTRON, 0.0

    def _schedule(self) -> tuple[str, float, int]:
        return "constant", 0.0, 0

    def _note(self, mistakes: Array, *, anew: bool) -> None:
        self.mistakes_ = mistakes if anew else np.vstack([self.mistakes_, mistakes])
