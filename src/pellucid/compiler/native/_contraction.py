"""Contractions as machine code: tiles of the result that stay in registers while their sums are formed.

Here: `emit_contraction`.
Elsewhere: which axes are rows, sums and columns is decided in _contraction_plan.py.
Imports: llvmlite, numpy, pellucid.compiler.native.

A tile is a few rows times a few vectors of columns.  One step of the sum loads the vectors of b once and multiplies
them with one entry of a for each row.  Where columns are no neighbours but terms are (x W^T), a tile sums vectors of
terms, and adds up each vector at its end.
"""

from itertools import groupby
from typing import Any, final

import llvmlite.ir as ir

from pellucid.compiler.native._horizontal import added_up
from pellucid.compiler.native._kernels import Contraction
from pellucid.compiler.native._machine import I64, POINTER, Code, function, type_for, vector_bytes

Axes = list[tuple[int, int, int, int]]
UNROLLED = 2  # steps of the innermost sum written out
NEAR_BYTES = 128 << 10  # of what is read again for every tile of rows, or for every panel of columns
OWN_BYTES = 512 << 10  # of b: what each thread may read whole, again and again, from its own cache


def emit_contraction(module: Any, name: str, kernel: Contraction) -> None:
    """A function (thread, threads, a, b, out) that fills this thread's share of out."""
    entry = type_for(kernel.out.dtype)
    made, b = function(module, name, [I64, I64, POINTER, POINTER, POINTER])
    thread, threads, pa, pb, po = made.args
    pa, pb, po = (b.place(p, s.offset, entry) for p, s in ((pa, kernel.a), (pb, kernel.b), (po, kernel.out)))
    rows, sums = merged(list(kernel.rows)), merged(list(kernel.sums))
    if rows[-1][2]:  # a batch of single rows: each has a b of its own, so no tile may hold two of them
        rows.append((1, 0, 0, 0))
    alone = len(sums) == 1 and sums[0][1] == sums[0][2] == 1
    dots = alone and (kernel.column[2] != 1 or kernel.column[0] == 1)
    tiles = _Tiles(module, name, kernel, entry, sums, dots, accumulate=bool(kernel.passes))
    share = _Share(b, thread, threads)
    passes = merged(list(kernel.passes)) if kernel.passes else []
    _nest(b, passes, (pa, pb, po), entry, lambda at: _rows(b, rows, at, entry, tiles, share))
    b.ret_void()


def merged(axes: Axes) -> Axes:
    """Axes that continue each other in both operands and the result as one; those of length 1 are left out."""
    out: Axes = []
    for n, a, b, c in axes:
        if n == 1 and len(axes) > 1:
            continue
        if out and out[-1][1:] == (n * a, n * b, n * c):
            m, *_ = out.pop()
            out.append((m * n, a, b, c))
        else:
            out.append((n, a, b, c))
    return out or [(1, 0, 0, 0)]


def _terms(sums: Axes) -> int:
    total = 1
    for n, *_ in sums:
        total *= n
    return total


def _nest(b: Code, axes: Axes, at: Any, entry: Any, body: Any) -> None:
    """Loops over the axes, the three pointers moved along."""
    if not axes:
        body(at)
        return
    n, *steps = axes[0]

    def inside(i: Any) -> None:
        moved = tuple(b.place(p, b.mul(i, I64(s)), entry) if s else p for p, s in zip(at, steps, strict=True))
        _nest(b, axes[1:], moved, entry, body)

    b.loop(n, inside)


@final
class _Share:
    """The part of a range that this thread does."""

    def __init__(self, b: Code, thread: Any, threads: Any) -> None:
        self.b, self.thread, self.threads = b, thread, threads

    def loop(self, n: int, body: Any) -> None:
        """body(i) for this thread's part of range(n)."""
        first = self.b.sdiv(self.b.mul(self.thread, I64(n)), self.threads)
        last = self.b.sdiv(self.b.mul(self.b.add(self.thread, I64(1)), I64(n)), self.threads)
        with self.b.if_then(self.b.icmp_signed("<", first, last)):
            self.b.loop(last, body, first)


SHARED = 8  # an outer axis of rows this long is shared out among threads; else the tiles of the innermost are


