"""A metric under weightings of its rows: the metric's own numbers, and deviations by leaving units out."""

from typing import Any

import numpy as np
import pytest

from pellucid.metrics import METRICS, f1_score, r2_score, roc_auc_score
from pellucid.metrics._functional import SCALES, Calls, Difference, Functional, Ranking, Sums, functional
from pellucid.metrics._question import Asked, Question
from pellucid.metrics._scale import PLAIN
from pellucid.metrics._sums import SUMMED


def asked(name: str, n: int = 60, **how: Any) -> Asked:
    y, prediction = METRICS[name].sample(np.random.default_rng(0), n)
    how = {"sample_weight": None, "groups": None, "stratify": None, **how}
    return Asked.of("test", name, y, (prediction,), **how, options={})


def takes_weights(name: str) -> bool:
    return METRICS[name].needs != "clusters"


@pytest.mark.filterwarnings("ignore::pellucid.errors.DataWarning")
@pytest.mark.parametrize("kind", ["rows", "weights", "groups"])
@pytest.mark.parametrize("name", sorted(METRICS))
def test_counting_units_is_repeating_their_rows(name: str, kind: str) -> None:
    rng = np.random.default_rng(1)
    weight = rng.random(60) if kind == "weights" else None
    if weight is not None and not takes_weights(name):
        return
    given = asked(name, sample_weight=weight, groups=rng.integers(9, size=60) if kind == "groups" else None)
    q = given.questions[0]
    times = np.stack([q.times, rng.multinomial(q.times.sum(), q.times / q.times.sum())])
    whole, drawn = functional(q).values(times)
    assert whole == pytest.approx(given.estimate(0), rel=1e-10)
    row = np.repeat(np.arange(len(q.y)), times[1] if q.unit is None else times[1][q.unit])
    weighted = {} if weight is None else {"sample_weight": q.weight[row]}
    assert drawn == pytest.approx(q.function(q.y[row], q.prediction[row], **weighted), rel=1e-10)


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("name", sorted(SCALES))
def test_deviations_are_about_what_leaving_a_unit_out_changes(name: str, grouped: bool) -> None:
    groups = np.arange(400) // 2 if grouped else None
    q = asked(name, n=400, groups=groups).questions[0]
    measured, scale = functional(q), SCALES[name]
    deviation, units = measured.deviations(scale), len(q.times)
    assert deviation is not None
    without = scale.to(measured.values(q.times - np.eye(units, dtype=int)))
    change = scale.to(measured.values(q.times[None])) - without
    assert np.corrcoef(deviation.repeat(q.times), change.repeat(q.times))[0, 1] > 0.995
    n = q.times.sum()
    jackknife = (n - 1) / n * (q.times @ (without - q.times @ without / n) ** 2)
    assert n / (n - 1) * (q.times @ deviation**2) == pytest.approx(jackknife, rel=0.06)


@pytest.mark.parametrize("name", [name for name, scale in SCALES.items() if scale.is_loss and name != "r2_score"])
def test_a_mean_loss_is_straight_on_its_own_scale(name: str) -> None:
    measured, scale = functional(asked(name).questions[0]), SCALES[name]
    assert measured.curvature(scale, measured.deviations(scale)) == pytest.approx(0.0, abs=1e-8)


def test_a_ratio_of_means_bends_by_what_its_denominator_moves() -> None:
    """A / B along d has phi = (A + A' e) / (B + B' e), so c = phi'' / (2 phi') = -B' / B."""
    q = asked("r2_score", n=2000).questions[0]
    measured, scale = functional(q), SCALES["r2_score"]
    deviation = measured.deviations(scale)
    assert deviation is not None
    spread = (q.y - q.y.mean()) ** 2
    expected = -(spread @ deviation) / np.sqrt(deviation @ deviation) / spread.sum()
    assert measured.curvature(scale, deviation) == pytest.approx(expected, rel=0.02)


def test_a_share_bends_as_the_logit_does() -> None:
    """The logit of a share p has phi'' / (2 phi') = -(1 - 2 p) / (2 p (1 - p)), and one standard error is one step."""
    q = asked("accuracy_score").questions[0]
    measured, p = functional(q), float(np.mean(q.times @ (q.y == q.prediction)) / q.times.sum())
    deviation = measured.deviations(SCALES["accuracy_score"])
    assert deviation is not None
    expected = -(1 - 2 * p) / (2 * np.sqrt(60 * p * (1 - p)))
    assert measured.curvature(SCALES["accuracy_score"], deviation) == pytest.approx(expected, rel=1e-3)


def test_what_no_unit_moves_has_no_curve() -> None:
    measured = functional(asked("mean_squared_error").questions[0])
    assert measured.curvature(PLAIN, np.zeros(60)) == 0.0


def test_the_fastest_kind_that_fits_is_picked() -> None:
    def kind(name: str, **how: Any) -> type[Functional]:
        return type(functional(asked(name, **how).questions[0]))

    assert kind("roc_auc_score") is kind("average_precision_score") is Ranking
    assert {kind(name) for name in SUMMED} == {kind("f1_score"), kind("cohen_kappa_score")} == {Sums}
    assert kind("median_absolute_error") is kind("adjusted_rand_score") is Calls
    y, p = METRICS["roc_auc_score"].sample(np.random.default_rng(0))
    plain = Question(roc_auc_score, y, p, times=np.ones(200), options={"max_fpr": 0.3})
    assert type(functional(plain)) is Calls
    wide = Question(r2_score, np.ones((5, 2)), np.ones((5, 2)), times=np.ones(5), options={})
    assert type(functional(wide)) is Calls


def test_labels_cost_their_kinds_of_rows_and_not_their_number() -> None:
    measured = functional(asked("f1_score", n=5000).questions[0])
    assert measured.times.sum() == 5000 and len(measured.times) == 4


def test_a_difference_is_taken_weighting_by_weighting() -> None:
    y, a = METRICS["f1_score"].sample(np.random.default_rng(0))
    given = Asked.of("test", "f1_score", y, (a, 1 - a), None, None, None, {})
    first, second = map(functional, given.questions)
    both = Difference(first, second)
    assert both.values(both.times[None])[0] == pytest.approx(f1_score(y, a) - f1_score(y, 1 - a))
    moved = both.deviations(PLAIN)
    assert moved is not None
    np.testing.assert_allclose(moved, first.deviations(PLAIN) - second.deviations(PLAIN))
