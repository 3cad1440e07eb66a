"""Laws of Tensor: what it holds, how it counts, how gradients gather in leaves, and what may be changed in place."""

import copy
import operator
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import DtypeError, GraphError, ShapeError
from pellucid.tensor import gradcheck, matmul, no_grad
from pellucid.tensor._tensor import TENSORS, apply, as_tensor


def _leaf(*entries: float, name: str | None = None) -> Tensor:
    return Tensor(list(entries), requires_grad=True, name=name)


# -- what it holds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.5, np.float32),
        ([1.0, 2.0], np.float32),
        ([], np.float32),
        ([1, 2], np.int64),
        (True, np.bool_),
        (np.ones(2), np.float64),
        (np.float64(1.0), np.float64),
        (np.ones(2, np.float16), np.float16),
        (np.ones(2, np.uint8), np.uint8),
    ],
)
def test_python_floats_become_float32_and_arrays_keep_their_dtype(data: Any, dtype: Any) -> None:
    assert Tensor(data).dtype == dtype and Tensor(Tensor(data)).dtype == dtype


def test_a_dtype_asked_for_is_given() -> None:
    assert Tensor([1, 2], "float64").dtype == np.float64 and Tensor([0.0, 2.0], bool).tolist() == [False, True]


def test_an_array_is_not_copied() -> None:
    array = np.zeros(2)
    assert np.shares_memory(Tensor(array).data, array)


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (["a"], DtypeError, "holds real numbers or truth values, not <U1"),
        ([1j], DtypeError, "not complex128"),
        (None, DtypeError, "not object"),
        ([[1.0], [1.0, 2.0]], ShapeError, "the rows have different lengths"),
        ([_leaf(1.0)], GraphError, r"gradients would be lost; use pellucid\.tensor\.stack"),
        ([[1.0, _leaf(1.0)]], GraphError, r"gradients would be lost; use pellucid\.tensor\.stack"),
    ],
)
def test_what_it_cannot_hold_is_refused_in_words(data: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        Tensor(data)


def test_only_floating_point_leaves_require_gradients() -> None:
    with pytest.raises(DtypeError, match="only floating-point values have gradients, this one is int64"):
        Tensor([1, 2], requires_grad=True)
    with pytest.raises(DtypeError, match="this one is bool"):
        Tensor([True]).requires_grad_()
    x = Tensor([1.0])
    assert x.requires_grad_() is x and (x * 2.0).requires_grad
    assert not (x.requires_grad_(False) * 2.0).requires_grad


def test_a_recorded_result_cannot_stop_requiring_its_gradient() -> None:
    y = _leaf(1.0) * 2.0
    with pytest.raises(GraphError, match=r"multiply \(1,\) is a recorded result; detach\(\)"):
        y.requires_grad_(False)
    assert y.requires_grad_() is y


def test_equality_compares_entries_while_hashing_tells_values_apart() -> None:
    a, b = Tensor([1.0, 2.0]), Tensor([1.0, 3.0])
    assert (a == b).tolist() == [True, False] and (a != b).tolist() == [False, True]
    assert len({a, b, a}) == 2


# -- how it counts -----------------------------------------------------------------------------------------------------

_PAIRS: list[Callable[[Any, Any], Any]] = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.pow,
    operator.eq,
    operator.ne,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
]


@pytest.mark.parametrize("op", _PAIRS, ids=lambda op: op.__name__)
@pytest.mark.parametrize("other", [2.0, np.array([[0.5], [2.0]]), np.float64(1.5), [1.0, 2.0, 4.0]], ids=str)
def test_operators_count_as_numpy_from_both_sides(op: Callable[[Any, Any], Any], other: Any) -> None:
    x = np.array([[1.0, 2.0, 3.0], [0.5, 2.0, 4.0]])
    for ours, theirs in (
        (op(Tensor(x), other), op(x, np.asarray(other))),
        (op(other, Tensor(x)), op(np.asarray(other), x)),
    ):
        assert type(ours) is Tensor and ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours.numpy(), theirs)


def test_signs_are_numpys() -> None:
    x = Tensor([-1.5, 2.0])
    assert (-x).tolist() == [1.5, -2.0] and abs(x).tolist() == [1.5, 2.0] and (+x) is x


