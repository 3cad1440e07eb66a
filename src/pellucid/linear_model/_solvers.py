"""Minimisers of a smooth convex objective: Newton's method, and L-BFGS.

Both move a `Minimum` from where it stands and report every step.  What they leave in it is the last finished step, also
when a report asks to stop or Ctrl-C ends them.

Here: `newton`, `lbfgs`, `Minimum`.  Elsewhere: the objectives are in _logistic_objective.py.
Imports: numpy and pellucid.base; SciPy inside the functions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._logistic_objective import Objective

RIDGE = 1e-10  # on a Hessian scaled to a unit diagonal; far above its rounding (1e-16 times its width), far below 1
ENOUGH = 1e-4  # share of the fall a straight line promises that a step must reach; Nocedal and Wright, section 3.1
ROUNDING = 1e-14  # of J: a sum of N shares carries some 1e-15, and no step can be asked to fall by less
CURVATURE = 1 / 256  # of the loss near the minimum, where most rows are told apart: p (1 - p) of p = 0.996
STRICT = 2.0 * CURVATURE**0.5  # on tol: where the penalty outweighs the data, coordinates are longer than by p = 1/2
WHITENED_MAX = 1500  # features; beyond, N D^2 multiplications once cost more than the steps they spare
HALVINGS = 40  # 2^-40 of a step is below the rounding of w


@final
@dataclass
class Minimum:
    """Where a minimiser stands: w (R, D+1), J there, steps taken, and whether its tolerance was met."""

    w: Array
    value: float = np.inf
    steps: int = 0
    converged: bool = False


Report = Callable[[Minimum, float], bool]
"""Called after each step with the state and the largest entry of |gradient|; True asks to stop."""


def newton(objective: Objective, state: Minimum, tol: float, max_iter: int, report: Report) -> None:
    """w <- w - t H^-1 g, with t halved from 1 until J has fallen enough.

    Done when g^T H^-1 g / 2, by which J would still fall if it were a parabola, is at most tol^2; that step is taken
    too, and squares what was left.  The measure does not depend on the units of the features.
    Source: Boyd and Vandenberghe, Convex Optimization, algorithm 9.5.
    """
    state.value, gradient = objective.value_and_gradient(state.w)
    while state.steps < max_iter and not state.converged:
        step = _solve(objective.hessian(state.w), gradient.ravel()).reshape(gradient.shape)
        fall = 0.5 * float(np.vdot(gradient, step))
        w, value, gradient = _descend(objective, state, step, fall)
        state.w, state.value, state.steps, state.converged = w, value, state.steps + 1, fall <= tol**2
        if report(state, float(np.abs(gradient).max())):
            return


def _solve(hessian: Array, gradient: Array) -> Array:
    """H^-1 g by Cholesky, H scaled to a unit diagonal and lifted by a ridge that grows until H is positive definite."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    curvature = hessian.diagonal()
    scale = 1.0 / np.sqrt(np.where(curvature > 0, curvature, 1.0))
    hessian = hessian * scale * scale[:, None]
    diagonal = np.einsum("ii->i", hessian)  # a view
    ridge = RIDGE
    while True:
        diagonal += ridge
        try:
            step: Array = scale * cho_solve(cho_factor(hessian), scale * gradient)
            return step
        except LinAlgError:
            ridge *= 100.0


def _descend(objective: Objective, state: Minimum, step: Array, fall: float) -> tuple[Array, float, Array]:
    """The first of w - step, w - step/2, w - step/4, ... with enough of the fall; w, J and the gradient there."""
    size = 1.0
    slack = ROUNDING * abs(state.value)
    for _ in range(HALVINGS):
        w = state.w - size * step
        value, gradient = objective.value_and_gradient(w)
        if value <= state.value - ENOUGH * size * 2.0 * fall + slack:
            break
        size /= 2.0
    return w, value, gradient


