"""Compiled: one epoch of stochastic gradient descent over rows, dense or sparse.

The weights are w = scale v: shrinking them all is one multiplication.  Their sum over the steps that are averaged is
sums v - behind, where `sums` adds up the scales and `behind` what later changes of v must not add to earlier steps.

Here: `epoch`; `loss_value` and `loss_slope`; the places of its numbers in `state`.
Elsewhere: the loop over epochs is in _sgd.py, a NumPy twin of `epoch` in its test.
Imports: Numba, pellucid.base, pellucid.persistence and this package; only functions that need compiled code import
this module.
"""

import math

from pellucid.base._tables import Array
from pellucid.linear_model._compiled import AHEAD, LINE, compiled, summing
from pellucid.linear_model._sgd_state import (
    EPSILON_INSENSITIVE,
    HINGE,
    HUBER,
    INTERCEPT,
    INVSCALING,
    LOG_LOSS,
    LOSS,
    MEAN_INTERCEPT,
    MISTAKES,
    MODIFIED_HUBER,
    OPTIMAL,
    PA1,
    PA2,
    PERCEPTRON,
    PULL,
    SCALE,
    SQUARED_EPSILON_INSENSITIVE,
    SQUARED_ERROR,
    SQUARED_HINGE,
    SUMS,
    T,
)
from pellucid.persistence._prefetch import fetch

SLOPE_MAX = 1e12  # of a loss; larger steps only overflow
SCALE_MIN = 1e-9  # below, the scale is multiplied into v: later additions to v, divided by it, keep their digits


@compiled
def loss_value(loss: int, y: float, p: float, width: float) -> float:
    """l(y, p): y is -1 or 1 for losses of a margin z = y p, a number for those of a residual r = y - p."""
    z, r = y * p, abs(y - p)
    if loss == HINGE:
        return max(0.0, 1.0 - z)
    if loss == PERCEPTRON:
        return max(0.0, -z)
    if loss == SQUARED_HINGE:
        return max(0.0, 1.0 - z) ** 2
    if loss == LOG_LOSS:
        return math.log1p(math.exp(-abs(z))) + max(0.0, -z)
    if loss == MODIFIED_HUBER:
        return max(0.0, 1.0 - z) ** 2 if z >= -1.0 else -4.0 * z
    if loss == SQUARED_ERROR:
        return 0.5 * r * r
    if loss == HUBER:
        return 0.5 * r * r if r <= width else width * r - 0.5 * width * width
    if loss == EPSILON_INSENSITIVE:
        return max(0.0, r - width)
    return max(0.0, r - width) ** 2  # SQUARED_EPSILON_INSENSITIVE


@compiled
def loss_slope(loss: int, y: float, p: float, width: float) -> float:
    """dl/dp, one of them where there are several; largest at SLOPE_MAX."""
    z, r = y * p, y - p
    out = 0.0
    if loss == HINGE:
        out = -y if z <= 1.0 else 0.0
    elif loss == PERCEPTRON:
        out = -y if z <= 0.0 else 0.0
    elif loss == SQUARED_HINGE:
        out = -2.0 * y * (1.0 - z) if z < 1.0 else 0.0
    elif loss == LOG_LOSS:
        out = -y / (1.0 + math.exp(z)) if z < 0.0 else -y * math.exp(-z) / (1.0 + math.exp(-z))
    elif loss == MODIFIED_HUBER:
        out = (-2.0 * y * (1.0 - z) if z >= -1.0 else -4.0 * y) if z < 1.0 else 0.0
    elif loss == SQUARED_ERROR:
        out = -r
    elif loss == HUBER:
        out = -r if abs(r) <= width else -math.copysign(width, r)
    elif loss == EPSILON_INSENSITIVE:
        out = -math.copysign(1.0, r) if abs(r) > width else 0.0
    elif loss == SQUARED_EPSILON_INSENSITIVE:
        out = -2.0 * (r - math.copysign(width, r)) if abs(r) > width else 0.0
    return min(max(out, -SLOPE_MAX), SLOPE_MAX)


