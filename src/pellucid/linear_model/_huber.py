"""Least squares that outliers cannot pull far.

Here: `HuberRegressor`.  Elsewhere: the same loss a row at a time is SGDRegressor's.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package; SciPy inside the search.
"""

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import Flag, Limit, Real, Traits, Watch, Whole, check_targets, check_weights, kin
from pellucid.base._tables import Array
from pellucid.errors import ConvergenceWarning
from pellucid.linear_model._linear import LinearRegressor
from pellucid.linear_model._rows import Rows, as_float64
from pellucid.persistence import register

SIGMA_MIN = 10 * float(np.finfo(np.float64).eps)  # the objective divides by sigma; where all rows lie on a line it is 0


@register("linear_model.HuberRegressor")
@final
class HuberRegressor(LinearRegressor):
    """The line closest to the target, in squares for rows near it and in distance for those far from it.

        (w, b, sigma) = argmin sum_i s_i (sigma + sigma H((y_i - b - x_i . w) / sigma)) + alpha |w|^2
        H(z) = z^2 if |z| <= epsilon, else 2 epsilon |z| - epsilon^2

    sigma, the scale of the residuals, is learned too, so that `epsilon` is in units of it and the line does not depend
    on the unit of y.  X (N, D), y (N,) -> coef_ (D,), intercept_, scale_, outliers_ (N,): rows beyond epsilon.

    Found by L-BFGS, N D a step.  epsilon = 1.35 is 95 % as efficient as least squares where residuals are normal.
    Outliers are those in y: a row with an extreme x still pulls the line its way.  Scale the features first.

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
    """Steps of L-BFGS."""

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
        """Learn w, b and sigma from rows X (N, D) and targets y (N,); row i counts sample_weight[i] times."""
        from scipy.optimize import OptimizeResult, minimize

        kept = vars(self).copy() if self.warm_start else {}
        self._begin_fit()
        table = self._fit_rows(X)
        where = type(self).__name__
        aim = check_targets(y, table.shape[0], where=where).astype(np.float64)
        weights = check_weights(sample_weight, table.shape[0], where=where)
        share = np.ones(len(aim)) if weights is None else weights
        rows = as_float64(table)
        start = np.zeros(rows.shape[1] + 2)
        start[-1] = 1.0
        if np.shape(kept.get("coef_", ())) == (rows.shape[1],):
            start = np.array([*kept["coef_"], kept["intercept_"], kept["scale_"]])
        self._take(start, rows, aim, table.dtype, 0)

        def after_step(intermediate_result: OptimizeResult) -> None:
            self.n_iter_ += 1
            if self.callbacks:
                self._take(intermediate_result.x, rows, aim, table.dtype, self.n_iter_)
            best[:] = intermediate_result.x
            if watch.step(loss=float(intermediate_result.fun) / share.sum()):
                raise StopIteration

        best, result = start.copy(), None
        with Watch(self, self.max_iter) as watch:
            result = minimize(
                lambda v: self._value_and_gradient(v, rows, aim, share),
                start,
                jac=True,
                method="L-BFGS-B",
                bounds=[(-np.inf, np.inf)] * (len(start) - 1) + [(SIGMA_MIN, np.inf)],
                callback=after_step,
                options={"maxiter": self.max_iter, "gtol": self.tol, "ftol": 0.0, "maxls": 50},
            )
            best[:] = result.x
        self._take(best, rows, aim, table.dtype, max(self.n_iter_, 1))
        if result is not None and result.status == 1:
            message = (
                f"HuberRegressor: {self.n_iter_} steps (max_iter) did not reach tol={self.tol}. Raise max_iter or tol, "
                "or scale the features (pellucid.preprocessing.StandardScaler)."
            )
            warnings.warn(kin(ConvergenceWarning, message), stacklevel=2)
        return self

    def _value_and_gradient(self, v: Array, rows: Rows, aim: Array, share: Array) -> tuple[float, Array]:
        """The objective at v = (w, b, sigma), and its derivative.   v (D + 2,)"""
        w, b, sigma = v[:-2], v[-2] * self.fit_intercept, v[-1]
        r = aim - rows @ w - b
        far = np.abs(r) > self.epsilon * sigma
        bounded = np.where(far, self.epsilon * sigma * np.sign(r), r)  # of what rows pull with
        # sigma H(r / sigma) = (2 |r| - |bounded|) |bounded| / sigma; by sigma its derivative is -(bounded / sigma)^2
        cost = share @ (sigma + (2.0 * np.abs(r) - np.abs(bounded)) * np.abs(bounded) / sigma)
        pull = share * bounded * (-2.0 / sigma)
        gradient = np.empty_like(v)
        gradient[:-2] = rows.T @ pull + 2.0 * self.alpha * w
        gradient[-2] = pull.sum() * self.fit_intercept
        gradient[-1] = share.sum() - share @ (bounded / sigma) ** 2
        return float(cost + self.alpha * (w @ w)), gradient

    def _take(self, v: Array, rows: Rows, aim: Array, dtype: Any, steps: int) -> None:
        """Set (w, b, sigma) as what was learned."""
        self.coef_, self.scale_, self.n_iter_ = v[:-2].astype(dtype), float(v[-1]), steps
        self.intercept_ = float(v[-2]) if self.fit_intercept else 0.0
        self.outliers_ = np.abs(aim - rows @ v[:-2] - self.intercept_) > self.epsilon * self.scale_

    def _traits(self) -> Traits:
        return Traits(sparse=True)
