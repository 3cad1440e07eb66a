"""Comparisons: which method for which metric, their size when nothing differs, and that pairing is worth something."""

from typing import Any

import numpy as np
import pytest

from pellucid.errors import DataError, ParameterError
from pellucid.metrics import METRICS, Comparison, accuracy_score, compare, interval, roc_auc_score


def scored(seed: int, n: int = 300, better: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Classes and two scores with much of their noise in common; the first is `better` standard deviations better."""
    rng = np.random.default_rng(seed)
    y = rng.integers(2, size=n)
    shared, own = rng.normal(size=n), rng.normal(size=(2, n)) / 2
    return y, shared + own[0] + (1 + better) * y, shared + own[1] + y


@pytest.mark.filterwarnings("ignore::pellucid.errors.DataWarning")
@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_can_be_compared_both_ways_round(name: str) -> None:
    metric, rng = METRICS[name], np.random.default_rng(0)
    y, a = metric.sample(rng, 120)
    b = a[rng.permutation(120)] if metric.needs != "numbers" else a * rng.gamma(4.0, 1 / 4, size=120)
    one, other = compare(name, y, a, b, n_resamples=100), compare(name, y, b, a, n_resamples=100)
    assert one.estimate == pytest.approx(metric.function(y, a) - metric.function(y, b)) == -other.estimate
    assert one.low <= one.estimate <= one.high and 0 < one.p_value <= 1
    assert one.n == 120
    better = one.estimate > 0 if metric.greater_is_better else one.estimate < 0
    assert better  # the middling prediction against one made worse
    expected = {"accuracy_score": "mcnemar-exact", "roc_auc_score": "delong"}.get(name, "bca")
    assert one.method == other.method == expected


def test_the_methods_agree_where_there_are_many_rows() -> None:
    y, a, b = scored(1, n=3000, better=0.1)
    for metric, one, other in ((accuracy_score, a > 0.5, b > 0.5), (roc_auc_score, a, b)):
        told, drawn = (compare(metric, y, one, other, method=how) for how in ("auto", "bootstrap"))
        assert drawn.method == "bca"
        assert (drawn.low, drawn.high) == pytest.approx((told.low, told.high), abs=0.002)
    told, drawn = (compare("mean_absolute_error", y, a, b, method=how) for how in ("studentised", "percentile"))
    assert told.method == "studentised" and drawn.method == "percentile"
    assert (drawn.low, drawn.high) == pytest.approx((told.low, told.high), abs=0.003)


def test_a_p_value_is_below_five_percent_just_when_the_interval_leaves_nothing_out() -> None:
    for seed in range(4):
        y, a, b = scored(seed, better=0.3)
        for found in (
            compare("roc_auc_score", y, a, b),
            compare("average_precision_score", y, a, b, method="studentised"),
            compare("mean_squared_error", y, a, b, method="studentised"),
            compare("f1_score", y, a > 0.5, b > 0.5, n_resamples=200),
        ):
            assert (found.p_value < 0.05) == (not found.low <= 0 <= found.high)


def test_what_is_hard_for_both_does_not_widen_the_interval_of_the_difference() -> None:
    y, a, b = scored(3, better=0.2)
    for metric, one, other in (("roc_auc_score", a, b), ("mean_squared_error", a, b), ("f1_score", a > 0.5, b > 0.5)):
        paired = compare(metric, y, one, other)
        alone = [found.high - found.low for found in (interval(metric, y, one), interval(metric, y, other))]
        assert paired.high - paired.low < 0.75 * np.hypot(*alone)  # which two sets of other rows would give


def test_groups_that_repeat_their_rows_make_an_interval_wider() -> None:
    y, a, b = (part.repeat(4) for part in scored(4, n=80, better=0.3))
    groups = np.arange(80).repeat(4)
    for metric, one, other in (("roc_auc_score", a, b), ("log_loss", *(1 / (1 + np.exp(-s)) for s in (a, b)))):
        rows, grouped = compare(metric, y, one, other), compare(metric, y, one, other, groups=groups)
        assert grouped.high - grouped.low == pytest.approx(2 * (rows.high - rows.low), rel=0.15)
        assert grouped.estimate == rows.estimate and grouped.p_value > rows.p_value
    assert compare("accuracy_score", y, a > 0.5, b > 0.5, groups=groups).method == "bca"


def test_equal_predictions_do_not_differ() -> None:
    y, a, _ = scored(5)
    for metric, prediction in (("accuracy_score", a > 0), ("roc_auc_score", a), ("f1_score", a > 0)):
        found = compare(metric, y, prediction, prediction)
        assert (found.estimate, found.p_value) == (0.0, 1.0)
        assert found.low <= 0 <= found.high
    assert compare("r2_score", y, a, a, method="studentised").p_value == 1.0


def test_any_function_of_two_columns_can_be_compared_and_repeats_with_the_seed() -> None:
    y, a, b = scored(6)

    def bias(y: Any, p: Any) -> float:
        return float(np.mean(p - y))

    assert compare(bias, y, a, b) == compare(bias, y, a, b)
    assert compare(bias, y, a, b) != compare(bias, y, a, b, seed=1)


def test_what_cannot_be_compared_says_why() -> None:
    y, a, b = scored(7)
    for wrong, message in (
        (lambda: compare("roc_auc", y, a, b), "did you mean roc_auc_score"),
        (lambda: compare("median_absolute_error", y, a, b, method="studentised"), "does not know this metric"),
        (lambda: compare("r2_score", y, a, b, method="wilson"), "method='wilson'; use one of"),
        (lambda: compare("r2_score", y, a, b[:9]), "prediction 1 has 9"),
        (lambda: compare("roc_auc_score", [0, 0, 0, 1], [1, 2, 3, 0], [1, 2, 3, 4]), "or a class has one row"),
    ):
        with pytest.raises((ParameterError, DataError), match=message):
            wrong()


def test_it_prints_as_a_difference_with_its_limits() -> None:
    assert str(Comparison(-0.1, -0.2, 0.0, 0.95, 0.05, "bca", 9)) == "-0.1000 [-0.2000, +0.0000], p = 0.05"


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 1000])
@pytest.mark.parametrize(
    ("metric", "method", "sets"),
    [
        ("accuracy_score", "auto", 1000),
        ("roc_auc_score", "auto", 1000),
        ("average_precision_score", "studentised", 1000),
        ("mean_squared_error", "studentised", 1000),
        ("mean_squared_error", "bca", 300),
    ],
)
def test_models_that_are_equally_good_are_told_apart_in_five_percent_of_sets(
    metric: str, method: Any, sets: int, n: int
) -> None:
    labels, rejected, covered = METRICS[metric].needs == "labels", 0, 0
    for seed in range(sets):
        y, a, b = scored(seed, n=n)
        found = compare(metric, y, *((a > 0.5, b > 0.5) if labels else (a, b)), method=method)
        rejected += found.p_value < 0.05
        covered += found.low <= 0 <= found.high
    assert rejected / sets <= (0.07 if sets == 1000 else 0.085)  # three standard errors above 5 %
    assert covered / sets >= (0.93 if sets == 1000 else 0.915)
    if metric != "accuracy_score":  # the exact test rejects less
        assert rejected / sets >= (0.03 if sets == 1000 else 0.015)


def test_rows_of_several_labels_are_right_when_all_are() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=(80, 3))
    a, b = (np.where(rng.random(y.shape) < share, y, 1 - y) for share in (0.9, 0.6))
    found = compare("accuracy_score", y, a, b)
    assert found == compare("accuracy_score", np.ones(80, int), *((p == y).all(axis=1).astype(int) for p in (a, b)))
    assert found.method == "mcnemar-exact" and found.low > 0
