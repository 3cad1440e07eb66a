"""Nodes that compute the same are computed once.

Here: `shared_repeats`.  Elsewhere: nodes that are equal only by algebra are made alike in _algebra.py.
Imports: pellucid.compiler.
"""

from typing import Any

from pellucid.compiler._program import Operand, Program, Result, Value
from pellucid.compiler.passes._rewriting import rewritten

_EITHER_WAY = ("add", "multiply", "maximum", "equal")  # operands may be exchanged, to the last bit


def shared_repeats(program: Program) -> Program:
    """The program with one node for all that have the same primitive, operands and attributes."""
    known: dict[Any, Result] = {}

    def shared(node: Result) -> Operand:
        return known.setdefault(_key(node), node)

    return rewritten(program, shared)


def _key(node: Result) -> Any:
    operands = [id(x) if isinstance(x, Value) else (type(x).__name__, repr(x)) for x in node.operands]
    if node.op.name in _EITHER_WAY and all(isinstance(x, int) for x in operands):
        operands = sorted(operands)
    return node.op.name, tuple(operands), repr(sorted(node.attrs.items()))