def _rows(b: Code, rows: Axes, at: Any, entry: Any, tiles: "_Tiles", share: _Share) -> None:
    """Tiles of the innermost axis of rows within loops over the others, this thread's part."""
    *before, (n, in_a, _, in_out) = rows
    sizes = tiles.heights(n)
    outside = bool(before) and before[0][0] >= SHARED

    def tile(at: Any, height: int, row: Any, panel: int) -> None:
        moved = (
            b.place(at[0], b.mul(row, I64(in_a)), entry),
            at[1],
            b.place(at[2], b.mul(row, I64(in_out)), entry),
        )
        for p in range(len(tiles.panels)) if panel < 0 else (panel,):
            tiles.call(b, height, p, moved)

    def alike(at: Any, panel: int, first: int, height: int, count: int) -> None:
        def one(i: Any) -> None:
            tile(at, height, b.add(b.mul(i, I64(height)), I64(first)), panel)

        (b.loop if outside else share.loop)(count, one)

    def strip(at: Any, panel: int) -> None:
        for run in runs(sizes):
            alike(at, panel, *run)

    def nest(body: Any) -> None:
        if not outside:
            _nest(b, before, at, entry, body)
            return
        length, *steps = before[0]

        def inside(i: Any) -> None:
            moved = tuple(b.place(p, b.mul(i, I64(s)), entry) if s else p for p, s in zip(at, steps, strict=True))
            _nest(b, before[1:], moved, entry, body)

        share.loop(length, inside)

    if tiles.dots and not outside and len(tiles.alike) > 1 and not tiles.tall(n):
        nest(lambda at: _by_columns(b, sizes, tiles, share, tile, at))
        for panel in range(len(tiles.alike), len(tiles.panels)):
            nest(lambda at, panel=panel: strip(at, panel))
    elif tiles.near or tiles.dots:
        nest(lambda at: strip(at, -1))
    else:
        for panel in range(len(tiles.panels)):
            nest(lambda at, panel=panel: strip(at, panel))


