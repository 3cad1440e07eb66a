"""Panels: columns of the right factor of a product, copied so that what one step of a sum reads lies side by side.

Here: `emit_panel`, a function that makes such a copy.
Elsewhere: the tiles that read it are made in _contraction.py.
Imports: llvmlite, pellucid.compiler.native.

A tile reads a few neighbours of each row of b.  Where rows are long, all of these fall into a few sets of the cache and
on a page each; and where terms, not columns, are neighbours (x W^T), there are no vectors of columns to be read.  Many
tiles read the same panel, so copying it costs little.  Squares of as many terms and columns as a vector has entries
are turned in registers.
"""

from collections.abc import Callable
from typing import Any

import llvmlite.ir as ir

from pellucid.compiler.native._machine import I32, I64, POINTER, Code, function

Axes = list[tuple[int, int]]  # (length, step in b), from the outermost to the innermost


def emit_panel(module: Any, name: str, terms: Axes, columns: tuple[int, int], entry: Any, lanes: int) -> Any:
    """A function (b, panel): entry (k.., n) of b becomes entry k * columns + n of the panel."""
    made, b = function(module, name, [POINTER, POINTER])
    made.linkage = "internal"
    made.attributes.add("noinline")
    *outer, (n, step) = terms
    count = columns[0]

    def inside(source: Any, panel: Any) -> None:
        if columns[1] == 1:
            _each(b, n, source, step, panel, count, entry, lambda s, p: _row(b, s, p, count, entry, lanes))
        elif step == 1:
            _turned(b, n, columns, source, panel, entry, lanes)
        else:
            _each(b, n, source, step, panel, count, entry, lambda s, p: _apart(b, s, p, columns, 1, entry))

    def nest(axes: Axes, source: Any, panel: Any) -> None:
        if not axes:
            inside(source, panel)
            return
        size = n * count
        for length, _ in axes[1:]:
            size *= length
        _each(b, *axes[0][:1], source, axes[0][1], panel, size, entry, lambda s, p: nest(axes[1:], s, p))

    nest(outer, *made.args)
    b.ret_void()
    return made


def _each(
    b: Code, n: int, source: Any, step: int, panel: Any, size: int, entry: Any, body: Callable[[Any, Any], None]
) -> None:
    """body(source, panel) n times, one moved on by `step`, the other by `size`."""
    if n > 0:
        b.loop(
            n,
            lambda i: body(b.place(source, b.mul(i, I64(step)), entry), b.place(panel, b.mul(i, I64(size)), entry)),
        )


def _row(b: Code, source: Any, panel: Any, count: int, entry: Any, lanes: int) -> None:
    """Neighbours, by vectors as far as they go."""
    full = count // lanes * lanes
    for at in range(0, full, lanes):
        _store(b, _load(b, b.place(source, at, entry), entry, lanes), b.place(panel, at, entry), entry)
    for at in range(full, count):
        b.store(b.load(b.place(source, at, entry), typ=entry), b.place(panel, at, entry))


def _apart(b: Code, source: Any, panel: Any, columns: tuple[int, int], step: int, entry: Any) -> None:
    """Entries that lie apart, one by one, to every `step`-th entry of the panel."""
    count, apart = columns
    _each(b, count, source, apart, panel, step, entry, lambda s, p: b.store(b.load(s, typ=entry), p))


def _turned(b: Code, n: int, columns: tuple[int, int], source: Any, panel: Any, entry: Any, lanes: int) -> None:
    """Terms are neighbours: squares are turned, what is left is taken one by one."""
    count, apart = columns
    full, across = n // lanes * lanes, count // lanes * lanes

    def strip(s: Any, p: Any) -> None:
        for at in range(0, across, lanes):
            _square(b, b.place(s, at * apart, entry), apart, b.place(p, at, entry), count, entry, lanes)
        if across < count:
            rest, beside = b.place(s, across * apart, entry), b.place(p, across, entry)
            _each(
                b, lanes, rest, 1, beside, count, entry, lambda x, y: _apart(b, x, y, (count - across, apart), 1, entry)
            )

    _each(b, full // lanes, source, lanes, panel, lanes * count, entry, strip)
    s, p = b.place(source, full, entry), b.place(panel, full * count, entry)
    _each(b, n - full, s, 1, p, count, entry, lambda x, y: _apart(b, x, y, columns, 1, entry))


def _square(b: Code, source: Any, apart: int, panel: Any, count: int, entry: Any, lanes: int) -> None:
    """Turn a square: blocks of half its size change places, then blocks of a quarter within each ..."""
    rows = [_load(b, b.place(source, i * apart, entry), entry, lanes) for i in range(lanes)]
    size = lanes // 2
    while size:
        upper = [p if p & size == 0 else lanes + p - size for p in range(lanes)]
        lower = [p + size if p & size == 0 else lanes + p for p in range(lanes)]
        for i in range(lanes):
            if i & size == 0:
                one, other = rows[i], rows[i + size]
                rows[i], rows[i + size] = _shuffled(b, one, other, upper), _shuffled(b, one, other, lower)
        size //= 2
    for i, row in enumerate(rows):
        _store(b, row, b.place(panel, i * count, entry), entry)


def _shuffled(b: Code, x: Any, y: Any, places: list[int]) -> Any:
    return b.shuffle_vector(x, y, ir.Constant(ir.VectorType(I32, len(places)), places))


def _bytes(entry: Any) -> int:
    return 4 if entry == ir.FloatType() else 8


def _load(b: Code, place: Any, entry: Any, lanes: int) -> Any:
    return b.load(place, typ=ir.VectorType(entry, lanes), align=_bytes(entry))


def _store(b: Code, x: Any, place: Any, entry: Any) -> None:
    b.store(x, place, align=_bytes(entry))
