"""Minimisers that need nothing but gradients: of all rows, or of one row at a time.

    F(w) = J(w) + lasso |coef|_1

All move a `Minimum` as those in _solvers.py do, and leave in it what they leave; its value is F.  They step in
coordinates in which every feature bends J alike: centred (sparse rows: not) and divided by their spread.

Here: `gd`, `sgd`, `saga`.  Elsewhere: a step of one row is compiled, in _row_step_kernels.py; minimisers that use the
curvature are in _solvers.py and _lasso_solvers.py.
Imports: numpy, pellucid.base and this package; SciPy and Numba inside the functions.
"""

from typing import Any, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._lasso_solvers import steepest
from pellucid.linear_model._logistic_objective import Objective
from pellucid.linear_model._rows import column_squares, is_sparse
from pellucid.linear_model._solvers import HALVINGS, ROUNDING, Minimum, Report

SAME = 1e-20  # variance over the square of the mean; a column of one value leaves some 1e-31 of rounding
PATIENCE = 5  # epochs of sgd in a row, each at half the step of the last, that gain less than tol before it ends


def gd(objective: Objective, state: Minimum, tol: float, max_iter: int, report: Report) -> None:
    """v <- soft(v - dJ/dv / L, lasso / L),   L doubled from the curvature of one feature until J stays below

        J(v) + dJ/dv . d + L |d|^2 / 2,    d the step

    so that every step lowers F, and F - F* <= L |v* - v_0|^2 / k after k steps; where the penalty bends J by a or more
    in every direction F - F* also shrinks by 1 - a / L each step.  A step costs two products with X, N D R.
    Done when no entry of the shortest subgradient exceeds tol.
    Source: Beck and Teboulle, A fast iterative shrinkage-thresholding algorithm, 2009, section 3 (ISTA).
    """
    view = _View(objective, centred=objective.intercept)
    v, bend = view.to_seen(state.w), objective.bend
    value, slope = view.smooth(v)
    while state.steps < max_iter and not state.converged:
        for _ in range(HALVINGS):
            moved = v - slope / bend
            moved = np.sign(moved) * np.maximum(np.abs(moved) - view.l1 / bend, 0.0)
            step = moved - v
            reached, further = view.smooth(moved)
            square = float(np.vdot(step, step))
            if reached <= value + float(np.vdot(slope, step)) + 0.5 * bend * square + ROUNDING * abs(value):
                break
            bend *= 2.0
        v, value, slope = moved, reached, further
        if _told(view, state, v, value, slope, tol, report):
            return


def sgd(
    objective: Objective, state: Minimum, tol: float, max_iter: int, report: Report, chance: np.random.Generator
) -> None:
    """v <- prox(v - eta N s_i dl_i/dv) for each row i, all rows once an epoch in a new order.

    prox draws v towards 0 by what both penalties ask of one step.  eta begins at 1 / max_i L_i, L_i the curvature of
    row i, below which no row is overstepped.  At one eta the weights come near the minimum fast and then wander about
    it, the farther the larger eta: after an epoch in which F fell by less than tol eta is halved, and it is done after
    PATIENCE such epochs in a row.  That F has nearly stopped falling does not bound how far it could fall yet, which
    makes this the least exact of the solvers; where it comes to rest above its first point, it goes back there.  An
    epoch costs N D R, or the entries stored in sparse rows.
    Source: Robbins and Monro, Annals of Mathematical Statistics 22, 1951; halving: Ge, Kakade, Kidambi and Netrapalli,
    The step decay schedule, NeurIPS 2019.
    """
    walk = _Walk(objective, state, remember=False)
    eta = walk.longest(walk.factor)
    value, _ = walk.view.smooth(walk.v)
    best, waited = value + walk.view.size(walk.v), 0
    first, begin = walk.view.to_own(walk.v), best
    while state.steps < max_iter and not state.converged:
        walk.epoch(chance.permutation(len(walk.factor)), eta)
        value, slope = walk.view.smooth(walk.v)
        reached = value + walk.view.size(walk.v)
        waited = waited + 1 if best - reached < tol else 0
        eta, best = eta / 2.0 if waited else eta, min(best, reached)
        state.converged = waited >= PATIENCE
        if _told(walk.view, state, walk.v, value, slope, tol, report):
            return
    if state.converged and state.value > begin:  # the first steps are long, and leave what an earlier fit had come near
        state.w, state.value = first, begin