@pytest.mark.parametrize("op", _PAIRS[:5], ids=lambda op: op.__name__)
@pytest.mark.parametrize("number", [2, 2.0, np.float64(2.0), np.int64(2), 1e-3])
def test_no_number_widens_float32_or_float16(op: Callable[[Any, Any], Any], number: Any) -> None:
    for dtype in (np.float32, np.float16):
        x = Tensor(np.ones(2, dtype))
        assert op(x, number).dtype == op(number, x).dtype == dtype


def test_arrays_of_two_dtypes_meet_in_the_wider_one() -> None:
    assert (Tensor([1.0]) + np.ones(1)).dtype == (np.ones(1) + Tensor([1.0])).dtype == np.float64
    assert (Tensor([1]) + Tensor([True])).dtype == np.int64


def test_shapes_that_do_not_fit_are_named_with_a_way_out() -> None:
    with pytest.raises(ShapeError, match=r"add: shapes \(3,\) and \(2,\) do not broadcast: on axis -1 .* x\[:, None\]"):
        Tensor(np.ones(3)) + Tensor(np.ones(2))


def test_what_is_no_number_cannot_be_an_operand() -> None:
    for other in ("text", None, 1j, {}):
        with pytest.raises(DtypeError, match="holds real numbers or truth values"):
            Tensor([1.0]) + other


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 4)),
        ((5, 1, 2, 3), (4, 3, 1)),
        ((3,), (5, 3, 2)),
        ((5, 2, 3), (3,)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
        ((4, 0, 3), (3, 2)),
        ((1, 1), (1, 1)),
    ],
)
def test_products_are_numpys_and_their_gradients_agree_with_differences(a: Any, b: Any) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=a), rng.normal(size=b)
    for product in (Tensor(x) @ Tensor(y), x @ Tensor(y), Tensor(x) @ y, matmul(x, y)):
        assert product.shape == (x @ y).shape
        np.testing.assert_allclose(product.numpy(), x @ y, rtol=1e-13, atol=1e-14)
    report = gradcheck(matmul, x, y)
    assert report and report.entries == x.size + y.size


def test_products_of_unfit_shapes_name_both_and_a_way_out() -> None:
    with pytest.raises(ShapeError, match=r"a \(2, 3\) has 3 columns, b \(5, 3\) has 5 rows; .*b\.mT\?"):
        Tensor(np.ones((2, 3))) @ np.ones((5, 3))
    with pytest.raises(ShapeError, match=r"matmul: a \(\) and b \(2,\) need at least one axis each; use \*"):
        matmul(2.0, [1.0, 2.0])


def test_methods_of_layout_are_numpys() -> None:
    x = np.arange(24.0).reshape(2, 1, 3, 4)
    t = Tensor(x)
    pairs = [
        (t.T, x.T),
        (t.mT, x.swapaxes(-1, -2)),
        (t.reshape(4, -1), x.reshape(4, -1)),
        (t.reshape([6, 4]), x.reshape(6, 4)),
        (t.flatten(), x.ravel()),
        (t.transpose(3, 0, 1, -2), x.transpose(3, 0, 1, 2)),
        (t.transpose((1, 0, 2, 3)), x.transpose(1, 0, 2, 3)),
        (t.swapaxes(0, -1), x.swapaxes(0, -1)),
        (t.squeeze(), x.squeeze()),
        (t.squeeze(1), x.squeeze(1)),
        (t.squeeze((-3,)), x.squeeze(1)),
        (Tensor(np.zeros((2, 0))).flatten(), np.zeros(0)),
        (Tensor(3.0).flatten(), np.full(1, 3.0, np.float32)),
    ]
    for ours, theirs in pairs:
        assert ours.shape == theirs.shape and ours.tolist() == theirs.tolist()


