"""Maxima of windows commute with what leaves the larger larger: less is computed, and the same comes out."""

from typing import Any

import numpy as np
import pytest

from pellucid import nn
from pellucid.compiler import Program, trace
from pellucid.compiler._numpy_engine import NumpyEngine
from pellucid.compiler.passes._maxima import earlier_maxima
from pellucid.compiler.passes._repeats import shared_repeats
from pellucid.nn import Parameter
from pellucid.nn import functional as F

X = np.random.default_rng(0).normal(size=(2, 3, 8, 8))
BIAS = np.random.default_rng(1).normal(size=(3, 1, 1))
POOLS = [{"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "padding": 1}, {"kernel_size": 2, "stride": 1}]


def changed(fn: Any, *given: Any) -> tuple[Program, Program]:
    before = shared_repeats(trace(fn, *given).program)
    return before, earlier_maxima(before)


def answers(program: Program, *given: Any) -> list[Any]:
    return NumpyEngine().build(program)([*given]).outputs


def shapes(program: Program, name: str) -> list[tuple[int, ...]]:
    return [node.aval.shape for node in program.nodes if node.op.name == name]


@pytest.mark.parametrize("pool", POOLS)
def test_a_bias_and_a_rectifier_are_applied_to_the_maxima_alone(pool: dict[str, int]) -> None:
    before, after = changed(lambda x, b: F.max_pool2d(F.relu(x + b), **pool), X, BIAS)
    if not pool.get("padding"):  # what is padded is another image than what is rectified
        (small,) = shapes(after, "window_argmax")
        assert shapes(after, "relu") == shapes(after, "add") == [small] != shapes(before, "relu")
    np.testing.assert_array_equal(answers(before, X, BIAS)[0], answers(after, X, BIAS)[0])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.0])
def test_values_are_the_same_to_the_last_bit(value: float) -> None:
    x = X.copy()
    x[0, 0, 0, 0] = x[1, 2, 3, 4] = value
    before, after = changed(lambda x: F.max_pool2d(F.relu(x), 2), x)
    assert len(shapes(after, "relu")) == 1 and shapes(after, "relu") != shapes(before, "relu")
    np.testing.assert_array_equal(answers(before, x)[0], answers(after, x)[0])


class Net(nn.Module):
    def __init__(self, pool: dict[str, int]) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1, dtype=np.float64),
            nn.ReLU(),
            nn.MaxPool2d(**pool),
            nn.Conv2d(4, 2, 3, padding=1, dtype=np.float64),
            nn.BatchNorm2d(2, dtype=np.float64),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )

    def forward(self, x: Any) -> Any:
        return self.layers(x)


@pytest.mark.parametrize("pool", POOLS)
def test_slopes_are_those_of_the_program_as_it_was_written(pool: dict[str, int]) -> None:
    net = Net(pool)

    def step(x: Any) -> Any:
        net.zero_grad()
        loss = (net(x) ** 2).sum()
        loss.backward()
        return [loss, *(p.grad for p in net.parameters())]

    traced = trace(step, X)
    at = dict(zip(traced.arguments, (X,), strict=True))
    given = [traced.cells[i].read() if i in traced.cells else at[i] for i in traced.program.inputs]
    before = shared_repeats(traced.program)
    after = earlier_maxima(before)
    if not pool.get("padding"):
        assert (2, 4, 8, 8) in shapes(before, "sign") and (2, 4, 8, 8) not in shapes(after, "sign")
    for a, b in zip(answers(before, *given), answers(after, *given), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_the_sum_of_spread_slopes_is_the_sum_of_the_slopes() -> None:
    bias = Parameter(BIAS)

    def slope(x: Any) -> Any:
        bias.grad = None
        (F.max_pool2d(x + bias, 2) ** 2).sum().backward()
        return bias.grad

    traced = trace(slope, X)
    before = shared_repeats(traced.program)
    after = earlier_maxima(before)
    assert X.shape in {node.operands[0].aval.shape for node in before.nodes if node.op.name == "sum"}
    assert X.shape not in {node.operands[0].aval.shape for node in after.nodes if node.op.name == "sum"}
    given = [BIAS if i in traced.cells else X for i in traced.program.inputs]
    np.testing.assert_allclose(answers(before, *given)[0], answers(after, *given)[0], rtol=1e-13)


@pytest.mark.parametrize(
    "fn",
    [
        lambda x, b: (F.max_pool2d(F.relu(x + b), 2), F.relu(x + b)),  # the image itself is wanted, too
        lambda x, b: F.max_pool2d(x + x, 2),  # no bias: not the same in all of a window
        lambda x, b: F.max_pool2d(-x, 2),  # leaves the larger smaller
        lambda x, b: F.max_pool2d(F.relu(x + b), 2) + F.relu(x + b).mean(),
    ],
)
def test_all_else_stays(fn: Any) -> None:
    before, after = changed(fn, X, BIAS)
    assert before.text() == after.text()
