"""Functions of single entries have NumPy's values and derivatives that finite differences confirm."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from pellucid import Tensor
from pellucid import tensor as pt
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
