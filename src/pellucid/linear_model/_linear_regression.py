"""Least squares.

Here: `LinearRegression`.
Elsewhere: what it minimises in steps is in _squared_objective.py, by what in _row_solvers.py; other solutions of least
squares are in _least_squares.py; the checks of its input and R^2 are in pellucid.base.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.base, pellucid.random and this package; SciPy and Numba
inside the functions.
"""

import math
import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import SEED, Choice, Flag, Limit, Real, Watch, Whole, check_weights, kin
from pellucid.base._tables import Array
from pellucid.errors import ConvergenceWarning, ParameterError
from pellucid.linear_model._least_squares import (
    EPSILON,
    INDEPENDENT,
    Singular,
    solve_iterated,
    solve_moments,
    triangle,
)
from pellucid.linear_model._linear import LinearRegressor
from pellucid.linear_model._moments import means, moments, with_residuals
from pellucid.linear_model._ridge import GRAM_FEATURES_MAX, target_columns
from pellucid.linear_model._row_solvers import gd, sgd
from pellucid.linear_model._rows import Rows, as_float64, is_sparse, row_scaled
from pellucid.linear_model._solvers import Minimum, Report
from pellucid.linear_model._squared_objective import SquaredError
from pellucid.persistence import register
from pellucid.random import Seed, generator

Solver = Literal["auto", "gd", "sgd"]

LSQR_TOL = 1e-14  # relative to the sizes of X and y; rounding ends it before
TALL = 64  # rows by columns from which on QR comes first; by measurement, 20 columns
LSQR_STEPS = 10  # times the number of columns, after which exact arithmetic would have ended


