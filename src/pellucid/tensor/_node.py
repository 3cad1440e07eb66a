"""A value in a recorded computation, and whether recording is on.

Here: `Node`, the record behind every Tensor and what can be asked of any value; `no_grad` and `enable_grad`.
Elsewhere: walking the record backwards is in _backward.py; the arithmetic of values is in _tensor.py.
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from pellucid.errors import ShapeError
from pellucid.ops._primitive import Array, Primitive
from pellucid.tensor._clock import change_of, set_change

recording: ContextVar[bool] = ContextVar("pellucid_recording", default=True)  # a thread begins with the default


class Node:
    """A value with the primitive and the operands it came from.

    A leaf has no primitive. A recorded result whose operands are None has been freed by a backward pass.
    """

    __slots__ = (
        "__weakref__",
        "attrs",
        "born",
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
    hooks: dict[int, Callable[..., Any]] | None
    name: str | None
    grad: Any

    @property
    def is_leaf(self) -> bool:
        """True for a value that no recorded operation made."""
        return self.op is None

    @property
    def changed(self) -> int:
        """The moment at which its memory was last changed in place; 0 for never."""
        return change_of(self.data)

    @changed.setter
    def changed(self, moment: int) -> None:
        set_change(self.data, moment)

    @property
    def title(self) -> str:
        """What messages call it: its name, or the primitive that made it, with its shape."""
        return f"{self.name or (self.op.name if self.op else 'leaf')} {self.data.shape}"

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self.data.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Kind of number."""
        return self.data.dtype

    def numpy(self) -> Array:
        """The entries as a NumPy array: the same memory, read-only where a recorded graph depends on it."""
        if not self.requires_grad:
            return np.asarray(self.data)  # the array itself; an error while its function is traced
        view = self.data.view()
        view.flags.writeable = False
        return view

    def item(self) -> Any:
        """The only entry, as a Python number.  Raises ShapeError when there is not exactly one."""
        if self.data.size != 1:
            raise ShapeError(
                f"item: a value of shape {self.shape} has {self.size} entries; only one can be a number. Reduce it "
                f"first (.sum(), .any() of NumPy), or use tolist()."
            )
        return self.data.item()

    def tolist(self) -> Any:
        """The entries as nested Python lists."""
        return self.data.tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.numpy().__dlpack__(**kwargs)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.data.__dlpack_device__()

    def __repr__(self) -> str:
        head = f"{type(self).__name__}("
        body = np.array2string(self.data, separator=", ", prefix=head, threshold=100, edgeitems=3)
        notes = [f"shape={self.shape}"] if self.size > 100 or self.size == 0 else []
        notes += [f"dtype={self.dtype}"] if self.dtype not in (np.float32, np.int64, np.bool_) else []
        notes += [f"op={self.op.name}"] if self.op else ["requires_grad=True"] if self.requires_grad else []
        notes += [f"name={self.name!r}"] if self.name else []
        return head + ", ".join([body, *notes]) + ")"

    def __len__(self) -> int:
        if not self.shape:
            raise ShapeError("len: a value without axes has no length.")
        return self.shape[0]

    def __bool__(self) -> bool:
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        return self.data.__index__()

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)


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
