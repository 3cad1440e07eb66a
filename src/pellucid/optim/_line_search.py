"""How far to go along a direction: a step that satisfies the strong Wolfe conditions.

Here: `strong_wolfe`, `Point`, and the cubic through two points by which it moves.
Elsewhere: the direction is found in _lbfgs.py.
Imports: numpy, for types.

Source: Nocedal and Wright, Numerical optimization, 2nd edition, algorithms 3.5 and 3.6; the safeguards, and so the
steps, are those of minFunc (Schmidt, 2005), which PyTorch follows.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from pellucid.ops._primitive import Array

DECREASE: Final = 1e-4  # c1: share of the decrease the slope promises that must be reached
CURVATURE: Final = 0.9  # c2: share of the slope that may be left; 0.9 is usual where steps of length 1 are good
MARGIN: Final = 0.1  # of the bracket's length: a trial closer to an end than this is moved away from it


@dataclass(frozen=True, slots=True)
class Point:
    """A point x + t d on the line: value of the function, its gradient, and the slope along the line, gradient . d."""

    t: float
    value: float
    gradient: Array
    slope: float


def strong_wolfe(
    probe: Callable[[float], Point], start: Point, t: float, *, reach: float, tolerance: float, most: int
) -> tuple[Point, int]:
    """A point with f(t) <= f(0) + c1 t f'(0) and |f'(t)| <= c2 |f'(0)|, and how often `probe` was called.

    probe: evaluates the function at x + t d.  start: the point t = 0, of negative slope.  t: the first trial.
    reach: the largest |d_i|; a bracket in which no entry moves by `tolerance` is narrow enough.
    most: trials after the first; when they are used up, the lowest of the last two points is returned.
    Beyond where the value is not a number it does not go: that counts as infinitely high.

    >>> import numpy as np
    >>> def probe(t):
    ...     return Point(t, (t - 3.0) ** 2, np.array([2 * (t - 3.0)]), 2 * (t - 3.0))
    >>> point, calls = strong_wolfe(probe, probe(0.0), 1.0, reach=1.0, tolerance=1e-9, most=25)
    >>> point.t, calls
    (1.0, 1)
    """

    def measured(t: float) -> Point:
        point = probe(t)
        return replace(point, value=math.inf) if math.isnan(point.value) else point

    bracket, done, trials = _bracket(measured, start, t, most)
    low = _lower(bracket)
    stalled = False
    while not done and trials < most and abs(bracket[1].t - bracket[0].t) * reach >= tolerance:
        t, stalled = _inside(_cubic_minimum(bracket[0], bracket[1]), bracket, stalled)
        new = measured(t)
        trials += 1
        if _too_high(new, start) or new.value >= bracket[low].value:
            bracket[1 - low] = new
            low = _lower(bracket)
            continue
        if _flat_enough(new, start):
            done = True
        elif new.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
            bracket[1 - low] = bracket[low]
        bracket[low] = new
    return bracket[low], trials + 1


def _bracket(probe: Callable[[float], Point], start: Point, t: float, most: int) -> tuple[list[Point], bool, int]:
    """Steps of growing length until two points enclose what is sought, or one is it; and the trials this took."""
    before, new = start, probe(t)
    for trials in range(most):
        if _too_high(new, start) or (trials > 1 and new.value >= before.value):
            return [before, new], False, trials
        if _flat_enough(new, start):
            return [new], True, trials
        if new.slope >= 0:
            return [before, new], False, trials
        further = _cubic_minimum(before, new, new.t + 0.01 * (new.t - before.t), new.t * 10)
        before, new = new, probe(further)
    return [start, new], False, most


def _too_high(point: Point, start: Point) -> bool:
    """Whether the value has not decreased enough."""
    return point.value > start.value + DECREASE * point.t * start.slope


def _flat_enough(point: Point, start: Point) -> bool:
    return abs(point.slope) <= -CURVATURE * start.slope


def _lower(bracket: list[Point]) -> int:
    """Which end has the lower value; the first of equals."""
    return 0 if bracket[0].value <= bracket[-1].value else 1


def _inside(t: float, bracket: list[Point], stalled: bool) -> tuple[float, bool]:
    """The trial, kept off an end of the bracket when the last one was near an end too; and whether it is near one."""
    least, most = sorted((bracket[0].t, bracket[1].t))
    margin = MARGIN * (most - least)
    if min(most - t, t - least) >= margin:
        return t, False
    if not stalled and least < t < most:
        return t, True
    return (most - margin if abs(t - most) < abs(t - least) else least + margin), False


def _cubic_minimum(a: Point, b: Point, least: float | None = None, most: float | None = None) -> float:
    """Where the cubic with the values and slopes of a and b is lowest, within [least, most], else between a and b.

    The middle of the interval when the cubic has no minimum.
    """
    if a.t > b.t:
        a, b = b, a
    low, high = a.t if least is None else least, b.t if most is None else most
    chord = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t)
    square = chord * chord - a.slope * b.slope
    if not 0 <= square < math.inf:
        return (low + high) / 2
    root = square**0.5
    t = b.t - (b.t - a.t) * ((b.slope + root - chord) / (b.slope - a.slope + 2 * root))
    return min(max(t, low), high)