@register("linear_model.LinearRegression")
@final
class LinearRegression(LinearRegressor):
    """The weighted sum of the features that is closest to the target in squares.

        y ~ b + X w,    (w, b) = argmin sum_i s_i (y_i - b - x_i . w)^2,    with `positive` among w >= 0

    X (N, D), y (N,) -> coef_ (D,), intercept_;  y (N, K) -> coef_ (K, D), intercept_ (K,).  Computed in float64; a
    float32 table gets float32 coefficients.

    solver="auto" is the closed form, by the singular value decomposition of the centred rows, of many after QR of a
    block at a time: 2 to 4 N D^2 multiplications.  Where columns depend on each other (rank_ < D, always so when
    D >= N) many w fit equally well, and the shortest is taken.  Sparse rows: by Cholesky of X^T X, D^2 numbers, where
    that loses too many digits by QR of a block of rows at a time, and for more than 4000 columns by LSQR, N D a step.
    `positive`: by the active sets of Lawson and Hanson, after QR.

    solver="gd" and "sgd" are to be watched: callbacks see the model after each step, or epoch, and the mean squared
    error of the training rows as `loss`.  They step in standardised features (sparse rows are scaled, not centred) and
    in units of the spread of y:

        gd     w <- w - g / L, g the gradient of half the mean squared error, L its largest curvature or up to twice
               that; N D K a step.  The error of w shrinks by 1 - l / L each step, l the smallest curvature: features
               that nearly depend on each other take thousands of steps
        sgd    w <- w - eta (x_i . w + b - y_i) x_i for each row in a new order every epoch, N D K; eta is halved when
               an epoch gains less than `tol`, and after 5 such in a row it ends: near the minimum, not at it

    It assumes that the target is a sum of effects of single features.  One row far off in y or X moves the line by the
    square of the distance (HuberRegressor); with many features beside few rows it fits the noise (Ridge, Lasso).

    Raises DataError for input that is not finite numbers, ParameterError for `positive` with a solver that cannot.
    Gives a ConvergenceWarning when `max_iter` ends gd or sgd.  Sources: Golub and Van Loan, Matrix Computations, 4th
    edition, section 5.5; Lawson and Hanson, Solving Least Squares Problems, 1974, chapter 23; Robbins and Monro, 1951.

    >>> model = LinearRegression().fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> model.coef_.round(6).tolist(), round(model.intercept_, 6), model.predict([[10.0]]).round(6).tolist()
    ([2.0], 1.0, [21.0])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "fit_intercept": Flag(says="whether to learn b; otherwise it is 0"),
        "positive": Flag(says="whether only w >= 0 are looked at"),
        "solver": Choice("auto", "gd", "sgd", says="auto: closed form"),
        "tol": Real(
            low=0.0,
            open_low=True,
            says="gd: on the gradient, features and target standardised; sgd: on what an epoch gains, so too",
        ),
        "max_iter": Whole(low=1, says="steps of gd, epochs of sgd"),
        "random_state": SEED,
    }

    coef_: Array
    intercept_: Any  # float for y (N,), Array (K,) for y (N, K)
    rank_: int
    """Number of columns, after centring, that do not depend on the others; of dense rows solved in closed form."""
    singular_: Array
    """Singular values (min(N, D),) of the centred, weighted rows, largest first; there where rank_ is."""
    n_iter_: int
    """Steps of gd or LSQR, epochs of sgd; 1 for what takes no steps."""

    def __init__(
        self,
        *,
        fit_intercept: bool = True,
        positive: bool = False,
        solver: Solver = "auto",
        tol: float = 1e-6,
        max_iter: int = 1000,
        random_state: Seed = None,
    ) -> None:
        self.fit_intercept = fit_intercept
        self.positive = positive
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn w and b from rows X (N, D) and targets y (N,) or (N, K); row i counts sample_weight[i] times."""
        self._begin_fit()
        if self.positive and self.solver != "auto":
            raise ParameterError(
                f"LinearRegression: positive=True with solver={self.solver!r}, whose steps lead to any sign; "
                "leave solver='auto'."
            )
        table = self._fit_rows(X)
        where = type(self).__name__
        aims, alone = target_columns(y, table.shape[0], where=where)
        weights = check_weights(sample_weight, table.shape[0], where=where)
        rows = as_float64(table)
        if weights is not None and not weights.all():
            counts = weights > 0
            rows, aims, weights = rows[counts], aims[counts], weights[counts]
        if self.solver != "auto":
            return self._descend(rows, aims, weights, alone, table.dtype)
        self.n_iter_ = 1
        pick = self._solve_sparse if is_sparse(rows) else self._solve_dense
        solve = self._solve_positive if self.positive else pick
        slopes, level, centre = solve(rows, aims, weights)
        self._take_line(slopes[:, 0] if alone else slopes, level[0] if alone else level, centre, table.dtype)
        return self

    def _solve_dense(self, rows: Array, aims: Array, weights: Array | None) -> tuple[Array, Array, Array]:
        """Slopes (D, K), and the means (K,) of the targets and (D,) of the features."""
        centre, level = means(rows, aims, weights, self.fit_intercept)
        root, least = np.ones(len(aims)) if weights is None else np.sqrt(weights), EPSILON * max(rows.shape)
        off = (aims - level) * root[:, None]
        tall = len(rows) >= TALL * rows.shape[1] and off.shape[1] <= rows.shape[1]
        rows, off = triangle(rows, off, centre, root) if tall else ((rows - centre) * root[:, None], off)
        slopes, _, rank, self.singular_ = np.linalg.lstsq(rows, off, rcond=least)
        self.rank_ = int(rank)
        return slopes, level, centre

    def _solve_sparse(self, rows: Rows, aims: Array, weights: Array | None) -> tuple[Array, Array, Array]:
        """As `_solve_dense`, without filling the rows."""
        centre, level = means(rows, aims, weights, self.fit_intercept)
        root = np.ones(len(aims)) if weights is None else np.sqrt(weights)
        off, free = (aims - level) * root[:, None], np.zeros(aims.shape[1])
        if rows.shape[1] > GRAM_FEATURES_MAX:
            steps = LSQR_STEPS * rows.shape[1]
            slopes, self.n_iter_ = solve_iterated(row_scaled(rows, root), off, centre, root, free, LSQR_TOL, steps)
            return slopes, level, centre
        known = moments(rows, aims, weights, self.fit_intercept)
        try:
            slopes = solve_moments(known, free, INDEPENDENT)
            rest = with_residuals(known, rows, aims, weights, slopes)  # of what is left: X^T X has lost half the digits
            return slopes + solve_moments(rest, free), level, centre
        except Singular:
            return np.linalg.lstsq(*triangle(rows, off, centre, root))[0], level, centre

    def _solve_positive(self, rows: Rows, aims: Array, weights: Array | None) -> tuple[Array, Array, Array]:
        """As `_solve_dense`, for w >= 0 only."""
        from scipy.optimize import nnls

        centre, level = means(rows, aims, weights, self.fit_intercept)
        root = np.ones(len(aims)) if weights is None else np.sqrt(weights)
        known, right = triangle(rows, (aims - level) * root[:, None], centre, root)
        return np.column_stack([nnls(known, aim)[0] for aim in right.T]), level, centre

    def _descend(self, rows: Rows, aims: Array, weights: Array | None, alone: bool, dtype: Any) -> Self:
        """Learn w and b by steps."""
        rows = rows if is_sparse(rows) else np.ascontiguousarray(rows)
        share = np.full(len(aims), 1.0 / len(aims)) if weights is None else weights / weights.sum()
        level = share @ aims if self.fit_intercept else np.zeros(aims.shape[1])
        off = aims - level
        unit = math.sqrt(float((share @ np.square(off)).sum()) / aims.shape[1]) or 1.0
        objective = SquaredError(rows, off / unit, share, 0.0, self.fit_intercept)
        state = Minimum(np.zeros(objective.shape))

        def take() -> None:
            n_features, w = rows.shape[1], state.w * unit
            slopes = np.ascontiguousarray(w[:, :n_features].T)
            base = level + w[:, n_features] if self.fit_intercept else level
            at = np.zeros(n_features)
            self._take_line(slopes[:, 0] if alone else slopes, base[0] if alone else base, at, dtype)
            self.n_iter_ = state.steps

        def report(state: Minimum, slope: float) -> bool:
            if self.callbacks:
                take()
            return watch.step(loss=2.0 * state.value * unit**2, gradient=slope)

        take()
        with Watch(self, self.max_iter) as watch:
            self._minimise(objective, state, report)
        take()
        if not state.converged and state.steps >= self.max_iter:
            message = (
                f"LinearRegression: {state.steps} steps (max_iter) of {self.solver} did not reach tol={self.tol}. "
                "Raise max_iter or tol; features that nearly depend on each other need many. solver='auto' needs none."
            )
            warnings.warn(kin(ConvergenceWarning, message), stacklevel=3)
        return self

    def _minimise(self, objective: SquaredError, state: Minimum, report: Report) -> None:
        if self.solver == "gd":
            gd(objective, state, self.tol, self.max_iter, report)
        else:
            sgd(objective, state, self.tol, self.max_iter, report, generator(self.random_state))
