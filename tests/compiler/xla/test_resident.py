"""State that stays on the device is the state of calls that fetch it each time."""

from typing import Any

import numpy as np
import pytest

from pellucid import nn, optim
from pellucid.compiler import trace

pytest.importorskip("jax", reason="the engine xla needs JAX")

from pellucid.compiler.xla._engine import Xla
from pellucid.compiler.xla._resident import Resident


def test_steps_on_the_device_are_those_that_fetch_the_state_and_one_that_fails_is_none() -> None:
    net = nn.Sequential(nn.Linear(4, 5, seed=0), nn.BatchNorm1d(5), nn.Dropout(0.3, seed=1), nn.Linear(5, 3, seed=2))
    optimizer = optim.Adam(net.parameters(), lr=0.01)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 8, 4)).astype(np.float32), rng.integers(0, 3, (6, 8))
    traced = trace(step, x[0], y[0])
    run, program = Xla(traced.program), traced.program

    def given(i: int) -> list[Any]:
        at = dict(zip(traced.arguments, (x[i], y[i]), strict=True))
        return [traced.cells[v].read() if v in traced.cells else at[v] for v in program.inputs]

    stay = Resident(run, given(0))
    assert stay.updates() == []
    before = net.state_dict()["0.weight"].copy()
    found = [stay(given(i)) for i in range(6)]
    assert all(y.flags.writeable for answers in found for y in answers.outputs)
    losses = [float(answers.outputs[0]) for answers in found]
    right, y[0, 3] = y[0, 3], 9
    assert not all(stay(given(0)).holds) and not all(stay(given(0)).holds)
    y[0, 3] = right
    renewed = stay.updates()
    np.testing.assert_array_equal(net.state_dict()["0.weight"], before)
    for i in range(6):
        answers = run(given(i))
        assert float(answers.outputs[0]) == losses[i]
        for v, value in zip(program.updates, answers.updates, strict=True):
            traced.cells[v].write(value)
    for v, value in zip(program.updates, renewed, strict=True):
        np.testing.assert_array_equal(traced.cells[v].read(), value, err_msg=v.name)
