"""The maximum of each window, and where the slope of each goes back to.

Here: `search`, `unpool`, and which nodes they are for: `pools`, `goes_back`, `only_pooled`.
Elsewhere: the kernels they make are described in _kernels.py and made code of in _loops.py.
Imports: the standard library, numpy, pellucid.ops, pellucid.compiler.
"""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from pellucid.compiler._program import Operand, Program, Result, Value
from pellucid.compiler.native._kernels import Apply, FirstMaximum, Here, Literal, Load, Loops, Store
from pellucid.compiler.native._storage import Lengths, Storage, rows_first
from pellucid.ops._geometry import window_counts

OFFSET = np.dtype(np.int32)  # of a place in a window: as wide as an entry of float32


def is_argmax(x: Operand) -> bool:
    """Whether an operand is the positions of the maxima of windows."""
    return isinstance(x, Result) and x.op.name == "window_argmax"


def pools(x: Operand, index: Operand) -> bool:
    """Whether the entries of x at these positions are the maxima of windows of what x is, flattened."""
    flat = isinstance(x, Result) and x.op.name == "reshape" and len(x.aval.shape) == 1
    return flat and is_argmax(index) and x.values()[0] is index.values()[0]


def goes_back(node: Result) -> bool:
    """Whether a sum by positions takes slopes to where the maxima of windows that do not overlap were."""
    x, index = node.operands
    size = node.attrs.get("unique") and is_argmax(index) and index.values()[0].aval.size
    return bool(size) and node.attrs["size"] == size


def only_pooled(index: Result, program: Program) -> bool:
    """Whether positions of maxima serve nothing but to take the maxima, and to take their slopes back."""
    if index in {*program.outputs, *program.updates.values(), *(check.holds for check in program.checks)}:
        return False
    rules = {"gather": lambda node: pools(*node.operands), "scatter_add": goes_back}
    readers = [node for node in program.nodes if index in node.values()]
    return all(
        node.op.name in rules and node.operands[1] is index is not node.operands[0] and rules[node.op.name](node)
        for node in readers
    )


def search(low: Any, node: Result, index: Result, gives: str) -> None:
    """Look for the maximum of each window; see FirstMaximum for what it gives."""
    (x,), attrs = index.values(), index.attrs
    size, stride, dilation = attrs["size"], attrs["stride"], attrs["dilation"]
    rank, shape = len(size), x.aval.shape
    split = len(shape) - rank
    counts = window_counts("window_argmax", shape[split:], size, stride, dilation)
    source, flat = low._storage(x), rows_first(shape)
    windows = source.windows(counts, size, stride, dilation)
    steps = (*flat[:split], *(f * s for f, s in zip(flat[split:], stride, strict=True)))
    shifts = tuple(
        (k, sum(j * d * f for j, d, f in zip(k, dilation, flat[split:], strict=True)))
        for k in product(*map(range, size))
    )
    found = FirstMaximum(windows, rank, steps, shifts, gives)
    low._join(node, found, index.aval.shape, beside=(), needs=(x,), order=source.order)
    if gives == "offset":
        low.kinds[node] = OFFSET


def unpool(low: Any, node: Result, slope: Value, index: Result) -> None:
    """Slopes of a maximum over windows that do not overlap: each entry of a window gets its slope, or 0."""
    (x,), attrs = index.values(), index.attrs
    size, split = attrs["size"], len(index.aval.shape) - len(attrs["size"])
    like = low._storage(x)
    out = low._new(x.aval.shape, node.aval.dtype, like.order)
    counts, stride = index.aval.shape[split:], attrs["stride"]
    covered = tuple(p * s for p, s in zip(counts, stride, strict=True))
    if size != stride or covered != x.aval.shape[split:] or max(attrs["dilation"]) > 1:
        low._filled(out, 0)
    target = out.windows(counts, size, stride, attrs["dilation"])
    place, truth = low._storage(index), np.dtype(bool)
    if place.dtype == OFFSET:
        here = Here((*(0,) * len(index.aval.shape), *rows_first(size)))
    else:
        flat = Storage(0, x.aval.shape, rows_first(x.aval.shape), out.dtype)
        here = Here(flat.windows(counts, size, stride, attrs["dilation"]).strides)
    wide = tuple(
        Load(replace(s, shape=target.shape, strides=(*s.strides, *(0,) * len(size))))
        for s in (place, low._storage(slope))
    )
    chosen = Apply("equal", (here, wide[0]), (np.dtype(np.int64), place.dtype), place.dtype, truth)
    value = Apply("where", (chosen, wide[1], Literal(0)), (truth, out.dtype, None), out.dtype, out.dtype)
    loops = Loops(target.shape, _interleaved(like.order, split, len(size)))
    loops.stores.append(Store(target, value, out.dtype))
    low.pooled[node] = out
    low._add(loops, node)


def _interleaved(order: Lengths, split: int, rank: int) -> Lengths:
    """Axes (A.., P.., K..) in the order in which the axes (A.., S..) they cover lie: each K within its P."""
    out: list[int] = []
    for a in order:
        out += [a] if a < split else [a, a + rank]
    return tuple(out)
