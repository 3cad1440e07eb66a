"""Laws of functions made from functions: closed forms, finite differences, PyTorch, and what is refused."""

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import DtypeError, GraphError, ShapeError
from pellucid.tensor import (
    cumsum,
    exp,
    grad,
    gradients,
    hessian_vector_product,
    jvp,
    log,
    logsumexp,
    no_grad,
    sin,
    sqrt,
    stack,
    tanh,
    value_and_grad,
    vjp,
)

_POINT = np.array([[0.3, -0.7, 1.1], [0.5, 0.9, -0.2]])


def _whole(x: Any) -> Any:
    """A smooth function whose entries all meet each other, so that its second derivatives are full."""
    return tanh(x @ x.mT).sum() + logsumexp(x * x.sum(axis=0), axis=-1).sum() + (sqrt(x * x + 1.0) * cumsum(x, 1)).sum()


def _closed_forms() -> list[tuple[Callable[..., Any], list[Callable[[float], float]]]]:
    """A function, with its value and first three derivatives."""
    return [
        (
            tanh,
            [
                math.tanh,
                lambda x: 1 - math.tanh(x) ** 2,
                lambda x: -2 * math.tanh(x) * (1 - math.tanh(x) ** 2),
                lambda x: (1 - math.tanh(x) ** 2) * (6 * math.tanh(x) ** 2 - 2),
            ],
        ),
        (lambda x: x**5, [lambda x: x**5, lambda x: 5 * x**4, lambda x: 20 * x**3, lambda x: 60 * x**2]),
        (lambda x: 1.0 / x, [lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3, lambda x: -6 / x**4]),
        (log, [math.log, lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3]),
        (lambda x: sin(x) * exp(x), [
            lambda x: math.sin(x) * math.exp(x),
            lambda x: math.exp(x) * (math.sin(x) + math.cos(x)),
            lambda x: 2 * math.exp(x) * math.cos(x),
            lambda x: 2 * math.exp(x) * (math.cos(x) - math.sin(x)),
        ]),
    ]  # fmt: skip


@pytest.mark.parametrize(("fn", "derivatives"), _closed_forms(), ids=["tanh", "power", "reciprocal", "log", "product"])
def test_derivatives_up_to_the_third_are_the_closed_forms(
    fn: Callable[..., Any], derivatives: list[Callable[[float], float]]
) -> None:
    for closed in derivatives:
        for x in (0.3, 1.7):
            assert fn(Tensor(x, np.float64)).item() == pytest.approx(closed(x), rel=1e-13)
        fn = grad(fn)


def test_the_gradient_agrees_with_central_differences() -> None:
    slope = grad(_whole)(Tensor(_POINT))
    for at in np.ndindex(_POINT.shape):
        h = np.zeros_like(_POINT)
        h[at] = 1e-6
        measured = (_whole(Tensor(_POINT + h)).item() - _whole(Tensor(_POINT - h)).item()) / 2e-6
        assert slope.data[at] == pytest.approx(measured, rel=1e-7, abs=1e-8)


def test_first_and_second_derivatives_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")

    def theirs(x: Any) -> Any:
        summed = torch.logsumexp(x * x.sum(dim=0), dim=-1).sum()
        return torch.tanh(x @ x.mT).sum() + summed + (torch.sqrt(x * x + 1.0) * torch.cumsum(x, 1)).sum()

    point, direction = torch.tensor(_POINT, requires_grad=True), np.cos(_POINT * 9.0)
    value = theirs(point)
    (first,) = torch.autograd.grad(value, point, create_graph=True)
    (second,) = torch.autograd.grad((first * torch.tensor(direction)).sum(), point)
    np.testing.assert_allclose(_whole(Tensor(_POINT)).item(), value.item(), rtol=1e-14)
    np.testing.assert_allclose(grad(_whole)(Tensor(_POINT)).numpy(), first.detach().numpy(), rtol=1e-12, atol=1e-14)
    along = hessian_vector_product(_whole, Tensor(_POINT), Tensor(direction))
    np.testing.assert_allclose(along.numpy(), second.numpy(), rtol=1e-11, atol=1e-13)