def saga(
    objective: Objective, state: Minimum, tol: float, max_iter: int, report: Report, chance: np.random.Generator
) -> None:
    """v <- prox(v - eta ((t_i - m_i) s_i x_i / p_i + G)),   t_i = dl/dz_i now, m_i when row i was drawn last,
    G = sum_i s_i m_i x_i

    With the memory m the noise of a step vanishes at the minimum, so that eta stays: 1 / (3 L), L the largest of
    L_i s_i / p_i, L_i the curvature of row i.  Rows are drawn by p_i, half evenly and half by how much they bend J,
    which keeps L below twice the mean.  With curvature a of the penalty F - F* shrinks by 1 - min(a eta, 1 / (4 N)) or
    so a step.  An epoch is N draws and costs N D R, or the entries stored in sparse rows; besides the rows, dense ones
    copied, it keeps N R numbers.  Done when no entry of the shortest subgradient exceeds tol, seen once an epoch.
    Source: Defazio, Bach and Lacoste-Julien, SAGA, NIPS 2014; the draws: Schmidt et al., Non-uniform stochastic average
    gradient method for training conditional random fields, AISTATS 2015.
    """
    walk = _Walk(objective, state, remember=True)
    n_rows = len(objective.share)
    bends = objective.share * walk.squares
    chances = (1.0 / n_rows + bends / (bends.sum() or 1.0)) / 2.0
    walk.factor = objective.share / chances
    eta = walk.longest(walk.factor) / 3.0
    ladder = np.cumsum(chances)
    while state.steps < max_iter and not state.converged:
        drawn = np.searchsorted(ladder, chance.random(n_rows) * ladder[-1], side="right")
        walk.epoch(np.minimum(drawn, n_rows - 1), eta)
        if _told(walk.view, state, walk.v, *walk.view.smooth(walk.v), tol, report):
            return


def _told(view: "_View", state: Minimum, v: Array, value: float, slope: Array, tol: float, report: Report) -> bool:
    """Note where a step has led, and whether it is near enough; the report's answer."""
    steep = steepest(slope, v, view.l1)
    state.w, state.value, state.steps = view.to_own(v), value + view.size(v), state.steps + 1
    state.converged = state.converged or steep <= tol
    return report(state, steep)


