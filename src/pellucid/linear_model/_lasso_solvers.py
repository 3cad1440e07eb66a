"""Minimisers of a smooth convex objective plus a penalty on the sizes of its coefficients.

    F(w) = J(w) + lasso |coef|_1

Both move a `Minimum` as those in _solvers.py do, and leave in it what they leave; its value is F.

Here: `newton_lasso`, `lbfgs_lasso`, `steepest`.  Elsewhere: minimisers without such a penalty are in _solvers.py.
Imports: numpy, pellucid.base and this package; SciPy and Numba inside the functions.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._logistic_objective import Objective
from pellucid.linear_model._solvers import ENOUGH, HALVINGS, RIDGE, ROUNDING, Minimum, Report

SWEEPS = 2000  # of coordinate descent in a step of Newton's; each is D^2 operations, and few are needed
STILL = 1e-3  # share of tol^2; a coordinate that moves J by less is at rest


def newton_lasso(objective: Objective, state: Minimum, tol: float, max_iter: int, report: Report) -> None:
    """w <- w + t d,  d = argmin g . d + d^T H d / 2 + lasso |coef(w + d)|_1  by coordinate descent, t halved from 1.

    Done when F would fall by at most tol^2 if J were a parabola; that step is taken too.
    Source: Yuan, Ho and Lin, Journal of Machine Learning Research 13, 2012; Lee, Sun and Saunders, SIAM Journal on
    Optimization 24, 2014.
    """
    from pellucid.linear_model._coordinate_kernels import sweep_gram

    penalised = _penalised(objective)
    l1, everything = objective.lasso * penalised, np.arange(penalised.size)
    value, gradient = objective.value_and_gradient(state.w)
    state.value = value + _size(l1, state.w)
    while state.steps < max_iter and not state.converged:
        hessian = objective.hessian(state.w)
        np.einsum("ii->i", hessian)[:] *= 1.0 + RIDGE
        goal, slope = state.w.ravel().copy(), -gradient.ravel()
        sweep_gram(hessian, goal, slope, l1, np.zeros(len(l1)), False, everything, SWEEPS, STILL * tol**2)
        step = goal.reshape(state.w.shape) - state.w
        change = float(np.vdot(gradient, step)) + _size(l1, state.w + step) - _size(l1, state.w)
        size = 1.0
        for _ in range(HALVINGS):
            w = state.w + size * step
            value, gradient = objective.value_and_gradient(w)
            reached = value + _size(l1, w)
            if reached <= state.value + ENOUGH * size * change + ROUNDING * abs(state.value):
                break
            size /= 2.0
        state.w, state.value, state.steps = w, reached, state.steps + 1
        state.converged = -0.5 * change <= tol**2
        if report(state, steepest(gradient, w, l1)):
            return


def lbfgs_lasso(objective: Objective, state: Minimum, tol: float, max_iter: int, report: Report) -> None:
    """L-BFGS with bounds on the halves of coef = up - down, up and down >= 0, of which F is smooth.

    Done when no entry of the projected gradient exceeds tol, features scaled so that each bends J alike, or when
    rounding lets F fall no further.  Source: Byrd, Lu, Nocedal and Zhu, SIAM Journal on Scientific Computing 16, 1995.
    """
    from scipy.optimize import OptimizeResult, minimize

    penalised, shape = _penalised(objective), objective.shape
    l1 = objective.lasso * penalised
    centre = objective.share @ objective.X
    bend = objective.variance(centre) + 4.0 * objective.penalty
    scale = np.ones(shape)
    scale[:, : len(bend)] = np.sqrt(np.where(bend > 0, bend, 1.0))
    weight, half = scale.ravel(), penalised.size
    slope = np.zeros(shape)

    def whole(v: Array) -> Array:
        w: Array = ((v[:half] - v[half:]) / weight).reshape(shape)
        return w

    def halves(w: Array) -> Array:
        scaled = w.ravel() * weight
        down = np.where(penalised > 0, np.maximum(-scaled, 0.0), 0.0)
        return np.concatenate([scaled + down, down])

    def value_and_gradient(v: Array) -> tuple[float, Array]:
        nonlocal slope
        value, slope = objective.value_and_gradient(whole(v))
        own, price = slope.ravel() / weight, l1 / weight
        return value + float(price @ (v[:half] + v[half:])), np.concatenate([own + price, price - own])

    def after_step(intermediate_result: OptimizeResult) -> None:
        state.w = whole(intermediate_result.x)
        state.value, state.steps = float(intermediate_result.fun), state.steps + 1
        if report(state, steepest(slope, state.w, l1)):
            raise StopIteration

    free = np.where(penalised > 0, 0.0, -np.inf)
    bounds = [*zip(free, [np.inf] * half, strict=True), *((0.0, np.inf if p else 0.0) for p in penalised)]
    options: dict[str, Any] = {"maxiter": max_iter, "maxfun": 20 * max_iter, "gtol": tol, "ftol": 0.0, "maxls": 50}
    result = minimize(
        value_and_gradient,
        halves(state.w),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        callback=after_step,
        options=options,
    )
    state.value, state.converged = float(result.fun), bool(result.success)


def _penalised(objective: Objective) -> Array:
    """1 for the entries of w that are coefficients, 0 for the intercepts; flat."""
    n_scores, width = objective.shape
    return np.tile(np.arange(width) < objective.X.shape[1], n_scores).astype(np.float64)


def _size(l1: Array, w: Array) -> float:
    return float(l1 @ np.abs(w.ravel()))


def steepest(gradient: Array, w: Array, l1: Array) -> float:
    """The largest entry of the shortest subgradient of F."""
    g, w, l1 = gradient.ravel(), w.ravel(), l1.ravel()
    rest = np.where(w != 0, np.abs(g + np.sign(w) * l1), np.maximum(np.abs(g) - l1, 0.0))
    return float(rest.max())
