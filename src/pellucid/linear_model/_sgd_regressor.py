"""Regression that learns a row at a time.

Here: `SGDRegressor`.  Elsewhere: epochs are in _sgd.py, classification in _sgd_classifier.py.
Imports: numpy, pellucid.base, pellucid.persistence, pellucid.random and this package.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import Choice, Limit, Real, Traits, check_resumes, check_targets, check_weights, last_fit
from pellucid.base._tables import Array
from pellucid.errors import ModelFileError
from pellucid.linear_model._linear import LinearRegressor
from pellucid.linear_model._rows import Rows
from pellucid.linear_model._sgd import RATE_LIMITS, STEP_LIMITS, Descending, Penalty, Rate
from pellucid.linear_model._sgd_state import RESIDUAL_LOSSES
from pellucid.persistence import register
from pellucid.random import Seed


@register("linear_model.SGDRegressor")
@final
class SGDRegressor(Descending, LinearRegressor):
    """A line that learns from one row at a time: for very many rows, or rows that keep coming.

        J(w, b) = 1/N sum_i s_i l(y_i - w . x_i - b) + alpha R(w)
        w <- w - eta_t (s_i l'(y_i, p_i) x_i + alpha R'(w)),    b <- b - eta_t s_i l'(y_i, p_i)

    loss, of a residual r: squared_error r^2 / 2; huber, the same up to epsilon and straight beyond, for outliers;
    epsilon_insensitive max(0, |r| - epsilon), support vector regression; squared_epsilon_insensitive its square.
    Penalties, learning rates, costs, stopping and sources are those of `SGDClassifier`.

    X (N, D), y (N,) -> coef_ (D,), intercept_ (1,).  Assumes features on one scale, and targets too: at eta0 = 0.01
    rows longer than 14 make the steps of squared_error grow instead of shrink; the overflow is a DataError.

    >>> X = [[0.0], [1.0], [2.0], [3.0]]
    >>> model = SGDRegressor(random_state=0, penalty=None, eta0=0.1, tol=1e-9).fit(X, [1.0, 3.0, 5.0, 7.0])
    >>> model.predict([[1.5]]).round(1).tolist()
    [4.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "loss": Choice(*RESIDUAL_LOSSES),
        "epsilon": Real(low=0.0, says="where huber turns straight; what epsilon_insensitive lets pass"),
        **STEP_LIMITS,
        **RATE_LIMITS,
    }

    def __init__(
        self,
        loss: str = "squared_error",
        *,
        penalty: Penalty = "l2",
        alpha: float = 0.0001,
        l1_ratio: float = 0.15,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        epsilon: float = 0.1,
        random_state: Seed = None,
        learning_rate: Rate = "invscaling",
        eta0: float = 0.01,
        power_t: float = 0.25,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        warm_start: bool = False,
        average: bool | int = False,
    ) -> None:
        self.loss = loss
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.epsilon = epsilon
        self.random_state = random_state
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.power_t = power_t
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.average = average

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from rows X (N, D) and targets y (N,) until an epoch gains less than tol, or max_iter epochs.

        With warm_start it begins with the weights of the last fit, at the rate of a first step.  Raises DataError where
        that had another number of features; what that had learned then stays.
        """
        with last_fit(self, "coef_") as last:
            self._begin_fit()
            self._check_rate()
            rows = self._fit_rows(X)
            if last:
                check_resumes("SGDRegressor", "n_features_in_", last["n_features_in_"], self.n_features_in_)
            self._begin(1, rows.shape[1], last.get("coef_"), last.get("intercept_"))
            self._run(rows, *self._aims(rows, y, sample_weight), self.max_iter, once=False)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """One epoch over some rows, going on from what was learned; in pieces as at once, with shuffle=False."""
        self._check_params()
        self._check_rate()
        if "coef_" not in vars(self):
            self._begin_fit()
            rows = self._fit_rows(X)
            self._begin(1, rows.shape[1], None, None)
        else:
            rows = self._rows(X)
            if "_going" not in vars(self):  # it was loaded, and goes on from the weights that were kept
                self._begin(1, rows.shape[1], self.coef_, self.intercept_)
        self._run(rows, *self._aims(rows, y, sample_weight), 1, once=True)
        return self

    def _aims(self, rows: Rows, y: Any, sample_weight: Any) -> tuple[Array, Array]:
        where = type(self).__name__
        aim = check_targets(y, rows.shape[0], where=where).astype(np.float64)
        weights = check_weights(sample_weight, rows.shape[0], where=where)
        return aim[None], (np.ones(len(aim)) if weights is None else weights)[None]

    def _quality(self, scores: Array, aim: Array, weight: Array) -> float:
        share = weight if weight.any() else None
        spread = float(np.average((aim - np.average(aim, weights=share)) ** 2, weights=share))
        return 1.0 - float(np.average((aim - scores) ** 2, weights=share)) / (spread or 1.0)

    def _set_weights(self, dtype: Any) -> None:
        w, b = self._going[0].weights(self._schedule()[2])
        self.coef_, self.intercept_ = w.astype(dtype), np.array([b], dtype)

    def _loss(self) -> tuple[int, float]:
        return RESIDUAL_LOSSES[self.loss], float(self.epsilon)

    def _schedule(self) -> tuple[str, float, int]:
        return self.learning_rate, float(self.power_t), int(self.average)

    def _traits(self) -> Traits:
        return Traits(sparse=True)

    def _check_learned(self) -> None:
        if np.shape(self.coef_) != (self.n_features_in_,) or np.shape(self.intercept_) != (1,):
            found = np.shape(self.coef_), np.shape(self.intercept_)
            raise ModelFileError(
                f"SGDRegressor: coef_ and intercept_ in the record are {found}, not (({self.n_features_in_},), (1,))."
            )