def test_a_network_of_two_layers_has_pytorchs_first_and_second_derivatives() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(5)
    arrays = {"w1": rng.normal(size=(3, 4)), "b1": rng.normal(size=4), "w2": rng.normal(size=(4, 2))}
    x, y = rng.normal(size=(7, 3)), rng.integers(2, size=7)

    def loss(w: dict[str, Any]) -> Any:
        score = tanh(x @ w["w1"] + w["b1"]) @ w["w2"]
        return (logsumexp(score, axis=1) - score[np.arange(7), y]).mean()

    def theirs(w: dict[str, Any]) -> Any:
        score = torch.tanh(torch.tensor(x) @ w["w1"] + w["b1"]) @ w["w2"]
        return torch.nn.functional.cross_entropy(score, torch.tensor(y))

    at = {k: Tensor(v) for k, v in arrays.items()}
    theirs_at = {k: torch.tensor(v, requires_grad=True) for k, v in arrays.items()}
    first = torch.autograd.grad(theirs(theirs_at), list(theirs_at.values()), create_graph=True)
    along = sum((g * w.detach()).sum() for g, w in zip(first, theirs_at.values(), strict=True))
    second = torch.autograd.grad(along, list(theirs_at.values()))
    ours, ours_second = grad(loss)(at), hessian_vector_product(loss, at, arrays)
    for k, g, h in zip(arrays, first, second, strict=True):
        np.testing.assert_allclose(ours[k].numpy(), g.detach().numpy(), rtol=1e-11, atol=1e-14)
        np.testing.assert_allclose(ours_second[k].numpy(), h.numpy(), rtol=1e-10, atol=1e-14)


def test_the_value_stands_beside_the_gradient() -> None:
    value, slope = value_and_grad(lambda x, y: (x * y).sum())(Tensor([1.0, 2.0]), Tensor([5.0, 7.0]))
    assert value.item() == 19.0 and slope.tolist() == [5.0, 7.0]


def test_arguments_are_chosen_by_number_and_options_are_passed_on() -> None:
    def fn(x: Any, y: Any, *, power: int) -> Any:
        return x**power * y

    assert grad(fn, 1)(2.0, 3.0, power=3).item() == 8.0
    assert grad(fn, -1)(2.0, 3.0, power=3).item() == 8.0
    assert [g.item() for g in grad(fn, (1, 0))(2.0, 3.0, power=3)] == [8.0, 36.0]


def test_gradients_come_back_in_the_structure_of_their_argument() -> None:
    Line = namedtuple("Line", "slope intercept")
    point = {"line": Line(Tensor([2.0]), Tensor([5.0])), "rest": [1.5, (np.ones(2), 3)], "label": "text"}

    def fn(p: dict[str, Any]) -> Any:
        a, b = p["line"]
        return (a * p["rest"][0] + b + p["rest"][1][0] * p["rest"][1][1]).sum()

    slope = grad(fn)(point)
    assert type(slope["line"]) is Line and slope["label"] is None and slope["rest"][1][1] is None
    assert slope["line"].slope.tolist() == [3.0] and slope["line"].intercept.tolist() == [2.0]
    assert slope["rest"][0].item() == 4.0 and slope["rest"][1][0].tolist() == [3.0, 3.0]
    assert type(slope["rest"][1]) is tuple and slope["rest"][1][0].dtype == np.float64


def test_no_transform_touches_the_gradients_of_leaves_or_the_arguments() -> None:
    x, w = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0], requires_grad=True)
    plain = Tensor([1.0, 2.0])
    for argument in (x, plain):
        grad(lambda z: (z * w).sum())(argument)
        hessian_vector_product(lambda z: (z * z * w).sum(), argument, [1.0, 1.0])
        jvp(lambda z: z * w, [argument], [Tensor([1.0, 1.0])])
        vjp(lambda z: z * w, argument)[1]([1.0, 1.0])
    assert x.grad is None and w.grad is None and plain.grad is None and not plain.requires_grad


