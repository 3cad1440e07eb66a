"""The engine that hands programs to XLA, by way of JAX.

Here: `XlaEngine`, and `Xla`, a program that is ready to be run.
Elsewhere: programs become functions in _function.py; which devices hold what is said in _placement.py.
Imports: numpy, jax, pellucid.errors, pellucid.compiler.
"""

from collections.abc import Sequence
from typing import Any, final

import jax
import numpy as np

from pellucid.compiler._engine import Answers, Engine
from pellucid.compiler._program import Program
from pellucid.compiler.xla._function import Parts, step_of
from pellucid.compiler.xla._lowering import REFUSES
from pellucid.compiler.xla._placement import Placement
from pellucid.ops._primitive import Array


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
    """A program compiled by XLA.  A step takes over the memory of the state it is given, on the device."""

    def __init__(self, program: Program, devices: Sequence[jax.Device] | None = None) -> None:
        self.parts = parts = Parts.of(program)
        self.host, self.place = parts.on_host(), Placement(devices)
        at = {x: i for i, x in enumerate(program.inputs)}
        self.state = [at[x] for x in parts.state]
        self.given = [at[x] for x in parts.given]
        out = None if self.place.alone else self.place.everywhere
        with wide():
            self.step = jax.jit(step_of(parts), donate_argnums=1, out_shardings=out)
            self.constants = tuple(self.place.own(x.array) for x in parts.constants)
        self.many = not parts.made and bool(parts.state or parts.given)

    def __call__(self, given: Sequence[Any]) -> Answers:
        """One run."""
        numbers, outputs, updates, holds = self.host([given[i] for i in self.host.places])
        with wide():
            state = [self.place.whole(given[i]) for i in self.state]
            batch = [self.place.rows(given[i]) for i in self.given]
            _, *found = self.step(np.True_, state, batch, self.constants, self.place.whole(numbers))
            state, made, results, flags = jax.device_get(found)
        holding = self._holding(flags, holds)
        return Answers(self._outputs(results, outputs), self._updates(state, made, updates), holding)

    def _holding(self, flags: Array, plain: list[Any]) -> list[bool]:
        """Every check in order.  Raises IndexError where all hold but a position does not exist."""
        found, known = iter(flags.tolist()), iter(plain)
        holds = [bool(next(known if c.holds.aval.weak else found)) for c in self.parts.program.checks]
        if all(holds) and not all(found):
            raise IndexError(STRAY)
        return holds

    def _outputs(self, arrays: list[Any], plain: list[Any]) -> list[Any]:
        """The outputs of the program, from those of the device and those of Python."""
        found, known = iter(arrays), iter(plain)
        return [next(known if i in self.host.outputs else found) for i in range(len(self.parts.program.outputs))]

    def _updates(self, state: list[Any], made: list[Any], plain: list[Any]) -> list[Any]:
        new: dict[Any, Any] = dict(zip(self.parts.state, state, strict=True))
        new |= zip(self.parts.made, made, strict=True)
        keys = list(self.parts.program.updates)
        new |= {keys[i]: x for i, x in zip(self.host.updates, plain, strict=True)}
        return [new[x] for x in keys]


STRAY = "a position that the program reads or adds to does not exist; look at the whole numbers that were handed in."


def wide() -> Any:
    """Numbers of 64 bits, for what is done within, and there alone."""
    return jax.enable_x64(True)
