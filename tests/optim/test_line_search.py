import math
from collections.abc import Callable

import numpy as np
import pytest

from pellucid.optim._line_search import CURVATURE, DECREASE, Point, strong_wolfe

Line = tuple[Callable[[float], float], Callable[[float], float]]  # a function of t and its derivative

_LINES: dict[str, Line] = {
    "parabola": (lambda t: (t - 3) ** 2, lambda t: 2 * (t - 3)),
    "quartic": (lambda t: (t - 1) ** 4 + t**2, lambda t: 4 * (t - 1) ** 3 + 2 * t),
    "waves": (lambda t: math.sin(3 * t + 2.5) + t / 10, lambda t: 3 * math.cos(3 * t + 2.5) + 0.1),
    "log": (lambda t: t - 5 * math.log(1 + t), lambda t: 1 - 5 / (1 + t)),
    "far": (lambda t: (t / 1000 - 1) ** 2, lambda t: 2 * (t / 1000 - 1) / 1000),
}


def _search(line: Line, t: float, most: int = 25, tolerance: float = 1e-12) -> tuple[Point, int, list[float]]:
    value, slope = line
    tried: list[float] = []

    def probe(t: float) -> Point:
        tried.append(t)
        return Point(t, value(t), np.array([slope(t)]), slope(t))

    start = Point(0.0, value(0.0), np.array([slope(0.0)]), slope(0.0))
    point, calls = strong_wolfe(probe, start, t, reach=1.0, tolerance=tolerance, most=most)
    return point, calls, tried


@pytest.mark.parametrize("t", [1e-3, 0.5, 1.0, 7.0, 50.0])
@pytest.mark.parametrize("name", _LINES)
def test_the_point_satisfies_both_wolfe_conditions(name: str, t: float) -> None:
    value, slope = _LINES[name]
    point, calls, tried = _search(_LINES[name], t)
    assert value(point.t) <= value(0.0) + DECREASE * point.t * slope(0.0)
    assert abs(slope(point.t)) <= CURVATURE * abs(slope(0.0))
    assert (point.value, point.slope, point.gradient.tolist()) == (value(point.t), slope(point.t), [slope(point.t)])
    assert calls == len(tried)
    assert point.t in tried


def test_a_trial_beyond_the_minimum_of_a_parabola_leads_to_it_at_once() -> None:
    point, calls, tried = _search(_LINES["parabola"], 8.0)
    assert (point.t, calls, tried) == (3.0, 2, [8.0, 3.0])


@pytest.mark.parametrize("most", [0, 1, 2])
def test_no_more_trials_are_made_than_allowed(most: int) -> None:
    point, calls, tried = _search(_LINES["far"], 1e-6, most=most)
    assert calls == len(tried) == most + 1
    assert point.value <= 1.0


def test_a_function_without_decrease_gives_back_the_start() -> None:
    point, _, tried = _search((lambda t: float(t > 0), lambda t: -1.0), 1.0, tolerance=1e-3)
    assert point.t == 0.0
    assert len(tried) < 25


@pytest.mark.parametrize("beyond", [math.nan, math.inf])
def test_it_stays_where_the_function_has_values(beyond: float) -> None:
    line = (lambda t: (t - 3) ** 2 if t < 4 else beyond, lambda t: 2 * (t - 3) if t < 4 else beyond)
    for t in (1.0, 5.0, 100.0):
        point, _, _ = _search(line, t)
        assert point.t < 4
        assert point.value <= 9 - DECREASE * 6 * point.t
