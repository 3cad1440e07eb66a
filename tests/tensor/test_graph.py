"""Laws of the recorded graph as data: one row a value, operands first, nothing touched by looking."""

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import GraphError
from pellucid.tensor import GraphNode, exp, gradients, graph


def _textbook() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """f = (x + y) z with x + y = 8 and z = 9."""
    x, y, z = (Tensor(v, requires_grad=True, name=n) for n, v in (("x", 3.0), ("y", 5.0), ("z", 9.0)))
    return x, y, z, (x + y) * z


def test_the_textbook_graph_has_gradients_9_9_and_8() -> None:
    *_, f = _textbook()
    rows = {row.name: row for row in graph(f)}
    assert list(rows) == ["x", "y", "z", "add_1", "multiply_1"]
    assert {name: row.value.item() for name, row in rows.items()} == {
        "x": 3.0, "y": 5.0, "z": 9.0, "add_1": 8.0, "multiply_1": 72.0,
    }  # fmt: skip
    assert [row.gradient.item() for row in rows.values() if row.gradient is not None] == [9.0, 9.0, 8.0, 9.0, 1.0]
    assert rows["multiply_1"].operands == ("add_1", "z") and rows["add_1"].operands == ("x", "y")
    assert [row.primitive for row in rows.values()] == [None, None, None, "add", "multiply"]
    assert str(rows["multiply_1"]) == "multiply_1 = multiply(add_1, z)  ()  value 72.0  gradient 1.0"
    assert str(rows["x"]) == "x = leaf  ()  value 3.0  gradient 9.0"


def test_looking_touches_no_gradient_and_frees_nothing() -> None:
    x, y, z, f = _textbook()
    first, second = graph(f), graph(f)
    assert [str(row) for row in first] == [str(row) for row in second]
    assert x.grad is y.grad is z.grad is None
    f.backward()
    assert (x.grad.item(), y.grad.item(), z.grad.item()) == (9.0, 9.0, 8.0)


def test_a_freed_graph_cannot_be_looked_at() -> None:
    *_, f = _textbook()
    f.backward()
    with pytest.raises(GraphError, match=r"behind multiply \(\) was freed by .*\(retain_graph=True\)"):
        graph(f)


def test_a_value_without_record_has_no_graph() -> None:
    with pytest.raises(GraphError, match="graph: nothing was recorded for this value; give the leaves requires_grad"):
        graph(Tensor(1.0) * 2.0)


def test_names_are_unique_whatever_the_tensors_were_called() -> None:
    a, b, c = (Tensor([1.0], requires_grad=True, name=n) for n in ("w", "w", "multiply_1"))
    rows = graph(((a * b) * c * a * 2.0).sum())
    names = [row.name for row in rows]
    assert len(set(names)) == len(names) and {"w", "w_1", "multiply_1", "multiply_2", "sum_1"} <= set(names)
    for k, row in enumerate(rows):  # operands are named by rows that stand before
        assert all(name in names[:k] or name == "2.0" for name in row.operands)


def test_constants_stand_in_full_or_shortened_and_need_no_gradient() -> None:
    x, mask = Tensor([1.0, 2.0], requires_grad=True, name="x"), Tensor([3.0, 4.0], name="mask")
    rows = {row.name: row for row in graph((x * mask + np.arange(2.0) + 0.5).sum())}
    assert rows["mask"].gradient is None and rows["mask"].primitive is None
    assert rows["add_1"].operands == ("multiply_1", "[0. 1.]") and rows["add_2"].operands == ("add_1", "0.5")
    assert "gradient" not in str(rows["mask"])


def test_each_row_tells_shape_dtype_value_and_rule() -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True, name="x")
    y = exp(x)
    rows = {row.name: row for row in graph(y.sum())}
    row = rows["exp_1"]
    assert isinstance(row, GraphNode) and (row.shape, row.dtype) == ((2, 3), "float64")
    np.testing.assert_array_equal(row.value, y.numpy())
    assert "e^x" in row.rule and rows["x"].rule == ""


def test_the_gradients_are_those_of_the_backward_pass_for_every_value() -> None:
    x = Tensor([0.5, 1.5], requires_grad=True)
    y = exp(x)
    z = y * y
    loss = (z * x).sum()
    rows = graph(loss)
    expected = gradients([loss], [x, y, z, loss], retain_graph=True)
    found = {row.value.tobytes(): row.gradient for row in rows}
    for value, slope in zip((x, y, z, loss), expected, strict=True):
        np.testing.assert_array_equal(found[value.numpy().tobytes()], slope.numpy())


def test_writing_into_a_gradient_of_a_row_changes_no_other() -> None:
    x, y = (Tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    rows = graph((x + y).sum())
    arrays = [row.gradient for row in rows]
    for k, one in enumerate(arrays):
        assert one.flags.writeable and not any(np.shares_memory(one, other) for other in arrays[:k])


def test_a_result_of_several_entries_is_listed_without_gradients() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    assert [row.gradient for row in graph(x * 2.0)] == [None, None]


def test_a_long_chain_is_listed_without_recursion() -> None:
    y = x = Tensor(0.0, requires_grad=True, name="x")
    for _ in range(5_000):
        y = y + 1.0
    rows = graph(y)
    assert len(rows) == 5_001 and rows[0].name == "x" and rows[-1].name == "add_5000" and x.grad is None
