"""A program as one function of JAX, and what of it stays with Python.

Here: `Parts`, which sorts the values of a program by where they are computed; `step_of`, the function.
Elsewhere: what a node becomes is in _lowering.py; the function is compiled and called in _engine.py.
Imports: numpy, jax, pellucid.compiler.

Plain numbers (a learning rate, a count of steps) are computed by the numpy engine before the step, in Python's own
arithmetic, and handed in as one array of float64.  What fails within a step leaves the state as it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np
from jax import Array

from pellucid.compiler._numpy_engine import NumpyEngine
from pellucid.compiler._program import Constant, Input, Operand, Program, Result, Value
from pellucid.compiler.xla._lowering import lowered, of_kind, strays

SMALL = 64  # entries; constants up to here are written into the code, larger ones lie on the device beside it

Step = Callable[..., Any]


def on_host(x: Operand) -> bool:
    """Whether an operand is a plain number."""
    return not isinstance(x, Value) or x.aval.weak


@final
@dataclass(frozen=True, eq=False, slots=True)
class Parts:
    """The values of a program by where they are computed; each tuple is in the program's order."""

    program: Program
    state: tuple[Input, ...]  # arrays that come in, and that a step renews
    given: tuple[Input, ...]  # arrays that come in otherwise
    made: tuple[Input, ...]  # updates that do not come in: a gradient that was None
    constants: tuple[Constant, ...]  # large ones
    numbers: tuple[Value, ...]  # plain numbers that the step reads
    guarded: tuple[Result, ...]  # nodes whose positions may not exist

    @classmethod
    def of(cls, program: Program) -> "Parts":
        """The parts of a program."""
        arrays = [x for x in program.inputs if not x.aval.weak]
        state = tuple(x for x in arrays if x in program.updates)
        made = tuple(x for x, y in program.updates.items() if x not in state and not (x.aval.weak and on_host(y)))
        nodes = [node for node in program.nodes if not node.aval.weak]
        read = [x for node in nodes for x in node.values()]
        read += [x for x in program.goals() if not x.aval.weak]
        read += [y for x in (*state, *made) if isinstance(y := program.updates[x], Value)]
        constants = dict.fromkeys(x for x in read if isinstance(x, Constant) and x.aval.size > SMALL)
        return cls(
            program,
            state,
            tuple(x for x in arrays if x not in program.updates),
            made,
            tuple(constants),
            tuple(dict.fromkeys(x for x in read if x.aval.weak)),
            tuple(node for node in nodes if node.op.name in ("gather", "scatter_add") and not _is_known(node)),
        )

    def on_host(self) -> "Host":
        """What Python computes."""
        return Host(self)


def _is_known(node: Result) -> bool:
    """Whether the positions are found by the program itself, or were looked at when the program was made."""
    index, (x, *_) = node.operands[1], node.values()
    while isinstance(index, Result) and index.op.name in ("reshape", "transpose", "broadcast_to", "slice"):
        index = index.operands[0]
    if isinstance(index, Constant):
        n = node.attrs["size"] if node.op.name == "scatter_add" else x.aval.shape[node.attrs["axis"]]
        return bool(((index.array >= -n) & (index.array < n)).all())
    return isinstance(index, Result) and index.op.name in ("window_argmax", "argsort", "argmax")


@final
class Host:
    """The plain numbers of a program, in Python's arithmetic."""

    def __init__(self, parts: Parts) -> None:
        program = parts.program
        self.places = [i for i, x in enumerate(program.inputs) if x.aval.weak]
        self.outputs = [i for i, x in enumerate(program.outputs) if on_host(x)]
        self.updates = [i for i, (x, y) in enumerate(program.updates.items()) if on_host(y) and x not in parts.state]
        self.holds = [i for i, check in enumerate(program.checks) if check.holds.aval.weak]
        self.read = len(parts.numbers)
        news = list(program.updates.values())
        wanted = [*parts.numbers, *(program.outputs[i] for i in self.outputs), *(news[i] for i in self.updates)]
        wanted += [program.checks[i].holds for i in self.holds]
        inputs = tuple(program.inputs[i] for i in self.places)
        self.any = bool(wanted)
        self.run = NumpyEngine().build(Program(inputs, tuple(wanted)))
        at = {x: i for i, x in enumerate(inputs)}
        moved = [(at[x], self.updates.index(i)) for i, x in enumerate(program.updates) if x in at and i in self.updates]
        self.moved = moved  # numbers of the state: where one stands among the inputs, and among the updates

    def __call__(self, given: Sequence[Any]) -> tuple[Any, list[Any], list[Any], list[Any]]:
        """Of the plain inputs: the numbers a step reads (n,) float64; outputs, updates and checks that are plain."""
        found = self.run(given).outputs if self.any else []
        a, b = self.read + len(self.outputs), self.read + len(self.outputs) + len(self.updates)
        return np.array(found[: self.read], np.float64), found[self.read : a], found[a:b], found[b:]

    def renewed(self, given: Sequence[Any], updates: Sequence[Any]) -> list[Any]:
        """The plain inputs of the next step."""
        after = list(given)
        for i, k in self.moved:
            after[i] = type(given[i])(updates[k])
        return after


def step_of(parts: Parts) -> Step:
    """(alive, state, given, constants, numbers) -> (alive, new state, made, outputs, flags), all of arrays.

    alive: whether everything has held so far; once it is False the state stays as it is.
    flags: of the checks that are no plain numbers; then whether all the positions exist.
    """
    program = parts.program
    nodes = [node for node in program.nodes if not node.aval.weak]

    def step(alive: Any, state: Any, given: Any, constants: Any, numbers: Any) -> Any:
        known: dict[Value, Any] = dict(zip(parts.state, state, strict=True))
        known |= zip(parts.given, given, strict=True)
        known |= zip(parts.constants, constants, strict=True)
        known |= {x: numbers[i] for i, x in enumerate(parts.numbers)}

        def value(x: Operand) -> Any:
            if isinstance(x, Constant) and x not in known:
                return x.array
            return known[x] if isinstance(x, Value) else x

        astray = []
        for node in nodes:
            operands = [value(x) for x in node.operands]
            operands = [jnp.asarray(x) if isinstance(x, np.ndarray) and x.ndim else x for x in operands]
            known[node] = lowered(node, *operands)
            if node in parts.guarded:
                astray.append(strays(node, *operands))
        flags = [jnp.all(value(c.holds)) for c in program.checks if not c.holds.aval.weak]
        flags += [~jnp.any(jnp.stack(astray))] if astray else []
        flag = jnp.stack(flags) if flags else jnp.ones((0,), bool)
        alive = alive & jnp.all(flag)
        new = [shaped(x, value(program.updates[x])) for x in parts.state]
        kept = [jnp.where(alive, y, x) for x, y in zip(state, new, strict=True)] if flags else new
        made = [shaped(x, value(program.updates[x])) for x in parts.made]
        outputs = [jnp.asarray(value(x)) for x in program.outputs if not on_host(x)]
        return alive, kept, made, outputs, flag

    return step


def shaped(x: Input, value: Any) -> Array:
    """A new value as the input holds it; one of other dtype or shape is cast and repeated, as an assignment does."""
    dtype = x.aval.dtype
    return jnp.broadcast_to(
        of_kind(value, dtype) if not isinstance(value, Array) else value.astype(dtype), x.aval.shape
    )