def test_gradients_are_taken_inside_no_grad_as_outside() -> None:
    x = Tensor([2.0], requires_grad=True)
    with no_grad():
        assert grad(lambda z: (z**3).sum())(x).tolist() == [12.0]
        assert hessian_vector_product(lambda z: (z**3).sum(), x, [1.0]).tolist() == [12.0]
        assert jvp(lambda z: z**3, [x], [Tensor([1.0])])[1].tolist() == [12.0]
    y = (x**3).sum()
    with no_grad():
        (slope,) = gradients([y], [x], create_graph=True)
    assert gradients([slope], [x])[0].tolist() == [12.0]


def test_a_gradient_inside_a_recorded_computation_is_part_of_it() -> None:
    x = Tensor(2.0, requires_grad=True)
    (grad(lambda z: z**3)(x) * x).backward()  # 3 x^2 x = 3 x^3
    assert x.grad.item() == 36.0


def test_a_function_that_does_not_depend_on_its_argument_has_gradient_zero() -> None:
    x = Tensor([1.0, 2.0])
    assert grad(lambda z: 5.0)(x).tolist() == [0.0, 0.0]
    assert [g.tolist() for g in grad(lambda a, b: a.sum(), (0, 1))(x, x)] == [[1.0, 1.0], [0.0, 0.0]]
    assert vjp(lambda z: Tensor([1.0]), x)[1]([1.0])[0].tolist() == [0.0, 0.0]
    assert jvp(lambda z: Tensor([1.0]), [x], [x])[1].tolist() == [0.0]
    assert hessian_vector_product(lambda z: (z * 3.0).sum(), x, x).tolist() == [0.0, 0.0]


