"""Laws of the backward pass: long records, freed records, changed values, hooks, and gradients' shapes and dtypes."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import GraphError
from pellucid.tensor import gradients, no_grad, where
from pellucid.tensor._backward import cotangents, leading_to, results_behind


def _leaf(*entries: float, dtype: Any = np.float64, name: str | None = None) -> Tensor:
    return Tensor(np.array(entries, dtype), requires_grad=True, name=name)


def test_a_chain_of_100_000_additions_is_differentiated_and_let_go_without_recursion() -> None:
    x = _leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1.0
    assert results_behind([y])[-1] is y and len(results_behind([y])) == 100_000
    y.backward()
    assert x.grad.item() == 1.0 and y.item() == 100_001.0


def test_a_long_chain_that_never_saw_a_backward_pass_is_let_go_without_recursion() -> None:
    x = _leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1.0
    seen = weakref.ref(y)
    del y
    gc.collect()
    assert seen() is None


def test_every_path_is_counted_once_where_paths_part_and_meet_again() -> None:
    x = _leaf(1.0)
    y = x
    for _ in range(40):  # 2^40 paths from the result to x
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**40


def test_a_second_pass_over_a_freed_record_says_how_to_keep_it() -> None:
    x = _leaf(1.0, 2.0)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(GraphError, match=r"behind sum \(\) was freed .* backward\(retain_graph=True\), or compute"):
        y.backward()
    assert x.grad.tolist() == [2.0, 4.0]  # the pass that was refused left no trace


def test_a_part_freed_by_another_result_is_named() -> None:
    x = _leaf(3.0)
    shared = x * x
    (shared + 1.0).backward()
    with pytest.raises(GraphError, match=r"behind multiply \(1,\) was freed"):
        (shared + 2.0).backward()


def test_a_kept_record_gives_the_same_gradient_again_and_a_freed_one_holds_no_operands() -> None:
    x = _leaf(1.0, 2.0)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4.0, 8.0] and y.operands is None


def test_an_assignment_after_use_is_refused_with_the_name_of_the_value_and_a_remedy() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True, name="weight")
    y = (w * w).sum()
    with no_grad():
        w[0] = 5.0
    with pytest.raises(
        GraphError, match=r"weight \(2,\) was changed in place after it was used by multiply.*x = x\.copy\(\)"
    ):
        y.backward()
    assert w.grad is None


@pytest.mark.parametrize("alias", [lambda t: t.detach(), lambda t: t.detach()[1:], lambda t: t.detach().T])
def test_a_change_through_any_view_of_the_memory_is_noticed(alias: Any) -> None:
    x = _leaf(1.0, 2.0)
    y = (x * x).sum()
    alias(x)[...] = 7.0
    with pytest.raises(GraphError, match="changed in place"):
        y.backward()


def test_a_changed_result_is_refused_as_well_as_a_changed_operand() -> None:
    y = (_leaf(1.0) * 2.0).reshape(1, 1)
    y.data[...] = 9.0
    y.touch()
    with pytest.raises(GraphError, match="changed in place"):
        y.backward()


def test_a_change_before_use_or_in_other_memory_or_of_a_copy_is_no_objection() -> None:
    x, other = _leaf(1.0, 2.0), Tensor([0.0])
    with no_grad():
        x[0] = 3.0
    y = (x * x).sum()
    other[0] = 1.0
    x.copy().detach()[0] = 8.0
    y.backward()
    assert x.grad.tolist() == [6.0, 4.0]


def test_a_hook_sees_the_gradient_and_what_it_returns_goes_on() -> None:
    x, seen = _leaf(1.0, 2.0), []
    y = x * 3.0
    y.register_hook(lambda g: seen.append(g.tolist()))
    y.register_hook(lambda g: g * 10.0)
    y.register_hook(lambda g: seen.append(g.tolist()))
    (y * 2.0).sum().backward()
    assert seen == [[2.0, 2.0], [20.0, 20.0]] and x.grad.tolist() == [60.0, 60.0]


def test_a_removed_hook_is_not_called_and_may_be_removed_twice() -> None:
    x, calls = _leaf(1.0), []
    remove = x.register_hook(calls.append)
    (x * 2.0).backward()
    assert remove() is None and remove() is None
    (x * 2.0).backward()
    assert len(calls) == 1


def test_a_hook_on_a_leaf_is_called_once_with_the_whole_gradient() -> None:
    x, seen = _leaf(3.0), []
    x.register_hook(lambda g: seen.append(g.item()))
    (x * x + x).backward()
    assert seen == [7.0]


def test_changing_what_a_hook_was_given_changes_no_gradient() -> None:
    x = Tensor(3.0, requires_grad=True)

    def spoil(g: Tensor) -> None:
        g[...] = 99.0

    x.register_hook(spoil)
    (x * x).backward()
    assert x.grad.item() == 6.0


def test_a_gradient_a_hook_returns_gets_memory_of_its_own() -> None:
    x = _leaf(1.0, 2.0)
    x.register_hook(lambda g: x.detach())
    (x * 2.0).sum().backward()
    assert x.grad.tolist() == [1.0, 2.0] and not np.shares_memory(x.grad.data, x.data)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (Tensor([1.0]), r"returned \(1,\) float32; return a Tensor \(2,\) float64"),
        (Tensor([1.0, 1.0]), r"returned \(2,\) float32; return a Tensor \(2,\) float64"),
        (np.ones(2), r"returned \(2,\) float64; return a Tensor"),
        (2.0, r"returned float ; return a Tensor"),
    ],
)
def test_a_hook_that_returns_another_kind_of_value_is_refused(returned: Any, said: str) -> None:
    x = _leaf(1.0, 2.0, name="w")
    x.register_hook(lambda g: returned)
    with pytest.raises(GraphError, match=r"hook on w \(2,\): " + said):
        (x * 2.0).sum().backward()


def test_a_hook_takes_part_in_gradients_of_gradients() -> None:
    x = _leaf(2.0)
    y = x * x
    remove = y.register_hook(lambda g: g * y)  # dx = y 2 x = 2 x^3
    (slope,) = gradients([y], [x], create_graph=True)
    remove()  # else it would be called again: the second pass goes through y too
    assert slope.item() == 16.0 and gradients([slope], [x])[0].item() == 24.0


@pytest.mark.parametrize(
    ("shape", "other"),
    [
        ((3,), (2, 3)),
        ((1,), (4,)),
        ((2, 1), (2, 3)),
        ((), (2, 2)),
        ((1, 1), (3, 1)),
        ((1, 3), (0, 3)),
        ((2, 1, 3), (4, 1)),
    ],
)
@pytest.mark.parametrize(
    "op", [lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a - b, lambda a, b: where(a < b, a, b)]
)
def test_the_gradient_of_a_stretched_operand_agrees_with_differences(shape: Any, other: Any, op: Any) -> None:
    rng = np.random.default_rng(len(shape) * 10 + len(other))
    a, b = rng.uniform(1.0, 2.0, shape), rng.uniform(3.0, 4.0, other)
    weight = rng.normal(size=np.broadcast_shapes(shape, other))
    for first in (True, False):
        moved = a if first else b
        x = Tensor(moved.copy(), requires_grad=True)
        (op(x, Tensor(b)) if first else op(Tensor(a), x)).backward(weight)
        assert x.grad.shape == moved.shape
        for at in np.ndindex(moved.shape):
            ends = []
            for h in (1e-6, -1e-6):
                z = moved.copy()
                z[at] += h
                y = op(Tensor(z), Tensor(b)) if first else op(Tensor(a), Tensor(z))
                ends.append((y.numpy() * weight).sum())
            assert x.grad.data[at] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-7)


def test_each_gradient_has_the_dtype_of_its_operand() -> None:
    narrow, wide = Tensor(np.ones((2, 3), np.float32), requires_grad=True), _leaf(1.0, 2.0, 3.0)
    half = Tensor(np.ones(1, np.float16), requires_grad=True)
    y = (narrow * wide + half).sum()
    y.backward()
    assert y.dtype == np.float64
    assert [t.grad.dtype for t in (narrow, wide, half)] == [np.float32, np.float64, np.float16]
    assert wide.grad.tolist() == [2.0, 2.0, 2.0] and half.grad.tolist() == [6.0]


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (1,), (1, 1, 1), ()])
def test_axes_of_length_0_and_1_have_gradients_of_their_shape(shape: tuple[int, ...]) -> None:
    x = Tensor(np.full(shape, 2.0), requires_grad=True)
    (x * x + 1.0).sum().backward()
    assert x.grad.shape == shape and (x.grad.data == 4.0).all()


def test_only_paths_that_lead_to_the_targets_are_walked() -> None:
    x, other = _leaf(2.0), _leaf(5.0)
    side, calls = other * other, []
    side.register_hook(calls.append)
    y = x * x + side
    slopes = cotangents([y], [np.ones(1)], targets=[x])
    assert slopes[x].tolist() == [4.0] and other not in slopes and calls == []
    assert leading_to([x], [x * 2.0]) >= {x}


def test_roots_given_twice_or_standing_behind_each_other_add_up() -> None:
    x = _leaf(3.0)
    y = x * x
    z = y * 2.0
    slopes = cotangents([y, z, y], [np.ones(1), np.ones(1), np.ones(1)])
    assert slopes[x].tolist() == [6.0 * (1 + 2 + 1)]
