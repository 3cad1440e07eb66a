"""Functions that move the entries of tensors, under NumPy's names.

Here: shapes and axes, joining and parting, borders, and entries by position.
Elsewhere: x[...] is in _tensor.py, what it is made of in _indexing.py.
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.errors import ShapeError
from pellucid.ops._shapes import axes_of, axis_of
from pellucid.ops._table import OPS
from pellucid.tensor._indexing import positions
from pellucid.tensor._tensor import Axis, Tensor, apply, as_tensor

# -- layout --------------------------------------------------------------------------------------------------------


def reshape(x: Any, shape: int | Sequence[int]) -> Tensor:
    """The entries, in order, in another shape.

    >>> reshape([1.0, 2.0], (2, 1)).shape
    (2, 1)
    """
    return as_tensor(x).reshape(shape)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Tensor:
    """The axes in another order; reversed when none is given.

    >>> transpose(np.zeros((2, 3))).shape
    (3, 2)
    """
    t = as_tensor(x)
    return t.transpose() if axes is None else t.transpose(axes)


def swapaxes(x: Any, axis1: int, axis2: int) -> Tensor:
    """Two axes exchanged.

    >>> swapaxes(np.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    return as_tensor(x).swapaxes(axis1, axis2)


def expand_dims(x: Any, axis: int) -> Tensor:
    """A new axis of length 1 at `axis`.

    >>> expand_dims([1.0, 2.0], 0).shape
    (1, 2)
    """
    t = as_tensor(x)
    at = axis_of("expand_dims", axis, t.ndim + 1)
    return t.reshape((*t.shape[:at], 1, *t.shape[at:]))


def squeeze(x: Any, axis: Axis = None) -> Tensor:
    """Without its axes of length 1, or without the ones named.

    >>> squeeze(np.zeros((1, 3, 1))).shape
    (3,)
    """
    return as_tensor(x).squeeze(axis)


def broadcast_to(x: Any, shape: Sequence[int]) -> Tensor:
    """x repeated to fill `shape`.

    >>> broadcast_to([1.0, 2.0], (2, 2))
    Tensor([[1., 2.],
            [1., 2.]])
    """
    return apply(OPS["broadcast_to"], (as_tensor(x),), {"shape": tuple(shape)})


def flip(x: Any, axis: Axis = None) -> Tensor:
    """The order along `axis` reversed.

    >>> flip([1.0, 2.0])
    Tensor([2., 1.])
    """
    t = as_tensor(x)
    return apply(OPS["flip"], (t,), {"axis": axes_of("flip", axis, t.ndim)})


def concatenate(xs: Sequence[Any], axis: int = 0) -> Tensor:
    """Several values, one after another along an axis they have.

    >>> concatenate([[1.0], [2.0, 3.0]])
    Tensor([1., 2., 3.])
    """
    ts = [as_tensor(x) for x in xs]
    if not ts:
        raise ShapeError("concatenate: no values were given; at least one is needed.")
    return apply(OPS["concatenate"], tuple(ts), {"axis": axis_of("concatenate", axis, ts[0].ndim)})


def stack(xs: Sequence[Any], axis: int = 0) -> Tensor:
    """Several values of one shape, along a new axis.

    >>> stack([[1.0, 2.0], [3.0, 4.0]], axis=1)
    Tensor([[1., 3.],
            [2., 4.]])
    """
    return concatenate([expand_dims(x, axis) for x in xs], axis)


def split(x: Any, sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """The parts of x between the given positions, or that many equal parts.

    >>> [part.tolist() for part in split([1.0, 2.0, 3.0], [1])]
    [[1.0], [2.0, 3.0]]
    """
    t = as_tensor(x)
    a = axis_of("split", axis, t.ndim)
    n = t.shape[a]
    if isinstance(sections, (int, np.integer)):
        if sections < 1 or n % sections:
            raise ShapeError(f"split: {n} entries on axis {a} do not fall into {sections} equal parts.")
        sections = [n // sections * k for k in range(1, sections)]
    bounds = [0, *sections, n]
    return [t[(slice(None),) * a + (slice(i, j),)] for i, j in zip(bounds[:-1], bounds[1:], strict=True)]


def pad(x: Any, widths: Sequence[tuple[int, int]], value: float = 0.0) -> Tensor:
    """x with (before, after) entries of `value` added on each axis.

    >>> pad([1.0], [(1, 2)])
    Tensor([0., 1., 0., 0.])
    """
    t = as_tensor(x)
    before, after = tuple(b for b, _ in widths), tuple(a for _, a in widths)
    attrs = {"before": before, "after": after, "between": (0,) * len(before), "value": value}
    return apply(OPS["pad"], (t,), attrs)


# -- by position ---------------------------------------------------------------------------------------------------


def take(x: Any, index: Any, axis: int = 0) -> Tensor:
    """The entries at the given positions along `axis`.

    >>> take([10.0, 20.0, 30.0], [2, 0])
    Tensor([30., 10.])
    """
    t = as_tensor(x)
    at = axis_of("take", axis, t.ndim)
    return t[(slice(None),) * at + (positions(index),)]


def take_along_axis(x: Any, index: Any, axis: int) -> Tensor:
    """y[.., k, ..] = x[.., index[.., k, ..], ..]: a position of its own for every line along `axis`.

    x and index agree on every other axis.  Raises ShapeError otherwise.

    >>> take_along_axis([[1.0, 2.0], [3.0, 4.0]], [[1], [0]], axis=1)
    Tensor([[2.],
            [3.]])
    """
    t, i = as_tensor(x), positions(index)
    a = axis_of("take_along_axis", axis, t.ndim)
    if i.ndim != t.ndim or any(m != n for k, (m, n) in enumerate(zip(i.shape, t.shape, strict=True)) if k != a):
        raise ShapeError(f"take_along_axis: x {t.shape} and index {i.shape} must agree on every axis but {a}.")
    return t[tuple(i if k == a else lines for k, lines in enumerate(np.ogrid[tuple(map(slice, i.shape))]))]
