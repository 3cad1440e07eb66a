"""Scales and the studentised interval: inverses, the textbook's t interval, and what skewness does."""

import numpy as np
import pytest
import scipy.stats

from pellucid.metrics._scale import (
    FISHER,
    LOGIT,
    LOSS,
    PLAIN,
    SHORTFALL,
    SQUARED_LOSS,
    Scale,
    Studentised,
    two_sided_p,
    two_sided_t,
)


@pytest.mark.parametrize("scale", [PLAIN, LOSS, SQUARED_LOSS, SHORTFALL, LOGIT, FISHER])
def test_a_scale_comes_back_never_turns_and_has_the_slope_it_says(scale: Scale) -> None:
    x, h = np.linspace(0.02, 0.98, 25), 1e-6
    np.testing.assert_allclose(scale.back(scale.to(x)), x, rtol=1e-12)
    rises = np.diff(scale.to(x)) > 0
    assert rises.all() or (scale is SHORTFALL and not rises.any())
    np.testing.assert_allclose((scale.to(x + h) - scale.to(x - h)) / (2 * h), scale.slope(x), rtol=1e-6)


def test_quantile_and_tail_are_each_others_inverse() -> None:
    for degrees in (2.0, 7.5, 1e6):
        assert two_sided_p(two_sided_t(0.9, degrees), degrees) == pytest.approx(0.1)


def test_the_interval_of_a_mean_is_students_but_for_the_degrees_of_freedom() -> None:
    x = np.random.default_rng(0).normal(3.0, 2.0, size=40)
    spread = Studentised.of((x - x.mean()) / 40, np.ones(40), skewed=False)
    assert spread.error == pytest.approx(scipy.stats.sem(x))
    assert spread.at(x.mean(), 0.9) == pytest.approx(
        scipy.stats.t.interval(0.9, spread.degrees, x.mean(), scipy.stats.sem(x))
    )
    kurtosis = scipy.stats.kurtosis(x, fisher=False)
    assert spread.degrees == pytest.approx(min(39, 80 / (kurtosis - 1)))


def test_a_few_heavy_units_leave_few_degrees_of_freedom() -> None:
    heavy = np.r_[np.full(98, 0.001), 1.0, -1.0]
    assert Studentised.of(heavy, np.ones(100), skewed=False).degrees < 5


def test_equal_units_may_be_given_once_with_their_number() -> None:
    deviation, times = np.array([-0.3, 0.1, 0.6]), np.array([4, 6, 1])
    once = Studentised.of(deviation, times, skewed=True)
    assert once == pytest.approx(Studentised.of(deviation.repeat(times), np.ones(11), skewed=True))


def test_a_long_upper_tail_moves_the_interval_up_and_the_p_value_with_it() -> None:
    loss = np.random.default_rng(1).exponential(size=60)
    deviation = (loss - loss.mean()) / 60
    plain, bent = (Studentised.of(deviation, np.ones(60), skewed=flag) for flag in (False, True))
    assert bent.at(0.0, 0.95)[0] > plain.at(0.0, 0.95)[0]
    assert bent.at(0.0, 0.95)[1] > plain.at(0.0, 0.95)[1]
    for end in bent.at(0.0, 0.95):
        assert bent.p_value(-end) == pytest.approx(0.05)


def test_a_curve_bends_the_limits_as_skewness_does_and_the_p_value_with_them() -> None:
    skewed, curved = Studentised(1.0, 30.0, 0.6), Studentised(1.0, 30.0, 0.0, curvature=0.2)
    moved = 0.6 / 6  # what Hall's cubic of a skewness moves the quantile by, besides
    assert curved._bent(2.0 - moved) == pytest.approx(skewed._bent(2.0))
    both = Studentised(0.7, 12.0, 0.3, curvature=-0.25)
    for end in both.at(0.0, 0.9):
        assert both.p_value(-end) == pytest.approx(0.1)


def of_loss(loss: np.ndarray) -> Studentised:
    return Studentised.of((loss - loss.mean()) / len(loss), np.ones(len(loss)), skewed=True)


@pytest.mark.parametrize("n", [10, 30, 1000])
def test_one_row_that_carries_the_loss_is_bounded_as_one_event(n: int) -> None:
    """One event of a Poisson number has the exact limits 0.025 and 5.57; rows may yet come that are heavier."""
    loss = np.r_[np.zeros(n - 1), 1.0]
    low, high = of_loss(loss).at_loss(loss.mean(), 0.95)
    assert 0 < low / loss.mean() < 0.05
    assert 5.57 < high / loss.mean() < 9


def heavy_losses(n: int) -> np.ndarray:
    """500 sets of n losses, from nearly equal ones to one among nothings."""
    rng = np.random.default_rng(n)
    return np.exp(rng.uniform(0, 8, size=(500, 1)) * rng.normal(size=(500, n)))


@pytest.mark.parametrize("n", [10, 20, 50])
def test_the_upper_limit_of_a_loss_stays_within_what_the_rows_can_support(n: int) -> None:
    for loss in heavy_losses(n):
        low, high = of_loss(loss).at_loss(loss.mean(), 0.95)
        assert 0 < low < loss.mean() < high < 9 * loss.mean()
        assert high < (1.5 if n == 10 else 1.1) * loss.max()


def test_the_limits_of_a_loss_move_with_its_unit_and_with_the_confidence() -> None:
    for loss in heavy_losses(30)[:50]:
        spread, mean = of_loss(loss), loss.mean()
        small, large = spread.at_loss(mean, 0.8), spread.at_loss(mean, 0.99)
        assert large[0] < small[0] and small[1] < large[1]
        np.testing.assert_allclose(of_loss(1e5 * loss).at_loss(1e5 * mean, 0.8), 1e5 * np.array(small), rtol=1e-9)


def test_where_the_mean_tells_the_variance_no_degrees_are_lost_below() -> None:
    two_values = Studentised.of(np.r_[np.full(27, -0.1), np.full(3, 0.9)] / 30, np.ones(30), skewed=True)
    assert two_values.degrees < 15 and two_values.degrees_left == 29
    even = Studentised.of(
        np.random.default_rng(0).standard_t(4, size=(100, 2)) @ np.eye(2)[0], np.ones(100), skewed=True
    )
    assert even.degrees <= even.degrees_left < 99


def test_units_that_all_agree_leave_no_error() -> None:
    spread = Studentised.of(np.zeros(5), np.ones(5), skewed=True)
    assert spread.at(0.4, 0.95) == (0.4, 0.4)
    assert (spread.p_value(0.0), spread.p_value(0.1)) == (1.0, 0.0)
