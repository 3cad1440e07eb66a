"""The error of an area, and the intervals for where there is none."""

import numpy as np
import pytest

from pellucid.metrics import average_precision_score
from pellucid.metrics._delong import delong, newcombe, precision_at_area
from pellucid.metrics._ranked import Ranked


def moves(positive: np.ndarray, negative: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How each row moves the area, and which are positive."""
    is_positive = np.repeat([True, False], [len(positive), len(negative)])
    ranked = Ranked.of(is_positive, np.concatenate([positive, negative]))
    return ranked.area_moves(np.ones(len(is_positive))), is_positive


def test_the_variance_is_that_of_the_placement_values() -> None:
    rng = np.random.default_rng(0)
    p, q = np.round(rng.normal(1, 1, 30), 1), np.round(rng.normal(0, 1, 20), 1)
    in_order = (p[:, None] > q) + (p[:, None] == q) / 2  # the definition, (P, Q)
    expected = in_order.mean(axis=1).var(ddof=1) / 30 + in_order.mean(axis=0).var(ddof=1) / 20
    found = delong(*moves(p, q))
    assert found is not None and found.error**2 == pytest.approx(expected)


def test_swapping_the_classes_keeps_the_error() -> None:
    rng = np.random.default_rng(1)
    p, q = rng.normal(1, 1, 15), rng.normal(0, 1, 40)
    assert delong(*moves(p, q)) == pytest.approx(delong(*moves(q, p)))


def test_it_agrees_with_the_spread_of_the_area_over_many_sets() -> None:
    rng, areas, variances = np.random.default_rng(2), [], []
    for _ in range(2000):
        p, q = rng.normal(1, 1, 60), rng.normal(0, 1, 90)
        found = delong(*moves(p, q))
        assert found is not None
        areas.append((p[:, None] > q).mean())
        variances.append(found.error**2)
    assert np.mean(variances) == pytest.approx(np.var(areas), rel=0.1)


def test_few_rows_of_one_class_leave_few_degrees_of_freedom() -> None:
    rng = np.random.default_rng(3)
    few, many = (delong(*moves(rng.normal(1, 1, size), rng.normal(0, 1, 200))) for size in (8, 200))
    assert few is not None and many is not None
    assert few.degrees < 20 < 100 < many.degrees


def test_perfect_order_and_a_lonely_row_tell_no_error() -> None:
    assert delong(*moves(np.array([3.0, 4.0]), np.array([1.0, 2.0]))) is None
    assert delong(*moves(np.array([3.0]), np.array([1.0, 2.0, 4.0]))) is None


def test_precision_at_an_area_is_that_of_normal_scores() -> None:
    rng = np.random.default_rng(4)
    for area, share in ((0.76, 0.5), (0.921, 0.1), (0.5, 0.3)):
        gap = {0.76: 1.0, 0.921: 2.0, 0.5: 0.0}[area]  # sqrt(2) Phi^-1(area)
        y = rng.random(300_000) < share
        simulated = average_precision_score(y.astype(int), rng.normal(size=len(y)) + gap * y)
        assert precision_at_area(area, share) == pytest.approx(simulated, abs=0.01)
    assert precision_at_area(1.0, 0.2) == 1.0


def test_a_perfect_area_of_few_rows_proves_little_and_of_many_much() -> None:
    for area in (0.0, 1.0):
        low, high = newcombe(area, 5, 5, 0.95)
        assert high - low > 0.3
    assert newcombe(1.0, 5, 5, 0.95)[0] < newcombe(1.0, 500, 500, 0.95)[0] < 1
    assert newcombe(1.0, 5, 5, 0.95)[1] == 1
    low, high = newcombe(0.7, 40, 60, 0.95)
    assert low < 0.7 < high
    assert newcombe(0.3, 60, 40, 0.95) == (pytest.approx(1 - high), pytest.approx(1 - low))