def test_methods_of_layout_refuse_what_does_not_exist() -> None:
    t = Tensor(np.zeros((2, 1, 3)))
    for call, said in (
        (lambda: t.reshape(4, 2), r"reshape: x \(2, 1, 3\) has 6 entries, which do not fill the shape \(4, 2\)"),
        (lambda: t.reshape(-1, -1), "reshape"),
        (lambda: t.squeeze(0), r"squeeze: axis 0 of \(2, 1, 3\) is longer than 1"),
        (lambda: t.squeeze(3), "squeeze: axis 3 does not exist"),
        (lambda: t.transpose(0, 0, 1), r"transpose: axes \(0, 0, 1\) are not an order of the 3 axes"),
        (lambda: t.transpose(0, 1), "are not an order of the 3 axes"),
        (lambda: t.swapaxes(0, 3), "swapaxes: axis 3 does not exist"),
        (lambda: t.sum((0, 0)), "names an axis twice"),
    ):
        with pytest.raises(ShapeError, match=said):
            call()


def test_a_cast_to_the_same_kind_is_the_value_itself_and_text_is_refused() -> None:
    x = Tensor([1.5, 2.5])
    assert x.astype("float32") is x and x.astype(int).tolist() == [1, 2]
    with pytest.raises(DtypeError, match="astype: a Tensor holds real numbers or truth values, not complex128"):
        x.astype(complex)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64, np.bool_, np.float32])
def test_the_smallest_and_largest_are_found_in_every_dtype_at_its_limits(dtype: Any) -> None:
    limits = {np.bool_: lambda _: SimpleNamespace(min=False, max=True), np.float32: np.finfo}.get(dtype, np.iinfo)(
        dtype
    )
    x = np.array([limits.max, limits.min, limits.max, limits.min], dtype)
    t = Tensor(x)
    assert (t.max().item(), t.min().item(), t.argmax().item(), t.argmin().item()) == (x.max(), x.min(), 0, 1)
    assert t.min().dtype == t.max().dtype == dtype


# -- gradients ---------------------------------------------------------------------------------------------------------


def test_gradients_add_up_exactly_over_backward_passes() -> None:
    x = _leaf(1.0, 2.0, 3.0)
    for k in range(1, 4):
        (x * float(k)).sum().backward()
        assert x.grad.tolist() == [k * (k + 1) / 2] * 3
    x.grad = None
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_a_value_used_twice_gets_the_sum_of_both_uses() -> None:
    x = _leaf(3.0)
    (x * x * x).backward()
    assert x.grad.item() == 27.0
    a = _leaf(2.0)
    (a - a).backward()
    assert a.grad.item() == 0.0


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(
    "combine",
    [
        lambda a, b: a + b,
        lambda a, b: a + b.reshape(3, 1).reshape(3),
        lambda a, b: (a + 0.0) + (b + 0.0),
        lambda a, b: a.copy() + b[::1],
    ],
)
def test_no_two_gradients_share_memory_nor_does_the_cotangent(combine: Any, create_graph: bool) -> None:
    a, b, seed = Tensor(np.ones(3), requires_grad=True), Tensor(np.ones(3), requires_grad=True), np.ones(3)
    combine(a, b).backward(seed, create_graph=create_graph)
    pairs = [(a.grad.data, b.grad.data), (a.grad.data, seed), (b.grad.data, seed), (a.grad.data, a.data)]
    assert not any(np.shares_memory(p, q) for p, q in pairs)
    assert a.grad.tolist() == b.grad.tolist() == [1.0, 1.0, 1.0]


def test_a_gradient_is_an_ordinary_writeable_array() -> None:
    x = _leaf(1.0, 2.0)
    x.sum().backward()  # whose own gradient is one number, repeated
    x.grad.numpy()[0] = 5.0
    assert x.grad.tolist() == [5.0, 1.0] and type(x.grad.data) is np.ndarray
    s = Tensor(2.0, requires_grad=True)
    (s * s).backward()
    assert type(s.grad.data) is np.ndarray and s.grad.shape == ()


def test_an_earlier_gradient_is_not_changed_by_a_later_pass() -> None:
    x = _leaf(1.0)
    (x * 2.0).backward()
    earlier = x.grad
    (x * 2.0).backward()
    assert earlier.item() == 2.0 and x.grad.item() == 4.0


def test_a_leaf_is_its_own_derivative() -> None:
    x = _leaf(7.0)
    x.backward()
    assert x.grad.tolist() == [1.0]


