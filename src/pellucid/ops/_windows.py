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
from numpy.lib.stride_tricks import as_strided

from pellucid.errors import ShapeError
from pellucid.ops._primitive import Array, Aval, Index, Ops, Primitive, T

Lengths = tuple[int, ...]


def window_counts(name: str, spatial: Lengths, size: Lengths, stride: Lengths, dilation: Lengths) -> Lengths:
    """How many windows fit on each axis: floor((n - d (k - 1) - 1) / s) + 1.

    Raises ShapeError when not even one does, or when a length is not positive.
    """
    if min(*size, *stride, *dilation) < 1:
        raise ShapeError(f"{name}: size {size}, stride {stride} and dilation {dilation} must all be >= 1.")
    reach = tuple(d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True))
    if any(n < r for n, r in zip(spatial, reach, strict=True)):
        raise ShapeError(
            f"{name}: a window of {size} with dilation {dilation} reaches over {reach}, the (padded) input is only "
            f"{spatial}; use a smaller kernel, more padding or a larger input."
        )
    return tuple((n - r) // s + 1 for n, r, s in zip(spatial, reach, stride, strict=True))


def window_view(x: Array, size: Lengths, stride: Lengths, dilation: Lengths) -> Array:
    """The read-only view behind `Windows`: no entry is copied."""
    rank = len(size)
    counts = window_counts("windows", x.shape[-rank:], size, stride, dilation)
    steps = x.strides[-rank:]
    shape = (*x.shape[:-rank], *counts, *size)
    strides = (
        *x.strides[:-rank],
        *(t * s for t, s in zip(steps, stride, strict=True)),
        *(t * d for t, d in zip(steps, dilation, strict=True)),
    )
    return as_strided(x, shape, strides, writeable=False)


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
            first = tuple(d * j for d, j in zip(dilation, k, strict=True))
            place = tuple(slice(f, f + s * (p - 1) + 1, s) for f, s, p in zip(first, stride, counts, strict=True))
            y[(..., *place)] += x[(..., *k)]
        return y

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
        """As `forward`, one offset of the window after another: whole arrays are compared, none is gathered."""
        rank, lengths = len(size), x.shape[x.ndim - len(size) :]
        counts = window_counts(self.name, lengths, size, stride, dilation)
        steps = [math.prod(lengths[a + 1 :]) for a in range(rank)]  # entries from one position to the next
        best, winner, jumps = None, None, []
        for number, k in enumerate(product(*map(range, size))):
            first = tuple(d * j for d, j in zip(dilation, k, strict=True))
            jumps.append(sum(f * t for f, t in zip(first, steps, strict=True)))
            place: Index = tuple(
                slice(f, f + s * (p - 1) + 1, s) for f, s, p in zip(first, stride, counts, strict=True)
            )
            value = x[(..., *place)]
            if best is None or winner is None:
                best, winner = value.copy(), np.zeros(value.shape, np.int16)
                continue
            np.copyto(winner, number, where=value > best)
            np.maximum(best, value, out=best)
        if best is None or winner is None or (x.dtype.kind == "f" and np.isnan(best).any()):
            return self.forward(x, size=size, stride=stride, dilation=dilation)  # NaN is the maximum, the first of them
        corners = sum(
            np.arange(p, dtype=np.int64).reshape(-1, *(1,) * (rank - a - 1)) * (s * t)
            for a, (p, s, t) in enumerate(zip(counts, stride, steps, strict=True))
        )
        planes = np.arange(0, x.size, math.prod(lengths), dtype=np.int64)
        where = np.take(np.array(jumps, dtype=np.int64), winner)
        where += planes.reshape(*x.shape[: x.ndim - rank], *(1,) * rank) + corners
        return where