def _by_columns(b: Code, sizes: list[int], tiles: "_Tiles", share: _Share, tile: Any, at: Any) -> None:
    """All rows of the panels that are this thread's part: so many rows at a time as stay in the cache.

    In x W^T the columns are rows of W, as they are in its gradient and its update: so a thread reads, sums and renews
    the same part of W, which stays in its own cache.
    """
    _, _, in_b, in_out = tiles.kernel.column
    across = tiles.panels[0][1]
    deep = max(1, NEAR_BYTES // (sizes[0] * _terms(tiles.sums) * tiles.kernel.out.dtype.itemsize))

    def block(height: int, first: Any, count: int) -> None:
        def panel(i: Any) -> None:
            column = b.mul(i, I64(across))
            moved = (
                at[0],
                b.place(at[1], b.mul(column, I64(in_b)), tiles.entry),
                b.place(at[2], b.mul(column, I64(in_out)), tiles.entry),
            )
            b.loop(count, lambda j: tile(moved, height, b.add(b.mul(j, I64(height)), first), 0))

        share.loop(len(tiles.alike), panel)

    def blocks(first: int, height: int, count: int) -> None:
        full, rest = divmod(count, deep)
        rows = deep * height
        if full:
            b.loop(full, lambda i: block(height, b.add(b.mul(i, I64(rows)), I64(first)), deep))
        if rest:
            block(height, I64(first + full * rows), rest)

    for run in runs(sizes):
        blocks(*run)


def runs(sizes: list[int]) -> list[tuple[int, int, int]]:
    """(first row, height, number) of tiles of the same height, one after the other.

    >>> runs([6, 6, 5])
    [(0, 6, 2), (12, 5, 1)]
    """
    out, first = [], 0
    for height, alike in groupby(sizes):
        count = len(list(alike))
        out.append((first, height, count))
        first += height * count
    return out


@final
class _Tiles:
    """The functions that compute one tile, each made when it is first called."""

    def __init__(
        self, module: Any, name: str, kernel: Contraction, entry: Any, sums: Axes, dots: bool, accumulate: bool
    ) -> None:
        self.module, self.name, self.kernel, self.entry = module, name, kernel, entry
        self.sums, self.dots, self.accumulate = sums, dots, accumulate
        size = kernel.out.dtype.itemsize
        self.lanes = vector_bytes() // size
        wide = vector_bytes() == 64
        n = kernel.column[0]
        if dots:
            self.most, across = (6, 4) if wide else (3, 3)
            self.panels: list[tuple[int, int, list[int]]] = [(p, min(across, n - p), []) for p in range(0, n, across)]
        else:
            across = self.lanes * (4 if wide else 2)
            self.panels = [
                (p, min(across, n - p), _widths(min(across, n - p), self.lanes)) for p in range(0, n, across)
            ]
            self.most = max(1, min(12, (24 if wide else 12) // max(1, len(self.panels[0][2]))))
        self.alike = [p for p in self.panels if p[1:] == self.panels[0][1:]]
        self.near = _terms(sums) * n * size <= NEAR_BYTES
        self._made: dict[tuple[int, Any], Any] = {}

    def tall(self, n: int) -> bool:
        """Whether n rows of a are so much more than b that threads had better share out the rows, and all read b."""
        columns, size = self.kernel.column[0], self.kernel.out.dtype.itemsize
        return n >= 2 * columns and _terms(self.sums) * columns * size <= OWN_BYTES

    def heights(self, n: int) -> list[int]:
        """n rows as tiles of nearly equal heights."""
        k = -(-n // self.most)
        if n > 8 * self.most:
            full, rest = divmod(n, self.most)
            if 0 < rest < self.most // 2:  # two middling tiles rather than one that leaves registers unused
                full, rest = full - 1, rest + self.most
                return [self.most] * full + [rest - rest // 2, rest // 2]
            return [self.most] * full + ([rest] if rest else [])
        return sorted(n // k + (i < n % k) for i in range(k))[::-1]

    def call(self, b: Code, height: int, panel: int, at: Any) -> None:
        first, count, widths = self.panels[panel]
        _, _, in_b, in_out = self.kernel.column
        key = height, (count, tuple(widths))
        if key not in self._made:
            self._made[key] = self._dot_tile(height, count) if self.dots else self._tile(height, widths)
        moved = at[0], b.place(at[1], first * in_b, self.entry), b.place(at[2], first * in_out, self.entry)
        b.call(self._made[key], moved)

    def _begin(self, height: int, what: str) -> tuple[Any, Code]:
        made, b = function(self.module, f"{self.name}_tile{len(self._made)}_{height}_{what}", [POINTER] * 3)
        made.linkage = "internal"
        made.attributes.add("noinline")
        return made, b

    def _tile(self, height: int, widths: list[int]) -> Any:
        made, b = self._begin(height, "_".join(map(str, widths)))
        pa, pb, po = made.args
        entry, row_a, row_out = self.entry, self.kernel.rows, self.kernel.rows
        step_a, step_out = _innermost(row_a)[1], _innermost(row_out)[3]
        kinds = [ir.VectorType(entry, w) if w > 1 else entry for w in widths]
        offsets = [sum(widths[:j]) for j in range(len(widths))]
        size = self.kernel.out.dtype.itemsize
        places = [[b.place(po, m * step_out + o, entry) for o in offsets] for m in range(height)]

        def start(m: int, j: int) -> Any:
            return (
                b.load(places[m][j], typ=kinds[j], align=size)
                if self.accumulate
                else ir.Constant(kinds[j], _zeros(widths[j]))
            )

        def step(a: Any, bb: Any, sums: list[Any]) -> list[Any]:
            vectors = [
                b.load(b.place(bb, o, entry), typ=kind, align=size) for o, kind in zip(offsets, kinds, strict=True)
            ]
            new = []
            for m in range(height):
                one = b.load(b.place(a, m * step_a, entry), typ=entry)
                for j, v in enumerate(vectors):
                    new.append(_fma(b, _splat(b, one, widths[j]), v, sums[m * len(widths) + j]))
            return new

        found = [start(m, j) for m in range(height) for j in range(len(widths))]
        found = _sum(b, self.sums, pa, pb, entry, found, step)
        for m in range(height):
            for j in range(len(widths)):
                b.store(found[m * len(widths) + j], places[m][j], align=size)
        b.ret_void()
        return made

    def _dot_tile(self, height: int, across: int) -> Any:
        made, b = self._begin(height, f"dots{across}")
        pa, pb, po = made.args
        entry, size, lanes = self.entry, self.kernel.out.dtype.itemsize, self.lanes
        step_a, step_out = _innermost(self.kernel.rows)[1], _innermost(self.kernel.rows)[3]
        _, _, step_b, next_out = self.kernel.column
        n = self.sums[-1][0]
        vector = ir.VectorType(entry, lanes)

        def products(a: Any, bb: Any, width: int, sums: list[Any]) -> list[Any]:
            kind = ir.VectorType(entry, width) if width > 1 else entry
            left = [b.load(b.place(a, m * step_a, entry), typ=kind, align=size) for m in range(height)]
            right = [b.load(b.place(bb, j * step_b, entry), typ=kind, align=size) for j in range(across)]
            return [_fma(b, left[m], right[j], sums[m * across + j]) for m in range(height) for j in range(across)]

        totals = [ir.Constant(vector, _zeros(lanes))] * (height * across)
        full, rest = divmod(n, lanes)
        if full:
            totals = _sum(
                b, [(full, lanes, lanes, 0)], pa, pb, entry, totals, lambda a, bb, s: products(a, bb, lanes, s)
            )
        found = added_up(b, totals)
        at = full * lanes
        for width in _widths(rest, lanes):
            zero = [ir.Constant(ir.VectorType(entry, width) if width > 1 else entry, _zeros(width))] * len(found)
            part = added_up(b, products(b.place(pa, at, entry), b.place(pb, at, entry), width, zero))
            found = [b.fadd(t, p) for t, p in zip(found, part, strict=True)]
            at += width
        for m in range(height):
            for j in range(across):
                place = b.place(po, m * step_out + j * next_out, entry)
                value = found[m * across + j]
                b.store(b.fadd(value, b.load(place, typ=entry)) if self.accumulate else value, place)
        b.ret_void()
        return made


def _innermost(rows: Any) -> tuple[int, int, int, int]:
    return merged(list(rows))[-1]


def _sum(b: Code, sums: Axes, pa: Any, pb: Any, entry: Any, found: list[Any], step: Any) -> list[Any]:
    """Loops over the axes of a sum that carry the partial sums in registers."""
    if not sums:
        return step(pa, pb, found)
    (n, in_a, in_b, _), inner = sums[0], sums[1:]
    if n == 1:
        return _sum(b, inner, pa, pb, entry, found, step)
    times = next(u for u in (UNROLLED, 1) if n % u == 0) if not inner else 1
    before, head = b.basic_block, b.append_basic_block("sum")
    b.branch(head)
    b.position_at_end(head)
    i, a, bb = b.phi(I64), b.phi(POINTER), b.phi(POINTER)
    carried = [b.phi(x.type) for x in found]
    for phi, x in zip((i, a, bb, *carried), (I64(0), pa, pb, *found), strict=True):
        phi.add_incoming(x, before)
    new: list[Any] = list(carried)
    for u in range(times):
        new = _sum(b, inner, b.place(a, u * in_a, entry), b.place(bb, u * in_b, entry), entry, new, step)
    following, last = b.add(i, I64(1)), b.basic_block
    moved = b.place(a, times * in_a, entry), b.place(bb, times * in_b, entry)
    for phi, x in zip((i, a, bb, *carried), (following, *moved, *new), strict=True):
        phi.add_incoming(x, last)
    end = b.append_basic_block("summed")
    b.cbranch(b.icmp_signed("<", following, I64(n // times)), head, end)
    b.position_at_end(end)
    return new


def _widths(n: int, lanes: int) -> list[int]:
    """n columns as vectors: full ones, then halves, quarters ... of what is left."""
    out = [lanes] * (n // lanes)
    rest, width = n % lanes, lanes // 2
    while rest:
        if rest >= width:
            out.append(width)
            rest -= width
        width //= 2
    return out


def _zeros(width: int) -> Any:
    return [0.0] * width if width > 1 else 0.0


def _splat(b: Code, x: Any, width: int) -> Any:
    if width == 1:
        return x
    vector = ir.VectorType(x.type, width)
    one = b.insert_element(ir.Constant(vector, ir.Undefined), x, ir.Constant(ir.IntType(32), 0))
    return b.shuffle_vector(
        one, ir.Constant(vector, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)
    )


def _suffix(kind: Any) -> str:
    scalar = "f32" if (kind.element if isinstance(kind, ir.VectorType) else kind) == ir.FloatType() else "f64"
    return f"v{kind.count}{scalar}" if isinstance(kind, ir.VectorType) else scalar


def _fma(b: Code, x: Any, y: Any, z: Any) -> Any:
    # one instruction where there is such; llvm.fma would call the C library elsewhere, entry by entry
    return b.intrinsic(f"llvm.fmuladd.{_suffix(x.type)}", x.type, x, y, z)
