"""A value in a recorded computation, and the order in which values came to be.

Here: `Node`, the record behind every Tensor, and whether recording is on (`no_grad`, `enable_grad`).
Elsewhere: walking the record backwards is in _backward.py; the arithmetic of values is in _tensor.py.
Imports: numpy, pellucid.ops.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import Any

from pellucid.ops._primitive import Array, Primitive

recording: ContextVar[bool] = ContextVar("pellucid_recording", default=True)

_clock = count(1)


def tick() -> int:
    """The next moment. Values and in-place changes share one clock, so a change after a use can be told."""
    return next(_clock)


class Node:
    """A value with the primitive and the operands it came from.

    A leaf has no primitive. A recorded result whose operands are None has been freed by a backward pass.
    """

    __slots__ = (
        "__weakref__",
        "attrs",
        "born",
        "changed",
        "data",
        "grad",
        "hooks",
        "name",
        "op",
        "operands",
        "requires_grad",
    )

    data: Array
    requires_grad: bool
    op: Primitive | None
    operands: tuple[Any, ...] | None
    attrs: dict[str, Any]
    born: int  # the moment it was computed: operands before results
    changed: int  # the moment of its last in-place change; 0 for never
    hooks: dict[int, Callable[..., Any]] | None
    name: str | None
    grad: Any

    @property
    def is_leaf(self) -> bool:
        """True for a value that no recorded operation made."""
        return self.op is None

    @property
    def title(self) -> str:
        """What messages call it: its name, or the primitive that made it, with its shape."""
        return f"{self.name or (self.op.name if self.op else 'leaf')} {self.data.shape}"


@contextmanager
def _set_recording(on: bool) -> Iterator[None]:
    token = recording.set(on)
    try:
        yield
    finally:
        recording.reset(token)


def no_grad() -> Any:
    """A context (and decorator) in which nothing is recorded, so nothing is kept for a backward pass.

    >>> from pellucid import Tensor
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> with no_grad():
    ...     (w * 3).requires_grad
    False
    """
    return _set_recording(False)


def enable_grad() -> Any:
    """A context (and decorator) in which operations are recorded again, inside `no_grad`.

    >>> from pellucid import Tensor
    >>> with no_grad(), enable_grad():
    ...     (Tensor([1.0], requires_grad=True) * 3).requires_grad
    True
    """
    return _set_recording(True)
