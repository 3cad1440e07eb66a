"""Tracing finds state, names it, and computes nothing."""

from typing import Any

import numpy as np
import pytest

from pellucid import Tensor, compile, nn, optim
from pellucid.compiler import trace
from pellucid.errors import TraceError
from pellucid.tensor._tensor import apply


def test_nothing_is_computed_or_changed_while_tracing(monkeypatch: pytest.MonkeyPatch) -> None:
    net = nn.Sequential(nn.Linear(2, 2, seed=0), nn.BatchNorm1d(2))
    optimizer = optim.Adam(net.parameters())
    before = {name: value.copy() for name, value in net.state_dict().items()}

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (net(x) ** 2).sum()
        loss.backward()
        optimizer.step()
        return loss

    traced = trace(step, np.ones((3, 2), np.float32))
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert all(p.grad is None for p in net.parameters())
    names = {x.name for x in traced.program.inputs}
    assert {"x", "net.0.weight", "net.0.bias", "net.1.weight", "net.1.running_mean", "lr", "exp_avg"} <= names
    assert traced.without_gradient == tuple(net.parameters())


def test_arguments_and_state_of_one_name_are_told_apart() -> None:
    x = Tensor([1.0], name="x")
    names = [value.name for value in trace(lambda y: x + y, Tensor([2.0], name="x")).program.inputs]
    assert names == ["x", "x_2"]


def test_the_line_of_the_user_is_kept_with_each_node() -> None:
    node = trace(lambda x: x + 1, np.ones(1)).program.nodes[0]
    assert node.line.startswith(__file__)


def test_what_is_made_of_arrays_alone_is_computed_at_once() -> None:
    program = trace(lambda x: x + Tensor(np.arange(3.0)) * 2, np.ones(3)).program
    assert [node.op.name for node in program.nodes] == ["add"]


def test_a_compiled_function_within_another_is_a_part_of_it() -> None:
    inner = compile(lambda x: x * 3)
    assert compile(lambda x: inner(x) + 1)(np.ones(2)).tolist() == [4.0, 4.0]


def test_tracing_within_tracing_is_refused() -> None:
    with pytest.raises(TraceError, match="call the plain function"):
        trace(lambda x: trace(lambda y: y, x).program, np.ones(1))


def test_a_gradient_of_an_argument_would_be_lost_and_is_refused() -> None:
    with pytest.raises(TraceError, match="gradient would be lost"):
        trace(lambda w: (w * w).sum().backward(), Tensor([1.0], requires_grad=True))


def test_every_primitive_can_be_traced_with_the_shape_and_dtype_it_has_eagerly() -> None:
    from primitive_cases import CASES

    for case in CASES:
        wanted = CASES[case].run()
        op, attrs, operands = CASES[case].op, CASES[case].attrs, CASES[case].operands
        program = trace(lambda *x, op=op, attrs=attrs: apply(op, x, attrs), *operands).program
        node = program.outputs[0]
        assert (node.op, node.aval.shape, node.aval.dtype) == (op, wanted.shape, wanted.dtype), case
