"""The training loop, against steps written out by hand."""

import os
import signal
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from pellucid import nn, optim
from pellucid.errors import DataError, TraceError
from pellucid.tensor._tensor import Tensor
from pellucid.train import EarlyStopping, Training

X = np.linspace(-1, 1, 12, dtype=np.float32)[:, None]
Y = 3 * X + 1
BATCHES = [(X[:5], Y[:5]), (X[5:10], Y[5:10]), (X[10:], Y[10:])]


def squared(net: nn.Module, batch: tuple[Any, ...]) -> Tensor:
    return nn.MSELoss()(net(batch[0]), batch[1])


def training(net: nn.Module, lr: float = 0.1, **options: Any) -> Training:
    return Training(net, squared, optim.SGD(net.parameters(), lr=lr), BATCHES, **options)


def test_an_epoch_is_the_same_as_its_steps_written_out() -> None:
    net, twin = nn.Linear(1, 1, seed=0), nn.Linear(1, 1, seed=0)
    list(training(net).epochs(2))
    optimizer = optim.SGD(twin.parameters(), lr=0.1)
    for x, y in BATCHES * 2:
        optimizer.zero_grad()
        squared(twin, (x, y)).backward()
        optimizer.step()
    np.testing.assert_array_equal(net.weight.data, twin.weight.data)
    np.testing.assert_array_equal(net.bias.data, twin.bias.data)


def test_the_loss_of_an_epoch_weighs_each_row_alike_whatever_its_batch() -> None:
    net = nn.Linear(1, 1, seed=0)
    wanted = squared(net, (X, Y)).item()
    (epoch,) = training(net, lr=0.0).epochs(1)
    assert epoch.loss == pytest.approx(wanted, rel=1e-6)


def test_an_epoch_tells_its_numbers() -> None:
    net = nn.Linear(1, 1, seed=0)
    rows = list(training(net, validate=lambda net: {"validation_loss": 7.0}).epochs(3))
    assert [row.number for row in rows] == [1, 2, 3]
    assert rows[0].values() == {"loss": rows[0].loss, "validation_loss": 7.0}
    assert (rows[0].rate, rows[0].improved, rows[0].seconds > 0) == (0.1, True, True)


def test_the_model_trains_in_training_mode_validates_in_evaluation_mode_and_ends_so() -> None:
    seen = []

    def loss(net: nn.Module, batch: tuple[Any, ...]) -> Tensor:
        seen.append(("loss", net.training))
        return squared(net, batch)

    def validate(net: nn.Module) -> Mapping[str, float]:
        seen.append(("validate", net.training))
        return {}

    net = nn.Linear(1, 1, seed=0)
    list(Training(net, loss, optim.SGD(net.parameters(), lr=0.1), BATCHES[:1], validate=validate).epochs(2))
    assert seen == [("loss", True), ("validate", False)] * 2
    assert not net.training


def test_stopping_ends_the_loop_and_the_best_weights_are_back() -> None:
    net, values = nn.Linear(1, 1, seed=0), iter([2.0, 1.0, 3.0, 3.0, 0.0])
    loop = training(
        net, validate=lambda net: {"validation_loss": next(values)}, stopping=EarlyStopping(patience=2)
    ).epochs(5)
    kept = {}
    for epoch in loop:
        if epoch.number == 2:
            kept = net.state_dict()
    assert epoch.number == 4
    np.testing.assert_array_equal(net.weight.data, kept["weight"])


def test_leaving_the_loop_early_restores_the_best_weights() -> None:
    net, values = nn.Linear(1, 1, seed=0), iter([1.0, 2.0, 3.0])
    loop = training(net, validate=lambda net: {"validation_loss": next(values)}, stopping=EarlyStopping())
    walk = loop.epochs(5)
    next(walk)
    best = net.state_dict()
    next(walk)
    walk.close()
    np.testing.assert_array_equal(net.weight.data, best["weight"])


def test_schedules_are_called_after_steps_and_epochs() -> None:
    calls: list[str] = []
    net = nn.Linear(1, 1, seed=0)
    loop = training(net, after_step=lambda: calls.append("step"), after_epoch=lambda: calls.append("epoch"))
    list(loop.epochs(2))
    assert calls == (["step"] * 3 + ["epoch"]) * 2
    assert loop.steps == 6


