"""Convolutions as eager mode computes them: a few images at a time, in memory that stays in the cache.

Here: `convolve`, `convolve_input` and `convolve_weight`, pure functions on arrays.
Elsewhere: the definitions they are held to, and the letters of the shapes, are in _convolution.py.
Imports: numpy, pellucid.ops.

An image's windows are copied as columns (im2col) and multiplied with the kernels in one BLAS call. The columns of a
3 x 3 kernel are nine times as large as the image, so they are never kept: each tile of images overwrites the columns
of the one before, and the backward pass copies them again, which costs a third of its products.
"""

import math
from collections.abc import Iterator
from itertools import product

import numpy as np

from pellucid.ops._geometry import Geometry, Lengths, window_places, window_view
from pellucid.ops._primitive import Array, Index
from pellucid.ops._threads import in_parts

TILE_BYTES = 1 << 18  # of columns: with input and product they stay in a second-level cache of 1 MiB


def convolve(x: Array, w: Array, g: Geometry) -> Array:
    """y[n, o, p] = sum_{c, k} w[o, c, k] x[n, c, stride p + dilation k - padding]."""
    counts, kernels = g.counts("conv", x.shape[2:], w.shape[2:]), kernel_matrices(w, g.groups)
    y = np.empty((x.shape[0], *kernels.shape[:2], math.prod(counts)), np.result_type(x, w))

    def some(part: slice) -> None:
        for images, columns in column_tiles(x[part], w.shape[2:], g):
            np.matmul(kernels, columns, out=y[part][images])

    in_parts(x.shape[0], column_bytes(x, w.shape[2:], counts), some)
    return y.reshape(x.shape[0], w.shape[0], *counts)


def convolve_weight(x: Array, d: Array, size: Lengths, g: Geometry) -> Array:
    """y[o, c, k] = sum_{n, p} d[n, o, p] x[n, c, stride p + dilation k - padding]."""
    rows = np.ascontiguousarray(pixel_rows(d, g.groups)).swapaxes(-1, -2)  # (N, G, P, O/G)
    shape = (g.groups, x.shape[1] // g.groups * math.prod(size), rows.shape[-1])

    def some(part: slice) -> Array:
        total = np.zeros(shape, np.result_type(x, d))
        for images, columns in column_tiles(x[part], size, g):
            total += np.matmul(columns, rows[part][images]).sum(axis=0)
        return total

    first, *others = in_parts(x.shape[0], column_bytes(x, size, d.shape[2:]), some)
    y = sum(others, start=first)
    return y.swapaxes(-1, -2).reshape(d.shape[1], x.shape[1] // g.groups, *size)


def convolve_input(x: Array, w: Array, size: Lengths, g: Geometry) -> Array:
    """y[n, c, stride p + dilation k - padding] += sum_o w[o, c, k] x[n, o, p], from y = 0."""
    margin = tuple(d * (k - 1) - p for d, k, p in zip(g.dilation, w.shape[2:], g.padding, strict=True))
    if max(g.stride) == 1 and min(margin) >= 0:  # each y sees a full window of x: a convolution, kernels reversed
        return convolve(x, reversed_kernels(w, g.groups), Geometry(g.stride, margin, g.dilation, g.groups))
    return scatter(x, w, size, g)


def scatter(x: Array, w: Array, size: Lengths, g: Geometry) -> Array:
    """As `convolve_input`, for any stride: the columns of each tile are added back to where they would be read."""
    kernel, counts, channels = w.shape[2:], x.shape[2:], w.shape[1] * g.groups
    kernels, rows = kernel_matrices(w, g.groups).swapaxes(-1, -2), np.ascontiguousarray(pixel_rows(x, g.groups))
    y = np.empty((x.shape[0], channels, *size), np.result_type(x, w))
    inner: Index = (..., *g.inner(size))
    each = channels * math.prod(kernel) * math.prod(counts) * y.itemsize

    def some(part: slice) -> None:
        for images in tiles(part.stop - part.start, each):
            columns = np.matmul(kernels, rows[part][images]).reshape(-1, channels, *kernel, *counts)
            wide = np.zeros((len(columns), channels, *g.padded(size)), y.dtype)
            for k in product(*map(range, kernel)):
                place: Index = (..., *window_places(counts, k, g.stride, g.dilation))
                wide[place] += columns[(slice(None), slice(None), *k)]
            y[part][images] = wide[inner]

    in_parts(x.shape[0], each, some)
    return y


def column_bytes(x: Array, kernel: Lengths, counts: Lengths) -> int:
    """Bytes of the columns of one image."""
    return x.shape[1] * math.prod(kernel) * math.prod(counts) * x.itemsize


def column_tiles(x: Array, kernel: Lengths, g: Geometry) -> Iterator[tuple[slice, Array]]:
    """Tile by tile, which images, and their windows as columns (images, G, C/G K, P) in memory used for all tiles."""
    rank, spatial = len(kernel), x.shape[2:]
    counts = g.counts("conv", spatial, kernel)
    shape = (x.shape[1], *kernel, *counts)
    steps = tiles(x.shape[0], math.prod(shape) * x.itemsize)
    most = steps[0].stop if steps else 0
    wide = np.zeros((most, x.shape[1], *g.padded(spatial)), x.dtype)  # the margins stay zero
    seen = window_view(wide, kernel, g.stride, g.dilation)  # (most, C, P.., K..)
    seen = seen.transpose(0, 1, *range(2 + rank, 2 + 2 * rank), *range(2, 2 + rank))
    inner: Index = (..., *g.inner(spatial))
    columns = np.empty((most, *shape), x.dtype)
    matrices = columns.reshape(most, g.groups, x.shape[1] // g.groups * math.prod(kernel), math.prod(counts))
    for images in steps:
        m = images.stop - images.start
        wide[:m][inner] = x[images]
        columns[:m] = seen[:m]
        yield images, matrices[:m]


def tiles(images: int, bytes_each: int) -> list[slice]:
    """All images in runs whose columns stay within TILE_BYTES; at least one image a run."""
    step = max(1, TILE_BYTES // max(1, bytes_each))
    return [slice(start, min(start + step, images)) for start in range(0, images, step)]


def kernel_matrices(w: Array, groups: int) -> Array:
    """w (O, C/G, K..) as one matrix a group: (G, O/G, C/G K)."""
    return w.reshape(groups, w.shape[0] // groups, math.prod(w.shape[1:]))


def pixel_rows(y: Array, groups: int) -> Array:
    """y (N, O, P..) as one matrix an image and group: (N, G, O/G, P)."""
    return y.reshape(y.shape[0], groups, y.shape[1] // groups, math.prod(y.shape[2:]))


def reversed_kernels(w: Array, groups: int) -> Array:
    """w (O, C/G, K..) with inputs and outputs exchanged and every spatial axis reversed: (C, O/G, K..)."""
    grouped = w.reshape(groups, w.shape[0] // groups, *w.shape[1:]).swapaxes(1, 2)
    turned = np.flip(grouped, axis=tuple(range(3, grouped.ndim)))
    return turned.reshape(w.shape[1] * groups, w.shape[0] // groups, *w.shape[2:])
