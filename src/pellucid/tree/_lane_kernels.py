"""Loops over rows of whole numbers, all columns at once: each column has a lane of a vector to itself.

Numba does not come to them by itself: it would hold what is gathered for each column in memory, not in the processor.

Here: `copy_rows`, `find_extremes`, `count_left`, `move_rows`; `LANES`, of which the width of a row is a multiple.
Elsewhere: the growth that lives on them is in _row_kernels.py.
Imports: Numba and llvmlite, which it stands on, and pellucid.persistence; only functions that need compiled code import
this module.
"""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from pellucid.persistence._prefetch import address

LANES = 8  # of 4 bytes; of 20 columns in 3 x 8 lanes the extremes took 1.0 ns a row, in 2 x 16 lanes 1.4
AT_ONCE = 4  # vectors of a row that one loop holds
CELL, WORD = ir.IntType(32), ir.IntType(64)
ROW = ir.VectorType(CELL, LANES)
ALIGNED, LOOSE = 4 * LANES, 4  # bytes
NOTHING = WORD(0)


class Rows:
    """What the loops have in common: how to read and write vectors."""

    def __init__(self, context: Any, builder: Any, signature: Any, given: Any) -> None:
        self.context, self.b, self.kinds, self.given = context, builder, signature.args, given

    def place(self, array: int, number: Any) -> Any:
        return address(self.context, self.b, self.kinds[array], self.given[array], number)

    def vectors(self, array: int, first: Any, n: int) -> list[Any]:
        """Addresses of n vectors side by side."""
        start = self.b.bitcast(self.place(array, first), ROW.as_pointer())
        return [self.b.gep(start, [WORD(k)]) for k in range(n)]

    def cell(self, at: Any) -> Any:
        return self.b.inttoptr(at, CELL.as_pointer())

    def at(self, at: Any, lane: Any, n: int) -> list[Any]:
        """Of n vectors side by side, the addresses as numbers."""
        start = self.b.gep(self.cell(at), [lane])
        start = self.b.bitcast(start, ROW.as_pointer())
        return [self.b.gep(start, [WORD(k)]) for k in range(n)]

    def row(self, array: int, i: Any, width: Any) -> Any:
        """Where the row begins that entry i of an array of int32 tells."""
        return self.b.mul(self.b.zext(self.b.load(self.place(array, i)), WORD), width)

    def load(self, array: int, first: Any, n: int, align: int) -> list[Any]:
        out = [self.b.load(place) for place in self.vectors(array, first, n)]
        for vector in out:
            vector.align = align
        return out

    def store(self, array: int, first: Any, vectors: Sequence[Any], align: int) -> None:
        for place, vector in zip(self.vectors(array, first, len(vectors)), vectors, strict=True):
            self.b.store(vector, place).align = align

    def loop(self, n: Any, start: Sequence[Any], step: Callable[..., Sequence[Any]]) -> Sequence[Any]:
        """What `step` makes of the values of `start` in n turns."""
        b, before = self.b, self.b.block
        body, after = b.append_basic_block("rows"), b.append_basic_block("rows.end")
        b.cbranch(b.icmp_signed(">", n, NOTHING), body, after)
        b.position_at_end(body)
        held = [b.phi(value.type) for value in (n, *start)]
        new = [b.sub(held[0], WORD(1)), *step(*held[1:])]
        for phi, first, later in zip(held, (n, *start), new, strict=True):
            phi.add_incoming(first, before)
            phi.add_incoming(later, b.block)
        last = b.block
        b.cbranch(b.icmp_signed(">", new[0], NOTHING), body, after).set_metadata("llvm.loop", self.as_it_is())
        b.position_at_end(after)
        ends = [b.phi(value.type) for value in start]
        for phi, first, later in zip(ends, start, new[1:], strict=True):
            phi.add_incoming(first, before)
            phi.add_incoming(later, last)
        return ends

    def as_it_is(self) -> Any:
        """What keeps LLVM from unrolling a loop: nodes mostly have few rows, and code of several turns takes long to
        compile."""
        module = self.b.module
        told = module.add_metadata([ir.MetaDataString(module, "llvm.loop.unroll.disable")])
        loop = ir.MDValue(module, (told,), name=str(len(module.metadata)))
        loop.operands = (loop, told)  # names itself, and so is of this loop alone
        return loop

    def by_width(self, width: Any, code: Callable[[Any, int], None]) -> None:
        """Call code(lane, n) for the n vectors that begin at a lane, until all of `width` are done."""
        b = self.b
        before, head, after = b.block, b.append_basic_block("lanes"), b.append_basic_block("lanes.end")
        b.branch(head)
        b.position_at_end(head)
        lane = b.phi(WORD)
        lane.add_incoming(NOTHING, before)
        rest = b.sub(width, lane)
        bodies = [b.append_basic_block(f"lanes.{n}") for n in range(1, AT_ONCE + 1)]
        choice = b.switch(rest, bodies[-1])
        for n, body in enumerate(bodies, 1):
            if n < AT_ONCE:
                choice.add_case(WORD(n * LANES), body)
            b.position_at_end(body)
            code(lane, n)
            if n < AT_ONCE:
                b.branch(after)
                continue
            done = b.add(lane, WORD(n * LANES))
            lane.add_incoming(done, b.block)
            b.cbranch(b.icmp_signed("<", done, width), head, after)
        b.position_at_end(after)


