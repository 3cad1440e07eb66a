"""What a function changes of the Python values it was found to depend on: a count of its calls, a flag, what it keeps.

Here: `Move`, one such value and what becomes of it; `moves_of`, those of a trace; `begins`, the guards that go with it.
Elsewhere: what is looked at is found in _reach.py; _compiled.py repeats the moves after every run.
Imports: numpy, pellucid.errors, pellucid.tensor, pellucid.compiler.

A program that was traced while a number was a, and the function made b of it, stands for calls that begin with a, and
leaves b behind.  Numbers, text and flags move so, and entries of small arrays.  A value of the program that is put in
the place of another, or a list or dict in the place of one that says something else, is refused: what the next call
would find there is not known before it runs.
"""

import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, final

import numpy as np

from pellucid.compiler._guards import Guard, Spread
from pellucid.errors import TraceError
from pellucid.tensor._symbol import is_symbol
from pellucid.tensor._tensor import Tensor

_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)


@final
@dataclass(frozen=True, slots=True)
class Move:
    """A value as it was, and what the function made of it."""

    guard: Guard
    becomes: Any

    def repeat(self) -> None:
        """Make the same of it again."""
        self.guard.put(self.becomes)

    def undo(self) -> None:
        """Put back what was there."""
        self.guard.put(self.guard.was)


def moves_of(guards: Sequence[Guard]) -> list[Move]:
    """What has moved since the guards were made.

    Raises TraceError for what no program can repeat; then everything is as it was.
    """
    found: list[Move] = []
    for guard in guards:
        if type(guard.key) is Spread and not guard.holds():
            _refuse([*found, Move(guard, None)], "changes a large array,")
        if not guard.is_entry or guard.holds():
            continue
        try:
            now = guard.now()
        except (KeyError, IndexError, ValueError, AttributeError):
            continue  # it is gone
        if _is_traced(now):
            if not _is_traced(guard.was):  # what an earlier trace has left there
                _refuse([*found, Move(guard, now)], "puts a value of its program in")
        elif _is_plain(guard.was) and _is_plain(now):
            if isinstance(guard.container, types.MappingProxyType):
                _refuse([*found, Move(guard, now)], "changes an attribute of a class,")
            found.append(Move(guard, now))
        elif isinstance(guard.was, (dict, list, np.ndarray)) and not _alike(guard.was, now):
            _refuse([*found, Move(guard, now)], "puts something else in the place of")
    return found


def begins(moves: Sequence[Move], guards: Sequence[Guard]) -> list[Guard]:
    """The guards, with what has moved as it was before."""
    moved = {(id(move.guard.container), move.guard.key): move.guard for move in moves}
    return [*moved.values(), *(guard for guard in guards if (id(guard.container), guard.key) not in moved)]


def _refuse(moves: list[Move], what: str) -> NoReturn:
    """Put back what can be, and say what the last one is about."""
    for move in moves:
        if not isinstance(move.guard.container, types.MappingProxyType | tuple) and move.guard.is_entry:
            move.undo()
    raise TraceError(
        f"compile: the function {what} {moves[-1].guard.path}, and the next call would not find it there. Return it "
        "instead, or keep a Tensor there and assign to all of its entries, x[...] = y, as a program does at every call."
    )


def _is_traced(x: Any) -> bool:
    return isinstance(x, Tensor) and is_symbol(x.data)


def _is_plain(x: Any) -> bool:
    return isinstance(x, _PLAIN) or (isinstance(x, tuple) and all(map(_is_plain, x)))


def _alike(a: Any, b: Any) -> bool:
    """Whether two say the same: containers of the same things, arrays of the same entries."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_alike(value, b[key]) for key, value in a.items())
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return _is_plain(a) and bool(a == b)
