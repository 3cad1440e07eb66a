"""The engine that hands programs to XLA, by way of JAX.

Here: `XlaEngine`, and `Xla`, a program that is ready to be run.
Elsewhere: programs become functions in _function.py; which devices hold what is said in _placement.py.
Imports: numpy, jax, pellucid.compiler.
"""

from collections.abc import Sequence
from typing import Any, final

import jax
import numpy as np

from pellucid.compiler._engine import Answers, Engine
from pellucid.compiler._program import Program, nbytes
from pellucid.compiler.xla._function import Host, Parts, Said, loop_of, on_host, step_of
from pellucid.compiler.xla._lowering import REFUSES
from pellucid.compiler.xla._placement import Placement
from pellucid.ops._primitive import Array

SLOW_IN_LOOPS = ("conv", "conv_input", "conv_weight")
"""On a processor XLA computes these by itself within a loop, and by a library outside of one: 84 ms and 15 ms a step of
a network of two convolutions on 64 pictures of 28 x 28."""

ROOM_STEPS, ROOM_BYTES = 128, 8 << 20  # steps that one call of a loop makes, and the rows handed in for them, at most


@final
class XlaEngine(Engine):
    """One compiled function of JAX, on its default device or on those that are given.

    devices: as of jax.devices(); several share the rows of each batch, and give what one would but for rounding.
    """

    name = "xla"

    def __init__(self, devices: Sequence[jax.Device] | None = None) -> None:
        self.devices = devices

    def refuses(self, primitive: str) -> str:
        return REFUSES.get(primitive, "")

    def build(self, program: Program) -> "Xla":
        return Xla(program, self.devices)


