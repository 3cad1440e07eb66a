"""All passes together leave every answer as it was, on whole models and optimizers."""

from typing import Any

import numpy as np
import pytest
from whole_models import MODELS

from pellucid import optim
from pellucid.compiler import trace
from pellucid.compiler._numpy_engine import NumpyEngine
from pellucid.compiler.passes._order import PASSES, simplified


@pytest.mark.parametrize("model", MODELS)
def test_answers_stay_to_the_last_bit(model: str) -> None:
    net, x, y, loss = MODELS[model]()
    optimizer = optim.NAdam(net.parameters())

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        value = loss(net(x), y)
        value.backward()
        optimizer.step()
        return value

    traced = trace(step, x, y)
    at = dict(zip(traced.arguments, (x, y), strict=True))
    given = [traced.cells[i].read() if i in traced.cells else at[i] for i in traced.program.inputs]
    wanted = NumpyEngine().build(traced.program)(given)
    for change in (*PASSES, simplified):
        program = change(traced.program)
        assert len(program.nodes) <= len(traced.program.nodes)
        found = NumpyEngine().build(program)(given)
        for a, b in zip(wanted.outputs + wanted.updates, found.outputs + found.updates, strict=True):
            np.testing.assert_array_equal(a, b)
        assert wanted.holds == found.holds
