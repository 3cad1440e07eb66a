"""Resampling: what is drawn, and the limits in the samples."""

import warnings
from typing import Any

import numpy as np
import pytest

from pellucid.errors import DataError, ParameterError
from pellucid.metrics import METRICS, balanced_accuracy_score
from pellucid.metrics._bootstrap import JACKKNIFE_BLOCKS, Limits, acceleration, draws, rule_of, samples_of
from pellucid.metrics._functional import functional
from pellucid.metrics._question import Asked


def asked(y: Any, prediction: Any, metric: Any = "mean_absolute_error", **how: Any) -> Asked:
    how = {"sample_weight": None, "groups": None, "stratify": None, **how}
    return Asked.of("interval", metric, y, (prediction,), **how, options={})


@pytest.mark.parametrize("n", [8, 70_000])
def test_every_resample_has_as_many_units_and_as_many_of_each_stratum(n: int) -> None:
    strata = np.arange(n) % 3
    for given in (None, strata):
        drawn = np.concatenate(list(draws(np.ones(n, int), given, 30, np.random.default_rng(0))))
        assert drawn.shape == (30, n) and (drawn.sum(axis=1) == n).all()
        of_stratum = np.stack([drawn[:, strata == k].sum(axis=1) for k in range(3)])
        assert (of_stratum == np.bincount(strata)[:, None]).all() == (given is not None)


def test_units_that_stand_several_times_are_drawn_as_their_copies_are() -> None:
    times = np.array([5, 1, 14])
    once = np.concatenate(list(draws(times, None, 4000, np.random.default_rng(0))))
    copies = np.concatenate(list(draws(np.ones(20, int), None, 4000, np.random.default_rng(1))))
    merged = np.add.reduceat(copies, [0, 5, 6], axis=1)
    np.testing.assert_allclose(once.mean(axis=0), times, rtol=0.05)
    np.testing.assert_allclose(np.cov(once.T), np.cov(merged.T), atol=0.25)


def test_the_same_generator_gives_the_same_samples_and_their_spread_is_the_standard_error() -> None:
    y = np.random.default_rng(0).normal(size=400)
    given = asked(y, np.zeros(400))
    one, other = (samples_of(given, functional(given.questions[0]), 2000, np.random.default_rng(7)) for _ in range(2))
    assert (one == other).all()
    assert one.std() == pytest.approx(np.abs(y).std() / 20, rel=0.08)


def test_a_resample_that_lacks_a_class_makes_all_be_drawn_within_the_classes() -> None:
    y, score = [0] * 30 + [1, 1], list(range(32))
    given = asked(y, score, "roc_auc_score")
    assert np.isfinite(samples_of(given, functional(given.questions[0]), 200, np.random.default_rng(0))).all()
    free = asked(y, score, "roc_auc_score", stratify=False)
    with pytest.raises(DataError, match="undefined on .* of 200 resamples, for want of a class"):
        samples_of(free, functional(free.questions[0]), 200, np.random.default_rng(0))


def test_warnings_of_the_resamples_stay_inside() -> None:
    given = asked([0] * 9 + [1], [0] * 8 + [1, 1], balanced_accuracy_score)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        samples_of(given, functional(given.questions[0]), 300, np.random.default_rng(0))


def test_acceleration_is_a_sixth_of_the_skewness_of_a_mean() -> None:
    loss = np.random.default_rng(0).exponential(size=500)
    deviation = loss - loss.mean()
    skewness = (deviation**3).mean() / (deviation**2).mean() ** 1.5
    told = acceleration(functional(asked(loss, np.zeros(500)).questions[0]))
    assert told == pytest.approx(skewness / 6 / 500**0.5, rel=0.01)

    def mean(y: Any, prediction: Any) -> float:
        return float(np.mean(y))

    blocks = acceleration(functional(asked(loss, np.zeros(500), mean).questions[0]))
    assert blocks == pytest.approx(told, abs=3 * 6**0.5 / 6 / JACKKNIFE_BLOCKS)


def test_a_metric_of_one_unit_has_no_acceleration() -> None:
    assert acceleration(functional(asked([1, 1, 1], [1, 1, 1], "f1_score").questions[0])) == 0.0


def test_without_bias_and_bend_all_rules_give_the_percentiles() -> None:
    samples = np.random.default_rng(0).normal(size=20_001)
    expected = np.quantile(samples, [0.05, 0.95])
    for rule in ("percentile", "bias-corrected", "bca"):
        limits = Limits.of(samples, float(np.median(samples)), rule)
        assert limits.at(0.9) == pytest.approx(expected, abs=1e-3)
        assert limits.p_value(float(expected[0])) == pytest.approx(0.1, abs=1e-3)


def test_samples_beyond_the_estimate_move_both_limits_to_the_other_side() -> None:
    samples = np.random.default_rng(0).normal(size=2001)
    low, high = Limits.of(samples, -0.5, "percentile").at(0.95)
    moved = Limits.of(samples, -0.5, "bias-corrected").at(0.95)
    assert moved[0] < low and moved[1] < high
    bent = Limits.of(samples, float(np.median(samples)), "bca", 0.1).at(0.95)
    assert bent[0] > low and bent[1] > high
    for estimate in (-9.0, 9.0):  # all samples on one side: the limits stay among them
        for bend in (0.0, 0.3, -0.3):
            ends = Limits.of(samples, estimate, "bca", bend).at(0.95)
            assert samples.min() <= ends[0] <= ends[1] <= samples.max()


@pytest.mark.parametrize("rule", ["percentile", "bias-corrected", "bca"])
def test_the_p_value_is_where_a_limit_meets_the_number(rule: Any) -> None:
    samples = np.random.default_rng(1).gamma(6.0, size=50_000)
    limits = Limits.of(samples, 5.2, rule, 0.06)
    for confidence in (0.8, 0.95):
        for end in limits.at(confidence):
            assert limits.p_value(end) == pytest.approx(1 - confidence, abs=0.002)
    assert limits.p_value(-1.0) < 1e-3


def test_samples_that_are_all_alike_are_both_limits() -> None:
    assert Limits.of(np.full(100, 0.3), 0.3, "bca").at(0.95) == (0.3, 0.3)


def test_what_no_bootstrap_can_do_is_refused() -> None:
    assert rule_of("bootstrap", "interval", 0.95, 100) == "bca"
    for wrong in (("bootstrap", 0.95, 99), ("bootstrap", 1.0, 1000), ("jackknife", 0.95, 1000)):
        with pytest.raises(ParameterError, match="interval: "):
            rule_of(wrong[0], "interval", *wrong[1:])


def test_every_metric_of_the_table_can_be_resampled_by_groups() -> None:
    for name, metric in METRICS.items():
        if metric.needs != "clusters":
            y, prediction = metric.sample(np.random.default_rng(0), 90)
            given = asked(y, prediction, name, groups=np.arange(90) // 3)
            assert samples_of(given, functional(given.questions[0]), 20, np.random.default_rng(0)).std() > 0