@final
class _View:
    """w seen in coordinates v of features (x - centre) / q:  coef = v / q,  intercept = v_0 - coef . centre.

    q^2 = var(x) + a / bend, so that the loss and the penalty a together bend J by at most `bend` along every v.  A
    column that tells no rows apart has 1 / q = 0 and keeps its weight 0.
    """

    def __init__(self, objective: Objective, *, centred: bool) -> None:
        self._objective, self._width = objective, objective.X.shape[1]
        rows, share = objective.X, objective.share
        self.centre: Array = np.asarray(share @ rows).ravel() if centred else np.zeros(self._width)
        varies = column_squares(rows, self.centre, share) if is_sparse(rows) else objective.variance(self.centre)
        alive = varies > SAME * (varies + self.centre**2)
        q = np.sqrt(np.where(alive, varies + objective.penalty / objective.bend, 1.0))
        self.factor = np.where(alive, 1.0 / q, 0.0)  # 1 / q
        self.l1 = np.zeros(objective.shape)
        self.l1[:, : self._width] = objective.lasso * self.factor
        self.l2 = np.zeros(objective.shape[1])
        self.l2[: self._width] = objective.penalty * self.factor**2

    def to_own(self, v: Array) -> Array:
        """w of v.   (R, D+1) -> (R, D+1)"""
        w = v.copy()
        w[:, : self._width] *= self.factor
        w[:, self._width :] -= (w[:, : self._width] @ self.centre)[:, None]
        return w

    def to_seen(self, w: Array) -> Array:
        """v of w, for a w that is 0 where a column tells no rows apart."""
        v = w.copy()
        v[:, self._width :] += (w[:, : self._width] @ self.centre)[:, None]
        v[:, : self._width] /= np.where(self.factor > 0, self.factor, 1.0)
        return v

    def gradient(self, own: Array) -> Array:
        """dJ/dv of dJ/dw.   (R, D+1) -> (R, D+1)"""
        seen = own.copy()
        if own.shape[1] > self._width:
            seen[:, : self._width] -= own[:, self._width :] * self.centre
        seen[:, : self._width] *= self.factor
        return seen

    def smooth(self, v: Array) -> tuple[float, Array]:
        """J and dJ/dv at v."""
        value, slope = self._objective.value_and_gradient(self.to_own(v))
        return value, self.gradient(slope)

    def size(self, v: Array) -> float:
        """lasso |coef|_1."""
        return float(np.vdot(self.l1, np.abs(v)))


@final
class _Walk:
    """Weights v that move a row at a time; rows as the kernels take them, scaled, with a column of ones at the end."""

    def __init__(self, objective: Objective, state: Minimum, *, remember: bool) -> None:
        self._objective, self._remember = objective, remember
        sparse = is_sparse(objective.X)
        self.view = view = _View(objective, centred=objective.intercept and not sparse)
        self.v = view.to_seen(state.w)
        n_rows, width = objective.X.shape[0], objective.shape[1]
        self.factor = n_rows * objective.share
        self._aims = objective.aims()
        if sparse:
            from scipy.sparse import csr_array, hstack

            rows = objective.X
            scaled = csr_array((rows.data * view.factor[rows.indices], rows.indices, rows.indptr), shape=rows.shape)
            if objective.intercept:
                scaled = csr_array(hstack([scaled, csr_array(np.ones((n_rows, 1)))], format="csr"))
            self.squares: Array = np.asarray(scaled.power(2).sum(axis=1)).ravel()
            self._parts: tuple[Any, ...] = scaled.data, scaled.indices, scaled.indptr
        else:
            filled = np.ones((n_rows, width))
            filled[:, : len(view.factor)] = (objective.X - view.centre) * view.factor
            self.squares = np.einsum("nd,nd->n", filled, filled)
            self._parts = (filled,)
        n_scores = objective.shape[0]
        self._slopes, self._mean = np.zeros((n_rows if remember else 1, n_scores)), np.zeros_like(self.v)
        if remember:
            self._slopes = objective.loss(objective.scores(state.w))[1] / objective.share[:, None]
            self._mean = view.gradient(objective.in_one_pass(state.w)[1])
        self._sparse = sparse

    def longest(self, factor: Array) -> float:
        """1 / L, L the largest curvature that a step along one row meets."""
        return 1.0 / (self._objective.bend * float((factor * self.squares).max()) or 1.0)

    def epoch(self, order: Array, eta: float) -> None:
        """One step for each row of `order`."""
        from pellucid.linear_model import _row_step_kernels

        kernel: Any = _row_step_kernels.step_sparse if self._sparse else _row_step_kernels.step_dense
        objective, remember = self._objective, self._remember
        rho = 1.0 / (1.0 + eta * self.view.l2)
        mean, v = (self._mean, self.v) if not self._sparse else (self._mean.T.copy(), self.v.T.copy())  # (W, R)
        rest = (self.view.l1[0], rho, remember, self._slopes, mean, v)
        kernel(*self._parts, self._aims, objective.share, objective.link, order, self.factor, eta, *rest)
        if self._sparse:
            self._mean, self.v = mean.T.copy(), v.T.copy()
