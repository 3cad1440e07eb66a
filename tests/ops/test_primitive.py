"""The laws that every primitive keeps, generated from the table and its samples."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from primitive_cases import CASES, LINEAR, REFUSALS, Case, Refusal, cotangent, varied

from pellucid.errors import DtypeError
from pellucid.ops import ARRAYS, OPS, Aval, aval_of
from pellucid.tensor._backward import sum_to
from pellucid.tensor._tensor import Tensor, apply
from pellucid.tensor._transforms import gradients

Array = NDArray[Any]
DTYPES = [np.dtype(t) for t in (np.float64, np.float32, np.float16, np.int64, np.int32, np.uint8, np.bool_)]
STEP = 1e-5  # of the differences: cut-off error h^2 = 1e-10, rounding 1e-16 / h = 1e-11


def samples(keep: Callable[[Case], bool]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=key) for key, case in CASES.items() if keep(case)])


every_case = samples(lambda case: True)
every_smooth_case = samples(lambda case: case.op.differentiable and case.smooth)
every_linear_case = samples(lambda case: case.primitive in LINEAR and case.smooth)
every_refusal = pytest.mark.parametrize(
    ("name", "refusal"), [pytest.param(n, r, id=f"{n}-{k}") for n, rows in REFUSALS.items() for k, r in enumerate(rows)]
)
every_eager_refusal = pytest.mark.parametrize(
    ("name", "refusal"),
    [pytest.param(n, r, id=f"{n}-{k}") for n, rows in REFUSALS.items() for k, r in enumerate(rows) if r.eager],
)


def moved(operands: tuple[Any, ...], i: int, x: Array) -> tuple[Any, ...]:
    return (*operands[:i], x, *operands[i + 1 :])


def differences(value: Callable[[Array], float], x: Array) -> Array:
    """Central differences of value with respect to each entry of x."""
    out = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        ends = []
        for h in (STEP, -STEP):
            near = x.copy()
            near[at] += h
            ends.append(value(near))
        out[at] = (ends[0] - ends[1]) / (2 * STEP)
    return out


def pulled_back(case: Case, operands: tuple[Any, ...], dy: Array) -> dict[int, Array]:
    """The cotangent of every varied operand, in the operand's shape, on plain arrays."""
    y = case.run(*operands)
    slopes = {i: case.op.vjp(ARRAYS, i, dy, y, *operands, **case.attrs) for i, x in enumerate(operands) if varied(x)}
    return {i: sum_to(ARRAYS, g, operands[i].shape) for i, g in slopes.items()}


# -- shape and dtype


@every_case
def test_the_result_has_the_shape_and_dtype_of_the_rule(case: Case) -> None:
    for dtype in DTYPES:
        operands = [np.nan_to_num(abs(x)).astype(dtype) if varied(x) else x for x in case.operands]
        if case.primitive == "power" and dtype.kind != "f":
            operands = [abs(x) if not isinstance(x, np.ndarray) else x for x in operands]  # integers have no inverse
        try:
            rule = case.op.shape(*map(aval_of, operands), **case.attrs)
        except DtypeError:
            assert dtype.kind != "f"  # floating-point numbers are never refused
            continue
        with np.errstate(all="ignore"):
            for y in (case.forward(*operands), case.run(*operands)):
                assert Aval(y.shape, y.dtype) == rule


@every_refusal
def test_an_error_names_what_came_and_a_remedy(name: str, refusal: Refusal) -> None:
    with pytest.raises(refusal.error, match=rf"(?s)^{name}: .*{refusal.says}"):
        OPS[name].shape(*map(aval_of, refusal.operands), **refusal.attrs)


@every_eager_refusal
def test_the_same_error_meets_a_tensor(name: str, refusal: Refusal) -> None:
    operands = tuple(Tensor(x) if isinstance(x, np.ndarray) else x for x in refusal.operands)
    with pytest.raises(refusal.error, match=rf"(?s)^{name}: .*{refusal.says}"):
        apply(OPS[name], operands, refusal.attrs)


# -- kernels


@every_case
def test_the_kernel_agrees_with_the_definition(case: Case) -> None:
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 2e-6)):
        operands = [x.astype(dtype) if varied(x) else x for x in case.operands]
        wanted = case.forward(*operands)
        near = tolerance if wanted.dtype.kind == "f" else 0
        assert_allclose(case.run(*operands), wanted, rtol=near, atol=near)


def forms(x: Array) -> Iterator[Array]:
    """The same entries, laid out otherwise in memory."""
    if x.ndim:
        yield np.asfortranarray(x)
        yield x.repeat(2, axis=-1)[..., ::2]
        yield np.flip(np.flip(x).copy())
    frozen = x.copy()
    frozen.flags.writeable = False
    yield frozen
    yield np.broadcast_to(x, (2, *x.shape))[1]


