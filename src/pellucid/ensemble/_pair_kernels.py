"""An instruction for compiled loops that Numba does not come to by itself.

Here: `add_pair`, two whole numbers added to two others at once.
Elsewhere: the loop that lives on it is in _histogram_kernels.py; `fetch`, another one, in pellucid.persistence.
Imports: Numba and llvmlite, which it stands on, and pellucid.persistence; only functions that need compiled code import
this module.
"""

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from pellucid.persistence._prefetch import address

WORD = ir.IntType(64)


def _add_pair(typing: Any, sums: Any, i: Any, words: Any, j: Any) -> Any:
    """sums[i] += words[j] for the pairs of two arrays (*, 2) of int64 in C order; i and j are not checked.

    One load, addition and store of 16 bytes, where Numba writes two of 8: a third of the time of a histogram.
    """
    both = ir.VectorType(WORD, 2)

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        def pair(array: int) -> Any:
            first = builder.shl(given[array + 1], WORD(1))
            place = address(context, builder, signature.args[array], given[array], first)
            return builder.bitcast(place, both.as_pointer())

        def load(place: Any) -> Any:
            out = builder.load(place)
            out.align = 8  # bytes; NumPy promises no more
            return out

        target = pair(0)
        builder.store(builder.add(load(target), load(pair(2))), target).align = 8
        return context.get_dummy_value()

    return types.void(sums, i, words, j), code


add_pair: Any = intrinsic(_add_pair)
