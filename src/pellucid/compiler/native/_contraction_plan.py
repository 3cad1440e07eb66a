"""Products and convolutions as contractions: which axes are rows, sums and columns, and how their operands lie.

Here: `contraction_of`.
Elsewhere: what a contraction is stands in _kernels.py; its machine code is made in _contraction.py.
Imports: numpy, pellucid.ops, pellucid.compiler.

Columns are neighbours in memory, in b and in the result; images lie with their channels last, so that a convolution is
a sum over the offsets of its kernel without any copy of windows.  Kernels, which are small, are copied into that order.
"""

import math
from dataclasses import replace
from typing import Any

from pellucid.compiler._program import Result
from pellucid.compiler.native._filters import Filter, cheapest
from pellucid.compiler.native._kernels import Contraction
from pellucid.compiler.native._storage import Lengths, Storage
from pellucid.compiler.native._tiles import copies_panels
from pellucid.compiler.native._winograd import add_up, kernel_slopes, slide
from pellucid.ops._geometry import Geometry

BLOCK = 512  # terms of a sum after which a partial result is put down, so that both operands stay in the cache
FEWEST_TERMS = 64  # of sums along vectors, each of which is added up at its end; below, b is turned first, if tiles do
# not copy panels of it anyway
ROWS_TO_TURN = 8  # of a; for fewer, turning b costs more than it saves
ROWS_TO_SHARE = 16  # channels: tiles of so many rows are enough for several threads
MOST_PARTS = 128
MOST_ENTRIES = 1 << 18  # of the sums of all parts
MOST_TERMS = 1024  # of a sum that is formed in one go

Axis = tuple[int, int, int, int]


def contraction_of(low: Any, node: Result) -> bool:
    """Add the kernels of a product to those of `low`; False for what is left to NumPy."""
    if node.aval.dtype.kind != "f" or any(x.aval.size == 0 or x.aval.dtype != node.aval.dtype for x in node.values()):
        return False
    if node.op.name == "matmul":
        return _matmul(low, node)
    if node.attrs["groups"] != 1:
        return False
    return {"conv": _conv, "conv_input": _conv_input, "conv_weight": _conv_weight}[node.op.name](low, node)


def _matmul(low: Any, node: Result) -> bool:
    (a, b), lead = (low._storage(x) for x in node.operands), node.aval.shape[:-2]
    a = _matrix(a, node.attrs["flip_a"])
    b = _matrix(b, node.attrs["flip_b"])
    n, k, m = a.shape[-2], a.shape[-1], b.shape[-1]
    a, b = a.broadcast((*lead, n, k)), b.broadcast((*lead, k, m))
    rank = len(lead)
    inner = a.strides[-1] == b.strides[-2] == 1 and (k >= FEWEST_TERMS or m == 1 or n < ROWS_TO_TURN)
    if b.strides[-1] != 1 and m > 1 and not inner and (a.strides[-2] == 1 or n == 1):  # the product, transposed
        out = low._new(node.aval.shape, node.aval.dtype, (*range(rank), rank + 1, rank))
        a, b, order = _matrix(b, True), _matrix(a, True), _matrix(out, True)
        n, m = m, n
    else:
        out = order = low._new(node.aval.shape, node.aval.dtype)
    kernel = _product(a, b, order)
    if b.strides[-1] != 1 and m > 1 and not inner and not copies_panels(kernel):
        kernel = _product(a, low._copied(b, tuple(range(rank + 2))), order)
    return _finish(low, node, out, kernel)


def _product(a: Storage, b: Storage, out: Storage) -> Contraction:
    """out[.., n, m] = sum over k of a[.., n, k] b[.., k, m]."""
    *lead, n, m = out.shape
    batch = [(length, a.strides[i], b.strides[i], out.strides[i]) for i, length in enumerate(lead)]
    rows = (*batch, (n, a.strides[-2], 0, out.strides[-2]))
    sums = _blocked((a.shape[-1], a.strides[-1], b.strides[-2], 0))
    return Contraction(a, b, out, rows, sums, (m, 0, b.strides[-1], out.strides[-1]))