@final
class Xla:
    """A program compiled by XLA when it is first run."""

    def __init__(self, program: Program, devices: Sequence[jax.Device] | None = None) -> None:
        self.parts = parts = Parts.of(program)
        self.host, self.place = Host(parts), Placement(devices)
        at = {x: i for i, x in enumerate(program.inputs)}
        self.state = [at[x] for x in parts.state]
        self.given = [at[x] for x in parts.given]
        lie = self.place.results
        with wide():
            self.step = jax.jit(step_of(parts), donate_argnums=1, out_shardings=lie)
            self.loop = jax.jit(loop_of(parts), donate_argnums=1, out_shardings=lie, static_argnames="rows")
            self.constants = [self.place.own(x.array) for x in parts.constants]
        self.many = not parts.made
        self.loops = self.place.platform != "cpu" or not any(x.op.name in SLOW_IN_LOOPS for x in program.nodes)

    # -- one step ----------------------------------------------------------------------------------------------------

    def __call__(self, given: Sequence[Any]) -> Answers:
        """One run."""
        said, found = self.launch(given)
        state, made, outputs, flags = map(self.place.fetched, found)
        holds = self.holding(flags.tolist(), said.holds)
        return Answers(self.own(outputs, said.outputs), self.updates(state, made, said.updates), holds)

    def launch(self, given: Sequence[Any]) -> tuple[Said, list[Any]]:
        """The plain numbers of a run; and, on the device, its new state, what it made beside, outputs and flags.

        An array of JAX that is given for the state is used up.
        """
        said = self.host([given[i] for i in self.host.places])
        with wide():
            state = [self.place.whole(given[i]) for i in self.state]
            rows = [self.place.rows(given[i]) for i in self.given]
            alive = self.place.whole(np.bool_(all(said.holds)))
            _, *found = self.step(alive, state, rows, self.constants, self.place.whole(said.numbers))
        return said, found

    def holding(self, flags: list[bool], plain: list[Any]) -> list[bool]:
        """Whether each check holds, in order."""
        found, known = iter(flags), iter(plain)
        return [bool(next(known if on_host(c.holds) else found)) for c in self.parts.program.checks]

    def outputs(self, arrays: Sequence[Any], plain: Sequence[Any]) -> list[Any]:
        """The outputs of the program, from those of the device and those of Python."""
        found, known = iter(arrays), iter(plain)
        return [next(known if on_host(x) else found) for x in self.parts.program.outputs]

    def own(self, arrays: Sequence[Any], plain: Sequence[Any]) -> list[Any]:
        """The same, in memory of their own: JAX's is not to be written to."""
        return self.outputs([np.array(x) for x in arrays], plain)

    def updates(self, state: list[Any], made: list[Any], plain: list[Any]) -> list[Any]:
        """The new values of the program, likewise."""
        new: dict[Any, Any] = dict(zip(self.parts.state, state, strict=True))
        new |= zip(self.parts.made, made, strict=True)
        new |= zip(self.parts.renewed, plain, strict=True)
        return [new[x] for x in self.parts.program.updates]

    # -- many steps --------------------------------------------------------------------------------------------------

    def steps(self, given: Sequence[Any], rows: dict[int, Array], order: Array) -> tuple[int, list[Any], list[Any]]:
        """A step for each row of `order`, with the rows it names of the arrays in `rows` in place of those inputs.

        The state stays on the device in between.  given: entries at the places of `rows` are not read.
        Returns how many steps were made (fewer when a check failed), the outputs (steps, ...), and the updates.
        """
        made, room = 0, self._room(rows)
        found: list[list[Array]] = []
        said: list[Said] = []
        plain = [given[i] for i in self.host.places]
        with wide():
            state = [self.place.own(given[i]) for i in self.state]
            fixed = {i: self.place.whole(given[i]) for i in self.given if i not in rows}
            for start in range(0, len(order), room):
                block = order[start : start + room]
                now, plain = self.host.steps(plain, len(block))
                run = self._in_a_loop if self.loops else self._one_by_one
                n, state, outputs = run(state, fixed, rows, block[: len(now)], [x.numbers for x in now])
                made, found, said = made + n, [*found, outputs], [*said, *now[:n]]
                if n < len(block):
                    break
            state = self.place.fetched(state)
        if made == 0:
            return 0, [], []
        arrays = [np.concatenate(column) for column in zip(*found, strict=True)]
        numbers = [np.array(column) for column in zip(*(x.outputs for x in said), strict=True)]
        return made, self.outputs(arrays, numbers), self.updates(state, [], said[-1].updates)

    def _room(self, rows: dict[int, Array]) -> int:
        """How many steps one call of the loop makes at most."""
        here = [*(self.parts.program.inputs[i] for i in rows), *self.parts.outputs]
        return max(1, min(ROOM_STEPS, ROOM_BYTES // max(1, sum(nbytes(x.aval) for x in here))))

    def _in_a_loop(self, state: Any, fixed: Any, rows: Any, order: Array, numbers: list[Array]) -> Any:
        """How many steps were made, the state after them, their outputs; one call, always of the same shapes."""
        room = self._room(rows)
        given = [fixed[i] if i in fixed else self.place.batches(_filled(rows[i], order, room)) for i in self.given]
        table = np.zeros((room, len(self.parts.numbers)))
        table[: len(numbers)] = numbers
        varied = tuple(k for k, i in enumerate(self.given) if i in rows)
        n, table = self.place.whole(np.int64(len(order))), self.place.whole(table)
        n, state, outputs = self.loop(n, state, given, self.constants, table, rows=varied)
        n = int(n)
        return n, state, [x[:n] for x in self.place.fetched(outputs)]

    def _one_by_one(self, state: Any, fixed: Any, rows: Any, order: Array, numbers: list[Array]) -> Any:
        """The same, in a call for each; nothing is waited for in between."""
        alive: Any = np.True_
        living, found = [], []
        for batch, here in zip(order, numbers, strict=True):
            given = [fixed[i] if i in fixed else self.place.rows(rows[i][batch]) for i in self.given]
            alive, state, _, outputs, _ = self.step(alive, state, given, self.constants, self.place.whole(here))
            living.append(alive)
            found.append(outputs)
        n = sum(map(bool, self.place.fetched(living)))
        return n, state, [np.stack(column)[:n] for column in zip(*map(self.place.fetched, found), strict=True)]


def _filled(x: Array, order: Array, room: int) -> Array:
    """The rows of x that `order` names, step after step, with room for more."""
    batches = np.empty((room, order.shape[1], *x.shape[1:]), x.dtype)
    np.take(x, order, axis=0, out=batches[: len(order)])
    batches[len(order) :] = batches[:1]
    return batches


def wide() -> Any:
    """Numbers of 64 bits, for what is done within, and there alone."""
    return jax.enable_x64(True)
