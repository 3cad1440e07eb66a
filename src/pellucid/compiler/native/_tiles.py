"""Tiles of a contraction: functions that compute some rows times some columns, their sums kept in registers.

Here: `Tiles` of a contraction; `copies_panels`, whether they copy its right factor first; `merged`, its axes as few as
may be.
Elsewhere: which thread computes which tile, and in which order, stands in _contraction.py.
Imports: llvmlite, pellucid.compiler.native.

One step of the sum loads the vectors of b once and multiplies them with one entry of a for each row.  Where columns are
no neighbours but terms are (x W^T), and the panel is not copied, a tile sums vectors of terms, and adds up each vector
at its end.
"""

import math
from typing import Any, final

import llvmlite.ir as ir

from pellucid.compiler.native._horizontal import added_up
from pellucid.compiler.native._kernels import Contraction, Load, Loops, Store
from pellucid.compiler.native._loops import buffers_of, emit_loops
from pellucid.compiler.native._machine import I64, POINTER, Code, function, vector_bytes
from pellucid.compiler.native._storage import Storage, rows_first

Axes = list[tuple[int, int, int, int]]
UNROLLED = 2  # steps of the innermost sum written out
NEAR_BYTES = 128 << 10  # of b: below, all its panels are read for a tile of rows before the next tile
PANEL_BYTES = 256 << 10  # of a copied panel: it lies on the stack, and stays in a second-level cache
ROWS_TO_COPY = 32  # of a, in what one thread does at once: for fewer, a copy costs more than it saves
OWN_BYTES = 512 << 10  # of b: what each thread may read whole, again and again, from its own cache


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
    return math.prod(n for n, *_ in sums)


def _across(size: int) -> int:
    """Columns of a panel, of entries of so many bytes."""
    return vector_bytes() // size * (4 if vector_bytes() == 64 else 2)


def copies_panels(kernel: Contraction) -> bool:
    """Whether each panel of b is copied before tiles read it: where they would find it scattered, and often enough."""
    rows, sums, size = merged(list(kernel.rows)), merged(list(kernel.sums)), kernel.out.dtype.itemsize
    n, _, apart, _ = kernel.column
    across = _across(size)
    return (
        n * size >= 2 * vector_bytes()
        and _terms(sums) * across * size <= PANEL_BYTES
        and not any(step for _, _, step, _ in rows)
        and math.prod(length for length, *_ in (rows[1:] or rows)) >= ROWS_TO_COPY
        and not (apart == 1 and sums[-1][2] <= 2 * across)  # two panels a row: the cache copes with them
    )


