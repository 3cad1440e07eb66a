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
    became: dict[Value, Operand] = {}
    for node in program.nodes:
        became[node] = rule(_with(node, became))
    return program.rewritten(lambda x: became.get(x, x) if isinstance(x, Value) else x)


def replaced(program: Program, by: Mapping[Value, Operand]) -> Program:
    """The program with some of its nodes replaced by others, all at once.

    by: what stands for a node, made of what is in the program; where that is replaced itself, of what stands for it.
    """
    became: dict[Value, Operand] = {}
    for goal in program.goals():
        stack = [goal]
        while stack:
            x = stack.pop()
            if x in became:
                continue
            parts = (by[x],) if x in by else x.operands if isinstance(x, Result) else ()
            waiting = [y for y in parts if isinstance(y, Value) and y not in became]
            if waiting:
                stack += x, *waiting
            elif x in by:
                became[x] = became.get(by[x], by[x])
            else:
                became[x] = _with(x, became) if isinstance(x, Result) else x
    return program.rewritten(lambda x: became[x] if isinstance(x, Value) else x)


def _with(node: Result, became: Mapping[Value, Operand]) -> Result:
    """The node, made of what became of its operands."""
    operands = tuple([became.get(x, x) if isinstance(x, Value) else x for x in node.operands])
    return node if operands == node.operands else Result(node.aval, node.op, operands, node.attrs, node.line)