def _jacobian(fn: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    """dy / dx by central differences.   x (*X) -> (*Y, *X)"""
    columns = []
    for at in np.ndindex(x.shape):
        h = np.zeros_like(x)
        h[at] = 1e-6
        columns.append((fn(Tensor(x + h)).numpy() - fn(Tensor(x - h)).numpy()) / 2e-6)
    return np.stack(columns, axis=-1).reshape(*columns[0].shape, *x.shape)


def test_pullback_and_push_forward_are_the_two_products_with_the_jacobian() -> None:
    def fn(x: Any) -> Any:
        return stack([tanh(x).sum(axis=1), (x * x * x[:, ::-1]).sum(axis=1)])  # (2, 2)

    rng = np.random.default_rng(2)
    dy, v = rng.normal(size=(2, 2)), rng.normal(size=_POINT.shape)
    j = _jacobian(fn, _POINT)
    y, pullback = vjp(fn, Tensor(_POINT))
    np.testing.assert_array_equal(y.numpy(), fn(Tensor(_POINT)).numpy())
    np.testing.assert_allclose(pullback(dy)[0].numpy(), np.tensordot(dy, j, 2), rtol=1e-7)
    np.testing.assert_allclose(pullback(2.0 * dy)[0].numpy(), 2.0 * pullback(dy)[0].numpy(), rtol=1e-13)
    value, along = jvp(fn, [Tensor(_POINT)], [v])
    np.testing.assert_array_equal(value.numpy(), y.numpy())
    np.testing.assert_allclose(along.numpy(), np.tensordot(j, v, 2), rtol=1e-7)


def test_a_push_forward_over_several_arguments_adds_their_shares() -> None:
    y, dy = jvp(lambda p, n, b: (p["a"] * b) ** n, [{"a": Tensor(2.0)}, 2, 3.0], [{"a": 1.0}, None, 10.0])
    assert (y.item(), dy.item()) == (36.0, 2 * 6.0 * (3.0 + 20.0))


def test_push_forwards_can_be_differentiated() -> None:
    assert grad(lambda x: jvp(lambda z: z**4, [x], [1.0])[1])(2.0).item() == 48.0


def test_products_with_the_hessian_are_those_of_the_matrix() -> None:
    a = np.random.default_rng(1).normal(size=(4, 4))
    x, v = np.arange(4.0), np.array([1.0, -2.0, 0.5, 3.0])
    quadratic = hessian_vector_product(lambda z: (z @ a @ z) / 2.0, Tensor(x), Tensor(v))
    np.testing.assert_allclose(quadratic.numpy(), (a + a.T) / 2 @ v, rtol=1e-13)
    e, f = (hessian_vector_product(_whole, Tensor(_POINT), Tensor(d)).numpy() for d in np.eye(6)[:2].reshape(2, 2, 3))
    assert e[0, 1] == pytest.approx(f[0, 0], rel=1e-12)  # the matrix is symmetric


def test_products_with_the_hessian_keep_structures_and_leave_whole_numbers_alone() -> None:
    along = hessian_vector_product(
        lambda p: (p["a"] ** p["n"]).sum(), {"a": Tensor([1.0, 2.0]), "n": 3}, {"a": Tensor([1.0, 1.0]), "n": None}
    )
    assert along["a"].tolist() == [6.0, 12.0] and along["n"] is None


def test_gradients_reach_values_inside_the_record_and_repeat_where_asked_twice() -> None:
    x = Tensor([3.0], requires_grad=True)
    y = x * x
    z = (y * y).sum()
    inner, outer, again = gradients([z], [y, x, x], retain_graph=True)
    assert (inner.item(), outer.item(), again.item()) == (18.0, 108.0, 108.0)
    assert not np.shares_memory(outer.data, again.data) and x.grad is None and not inner.requires_grad
    weighted = gradients([z, y], [x], [None, [10.0]])
    assert weighted[0].item() == 108.0 + 60.0
    with pytest.raises(GraphError, match="was freed"):
        gradients([z], [x])


def test_gradients_of_several_results_add_up_with_their_cotangents() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    unrelated = Tensor([4.0], requires_grad=True)
    slope, zero = gradients([x * 2.0, x * x], [x, unrelated], [[1.0, 10.0], [100.0, 1000.0]])
    assert slope.tolist() == [2.0 + 200.0, 20.0 + 4000.0] and zero.tolist() == [0.0]


def test_a_gradient_of_what_was_not_recorded_is_refused_instead_of_called_zero() -> None:
    x, constant = Tensor([1.0], requires_grad=True), Tensor([2.0], name="c")
    with pytest.raises(GraphError, match=r"gradients: input 1, c \(1,\), does not require a gradient"):
        gradients([x * constant], [x, constant])


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (
            lambda: grad(lambda x: x)(Tensor([1.0, 2.0])),
            ShapeError,
            r"returned shape \(2,\); .* reduce it \(\.sum\(\)\)",
        ),
        (lambda: grad(lambda x: x, 1)(2.0), GraphError, "argnums 1 was asked for, but only 1 arguments"),
        (lambda: grad(lambda x: x * 2.0)(2), DtypeError, "argument 0 holds no floating-point number.* give 2.0 for 2"),
        (lambda: grad(lambda x: x)({"n": 2}), DtypeError, "argument 0 holds no floating-point number"),
        (lambda: vjp(lambda x: x * 2.0, Tensor([1.0]))[1]([1.0, 2.0]), ShapeError, r"shape \(2,\), the output \(1,\)"),
        (lambda: jvp(lambda x: x, [Tensor([1.0])], [1.0]), ShapeError, r"tangents have shapes \[\(\)\], .* \[\(1,\)\]"),
        (lambda: jvp(lambda x, n: x, [1.0, 2], [1.0]), ShapeError, "2 arguments need as many tangents, got 1"),
        (
            lambda: hessian_vector_product(lambda x: (x * x).sum(), Tensor([1.0, 2.0]), 1.0),
            ShapeError,
            r"a direction has shape \(\), its value \(2,\)",
        ),
        (lambda: gradients([Tensor([1.0, 2.0], requires_grad=True) * 2.0], []), ShapeError, r"returned shape \(2,\)"),
    ],
)
def test_what_has_no_answer_is_refused_in_words(call: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        call()


def test_an_error_inside_the_function_is_its_own() -> None:
    def fails(x: Any) -> Any:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        grad(fails)(1.0)
