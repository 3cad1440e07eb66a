"""Convolution and its two derivatives: three primitives whose derivatives are one another.

    conv(x, w)              y[n, o, p]    = sum_{c, k} w[o, c, k] x[n, c, stride p + dilation k - padding]
    conv_input(dy, w)       the dx of conv: what a transposed convolution computes
    conv_weight(x, dy)      the dw of conv

Each is linear in both operands, so the set is closed under differentiation. Any number of spatial axes S; K the kernel,
P the output; x (N, C, S..), w (O, C / groups, K..), y (N, O, P..).  As in PyTorch this is cross-correlation: the kernel
is not flipped.

Here: the definitions, as matrix products over columns of windows (im2col).
Elsewhere: the tiled kernels that eager mode runs are in _convolution_kernels.py, held to these by a test.
Imports: numpy, pellucid.errors, pellucid.ops.
"""

import math
from abc import ABC
from typing import Any, final

import numpy as np

from pellucid.errors import ShapeError
from pellucid.ops._convolution_kernels import convolve, convolve_input, convolve_weight, kernel_matrices, pixel_rows
from pellucid.ops._geometry import Geometry, Lengths, window_view
from pellucid.ops._primitive import Array, Aval, Index, Ops, Primitive, T, aval_of
from pellucid.ops._shapes import floating, result_dtype
from pellucid.ops._windows import Fold


def columns(x: Array, kernel: Lengths, g: Geometry) -> Array:
    """The windows of the padded x as columns.   x (N, C, S..) -> (N, G, C/G K, P), G groups, K and P multiplied out"""
    wide = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in g.padding)])
    rank = len(kernel)
    seen = window_view(wide, kernel, g.stride, g.dilation)  # (N, C, P.., K..)
    kernel_first = (0, 1, *range(2 + rank, 2 + 2 * rank), *range(2, 2 + rank))
    rows = x.shape[1] // g.groups * math.prod(kernel)
    return seen.transpose(kernel_first).reshape(x.shape[0], g.groups, rows, math.prod(seen.shape[2 : 2 + rank]))


def uncolumns(cols: Array, channels: int, spatial: Lengths, kernel: Lengths, g: Geometry) -> Array:
    """The transpose of `columns`: adds each column back where it was read.   (N, G, C/G K, P) -> (N, C, S..)"""
    rank = len(kernel)
    counts = g.counts("conv_input", spatial, kernel)
    kernel_last = (0, 1, *range(2 + rank, 2 + 2 * rank), *range(2, 2 + rank))
    seen = cols.reshape(cols.shape[0], channels, *kernel, *counts).transpose(kernel_last)
    wide = Fold().forward(seen, spatial=g.padded(spatial), stride=g.stride, dilation=g.dilation)
    inner: Index = (..., *g.inner(spatial))
    return wide[inner]


class Convolution(Primitive, ABC):
    """What the three share: the checks that operands are floating-point, and that their channels belong together."""

    def dtype_of(self, *x: Aval) -> np.dtype[Any]:
        """The dtype of the result.  Raises DtypeError for whole numbers and truth values."""
        for a in x:
            floating(self.name, a)
        return result_dtype(*x)

    def fit(self, g: Geometry, channels: int, kernel: Lengths, spatial: Lengths) -> None:
        """Raises ShapeError unless a kernel (O, C/G, K..) fits an input with these channels and axes."""
        if len(kernel) != len(spatial) + 2:
            raise ShapeError(
                f"{self.name}: a kernel {kernel} works on inputs (N, C, {len(kernel) - 2} spatial axes); "
                f"got {len(spatial) + 2} axes. x[None] adds a missing batch axis, x[:, None] a missing channel axis."
            )
        if channels != kernel[1] * g.groups or kernel[0] % g.groups:
            raise ShapeError(
                f"{self.name}: the input has {channels} channels; a kernel {kernel} (O, C / groups, ..) with groups="
                f"{g.groups} needs {kernel[1] * g.groups}, and O = {kernel[0]} must be a multiple of groups."
            )


