"""Rewriting a program node by node.

Here: `rewritten`, `replaced`.  Elsewhere: what a node becomes is said by each pass.
Imports: pellucid.compiler.
"""

from collections.abc import Callable, Mapping

from pellucid.compiler._program import Operand, Program, Result, Value

Rule = Callable[[Result], Operand]
"""Takes a node whose operands have been rewritten; gives what stands for it: itself, another value, or a number."""


def rewritten(program: Program, rule: Rule) -> Program:
    """The program with every node replaced by what the rule makes of it, operands before results."""
    return _renewed(program, lambda _, now: rule(now))


def replaced(program: Program, by: Mapping[Value, Operand]) -> Program:
    """The program with some of its nodes replaced by others, which are made of what is in the program."""
    return _renewed(program, lambda node, now: by.get(node, now))


def _renewed(program: Program, rule: Callable[[Result, Result], Operand]) -> Program:
    """rule(node, the node with its operands renewed) gives what stands for the node."""
    became: dict[Value, Operand] = {}

    def now(x: Operand) -> Operand:
        return became.get(x, x) if isinstance(x, Value) else x

    for node in program.nodes:
        operands = tuple(map(now, node.operands))
        same = all(x is y for x, y in zip(operands, node.operands, strict=True))
        new = node if same else Result(node.aval, node.op, operands, node.attrs, node.line)
        became[node] = rule(node, new)
    return program.rewritten(now)
