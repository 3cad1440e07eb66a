"""The engine that interprets a program with NumPy: the definition that other engines are held to.

Here: `NumpyEngine`.  Elsewhere: what each primitive computes is said in pellucid.ops.
Imports: numpy, pellucid.ops, pellucid.compiler.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any, final

import numpy as np

from pellucid.compiler._engine import Answers, Engine, Executable
from pellucid.compiler._program import Constant, Operand, Program, Result, Value, ordered

ON_NUMBERS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "negative": operator.neg,
    "less": operator.lt,
    "less_equal": operator.le,
    "equal": operator.eq,
}
"""What primitives are on plain numbers, in Python's own arithmetic; any other gives a float."""


@final
class NumpyEngine(Engine):
    """Runs node after node, those of the checks first; a result is let go after its last use."""

    name = "numpy"

    def refuses(self, primitive: str) -> str:
        return ""

    def build(self, program: Program) -> Executable:
        nodes = program.nodes
        slot: dict[Value, int] = {}
        for x in (*program.inputs, *_constants(program), *nodes):
            slot[x] = len(slot)
        fixed = [x.array if isinstance(x, Constant) else None for x in slot]
        kept = {slot[x] for x in program.goals()}
        last = {slot[x]: i for i, node in enumerate(nodes) for x in node.values()}
        gone: list[list[int]] = [[] for _ in nodes]
        for at, i in last.items():
            if at not in kept and fixed[at] is None:
                gone[i].append(at)
        steps = [
            (_function(node), [_place(slot, x) for x in node.operands], slot[node], gone[i])
            for i, node in enumerate(nodes)
        ]
        n, wanted = len(program.inputs), [_place(slot, x) for x in program.outputs]
        renewed = [_place(slot, x) for x in program.updates.values()]
        checks = [slot[check.holds] for check in program.checks]
        checked = sum(1 for _ in ordered(check.holds for check in program.checks))

        def run(given: Sequence[Any]) -> Answers:
            memory = fixed.copy()
            memory[:n] = given
            with np.errstate(all="ignore"):
                for i, (function, operands, at, free) in enumerate(steps):
                    if i == checked and not all(memory[x] for x in checks):
                        return Answers([], [], [bool(memory[x]) for x in checks])
                    memory[at] = function(*[memory[x] if is_slot else x for is_slot, x in operands])
                    for x in free:
                        memory[x] = None

            def take(places: list[tuple[bool, Any]]) -> list[Any]:
                return [_own(memory[x]) if is_slot else x for is_slot, x in places]

            return Answers(take(wanted), take(renewed), [bool(memory[x]) for x in checks])

        return run


def _own(x: Any) -> Any:
    """x in memory of its own: what a run gives must not change when the state is renewed."""
    return x.copy() if isinstance(x, np.ndarray) else x


def _constants(program: Program) -> list[Constant]:
    values = [x for node in program.nodes for x in node.values()] + program.goals()
    return list(dict.fromkeys(x for x in values if isinstance(x, Constant)))


def _place(slot: dict[Value, int], x: Operand) -> tuple[bool, Any]:
    """Where an operand is: in this slot, or it is this number."""
    return (True, slot[x]) if isinstance(x, Value) else (False, x)


def _function(node: Result) -> Callable[..., Any]:
    op, attrs = node.op, node.attrs
    if node.aval.weak:
        return ON_NUMBERS.get(op.name) or (lambda *x: float(op.run(*x, **attrs)))
    return lambda *x: np.asarray(op.run(*x, **attrs))
