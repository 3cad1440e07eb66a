"""Two instructions for compiled loops that Numba does not come to by itself.

Here: `add_pair`, two whole numbers added to two others at once; `fetch`, memory asked for before it is needed.
Elsewhere: the loop that lives on them is in _histogram_kernels.py.
Imports: Numba and llvmlite, which it stands on; only functions that need compiled code import this module.
"""

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

WORD, BYTE, HINT = ir.IntType(64), ir.IntType(8), ir.IntType(32)
TO_READ, KEEP, DATA = HINT(0), HINT(3), HINT(1)  # of llvm.prefetch: not to write; into every cache; not code


def _place(context: Any, builder: Any, kind: Any, array: Any, number: Any) -> Any:
    """The address of entry `number` of an array in C order, counted through all its axes."""
    return builder.gep(context.make_array(kind)(context, builder, array).data, [number])


def _add_pair(typing: Any, sums: Any, i: Any, words: Any, j: Any) -> Any:
    """sums[i] += words[j] for the pairs of two arrays (*, 2) of int64 in C order; i and j are not checked.

    One load, addition and store of 16 bytes, where Numba writes two of 8: a third of the time of a histogram.
    """
    both = ir.VectorType(WORD, 2)

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        def pair(array: int) -> Any:
            first = builder.shl(given[array + 1], WORD(1))
            place = _place(context, builder, signature.args[array], given[array], first)
            return builder.bitcast(place, both.as_pointer())

        def load(place: Any) -> Any:
            out = builder.load(place)
            out.align = 8  # bytes; NumPy promises no more
            return out

        target = pair(0)
        builder.store(builder.add(load(target), load(pair(2))), target).align = 8
        return context.get_dummy_value()

    return types.void(sums, i, words, j), code


def _fetch(typing: Any, array: Any, number: Any) -> Any:
    """Ask for the memory of entry `number` of an array in C order, to have it at hand some hundred cycles later."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        byte = BYTE.as_pointer()
        place = builder.bitcast(_place(context, builder, signature.args[0], *given), byte)
        ask = builder.module.declare_intrinsic(
            "llvm.prefetch", (byte,), ir.FunctionType(ir.VoidType(), [byte, HINT, HINT, HINT])
        )
        builder.call(ask, [place, TO_READ, KEEP, DATA])
        return context.get_dummy_value()

    return types.void(array, number), code


add_pair: Any = intrinsic(_add_pair)
fetch: Any = intrinsic(_fetch)
