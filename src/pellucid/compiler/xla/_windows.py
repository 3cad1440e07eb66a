"""Sliding windows and convolutions in JAX.

Here: windows, fold, window_argmax, conv, conv_input and conv_weight, each a function of a node and its operands.
Elsewhere: their definitions are in pellucid.ops, the table that names them is in _lowering.py.
Imports: numpy, jax, pellucid.ops, pellucid.compiler.
"""

import math
import operator
from functools import reduce
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from pellucid.compiler._program import Result
from pellucid.ops._geometry import Geometry
from pellucid.ops._windows import corners

EXACT = lax.Precision.HIGHEST  # float32 means 24 bits everywhere, also where hardware would multiply with fewer


def windows(node: Result, x: Array) -> Array:
    """y[.., p, k] = x[.., stride p + dilation k]: one axis after another, a slice for each k.

    window_argmax nodes have the same attributes and counts, and are taken, too.
    """
    size, stride, dilation = (node.attrs[name] for name in ("size", "stride", "dilation"))
    split = x.ndim - len(size)
    for a, (k, s, d) in enumerate(zip(size, stride, dilation, strict=True)):
        reach = s * (node.aval.shape[split + a] - 1) + 1
        slices = [lax.slice_in_dim(x, d * j, d * j + reach, s, split + a) for j in range(k)]
        x = jnp.stack(slices, axis=-1)
    return x


def fold(node: Result, x: Array) -> Array:
    """y[.., stride p + dilation k] += x[.., p, k]: the last axis first, each k spread out and added."""
    spatial, stride, dilation = (node.attrs[name] for name in ("spatial", "stride", "dilation"))
    rank, split = len(spatial), x.ndim - 2 * len(spatial)
    zero = np.zeros((), node.aval.dtype)
    for a in reversed(range(rank)):
        n, s, d = spatial[a], stride[a], dilation[a]
        axis = split + a
        covered = s * (x.shape[axis] - 1) + 1
        spread = []
        for j in range(x.shape[-1]):
            edges = [(0, 0, 0)] * (x.ndim - 1)
            edges[axis] = (d * j, n - d * j - covered, s - 1)
            spread.append(lax.pad(x[..., j], zero, edges))
        x = reduce(operator.add, spread)
    return x


def window_argmax(node: Result, x: Array) -> Array:
    """The position, in the flattened x, of the first maximum of each window."""
    size, stride, dilation = (node.attrs[name] for name in ("size", "stride", "dilation"))
    split, counts = x.ndim - len(size), node.aval.shape[x.ndim - len(size) :]
    lead, spatial = x.shape[:split], x.shape[split:]
    seen = windows(node, x)
    best = lax.argmax(seen.reshape(*seen.shape[: x.ndim], math.prod(size)), x.ndim, np.int64)
    steps = [math.prod(spatial[a + 1 :]) for a in range(len(size))]
    offsets = np.indices(size).reshape(len(size), -1)
    shifts = np.array(dilation) * steps @ offsets
    starts = np.arange(math.prod(lead)).reshape(*lead, *(1,) * len(size)) * math.prod(spatial)
    return jnp.asarray(shifts)[best] + starts + corners(spatial, counts, stride)


def _slide(node: Result, x: Array, w: Array, **how: Any) -> Array:
    """XLA's convolution, which takes operands of one dtype only."""
    dtype = node.aval.dtype
    return lax.conv_general_dilated(x.astype(dtype), w.astype(dtype), precision=EXACT, **how)


def conv(node: Result, x: Array, w: Array) -> Array:
    """Cross-correlation, as XLA has it."""
    g = Geometry.of(node.attrs)
    return _slide(
        node,
        x,
        w,
        window_strides=g.stride,
        padding=[(p, p) for p in g.padding],
        rhs_dilation=g.dilation,
        feature_group_count=g.groups,
    )


def conv_input(node: Result, x: Array, w: Array) -> Array:
    """The flipped kernel, its channels exchanged within each group, over x spread out by the stride."""
    g, size, kernel = Geometry.of(node.attrs), node.attrs["size"], w.shape[2:]
    grouped = w.reshape(g.groups, w.shape[0] // g.groups, w.shape[1], *kernel).swapaxes(1, 2)
    turned = lax.rev(grouped.reshape(-1, w.shape[0] // g.groups, *kernel), tuple(range(2, w.ndim)))
    edges = []
    for n, k, m, s, d, p in zip(size, kernel, x.shape[2:], g.stride, g.dilation, g.padding, strict=True):
        before = d * (k - 1) - p
        edges.append((before, n - 1 - s * (m - 1) + p))
    return _slide(
        node,
        x,
        turned,
        window_strides=(1,) * len(kernel),
        padding=edges,
        lhs_dilation=g.stride,
        rhs_dilation=g.dilation,
        feature_group_count=g.groups,
    )


def conv_weight(node: Result, x: Array, d: Array) -> Array:
    """The convolution of x with d, images taken for channels; stride and dilation change places."""
    g, size = Geometry.of(node.attrs), node.attrs["size"]
    exchanged = (1, 0, *range(2, x.ndim))
    edges = []
    for n, k, m, s, t, p in zip(x.shape[2:], size, d.shape[2:], g.stride, g.dilation, g.padding, strict=True):
        edges.append((p, t * (k - 1) + s * (m - 1) + 1 - n - p))
    return _slide(
        node,
        x,
        d,
        window_strides=g.dilation,
        padding=edges,
        rhs_dilation=g.stride,
        batch_group_count=g.groups,
        dimension_numbers=lax.ConvDimensionNumbers(exchanged, exchanged, exchanged),
    )
