"""Rewriting a program node by node.

Here: `rewritten`.  Elsewhere: what a node becomes is said by each pass.
Imports: pellucid.compiler.
"""

from collections.abc import Callable

from pellucid.compiler._program import Operand, Program, Result, Value

Rule = Callable[[Result], Operand]
"""Takes a node whose operands have been rewritten; gives what stands for it: itself, another value, or a number."""


def rewritten(program: Program, rule: Rule) -> Program:
    """The program with every node replaced by what the rule makes of it, operands before results."""
    became: dict[Value, Operand] = {}

    def now(x: Operand) -> Operand:
        return became.get(x, x) if isinstance(x, Value) else x

    for node in program.nodes:
        operands = tuple(map(now, node.operands))
        same = all(x is y for x, y in zip(operands, node.operands, strict=True))
        became[node] = rule(node if same else Result(node.aval, node.op, operands, node.attrs, node.line))
    return program.rewritten(now)
