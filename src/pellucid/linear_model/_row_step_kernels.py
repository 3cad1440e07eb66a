"""Compiled: steps along one row's gradient at a time, with or without a memory of the slopes met before.

    w <- rho soft(w - eta (f_i (t - m_i) x_i + G), eta l1),    t = dl/dz at row i,    rho = 1 / (1 + eta l2)
    G <- G + s_i (t - m_i) x_i,    m_i <- t

soft(v, u) draws v towards 0 by u, and not past it.  With a memory that is SAGA; where m and G stay 0, stochastic
gradient descent.  Penalties differ between columns; a column of ones is an intercept.

Here: `step_dense`, `step_sparse`, and `rested`, many steps at once of a weight whose column is not met.
Elsewhere: the loop over epochs, and what f and eta are, is in _row_solvers.py.
Imports: numpy, Numba and this package; only functions that need compiled code import this module.
"""

import math

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._compiled import compiled, summing
from pellucid.linear_model._logistic_objective import SIGMOID, SOFTMAX


@compiled
def slope_of(link: int, z: Array, aim: Array) -> None:
    """z (R,) <- p - aim, dl/dz of a loss whose prediction is p = z, sigmoid(z) or softmax(z)."""
    if link == SIGMOID:
        for r in range(len(z)):
            small = math.exp(-abs(z[r]))
            z[r] = (1.0 if z[r] >= 0.0 else small) / (1.0 + small)
    elif link == SOFTMAX:
        top, mass = z[0], 0.0
        for r in range(1, len(z)):
            top = max(top, z[r])
        for r in range(len(z)):
            z[r] = math.exp(z[r] - top)
            mass += z[r]
        for r in range(len(z)):
            z[r] /= mass
    for r in range(len(z)):
        z[r] -= aim[r]


@summing
def step_dense(
    X: Array,
    aims: Array,
    share: Array,
    link: int,
    order: Array,
    factor: Array,
    eta: float,
    l1: Array,
    rho: Array,
    remember: bool,
    slopes: Array,
    mean: Array,
    w: Array,
) -> None:
    """One step for each row of `order`.   X (N, W), aims (N, R), share and factor (N,), l1 and rho (W,)

    w and mean (R, W) and slopes (N, R) move on; without `remember` mean and slopes are not looked at.
    """
    n_scores, width = w.shape
    z = np.empty(n_scores)
    for i in order:
        x = X[i]
        for r in range(n_scores):
            total, own = 0.0, w[r]
            for d in range(width):
                total += x[d] * own[d]
            z[r] = total
        slope_of(link, z, aims[i])
        for r in range(n_scores):
            own = w[r]
            if not remember:
                move = eta * factor[i] * z[r]
                for d in range(width):
                    v = own[d] - move * x[d]
                    own[d] = rho[d] * (max(v - eta * l1[d], 0.0) + min(v + eta * l1[d], 0.0))
                continue
            change, pull = z[r] - slopes[i, r], mean[r]
            move, part = eta * factor[i] * change, share[i] * change
            slopes[i, r] = z[r]
            for d in range(width):
                v = own[d] - move * x[d] - eta * pull[d]
                own[d] = rho[d] * (max(v - eta * l1[d], 0.0) + min(v + eta * l1[d], 0.0))
                pull[d] += part * x[d]


@compiled
def _straight(v: float, times: int, pull: float, rho: float) -> float:
    """v after `times` times v <- rho (v - pull)."""
    if rho == 1.0:
        return v - times * pull
    log = times * math.log(rho)
    return v * math.exp(log) + pull * rho * math.expm1(log) / (1.0 - rho)


@compiled
def rested(v: float, times: int, pull: float, l1: float, rho: float) -> float:
    """v after `times` times v <- rho soft(v - pull, l1), in a few evaluations of a formula.

    While v keeps its sign s the step is v <- rho (v - pull - s l1), which moves it one way only: a sign that is the
    same at the end was never lost, else the last time that it was kept is found by halving.  It is lost at most twice.
    """
    while times > 0:
        if v == 0.0:
            v = -rho * (max(pull - l1, 0.0) + min(pull + l1, 0.0))
            times -= 1
            if v == 0.0:
                return 0.0
            continue
        side = 1.0 if v > 0.0 else -1.0
        drawn = pull + side * l1
        end = _straight(v, times, drawn, rho)
        if side * end > 0.0:
            return end
        kept, lost = 0, times
        while lost - kept > 1:
            middle = (kept + lost) // 2
            if side * _straight(v, middle, drawn, rho) > 0.0:
                kept = middle
            else:
                lost = middle
        v = _straight(v, kept, drawn, rho) if kept > 0 else v
        v -= pull
        v = rho * (max(v - l1, 0.0) + min(v + l1, 0.0))
        times -= lost
    return v


@summing
def step_sparse(
    data: Array,
    place: Array,
    start: Array,
    aims: Array,
    share: Array,
    link: int,
    order: Array,
    factor: Array,
    eta: float,
    l1: Array,
    rho: Array,
    remember: bool,
    slopes: Array,
    mean: Array,
    w: Array,
) -> None:
    """As `step_dense`; row i holds data[start[i] : start[i+1]] in the columns `place`.   w and mean (W, R)

    A weight whose column a row does not hold moves by G and the penalties alone, and is brought up to date when its
    column is met next, or at the end: a step costs the entries of its row.
    """
    width, n_scores = w.shape
    z, done, now = np.empty(n_scores), np.zeros(width, np.int64), 0
    for i in order:
        first, last = start[i], start[i + 1]
        z[:] = 0.0
        for e in range(first, last):
            j, x = place[e], data[e]
            missed = now - done[j]
            for r in range(n_scores):
                if missed > 0:
                    w[j, r] = rested(w[j, r], missed, eta * mean[j, r], eta * l1[j], rho[j])
                z[r] += x * w[j, r]
        slope_of(link, z, aims[i])
        if remember:
            for r in range(n_scores):
                change = z[r] - slopes[i, r]
                slopes[i, r] = z[r]
                z[r] = change
        now += 1
        for e in range(first, last):
            j, x = place[e], data[e]
            done[j] = now
            for r in range(n_scores):
                v = w[j, r] - eta * (factor[i] * z[r] * x + mean[j, r])
                w[j, r] = rho[j] * (max(v - eta * l1[j], 0.0) + min(v + eta * l1[j], 0.0))
                if remember:
                    mean[j, r] += share[i] * z[r] * x
    for j in range(width):
        for r in range(n_scores):
            w[j, r] = rested(w[j, r], now - done[j], eta * mean[j, r], eta * l1[j], rho[j])