def test_a_cotangent_must_have_the_shape_of_the_value() -> None:
    x = _leaf(1.0, 2.0)
    (x * x).backward([1.0, 10.0])
    assert x.grad.tolist() == [2.0, 40.0] and x.grad.dtype == np.float32
    with pytest.raises(ShapeError, match=r"the cotangent has shape \(3,\), the value \(2,\)"):
        (x * x).backward(np.ones(3))
    with pytest.raises(GraphError, match=r"shape \(2,\) has no single derivative. Reduce it first"):
        (x * x).backward()


def test_a_value_without_record_has_nothing_to_walk() -> None:
    with no_grad():
        unrecorded = _leaf(1.0) * 2.0
    for value in (Tensor([1.0]), unrecorded, _leaf(1.0) > 0.0, (_leaf(1.0) * 2.0).detach()):
        with pytest.raises(GraphError, match=r"nothing was recorded .* requires_grad=True"):
            value.backward()


def test_gradients_have_gradients_where_the_pass_is_recorded() -> None:
    x = _leaf(2.0)
    (x * x * x).backward(create_graph=True)
    assert x.grad.item() == 12.0 and x.grad.requires_grad
    slope, x.grad = x.grad, None
    with no_grad():  # a pass is recorded, or not, by what was asked of it
        slope.backward(create_graph=True)
    assert x.grad.item() == 12.0 and x.grad.requires_grad


def test_hooks_need_a_value_that_a_pass_can_reach() -> None:
    with pytest.raises(GraphError, match="register_hook: no backward pass reaches this value"):
        Tensor([1.0]).register_hook(print)


def test_detaching_keeps_the_memory_and_drops_the_history() -> None:
    y = _leaf(1.0, 2.0) * 2.0
    alone = y.detach()
    assert alone.is_leaf and not alone.requires_grad and np.shares_memory(alone.data, y.data)


def test_a_copy_has_memory_of_its_own_and_passes_gradients() -> None:
    x = _leaf(1.0, 2.0)
    twin = x.copy()
    assert not np.shares_memory(twin.data, x.data)
    (twin * 3.0).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])  # noqa: S301  # our own bytes
def test_a_deep_copied_leaf_is_equal_and_independent(twin_of: Any) -> None:
    x = _leaf(1.0, 2.0, name="w")
    (x * x).sum().backward()
    twin = twin_of(x)
    assert (twin.tolist(), twin.grad.tolist(), twin.name, twin.requires_grad) == ([1.0, 2.0], [2.0, 4.0], "w", True)
    for mine, yours in ((x.data, twin.data), (x.grad.data, twin.grad.data)):
        assert not np.shares_memory(mine, yours)
    (twin * 1.0).sum().backward()
    assert twin.grad.tolist() == [3.0, 5.0] and x.grad.tolist() == [2.0, 4.0]


def test_a_recorded_result_cannot_be_deep_copied() -> None:
    with pytest.raises(GraphError, match=r"copy: multiply \(1,\) is a recorded result, .* detach\(\) it first"):
        copy.deepcopy(_leaf(1.0) * 2.0)


# -- changes in place --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (0, 5.0),
        ((1, slice(None, None, -1)), [1.0, 2.0, 3.0]),
        (..., 0.0),
        (np.array([[True, False, True]] * 2), 9.0),
        ([1, 0], np.ones((2, 3))),
        (Tensor(1), Tensor([7.0, 8.0, 9.0])),
    ],
)
def test_assignment_does_what_numpys_does(key: Any, value: Any) -> None:
    x = np.arange(6.0).reshape(2, 3)
    t = Tensor(x.copy())
    t[key] = value
    x[key.item() if isinstance(key, Tensor) else key] = np.asarray(value)
    assert t.tolist() == x.tolist()


def test_assignment_that_does_not_fit_changes_nothing() -> None:
    t = Tensor([1.0, 2.0])
    for key, value, error in ((5, 0.0, IndexError), (slice(None), [1.0, 2.0, 3.0], ValueError)):
        before = t.changed
        with pytest.raises(error):
            t[key] = value
        assert t.tolist() == [1.0, 2.0] and t.changed == before


