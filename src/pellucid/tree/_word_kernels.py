"""The order of a few words of 16 bits, by counting for each how many are above it.

Numba does not come to this loop by itself: it would hold the counts in memory, not in the processor.

Here: `count_above`; `WORDS`, of which the room for words is a multiple.
Elsewhere: what the words are is told in _tally_kernels.py.
Imports: Numba and llvmlite, which it stands on, and pellucid.persistence; only functions that need compiled code import
this module.
"""

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from pellucid.persistence._prefetch import address

WORDS = 32  # of 2 bytes, a vector of 64
CELL, WORD = ir.IntType(16), ir.IntType(64)
VECTOR = ir.VectorType(CELL, WORDS)
NOTHING = WORD(0)
LOOSE = 2  # bytes


def _count_above(typing: Any, word: Any, n: Any, count: Any) -> Any:
    """count[i] <- how many of word[:n] are greater than word[i], i < n, both uint16; what stands behind n, up to a
    multiple of WORDS, is read and written."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        b, (_, n, _) = builder, given

        def place(array: int, number: Any, kind: Any) -> Any:
            return b.bitcast(address(context, b, signature.args[array], given[array], number), kind.as_pointer())

        before, some, each = b.block, b.append_basic_block("some"), b.append_basic_block("each")
        stored, after = b.append_basic_block("stored"), b.append_basic_block("after")
        b.cbranch(b.icmp_signed(">", n, NOTHING), some, after)
        b.position_at_end(some)
        first = b.phi(WORD)
        first.add_incoming(NOTHING, before)
        own = b.load(place(0, first, VECTOR))
        own.align = LOOSE
        b.branch(each)
        b.position_at_end(each)
        i, above = b.phi(WORD), b.phi(VECTOR)
        one = b.insert_element(ir.Constant(VECTOR, ir.Undefined), b.load(place(0, i, CELL)), NOTHING)
        all_lanes = ir.Constant(ir.VectorType(ir.IntType(32), WORDS), [0] * WORDS)
        spread = b.shuffle_vector(one, ir.Constant(VECTOR, ir.Undefined), all_lanes)
        more = b.sub(above, b.sext(b.icmp_unsigned(">", spread, own), VECTOR))
        later = b.add(i, WORD(1))
        for value, start, end in ((i, NOTHING, later), (above, ir.Constant(VECTOR, [0] * WORDS), more)):
            value.add_incoming(start, some)
            value.add_incoming(end, each)
        b.cbranch(b.icmp_signed("<", later, n), each, stored)
        b.position_at_end(stored)
        b.store(more, place(2, first, VECTOR)).align = LOOSE
        following = b.add(first, WORD(WORDS))
        first.add_incoming(following, stored)
        b.cbranch(b.icmp_signed("<", following, n), some, after)
        b.position_at_end(after)
        return context.get_dummy_value()

    return types.void(word, n, count), code


count_above: Any = intrinsic(_count_above)
