"""The variance of an area, and the intervals made from it."""

import numpy as np
import pytest

from pellucid.metrics._delong import Area, delong, logit_interval, newcombe


def test_the_variance_is_that_of_the_placement_values() -> None:
    rng = np.random.default_rng(0)
    p, q = np.round(rng.normal(1, 1, 30), 1), np.round(rng.normal(0, 1, 20), 1)
    in_order = (p[:, None] > q) + (p[:, None] == q) / 2  # the definition, (P, Q)
    area = delong(p, q)
    assert area.value == pytest.approx(in_order.mean())
    expected = in_order.mean(axis=1).var(ddof=1) / 30 + in_order.mean(axis=0).var(ddof=1) / 20
    assert area.variance == pytest.approx(expected)


def test_swapping_the_classes_mirrors_the_area_and_keeps_its_variance() -> None:
    rng = np.random.default_rng(1)
    p, q = rng.normal(1, 1, 15), rng.normal(0, 1, 40)
    one, other = delong(p, q), delong(q, p)
    assert one.value + other.value == pytest.approx(1)
    assert one.variance == pytest.approx(other.variance)


def test_it_agrees_with_the_spread_of_the_area_over_many_sets() -> None:
    rng = np.random.default_rng(2)
    areas = [delong(rng.normal(1, 1, 60), rng.normal(0, 1, 90)) for _ in range(2000)]
    spread = np.var([area.value for area in areas])
    assert np.mean([area.variance for area in areas]) == pytest.approx(spread, rel=0.1)


def test_the_logit_interval_stays_inside_and_is_mirrored() -> None:
    low, high = logit_interval(Area(0.98, 0.0004), 0.95)
    assert 0 < low < 0.98 < high < 1
    assert logit_interval(Area(0.02, 0.0004), 0.95) == (pytest.approx(1 - high), pytest.approx(1 - low))


def test_a_perfect_area_of_few_rows_proves_little_and_of_many_much() -> None:
    for area in (0.0, 1.0):
        low, high = newcombe(area, 5, 5, 0.95)
        assert high - low > 0.3
    assert newcombe(1.0, 5, 5, 0.95)[0] < newcombe(1.0, 500, 500, 0.95)[0] < 1
    assert newcombe(1.0, 5, 5, 0.95)[1] == 1
    low, high = newcombe(0.7, 40, 60, 0.95)
    assert low < 0.7 < high
    assert newcombe(0.3, 60, 40, 0.95) == (pytest.approx(1 - high), pytest.approx(1 - low))
