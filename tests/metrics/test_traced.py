"""A metric updated in a compiled function is the metric of all rows, on every engine, or says why it cannot be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Tensor, nn, optim
from pellucid.compiler import ENGINES
from pellucid.errors import DataError, TraceError
from pellucid.metrics import METRICS, StreamingMetric
from pellucid.metrics._kept import TOTALLED
from pellucid.nn import functional as F

FIXED = sorted({*TOTALLED, *(name for name, metric in METRICS.items() if metric.needs == "labels")})


@pytest.fixture(scope="module", autouse=True)
def own_code_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PELLUCID_CACHE", str(folder))
        yield folder


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "xla":
        pytest.importorskip("jax")
    return str(request.param)


def empty(name: str) -> StreamingMetric:
    counts = METRICS[name].needs == "labels" and name not in TOTALLED
    return StreamingMetric(name, classes=[0, 1] if counts else None)


def updating(stream: StreamingMetric) -> Any:
    """A function that does nothing else."""

    def step(*batch: Any) -> None:
        stream.update(*batch)

    return step


@pytest.mark.parametrize("name", FIXED)
def test_batches_of_a_compiled_function_give_the_metric_of_the_whole(engine: str, name: str) -> None:
    y, prediction = METRICS[name].sample(np.random.default_rng(0), 97)
    weight = np.random.default_rng(1).random(97)
    for columns in ((y, prediction), (y, prediction, weight)):
        stream = empty(name)
        step = pellucid.compile(updating(stream), engine=engine)
        for start in range(0, 97, 40):  # the last batch is smaller
            step(*(c[start : start + 40] for c in columns))
        weights = {"sample_weight": weight} if len(columns) == 3 else {}
        expected = METRICS[name].function(y, prediction, **weights)
        assert stream.compute() == pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert stream.rows == 97 and len(step.programs) == 2


def test_a_training_step_counts_as_it_goes_and_an_epoch_in_one_go_alike(engine: str) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(23, 4)).astype(np.float32), rng.integers(0, 3, 23)
    found = []
    for how in ("eager", "calls", "epoch"):
        net = nn.Sequential(nn.Linear(4, 5, seed=0), nn.Tanh(), nn.Linear(5, 3, seed=1))
        optimizer = optim.SGD(net.parameters(), lr=0.1)
        streams = [
            StreamingMetric("accuracy_score"),
            StreamingMetric("f1_score", classes=range(3), average="macro", zero_division=0),
            StreamingMetric("log_loss"),
        ]

        def step(x: Any, y: Any, net: Any = net, optimizer: Any = optimizer, streams: Any = streams) -> Any:
            optimizer.zero_grad()
            scores = net(x)
            loss = nn.CrossEntropyLoss()(scores, y)
            loss.backward()
            optimizer.step()
            for stream in streams[:2]:
                stream.update(y, scores.argmax(axis=1))
            streams[2].update(y, F.softmax(scores, axis=1))
            return loss

        fast = step if how == "eager" else pellucid.compile(step, engine=engine)
        epochs = []
        for _ in range(2):
            for stream in streams:
                stream.reset()
            if how == "epoch":
                fast.run_epoch(x, y, batch_size=5)
            else:
                for start in range(0, 23, 5):
                    fast(x[start : start + 5], y[start : start + 5])
            assert [stream.rows for stream in streams] == [23] * 3
            epochs.append([stream.compute() for stream in streams])
        assert how == "eager" or len(fast.programs) == 2
        found.append(epochs)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5)
    np.testing.assert_allclose(found[2], found[1], rtol=1e-12)


def test_eager_and_compiled_updates_add_up_and_what_is_stored_goes_on(tmp_path: Path) -> None:
    y = 1e7 + np.random.default_rng(0).normal(size=60)
    p = y + np.random.default_rng(1).normal(size=60)
    stream = StreamingMetric("r2_score")
    step = pellucid.compile(updating(stream), engine="numpy")
    step(y[:20], p[:20])
    stream.update(y[20:40], p[20:40])
    pellucid.save(stream, tmp_path / "stream.safetensors")
    stored = pellucid.load(tmp_path / "stream.safetensors")
    assert isinstance(stored, StreamingMetric)
    for one in (stream, stored):
        pellucid.compile(updating(one), engine="numpy")(y[40:], p[40:])
        assert one.compute() == pytest.approx(METRICS["r2_score"].function(y, p), rel=1e-9)


def test_rows_known_while_tracing_count_at_every_call_and_two_updates_are_two() -> None:
    stream = StreamingMetric("mean_absolute_error")

    def step(x: Any) -> None:
        stream.update(np.zeros(2), np.ones(2))
        stream.update(x, x + 4)
        stream.update([], [])

    fast = pellucid.compile(step, engine="numpy")
    for calls in (1, 2, 3):
        fast(np.zeros((2, 1)))
        assert (stream.rows, stream.compute()) == (4 * calls, 2.5)


def test_no_gradient_flows_through_a_metric() -> None:
    w = Tensor([2.0], requires_grad=True)
    stream = StreamingMetric("mean_squared_error")

    def step(x: Any) -> Any:
        loss = (w * x).sum()
        stream.update(x, w * x)
        loss.backward()
        return loss

    pellucid.compile(step, engine="numpy")(np.ones(1, np.float32))
    assert w.grad.tolist() == [1.0] and stream.compute() == 1.0


@pytest.mark.parametrize(
    ("name", "y", "prediction", "says"),
    [
        ("mean_squared_error", [1.0, np.nan], [0.0, 0.0], "NaN or infinite"),
        ("mean_squared_log_error", [1.0, -1.0], [0.0, 0.0], "needs values > -1"),
        ("accuracy_score", [1.0, 0.5], [0.0, 0.0], "no class labels"),
        ("log_loss", [0, 2], [0.5, 0.5], "labels= does not list"),
        ("log_loss", [0, 1], [0.5, 1.5], "above 1"),
        ("brier_score_loss", [0, 3], [0.5, 0.5], "among -1, 0 and 1"),
        ("f1_score", [0, 3], [0, 1], "y: holds a label that classes= does not list"),
    ],
)
def test_rows_that_the_metric_refuses_are_refused_in_every_run_and_leave_the_state(
    engine: str, name: str, y: Any, prediction: Any, says: str
) -> None:
    stream = empty(name)
    step = pellucid.compile(updating(stream), engine=engine)
    y, prediction = np.array(y), np.array(prediction)
    step(np.arange(2).astype(y.dtype), np.arange(2).astype(prediction.dtype))
    before = stream.compute()
    with pytest.raises(DataError, match=says):
        step(y, prediction)
    assert (stream.rows, stream.compute()) == (2, before)


def test_a_weight_below_zero_and_lengths_that_differ_are_refused() -> None:
    stream = StreamingMetric("mean_squared_error")
    step = pellucid.compile(updating(stream), engine="numpy")
    with pytest.raises(DataError, match="weights must be >= 0"):
        step(np.ones(2), np.ones(2), np.array([1.0, -1.0]))
    with pytest.raises(DataError, match="rows must match"):
        step(np.ones(2), np.ones(3))
    assert stream.rows == 0


@pytest.mark.parametrize("name", sorted(METRICS.keys() - set(FIXED)))
def test_a_metric_that_needs_every_row_is_refused_by_name_with_the_remedy(name: str) -> None:
    stream = StreamingMetric(name)
    with pytest.raises(TraceError, match=f"{name}.*{__file__}.*call update between two calls"):
        pellucid.compile(updating(stream))(*METRICS[name].sample(np.random.default_rng(0), 8))
    assert stream.rows == 0


def test_what_a_program_cannot_find_is_asked_for() -> None:
    y = np.array([0, 1])
    with pytest.raises(TraceError, match=r"which labels there are.*classes=\[\.\.\.\]"):
        pellucid.compile(updating(StreamingMetric("f1_score")))(y, y)
    with pytest.raises(TraceError, match=r"labels=\[\.\.\.\]"):
        pellucid.compile(updating(StreamingMetric("log_loss")))(y * 1.0, y * 1.0)


@pytest.mark.parametrize("what", ["compute", "reset"])
def test_what_would_happen_only_while_tracing_is_refused(what: str) -> None:
    stream = StreamingMetric("accuracy_score")
    stream.update([1], [1])

    def step(x: Any) -> Any:
        return x * (getattr(stream, what)() or 1.0)

    with pytest.raises(TraceError, match=f"{what} would happen once.*Call {what} between two calls"):
        pellucid.compile(step)(np.ones(2))
    assert stream.compute() == 1.0
