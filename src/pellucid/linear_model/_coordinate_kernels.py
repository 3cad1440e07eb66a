"""Compiled: sweeps of coordinate descent over squares with an elastic-net penalty.

    J(w) = |y - X w|^2 / 2 + sum_j l1_j |w_j| + l2_j w_j^2 / 2,    w_j <- soft(x_j . r + h_j w_j, l1_j) / (h_j + l2_j)

with r = y - X w, h_j = |x_j|^2 and soft(z, l) = sign(z) max(|z| - l, 0).  Every kernel visits the coordinates `visit`
(V,) in turn, `sweeps` times at most, and stops early after a sweep in which no h_j dw_j^2 exceeded `still`; it changes
w (D,) and what it keeps beside it in place, and gives the number of sweeps it made.  `positive` admits only w >= 0.

Here: `sweep_gram`, `sweep_columns`, `sweep_sparse`: one for each form of the data.
Elsewhere: the loop around them, the gap and the choice among them are in _coordinate_descent.py.
Imports: numpy, Numba and this package; only functions that need compiled code import this module.
"""

from pellucid.base._tables import Array
from pellucid.linear_model._compiled import compiled, summing


@compiled
def soft(z: float, limit: float, positive: bool) -> float:
    """sign(z) max(|z| - limit, 0), without the negative half where `positive`."""
    if z > limit:
        return z - limit
    if z < -limit and not positive:
        return z + limit
    return 0.0


@compiled
def sweep_gram(
    gram: Array, w: Array, slope: Array, l1: Array, l2: Array, positive: bool, visit: Array, sweeps: int, still: float
) -> int:
    """Sweeps from gram = X^T X (D, D) and slope = X^T r (D,): D operations for each move."""
    for sweep in range(sweeps):
        largest = 0.0
        for j in visit:
            bend = gram[j, j] + l2[j]
            if bend <= 0.0:
                continue
            moved = soft(slope[j] + gram[j, j] * w[j], l1[j], positive) / bend - w[j]
            if moved != 0.0:
                w[j] += moved
                row = gram[j]
                for k in range(len(slope)):
                    slope[k] -= moved * row[k]
                largest = max(largest, bend * moved * moved)
        if largest <= still:
            return sweep + 1
    return sweeps


@summing
def sweep_columns(
    columns: Array,
    square: Array,
    w: Array,
    residual: Array,
    l1: Array,
    l2: Array,
    positive: bool,
    visit: Array,
    sweeps: int,
    still: float,
) -> int:
    """Sweeps over columns (D, N) = X^T and their squares h (D,), with residual r (N,): N operations a coordinate."""
    for sweep in range(sweeps):
        largest = 0.0
        for j in visit:
            bend = square[j] + l2[j]
            if bend <= 0.0:
                continue
            x = columns[j]
            slope = 0.0
            for i in range(len(residual)):
                slope += x[i] * residual[i]
            moved = soft(slope + square[j] * w[j], l1[j], positive) / bend - w[j]
            if moved != 0.0:
                w[j] += moved
                for i in range(len(residual)):
                    residual[i] -= moved * x[i]
                largest = max(largest, bend * moved * moved)
        if largest <= still:
            return sweep + 1
    return sweeps


@compiled
def sweep_sparse(
    data: Array,
    place: Array,
    start: Array,
    centre: Array,
    lean: Array,
    square: Array,
    w: Array,
    residual: Array,
    shift: Array,
    l1: Array,
    l2: Array,
    positive: bool,
    visit: Array,
    sweeps: int,
    still: float,
) -> int:
    """Sweeps over columns x_j = d_j - centre_j u that are sparse before they are centred: work by entries stored.

    d_j holds data[start[j] : start[j+1]] in the rows `place`; u (N,) are the roots of the weights and lean_j = d_j . u.
    r = residual + shift u, with shift (1,) = sum_j centre_j w_j; u . r = 0, so that x_j . r = d_j . r.
    """
    for sweep in range(sweeps):
        largest = 0.0
        for j in visit:
            bend = square[j] + l2[j]
            if bend <= 0.0:
                continue
            slope = shift[0] * lean[j]
            for e in range(start[j], start[j + 1]):
                slope += data[e] * residual[place[e]]
            moved = soft(slope + square[j] * w[j], l1[j], positive) / bend - w[j]
            if moved != 0.0:
                w[j] += moved
                for e in range(start[j], start[j + 1]):
                    residual[place[e]] -= moved * data[e]
                shift[0] += moved * centre[j]
                largest = max(largest, bend * moved * moved)
        if largest <= still:
            return sweep + 1
    return sweeps
