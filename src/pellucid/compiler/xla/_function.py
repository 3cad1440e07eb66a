"""A program as one function of JAX, and what of it stays with Python.

Here: `Parts`, which sorts the values of a program by where they are computed; `step_of`, the function; `loop_of`, the
function of many steps; `Host`, for plain numbers.
Elsewhere: what a node becomes is in _lowering.py; the function is compiled and called in _engine.py.
Imports: numpy, jax, pellucid.compiler.

Plain numbers (a learning rate, a count of steps) are computed by the numpy engine before the step, in Python's own
arithmetic, and handed in as one array of float64.  What fails within a step leaves the state as it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any, NamedTuple, final

import jax.numpy as jnp
import numpy as np
from jax import lax

from pellucid.compiler._numpy_engine import NumpyEngine
from pellucid.compiler._program import Constant, Input, Operand, Program, Value
from pellucid.compiler.xla._lowering import lowered, of_kind
from pellucid.ops._primitive import Array

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
    made: tuple[Input, ...]  # updates on the device that do not come in: a gradient that was None
    renewed: tuple[Input, ...]  # updates that are plain numbers
    outputs: tuple[Value, ...]  # those that are arrays
    constants: tuple[Constant, ...]  # large ones
    numbers: tuple[Value, ...]  # plain numbers that the step reads

    @classmethod
    def of(cls, program: Program) -> "Parts":
        """The parts of a program."""
        arrays = [x for x in program.inputs if not x.aval.weak]
        state = tuple(x for x in arrays if x in program.updates)
        others = [x for x in program.updates if x not in state]
        renewed = tuple(x for x in others if x.aval.weak and on_host(program.updates[x]))
        nodes = [node for node in program.nodes if not node.aval.weak]
        read = [x for node in nodes for x in node.values()]
        read += [y for x, y in program.updates.items() if x not in renewed and isinstance(y, Value)]
        read += [x for x in program.goals() if not x.aval.weak]
        constants = (x for x in read if isinstance(x, Constant) and x.aval.size > SMALL)
        return cls(
            program=program,
            state=state,
            given=tuple(x for x in arrays if x not in program.updates),
            made=tuple(x for x in others if x not in renewed),
            renewed=renewed,
            outputs=tuple(x for x in program.outputs if not on_host(x)),
            constants=tuple(dict.fromkeys(constants)),
            numbers=tuple(dict.fromkeys(x for x in read if x.aval.weak)),
        )


class Said(NamedTuple):
    """The plain numbers of one step."""

    numbers: Array  # that the step reads (n,) float64
    outputs: list[Any]
    updates: list[Any]
    holds: list[Any]


@final
class Host:
    """Computes the plain numbers of a program, as the numpy engine does."""

    def __init__(self, parts: Parts) -> None:
        program = parts.program
        self.places = [i for i, x in enumerate(program.inputs) if x.aval.weak]
        inputs = tuple(program.inputs[i] for i in self.places)
        groups = (
            parts.numbers,
            [x for x in program.outputs if on_host(x)],
            [program.updates[x] for x in parts.renewed],
            [check.holds for check in program.checks if on_host(check.holds)],
        )
        self.ends = list(accumulate(map(len, groups)))
        self.run = NumpyEngine().build(Program(inputs, tuple(chain(*groups))))
        self.moved = [(k, parts.renewed.index(x)) for k, x in enumerate(inputs) if x in parts.renewed]

    def __call__(self, given: Sequence[Any]) -> Said:
        """The numbers of a step, given the plain inputs."""
        found = self.run(given).outputs if self.ends[-1] else []
        a, b, c, _ = self.ends
        return Said(np.array(found[:a], np.float64), found[a:b], found[b:c], found[c:])

    def steps(self, given: Sequence[Any], n: int) -> tuple[list[Said], list[Any]]:
        """The numbers of n steps, or of those before the first whose checks fail; and the plain inputs after them."""
        now, said = list(given), list[Said]()
        while len(said) < n and all((step := self(now)).holds):
            said.append(step)
            for k, j in self.moved:
                now[k] = type(now[k])(step.updates[j])
        return said, now


def step_of(parts: Parts) -> Step:
    """(alive, state, given, constants, numbers) -> (alive, new state, made, outputs, flags), all of arrays.

    alive: whether everything has held so far; once it is False the state stays as it is.
    flags: whether the checks hold that are no plain numbers.
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
                known[x] = jnp.asarray(x.array)
            return known[x] if isinstance(x, Value) else x

        for node in nodes:
            known[node] = lowered(node, *map(value, node.operands))
        flags = [jnp.all(value(c.holds)) for c in program.checks if not on_host(c.holds)]
        flag = jnp.stack(flags) if flags else jnp.ones(0, bool)
        alive = alive & jnp.all(flag)
        new = [shaped(x, value(program.updates[x])) for x in parts.state]
        kept = [jnp.where(alive, y, x) for x, y in zip(state, new, strict=True)] if flags else new
        made = [shaped(x, value(program.updates[x])) for x in parts.made]
        return alive, kept, made, [value(x) for x in parts.outputs], flag

    return step


def loop_of(parts: Parts) -> Step:
    """(n, state, given, constants, numbers, rows=) -> (steps made, new state, outputs): step after step, at most n.

    given: those at the places `rows` have a first axis of steps, as have numbers and outputs; it may be longer than n.
    """
    step = step_of(parts)

    def loop(n: Any, state: Any, given: Any, constants: Any, numbers: Any, *, rows: tuple[int, ...]) -> Any:
        def going(now: Any) -> Any:
            i, alive, _, _ = now
            return alive & (i < n)

        def go(now: Any) -> Any:
            i, alive, state, found = now
            here = [x[i] if k in rows else x for k, x in enumerate(given)]
            alive, state, _, outputs, _ = step(alive, state, here, constants, numbers[i])
            found = [y.at[i].set(x) for x, y in zip(outputs, found, strict=True)]
            return i + alive, alive, state, found

        room = len(numbers)
        found = [jnp.zeros((room, *x.aval.shape), x.aval.dtype) for x in parts.outputs]
        i, _, state, found = lax.while_loop(going, go, (jnp.int64(0), jnp.bool_(True), state, found))
        return i, state, found

    return loop


def shaped(x: Input, value: Any) -> Any:
    """A new value as the input holds it; one of other dtype or shape is cast and repeated, as an assignment does."""
    return jnp.broadcast_to(of_kind(value, x.aval.dtype), x.aval.shape)