@every_case
def test_the_layout_of_the_operands_in_memory_changes_nothing(case: Case) -> None:
    wanted = case.run()
    for i, x in enumerate(case.operands):
        for form in forms(x) if isinstance(x, np.ndarray) else ():
            kept = form.copy()
            given = case.run(*moved(case.operands, i, form))
            assert_allclose(given, wanted, rtol=1e-12, atol=1e-12)
            assert_array_equal(form, kept)  # and is not written on


# -- derivatives


@every_smooth_case
def test_the_vjp_agrees_with_central_differences(case: Case) -> None:
    dy = cotangent(case.forward())
    slopes = pulled_back(case, case.operands, dy)
    for i, slope in slopes.items():

        def value(x: Array, i: int = i) -> float:
            return float((case.forward(*moved(case.operands, i, x)) * dy).sum())

        assert_allclose(slope, differences(value, case.operands[i]), rtol=1e-7, atol=1e-8)


@every_smooth_case
def test_the_vjp_of_the_vjp_agrees_with_central_differences(case: Case) -> None:
    dy = cotangent(case.forward())
    inputs = {i: x for i, x in enumerate((*case.operands, dy)) if varied(x)}  # the cotangent is an input like others
    weights = {i: cotangent(x) for i, x in inputs.items()}

    def slope(arrays: dict[int, Array], create_graph: bool) -> tuple[Tensor, list[Tensor]]:
        """The first derivatives, weighted and summed; and the Tensors they were taken at."""
        tensors = {i: Tensor(x, requires_grad=True) for i, x in arrays.items()}
        operands = tuple(tensors.get(i, x) for i, x in enumerate(case.operands))
        y, seed = apply(case.op, operands, case.attrs), tensors[len(operands)]
        wanted = {i: t for i, t in tensors.items() if i < len(operands)}
        found = gradients([y], list(wanted.values()), [seed], create_graph=create_graph)
        total = Tensor(np.zeros(()))
        for i, g in zip(wanted, found, strict=True):
            total = total + (g * weights[i]).sum()
        return total, list(tensors.values())

    total, tensors = slope(inputs, create_graph=True)
    for i, second in zip(inputs, gradients([total], tensors), strict=True):

        def value(x: Array, i: int = i) -> float:
            return float(slope({**inputs, i: x}, create_graph=False)[0].item())

        assert_allclose(second.data, differences(value, inputs[i]), rtol=1e-6, atol=1e-7)


@every_linear_case
def test_the_vjp_of_a_linear_primitive_is_its_transpose(case: Case) -> None:
    dy = cotangent(case.forward())
    slopes = pulled_back(case, case.operands, dy)
    for i in set(LINEAR[case.primitive]) & slopes.keys():
        x = case.operands[i]
        others = case.op.forward(*moved(case.operands, i, np.zeros_like(x)), **case.attrs)  # where: the other branch
        image = case.forward() - others
        assert_allclose((dy * image).sum(), (slopes[i] * x).sum(), rtol=1e-12, atol=1e-12)


@every_smooth_case
def test_the_layout_of_a_cotangent_in_memory_changes_no_derivative(case: Case) -> None:
    dy = cotangent(case.forward())
    wanted = pulled_back(case, case.operands, dy)
    for form in forms(dy):
        kept = form.copy()
        for i, slope in pulled_back(case, case.operands, form).items():
            assert_allclose(slope, wanted[i], rtol=1e-12, atol=1e-12)
        assert_array_equal(form, kept)


@every_smooth_case
def test_a_value_in_the_place_of_several_operands_receives_all_their_cotangents(case: Case) -> None:
    x = next(x for x in case.operands if varied(x))
    places = [k for k, other in enumerate(case.operands) if varied(other) and other.shape == x.shape]
    leaf = Tensor(x, requires_grad=True)
    y = apply(case.op, tuple(leaf if k in places else v for k, v in enumerate(case.operands)), case.attrs)
    dy = cotangent(y.data)
    y.backward(dy)
    slopes = pulled_back(case, tuple(x if k in places else v for k, v in enumerate(case.operands)), dy)
    assert_allclose(leaf.grad.data, sum(slopes[k] for k in places), rtol=1e-12, atol=1e-12)


@every_smooth_case
def test_a_gradient_has_memory_of_its_own(case: Case) -> None:
    leaves = [Tensor(x, requires_grad=True) if varied(x) else x for x in case.operands]
    y = apply(case.op, tuple(leaves), case.attrs)
    dy = cotangent(y.data)
    y.backward(dy)
    owned = [leaf.grad.data for leaf in leaves if isinstance(leaf, Tensor)]
    others = [dy, y.data, *(x for x in case.operands if isinstance(x, np.ndarray))]
    for k, grad in enumerate(owned):
        assert grad.flags.writeable
        assert not any(np.shares_memory(grad, other) for other in (*others, *owned[:k]))


@pytest.mark.parametrize("name", sorted(OPS))
def test_its_rule_says_value_and_derivative(name: str) -> None:
    rule = OPS[name].rule()
    assert rule.startswith("y")
    assert not OPS[name].differentiable or " d" in rule
