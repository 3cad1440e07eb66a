"""What is compared before every call of a compiled function: Python values that its program took over.

Here: `Guard`, one thing looked at, and what its key may be (`Option`, `Attribute`, `Spread`, `Missing`, `changed_at`);
`Guards`, many of them, looked at together.
Elsewhere: which things are looked at is found in _reach.py; a failed guard makes _compiled.py trace anew.  Arrays of
captured Tensors need none: they are read each time.
Imports: the standard library, numpy, pellucid.tensor.
"""

import os
import types
from collections import defaultdict
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import starmap
from operator import getitem, is_
from typing import Any, final

import numpy as np

from pellucid.tensor._tensor import Tensor

SAMPLE = 256  # entries of a large array that are compared
PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype, type, tuple, frozenset)


@final
@dataclass(frozen=True, eq=False, slots=True)
class Guard:
    """An entry of a container, and what it was when the function was traced."""

    container: Any  # a dict, a list, a set, a cell of a closure, a Tensor, or an object
    key: Any
    was: Any
    path: str  # how messages name it

    def holds(self) -> bool:
        """Whether it is still the same object, or an equal plain value."""
        try:
            now = self.now()
        except (KeyError, IndexError, ValueError, AttributeError, OSError):
            return False
        if now is self.was:
            return True
        return _same(now, self.was)

    def now(self) -> Any:
        """What is there at present; what holds (__getitem__, getattr) raise where there is nothing."""
        container, key = self.container, self.key
        if type(container) is types.CellType:
            return container.cell_contents
        if key is len:
            return len(container)
        if key is bytes:
            return bytes(container) if type(container) is bytearray else container.tobytes()
        if type(key) is Spread:
            return key.entries.tobytes()
        if key is tuple:
            return tuple(container.items())
        if key is list:
            return tuple(container)
        if key is ContextVar:
            return container.get(None)
        if key is changed_at:
            return changed_at(container)
        if key is frozenset:
            return frozenset(container)
        if type(key) is Missing:
            return container.keys().isdisjoint(key.names)
        if type(key) is Option:
            return bool(container[key.name])
        if type(key) is Attribute:
            return getattr(container, key.name)
        if isinstance(container, Tensor):
            return getattr(container, key) if key != "grad" else container.grad is None
        return container[key]

    @property
    def is_entry(self) -> bool:
        """Whether it is about a value that can be put back, and not about a length, say."""
        if isinstance(self.container, Tensor):
            return bool(self.key == "requires_grad")
        return not any(self.key is x for x in _NO_ENTRIES) and type(self.key) not in (Option, Spread, Missing)

    def put(self, value: Any) -> None:
        """Put another value in the place of an entry.  Raises TypeError where that is the body of a class."""
        container, key = self.container, self.key
        if type(container) is types.CellType:
            container.cell_contents = value
        elif type(key) is Attribute:
            setattr(container, key.name, value)
        elif key is ContextVar:
            container.set(value)
        elif isinstance(container, Tensor):
            setattr(container, key, value)
        elif key is bytes and not isinstance(container, np.ndarray):
            memoryview(container).cast("B")[:] = value
        elif key is bytes:
            container[...] = np.frombuffer(value, container.dtype).reshape(container.shape)
        else:
            container[key] = value


@final
class Guards:
    """All guards of a program, looked at before every call: kinds that are many stand in columns, for loops in C."""

    def __init__(self, guards: list[Guard]) -> None:
        columns = ("entry", "length", "missing", "requires_grad", "grad", "hooks", "other")
        kinds: dict[str, list[Guard]] = {name: [] for name in columns}
        for g in guards:
            kinds[_column(g)].append(g)
        marks = {id(g.container): g.was for g in kinds["requires_grad"]}
        hooks = {id(g.container): g.was for g in kinds["hooks"]}
        self._tensors = [(x := g.container, marks.pop(id(x)), g.was, hooks[id(x)]) for g in kinds["grad"]]
        alone = [g for g in kinds["requires_grad"] if id(g.container) in marks]
        once = {(id(g.container), g.key): g for g in kinds["entry"]}  # what was found twice is looked at once
        others = {(id(g.container), g.key): g for g in kinds["other"]}
        self._entries, self._others = list(once.values()), [*others.values(), *alone]
        self._places = [(g.container, g.key) for g in self._entries]
        self._values = [g.was for g in self._entries]
        self._empty = [g.container for g in kinds["length"] if not g.was]
        self._sized = [g.container for g in kinds["length"] if g.was]
        self._lengths = [g.was for g in kinds["length"] if g.was]
        missing: dict[int, tuple[Any, set[str]]] = {}  # all names of one dict together
        for g in kinds["missing"]:
            missing.setdefault(id(g.container), (g.container, set()))[1].update(g.key.names)
        self._missing = list(missing.values())

    def hold(self) -> bool:
        """Whether everything is as it was."""
        if any(self._empty) or list(map(len, self._sized)) != self._lengths:
            return False
        try:
            same = all(map(is_, starmap(getitem, self._places), self._values))
        except (KeyError, IndexError):
            return False
        if not same and not all(guard.holds() for guard in self._entries):  # equal numbers may be other objects
            return False
        for variables, names in self._missing:
            if not variables.keys().isdisjoint(names):
                return False
        for tensor, mark, without, hooks in self._tensors:
            if tensor.requires_grad is not mark or (tensor.grad is None) is not without or tensor.hooks is not hooks:
                return False
        for guard in self._others:
            if not guard.holds():
                return False
        return True


def _same(a: Any, b: Any) -> bool:
    """Whether two plain values are the same number or text; 0.0 and -0.0 are not, 1 and True neither."""
    if a is b:
        return True
    if type(a) is not type(b) or not isinstance(a, PLAIN):
        return False
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return repr(a) == repr(b) if isinstance(a, (float, complex, np.inexact)) else bool(a == b)


def _column(guard: Guard) -> str:
    """Which of the kinds that `Guards` looks at together."""
    if guard.key is len:
        return "length"
    if type(guard.key) is Missing:
        return "missing"
    if isinstance(guard.container, Tensor):
        return str(guard.key)
    return "entry" if type(guard.container) in _TABLES and guard.is_entry else "other"


_TABLES = (dict, list, types.MappingProxyType, defaultdict)


@final
@dataclass(frozen=True, slots=True)
class Option:
    """Whether an option of an optimizer is on; its value may change, but not which rules there are."""

    name: str


@final
@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that is not in the dict of its object."""

    name: str


@final
@dataclass(frozen=True, eq=False, slots=True)
class Missing:
    """Names under which a dict, such as that of the globals, held nothing."""

    names: frozenset[str]


@final
@dataclass(frozen=True, eq=False, slots=True)
class Spread:
    """Some entries of a large array."""

    entries: Any  # a view of them

    @classmethod
    def of(cls, x: Any) -> "Spread":
        if x.flags.c_contiguous:
            step = x.size // SAMPLE | 1  # odd: not always in the same column
            return cls(x.reshape(-1)[step // 2 :: step])
        along = max(1, round(SAMPLE ** (1 / x.ndim)))
        return cls(x[tuple(slice(None, None, max(1, n // along)) for n in x.shape)])


def changed_at(path: str) -> tuple[int, int]:
    """When a file was last changed, in nanoseconds, and how long it is.  Raises OSError where there is none."""
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size


_NO_ENTRIES = (len, frozenset, tuple, list, changed_at)
