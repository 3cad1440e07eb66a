"""Newton's method on the primal of a linear support vector machine with a squared loss.

    f(v) = |v|^2 / 2 + sum_i c_i m(y_i - v . x_i)^2,    v = (w, b / q),  x_i with a last entry q
    classes    m_i(r) = r where y_i r > 0, else 0,    that is y_i max(0, 1 - y_i v . x_i)
    numbers    m_i(r) = r - min(max(r, -epsilon), epsilon)

Here: `newton_step`; `beyond_margin` and `beyond_tube`, the two m; `MOST_FEATURES`.
Elsewhere: the loops, and when this way is taken, are in _linear_svc.py and _linear_svr.py; the dual in
_dual_kernels.py.
Imports: numpy, SciPy inside the step, pellucid.base, pellucid.linear_model.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._rows import Rows, row_scaled

BLOCK_ROWS = 1 << 14  # rows that a share of the second derivative is summed of: 2.5 MB at 20 columns of 8 bytes
MOST_FEATURES = 1000  # a step then costs as much as some 20 epochs on the dual
SETTLED = 1e-15  # of f; a step that promises less falls within its rounding
SEARCHES = 60  # of a step length; each is exact unless rows begin or cease to cost on the way to it


Miss = Callable[[Array], Array]
"""m: what of each residual y_i - v . x_i (N,) costs; straight pieces of slope 0, where it is 0, and 1."""


def beyond_margin(y: Array) -> Miss:
    """Of y (N,) of -1 and 1: the residual of each row on the wrong side of its margin."""
    return lambda r: np.where(y * r > 0.0, r, 0.0)


def beyond_tube(epsilon: float) -> Miss:
    """What a residual is longer than epsilon."""
    return lambda r: r - np.clip(r, -epsilon, epsilon)


def newton_step(rows: Rows, y: Array, cost: Array, bias: float, miss: Miss, v: Array) -> float:
    """Move v (D + 1,) by one step; the largest entry of the dual's projected gradient before it, 0 if none is left.

    rows (N, D) float64, y (N,), cost (N,) >= 0.  f is a parabola as long as no row begins or ceases to cost: with the
    step length that makes f least, the minimum is met after finitely many steps, some ten as a rule.
    The dual point of v is a_i = 2 c_i m(y_i - v . x_i): a gradient g of f moves the residual of row i by g . x_i.
    Source: Keerthi and DeCoste, A modified finite Newton method for fast solution of large scale linear SVMs, Journal
    of Machine Learning Research 6, 2005; Ho and Lin, Large-scale linear support vector regression, JMLR 13, 2012.
    """
    left = y - scores(rows, v, bias)
    missed = miss(left)
    a = 2.0 * cost * missed
    g = v - np.append(rows.T @ a, bias * a.sum())
    worst = float(np.abs(scores(rows, g, bias)[cost > 0.0]).max(initial=0.0))
    d = -solved(curvature(rows, np.where(missed != 0.0, 2.0 * cost, 0.0), bias), g)
    f = 0.5 * v @ v + cost @ missed**2
    if -(g @ d) <= SETTLED * f:
        return 0.0
    v += _length(v, d, left, scores(rows, d, bias), cost, miss) * d
    return worst


def solved(square: Array, g: Array) -> Array:
    """square^-1 g, features brought to one scale first; the smallest of many where rounding leaves them dependent."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    scale = 1.0 / np.sqrt(np.diag(square))
    even, g = square * scale * scale[:, None], g * scale
    try:
        solution = cho_solve(cho_factor(even), g)
    except LinAlgError:
        solution = np.linalg.lstsq(even, g)[0]
    return np.asarray(solution * scale)


def scores(rows: Rows, v: Array, bias: float) -> Array:
    scores: Array = rows @ v[:-1]
    return scores + bias * v[-1]


def curvature(rows: Rows, weight: Array, bias: float) -> Array:
    """I + sum_i weight_i x_i x_i^T, in pieces of the rows that have one.   weight (N,) >= 0 -> (D + 1, D + 1)"""
    n_features = rows.shape[1]
    total = np.zeros((n_features + 1, n_features + 1))
    counting = np.flatnonzero(weight)
    for begin in range(0, len(counting), BLOCK_ROWS):
        own = counting[begin : begin + BLOCK_ROWS]
        root = np.sqrt(weight[own])
        part: Any = row_scaled(rows[own], root)
        square = part.T @ part
        total[:-1, :-1] += square if isinstance(square, np.ndarray) else square.toarray()
        total[-1, :-1] += bias * np.asarray(root @ part).ravel()
    total[:-1, -1] = total[-1, :-1]
    total[-1, -1] = bias**2 * weight.sum()
    total[np.diag_indices_from(total)] += 1.0
    return total


def _length(v: Array, d: Array, left: Array, speed: Array, cost: Array, miss: Miss) -> float:
    """The t > 0 at which f(v + t d) is least: where its slope, made of straight pieces and rising, is 0.

    left (N,): y_i - v . x_i, which falls by speed_i t.
    """
    low, high = 0.0, np.inf
    t: float = 1.0
    own, square = float(v @ d), float(d @ d)
    pull = cost * speed
    for _ in range(SEARCHES):
        missed = miss(left - t * speed)
        slope = own + t * square - 2.0 * float(pull @ missed)
        bend = square + 2.0 * float(pull @ np.where(missed != 0.0, speed, 0.0))
        low, high = (t, high) if slope < 0.0 else (low, t)
        new = t - slope / bend
        if not low < new < high:
            new = 0.5 * (low + high) if high < np.inf else 2.0 * t
        if abs(new - t) <= 1e-14 * t:
            break
        t = new
    return t
