"""Moving entries is NumPy's way of moving them, and gradients go back where the entries came from."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid import tensor as pt
from pellucid.errors import DtypeError, ShapeError
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
