"""Compiled: coordinate descent on the duals of linear support vector machines.

    classes    min_a  |sum_i a_i y_i x_i|^2 / 2 + sum_i lift_i a_i^2 / 2 - sum_i a_i,    0 <= a_i <= upper_i
    numbers    min_a  |sum_i a_i x_i|^2 / 2 + sum_i lift_i a_i^2 / 2 - sum_i a_i y_i + epsilon sum_i |a_i|,
               -upper_i <= a_i <= upper_i

Here: `epoch` for classes, `tube_epoch` for numbers.
Elsewhere: what the bounds and lifts of a loss are, and the loops, is in _linear_svc.py and _linear_svr.py.
Imports: Numba, through pellucid.linear_model and pellucid.persistence; only functions that need compiled code import
this module.
"""

from pellucid.base._tables import Array
from pellucid.linear_model._compiled import AHEAD, LINE, summing
from pellucid.persistence._prefetch import fetch


@summing
def epoch(
    data: Array,
    place: Array,
    start: Array,
    sparse: bool,
    y: Array,
    bias: float,
    square: Array,
    lift: Array,
    upper: Array,
    order: Array,
    dual: Array,
    w: Array,
) -> float:
    """Set each a_i in `order` to its best value; the largest entry of the projected gradient that was met.

    Row i holds data[start[i] : start[i+1]] in the columns `place`, or in all columns unless `sparse`, and `bias` in one
    column more.  y (N,) of -1 and 1, square (N,) = |x_i|^2; dual (N,) and w (D + 1,) = sum_i a_i y_i x_i move on.
    """
    worst, last = 0.0, len(w) - 1
    for turn in range(len(order)):
        i, later = order[turn], order[min(turn + AHEAD, len(order) - 1)]
        for e in range(start[later], start[later + 1], LINE):
            fetch(data, e)
        bend = square[i] + lift[i]
        if bend <= 0.0 or upper[i] <= 0.0:
            continue
        first, stop = start[i], start[i + 1]
        score = bias * w[last]
        row = data[first:stop]
        if sparse:
            for e in range(len(row)):
                score += row[e] * w[place[first + e]]
        else:
            for j in range(len(row)):
                score += row[j] * w[j]
        slope = y[i] * score - 1.0 + lift[i] * dual[i]
        if dual[i] <= 0.0:
            free = min(slope, 0.0)
        elif dual[i] >= upper[i]:
            free = max(slope, 0.0)
        else:
            free = slope
        worst = max(worst, abs(free))
        if free == 0.0:
            continue
        moved = min(max(dual[i] - slope / bend, 0.0), upper[i])
        change = (moved - dual[i]) * y[i]
        dual[i] = moved
        if sparse:
            for e in range(len(row)):
                w[place[first + e]] += change * row[e]
        else:
            for j in range(len(row)):
                w[j] += change * row[j]
        w[last] += change * bias
    return worst


@summing
def tube_epoch(
    data: Array,
    place: Array,
    start: Array,
    sparse: bool,
    y: Array,
    epsilon: float,
    bias: float,
    square: Array,
    lift: Array,
    upper: Array,
    order: Array,
    dual: Array,
    w: Array,
) -> float:
    """Set each a_i in `order` to its best value; the largest entry of the shortest subgradient that was met.

    y (N,) of any numbers and w = sum_i a_i x_i; all else as in `epoch`.
    """
    worst, last = 0.0, len(w) - 1
    for turn in range(len(order)):
        i, later = order[turn], order[min(turn + AHEAD, len(order) - 1)]
        for e in range(start[later], start[later + 1], LINE):
            fetch(data, e)
        bend = square[i] + lift[i]
        if bend <= 0.0 or upper[i] <= 0.0:
            continue
        first, stop = start[i], start[i + 1]
        score = bias * w[last]
        row = data[first:stop]
        if sparse:
            for e in range(len(row)):
                score += row[e] * w[place[first + e]]
        else:
            for j in range(len(row)):
                score += row[j] * w[j]
        slope = score - y[i] + lift[i] * dual[i]
        rising, falling = slope + epsilon, slope - epsilon  # the slopes to the right and to the left of 0
        if dual[i] >= upper[i]:
            free = max(rising, 0.0)
        elif dual[i] <= -upper[i]:
            free = max(-falling, 0.0)
        elif dual[i] > 0.0:
            free = abs(rising)
        elif dual[i] < 0.0:
            free = abs(falling)
        else:
            free = max(-rising, falling, 0.0)
        worst = max(worst, free)
        if free == 0.0:
            continue
        best = dual[i] - slope / bend
        best = best - epsilon / bend if best > epsilon / bend else min(best + epsilon / bend, 0.0)
        moved = min(max(best, -upper[i]), upper[i])
        change = moved - dual[i]
        dual[i] = moved
        if sparse:
            for e in range(len(row)):
                w[place[first + e]] += change * row[e]
        else:
            for j in range(len(row)):
                w[j] += change * row[j]
        w[last] += change * bias
    return worst
