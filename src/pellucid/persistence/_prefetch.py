"""Memory asked for before it is needed, from compiled loops that read rows in no order.

Here: `fetch`; `address`, for instructions of one's own.
Elsewhere: how loops are compiled is in _machine_code.py.
Imports: Numba and llvmlite, which it stands on; only functions that need compiled code import this module.
"""

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

BYTE, HINT = ir.IntType(8), ir.IntType(32)
TO_READ, KEEP, DATA = HINT(0), HINT(3), HINT(1)  # of llvm.prefetch: not to write; into every cache; not code


def address(context: Any, builder: Any, kind: Any, array: Any, number: Any) -> Any:
    """The address of entry `number` of an array in C order, counted through all its axes."""
    return builder.gep(context.make_array(kind)(context, builder, array).data, [number])


def _fetch(typing: Any, array: Any, number: Any) -> Any:
    """Ask for the memory of entry `number` of an array in C order, to have it at hand some hundred cycles later."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        byte = BYTE.as_pointer()
        place = builder.bitcast(address(context, builder, signature.args[0], *given), byte)
        ask = builder.module.declare_intrinsic(
            "llvm.prefetch", (byte,), ir.FunctionType(ir.VoidType(), [byte, HINT, HINT, HINT])
        )
        builder.call(ask, [place, TO_READ, KEEP, DATA])
        return context.get_dummy_value()

    return types.void(array, number), code


fetch: Any = intrinsic(_fetch)