@summing
def epoch(
    data: Array,
    place: Array,
    start: Array,
    sparse: bool,
    y: Array,
    weight: Array,
    order: Array,
    loss: int,
    width: float,
    rate: int,
    eta: float,
    power: float,
    begin: float,
    strength: float,
    alpha: float,
    l1_ratio: float,
    intercept_step: float,
    average: int,
    v: Array,
    behind: Array,
    pulled: Array,
    state: Array,
) -> None:
    """One step for each row of `order`, in that order; v, behind, pulled (D,) and state (8,) move on.

    Row i holds data[start[i] : start[i+1]] in the columns `place`, or in all columns unless `sparse`.
        w <- (1 - eta alpha (1 - l1_ratio)) w - eta s_i l'(y_i, p_i) x_i,    p_i = w . x_i + b
    and then every weight of a column of x_i is drawn towards 0, not past it, by as much l1 penalty as it has missed:
    PULL is what all steps would have drawn, pulled_j what w_j has been drawn.
    """
    for turn in range(len(order)):
        i = order[turn]
        first, last = start[i], start[i + 1]
        later = order[min(turn + AHEAD, len(order) - 1)]
        for e in range(start[later], start[later + 1], LINE):
            fetch(data, e)
            if sparse:
                fetch(place, e)
        p = 0.0
        if sparse:
            for e in range(first, last):
                p += data[e] * v[place[e]]
        else:  # of a slice, no place of which can be before 0, a loop takes several numbers at a time
            row = data[first:last]
            for j in range(len(row)):
                p += row[j] * v[j]
        p = state[SCALE] * p + state[INTERCEPT]
        if rate == OPTIMAL:
            eta = 1.0 / (strength * (begin + state[T] - 1.0))
        step = eta / state[T] ** power if rate == INVSCALING else eta
        value = loss_value(loss, y[i], p, width)
        state[LOSS] += weight[i] * value
        if y[i] * p <= 0.0:
            state[MISTAKES] += 1.0
        if rate == PA1 or rate == PA2:
            square = 0.0
            for e in range(first, last):
                square += data[e] * data[e]
            if rate == PA1:
                size = min(eta, value / square) if square > 0.0 else 0.0
            else:
                size = value / (square + 0.5 / eta)
            move = size * weight[i] * (y[i] if loss == HINGE else math.copysign(1.0, y[i] - p))
        else:
            move = -step * loss_slope(loss, y[i], p, width) * weight[i]
        if alpha > 0.0 and l1_ratio < 1.0:
            shrink = 1.0 - (1.0 - l1_ratio) * step * alpha
            if shrink <= 0.0:
                for j in range(len(v)):
                    behind[j] -= state[SUMS] * v[j]
                    v[j] = 0.0
            else:
                state[SCALE] *= shrink
                if state[SCALE] < SCALE_MIN:
                    for j in range(len(v)):
                        v[j] *= state[SCALE]
                    state[SUMS] /= state[SCALE]
                    state[SCALE] = 1.0
        if move != 0.0:
            push, sums = move / state[SCALE], state[SUMS]
            if sparse:
                for e in range(first, last):
                    v[place[e]] += push * data[e]
            else:
                row = data[first:last]
                for j in range(len(row)):
                    v[j] += push * row[j]
            if sums != 0.0:
                for e in range(first, last):
                    behind[place[e] if sparse else e - first] += sums * push * data[e]
            state[INTERCEPT] += move * intercept_step
        if 0 < average <= state[T]:
            state[SUMS] += state[SCALE]
            state[MEAN_INTERCEPT] += (state[INTERCEPT] - state[MEAN_INTERCEPT]) / (state[T] - average + 1.0)
        if alpha > 0.0 and l1_ratio > 0.0:
            state[PULL] += l1_ratio * step * alpha
            for e in range(first, last):
                j = place[e] if sparse else e - first
                w = state[SCALE] * v[j]
                drawn = 0.0
                if w > 0.0:
                    drawn = max(0.0, w - (state[PULL] + pulled[j]))
                elif w < 0.0:
                    drawn = min(0.0, w + (state[PULL] - pulled[j]))
                change = (drawn - w) / state[SCALE]
                v[j] += change
                behind[j] += state[SUMS] * change
                pulled[j] += drawn - w
        state[T] += 1.0
