"""Metrics over batches are the metrics of the whole, however it is cut, merged or stored."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.metrics import METRICS, StreamingMetric, average_precision_score, f1_score, log_loss, r2_score
from pellucid.metrics._kept import FEWEST_TO_PACK
from pellucid.metrics._metric import BY_FUNCTION

WEIGHTLESS = {name for name, metric in METRICS.items() if metric.needs == "clusters"}


def batches(name: str, cuts: list[int], weighted: bool, n: int = 97) -> list[tuple[Any, ...]]:
    y, prediction = METRICS[name].sample(np.random.default_rng(0), n)
    weight = np.random.default_rng(1).random(n) if weighted else np.ones(n)
    parts = [np.split(part, cuts) for part in (y, prediction, weight)]
    return [part if weighted else part[:2] for part in zip(*parts, strict=True)]


@pytest.mark.filterwarnings("ignore::pellucid.errors.DataWarning")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", sorted(METRICS))
def test_batches_give_the_metric_of_the_whole(name: str, weighted: bool) -> None:
    if weighted and name in WEIGHTLESS:
        return
    (whole,) = batches(name, [], weighted)
    weight = {"sample_weight": whole[2]} if weighted else {}
    expected = METRICS[name].function(*whole[:2], **weight)
    for cuts in ([1, 2, 40], [50, 50, 96], list(range(1, 97))):
        stream = StreamingMetric(METRICS[name].function)
        for part in batches(name, cuts, weighted):
            stream.update(*part)
        assert stream.compute() == pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert stream.rows == 97


@pytest.mark.filterwarnings("ignore::pellucid.errors.DataWarning")
@pytest.mark.parametrize("name", sorted(METRICS))
def test_parts_merge_and_a_stored_one_goes_on(name: str, tmp_path: Path) -> None:
    (whole,) = batches(name, [], False)
    first, second, empty = (StreamingMetric(name) for _ in range(3))
    parts = batches(name, [20, 60], False)
    first.update(*parts[0])
    second.update(*parts[1])
    pellucid.save(first, tmp_path / "stream.safetensors")
    stored = pellucid.load(tmp_path / "stream.safetensors")
    assert isinstance(stored, StreamingMetric) and stored.rows == first.rows
    empty.merge(stored)
    empty.merge(second)
    empty.merge(StreamingMetric(name))
    empty.update(*parts[2])
    assert empty.compute() == pytest.approx(METRICS[name].function(*whole), rel=1e-12, abs=1e-12)
    assert (first.rows, empty.rows) == (20, 97)


RELEVANCE = np.random.default_rng(3).integers(0, 4, (40, 6))
CLASSES = np.random.default_rng(4).integers(0, 3, 40)
PLACES = np.random.default_rng(5).normal(size=(40, 6)).round(1)
BESIDE = [  # metrics that are no rows of METRICS: name, options, y, prediction, and whether a sum is all that is kept
    *(
        (name, options, RELEVANCE, PLACES, True)
        for name in ("dcg_score", "ndcg_score", "mean_reciprocal_rank")
        for options in ({}, {"k": 3})
    ),
    ("mean_reciprocal_rank", {}, RELEVANCE[:, :1] > 1, PLACES[:, :1], True),
    ("hinge_loss", {}, CLASSES % 2, PLACES[:, 0], False),
    ("hinge_loss", {"labels": [0, 1]}, CLASSES % 2, PLACES[:, 0], True),
    ("hinge_loss", {"labels": [0, 1, 2]}, CLASSES, PLACES[:, :3], True),
    ("max_error", {}, PLACES[:, 0], PLACES[:, 1], True),
]


@pytest.mark.parametrize("name, options, y, prediction, summed", BESIDE)
@pytest.mark.parametrize("weighted", [False, True])
def test_gains_ranks_and_margins_are_those_of_the_whole_too(
    name: str, options: dict[str, Any], y: np.ndarray, prediction: np.ndarray, summed: bool, weighted: bool
) -> None:
    weight, parts = np.random.default_rng(6).random(40), (slice(0, 1), slice(1, 5), slice(5, 40))
    weight[:5] = 0  # a batch, and all of it, may count for nothing
    if name == "max_error" and weighted:
        with pytest.raises(ParameterError, match="it takes no weights"):
            StreamingMetric(name).update(y, prediction, weight)
        return
    given = {"sample_weight": weight} if weighted else {}
    expected = BY_FUNCTION[name](y, prediction, **given, **options)
    streams = [StreamingMetric(metric, **options) for metric in (name, BY_FUNCTION[name], name)]
    for stream, part in zip(streams, parts, strict=True):
        stream.update(y[part], prediction[part], **{word: one[part] for word, one in given.items()})
    whole = streams[0]
    for stream in streams[1:]:
        whole.merge(stream)
    again = StreamingMetric.from_record(whole.to_record())
    for stream in (whole, again):
        assert stream.compute() == pytest.approx(expected, rel=1e-12)
        assert stream.rows == 40
    size = sum(np.size(kept) for kept in whole.to_record()["kept"].values())
    assert (size < 5) == summed


def test_the_mean_over_batches_is_something_else() -> None:
    y, p = np.array([1, 1, 1, 0, 0, 0]), np.array([1, 1, 1, 1, 0, 0])
    stream = StreamingMetric("f1_score")
    each = []
    for cut in (slice(0, 3), slice(3, 6)):
        stream.update(y[cut], p[cut])
        each.append(f1_score(y[cut], p[cut], zero_division=0))
    assert stream.compute() == f1_score(y, p) != np.mean(each)


def test_options_and_words_as_labels_reach_the_metric() -> None:
    words, said = np.array(["no", "yes", "yes", "maybe"]), np.array(["no", "no", "yes", "yes"])
    stream = StreamingMetric("f1_score", average="macro", zero_division=0)
    for k in range(4):
        stream.update(words[k : k + 1], said[k : k + 1])
    assert stream.compute() == f1_score(words, said, average="macro", zero_division=0)
    proba = np.array([[0.2, 0.5, 0.3], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4], [0.6, 0.2, 0.2]])
    losses = StreamingMetric("log_loss", labels=["maybe", "no", "yes"])
    for k in range(4):
        losses.update(words[k : k + 1], proba[k : k + 1])
    assert losses.compute() == pytest.approx(log_loss(words, proba))


def test_equal_scores_are_kept_once_and_memory_may_be_used_again() -> None:
    rng, room = np.random.default_rng(0), np.empty(1000)
    stream, all_y, all_score = StreamingMetric("average_precision_score"), [], []
    for _ in range(30):
        y = rng.integers(2, size=1000)
        room[:] = np.round(rng.random(1000), 2)
        stream.update(y, room)
        all_y.append(y)
        all_score.append(room.copy())
    kept = len(stream.to_record()["kept"]["y"])
    assert kept < 2 * FEWEST_TO_PACK < 30_000
    expected = average_precision_score(np.concatenate(all_y), np.concatenate(all_score))
    assert stream.compute() == pytest.approx(expected, rel=1e-12)


def test_a_far_target_keeps_its_digits_over_batches_and_merges() -> None:
    rng = np.random.default_rng(1)
    y = 1e7 + rng.normal(size=300)
    p = y + rng.normal(size=300)
    one, other = StreamingMetric("r2_score"), StreamingMetric("r2_score")
    one.update(y[:100], p[:100])
    other.update(y[100:], p[100:])
    one.merge(other)
    assert one.compute() == pytest.approx(r2_score(y, p), rel=1e-9)


def test_reset_forgets_and_an_empty_batch_changes_nothing() -> None:
    stream = StreamingMetric("accuracy_score")
    stream.update([1, 0], [1, 1])
    stream.update([], [])
    assert (stream.compute(), stream.rows) == (0.5, 2)
    stream.reset()
    assert stream.rows == 0
    stream.update([1], [1], sample_weight=[2.0])
    assert stream.compute() == 1.0


def test_what_cannot_be_streamed_says_why_and_leaves_the_state_alone() -> None:
    stream = StreamingMetric("log_loss")
    stream.update([0, 1], [0.2, 0.9])
    before = stream.compute()
    for wrong, message in (
        (lambda: StreamingMetric(lambda y, p: 0.0), "is not in METRICS; join the batches"),
        (
            lambda: StreamingMetric("r2_score", classes=[0, 1]),
            "which r2_score is not",
        ),
        (lambda: StreamingMetric("f1_score", classes=[0, 0]), "repeats a class"),
        (lambda: StreamingMetric("f1"), "did you mean f1_score"),
        (lambda: StreamingMetric("f1_score").compute(), "no rows yet; call update first"),
        (lambda: stream.update([0, 1], [0.5]), "y has 2, prediction has 1"),
        (lambda: stream.update([0, 1], [0.5, 1.5]), "probabilities lie in"),
        (lambda: stream.update([0, 7], [0.5, 0.5]), "list them too"),
        (lambda: stream.update([0], [0.5], sample_weight=[-1]), "weights must be >= 0"),
        (lambda: stream.merge(StreamingMetric("brier_score_loss")), "cannot take in StreamingMetric"),
        (lambda: StreamingMetric.from_record({"metric": "f1_score", "options": {}}), "is damaged"),
    ):
        with pytest.raises((DataError, ParameterError, ModelFileError), match=message):
            wrong()
    assert (stream.compute(), stream.rows) == (before, 2)
    for name, y, prediction in (("mean_squared_error", [1.0], [2.0]), ("ndcg_score", [[1, 0]], [[0.5, 0.2]])):
        weightless = StreamingMetric(name)
        weightless.update(y, prediction, sample_weight=[0])
        with pytest.raises(DataError, match="every row so far weighs 0"):
            weightless.compute()


def test_repr_is_the_call_that_makes_another() -> None:
    for stream in (
        StreamingMetric("f1_score", average="macro"),
        StreamingMetric("f1_score", classes=["b", "a"]),
    ):
        assert repr(eval(repr(stream), {"StreamingMetric": StreamingMetric})) == repr(stream)  # noqa: S307 - our own text


def test_known_classes_merge_and_are_stored_with_what_was_counted(tmp_path: Path) -> None:
    y, p = np.array(["no", "yes", "yes", "no"]), np.array(["no", "no", "yes", "no"])
    one, other = (StreamingMetric("jaccard_score", classes=["yes", "no", "maybe"], average="macro") for _ in range(2))
    one.update(y[:3], p[:3])
    other.update(y[3:], p[3:])
    pellucid.save(one, tmp_path / "stream.safetensors")
    stored = pellucid.load(tmp_path / "stream.safetensors")
    assert isinstance(stored, StreamingMetric)
    for stream in (one, stored):
        stream.merge(other)
        assert stream.compute() == METRICS["jaccard_score"].function(y, p, average="macro") and stream.rows == 4
