"""Convolutions over tiles of images that stay in cache: what eager mode runs for two spatial axes.

A tile is a few images. Its columns (im2col) live in one reused buffer of half a megabyte, are multiplied by BLAS, and
are gone: no copy of all columns exists, in the forward pass or kept for the backward pass.

With stride 1 the padded image is read as one long line of pixels. A kernel offset is then a shift along that line, so
its column block is a single copy, which runs on over the ends of rows. The Wp - OW wrong entries between one row of
outputs and the next are computed with the others and dropped; for the weight gradient they are multiplied by zero.

Here: `convolve`, `convolve_weight`, `convolve_input` on arrays (N, C, H, W).
Elsewhere: the definitions these are held to, for any number of axes, are in _convolution.py.
Imports: numpy, pellucid.ops.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.ops._primitive import Array
from pellucid.ops._windows import window_counts

TILE_BYTES = 512 * 1024  # of columns: half of a 1 MiB second-level cache, the other half for inputs and outputs

Pair = tuple[int, ...]  # of two lengths


class Layout(NamedTuple):
    """How the outputs of a tile lie in memory: `rows` lines of `pitch` entries, the first `cols` of each wanted."""

    rows: int
    cols: int
    pitch: int

    @property
    def length(self) -> int:
        """Entries from the first wanted one to the last."""
        return (self.rows - 1) * self.pitch + self.cols


def layout_of(padded: Pair, kernel: Pair, stride: Pair, dilation: Pair) -> Layout:
    """The outputs' layout: lines as long as the padded input's for stride 1, without gaps for others."""
    rows, cols = window_counts("conv", padded, kernel, stride, dilation)
    return Layout(rows, cols, padded[1] if stride == (1, 1) else cols)


def tile_images(n_images: int, column_entries: int, itemsize: int) -> int:
    """Images whose columns fill a tile; at least one."""
    return max(1, min(n_images, TILE_BYTES // max(1, column_entries * itemsize)))


def fill_columns(columns: Array, wide: Array, kernel: Pair, stride: Pair, dilation: Pair, layout: Layout) -> None:
    """columns[c, i, j, n, p] <- the pixel that kernel entry (i, j) meets at output p.

    columns (C, kh, kw, B, length), wide (B, C, Hp, Wp) padded and contiguous.
    """
    images, channels, height, width = wide.shape
    line = wide.reshape(images, channels, height * width).swapaxes(0, 1)  # (C, B, Hp Wp)
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            down, right = i * dilation[0], j * dilation[1]
            if stride == (1, 1):
                start = down * width + right
                columns[:, i, j] = line[:, :, start : start + layout.length]
            else:
                below = down + (layout.rows - 1) * stride[0] + 1
                beside = right + (layout.cols - 1) * stride[1] + 1
                seen = wide[:, :, down : below : stride[0], right : beside : stride[1]]
                columns[:, i, j].reshape(channels, images, layout.rows, layout.cols)[...] = seen.swapaxes(0, 1)


def padded_tile(x: Array, start: int, stop: int, padding: Pair, wide: Array) -> Array:
    """Images start .. stop with their margins, in the buffer `wide` (B, C, Hp, Wp) whose margins are zero."""
    (top, left), (height, width) = padding, x.shape[2:]
    part = wide[: stop - start]
    part[:, :, top : top + height, left : left + width] = x[start:stop]
    return part


def convolve(x: Array, w: Array, stride: Pair, padding: Pair, dilation: Pair, groups: int) -> Array:
    """y[n, o, p] = sum_{c, k} w[o, c, k] x[n, c, stride p + dilation k - padding], tile by tile.

    x (N, C, H, W), w (O, C / groups, kh, kw) -> (N, O, P, Q)
    """
    dtype = np.result_type(x, w)
    n, channels = x.shape[:2]
    kernel = (w.shape[2], w.shape[3])
    padded = (x.shape[2] + 2 * padding[0], x.shape[3] + 2 * padding[1])
    layout = layout_of(padded, kernel, stride, dilation)
    y = np.empty((n, w.shape[0], layout.rows, layout.cols), dtype)
    deep, out = channels // groups, w.shape[0] // groups
    size = tile_images(n, w[0].size * layout.length, dtype.itemsize)
    wide = np.zeros((size, deep, *padded), dtype)
    matrix = w.reshape(groups, out, w[0].size).astype(dtype, copy=False)
    buffer = np.empty(w[0].size * size * layout.length, dtype)
    for group in range(groups):
        source = x[:, group * deep : (group + 1) * deep]
        target = y[:, group * out : (group + 1) * out]
        for start in range(0, n, size):
            stop = min(start + size, n)
            b = stop - start
            tile = padded_tile(source, start, stop, padding, wide)
            columns = buffer[: w[0].size * b * layout.length].reshape(deep, *kernel, b, layout.length)
            fill_columns(columns, tile, kernel, stride, dilation, layout)
            z = matrix[group] @ columns.reshape(w[0].size, b * layout.length)  # (O/G, B length)
            target[start:stop] = as_lines(z.reshape(out, b, layout.length), layout).swapaxes(0, 1)
    return y


def as_lines(z: Array, layout: Layout) -> Array:
    """The wanted entries of z (.., length) as a view (.., rows, cols)."""
    step = z.strides[-1]
    return np.lib.stride_tricks.as_strided(
        z, (*z.shape[:-1], layout.rows, layout.cols), (*z.strides[:-1], layout.pitch * step, step)
    )


def convolve_weight(x: Array, d: Array, size: Pair, stride: Pair, padding: Pair, dilation: Pair, groups: int) -> Array:
    """y[o, c, k] = sum_{n, p} d[n, o, p] x[n, c, stride p + dilation k - padding], summed tile by tile.

    x (N, C, H, W), d (N, O, P, Q) -> (O, C / groups, kh, kw)
    """
    dtype = np.result_type(x, d)
    n, channels = x.shape[:2]
    padded = (x.shape[2] + 2 * padding[0], x.shape[3] + 2 * padding[1])
    layout = layout_of(padded, size, stride, dilation)
    deep, out = channels // groups, d.shape[1] // groups
    depth = deep * size[0] * size[1]
    images = tile_images(n, depth * layout.length, dtype.itemsize)
    wide = np.zeros((images, deep, *padded), dtype)
    buffer = np.empty(depth * images * layout.length, dtype)
    slopes = np.zeros((out, images, layout.length), dtype)  # its gaps between lines stay zero
    y = np.zeros((groups, out, depth), dtype)
    for group in range(groups):
        source, slope = x[:, group * deep : (group + 1) * deep], d[:, group * out : (group + 1) * out]
        for start in range(0, n, images):
            stop = min(start + images, n)
            b = stop - start
            tile = padded_tile(source, start, stop, padding, wide)
            columns = buffer[: depth * b * layout.length].reshape(deep, *size, b, layout.length)
            fill_columns(columns, tile, size, stride, dilation, layout)
            part = slopes if b == images else np.zeros((out, b, layout.length), dtype)
            as_lines(part, layout)[...] = slope[start:stop].swapaxes(0, 1)
            y[group] += part.reshape(out, -1) @ columns.reshape(depth, -1).T
    return y.reshape(d.shape[1], deep, *size)


def convolve_input(d: Array, w: Array, size: Pair, stride: Pair, padding: Pair, dilation: Pair, groups: int) -> Array:
    """y[n, c, stride p + dilation k - padding] += sum_o w[o, c, k] d[n, o, p].

    With stride 1 it is a convolution of d with the kernel turned round and its channels exchanged; else each tile's
    columns are computed and added up where they came from.   d (N, O, P, Q), w (O, C / groups, kh, kw) -> (N, C, *size)
    """
    margin = tuple(a * (k - 1) - p for a, k, p in zip(dilation, w.shape[2:], padding, strict=True))
    if stride == (1, 1) and min(margin) >= 0:
        turned = w.reshape(groups, w.shape[0] // groups, *w.shape[1:]).swapaxes(1, 2)[..., ::-1, ::-1]
        turned = np.ascontiguousarray(turned).reshape(-1, w.shape[0] // groups, *w.shape[2:])
        return convolve(d, turned, stride, (margin[0], margin[1]), dilation, groups)
    return _scatter_columns(d, w, size, stride, padding, dilation, groups)


def _scatter_columns(d: Array, w: Array, size: Pair, stride: Pair, padding: Pair, dilation: Pair, groups: int) -> Array:
    dtype = np.result_type(d, w)
    n, (rows, cols) = len(d), d.shape[2:]
    deep, out = w.shape[1], w.shape[0] // groups
    padded = (size[0] + 2 * padding[0], size[1] + 2 * padding[1])
    y = np.empty((n, deep * groups, *size), dtype)
    matrix = w.reshape(groups, out, w[0].size).swapaxes(1, 2)
    images = tile_images(n, w[0].size * rows * cols, dtype.itemsize)
    for group in range(groups):
        slope = d[:, group * out : (group + 1) * out]
        for start in range(0, n, images):
            part = slope[start : start + images].swapaxes(0, 1).reshape(out, -1)
            columns: Any = matrix[group] @ part  # (C/G kh kw, B P Q)
            columns = columns.reshape(deep, w.shape[2], w.shape[3], -1, rows, cols)
            wide = np.zeros((deep, columns.shape[3], *padded), dtype)
            for i in range(w.shape[2]):
                for j in range(w.shape[3]):
                    down, right = i * dilation[0], j * dilation[1]
                    below, beside = down + (rows - 1) * stride[0] + 1, right + (cols - 1) * stride[1] + 1
                    wide[:, :, down : below : stride[0], right : beside : stride[1]] += columns[:, i, j]
            kept = wide[:, :, padding[0] : padding[0] + size[0], padding[1] : padding[1] + size[1]]
            y[start : start + images, group * deep : (group + 1) * deep] = kept.swapaxes(0, 1)
    return y
