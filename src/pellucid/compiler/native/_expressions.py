"""What loops compute of single entries: the expression of a node, in the dtype in which it is computed.

Here: `entrywise`, and `has_code`, whether there is code for a node at all.
Elsewhere: which loops an expression joins is decided in _lowering.py; _scalar.py makes code of its primitives.
Imports: numpy, pellucid.ops, pellucid.compiler.
"""

from typing import Any

import numpy as np

from pellucid.compiler._program import Operand, Result, Value
from pellucid.compiler.native._kernels import Apply
from pellucid.ops._shapes import result_dtype

COMPARISONS = ("equal", "less", "less_equal")


def entrywise(node: Result) -> Apply:
    """The expression of a node of single entries, its operands being values still."""
    name, operands = node.op.name, node.operands
    dtype = node.aval.dtype
    if name == "cast":
        return Apply("cast", operands, _kinds(operands), dtype, dtype)
    if name == "power" and not isinstance(operands[1], Value) and operands[1] in (0.5, 1, 2, -1):
        x, kinds = operands[0], _kinds(operands[:1])
        if operands[1] == 0.5:
            return Apply("sqrt", (x,), kinds, dtype, dtype)
        if operands[1] == -1:
            return Apply("divide", (1.0, x), (None, *kinds), dtype, dtype)
        return Apply(
            "multiply",
            (x, x if operands[1] == 2 else 1.0),
            (*kinds, *(kinds if operands[1] == 2 else (None,))),
            dtype,
            dtype,
        )
    if name in COMPARISONS:
        return Apply(name, operands, _kinds(operands), _compared_as(operands), dtype)
    if name == "add" and dtype.kind == "b":
        name = "maximum"  # of truth values: or
    return Apply(name, operands, _kinds(operands), dtype, dtype)


def has_code(node: Result) -> bool:
    """Whether a node is lowered to code; else NumPy computes it: other floats, whole powers, numbers out of range."""
    dtypes = [x.aval.dtype for x in (node, *node.values()) if not x.aval.weak]
    if any(d.kind == "f" and d.itemsize not in (4, 8) for d in dtypes):
        return False
    if node.op.name == "power" and node.aval.dtype.kind != "f":
        return False
    if node.op.name in COMPARISONS and dtypes[1:] and (common := _compared_as(node.operands)).kind != "f":
        wide = np.iinfo(np.uint8 if common.kind == "b" else common)
        return all(isinstance(x, Value) or wide.min <= x <= wide.max for x in node.operands)
    return True


def _kinds(operands: tuple[Operand, ...]) -> tuple[np.dtype[Any] | None, ...]:
    return tuple(x.aval.dtype if isinstance(x, Value) and not x.aval.weak else None for x in operands)


def _compared_as(operands: tuple[Operand, ...]) -> np.dtype[Any]:
    """The dtype in which operands are compared; numbers handed in at every run are 64-bit floats."""
    avals = [x.aval for x in operands if isinstance(x, Value) and not x.aval.weak]
    common = result_dtype(*avals) if avals else np.dtype(np.float64)
    floats = any(isinstance(x, float) or (isinstance(x, Value) and x.aval.weak) for x in operands)
    return np.dtype(np.float64) if floats and common.kind != "f" else common
