"""What Huber's regression minimises, and two searches for its minimum.

    F(w, b, sigma) = sum_i s_i (sigma + sigma H((y_i - b - x_i . w) / sigma)) + alpha |w|^2
    H(z) = z^2 if |z| <= epsilon, else 2 epsilon |z| - epsilon^2

F is convex in v = (w, b, sigma) together; (D + 2,).  Where epsilon is near 1 the best sigma is near 0, F = 2 sum_i s_i
|r_i| there, and bends more than floats can show.  So both searches hold sigma above a floor and lower that in stages.

Here: `HuberObjective`, `search`.  Elsewhere: the estimator is in _huber.py.
Imports: numpy, pellucid.base and this package; SciPy inside the functions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._rows import Rows, is_sparse, row_scaled

NEWTON_FEATURES_MAX = 200  # beyond, N D^2 multiplications a step cost more than the steps they spare
FIRST = 0.01  # of sigma at the start: there the best sigma mostly lies above, and one stage is all
LOWER = 0.1  # by which the floor is multiplied from stage to stage; by less at once takes more steps in all
NEAR = 1.01  # of the floor: from so near, steps that lead below it would be cut to nothing
NEGLIGIBLE = 1e-13  # of F: what the floor adds to it at the end
FLAT = 1e-15  # of the size of y: residuals below are rounding, and so would be a lower floor
DAMPING = 1e-10  # of the curvature along one axis; it makes a matrix without full rank invertible, and grows from there
ENOUGH = 1e-4  # share of the fall a step promises that it must reach; Nocedal and Wright, section 3.1
ROUNDING = 1e-16  # of F
TRIES = 60  # dampings for one step; 10^60 times the curvature moves no number
BLOCK_ROWS = 4096  # rows that are weighted at a time: 4096 x 50 features x 8 bytes fit in a second-level cache

Report = Callable[[Array, float], bool]
"""Told v and F after each step; True asks to stop."""


@final
@dataclass
class Found:
    """Where a search stands: v, steps taken, and whether it has come to the end of its own accord."""

    v: Array
    steps: int = 0
    done: bool = False


@final
class HuberObjective:
    """F of rows (N, D), aim (N,) and share (N,), the s_i.

    >>> objective = HuberObjective(np.array([[1.0], [2.0]]), np.array([1.0, 9.0]), np.ones(2), 2.0, 0.0, False)
    >>> objective.value_and_gradient(np.array([1.0, 0.0, 1.0]))[0]  # residuals 0 and 7: 1 + 0, 1 + 2 * 2 * 7 - 4
    26.0
    """

    def __init__(self, rows: Rows, aim: Array, share: Array, epsilon: float, alpha: float, intercept: bool) -> None:
        self.rows, self.aim, self.share = rows, aim, share
        self.epsilon, self.alpha, self.intercept = epsilon, alpha, intercept

    def start(self) -> Array:
        """No slopes, the mean of y, and the spread of y about it."""
        total = self.share.sum()
        b = float(self.share @ self.aim) / total if self.intercept else 0.0
        spread = float(np.sqrt(self.share @ np.square(self.aim - b) / total))
        return np.array([*np.zeros(self.rows.shape[1]), b, spread or 1.0])

    def residuals(self, v: Array) -> Array:
        """y - b - X w.   v (D + 2,) -> (N,)"""
        r: Array = self.aim - self.rows @ v[:-2] - v[-2]
        return r

    def value_and_gradient(self, v: Array) -> tuple[float, Array]:
        """F and dF/dv at v (D + 2,)."""
        w, sigma, r = v[:-2], v[-1], self.residuals(v)
        far = np.abs(r) > self.epsilon * sigma
        bounded = np.where(far, self.epsilon * sigma * np.sign(r), r)  # of what rows pull with
        # sigma H(r / sigma) = (2 |r| - |bounded|) |bounded| / sigma; by sigma its derivative is -(bounded / sigma)^2
        cost = self.share @ (sigma + (2.0 * np.abs(r) - np.abs(bounded)) * np.abs(bounded) / sigma)
        pull = self.share * bounded * (-2.0 / sigma)
        gradient = np.empty_like(v)
        gradient[:-2] = self.rows.T @ pull + 2.0 * self.alpha * w
        gradient[-2] = pull.sum() * self.intercept
        gradient[-1] = self.share.sum() - self.share @ (bounded / sigma) ** 2
        return float(cost + self.alpha * (w @ w)), gradient

    def hessian(self, v: Array) -> Array:
        """sum over rows near the line of 2 s_i / sigma (x, 1, z) (x, 1, z)^T,  z = r / sigma;  + 2 alpha on w."""
        n_features, sigma, r = len(v) - 2, v[-1], self.residuals(v)
        near = np.flatnonzero((np.abs(r) <= self.epsilon * sigma) & (self.share > 0))
        tail = np.column_stack([np.full(len(near), float(self.intercept)), r[near] / sigma])  # (n, 2)
        bend = 2.0 * self.share[near] / sigma
        total = np.empty((n_features + 2, n_features + 2))
        heads, cross = np.zeros((n_features, n_features)), np.zeros((n_features, 2))
        for first in range(0, len(near), BLOCK_ROWS):
            part = slice(first, first + BLOCK_ROWS)
            root = np.sqrt(bend[part])
            rows = row_scaled(self.rows[near[part]], root)  # of one table with itself BLAS forms one half only
            heads += (rows.T @ rows).toarray() if is_sparse(rows) else rows.T @ rows
            cross += rows.T @ (tail[part] * root[:, None])
        np.einsum("ii->i", heads)[:] += 2.0 * self.alpha
        total[:n_features, :n_features], total[:n_features, n_features:] = heads, cross
        total[n_features:, :n_features], total[n_features:, n_features:] = cross.T, tail.T @ (tail * bend[:, None])
        return total


def search(objective: HuberObjective, found: Found, tol: float, max_iter: int, report: Report) -> None:
    """Move `found` to the minimum of F, in stages with sigma >= floor, each a LOWER part of the last.

    Done when the best sigma lies above the floor, or the floor adds a NEGLIGIBLE part to F.  A stage is done when no
    entry of the gradient exceeds tol, or rounding lets F fall no more.
    """
    stage = _newton if objective.rows.shape[1] <= NEWTON_FEATURES_MAX else _lbfgs
    least = FLAT * float(np.abs(objective.aim).max(initial=0.0)) or FLAT
    floor = max(FIRST * found.v[-1], least)
    while True:
        found.v[-1] = max(found.v[-1], floor)
        if not stage(objective, found, floor, tol, max_iter, report):
            return
        sigma, near = found.v[-1], np.abs(objective.residuals(found.v)) <= objective.epsilon * found.v[-1]
        value = objective.value_and_gradient(found.v)[0]
        if sigma > NEAR * floor or floor <= least or floor * float(objective.share @ near) <= NEGLIGIBLE * value:
            found.done = True
            return
        floor = max(LOWER * floor, least)


def _newton(objective: HuberObjective, found: Found, floor: float, tol: float, max_iter: int, report: Report) -> bool:
    """v <- v - (H + c diag(H))^-1 g, c grown until F falls; N D^2 a step.   Whether the stage was done."""
    value, gradient = objective.value_and_gradient(found.v)
    damping, size = DAMPING, len(found.v)
    while True:
        free = np.arange(size)
        if found.v[-1] <= NEAR * floor and gradient[-1] > 0:
            free = free[:-1]
        if not objective.intercept:
            free = np.delete(free, size - 2)
        if np.abs(gradient[free]).max(initial=0.0) <= tol:
            return True
        if found.steps >= max_iter:
            return False
        hessian = objective.hessian(found.v)[np.ix_(free, free)]
        bend = hessian.diagonal().copy()
        bend = np.maximum(bend, DAMPING * bend.max()) if bend.max() > 0 else np.ones(len(free))
        for _ in range(TRIES):
            moved, fall = _moved(found.v, free, hessian + damping * np.diag(bend), gradient, floor)
            reached, slope = objective.value_and_gradient(moved)
            if reached < value - ENOUGH * fall:
                break
            if fall <= ROUNDING * value:
                return True
            damping *= 10.0
        else:
            return True
        found.v, value, gradient = moved, reached, slope
        found.steps, damping = found.steps + 1, min(max(damping / 10.0, DAMPING), 1.0)
        if report(found.v, value):
            return False


def _moved(v: Array, free: Array, bend: Array, gradient: Array, floor: float) -> tuple[Array, float]:
    """v - bend^-1 g in the free coordinates, shortened to end on the floor where it would fall through.

    Also by how much F would fall by half the slope of the whole step: a step cut to nothing is seen to be too little.
    """
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    step = np.zeros_like(v)
    try:
        step[free] = -cho_solve(cho_factor(bend), gradient[free])
    except LinAlgError:  # the damping is still below the rounding of H
        return v, np.inf
    fall = -0.5 * float(gradient @ step)
    if v[-1] + step[-1] >= floor:
        return v + step, fall
    moved: Array = v + step * ((floor - v[-1]) / step[-1])  # the whole of it: sigma alone cut off might lead upwards
    moved[-1] = floor
    return moved, fall


def _lbfgs(objective: HuberObjective, found: Found, floor: float, tol: float, max_iter: int, report: Report) -> bool:
    """The same by L-BFGS, N D a step."""
    from scipy.optimize import OptimizeResult, minimize

    stopped = False

    def after_step(intermediate_result: OptimizeResult) -> None:
        nonlocal stopped
        found.v, found.steps = intermediate_result.x.copy(), found.steps + 1
        if report(found.v, float(intermediate_result.fun)):
            stopped = True
            raise StopIteration

    if found.steps >= max_iter:
        return False
    result = minimize(
        objective.value_and_gradient,
        found.v,
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None)] * (len(found.v) - 1) + [(floor, None)],
        callback=after_step,
        options={"maxiter": max_iter - found.steps, "gtol": tol, "ftol": 0.0, "maxls": 50},
    )
    return not stopped and result.status != 1
