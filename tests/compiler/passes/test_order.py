"""All passes together leave every answer as it was, on whole models and optimizers.

To the last bit, but where earlier_maxima adds up slopes without the zeros between them, so in another order.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
from random_programs import disagreement, random_program
from whole_models import MODELS

from pellucid import optim
from pellucid.compiler import Program, trace
from pellucid.compiler._engine import Engine
from pellucid.compiler._numpy_engine import NumpyEngine
from pellucid.compiler.passes._maxima import earlier_maxima
from pellucid.compiler.passes._order import PASSES, simplified

EXACT = tuple(change for change in PASSES if change is not earlier_maxima)


@pytest.mark.parametrize("model", MODELS)
def test_answers_stay(model: str) -> None:
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
    for change in (*EXACT, earlier_maxima, simplified):
        program = change(traced.program)
        assert len(program.nodes) <= len(traced.program.nodes)
        found = NumpyEngine().build(program)(given)
        for a, b in zip(wanted.outputs + wanted.updates, found.outputs + found.updates, strict=True):
            if change in EXACT:
                np.testing.assert_array_equal(a, b)
            else:
                np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
        assert wanted.holds == found.holds


class After(Engine):
    """The numpy engine, on what a pass makes of the program."""

    name = "numpy"

    def __init__(self, change: Callable[[Program], Program]) -> None:
        self.change = change

    def refuses(self, primitive: str) -> str:
        return ""

    def build(self, program: Program) -> Any:
        return NumpyEngine().build(self.change(program))


@pytest.mark.parametrize("change", [*PASSES, simplified], ids=lambda change: change.__name__)
def test_random_programs_say_the_same_after_each_pass(change: Callable[[Program], Program]) -> None:
    for seed in range(60):
        assert disagreement(After(change), random_program(Random(seed))) == "", seed
