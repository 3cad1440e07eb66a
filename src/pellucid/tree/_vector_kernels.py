"""What is found in a list of cells, a vector at a time.

Numba does not come to these loops by itself: of fewer rows than a vector has lanes it looks at each alone, and what a
comparison says of a cell takes 64 bits there.

Here: `extremes`; for bytes `extremes_among`, `bits_up_to`, which says in one bit each whether they are up to another,
and `count_bits`.
`BITS`: so many cells may be read behind the last one of a list.
Elsewhere: loops that need no help are in _cell_kernels.py.
Imports: Numba and llvmlite, which it stands on, and pellucid.persistence; only functions that need compiled code import
this module.
"""

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from pellucid.persistence._prefetch import address

BITS = 64
BYTES = 64  # of a vector
WORD = ir.IntType(64)
BLOCK = ir.VectorType(ir.IntType(8), BITS)
PAIR: Any = types.UniTuple
NOTHING = WORD(0)


def _cells(context: Any, b: Any, kind: Any, x: Any, first: Any) -> Any:
    """As many cells from x[first] on as a vector has lanes."""
    size = kind.dtype.bitwidth // 8
    lanes = ir.VectorType(ir.IntType(8 * size), BYTES // size)
    own = b.load(b.bitcast(address(context, b, kind, x, first), lanes.as_pointer()))
    own.align = size
    return own


def _in_all(b: Any, value: Any) -> Any:
    """The same in each lane."""
    kind = ir.VectorType(value.type, 8 * BYTES // value.type.width)
    one = b.insert_element(ir.Constant(kind, ir.Undefined), value, NOTHING)
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), [0] * kind.count)
    return b.shuffle_vector(one, ir.Constant(kind, ir.Undefined), lanes)


def _extremes(typing: Any, x: Any, n: Any) -> Any:
    """The lowest and the highest of x[:n], n > 0, in the type that x has."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        b, (x, n), kind = builder, given, signature.args[0]
        first = _in_all(b, b.load(address(context, b, kind, x, NOTHING)))
        vector, lanes = first.type, first.type.count
        compare = b.icmp_signed if kind.dtype.signed else b.icmp_unsigned

        def taken(own: Any) -> tuple[Any, Any]:
            return b.select(compare("<", own, low), own, low), b.select(compare(">", own, high), own, high)

        before, head, body, after = b.block, *(b.append_basic_block(name) for name in ("cells", "all", "rest"))
        b.branch(head)
        b.position_at_end(head)
        i, low, high = b.phi(WORD), b.phi(vector), b.phi(vector)
        rest = b.sub(n, i)
        b.cbranch(b.icmp_signed(">=", rest, WORD(lanes)), body, after)
        b.position_at_end(body)
        lower, higher = taken(_cells(context, b, kind, x, i))
        for value, start, end in ((i, NOTHING, b.add(i, WORD(lanes))), (low, first, lower), (high, first, higher)):
            value.add_incoming(start, before)
            value.add_incoming(end, body)
        b.branch(head)
        b.position_at_end(after)
        place = ir.Constant(vector, list(range(lanes)))
        is_there = b.icmp_unsigned("<", place, _in_all(b, b.trunc(rest, vector.element)))
        ends = taken(b.select(is_there, _cells(context, b, kind, x, i), first))
        found = _reduced(b, "s" if kind.dtype.signed else "u", *ends)
        return context.make_tuple(b, signature.return_type, found)

    return PAIR(x.dtype, 2)(x, n), code


def _extremes_among(typing: Any, x: Any, first: Any, mask: Any, m: Any) -> Any:
    """The lowest and the highest of the bytes that m > 0 blocks of x begin at and have a bit for."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        b, (x, first, mask, m) = builder, given
        of_x, of_first, of_mask, _ = signature.args
        least, most = (ir.Constant(BLOCK, [number] * BITS) for number in (0, 255))
        before, body, after = b.block, b.append_basic_block("blocks"), b.append_basic_block("blocks.end")
        b.branch(body)
        b.position_at_end(body)
        p, low, high = b.phi(WORD), b.phi(BLOCK), b.phi(BLOCK)
        own = _cells(context, b, of_x, x, b.load(address(context, b, of_first, first, p)))
        known = b.bitcast(b.load(address(context, b, of_mask, mask, p)), ir.VectorType(ir.IntType(1), BITS))
        lowest, highest = b.select(known, own, most), b.select(known, own, least)
        lower = b.select(b.icmp_unsigned("<", lowest, low), lowest, low)
        higher = b.select(b.icmp_unsigned(">", highest, high), highest, high)
        later = b.add(p, WORD(1))
        for value, start, end in ((p, NOTHING, later), (low, most, lower), (high, least, higher)):
            value.add_incoming(start, before)
            value.add_incoming(end, body)
        b.cbranch(b.icmp_signed("<", later, m), body, after)
        b.position_at_end(after)
        found = _reduced(b, "u", lower, higher)
        return context.make_tuple(b, signature.return_type, [b.zext(end, WORD) for end in found])

    return PAIR(types.int64, 2)(x, first, mask, m), code


def _reduced(b: Any, sign: str, low: Any, high: Any) -> list[Any]:
    """The least lane of one vector, and the greatest of another."""
    found = []
    for name, lanes in (("min", low), ("max", high)):
        one = lanes.type.element
        told = f"llvm.vector.reduce.{sign}{name}.v{lanes.type.count}i{one.width}"
        found.append(b.call(b.module.declare_intrinsic(told, fnty=ir.FunctionType(one, [lanes.type])), [lanes]))
    return found


def _bits_up_to(typing: Any, x: Any, first: Any, cell: Any) -> Any:
    """Bit i is whether x[first + i] <= cell, i < BITS, all uint8."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        own = _cells(context, builder, signature.args[0], *given[:2])
        return builder.bitcast(builder.icmp_unsigned("<=", own, _in_all(builder, given[2])), WORD)

    return types.uint64(x, first, cell), code


def _count_bits(typing: Any, word: Any) -> Any:
    """How many bits of a word are 1."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.ctpop(given[0])

    return types.int64(word), code


extremes: Any = intrinsic(_extremes)
extremes_among: Any = intrinsic(_extremes_among)
bits_up_to: Any = intrinsic(_bits_up_to)
count_bits: Any = intrinsic(_count_bits)
