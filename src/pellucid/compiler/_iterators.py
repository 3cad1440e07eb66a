"""Iterators that a trace would use up once, and every call would find where they were.

Here: `iterators_refused`, in which those of Python within reach of a function cannot be asked for anything.
Elsewhere: what a function reaches is found in _reach.py; random numbers are looked at in _chance.py.
Imports: the standard library, pellucid.errors, pellucid.tensor, pellucid.compiler.

While a function is traced, something else stands in their place: how far a generator or a cycle has come cannot be seen
from outside, so it would not do to look at them before and after.
"""

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, final

from pellucid.compiler._guards import Guard
from pellucid.compiler._reach import guards_of
from pellucid.errors import TraceError
from pellucid.tensor._symbol import where

_MODULES = ("builtins", "itertools")  # of the types; an iterator that is the user's own shows what it keeps


@final
class Refused:
    """What stands in the place of an iterator."""

    def __init__(self, path: str, kind: str) -> None:
        self._path, self._kind = path, kind

    def __iter__(self) -> "Refused":
        return self

    def __next__(self) -> NoReturn:
        raise TraceError(
            f"compile: the function asks {self._path}, a {self._kind}, for its next value, {where()}, and every call "
            "would use that of the first. Take it before the call and hand it in, or count in a Tensor, n[...] = n + 1."
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.__next__()  # send, throw


def is_iterator(x: Any) -> bool:
    """Whether x is one of Python's own iterators: of a list, a generator, a zip, a count."""
    return isinstance(x, Iterator) and type(x).__module__ in _MODULES


def refused(x: Any, path: str) -> Any:
    """What stands in the place of x while tracing: x itself if it is no iterator."""
    return Refused(path, type(x).__name__) if is_iterator(x) else x


@contextmanager
def iterators_refused(fn: Callable[..., Any]) -> Iterator[None]:
    """Those within reach of fn are replaced for a while."""
    found: list[Guard] = [guard for guard in guards_of(fn, []) if guard.is_entry and is_iterator(guard.was)]
    found = [guard for guard in found if not isinstance(guard.container, types.MappingProxyType | tuple)]
    try:
        for guard in found:
            guard.put(refused(guard.was, guard.path))
        yield
    finally:
        for guard in found:
            guard.put(guard.was)
