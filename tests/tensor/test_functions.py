"""Laws of the functions of tensors: NumPy's values, derivatives that hold against differences, errors in words."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from pellucid import Tensor
from pellucid import tensor as pt
from pellucid.errors import DtypeError, ShapeError
from pellucid.random import key
from pellucid.tensor import gradcheck

_SHAPES: list[tuple[int, ...]] = [(), (1,), (5,), (2, 3), (3, 1, 4), (0,), (2, 0, 3)]


def _apart(shape: tuple[int, ...]) -> np.ndarray:
    """Numbers in (-2, 2), no two equal and none at a whole number: away from every kink and tie."""
    size = int(np.prod(shape))
    ordered = np.linspace(-1.93, 1.91, size) if size > 1 else np.full(size, 0.77)
    return np.random.default_rng(size).permutation(ordered).reshape(shape)


def _same(ours: Tensor, theirs: Any, rtol: float = 1e-14) -> None:
    assert type(ours) is Tensor and ours.shape == np.shape(theirs)
    assert ours.dtype.kind == np.asarray(theirs).dtype.kind
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=rtol, atol=1e-15)


# -- one number at a time ----------------------------------------------------------------------------------------------

_SINGLE: dict[str, Callable[[Any], Any]] = {
    "abs": np.abs, "sign": np.sign, "floor": np.floor, "exp": np.exp, "expm1": np.expm1, "square": np.square,
    "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "erf": special.erf,
}  # fmt: skip
_POSITIVE: dict[str, Callable[[Any], Any]] = {"log": np.log, "log1p": np.log1p, "sqrt": np.sqrt}
_STEPS = {"sign", "floor"}  # constant almost everywhere: no record, so no derivative


@pytest.mark.parametrize("shape", _SHAPES, ids=str)
@pytest.mark.parametrize("name", [*_SINGLE, *_POSITIVE])
def test_functions_of_one_number_have_numpys_values_and_right_derivatives(name: str, shape: tuple[int, ...]) -> None:
    ours, theirs = getattr(pt, name), (_SINGLE | _POSITIVE)[name]
    x = _apart(shape) if name in _SINGLE else _apart(shape) + 2.5
    _same(ours(x), theirs(x))
    if name in _STEPS:
        assert ours(Tensor(x, requires_grad=True)).is_leaf
    elif x.size:
        report = gradcheck(ours, x)
        assert report and report.entries == x.size, str(report)


@pytest.mark.parametrize("name", [*_SINGLE, *_POSITIVE])
def test_functions_keep_the_dtype_of_floating_numbers_and_make_others_float32(name: str) -> None:
    function = getattr(pt, name)
    for dtype in (np.float32, np.float64):
        assert function(np.ones(2, dtype)).dtype == dtype
    assert function([0.5, 0.25]).dtype == np.float32
    if name not in ("abs", "sign", "square"):  # these stay among whole numbers
        assert function(Tensor([1, 2])).dtype == np.float32
    else:
        assert function(Tensor([-1, 2])).tolist() == getattr(np, name)([-1, 2]).tolist()


def test_derivatives_at_a_kink_are_what_the_documentation_says() -> None:
    x = Tensor([0.0], requires_grad=True)
    pt.abs(x).backward()
    assert x.grad.tolist() == [0.0]
    for choose in (pt.maximum, pt.minimum):
        a, b = (Tensor([1.0], requires_grad=True) for _ in range(2))
        choose(a, b).backward()
        assert a.grad.tolist() == b.grad.tolist() == [0.5]
    for choose in (pt.max, pt.min):
        t = Tensor([2.0, 2.0, 2.0, 2.0], requires_grad=True)
        choose(t).backward()
        assert t.grad.tolist() == [0.25] * 4
    at_bounds = Tensor([-1.0, 0.0, 0.5, 1.0, 2.0], requires_grad=True)
    pt.clip(at_bounds, 0.0, 1.0).sum().backward()
    assert at_bounds.grad.tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_isnan_finds_what_is_not_a_number() -> None:
    x = np.array([1.0, np.nan, np.inf, -np.nan])
    assert pt.isnan(x).tolist() == np.isnan(x).tolist() and pt.isnan([1, 2]).tolist() == [False, False]


# -- pairs and choices -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "b"), [((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 4)), ((), (2,)), ((0, 3), (1, 3))])
@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_the_larger_and_the_smaller_of_two_are_numpys(name: str, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    ours, x, y = getattr(pt, name), _apart(a), _apart(b) + 0.013
    _same(ours(x, y), getattr(np, name)(x, y))
    if x.size and y.size:
        assert gradcheck(ours, x, y)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_a_python_number_on_either_side_widens_nothing(name: str) -> None:
    ours, theirs = getattr(pt, name), getattr(np, name)
    for dtype in (np.float16, np.float32, np.float64, np.int8, np.int64):
        x = np.array([-3, 0, 2], dtype)
        for given in (ours(x, 1), ours(1, x), ours(Tensor(x), 1), ours(1, Tensor(x))):
            assert given.dtype == dtype and given.tolist() == theirs(x, 1).tolist()
    assert ours(2, Tensor([1.0, 3.0], requires_grad=True)).requires_grad


def test_smaller_of_whole_numbers_at_their_limits_is_exact() -> None:
    low, high = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    x, y = np.array([low, high, low]), np.array([high, low, low])
    assert pt.minimum(x, y).tolist() == np.minimum(x, y).tolist()
    assert pt.minimum(np.array([0, 255], np.uint8), np.array([1, 1], np.uint8)).tolist() == [0, 1]


@pytest.mark.parametrize(("low", "high"), [(-0.5, 0.5), (None, 0.3), (-0.4, None), (None, None), (0.5, -0.5)])
def test_clipping_is_numpys(low: float | None, high: float | None) -> None:
    x = _apart((3, 4))
    expected = x if low is high is None else np.clip(x, low, high)
    _same(pt.clip(x, low, high), expected)
    assert gradcheck(lambda t: pt.clip(t, low, high) * 2.0, x)
    assert pt.clip(np.float32(x), low, high).dtype == np.float32


def test_clipping_leaves_what_is_not_a_number_as_it_is() -> None:
    assert np.isnan(pt.clip([np.nan], 0.0, 1.0).item())


def test_where_chooses_entry_by_entry_and_sends_gradients_where_they_belong() -> None:
    condition, x, y = np.array([[True], [False]]), _apart((3,)), _apart((2, 3))
    _same(pt.where(condition, x, y), np.where(condition, x, y))
    assert gradcheck(lambda a, b: pt.where(condition, a, b), x, y)
    assert pt.where([True, False], 1.0, 2.0).dtype == pt.where([True, False], np.ones(2, np.float32), 0.0).dtype == "f4"


def test_where_hides_a_forbidden_value_also_from_the_gradient() -> None:
    x = Tensor([4.0, -1.0], requires_grad=True)
    safe = pt.where(x > 0, x, 1.0)
    pt.where(x > 0, pt.sqrt(safe), 0.0).sum().backward()
    assert x.grad.tolist() == [0.25, 0.0]


# -- along axes --------------------------------------------------------------------------------------------------------

_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min, "var": np.var, "std": np.std,
    "logsumexp": lambda x, **options: np.log(np.sum(np.exp(x), **options)),
}  # fmt: skip
_AXES = [
    ((), None),
    ((5,), 0),
    ((5,), -1),
    ((2, 3), None),
    ((2, 3), (0, 1)),
    ((3, 1, 4), 1),
    ((3, 2, 4), (-1, 0)),
    ((2, 3), ()),
]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(("shape", "axis"), _AXES, ids=str)
@pytest.mark.parametrize("name", _REDUCTIONS)
def test_reductions_have_numpys_values_and_right_derivatives(
    name: str, shape: tuple[int, ...], axis: Any, keepdims: bool
) -> None:
    ours, x = getattr(pt, name), _apart(shape)
    _same(ours(x, axis, keepdims=keepdims), _REDUCTIONS[name](x, axis=axis, keepdims=keepdims), rtol=1e-13)
    n = np.prod([x.shape[a] for a in np.atleast_1d(range(x.ndim) if axis is None else axis).astype(int)])
    if name != "std" or n > 1:  # the root has no slope where the variance is 0
        report = gradcheck(lambda t: ours(t, axis, keepdims=keepdims), x)
        assert report, str(report)


@pytest.mark.parametrize("name", ["max", "min", "mean", "var", "std", "argmax", "argmin"])
def test_what_no_entries_leave_undefined_is_refused(name: str) -> None:
    with pytest.raises(ShapeError, match=rf"{'max|argmax' if name in ('min', 'argmin') else 'var|std|' + name}: .*"):
        getattr(pt, name)(np.zeros((3, 0)), 1)
    assert getattr(pt, name)(np.zeros((3, 0)), 0).shape == (0,)


def test_a_sum_over_nothing_is_zero_and_its_logarithm_is_refused() -> None:
    assert pt.sum(np.zeros((3, 0)), 1).tolist() == [0.0] * 3
    with pytest.raises(ShapeError, match=r"max: .* has no entry along axis 1"):
        pt.logsumexp(np.zeros((3, 0)), 1)


@pytest.mark.parametrize("name", [*_REDUCTIONS, "argmax", "argmin", "argsort", "sort", "cumsum"])
def test_an_axis_that_is_not_there_is_named(name: str) -> None:
    asked = {"min": "max", "argmin": "argmax", "std": "var"}.get(name, name)
    for axis in (2, -3):
        with pytest.raises(ShapeError, match=rf"({asked}|{name}): axis {axis} does not exist; the value has 2 axes"):
            getattr(pt, name)(np.zeros((2, 3)), axis)


@pytest.mark.parametrize("correction", [0, 1, 0.5])
def test_the_correction_lessens_the_count(correction: float) -> None:
    x = _apart((4, 5))
    for axis in (None, 0, (1,)):
        n = x.size if axis is None else x.shape[np.atleast_1d(axis)[0]]
        _same(pt.var(x, axis, correction=correction), np.var(x, axis) * n / (n - correction), rtol=1e-13)
        _same(pt.std(x, axis, correction=correction), np.sqrt(np.var(x, axis) * n / (n - correction)), rtol=1e-13)
        assert gradcheck(lambda t, a=axis: pt.var(t, a, correction=correction), x)
    with pytest.raises(
        ShapeError, match=r"var: 4 entries along axis \(0,\) of \(4, 5\) with correction=4 leave nothing"
    ):
        pt.std(x, 0, correction=4)


def test_the_variance_does_not_cancel_far_from_zero() -> None:
    assert pt.var(np.array([1e9, 1e9 + 1.0, 1e9 + 2.0])).item() == pytest.approx(2 / 3, rel=1e-12)


def test_means_of_whole_numbers_and_truth_values_are_float32() -> None:
    for x in ([1, 2], [True, False]):
        assert pt.mean(x).dtype == np.float32 and pt.mean(x).item() == np.mean(x)


@pytest.mark.parametrize("far", [1e4, -1e4])
def test_logsumexp_neither_overflows_nor_underflows(far: float) -> None:
    x = np.array([far, far, far - 1.0])
    t = Tensor(x, requires_grad=True)
    y = pt.logsumexp(t)
    assert y.item() == pytest.approx(far + np.log(2.0 + np.exp(-1.0)), rel=1e-15)
    y.backward()
    np.testing.assert_allclose(t.grad.data, special.softmax(x), rtol=1e-13)


def test_logsumexp_counts_minus_infinity_as_nothing_and_infinity_as_all() -> None:
    x = np.array([[-np.inf, 1.0], [-np.inf, -np.inf], [np.inf, 1.0]])
    assert pt.logsumexp(x, 1).tolist() == special.logsumexp(x, 1).tolist() == [1.0, -np.inf, np.inf]
    t = Tensor([-np.inf, 1.0, 1.0], requires_grad=True)
    pt.logsumexp(t).backward()
    assert t.grad.tolist() == [0.0, 0.5, 0.5]


@pytest.mark.parametrize(
    ("shape", "axis"), [((5,), 0), ((5,), -1), ((3, 4), 0), ((3, 4), 1), ((2, 1, 3), 1), ((0, 3), 0), ((2, 3, 4), -2)]
)
def test_order_along_an_axis_is_numpys_and_sorting_passes_gradients_home(shape: tuple[int, ...], axis: int) -> None:
    x = _apart(shape)
    _same(pt.sort(x, axis), np.sort(x, axis))
    _same(pt.argsort(x, axis), np.argsort(x, axis, kind="stable"))
    _same(pt.cumsum(x, axis), np.cumsum(x, axis))
    _same(pt.flip(x, axis), np.flip(x, axis))
    if x.size:
        _same(pt.argmax(x, axis), np.argmax(x, axis))
        _same(pt.argmin(x, axis), np.argmin(x, axis))
        for function in (pt.sort, pt.cumsum, pt.flip):
            assert gradcheck(lambda t, f=function: f(t, axis), x)


def test_equal_entries_keep_their_order() -> None:
    x = np.array([1.0, 0.0, 1.0, 0.0, 1.0])
    assert pt.argsort(x).tolist() == [1, 3, 0, 2, 4]
    assert (pt.argmax(x).item(), pt.argmin(x).item()) == (0, 1)
    t = Tensor(x, requires_grad=True)
    pt.sort(t).backward([1.0, 2.0, 3.0, 4.0, 5.0])
    assert t.grad.tolist() == [3.0, 1.0, 4.0, 2.0, 5.0]


def test_positions_among_all_entries_count_in_order() -> None:
    x = _apart((3, 4))
    assert pt.argmax(x).item() == np.argmax(x) and pt.argmin(x).item() == np.argmin(x)


# -- layout ------------------------------------------------------------------------------------------------------------

_X = np.arange(24.0).reshape(2, 1, 3, 4)
_LAYOUTS: list[tuple[Callable[[Any], Any], Callable[[Any], Any]]] = [
    (lambda t: pt.reshape(t, (4, -1)), lambda x: x.reshape(4, -1)),
    (lambda t: pt.reshape(t, 24), lambda x: x.reshape(24)),
    (pt.transpose, np.transpose),
    (lambda t: pt.transpose(t, (2, 0, -1, 1)), lambda x: x.transpose(2, 0, 3, 1)),
    (lambda t: pt.swapaxes(t, 0, -1), lambda x: x.swapaxes(0, -1)),
    (lambda t: pt.expand_dims(t, 0), lambda x: np.expand_dims(x, 0)),
    (lambda t: pt.expand_dims(t, -1), lambda x: np.expand_dims(x, -1)),
    (lambda t: pt.expand_dims(t, 2), lambda x: np.expand_dims(x, 2)),
    (pt.squeeze, np.squeeze),
    (lambda t: pt.squeeze(t, -3), lambda x: np.squeeze(x, 1)),
    (lambda t: pt.broadcast_to(t, (5, 2, 7, 3, 4)), lambda x: np.broadcast_to(x, (5, 2, 7, 3, 4))),
    (lambda t: pt.broadcast_to(t, (2, 0, 3, 4)), lambda x: np.broadcast_to(x, (2, 0, 3, 4))),
    (pt.flip, np.flip),
    (lambda t: pt.flip(t, (0, -1)), lambda x: np.flip(x, (0, -1))),
    (lambda t: pt.pad(t, [(0, 0), (1, 2), (0, 3), (2, 0)]), lambda x: np.pad(x, [(0, 0), (1, 2), (0, 3), (2, 0)])),
    (lambda t: pt.take(t, [2, 0, 2], 2), lambda x: np.take(x, [2, 0, 2], 2)),
    (lambda t: pt.take(t, [[-1, 0], [1, 1]], -1), lambda x: np.take(x, [[-1, 0], [1, 1]], -1)),
    (lambda t: pt.take(t, 1), lambda x: np.take(x, 1, 0)),
    (lambda t: pt.take(t, [], 3), lambda x: np.take(x, np.zeros(0, int), 3)),
    (lambda t: pt.concatenate([t, t * 2.0, t[:, :, :1]], 2), lambda x: np.concatenate([x, x * 2.0, x[:, :, :1]], 2)),
    (lambda t: pt.concatenate([t]), lambda x: x),
    (lambda t: pt.stack([t, t * 3.0]), lambda x: np.stack([x, x * 3.0])),
    (lambda t: pt.stack([t, t * 3.0], -1), lambda x: np.stack([x, x * 3.0], -1)),
    (lambda t: pt.stack([t, t * 3.0], 2), lambda x: np.stack([x, x * 3.0], 2)),
]


@pytest.mark.parametrize("k", range(len(_LAYOUTS)))
def test_layouts_are_numpys_and_pass_gradients_back(k: int) -> None:
    ours, theirs = _LAYOUTS[k]
    _same(ours(_X), theirs(_X))
    x = Tensor(_X, requires_grad=True)
    dy = np.random.default_rng(k).normal(size=theirs(_X).shape)
    ours(x).backward(dy)
    slopes = np.zeros(_X.size)  # the function is linear: entry i of its gradient is dy . fn(e_i)
    for i, e in enumerate(np.eye(_X.size)):
        slopes[i] = (dy * theirs(e.reshape(_X.shape))).sum()
    np.testing.assert_allclose(x.grad.data.ravel(), slopes, rtol=1e-12, atol=1e-12)


def test_padding_with_a_value_fills_the_border_and_gives_it_no_gradient() -> None:
    x = Tensor([[1.0, 2.0]], requires_grad=True)
    y = pt.pad(x, [(1, 0), (0, 1)], -7.0)
    assert y.tolist() == [[-7.0, -7.0, -7.0], [1.0, 2.0, -7.0]]
    y.backward(np.arange(6.0).reshape(2, 3))
    assert x.grad.tolist() == [[3.0, 4.0]]


@pytest.mark.parametrize(
    ("shape", "sections", "axis"),
    [
        ((6,), 3, 0),
        ((6, 2), [1, 1, 4], 0),
        ((2, 6), np.int64(2), -1),
        ((5,), [-2], 0),
        ((5,), [7], 0),
        ((0, 2), 2, 0),
        ((3,), 1, 0),
        ((3,), [], 0),
    ],
)
def test_parts_are_numpys_and_gradients_come_together_again(shape: Any, sections: Any, axis: int) -> None:
    x = _apart(shape)
    parts, expected = pt.split(x, sections, axis), np.split(x, sections, axis)
    assert len(parts) == len(expected)
    for part, other in zip(parts, expected, strict=True):
        _same(part, other)
    t = Tensor(x, requires_grad=True)
    pt.concatenate([p * float(k + 1) for k, p in enumerate(pt.split(t, sections, axis))], axis).sum().backward()
    weights = np.concatenate([np.full(p.shape, k + 1.0) for k, p in enumerate(expected)], axis)
    if weights.shape == x.shape:
        np.testing.assert_array_equal(t.grad.data, weights)


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (1, 1)])
def test_a_position_of_its_own_for_every_line_is_numpys(shape: tuple[int, ...]) -> None:
    x, rng = _apart(shape), np.random.default_rng(3)
    for axis in range(-len(shape), len(shape)):
        n = shape[axis]
        for count in (1, n, 2 * n):
            lines = list(shape)
            lines[axis] = count
            index = rng.integers(-n, n, lines)
            _same(pt.take_along_axis(x, index, axis), np.take_along_axis(x, index, axis))
            assert gradcheck(lambda t, i=index, a=axis: pt.take_along_axis(t, i, a), x)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: pt.reshape(_X, (5, 5)), ShapeError, r"reshape: x \(2, 1, 3, 4\) has 24 entries.* \(5, 5\)"),
        (lambda: pt.transpose(_X, (0, 1, 2)), ShapeError, "are not an order of the 4 axes"),
        (lambda: pt.expand_dims(_X, 5), ShapeError, "expand_dims: axis 5 does not exist"),
        (lambda: pt.squeeze(_X, 0), ShapeError, r"squeeze: axis 0 of \(2, 1, 3, 4\) is longer than 1"),
        (lambda: pt.broadcast_to(_X, (2, 2, 2, 4)), ShapeError, r"x \(2, 1, 3, 4\) does not stretch to \(2, 2, 2, 4\)"),
        (lambda: pt.flip(_X, (1, 1)), ShapeError, r"flip: axis \(1, 1\) names an axis twice"),
        (lambda: pt.concatenate([]), ShapeError, "concatenate: no values were given; at least one is needed"),
        (lambda: pt.concatenate([np.ones((2, 2)), np.ones((2, 3))]), ShapeError, "differ on an axis other than 0"),
        (lambda: pt.concatenate([np.ones(2), np.ones((2, 2))]), ShapeError, r"concatenate: .*\(2,\).*\(2, 2\)"),
        (lambda: pt.concatenate([1.0, 2.0]), ShapeError, "concatenate: axis 0 does not exist"),
        (lambda: pt.stack([np.ones(2), np.ones(3)]), ShapeError, r"\(1, 2\), \(1, 3\)|\(2,\).*\(3,\)"),
        (lambda: pt.split(np.ones(5), 2), ShapeError, "split: 5 entries on axis 0 do not fall into 2 equal parts"),
        (lambda: pt.split(np.ones(5), 0), ShapeError, "do not fall into 0 equal parts"),
        (lambda: pt.split(np.ones(5), 1, 1), ShapeError, "split: axis 1 does not exist"),
        (lambda: pt.pad(_X, [(1, 1)]), ShapeError, r"pad: .* do not fit x \(2, 1, 3, 4\)"),
        (lambda: pt.pad(np.ones(3), [(-1, 1)]), ShapeError, r"pad: .* do not fit x \(3,\)"),
        (lambda: pt.take(_X, [4], 3), IndexError, "position 4 does not exist on axis 3, which has 4 entries"),
        (lambda: pt.take(_X, [0], 4), ShapeError, "take: axis 4 does not exist"),
        (lambda: pt.take(_X, [0.5]), DtypeError, "positions must be whole numbers or truth values"),
        (lambda: pt.take_along_axis(np.ones((2, 3)), [0, 1], 1), ShapeError, r"x \(2, 3\) and index \(2,\) must agree"),
        (lambda: pt.take_along_axis(np.ones((2, 3)), [[0]], 1), ShapeError, "must agree on every axis but 1"),
        (lambda: pt.take_along_axis(np.ones((2, 3)), [[3], [0]], 1), IndexError, "3"),
        (lambda: pt.where([True, False], np.ones(3), 0.0), ShapeError, "where: shapes .* do not broadcast"),
        (lambda: pt.maximum(np.ones(2), np.ones(3)), ShapeError, "maximum: shapes .* do not broadcast"),
        (lambda: pt.minimum(np.ones(2), np.ones(3)), ShapeError, "do not broadcast"),
        (lambda: pt.exp("text"), DtypeError, "holds real numbers or truth values"),
        (
            lambda: pt.uniform([1, 2], 3),
            ShapeError,
            r"a key is \(2,\) uint32, got \(2,\) int64; see pellucid\.random\.key",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        call()


# -- new values and chance ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(), 3, (2, 0), [2, 3]])
def test_new_values_have_the_shape_and_dtype_asked_for(shape: Any) -> None:
    for made, expected in (
        (pt.zeros(shape), np.zeros(shape, np.float32)),
        (pt.ones(shape, np.float64), np.ones(shape)),
        (pt.full(shape, 7, np.int8), np.full(shape, 7, np.int8)),
        (pt.zeros_like(np.ones(shape, np.float16)), np.zeros(shape, np.float16)),
        (pt.ones_like(Tensor(np.zeros(shape, bool))), np.ones(shape, bool)),
    ):
        assert made.dtype == expected.dtype and made.shape == expected.shape and made.tolist() == expected.tolist()


def test_likenesses_do_not_share_memory_or_history() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    for made in (pt.zeros_like(x), pt.ones_like(x)):
        assert not made.requires_grad and not np.shares_memory(made.data, x.data)


@pytest.mark.parametrize(
    ("bounds", "dtype"),
    [
        ((4,), None),
        ((0,), None),
        ((2, 7), None),
        ((7, 2, -2), None),
        ((0.0, 1.0, 0.25), None),
        ((3,), np.float64),
        ((1.5,), None),
    ],
)
def test_counting_is_numpys_with_floats_narrowed(bounds: tuple[float, ...], dtype: Any) -> None:
    expected = np.arange(*bounds, dtype=dtype)
    given = pt.arange(*bounds, dtype=dtype)
    assert given.tolist() == expected.tolist()
    assert given.dtype == (np.float32 if dtype is None and expected.dtype.kind == "f" else expected.dtype)


def test_uniform_numbers_are_a_function_of_the_key_alone() -> None:
    first = pt.uniform(key(3), (50, 4))
    assert first.dtype == np.float32 and first.tolist() == pt.uniform(Tensor(key(3)), (50, 4)).tolist()
    assert first.tolist() != pt.uniform(key(4), (50, 4)).tolist() != pt.uniform(key(3, 1), (50, 4)).tolist()
    assert first.flatten().tolist() == pt.uniform(key(3), np.int64(200)).tolist()
    assert pt.uniform(key(3), (0, 2)).shape == (0, 2) and pt.uniform(key(3), ()).shape == ()


def test_uniform_numbers_fill_the_unit_interval_evenly_in_steps_of_two_to_the_minus_24() -> None:
    n = 1 << 18
    u = pt.uniform(key(11), n).numpy().astype(np.float64)
    assert 0.0 <= u.min() < 1e-4 and 1.0 - 1e-4 < u.max() < 1.0
    np.testing.assert_array_equal(u * 2**24, np.floor(u * 2**24))
    assert abs(u.mean() - 1 / 2) < 5 * (1 / 12 / n) ** 0.5  # five standard deviations
    assert abs(u.var() - 1 / 12) < 5 * (1 / 180 / n) ** 0.5  # var of (u - 1/2)^2 is 1/80 - 1/144 = 1/180
    counts = np.bincount((u * 64).astype(int), minlength=64)
    chi_squared = ((counts - n / 64) ** 2 / (n / 64)).sum()
    assert abs(chi_squared - 63) < 5 * (2 * 63) ** 0.5