def lbfgs(objective: Objective, state: Minimum, tol: float, max_iter: int, report: Report) -> None:
    """Limited-memory BFGS, in coordinates in which J bends about alike in every direction.

    Done when no entry of the gradient in those coordinates exceeds tol / 8, or when rounding lets J fall no further.
    The coordinates only steer the search: J, its penalty and its minimum are those of the features as they are.
    Source: Byrd, Lu, Nocedal and Zhu, SIAM Journal on Scientific Computing 16, 1995.
    """
    from scipy.optimize import OptimizeResult, minimize

    lens = _Lens(objective)
    gradient = np.zeros(objective.shape)

    def value_and_gradient(v: Array) -> tuple[float, Array]:
        nonlocal gradient
        value, own = objective.value_and_gradient(lens.to_own(v.reshape(objective.shape)))
        gradient = lens.gradient(own)
        return value, gradient.ravel()

    def after_step(intermediate_result: OptimizeResult) -> None:
        w = lens.to_own(intermediate_result.x.reshape(objective.shape))
        state.w, state.value, state.steps = w, float(intermediate_result.fun), state.steps + 1
        if report(state, float(np.abs(gradient).max())):
            raise StopIteration

    options: dict[str, Any] = {"maxiter": max_iter, "gtol": tol * STRICT, "ftol": 0.0, "maxls": 50, "maxcor": 20}
    start = lens.to_seen(state.w).ravel()
    result = minimize(value_and_gradient, start, jac=True, method="L-BFGS-B", callback=after_step, options=options)
    state.value, state.converged = float(result.fun), bool(result.success)


@final
class _Lens:
    """w seen in coordinates v of centred and whitened features: coef = v L^-1, intercept = v_0 - coef . centre.

        L L^T = cov(x) + a / CURVATURE I

    is the curvature of J along the coefficients of one score, in units of the loss's own, where every row bends it by
    CURVATURE; with more than WHITENED_MAX features only its diagonal is used.
    """

    def __init__(self, objective: Objective) -> None:
        self._width = objective.X.shape[1]
        self._centre = objective.share @ objective.X if objective.intercept else np.zeros(self._width)
        lift = objective.penalty / CURVATURE
        if self._width <= WHITENED_MAX:
            self._root = _root_of(objective.spread(self._centre), lift)
        else:
            bend = objective.variance(self._centre) + lift
            self._scale = np.sqrt(np.where(bend > 0, bend, 1.0))

    def to_own(self, v: Array) -> Array:
        """w of v.   (R, D+1) -> (R, D+1)"""
        w = v.copy()
        w[:, : self._width] = self._unscaled(v[:, : self._width], transposed=True)
        w[:, self._width :] -= (w[:, : self._width] @ self._centre)[:, None]
        return w

    def to_seen(self, w: Array) -> Array:
        """v of w.   (R, D+1) -> (R, D+1)"""
        v = w.copy()
        coef = w[:, : self._width]
        v[:, self._width :] += (coef @ self._centre)[:, None]
        v[:, : self._width] = coef * self._scale if self._width > WHITENED_MAX else coef @ self._root
        return v

    def gradient(self, own: Array) -> Array:
        """dJ/dv of dJ/dw.   (R, D+1) -> (R, D+1)"""
        seen = own.copy()
        if own.shape[1] > self._width:
            seen[:, : self._width] -= own[:, self._width :] * self._centre
        seen[:, : self._width] = self._unscaled(seen[:, : self._width], transposed=False)
        return seen

    def _unscaled(self, rows: Array, *, transposed: bool) -> Array:
        """L^-1 x, or L^-T x, for each row x."""
        if self._width > WHITENED_MAX:
            scaled: Array = rows / self._scale
            return scaled
        from scipy.linalg import solve_triangular

        solved: Array = solve_triangular(self._root, rows.T, lower=True, trans=int(transposed), check_finite=False).T
        return solved


def _root_of(spread: Array, lift: float) -> Array:
    """L with L L^T = spread + lift I, lifted further, in units of each feature's own spread, until it is definite."""
    from scipy.linalg import LinAlgError, cholesky

    own = spread.diagonal() + lift
    scale = np.sqrt(np.where(own > 0, own, 1.0))
    matrix = (spread + lift * np.eye(len(spread))) / scale / scale[:, None]
    diagonal = np.einsum("ii->i", matrix)  # a view
    ridge = RIDGE
    while True:
        diagonal += ridge
        try:
            root: Array = scale[:, None] * cholesky(matrix, lower=True)
            return root
        except LinAlgError:
            ridge *= 100.0
