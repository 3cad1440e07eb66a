"""Sliding windows over the trailing axes, and what pooling needs of them.

Here: windows (a view), its transpose fold, and window_argmax.
Elsewhere: padding is a primitive of its own (_layout.py); convolutions are in _convolution.py; pooling is composed of
these in pellucid.nn.
Imports: numpy, pellucid.errors, pellucid.ops.
"""

import math
from itertools import product
from typing import Any, final

import numpy as np

from pellucid.errors import ShapeError
from pellucid.ops._geometry import Lengths, window_counts, window_places, window_view
from pellucid.ops._primitive import Array, Aval, Index, Ops, Primitive, T, aval_of


@final
class Windows(Primitive):
    """y[.., p, k] = x[.., stride p + dilation k];  dx = the windows of dy, added up where they overlap.

    x (A.., S..) -> y (A.., P.., K..), one P and K for each of the trailing len(size) axes; a view of x.
    """

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        size = attrs["size"]
        if len(x[0].shape) < len(size):
            raise ShapeError(f"{self.name}: x {x[0].shape} has fewer axes than the window {size}.")
        split = len(x[0].shape) - len(size)
        counts = window_counts(self.name, x[0].shape[split:], size, attrs["stride"], attrs["dilation"])
        return Aval((*x[0].shape[:split], *counts, *size), x[0].dtype)

    def forward(self, x: Array, *, size: Lengths, stride: Lengths, dilation: Lengths) -> Array:
        return window_view(np.asarray(x), size, stride, dilation)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, *, size: Lengths, stride: Lengths, dilation: Lengths) -> T:
        return o.fold(dy, spatial=x.shape[x.ndim - len(size) :], stride=stride, dilation=dilation)


@final
class Fold(Primitive):
    """y[.., stride p + dilation k] += x[.., p, k], from y = 0;  dx = the windows of dy.   The transpose of windows.

    x (A.., P.., K..) -> y (A.., S..) with S = `spatial`.
    """

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        rank = len(attrs["spatial"])
        lead, counts, size = x[0].shape[: -2 * rank], x[0].shape[-2 * rank : -rank], x[0].shape[-rank:]
        fit = window_counts(self.name, attrs["spatial"], size, attrs["stride"], attrs["dilation"])
        if fit != counts:
            raise ShapeError(
                f"{self.name}: x {x[0].shape} holds {counts} windows, {attrs['spatial']} has room for {fit}."
            )
        return Aval((*lead, *attrs["spatial"]), x[0].dtype)

    def forward(self, x: Array, *, spatial: Lengths, stride: Lengths, dilation: Lengths) -> Array:
        rank = len(spatial)
        counts, size = x.shape[-2 * rank : -rank], x.shape[-rank:]
        y = np.zeros((*x.shape[: -2 * rank], *spatial), x.dtype)
        for k in product(*map(range, size)):
            place: Index = (..., *window_places(counts, k, stride, dilation))
            offset: Index = (..., *k)
            y[place] += x[offset]
        return y

    def run(self, x: Array, *, spatial: Lengths, stride: Lengths, dilation: Lengths) -> Array:
        """As `forward`, which would also add up windows that do not fill `spatial`."""
        self.shape(aval_of(x), spatial=spatial, stride=stride, dilation=dilation)
        return self.forward(x, spatial=spatial, stride=stride, dilation=dilation)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, *, spatial: Lengths, stride: Lengths, dilation: Lengths) -> T:
        return o.windows(dy, size=x.shape[x.ndim - len(spatial) :], stride=stride, dilation=dilation)


@final
class WindowArgmax(Primitive):
    """y[.., p] = position, in the flattened x, of the first maximum of window p.   x (A.., S..) -> y (A.., P..) int64

    Max pooling is gather(flatten x, window_argmax(x)), so its derivative is gather's.
    """

    differentiable = False

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        split = len(x[0].shape) - len(attrs["size"])
        counts = window_counts(self.name, x[0].shape[split:], attrs["size"], attrs["stride"], attrs["dilation"])
        return Aval((*x[0].shape[:split], *counts), np.dtype(np.int64))

    def forward(self, x: Array, *, size: Lengths, stride: Lengths, dilation: Lengths) -> Array:
        rank = len(size)
        values = window_view(x, size, stride, dilation)
        places = window_view(np.arange(x.size, dtype=np.int64).reshape(x.shape), size, stride, dilation)
        flat = (*values.shape[:-rank], math.prod(size))
        best = values.reshape(flat).argmax(axis=-1)[..., None]
        return np.asarray(np.take_along_axis(places.reshape(flat), best, axis=-1)[..., 0])

    def run(self, x: Array, *, size: Lengths, stride: Lengths, dilation: Lengths) -> Array:
        """As `forward`, one offset of the window after another, on whole arrays.

        The maximum is found first; its offset is the number of offsets before the first that holds it, and is counted
        without a branch, which a processor could not foresee.
        """
        self.shape(aval_of(x), size=size, stride=stride, dilation=dilation)
        lead, spatial = x.shape[: x.ndim - len(size)], x.shape[x.ndim - len(size) :]
        counts = window_counts(self.name, spatial, size, stride, dilation)
        offsets = list(product(*map(range, size)))
        places: list[Index] = [(..., *window_places(counts, k, stride, dilation)) for k in offsets]
        values = [x[place].copy() for place in places]  # each is read twice, and in order that is much faster
        best = values[0].copy()
        for value in values[1:]:
            np.maximum(best, value, out=best)
        if best.dtype.kind == "f" and np.isnan(best).any():  # equal to nothing: only the definition finds them
            return self.forward(x, size=size, stride=stride, dilation=dilation)
        number = np.zeros(best.shape, np.min_scalar_type(len(offsets)))
        missed = np.ones(best.shape, bool)
        for value in values[:-1]:
            missed &= value != best
            number += missed
        steps = [math.prod(spatial[a + 1 :]) for a in range(len(size))]
        shifts = np.array([sum(d * j * t for d, j, t in zip(dilation, k, steps, strict=True)) for k in offsets])
        starts = np.arange(math.prod(lead)).reshape(*lead, *(1,) * len(size)) * math.prod(spatial)
        at = starts + corners(spatial, counts, stride)
        at += shifts.take(number, mode="clip")  # no number is out of range; "raise" would look at each of them first
        return np.asarray(at)


def corners(spatial: Lengths, counts: Lengths, stride: Lengths) -> Array:
    """The position of the first entry of each window, when windows move over these axes, flattened.   -> (P..)"""
    at = np.zeros((), np.int64)
    for n, p, s in zip(spatial, counts, stride, strict=True):
        at = at[..., None] * n + np.arange(p) * s
    return at