def test_a_loss_that_is_not_finite_is_an_error_that_names_step_and_epoch() -> None:
    with pytest.raises(
        DataError, match=r"the loss is (inf|nan) at step \d+ \(epoch \d+\)\. .* lower the learning rate"
    ):
        with np.errstate(all="ignore"):
            list(training(nn.Linear(1, 1, seed=0), lr=1e30).epochs(9))


def test_an_epoch_without_a_batch_is_an_error() -> None:
    net = nn.Linear(1, 1, seed=0)
    with pytest.raises(DataError, match="epoch 1 had no batch"):
        list(Training(net, squared, optim.SGD(net.parameters(), lr=0.1), []).epochs(1))


def test_ctrl_c_inside_a_step_comes_after_the_update_is_whole() -> None:
    net, twin = nn.Linear(1, 1, seed=0), nn.Linear(1, 1, seed=0)

    def pressed(model: nn.Module, batch: tuple[Any, ...]) -> Tensor:
        os.kill(os.getpid(), signal.SIGINT)
        return squared(model, batch)

    with pytest.raises(KeyboardInterrupt):
        list(Training(net, pressed, optim.SGD(net.parameters(), lr=0.1), BATCHES).epochs(9))
    next(iter(Training(twin, squared, optim.SGD(twin.parameters(), lr=0.1), BATCHES[:1]).epochs(1)))
    np.testing.assert_array_equal(net.weight.data, twin.weight.data)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("engine", ["native", "auto"])
def test_compiled_steps_are_the_eager_ones(engine: str) -> None:
    found = []
    for chosen in ("numpy", engine):
        net = nn.Linear(1, 1, seed=0)
        training = Training(net, squared, optim.Adam(net.parameters(), lr=0.1), BATCHES, engine=chosen)
        found.append(([epoch.loss for epoch in training.epochs(5)], net.weight.item()))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-5)
    assert found[0][1] == pytest.approx(found[1][1], rel=1e-5)


def test_auto_compiles_long_fits_only_and_never_a_loss_that_looks_at_its_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from pellucid.compiler import Compiled
    from pellucid.train import _loop

    def kind(loss: Any, seconds: float) -> type:
        monkeypatch.setattr(_loop, "WORTH_SECONDS", seconds)
        net = nn.Linear(1, 1, seed=0)
        training = Training(net, loss, optim.SGD(net.parameters(), lr=0.1), BATCHES, engine="auto")
        list(training.epochs(2))
        return type(training._update)

    def branching(net: Any, batch: Any) -> Any:
        loss = squared(net, batch)
        return loss if loss.item() > 0 else -loss

    assert kind(squared, 1e9) is not Compiled
    assert kind(squared, 1e-9) is Compiled
    assert kind(branching, 1e-9) is not Compiled


def test_auto_goes_on_without_a_program_where_a_loss_turns_out_to_count_its_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from pellucid.train import _loop

    def fitted(engine: str) -> Any:
        net, count = nn.Linear(1, 1, seed=0), {"n": 0}

        def counting(net: Any, batch: Any) -> Any:
            count["n"] += 1
            return squared(net, batch) / count["n"]

        training = Training(net, counting, optim.SGD(net.parameters(), lr=0.1), BATCHES, engine=engine)
        for number, _ in enumerate(training.epochs(20)):
            if number == 0:
                count["n"] = 7  # the same for all; what a trial has counted is forgotten
        return net.weight.item(), count["n"]

    monkeypatch.setattr(_loop, "WORTH_SECONDS", 1e-9)
    assert fitted("auto")[1] == fitted("numpy")[1]
    with pytest.raises(TraceError, match="changes count.n"):
        fitted("native")


@pytest.mark.parametrize("engine", ["native", "auto"])
def test_a_number_that_the_loss_reads_may_change_between_epochs(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pellucid.train import _loop

    def fitted(engine: str) -> float:
        net, scale = nn.Linear(1, 1, seed=0), {"by": 1.0}
        loss = lambda net, batch: squared(net, batch) * scale["by"]  # noqa: E731  # as a user writes it
        training = Training(net, loss, optim.SGD(net.parameters(), lr=0.1), BATCHES, engine=engine)
        for epoch in training.epochs(4):
            scale["by"] = 1.0 / (1 + epoch.number)
        return float(net.weight.item())

    monkeypatch.setattr(_loop, "WORTH_SECONDS", 1e-9)
    assert fitted(engine) == pytest.approx(fitted("numpy"), rel=1e-5)