def test_assignment_into_a_recorded_computation_is_refused() -> None:
    x = _leaf(1.0, 2.0, name="w")
    with pytest.raises(GraphError, match=r"assignment: w \(2,\) takes part in a recorded computation.*inside no_grad"):
        x[0] = 5.0
    y = x * 2.0
    with no_grad(), pytest.raises(GraphError, match=r"assignment: multiply \(2,\) takes part"):
        y[0] = 5.0
    with no_grad():
        x[0] = 5.0
    assert x.tolist() == [5.0, 2.0]


def test_assignment_of_a_recorded_value_is_refused_and_says_what_to_do() -> None:
    t, value = Tensor([1.0, 2.0]), _leaf(3.0)
    with pytest.raises(GraphError, match=r"leaf \(1,\) is recorded.* assign value\.detach\(\)"):
        t[0] = value
    t[:1] = value.detach()
    assert t.tolist() == [3.0, 2.0]


def test_assignment_into_borrowed_or_repeated_memory_is_refused() -> None:
    for t in (Tensor(np.broadcast_to(1.0, (3,))), Tensor(np.frombuffer(bytes(8), np.float64))):
        with pytest.raises(GraphError, match=r"is read-only .* x = x\.copy\(\)"):
            t[0] = 5.0


@pytest.mark.parametrize(
    "op", [operator.iadd, operator.isub, operator.imul, operator.itruediv], ids=lambda op: op.__name__
)
def test_in_place_operators_work_in_the_memory_of_a_plain_value(op: Callable[[Any, Any], Any]) -> None:
    array = np.array([1.0, 2.0])
    expected, t = op(array.copy(), 4.0), Tensor(array)
    assert op(t, 4.0) is t and array.tolist() == expected.tolist()


def test_in_place_operators_on_recorded_values() -> None:
    x = _leaf(1.0, 2.0, name="w")
    with pytest.raises(GraphError, match=r"in-place multiply: w \(2,\) requires a gradient.*inside no_grad"):
        x *= 2.0
    y = result = x * 3.0
    y += 1.0
    assert y is not result and result.tolist() == [3.0, 6.0]  # the record keeps its entries
    y.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]
    total = plain = Tensor([0.0, 0.0])
    total += x  # becomes recorded, under the old name
    assert total.requires_grad and plain.tolist() == [0.0, 0.0]
    with no_grad():
        same = x
        x -= 1.0
    assert x is same and x.tolist() == [0.0, 1.0]


def test_in_place_results_must_fit() -> None:
    counts, one = Tensor([1, 2]), Tensor([1.0])
    with pytest.raises(DtypeError, match=r"in-place divide: the result is float64, not int64; use x\.astype first"):
        counts /= 2
    with pytest.raises(ShapeError, match=r"in-place add: the result has shape \(2,\), which does not fit into \(1,\)"):
        one += np.ones(2, np.float32)


# -- running primitives ------------------------------------------------------------------------------------------------


def test_primitives_are_recorded_only_where_a_derivative_can_be_asked_for() -> None:
    x = _leaf(1.5, -2.0)
    assert TENSORS.add(x, 1.0).op.name == "add" and TENSORS.add(x, 1.0).operands == (x, 1.0)
    for plain in (TENSORS.less(x, 0.0), TENSORS.floor(x), TENSORS.add(Tensor([1.0]), 1.0), x.astype(int)):
        assert plain.is_leaf and not plain.requires_grad


def test_anything_numpy_reads_is_taken_as_an_operand() -> None:
    add = TENSORS.add(Tensor([1.0]), 1.0)
    assert add.tolist() == [2.0]
    for other in ([1.0], (1.0,), np.float32(1.0), np.ones(1, np.float32), Tensor([1.0])):
        y = apply(_leaf(0.0).__add__(0.0).op, (Tensor([1.0]), other))
        assert y.tolist() == [2.0] and y.dtype == np.float32


def test_as_tensor_gives_a_tensor_back_as_it_is() -> None:
    x = Tensor([1.0])
    assert as_tensor(x) is x and as_tensor(2.0).item() == 2.0
