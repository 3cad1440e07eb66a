"""Least squares with a penalty on the squares of the weights.

Here: `Ridge`, and `target_columns`, which its cross-validated form shares.
Elsewhere: the solutions are in _least_squares.py; the choice of alpha is in _ridge_cv.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, Limit, OneOf, Real, Whole, check_targets, check_weights
from pellucid.base._tables import Array
from pellucid.errors import ParameterError
from pellucid.linear_model._least_squares import (
    INDEPENDENT,
    Singular,
    solve_iterated,
    solve_kernel,
    solve_moments,
    solve_positive,
    solve_spectrum,
    triangle,
)
from pellucid.linear_model._linear import LinearRegressor
from pellucid.linear_model._moments import means, moments, with_residuals
from pellucid.linear_model._rows import Rows, as_float64, is_sparse, row_scaled
from pellucid.persistence import register

GRAM_FEATURES_MAX = 4000  # of sparse rows: a D x D matrix of 128 MB; with more columns the rows stay as they are

Solver = Literal["auto", "cholesky", "svd", "lsqr"]


def target_columns(y: Any, n_rows: int, *, where: str) -> tuple[Array, bool]:
    """y (N,) or (N, T) as float64 columns (N, T), and whether it came as one."""
    targets = check_targets(y, n_rows, where=where, many=True)
    return targets.reshape(n_rows, -1).astype(np.float64), targets.ndim == 1


@register("linear_model.Ridge")
@final
class Ridge(LinearRegressor):
    """The weighted sum of the features that is close to the target, with small weights.

        (w, b) = argmin sum_i s_i (y_i - b - x_i . w)^2 + alpha |w|^2,    w = (X^T S X + alpha I)^-1 X^T S y  (centred)

    X (N, D), y (N,) -> coef_ (D,), intercept_;  y (N, K) -> coef_ (K, D), intercept_ (K,).  The intercept is not
    penalised.  `alpha` is a number, or one for each target (K,).  `positive` admits only w >= 0.

    Closed form, but for "lsqr".  solver: "cholesky" of the smaller of X^T X and X X^T, which costs N D min(N, D)
    multiplications; "svd" of X, some ten times slower, right also where columns depend on each other (of sparse rows
    that of R, X = Q R); "lsqr" for large sparse rows, N D a step.  "auto" takes the first, the second where the first
    would lose half the digits or more, or alpha = 0, the third for sparse rows of more than 4000 columns.  Assumes that
    the target is a sum of many small effects; outliers in y pull by the square of their distance.  A column on a large
    scale is penalised less than the same column on a small one: scale them first.

    Raises DataError for input that is not finite numbers, ParameterError for alphas that are not one for each target.
    Source: Hoerl and Kennard, Technometrics 12, 1970.

    >>> model = Ridge(alpha=2.0).fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> model.coef_.tolist(), model.intercept_, model.predict([[10.0]]).tolist()
    ([1.0], 2.0, [12.0])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "alpha": OneOf(
            Real(low=0.0), Kind(np.ndarray, list, tuple, words="one such for each target"), says="weight of the penalty"
        ),
        "fit_intercept": Flag(says="whether to learn b; otherwise it is 0"),
        "positive": Flag(says="whether only w >= 0 are looked at"),
        "solver": Choice("auto", "cholesky", "svd", "lsqr"),
        "max_iter": OneOf(Whole(low=1), Choice(None), says="steps of lsqr; None: twice the number of columns"),
        "tol": Real(low=0.0, open_low=True, says="of lsqr, relative to the sizes of X and y"),
    }

    n_iter_: int
    """Steps of lsqr, those of the slowest target; 1 for the other solvers."""
    solver_: str
    """The solver that was used."""

    def __init__(
        self,
        alpha: Any = 1.0,
        *,
        fit_intercept: bool = True,
        positive: bool = False,
        solver: Solver = "auto",
        max_iter: int | None = None,
        tol: float = 1e-10,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.positive = positive
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn w and b from rows X (N, D) and targets y (N,) or (N, K); row i counts sample_weight[i] times."""
        self._begin_fit()
        rows = self._fit_rows(X)
        where = type(self).__name__
        aims, alone = target_columns(y, rows.shape[0], where=where)
        weights = check_weights(sample_weight, rows.shape[0], where=where)
        alpha = self._alphas(aims.shape[1])
        slopes, level, centre = self._solve(rows, aims, weights, alpha)
        self._take_line(slopes[:, 0] if alone else slopes, level[0] if alone else level, centre, rows.dtype)
        return self

    def _alphas(self, n_targets: int) -> Array:
        """alpha (T,)."""
        alpha = np.asarray(self.alpha, dtype=np.float64)
        if alpha.ndim and alpha.shape != (n_targets,):
            raise ParameterError(
                f"Ridge: alpha has shape {alpha.shape} and y has {n_targets} targets; give one number, or one for each."
            )
        if not (np.isfinite(alpha) & (alpha >= 0)).all():
            raise ParameterError(f"Ridge: alpha is {self.alpha!r}; each must be a number >= 0.")
        return np.broadcast_to(alpha, (n_targets,))

    def _solve(self, rows: Rows, aims: Array, weights: Array | None, alpha: Array) -> tuple[Array, Array, Array]:
        """Slopes (D, T), and the means (T,) of the targets and (D,) of the features."""
        self.n_iter_, self.solver_ = 1, self._pick(rows, alpha)
        if self.solver_ == "cholesky":
            try:
                return self._by_cholesky(rows, aims, weights, alpha)
            except Singular:
                self.solver_ = "svd"
        centre, level = means(rows, aims, weights, self.fit_intercept)
        root = np.ones(len(aims)) if weights is None else np.sqrt(weights)
        off = (aims - level) * root[:, None]
        if self.solver_ == "lsqr":
            scaled = row_scaled(as_float64(rows), root)
            slopes, self.n_iter_ = solve_iterated(scaled, off, centre, root, alpha, self.tol, self.max_iter)
            return slopes, level, centre
        if is_sparse(rows) and not self.positive:
            return solve_spectrum(*triangle(rows, off, centre, root), alpha, len(aims)), level, centre
        dense = rows.toarray() if is_sparse(rows) else rows
        scaled = (dense - centre) * root[:, None]
        if self.positive:
            from scipy.optimize import nnls

            slopes = np.column_stack([nnls(*_augmented(scaled, off[:, t], alpha[t]))[0] for t in range(len(alpha))])
            return slopes, level, centre
        return solve_spectrum(scaled, off, alpha), level, centre

    def _pick(self, rows: Rows, alpha: Array) -> str:
        if self.positive:
            return "cholesky"
        if self.solver != "auto":
            return self.solver
        if is_sparse(rows):
            return "lsqr" if rows.shape[1] > GRAM_FEATURES_MAX else "cholesky"
        return "cholesky" if alpha.all() else "svd"

    def _by_cholesky(self, rows: Rows, aims: Array, weights: Array | None, alpha: Array) -> tuple[Array, Array, Array]:
        n_rows, n_features = rows.shape
        if self.positive or is_sparse(rows) or n_features <= n_rows:
            known = moments(rows, aims, weights, self.fit_intercept)
            slopes = solve_positive(known, alpha) if self.positive else solve_moments(known, alpha, INDEPENDENT)
            if is_sparse(rows) and not self.positive:  # centring has cost digits, which the rows themselves still have
                rest = with_residuals(known, as_float64(rows), aims, weights, slopes)
                slopes += solve_moments(replace(rest, product=rest.product - slopes * alpha), alpha)
            return slopes, known.level, known.centre
        centre, level = means(rows, aims, weights, self.fit_intercept)
        root = np.ones(n_rows) if weights is None else np.sqrt(weights)
        scaled, off = (rows - centre) * root[:, None], (aims - level) * root[:, None]
        return solve_kernel(scaled, off, alpha), level, centre


def _augmented(rows: Array, aim: Array, a: float) -> tuple[Array, Array]:
    """Rows and targets whose plain least squares are those with the penalty a."""
    n_features = rows.shape[1]
    return np.vstack([rows, np.sqrt(a) * np.eye(n_features)]), np.concatenate([aim, np.zeros(n_features)])
