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
