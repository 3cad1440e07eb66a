"""Functions along axes have NumPy's values and derivatives that finite differences confirm."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from pellucid import Tensor
from pellucid import tensor as pt
from pellucid.errors import ShapeError
from pellucid.tensor import gradcheck


def _apart(shape: tuple[int, ...]) -> np.ndarray:
    """Numbers in (-2, 2), no two equal and none at a whole number: away from every kink and tie."""
    size = int(np.prod(shape))
    ordered = np.linspace(-1.93, 1.91, size) if size > 1 else np.full(size, 0.77)
    return np.random.default_rng(size).permutation(ordered).reshape(shape)


def _same(ours: Tensor, theirs: Any, rtol: float = 1e-14) -> None:
    assert type(ours) is Tensor and ours.shape == np.shape(theirs)
    assert ours.dtype.kind == np.asarray(theirs).dtype.kind
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=rtol, atol=1e-15)


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
