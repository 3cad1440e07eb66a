"""Newton's method on the primal of a linear support vector machine with the squared hinge.

    f(v) = |v|^2 / 2 + sum_i c_i max(0, 1 - y_i v . x_i)^2,    v = (w, b / q),  x_i with a last entry q

Here: `newton_step`.  Elsewhere: the loop, and when this way is taken, are in _linear_svc.py; the dual in
_dual_kernels.py.
Imports: numpy, SciPy inside the step, pellucid.base, pellucid.linear_model.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._rows import Rows, row_scaled

BLOCK_ROWS = 1 << 14  # rows that a share of the second derivative is summed of: 2.5 MB at 20 columns of 8 bytes
SETTLED = 1e-15  # of f; a step that promises less falls within its rounding
SEARCHES = 60  # of a step length; each is exact unless rows cross the margin on the way to it


def newton_step(rows: Rows, y: Array, cost: Array, bias: float, v: Array) -> float:
    """Move v (D + 1,) by one step; the largest entry of the dual's projected gradient before it, 0 if none is left.

    rows (N, D) float64, y (N,) of -1 and 1, cost (N,) >= 0.  f is a parabola as long as no row crosses the margin: with
    the step length that makes f least, the minimum is met after finitely many steps, some ten as a rule.
    The dual point of v is a_i = 2 c_i max(0, 1 - y_i v . x_i): a gradient g of f moves the margin of row i by g . x_i.
    Source: Keerthi and DeCoste, A modified finite Newton method for fast solution of large scale linear SVMs, Journal
    of Machine Learning Research 6, 2005.
    """
    gap = 1.0 - y * _scores(rows, v, bias)
    inside = (gap > 0.0) & (cost > 0.0)
    a = np.where(inside, 2.0 * cost * gap * y, 0.0)
    g = v - np.append(rows.T @ a, bias * a.sum())
    worst = float(np.abs(_scores(rows, g, bias)[cost > 0.0]).max(initial=0.0))
    d = -_solved(_curvature(rows, np.where(inside, cost, 0.0), bias), g)
    f = 0.5 * v @ v + cost[inside] @ gap[inside] ** 2
    if -(g @ d) <= SETTLED * f:
        return 0.0
    v += _length(v, d, gap, y * _scores(rows, d, bias), cost) * d
    return worst


def _solved(square: Array, g: Array) -> Array:
    """square^-1 g, features brought to one scale first; the smallest of many where rounding leaves them dependent."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    scale = 1.0 / np.sqrt(np.diag(square))
    even, g = square * scale * scale[:, None], g * scale
    try:
        solution = cho_solve(cho_factor(even), g)
    except LinAlgError:
        solution = np.linalg.lstsq(even, g)[0]
    return np.asarray(solution * scale)


def _scores(rows: Rows, v: Array, bias: float) -> Array:
    scores: Array = rows @ v[:-1]
    return scores + bias * v[-1]


def _curvature(rows: Rows, cost: Array, bias: float) -> Array:
    """I + 2 sum_i c_i x_i x_i^T, in pieces of the rows with a cost.   (D + 1, D + 1)"""
    n_features = rows.shape[1]
    total = np.zeros((n_features + 1, n_features + 1))
    counting = np.flatnonzero(cost)
    for begin in range(0, len(counting), BLOCK_ROWS):
        own = counting[begin : begin + BLOCK_ROWS]
        part: Any = row_scaled(rows[own], np.sqrt(cost[own]))
        square = part.T @ part
        total[:-1, :-1] += square if isinstance(square, np.ndarray) else square.toarray()
        total[-1, :-1] += bias * np.asarray(np.sqrt(cost[own]) @ part).ravel()
    total[:-1, -1] = total[-1, :-1]
    total[-1, -1] = bias**2 * cost.sum()
    total *= 2.0
    total[np.diag_indices_from(total)] += 1.0
    return total


def _length(v: Array, d: Array, gap: Array, speed: Array, cost: Array) -> float:
    """The t > 0 at which f(v + t d) is least: where its slope, made of straight pieces and rising, is 0.

    gap (N,): 1 - y_i v . x_i, which falls by speed_i t.
    """
    low, high = 0.0, np.inf
    t: float = 1.0
    own, square = float(v @ d), float(d @ d)
    for _ in range(SEARCHES):
        left = gap - t * speed
        pull = np.where(left > 0.0, cost * speed, 0.0)
        slope = own + t * square - 2.0 * float(pull @ left)
        bend = square + 2.0 * float(pull @ speed)
        low, high = (t, high) if slope < 0.0 else (low, t)
        new = t - slope / bend
        if not low < new < high:
            new = 0.5 * (low + high) if high < np.inf else 2.0 * t
        if abs(new - t) <= 1e-14 * t:
            break
        t = new
    return t