@final
class Tiles:
    """The functions that compute one tile, each made when it is first called."""

    def __init__(self, module: Any, name: str, kernel: Contraction, entry: Any) -> None:
        self.module, self.name, self.kernel, self.entry = module, name, kernel, entry
        self.sums, self.accumulate = merged(list(kernel.sums)), bool(kernel.passes)
        size = kernel.out.dtype.itemsize
        self.lanes = vector_bytes() // size
        wide = vector_bytes() == 64
        n, _, apart, _ = kernel.column
        across = _across(size)
        self.packed = copies_panels(kernel)
        alone = len(self.sums) == 1 and self.sums[0][1] == self.sums[0][2] == 1
        self.dots = alone and (apart != 1 or n == 1) and not self.packed
        if self.dots:
            self.most, across = (6, 4) if wide else (3, 3)
            self.panels: list[tuple[int, int, list[int]]] = [(p, min(across, n - p), []) for p in range(0, n, across)]
        else:
            self.panels = [
                (p, min(across, n - p), _widths(min(across, n - p), self.lanes)) for p in range(0, n, across)
            ]
            self.most = max(1, min(12, (24 if wide else 12) // max(1, len(self.panels[0][2]))))
        self.alike = [p for p in self.panels if p[1:] == self.panels[0][1:]]
        self.near = _terms(self.sums) * n * size <= NEAR_BYTES
        self._made: dict[tuple[int, Any], Any] = {}
        self._copies: dict[int, Any] = {}  # functions that copy a panel, by its columns
        self._room: Any = None  # for a panel that is copied

    def tall(self, n: int) -> bool:
        """Whether n rows of a are so much more than b that threads had better share out the rows, and all read b."""
        columns, size = self.kernel.column[0], self.kernel.out.dtype.itemsize
        return n >= 2 * columns and _terms(self.sums) * columns * size <= OWN_BYTES

    def of_weights(self, n: int) -> bool:
        """Whether it is like a gradient of weights with n rows: the terms of its sums are rows of both factors.

        Threads then had better share out the n rows, for these are what each of them renews, and all copy all of b.
        """
        _, step, *_ = _innermost(self.kernel.rows)
        columns, size = self.kernel.column[0], self.kernel.out.dtype.itemsize
        near = _terms(self.sums) * columns * size <= OWN_BYTES
        return step == 1 and self.kernel.column[2] == 1 and near and n >= 2 * ROWS_TO_COPY

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

    def beside(self, b: Code, i: Any, at: Any) -> Any:
        """The three pointers, i panels on."""
        column, (_, _, in_b, in_out) = b.mul(i, I64(self.panels[0][1])), self.kernel.column
        move = [b.place(p, b.mul(column, I64(s)), self.entry) for p, s in zip(at[1:], (in_b, in_out), strict=True)]
        return at[0], *move

    def given(self, b: Code, panel: int, at: Any) -> Any:
        """The three pointers; where panels are copied, that of b to a copy which is made now."""
        if not self.packed:
            return at
        first, count, _ = self.panels[panel]
        if self._room is None:
            with b.goto_entry_block():
                self._room = b.alloca(self.entry, _terms(self.sums) * self.panels[0][1])
                self._room.align = vector_bytes()
        if count not in self._copies:
            self._copies[count] = self._copy(count)
        source = b.place(at[1], first * self.kernel.column[2], self.entry)
        nothing = ir.Constant(POINTER, None)  # in place of numbers
        b.call(self._copies[count], [I64(0), I64(1), nothing, self._room, source])
        return at[0], self._room, at[2]

    def _copy(self, count: int) -> Any:
        """A function that puts what one step of the sum reads of so many columns side by side."""
        name, dtype = f"{self.name}_panel{count}", self.kernel.out.dtype
        shape = (*(n for n, *_ in self.sums), count)
        b = Storage(0, shape, (*(step for _, _, step, _ in self.sums), self.kernel.column[2]), dtype)
        loops = Loops(shape, tuple(range(len(shape))))
        loops.stores.append(Store(Storage(1, shape, rows_first(shape), dtype), Load(b), dtype))
        assert buffers_of(loops, {}) == [1, 0]
        emit_loops(self.module, name, loops, {}, worth=b.size + 1)
        made = self.module.globals[name]
        made.linkage = "internal"
        made.attributes.add("noinline")
        return made

    def call(self, b: Code, height: int, panel: int, at: Any) -> None:
        """Compute a tile of so many rows; `at` points to its first row of a, to b, and to its first row of out."""
        first, count, widths = self.panels[panel]
        _, _, in_b, in_out = self.kernel.column
        key = height, (count, tuple(widths))
        if key not in self._made:
            self._made[key] = self._dot_tile(height, count) if self.dots else self._tile(height, widths)
        right = at[1] if self.packed else b.place(at[1], first * in_b, self.entry)
        b.call(self._made[key], (at[0], right, b.place(at[2], first * in_out, self.entry)))

    def _steps(self, across: int) -> Axes:
        """The axes of a tile's sum; in a panel that is copied, one term follows the other."""
        if not self.packed:
            return self.sums
        out: Axes = []
        for n, in_a, _, _ in reversed(self.sums):
            out.insert(0, (n, in_a, across, 0))
            across *= n
        return merged(out)

    def _begin(self, height: int, what: str) -> tuple[Any, Code]:
        made, b = function(self.module, f"{self.name}_tile{len(self._made)}_{height}_{what}", [POINTER] * 3)
        made.linkage = "internal"
        made.attributes.add("noinline")
        return made, b

    def _tile(self, height: int, widths: list[int]) -> Any:
        made, b = self._begin(height, "_".join(map(str, widths)))
        pa, pb, po = made.args
        entry, (_, step_a, _, step_out) = self.entry, _innermost(self.kernel.rows)
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
        found = _sum(b, self._steps(sum(widths)), pa, pb, entry, found, step)
        for m in range(height):
            for j in range(len(widths)):
                b.store(found[m * len(widths) + j], places[m][j], align=size)
        b.ret_void()
        return made

    def _dot_tile(self, height: int, across: int) -> Any:
        made, b = self._begin(height, f"dots{across}")
        pa, pb, po = made.args
        entry, size, lanes = self.entry, self.kernel.out.dtype.itemsize, self.lanes
        _, step_a, _, step_out = _innermost(self.kernel.rows)
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
