"""Intervals: which method for which metric, and that they hold the truth as often as they say."""

from statistics import NormalDist

import numpy as np
import pytest

from pellucid.errors import DataError, ParameterError
from pellucid.metrics import METRICS, Interval, accuracy_score, f1_score, interval, log_loss, roc_auc_score


def two_classes(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(2, size=n)
    return y, 1 / (1 + np.exp(-rng.normal(size=n) - 2 * y + 1))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_lies_within_its_own_interval_and_repeats_with_the_seed(name: str) -> None:
    y, score = two_classes(0)
    prediction = (score > 0.5).astype(int) if METRICS[name].needs == "labels" else score
    found = interval(name, y, prediction)
    assert found == interval(METRICS[name].function, y, prediction)
    assert found.low < found.estimate < found.high
    assert found.estimate == METRICS[name].function(y, prediction)
    assert found.n == 300
    assert found.method == {"accuracy_score": "wilson", "roc_auc_score": "delong"}.get(name, "bootstrap")
    wider = interval(name, y, prediction, 0.99)
    assert wider.low < found.low and found.high < wider.high


def test_the_methods_agree_where_there_are_many_rows() -> None:
    y, score = two_classes(1, n=4000)
    for metric, prediction in ((accuracy_score, (score > 0.5).astype(int)), (roc_auc_score, score)):
        closed, drawn = interval(metric, y, prediction), interval(metric, y, prediction, method="bootstrap")
        assert drawn.method == "bootstrap"
        assert drawn.low == pytest.approx(closed.low, abs=0.003)
        assert drawn.high == pytest.approx(closed.high, abs=0.003)


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
    assert interval(accuracy_score, y, label, sample_weight=weight).method == "bootstrap"
    assert interval(roc_auc_score, y, score, max_fpr=0.2).method == "bootstrap"


def test_three_classes_are_bounded_by_the_bootstrap() -> None:
    rng = np.random.default_rng(0)
    y, proba = rng.integers(3, size=200), rng.dirichlet(np.ones(3), size=200)
    assert interval(roc_auc_score, y, proba, multi_class="ovr").method == "bootstrap"
    assert interval(log_loss, y, proba).low < log_loss(y, proba)


@pytest.mark.parametrize("name", ["balanced_accuracy_score", "precision_score", "recall_score", "f1_score"])
def test_labels_without_a_mistake_leave_room_for_some_and_less_where_there_are_many(name: str) -> None:
    lows = [interval(name, [0, 1] * half, [0, 1] * half).low for half in (5, 50, 5000)]
    assert 0.5 < lows[0] < lows[1] < lows[2] < 1
    few = interval(name, [0, 1] * 5, [0, 1] * 5)
    assert (few.estimate, few.high, few.method) == (1.0, 1.0, "wilson")
    assert few.low == pytest.approx(interval("accuracy_score", [0, 1] * 5, [0, 1] * 5).low)  # balanced classes


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


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 2000])
@pytest.mark.parametrize("share", [0.6, 0.85])
def test_accuracy_is_covered_in_93_to_97_percent_of_1000_sets(n: int, share: float) -> None:
    rng = np.random.default_rng(n)
    covered = 0
    for _ in range(1000):
        y = rng.integers(2, size=n)
        found = interval(accuracy_score, y, np.where(rng.random(n) < share, y, 1 - y))
        covered += found.low <= share <= found.high
    assert 930 <= covered <= 970


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 2000])
@pytest.mark.parametrize("area", [0.5, 0.8, 0.95])
def test_area_is_covered_in_93_to_97_percent_of_1000_sets(n: int, area: float) -> None:
    rng = np.random.default_rng(n)
    gap = NormalDist().inv_cdf(area) * 2**0.5  # P(N(gap, 1) > N(0, 1)) = area
    covered = 0
    for _ in range(1000):
        y = rng.integers(2, size=n)
        found = interval(roc_auc_score, y, rng.normal(size=n) + gap * y)
        covered += found.low <= area <= found.high
    assert 930 <= covered <= 970