def _matrix(x: Storage, flip: bool) -> Storage:
    last = len(x.shape) - 1
    return x.transposed((*range(last - 1), last, last - 1)) if flip else x


def _blocked(axis: Axis) -> tuple[Axis, ...]:
    """A long sum as a sum of sums of about BLOCK terms."""
    k, in_a, in_b, _ = axis
    if k <= 2 * BLOCK:
        return (axis,)
    size = next((d for d in range(BLOCK, BLOCK // 4, -1) if k % d == 0), k)
    return ((k // size, size * in_a, size * in_b, 0), (size, in_a, in_b, 0)) if size < k else (axis,)


def _conv(low: Any, node: Result) -> bool:
    x, w = node.operands
    return _slide(low, node, low._storage(x), low._storage(w), Geometry.of(node.attrs))


def _conv_input(low: Any, node: Result) -> bool:
    """A convolution of d, spread by the stride and widened by margins, with the kernels reversed."""
    d, w = (low._storage(x) for x in node.operands)
    g, kernel, size = Geometry.of(node.attrs), w.shape[2:], node.aval.shape[2:]
    before = tuple(e * (k - 1) - p for e, k, p in zip(g.dilation, kernel, g.padding, strict=True))
    spread = tuple((n - 1) * s + 1 for n, s in zip(d.shape[2:], g.stride, strict=True))
    after = tuple(
        n + e * (k - 1) - b - m for n, e, k, b, m in zip(size, g.dilation, kernel, before, spread, strict=True)
    )
    if min((*before, *after)) < 0:
        return False
    rank = len(kernel)
    wide = _channels_last(low, d, before, after, g.stride)
    turned = w.flipped(range(2, 2 + rank)).transposed((1, 0, *range(2, 2 + rank)))  # (C, O, K..)
    plain = Geometry((1,) * rank, (0,) * rank, g.dilation, 1)
    return _slide(low, node, wide, turned, plain)


def _slide(low: Any, node: Result, x: Storage, w: Storage, g: Geometry) -> bool:
    rank, shape = len(w.shape) - 2, node.aval.shape
    if f := _filter(g, w.shape, shape[0], shape[2:]):
        wide = _channels_last(low, x, g.padding, _to_tiles(f, g.padding, shape[2:]), (1, 1))
        low.storages[node] = slide(low, f, wide, w, shape)
        low.ready[node] = len(low.out.kernels) - 1
        return True
    wide = _channels_last(low, x, g.padding, g.padding, (1,) * rank)
    panel = low._copied(w, (*range(2, 2 + rank), 1, 0))  # K.., C, O
    out = low._new(shape, node.aval.dtype, (0, *range(2, 2 + rank), 1))
    rows = (
        (shape[0], wide.strides[0], 0, out.strides[0]),
        *((shape[a], wide.strides[a] * g.stride[a - 2], 0, out.strides[a]) for a in range(2, 2 + rank)),
    )
    sums = (
        *((w.shape[a], wide.strides[a] * g.dilation[a - 2], panel.strides[a], 0) for a in range(2, 2 + rank)),
        (w.shape[1], wide.strides[1], panel.strides[1], 0),
    )
    return _finish(
        low, node, out, Contraction(wide, panel, out, rows, sums, (shape[1], 0, panel.strides[0], out.strides[1]))
    )


def _conv_weight(low: Any, node: Result) -> bool:
    x, d = (low._storage(y) for y in node.operands)
    g, shape = Geometry.of(node.attrs), node.aval.shape
    rank = len(shape) - 2
    if f := _filter(g, shape, d.shape[0], d.shape[2:]):
        wide = _channels_last(low, x, g.padding, _to_tiles(f, g.padding, d.shape[2:]), (1, 1))
        slopes = _channels_last(low, d, (0, 0), _to_tiles(f, (0, 0), d.shape[2:]), (1, 1))
        low.storages[node] = kernel_slopes(low, f, wide, slopes, shape)
        low.ready[node] = len(low.out.kernels) - 1
        return True
    wide = _channels_last(low, x, g.padding, g.padding, (1,) * rank)
    slopes = _channels_last(low, d, (0,) * rank, (0,) * rank, (1,) * rank)
    out = low._new(shape, node.aval.dtype, (*range(2, 2 + rank), 1, 0))
    parts = _parts(d.shape[0], shape)
    images, sums_of = d.shape[0] // parts, out
    if parts > 1:  # of the images, each with sums of its own
        buffer = low._buffer(parts * out.size * out.dtype.itemsize)
        sums_of = replace(out, buffer=buffer, shape=(parts, *shape), strides=(out.size, *out.strides))
    rows = (
        (parts, images * wide.strides[0], images * slopes.strides[0], out.size),
        *((shape[a], wide.strides[a] * g.dilation[a - 2], 0, out.strides[a]) for a in range(2, 2 + rank)),
        (shape[1], wide.strides[1], 0, out.strides[1]),
    )
    sums = (
        (images, wide.strides[0], slopes.strides[0], 0),
        *((d.shape[a], wide.strides[a] * g.stride[a - 2], slopes.strides[a], 0) for a in range(2, 2 + rank)),
    )
    column = (shape[0], 0, slopes.strides[1], out.strides[0])
    _finish(low, node, sums_of, Contraction(wide, slopes, sums_of, rows, sums, column))
    if parts > 1:
        each = [replace(out, buffer=sums_of.buffer, offset=i * out.size) for i in range(parts)]
        add_up(low, each, out)
    low.storages[node] = low._copied(out)  # as the kernels lie, so that their update goes straight through memory
    low.ready[node] = len(low.out.kernels) - 1
    return True


def _parts(images: int, shape: Any) -> int:
    """Into how many parts the images are divided where the kernels alone have too few rows to share out."""
    if shape[1] >= ROWS_TO_SHARE or math.prod(shape) * MOST_PARTS > MOST_ENTRIES:
        return 1
    return max(n for n in range(1, MOST_PARTS + 1) if images % n == 0)


def _filter(g: Geometry, w: Lengths, images: int, size: Lengths) -> Filter | None:
    """What spares products where kernels are moved by single pixels; None: sum directly."""
    return cheapest(w, images, size) if g.stride == g.dilation == (1, 1) else None


def _to_tiles(f: Filter, margins: Lengths, size: Lengths) -> Lengths:
    """The margins after an image, wider where tiles reach beyond it."""
    return tuple(p + f.m * n - length for p, n, length in zip(margins, f.tiles(size), size, strict=True))


def _channels_last(low: Any, x: Storage, before: Any, after: Any, step: Any) -> Storage:
    """x (N, C, S..) with its channels as neighbours, gaps and margins of zeros between and around its pixels."""
    rank = len(x.shape) - 2
    order = (0, *range(2, 2 + rank), 1)
    spread = tuple((n - 1) * s + 1 for n, s in zip(x.shape[2:], step, strict=True))
    size = tuple(b + n + e for b, n, e in zip(before, spread, after, strict=True))
    if size == x.shape[2:]:
        wanted = x.strides[1] == 1 or x.shape[1] == 1
        return replace(x, strides=(x.strides[0], 1, *x.strides[2:])) if wanted else low._copied(x, order)
    wide = low._new((*x.shape[:2], *size), x.dtype, order)
    low._filled(wide, 0)
    stop = tuple(b + n for b, n in zip(before, spread, strict=True))
    low._put(wide.sliced((0, 0, *before), (*x.shape[:2], *stop), (1, 1, *step)), x)
    return wide


def _finish(low: Any, node: Result, out: Storage, kernel: Contraction) -> bool:
    sums, passes = list(kernel.sums), []
    while len(sums) > 1 and math.prod(n for n, *_ in sums) > MOST_TERMS:
        passes.append(sums.pop(0))
    if passes:
        low._filled(out, 0)
    low.storages[node] = out
    low._add(replace(kernel, sums=tuple(sums), passes=tuple(passes)), node)
    return True