def _copy_rows(typing: Any, table: Any, rows: Any, begin: Any, n: Any, width: Any, x: Any) -> Any:
    """x[i width + l] <- table[rows[begin + i], l], i < n, for each lane l < width.   table (N, width) in C order"""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        loops, b = Rows(context, builder, signature, given), builder
        _, _, begin, n, width, _ = given

        def some(lane: Any, k: int) -> None:
            def step(i: Any, to: Any) -> list[Any]:
                own = loops.load(0, b.add(loops.row(1, i, width), lane), k, LOOSE)
                loops.store(5, to, own, ALIGNED)
                return [b.add(i, WORD(1)), b.add(to, width)]

            loops.loop(n, [begin, lane], step)

        loops.by_width(width, some)
        return context.get_dummy_value()

    return types.void(table, rows, begin, n, width, x), code


def _find_extremes(typing: Any, x: Any, first: Any, n: Any, width: Any, low: Any, high: Any) -> Any:
    """low[l], high[l] <- the least and the greatest of x[first + i width + l], i < n, for each lane l < width."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        loops, b = Rows(context, builder, signature, given), builder
        _, first, n, width, _, _ = given

        def some(lane: Any, k: int) -> None:
            def step(at: Any, *held: Any) -> list[Any]:
                own = loops.load(0, at, k, LOOSE)
                least = [b.select(b.icmp_signed("<", x, y), x, y) for x, y in zip(own, held[:k], strict=True)]
                most = [b.select(b.icmp_signed(">", x, y), x, y) for x, y in zip(own, held[k:], strict=True)]
                return [b.add(at, width), *least, *most]

            at = b.add(first, lane)
            start = loops.load(0, at, k, LOOSE)
            _, *ends = loops.loop(b.sub(n, WORD(1)), [b.add(at, width), *start, *start], step)
            loops.store(4, lane, ends[:k], LOOSE)
            loops.store(5, lane, ends[k:], LOOSE)

        loops.by_width(width, some)
        return context.get_dummy_value()

    return types.void(x, first, n, width, low, high), code


def _count_left(typing: Any, x: Any, first: Any, n: Any, width: Any, cell: Any, left: Any, to: Any) -> Any:
    """left[to + l] <- how many of x[first + i width + l], i < n, are not above cell[l], for each lane l < width."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        loops, b = Rows(context, builder, signature, given), builder
        _, first, n, width, _, _, to = given
        whole = ir.Constant(ROW, ir.Undefined)
        for lane in range(LANES):
            whole = b.insert_element(whole, b.trunc(n, CELL), CELL(lane))

        def some(lane: Any, k: int) -> None:
            cells = loops.load(4, lane, k, LOOSE)

            def step(at: Any, *held: Any) -> list[Any]:
                """All rows, less those above."""
                own = loops.load(0, at, k, LOOSE)
                above = [b.sext(b.icmp_signed(">", x, most), ROW) for x, most in zip(own, cells, strict=True)]
                return [b.add(at, width), *(b.add(count, goes) for count, goes in zip(held, above, strict=True))]

            _, *ends = loops.loop(n, [b.add(first, lane), *[whole] * k], step)
            loops.store(5, b.add(to, lane), ends, LOOSE)

        loops.by_width(width, some)
        return context.get_dummy_value()

    return types.void(x, first, n, width, cell, left, to), code


def _move_rows(typing: Any, x: Any, first: Any, n: Any, width: Any, lane: Any, cell: Any, left: Any, right: Any) -> Any:
    """Rows x[first + i width :], i < n, to x[left :] where their cell in `lane` is not above `cell`, others to
    x[right :], order kept.  What is read and what is written lie apart."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        loops, b = Rows(context, builder, signature, given), builder
        _, first, n, width, lane, cell, left, right = given

        def some(part: Any, k: int) -> None:
            size = b.mul(width, WORD(CELL.width // 8))

            def step(at: Any, a: Any, both: Any) -> list[Any]:
                """at: where a row is; a: where the next one on the left goes; both: a and the same for the right."""
                goes = b.icmp_signed("<=", b.load(loops.cell(b.add(at, b.mul(lane, WORD(4))))), cell)
                to = b.select(goes, a, b.sub(both, a))
                for source, goal in zip(loops.at(at, part, k), loops.at(to, part, k), strict=True):
                    own = b.load(source)
                    own.align = ALIGNED
                    b.store(own, goal).align = ALIGNED
                return [b.add(at, size), b.add(a, b.select(goes, size, NOTHING)), b.add(both, size)]

            start, a, c = (b.ptrtoint(loops.place(0, number), WORD) for number in (first, left, right))
            loops.loop(n, [start, a, b.add(a, c)], step)

        loops.by_width(width, some)
        return context.get_dummy_value()

    return types.void(x, first, n, width, lane, cell, left, right), code


copy_rows: Any = intrinsic(_copy_rows)
find_extremes: Any = intrinsic(_find_extremes)
count_left: Any = intrinsic(_count_left)
move_rows: Any = intrinsic(_move_rows)
