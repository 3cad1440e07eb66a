"""Primitives that combine entries along axes.

Here: sum, max, argmax, cumulative sum, argsort.  `axis` is always a tuple of axes counted from the front.
Elsewhere: mean, variance, log-sum-exp are composed of these in pellucid.tensor.
Imports: numpy, pellucid.ops.
"""

from typing import Any, final

import numpy as np

from pellucid.errors import ShapeError
from pellucid.ops._primitive import Array, Aval, Ops, Primitive, T
from pellucid.ops._shapes import axis_of, without

_add_up: Any = np.add.reduce  # Any: NumPy's stubs know keepdims only as a literal
_largest: Any = np.maximum.reduce


def _stretch(o: Ops, x: T, like: T, axis: tuple[int, ...], keepdims: bool) -> T:
    """A reduced value laid back over the shape it came from."""
    if not keepdims and axis != tuple(range(len(axis))):  # without its first axes, it broadcasts as it is
        x = o.reshape(x, shape=without(like.shape, axis, keepdims=True))
    return o.broadcast_to(x, shape=like.shape)


@final
class Sum(Primitive):
    """y = sum of x over `axis`;  dx = dy, repeated along `axis`."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        for a in attrs["axis"]:
            axis_of(self.name, a, len(x[0].shape))
        dtype = x[0].dtype if x[0].dtype.kind == "f" else np.zeros(1, x[0].dtype).sum().dtype
        return Aval(without(x[0].shape, attrs["axis"], attrs["keepdims"]), dtype)

    def forward(self, x: Array, *, axis: tuple[int, ...], keepdims: bool) -> Array:
        return np.asarray(_add_up(x, axis, None, None, keepdims))

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, *, axis: tuple[int, ...], keepdims: bool) -> T:
        return _stretch(o, dy, x, axis, keepdims)


@final
class Max(Primitive):
    """y = max of x over `axis`;  dx = dy where x is the maximum, in equal shares where several are."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        for a in attrs["axis"]:
            if x[0].shape[axis_of(self.name, a, len(x[0].shape))] == 0:
                raise ShapeError(f"{self.name}: x {x[0].shape} has no entry along axis {a}; nothing is the maximum.")
        return Aval(without(x[0].shape, attrs["axis"], attrs["keepdims"]), x[0].dtype)

    def forward(self, x: Array, *, axis: tuple[int, ...], keepdims: bool) -> Array:
        return np.asarray(_largest(x, axis, None, None, keepdims))

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, *, axis: tuple[int, ...], keepdims: bool) -> T:
        top = o.cast(o.equal(x, _stretch(o, y, x, axis, keepdims)), dtype=x.dtype)
        return _stretch(o, dy, x, axis, keepdims) * top / o.sum(top, axis=axis, keepdims=True)


@final
class Argmax(Primitive):
    """y = position of the first maximum of x along the one `axis`.   x (.., n, ..) -> y without that axis, int64"""

    differentiable = False

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        axis = axis_of(self.name, attrs["axis"], len(x[0].shape))
        if x[0].shape[axis] == 0:
            raise ShapeError(f"{self.name}: x {x[0].shape} has no entry along axis {axis}; nothing is the maximum.")
        return Aval(without(x[0].shape, (axis,), keepdims=False), np.dtype(np.int64))

    def forward(self, x: Array, *, axis: int) -> Array:
        return np.asarray(np.argmax(x, axis=axis), dtype=np.int64)


@final
class Argsort(Primitive):
    """y = the order that sorts x along `axis`, ascending and stable.   x (*) -> y (*) int64"""

    differentiable = False

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        axis_of(self.name, attrs["axis"], len(x[0].shape))
        return Aval(x[0].shape, np.dtype(np.int64))

    def forward(self, x: Array, *, axis: int) -> Array:
        return np.argsort(x, axis=axis, kind="stable").astype(np.int64, copy=False)


@final
class Cumsum(Primitive):
    """y_k = x_0 + ... + x_k along `axis`;  dx_k = dy_k + dy_(k+1) + ...: the cumulative sum from the other end."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        axis_of(self.name, attrs["axis"], len(x[0].shape))
        return Aval(x[0].shape, x[0].dtype if x[0].dtype.kind == "f" else np.zeros(1, x[0].dtype).cumsum().dtype)

    def forward(self, x: Array, *, axis: int) -> Array:
        return np.cumsum(x, axis=axis)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, *, axis: int) -> T:
        return o.flip(o.cumsum(o.flip(dy, axis=(axis,)), axis=axis), axis=(axis,))