@final
class Conv(Convolution):
    """y[n, o, p] = sum_{c, k} w[o, c, k] x[n, c, stride p + dilation k - padding];
    dx = conv_input(dy, w),  dw = conv_weight(x, dy)."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        (a, w), g = x, Geometry.of(attrs)
        self.fit(g, a.shape[1] if len(a.shape) > 1 else 0, w.shape, a.shape[2:])
        return Aval((a.shape[0], w.shape[0], *g.counts(self.name, a.shape[2:], w.shape[2:])), self.dtype_of(a, w))

    def forward(self, x: Array, w: Array, **attrs: Any) -> Array:
        g = Geometry.of(attrs)
        y = kernel_matrices(w, g.groups) @ columns(x, w.shape[2:], g)
        return y.reshape(x.shape[0], w.shape[0], *g.counts(self.name, x.shape[2:], w.shape[2:]))

    def run(self, x: Array, w: Array, **attrs: Any) -> Array:
        """As `forward`, a few images at a time."""
        self.shape(aval_of(x), aval_of(w), **attrs)
        return convolve(x, w, Geometry.of(attrs))

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, w: T, **attrs: Any) -> T:
        if i == 0:
            return o.conv_input(dy, w, size=x.shape[2:], **attrs)
        return o.conv_weight(x, dy, size=w.shape[2:], **attrs)


@final
class ConvInput(Convolution):
    """y[n, c, stride p + dilation k - padding] += sum_o w[o, c, k] x[n, o, p], from y = 0;
    dx = conv(dy, w),  dw = conv_weight(dy, x).   x (N, O, P..), w (O, C/G, K..) -> y (N, C, size..)"""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        (a, w), g, size = x, Geometry.of(attrs), attrs["size"]
        self.fit(g, w.shape[1] * g.groups if len(w.shape) > 1 else 0, w.shape, size)
        counts = g.counts(self.name, size, w.shape[2:])
        if a.shape[1:] != (w.shape[0], *counts):
            raise ShapeError(
                f"{self.name}: an input {a.shape} does not come from a kernel {w.shape} over {size}; expected "
                f"(N, {w.shape[0]}, {', '.join(map(str, counts))})."
            )
        return Aval((a.shape[0], w.shape[1] * g.groups, *size), self.dtype_of(a, w))

    def forward(self, x: Array, w: Array, *, size: Lengths, **attrs: Any) -> Array:
        g = Geometry.of(attrs)
        cols = kernel_matrices(w, g.groups).swapaxes(-1, -2) @ pixel_rows(x, g.groups)
        return uncolumns(cols, w.shape[1] * g.groups, size, w.shape[2:], g)

    def run(self, x: Array, w: Array, *, size: Lengths, **attrs: Any) -> Array:
        """As `forward`, a few images at a time."""
        self.shape(aval_of(x), aval_of(w), size=size, **attrs)
        return convolve_input(x, w, size, Geometry.of(attrs))

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, w: T, *, size: Lengths, **attrs: Any) -> T:
        return o.conv(dy, w, **attrs) if i == 0 else o.conv_weight(dy, x, size=w.shape[2:], **attrs)


@final
class ConvWeight(Convolution):
    """y[o, c, k] = sum_{n, p} d[n, o, p] x[n, c, stride p + dilation k - padding];
    dx = conv_input(d, dy),  dd = conv(x, dy).   x (N, C, S..), d (N, O, P..) -> y (O, C/G, size..)"""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        (a, d), g, size = x, Geometry.of(attrs), attrs["size"]
        kernel = (d.shape[1], a.shape[1] // g.groups, *size)
        self.fit(g, a.shape[1], kernel, a.shape[2:])
        counts = g.counts(self.name, a.shape[2:], size)
        if d.shape[2:] != counts or d.shape[0] != a.shape[0]:
            raise ShapeError(f"{self.name}: x {a.shape} under a kernel of {size} gives {counts}, not {d.shape[2:]}.")
        return Aval(kernel, self.dtype_of(a, d))

    def forward(self, x: Array, d: Array, *, size: Lengths, **attrs: Any) -> Array:
        g = Geometry.of(attrs)
        y = (pixel_rows(d, g.groups) @ columns(x, size, g).swapaxes(-1, -2)).sum(axis=0)
        return y.reshape(d.shape[1], x.shape[1] // g.groups, *size)

    def run(self, x: Array, d: Array, *, size: Lengths, **attrs: Any) -> Array:
        """As `forward`, a few images at a time."""
        self.shape(aval_of(x), aval_of(d), size=size, **attrs)
        return convolve_weight(x, d, size, Geometry.of(attrs))

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, d: T, *, size: Lengths, **attrs: Any) -> T:
        return o.conv_input(d, dy, size=x.shape[2:], **attrs) if i == 0 else o.conv(x, dy, **attrs)
