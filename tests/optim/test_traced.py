"""A traced step writes down the rules, reads numbers anew, and leaves parameters without gradient alone."""

from typing import Any

import numpy as np
import pytest

from pellucid import Tensor, compile, optim
from pellucid.compiler import trace


def problem(kind: Any, **options: Any) -> tuple[Tensor, Any, Any]:
    w = Tensor(np.array([1.0, -2.0, 0.5]), requires_grad=True)
    optimizer = kind([w], **options)

    def step() -> None:
        optimizer.zero_grad()
        (w**3).sum().backward()
        optimizer.step()

    return w, optimizer, step


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (optim.SGD, {"lr": 0.01}),
        (optim.SGD, {"lr": 0.01, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
        (optim.Adam, {"amsgrad": True, "maximize": True}),
        (optim.NAdam, {}),
        (optim.RAdam, {}),
        (optim.Adagrad, {"lr_decay": 0.1, "initial_accumulator_value": 0.5}),
    ],
)
def test_steps_and_state_are_the_eager_ones(kind: Any, options: Any) -> None:
    (w, plain, step), (v, other, traced) = problem(kind, **options), problem(kind, **options)
    fast = compile(traced, engine="numpy")
    for _ in range(7):
        step()
        fast()
    np.testing.assert_allclose(v.numpy(), w.numpy(), rtol=1e-12)
    assert other.state[v].keys() == plain.state[w].keys()
    for name, value in plain.state[w].items():
        np.testing.assert_allclose(other.state[v][name], value, rtol=1e-12, err_msg=name)
        assert type(other.state[v][name]) is type(value)


def test_a_step_goes_on_from_the_state_that_is_there() -> None:
    (w, _, step), (v, _, traced) = problem(optim.Adam), problem(optim.Adam)
    for _ in range(3):
        step()
        traced()
    compile(traced)()
    step()
    np.testing.assert_allclose(v.numpy(), w.numpy(), rtol=1e-12)


def test_a_parameter_without_gradient_is_no_input_of_the_update() -> None:
    w, idle = Tensor([1.0], requires_grad=True, name="w"), Tensor([1.0], requires_grad=True, name="idle")
    optimizer = optim.Adam([w, idle])

    def step() -> None:
        optimizer.zero_grad()
        (w * 2).sum().backward()
        optimizer.step()

    updated = {x.name for x in trace(step).program.updates}
    assert "w" in updated and "idle" not in updated


def test_options_that_are_numbers_are_inputs_and_flags_are_not() -> None:
    _, _, step = problem(optim.Adam)
    names = {x.name for x in trace(step).program.inputs}
    assert {"lr", "betas_0", "betas_1", "eps"} <= names and "amsgrad" not in names
