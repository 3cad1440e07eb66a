"""Every engine agrees with eager training, and answers for every primitive."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from whole_models import MODELS

from pellucid import Tensor, compile, nn, optim
from pellucid.compiler import ENGINES, trace
from pellucid.compiler._engines import engine_named
from pellucid.errors import DataError, ParameterError, TraceError
from pellucid.ops import OPS
from pellucid.optim import lr_scheduler

OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "SGD": lambda p: optim.SGD(p, lr=0.05),
    "momentum": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01),
    "Nesterov": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "damped": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, dampening=0.5, maximize=True),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.05, lr_decay=0.1),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01, centered=True),
    "Adam": lambda p: optim.Adam(p, lr=0.01, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=0.01),
    "NAdam": lambda p: optim.NAdam(p, lr=0.01),
    "RAdam": lambda p: optim.RAdam(p, lr=0.01),
}

SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "StepLR": lambda o: lr_scheduler.StepLR(o, 3),
    "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, [2, 7], gamma=0.5),
    "ExponentialLR": lambda o: lr_scheduler.ExponentialLR(o, 0.9),
    "ConstantLR": lambda o: lr_scheduler.ConstantLR(o, total_iters=4),
    "LinearLR": lambda o: lr_scheduler.LinearLR(o, total_iters=9),
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=10),
    "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + t)),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.2, total_steps=25),
    "SequentialLR": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, 0.25, total_iters=5), lr_scheduler.ExponentialLR(o, 0.9)], [5]
    ),
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "xla":
        pytest.importorskip("jax")
    return str(request.param)


def stepper(net: Any, loss: Any, optimizer: Any) -> Callable[[Any, Any], Any]:
    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        value = loss(net(x), y)
        value.backward()
        optimizer.step()
        return value

    return step


def of_kind(package: Any, kind: Any) -> set[str]:
    """The classes a package offers of this kind, but for abstract ones."""
    found = {name: getattr(package, name) for name in package.__all__}
    return {
        name
        for name, x in found.items()
        if inspect.isclass(x) and issubclass(x, kind) and x is not kind and not inspect.isabstract(x)
    }


def test_every_layer_and_loss_has_its_part_in_a_model() -> None:
    used = {type(part).__name__ for make in MODELS.values() for x in make() for part in parts(x)}
    assert of_kind(nn, nn.Module) <= used


def parts(x: Any) -> list[Any]:
    return list(x.modules()) if isinstance(x, nn.Module) else []


def test_every_optimizer_has_a_row_or_a_reason() -> None:
    used = {type(make([Tensor([1.0], requires_grad=True)])).__name__ for make in OPTIMIZERS.values()}
    assert of_kind(optim, optim.Optimizer) == used | {"LBFGS"}  # refused, see below


def test_every_schedule_has_a_row_or_a_reason() -> None:
    used = {type(make(optim.SGD([Tensor([1.0], requires_grad=True)], lr=1.0))).__name__ for make in SCHEDULES.values()}
    assert of_kind(lr_scheduler, lr_scheduler.LRScheduler) == used | {"ReduceLROnPlateau"}  # refused, see below


def compare(engine: str, model: str, optimizer: Callable[[Any], Any], dtype: Any, rtol: float) -> None:
    """20 steps, eager and compiled: the same losses, parameters and buffers."""
    found = []
    for compiled in (False, True):
        net, x, y, loss = MODELS[model]()
        net.to(dtype)
        x, y = (a.astype(dtype) if a.dtype.kind == "f" else a for a in (x, y))
        step = stepper(net, loss, optimizer(net.parameters()))
        if compiled:
            step = compile(step, engine=engine)
        found.append(([step(x, y).item() for _ in range(20)], net.state_dict()))
    (eager, wanted), (losses, state) = found
    np.testing.assert_allclose(losses, eager, rtol=rtol, atol=rtol)
    for name, array in wanted.items():
        np.testing.assert_allclose(state[name], array, rtol=rtol, atol=rtol, err_msg=name)


@pytest.mark.parametrize("model", MODELS)
def test_twenty_steps_are_those_of_eager_training(engine: str, model: str) -> None:
    compare(engine, model, OPTIMIZERS["momentum"], np.float64, 1e-9)
    compare(engine, model, OPTIMIZERS["SGD"], np.float32, 1e-4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_takes_the_steps_it_takes_eagerly(engine: str, optimizer: str) -> None:
    compare(engine, "residual", OPTIMIZERS[optimizer], np.float64, 1e-9)
    compare(engine, "relu", OPTIMIZERS[optimizer], np.float32, 1e-4)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_moves_on_as_it_does_eagerly(engine: str, schedule: str) -> None:
    found = []
    for compiled in (False, True):
        net, x, y, loss = MODELS["relu"]()
        optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
        moves = SCHEDULES[schedule](optimizer)
        plain = stepper(net, loss, optimizer)

        def step(x: Any, y: Any, plain: Any = plain, moves: Any = moves) -> Any:
            value = plain(x, y)
            moves.step()
            return value

        run = compile(step, engine=engine) if compiled else step
        found.append(
            ([run(x, y).item() for _ in range(20)], moves.get_last_lr(), optimizer.param_groups[0]["momentum"])
        )
    np.testing.assert_allclose(found[1][0], found[0][0], rtol=1e-4)
    assert found[1][1:] == found[0][1:]


def test_what_decides_by_a_value_is_refused_by_name_with_the_remedy() -> None:
    w = Tensor([1.0], requires_grad=True)
    newton = optim.LBFGS([w])
    plateau = lr_scheduler.ReduceLROnPlateau(optim.SGD([w], lr=0.1))
    for fn, says in (
        (lambda: newton.step(lambda: (w * w).sum()), "LBFGS.*Compile the closure alone"),
        (lambda: plateau.step((w * w).sum()), "ReduceLROnPlateau.*between two calls"),
        (lambda: plateau.step(0.5), "ReduceLROnPlateau.*between two calls"),
    ):
        with pytest.raises(TraceError, match=says):
            compile(fn)()
    assert plateau.last_epoch == 0


def test_every_engine_answers_for_every_primitive(engine: str) -> None:
    refused = {name: engine_named(engine).refuses(name) for name in OPS}
    for name, why in refused.items():
        assert why == "" or (name in why and len(why) > len(name) + 10)


def test_a_name_that_is_no_engine_is_refused_with_those_there_are() -> None:
    with pytest.raises(ParameterError, match="there is no engine 'fortran'; choose one of 'auto', 'numpy'"):
        compile(lambda x: x, engine="fortran")


def test_inference_is_that_of_the_module(engine: str) -> None:
    net = nn.Sequential(nn.Linear(3, 4, seed=0), nn.BatchNorm1d(4), nn.ReLU()).eval()
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    np.testing.assert_allclose(compile(net, engine=engine)(x).numpy(), net(x).numpy(), rtol=1e-6)


def test_what_is_given_to_a_run_is_left_as_it_was(engine: str) -> None:
    x = np.arange(6.0).reshape(2, 3)
    traced = trace(lambda x: (x.T * 2)[1:] + 1, x)
    run = engine_named(engine).build(traced.program)
    first = np.array(run([x]).outputs[0])
    np.testing.assert_array_equal(first, (x.T * 2)[1:] + 1)
    np.testing.assert_array_equal(run([x]).outputs[0], first)
    np.testing.assert_array_equal(x, np.arange(6.0).reshape(2, 3))


def test_what_a_run_gives_is_held_by_nobody_else(engine: str) -> None:
    x, fixed = np.arange(6.0), np.ones(3)
    run = engine_named(engine).build(trace(lambda x: (x, x[:3], x * 2, fixed, x + fixed.sum()), x).program)
    wanted = [np.array(y) for y in run([x]).outputs]
    found = run([x]).outputs
    for y in found:
        y[...] = -1
    np.testing.assert_array_equal(x, np.arange(6.0))
    for y, again in zip(wanted, run([x]).outputs, strict=True):
        np.testing.assert_array_equal(again, y)


@pytest.mark.parametrize("batch_size", [1, 4, 7, 100])
def test_an_epoch_in_one_go_is_its_steps_one_by_one(engine: str, batch_size: int) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(23, 7)).astype(np.float32), rng.integers(0, 3, 23)
    order, found = rng.permutation(23), []
    for whole in (False, True):
        net = MODELS["dropout"]()[0]
        step = compile(stepper(net, nn.CrossEntropyLoss(), optim.Adam(net.parameters())), engine=engine)
        if whole:
            losses = step.run_epoch(x, y, order=order, batch_size=batch_size).tolist()
        else:
            rows = [order[i : i + batch_size] for i in range(0, 23, batch_size)]
            losses = [step(x[r], y[r]).item() for r in rows]
        found.append((losses, net.state_dict()))
    assert found[0][0] == found[1][0]
    for name, wanted in found[0][1].items():
        np.testing.assert_array_equal(found[1][1][name], wanted, err_msg=name)


def test_a_wrong_row_within_an_epoch_is_told_and_the_steps_before_it_count(engine: str) -> None:
    net = nn.Linear(2, 3, seed=0)
    step = compile(stepper(net, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.1)), engine=engine)
    x, y = np.ones((6, 2), np.float32), np.array([0, 1, 2, 0, 9, 1])
    with pytest.raises(DataError, match="3 classes"):
        step.run_epoch(x, y, batch_size=2)
    again = nn.Linear(2, 3, seed=0)
    plain = stepper(again, nn.CrossEntropyLoss(), optim.SGD(again.parameters(), lr=0.1))
    for rows in ([0, 1], [2, 3]):
        plain(x[rows], y[rows])
    np.testing.assert_allclose(net.weight.numpy(), again.weight.numpy(), rtol=1e-5)


def test_a_position_that_is_not_there_is_refused_and_leaves_the_state(engine: str) -> None:
    from pellucid.ops import OPS as primitives
    from pellucid.tensor._tensor import apply

    w = Tensor(np.arange(5.0))

    def pick(at: Any) -> Any:
        found = apply(primitives["gather"], (w, at), {"axis": 0})
        w[...] = w + 1
        return found

    fast = compile(pick, engine=engine)
    assert fast(np.array([0, -5, 4])).tolist() == [0.0, 0.0, 4.0]
    for wrong in (5, -6):
        with pytest.raises(IndexError, match=r"outside \[-5, 5\)"):
            fast(np.array([0, wrong]))
    assert w.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_an_argument_that_looks_into_the_state_is_read_as_it_was(engine: str) -> None:
    w = Tensor(np.arange(4.0))

    def step(x: Any) -> Any:
        w[...] = w * 2
        return (x.reshape(2, 2) @ np.ones((2, 1))).sum()

    assert compile(step, engine=engine)(w.data).item() == 6.0
    assert w.tolist() == [0.0, 2.0, 4.0, 6.0]


def test_progress_is_told_between_chunks(engine: str) -> None:
    seen: list[int] = []
    double = compile(lambda x: x.sum(), engine=engine)
    double.run_epoch(np.ones((50, 2)), batch_size=1, progress=lambda made, last: seen.append(made))
    assert seen[-1] == 50 and seen == sorted(set(seen))


@pytest.mark.parametrize(
    ("arrays", "options", "says"),
    [
        ((np.ones(3), np.ones(4)), {"batch_size": 2}, "same length"),
        ((np.ones(3),), {"order": [0, 3], "batch_size": 1}, "names row 3 of 3"),
        ((np.ones(3),), {"order": [-1], "batch_size": 1}, "names row -1"),
        ((np.ones(3),), {"order": []}, "at least one row"),
        ((np.ones(3),), {"order": [0, 1]}, "batch_size is None"),
        ((np.ones(3),), {"batch_size": 2.5}, "batch_size is 2.5"),
        ((np.ones(3),), {"batch_size": "2"}, "batch_size is .2."),
    ],
)
def test_rows_that_are_not_there_are_refused(arrays: Any, options: Any, says: str) -> None:
    with pytest.raises(DataError, match=says):
        compile(lambda *x: x[0].sum()).run_epoch(*arrays, **options)
