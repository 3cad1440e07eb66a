"""Intervals: which method for which metric, and that they hold the truth as often as they say."""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.errors import DataError, ParameterError
from pellucid.metrics import METRICS, Interval, accuracy_score, f1_score, interval, log_loss, roc_auc_score
from pellucid.metrics._functional import SCALES

WILSON = {
    "accuracy_score",
    "zero_one_loss",
    "hamming_loss",
    "precision_score",
    "recall_score",
    "jaccard_score",
    "f1_score",
}
DELONG = {"roc_auc_score", "average_precision_score"}
COVERAGE = Path(__file__).resolve().parents[2] / "benchmarks" / "interval_coverage.py"


def two_classes(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(2, size=n)
    return y, 1 / (1 + np.exp(-rng.normal(size=n) - 2 * y + 1))


@pytest.mark.filterwarnings("ignore::pellucid.errors.DataWarning")
@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_lies_within_its_own_interval_and_repeats_with_the_seed(name: str) -> None:
    y, prediction = METRICS[name].sample(np.random.default_rng(0), 150)
    found = interval(name, y, prediction, n_resamples=200)
    assert found == interval(METRICS[name].function, y, prediction, n_resamples=200)
    assert found.low < found.estimate < found.high
    assert found.estimate == METRICS[name].function(y, prediction)
    assert found.n == 150
    other = "studentised" if name in SCALES else "bca"
    assert found.method == ("wilson" if name in WILSON else "delong" if name in DELONG else other)
    wider = interval(name, y, prediction, 0.99, n_resamples=200)
    assert wider.low < found.low and found.high < wider.high


def test_every_scale_is_that_of_a_metric() -> None:
    assert SCALES.keys() <= METRICS.keys()


@pytest.mark.parametrize("name", sorted(SCALES))
def test_the_methods_agree_where_there_are_many_rows(name: str) -> None:
    y, prediction = METRICS[name].sample(np.random.default_rng(1), 3000)
    closed, drawn = (interval(name, y, prediction, method=method) for method in ("auto", "bootstrap"))
    assert closed.method != drawn.method == "bca"
    near = 0.15 * (closed.high - closed.low)
    assert (drawn.low, drawn.high) == pytest.approx((closed.low, closed.high), abs=near)


@pytest.mark.parametrize("name", sorted(SCALES))
def test_repeated_rows_in_groups_tell_no_more_than_once(name: str) -> None:
    y, prediction = METRICS[name].sample(np.random.default_rng(2), 400)
    once = interval(name, y, prediction)
    many = interval(name, y.repeat(5), prediction.repeat(5), groups=np.arange(400).repeat(5))
    naive = interval(name, y.repeat(5), prediction.repeat(5))
    assert many.estimate == pytest.approx(once.estimate)
    assert (many.low, many.high) == pytest.approx((once.low, once.high), abs=0.1 * (once.high - once.low))
    assert naive.high - naive.low < 0.6 * (many.high - many.low)


def test_labels_in_words_give_the_interval_of_their_codes() -> None:
    y, score = two_classes(2)
    words, label = np.array(["no", "yes"]), (score > 0.5).astype(int)
    assert interval("f1_score", y, label) == interval("f1_score", words[y], words[label], pos_label="yes")
    assert interval("log_loss", y, score) == interval("log_loss", words[y].astype(object), score)
    assert interval("average_precision_score", y, score) == interval(
        "average_precision_score", words[y], score, pos_label="yes"
    )


def test_weights_and_options_reach_the_metric() -> None:
    y, score = two_classes(3)
    label, weight = (score > 0.5).astype(int), np.random.default_rng(0).integers(3, size=300)
    found = interval(f1_score, y, label, sample_weight=weight, average="macro")
    assert found.estimate == f1_score(y, label, sample_weight=weight, average="macro")
    assert found.low < found.estimate < found.high
    assert interval(accuracy_score, y, label, sample_weight=weight).method == "studentised"
    assert interval(roc_auc_score, y, score, max_fpr=0.2).method == "bca"


def test_three_classes_are_bounded_by_the_bootstrap() -> None:
    rng = np.random.default_rng(0)
    y, proba = rng.integers(3, size=200), rng.dirichlet(np.ones(3), size=200)
    assert interval(roc_auc_score, y, proba, multi_class="ovr").method == "bca"
    assert interval(log_loss, y, proba).low < log_loss(y, proba)


@pytest.mark.parametrize("name", ["balanced_accuracy_score", "precision_score", "recall_score", "f1_score"])
def test_labels_without_a_mistake_leave_room_for_some_and_less_where_there_are_many(name: str) -> None:
    lows = [interval(name, [0, 1] * half, [0, 1] * half).low for half in (5, 50, 5000)]
    assert 0.5 < lows[0] < lows[1] < lows[2] < 1
    few = interval(name, [0, 1] * 5, [0, 1] * 5)
    assert (few.estimate, few.high, few.method) == (1.0, 1.0, "wilson")
    if name == "balanced_accuracy_score":  # of two classes as large: the accuracy
        assert few.low == pytest.approx(interval("accuracy_score", [0, 1] * 5, [0, 1] * 5).low)


def test_labels_that_are_all_wrong_leave_room_for_some_that_are_right() -> None:
    found = interval("balanced_accuracy_score", [0, 1] * 10, [1, 0] * 10)
    assert (found.estimate, found.low, found.method) == (0.0, 0.0, "wilson")
    assert 0.1 < found.high < 0.3
    never = interval("precision_score", [0, 1] * 5, [0, 0] * 5, zero_division=0)
    assert (never.low, never.high) == (0.0, 1.0)  # nothing was given the class: nothing is known


def test_any_function_of_two_columns_can_be_bounded() -> None:
    y, score = two_classes(4)

    def bias(y: np.ndarray, p: np.ndarray) -> float:
        return float((p - y).mean())

    found = interval(bias, y, score, seed=3)
    assert found.low < bias(y, score) < found.high
    assert found != interval(bias, y, score, seed=4)


def test_rows_are_drawn_within_the_classes_unless_told_otherwise() -> None:
    y, score = np.repeat([0, 1], [90, 10]), np.random.default_rng(0).random(100)

    def share(y: np.ndarray, p: np.ndarray) -> float:
        return float(y.mean())

    drawn, kept = (interval(share, y, score, stratify=flag) for flag in (None, True))
    assert drawn.low < 0.1 < drawn.high
    assert kept.low == kept.high == 0.1


def test_perfect_separation_leaves_room_and_a_constant_score_does_not() -> None:
    perfect = interval(roc_auc_score, [0] * 8 + [1] * 8, list(range(16)))
    assert (perfect.estimate, perfect.high, perfect.method) == (1.0, 1.0, "newcombe")
    assert 0.6 < perfect.low < 0.9
    constant = interval(roc_auc_score, [0, 1, 1, 0], [0.3] * 4)
    assert (constant.low, constant.estimate, constant.high) == (0.5, 0.5, 0.5)
    lonely = interval(roc_auc_score, [0, 0, 0, 1], [0.1, 0.5, 0.2, 0.4])  # one positive row: no variance to estimate
    assert lonely.method == "newcombe" and lonely.low < lonely.estimate < lonely.high


def test_perfect_precision_of_few_rows_leaves_room_as_well() -> None:
    few, many = (interval("average_precision_score", [0] * n + [1] * n, list(range(2 * n))) for n in (8, 800))
    assert (few.estimate, few.high, few.method) == (1.0, 1.0, "newcombe")
    assert 0.5 < few.low < many.low < 1


@pytest.mark.filterwarnings("ignore::pellucid.errors.DataWarning")
def test_what_cannot_be_bounded_says_why() -> None:
    y, score = two_classes(5)
    label = (score > 0.5).astype(int)
    for wrong, message in (
        (lambda: interval("f1", y, label), "did you mean f1_score"),
        (lambda: interval("f1_score", y, label, average=None), "several numbers; ask for one"),
        (lambda: interval("f1_score", y, label, 95), "confidence=95"),
        (lambda: interval("f1_score", y, label, n_resamples=10), "give at least 100"),
        (lambda: interval("roc_auc_score", np.ones(9), np.arange(9)), "the metric is nan on these 9 rows"),
        (
            lambda: interval("roc_auc_score", [0, 0, 0, 1], [1, 2, 3, 4], method="bootstrap", stratify=False),
            "undefined on .* of 1000 resamples, for want of a class",
        ),
    ):
        with pytest.raises((ParameterError, DataError), match=message):
            wrong()


def test_it_prints_as_a_number_with_its_limits() -> None:
    assert str(Interval(0.5, 0.25, 0.75, 0.95, "bootstrap", 10)) == "0.5000 [0.2500, 0.7500]"


def coverage() -> dict[str, Any]:
    if not COVERAGE.exists():
        pytest.skip(
            "the simulated cases are in benchmarks/interval_coverage.py, which a package of sources does not hold"
        )
    return runpy.run_path(str(COVERAGE))


def test_a_few_simulated_sets_are_covered() -> None:
    cases = coverage()
    for case in cases["cases"]():
        if case.required:
            assert cases["held"](case, 100, 40, seed=1).inside >= 0.825  # 33 of 40; of 95 % fewer in 1 case of 1500


@pytest.mark.slow
def test_the_truth_is_covered_in_93_to_97_percent_of_2000_sets() -> None:
    cases = coverage()
    shares = {
        f"{case.name}, {n} rows": cases["held"](case, n, 2000).inside
        for case in cases["cases"]()
        if case.required
        for n in (100, 2000)
    }
    assert len(shares) == 20
    assert {name: share for name, share in shares.items() if not 0.93 <= share <= 0.97} == {}
