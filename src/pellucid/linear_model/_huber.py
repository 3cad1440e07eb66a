"""Least squares that outliers cannot pull far.

Here: `HuberRegressor`.
Elsewhere: what it minimises and the search are in _huber_objective.py; the same loss a row at a time is SGDRegressor's.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import (
    Flag,
    Limit,
    Real,
    Traits,
    Watch,
    Whole,
    check_resumes,
    check_targets,
    check_weights,
    kin,
    last_fit,
)
from pellucid.base._tables import Array
from pellucid.errors import ConvergenceWarning
from pellucid.linear_model._huber_objective import Found, HuberObjective, search
from pellucid.linear_model._linear import LinearRegressor
from pellucid.linear_model._rows import as_float64
from pellucid.persistence import register


@register("linear_model.HuberRegressor")
@final
class HuberRegressor(LinearRegressor):
    """The line closest to the target, in squares for rows near it and in distance for those far from it.

        (w, b, sigma) = argmin sum_i s_i (sigma + sigma H((y_i - b - x_i . w) / sigma)) + alpha |w|^2
        H(z) = z^2 if |z| <= epsilon, else 2 epsilon |z| - epsilon^2

    sigma, the scale of the residuals, is learned too, so that `epsilon` is in units of it and the line does not depend
    on the unit of y.  X (N, D), y (N,) -> coef_ (D,), intercept_, scale_, outliers_ (N,): rows beyond epsilon.

    Found by Newton's method, v <- v - H^-1 dF/dv for v = (w, b, sigma), damped until the objective falls: N D^2 a step;
    for more than 200 features by L-BFGS, N D a step.  epsilon = 1.35 is 95 % as efficient as least squares where
    residuals are normal.  At epsilon = 1 the best sigma is 0 and this is the line of least absolute deviations, which
    scikit-learn's search misses by up to some 0.5 % of the objective (diabetes): it ends where its steps fail.

    It assumes errors of one scale around a weighted sum of the features, and outliers in y: a row with an extreme x
    still pulls the line its way.

    Gives a ConvergenceWarning when `max_iter` ends the search.  Source: Huber and Ronchetti, Robust Statistics, 2nd
    edition, 2009, section 7.7; Owen, A robust hybrid of lasso and ridge regression, 2007.

    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0]], [1.0, 3.1, 4.9, 7.0, 99.0]
    >>> model = HuberRegressor(alpha=0.0).fit(X, y)
    >>> model.predict([[3.0]]).round(1).tolist(), model.outliers_.tolist()
    ([7.2], [False, False, False, False, True])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "epsilon": Real(low=1.0, says="residuals beyond so many sigma count by their distance"),
        "max_iter": Whole(low=1, says="steps"),
        "alpha": Real(low=0.0, says="weight of the penalty on w^2"),
        "warm_start": Flag(says="whether to begin where the last fit ended"),
        "fit_intercept": Flag(says="whether to learn b; otherwise it is 0"),
        "tol": Real(low=0.0, open_low=True, says="largest entry of the gradient of the objective at the end"),
    }

    scale_: float
    """sigma."""
    outliers_: Array
    """Whether each row (N,) lies farther than epsilon sigma from the line."""
    n_iter_: int
    """Steps of the search."""

    def __init__(
        self,
        *,
        epsilon: float = 1.35,
        max_iter: int = 100,
        alpha: float = 0.0001,
        warm_start: bool = False,
        fit_intercept: bool = True,
        tol: float = 1e-5,
    ) -> None:
        self.epsilon = epsilon
        self.max_iter = max_iter
        self.alpha = alpha
        self.warm_start = warm_start
        self.fit_intercept = fit_intercept
        self.tol = tol

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn w, b and sigma from rows X (N, D) and targets y (N,); row i counts sample_weight[i] times.

        With warm_start it begins where the last fit ended.  Raises DataError where that had another number of features;
        what it had learned then stays.
        """
        with last_fit(self, "coef_") as last:
            self._begin_fit()
            table = self._fit_rows(X)
            where = type(self).__name__
            aim = check_targets(y, table.shape[0], where=where).astype(np.float64)
            weights = check_weights(sample_weight, table.shape[0], where=where)
            share = np.ones(len(aim)) if weights is None else weights
            objective = HuberObjective(as_float64(table), aim, share, self.epsilon, self.alpha, self.fit_intercept)
            found = Found(objective.start())
            if last:
                check_resumes(where, "n_features_in_", len(last["coef_"]), table.shape[1])
                found.v = np.array([*last["coef_"], last["intercept_"] * self.fit_intercept, last["scale_"]])
            self._take(objective, found, table.dtype)

            def report(v: Array, value: float) -> bool:
                if self.callbacks:
                    self._take(objective, found, table.dtype)
                return watch.step(loss=value / share.sum())

            with Watch(self, self.max_iter) as watch:
                search(objective, found, self.tol, self.max_iter, report)
            self._take(objective, found, table.dtype)
        if not found.done and found.steps >= self.max_iter:
            message = (
                f"HuberRegressor: {self.n_iter_} steps (max_iter) did not reach tol={self.tol}. Raise max_iter or tol, "
                "or epsilon."
            )
            warnings.warn(kin(ConvergenceWarning, message), stacklevel=2)
        return self

    def _take(self, objective: HuberObjective, found: Found, dtype: Any) -> None:
        """Set (w, b, sigma) as what was learned."""
        v = found.v
        self.coef_, self.intercept_, self.scale_ = v[:-2].astype(dtype), float(v[-2]), float(v[-1])
        self.outliers_ = np.abs(objective.residuals(v)) > self.epsilon * self.scale_
        self.n_iter_ = found.steps

    def _traits(self) -> Traits:
        return Traits(sparse=True)
