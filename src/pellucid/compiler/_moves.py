"""Plain values that a function changes itself: a count of its calls, a flag that says what has been done.

Here: `Move`, one such value and what becomes of it; `moves_of`, those of a trace; `begins`, the guards that go with it.
Elsewhere: what is looked at is found in _guards.py; _compiled.py repeats the moves after every run.
Imports: numpy, pellucid.errors, pellucid.compiler.

A program that was traced while a value was a, and the function made b of it, stands for calls that begin with a, and
leaves b behind.
"""

import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from pellucid.compiler._guards import Guard
from pellucid.errors import TraceError

_NUMBERS_AND_TEXT = (bool, int, float, complex, str, bytes, type(None), np.generic)


@final
@dataclass(frozen=True, slots=True)
class Move:
    """A value as it was, and what the function made of it."""

    guard: Guard
    becomes: Any

    def repeat(self) -> None:
        """Make the same of it again."""
        self.guard.put(self.becomes)


def moves_of(guards: Sequence[Guard]) -> list[Move]:
    """What has moved since the guards were made.  Raises TraceError for a value of a class, shared by its objects."""
    found = []
    for guard in guards:
        if not isinstance(guard.was, _NUMBERS_AND_TEXT) or not guard.is_entry or guard.holds():
            continue
        try:
            now = guard.now()
        except (KeyError, IndexError, ValueError, AttributeError):
            continue  # it is gone
        if not isinstance(now, _NUMBERS_AND_TEXT):
            continue
        if isinstance(guard.container, types.MappingProxyType):
            raise TraceError(
                f"compile: the function changes {guard.path} of a class, which a program would not. Change it between "
                "two calls, or keep it in a Tensor (x[...] = y)."
            )
        found.append(Move(guard, now))
    return found


def begins(moves: Sequence[Move], guards: Sequence[Guard]) -> list[Guard]:
    """The guards, with what has moved as it was before."""
    moved = {(id(move.guard.container), move.guard.key): move.guard for move in moves}
    return [moved.get((id(guard.container), guard.key), guard) for guard in guards]
