"""Every engine agrees with eager training, and answers for every primitive."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from whole_models import MODELS

from pellucid import compile, nn, optim
from pellucid.compiler import ENGINES, trace
from pellucid.compiler._engines import engine_named
from pellucid.errors import ParameterError
from pellucid.ops import OPS

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


def test_every_engine_answers_for_every_primitive(engine: str) -> None:
    refused = {name: engine_named(engine).refuses(name) for name in OPS}
    for name, why in refused.items():
        assert why == "" or (name in why and len(why) > len(name) + 10)


def test_a_name_that_is_no_engine_is_refused_with_those_there_are() -> None:
    with pytest.raises(ParameterError, match="there is no engine 'fortran'; choose one of 'numpy'"):
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
