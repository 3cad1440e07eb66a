"""Nodes that change nothing, or say in two steps what can be said in one.

Here: `simpler_algebra`.  Elsewhere: what is computed of constants alone is folded in _constants.py.
Imports: numpy, pellucid.compiler.

Only identities that hold to the last bit, NaN and infinity included: x * 1, not x + 0, which loses the sign of -0.
"""

from typing import Any

from pellucid.compiler._program import Constant, Operand, Program, Result, Value
from pellucid.compiler.passes._rewriting import rewritten

_ENTRYWISE = ("add", "subtract", "multiply", "divide", "maximum", "less", "less_equal", "equal")


def simpler_algebra(program: Program) -> Program:
    """The program without nodes that give what they are given."""
    return rewritten(program, lambda node: _simpler(_with_numbers(node)))


def _with_numbers(node: Result) -> Result:
    """A constant with one value everywhere becomes a number, where shape and dtype of the result do not hang on it."""
    if node.op.name not in _ENTRYWISE or len(node.operands) != 2:
        return node
    for i, x in enumerate(node.operands):
        other = node.operands[1 - i]
        full = isinstance(other, Value) and not other.aval.weak and other.aval.shape == node.aval.shape
        if isinstance(x, Constant) and full and other.aval.dtype == x.aval.dtype and _uniform(x):
            operands = tuple(x.array.flat[0].item() if j == i else y for j, y in enumerate(node.operands))
            return Result(node.aval, node.op, operands, node.attrs, node.line)
    return node


def _uniform(x: Constant) -> bool:
    return bool(x.array.size) and bool((x.array == x.array.flat[0]).all())


def _simpler(node: Result) -> Operand:
    name, operands = node.op.name, node.operands
    x = operands[0]
    if _changes_nothing(node) and isinstance(x, Value) and _alike(x, node):
        return x
    if name == "multiply" and _is_one(x) and isinstance(operands[1], Value) and _alike(operands[1], node):
        return operands[1]
    if name == "negative" and isinstance(x, Result) and x.op.name == "negative":
        return x.operands[0]
    if name == "reshape" and isinstance(x, Result) and x.op.name == "reshape":
        return _simpler(Result(node.aval, node.op, x.operands, node.attrs, node.line))
    if name == "transpose" and isinstance(x, Result) and x.op.name == "transpose":
        axes = tuple(x.attrs["axes"][a] for a in node.attrs["axes"])
        return _simpler(Result(node.aval, node.op, x.operands, {"axes": axes}, node.line))
    return node


def _changes_nothing(node: Result) -> bool:
    """Whether the first operand is the result, if it has its shape and dtype."""
    name, second = node.op.name, node.operands[1] if len(node.operands) > 1 else None
    if name in ("multiply", "divide", "power"):
        return _is_one(second)
    if name == "transpose":
        return tuple(node.attrs["axes"]) == tuple(range(len(node.aval.shape)))
    if name == "sum":
        return not node.attrs["axis"]
    return name in ("reshape", "broadcast_to", "cast")


def _is_one(x: Any) -> bool:
    return not isinstance(x, Value) and not isinstance(x, bool) and x == 1


def _alike(x: Value, node: Result) -> bool:
    return x.aval == node.aval
