"""Scales and the studentised interval: inverses, the textbook's t interval, and what skewness does."""

import numpy as np
import pytest
import scipy.stats

from pellucid.metrics._scale import FISHER, LOG, LOGIT, PLAIN, SHORTFALL, Scale, Studentised, two_sided_p, two_sided_t


@pytest.mark.parametrize("scale", [PLAIN, LOG, LOGIT, SHORTFALL, FISHER])
def test_a_scale_comes_back_rises_and_has_the_slope_it_says(scale: Scale) -> None:
    x, h = np.linspace(0.02, 0.98, 25), 1e-6
    np.testing.assert_allclose(scale.back(scale.to(x)), x, rtol=1e-12)
    assert (np.diff(scale.to(x)) > 0).all()
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


def test_units_that_all_agree_leave_no_error() -> None:
    spread = Studentised.of(np.zeros(5), np.ones(5), skewed=True)
    assert spread.at(0.4, 0.95) == (0.4, 0.4)
    assert (spread.p_value(0.0), spread.p_value(0.1)) == (1.0, 0.0)
