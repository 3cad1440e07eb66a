"""Symbols: what stands in a Tensor in place of its array while a function is traced.

Here: `Symbol`, the memory of a value nobody has computed yet; `Tracer`, what such a memory reports to; `tracer`, the
one that is at work in this thread; `SYMBOLS`, the primitives over symbols, in which derivatives are traced;
`require_all`, a check of entries put off until there are some.
Elsewhere: the tracer that writes a program is in pellucid.compiler; Tensors are in _tensor.py.
Imports: numpy, pellucid.errors, pellucid.ops.

A symbol knows shape and dtype and no entries, so whatever asks for an entry is an error that names the user's line.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from threading import local
from types import SimpleNamespace
from typing import Any, TypeGuard, cast, final

import numpy as np

from pellucid.errors import DtypeError, TraceError
from pellucid.ops._primitive import Aval, Ops, Primitive
from pellucid.ops._table import OPS

_OTHERS = (str(Path(__file__).resolve().parents[1]), str(Path(np.__file__).resolve().parent))


class Tracer(ABC):
    """What writes down the operations on symbols."""

    @abstractmethod
    def emit(self, op: Primitive, operands: tuple[Any, ...], attrs: dict[str, Any]) -> "Symbol":
        """The result of a primitive on symbols, arrays and numbers."""

    @abstractmethod
    def capture(self, tensor: Any) -> "Symbol":
        """The symbol of a Tensor that came from outside the function, or was made of an array inside it."""

    @abstractmethod
    def require(self, holds: "Symbol", error: Callable[[], Exception]) -> None:
        """Raise error() whenever a run finds that this truth value (shape ()) does not hold."""

    @abstractmethod
    def entry(self, name: str, mapping: dict[Any, Any], key: Any, place: int | None = None) -> "Symbol":
        """The symbol of an array or number in a dict (entry `place` of it), which may be assigned to."""

    @abstractmethod
    def use_up(self, tensor: Any) -> None:
        """Note that the gradient of a Tensor has been used up: it will be None after a run."""

    @abstractmethod
    def afterwards(self, act: Callable[[], Any]) -> None:
        """Call act() after every run."""


class _PerThread(local):
    tracer: Tracer | None = None


_thread = _PerThread()


def tracer() -> Tracer | None:
    """The tracer at work in this thread, if any."""
    return _thread.tracer


def set_tracer(new: Tracer | None) -> Tracer | None:
    """Put a tracer to work in this thread, or none; the one before."""
    before, _thread.tracer = _thread.tracer, new
    return before


@final
class Symbol:
    """The memory of a traced value: shape, dtype, and which value of the program it holds at the moment.

    weak: a number that does not widen its partners, such as a learning rate.  An assignment to all entries (x[...] = y)
    renews `value`; Tensors that share the memory share the symbol.  own: it is no view of other memory, so it may be
    assigned to.
    """

    __slots__ = ("__weakref__", "dtype", "own", "shape", "tracer", "value", "weak")

    __array_ufunc__ = None  # NumPy's scalars and arrays leave the operator to us

    def __init__(self, tracer: Tracer, aval: Aval, value: Any, own: bool = True) -> None:
        self.tracer, self.value, self.own = tracer, value, own
        self.shape, self.dtype, self.weak = aval.shape, aval.dtype, aval.weak

    @property
    def aval(self) -> Aval:
        """Shape, dtype, and whether it is a plain number."""
        return Aval(self.shape, self.dtype, self.weak)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.aval.size

    @property
    def base(self) -> None:
        """Nothing: a symbol looks into no other memory."""
        return None

    def copy(self) -> "Symbol":
        """The same value in memory of its own."""
        return Symbol(self.tracer, self.aval, self.value)

    def __setitem__(self, key: Any, entries: Any) -> None:
        if key is not Ellipsis or not self.own:
            raise TraceError(
                f"assignment while tracing, {where()}: only all entries of a whole value can be assigned "
                f"(x[...] = y), no part of it and no view. Build a new value with pellucid.tensor.where or concatenate."
            )
        new = entries
        if not isinstance(new, Symbol):
            new = self.tracer.emit(OPS["cast"], (entries,), {"dtype": self.dtype})
        if new.shape != self.shape:
            new = self.tracer.emit(OPS["broadcast_to"], (new,), {"shape": self.shape})
        if new.dtype != self.dtype:
            if not np.can_cast(new.dtype, self.dtype, "same_kind"):
                raise DtypeError(f"assignment: the entries are {new.dtype}, not {self.dtype}; use astype first.")
            new = self.tracer.emit(OPS["cast"], (new,), {"dtype": self.dtype})
        self.value = new.value

    # -- operators, for derivatives and rules ----------------------------------------------------------------------

    def __add__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["add"], (self, x), {})

    def __radd__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["add"], (x, self), {})

    def __sub__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["subtract"], (self, x), {})

    def __rsub__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["subtract"], (x, self), {})

    def __mul__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["multiply"], (self, x), {})

    def __rmul__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["multiply"], (x, self), {})

    def __truediv__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["divide"], (self, x), {})

    def __rtruediv__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["divide"], (x, self), {})

    def __pow__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["power"], (self, x), {})

    def __rpow__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["power"], (x, self), {})

    def __neg__(self) -> "Symbol":
        return self.tracer.emit(OPS["negative"], (self,), {})

    def __lt__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["less"], (self, x), {})

    def __gt__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["less"], (x, self), {})

    def __le__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["less_equal"], (self, x), {})

    def __ge__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["less_equal"], (x, self), {})

    def __matmul__(self, x: Any) -> "Symbol":
        return self.tracer.emit(OPS["matmul"], (self, x), {"flip_a": False, "flip_b": False})

    # -- what needs entries ----------------------------------------------------------------------------------------

    def __bool__(self) -> bool:
        raise self._refusal("a branch (if, while, and, or)")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise self._refusal("NumPy, print or repr")

    def __float__(self) -> float:
        raise self._refusal("float()")

    def __int__(self) -> int:
        raise self._refusal("int()")

    def __index__(self) -> int:
        raise self._refusal("an index or a range")

    def __iter__(self) -> Any:
        raise self._refusal("a loop over entries")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise self._refusal(f".{name}()")

    def _refusal(self, what: str) -> TraceError:
        return TraceError(
            f"{what} needs the entries of a value {self.shape} {self.dtype} while its function is traced, {where()}; "
            f"they exist only when the program runs. Use pellucid.tensor.where instead of a branch, return what is to "
            f"be looked at, or leave this line out of the compiled function."
        )


def is_symbol(x: Any) -> TypeGuard[Symbol]:
    """Whether what stands in a Tensor is a symbol and no array."""
    return type(x) is Symbol


def require_all(condition: Symbol, error: Callable[[], Exception]) -> None:
    """Raise error() in every run in which an entry of the condition does not hold."""
    o, axes = SYMBOLS, tuple(range(condition.ndim))
    failures = o.sum(o.cast(o.equal(condition, False), dtype=np.dtype(np.int64)), axis=axes, keepdims=False)
    condition.tracer.require(o.equal(failures, 0), error)


def where() -> str:
    """The innermost line of the call stack that is neither pellucid's own nor NumPy's."""
    frame = sys._getframe(1)
    while frame is not None and _is_of_others[frame.f_code.co_filename]:
        frame = frame.f_back  # type: ignore[assignment]
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else "in pellucid"


@final
class _OfOthers(dict[str, bool]):
    """Whether a file is pellucid's own or NumPy's; each is decided once, for primitives ask for all on the stack."""

    def __missing__(self, file: str) -> bool:
        self[file] = found = file.startswith(_OTHERS)
        return found


_is_of_others = _OfOthers()


def _row(op: Primitive) -> Callable[..., Symbol]:
    def traced(*x: Any, **attrs: Any) -> Symbol:
        for operand in x:
            if type(operand) is Symbol:
                return operand.tracer.emit(op, x, attrs)
        return cast(Symbol, op.run(*x, **attrs))  # of constants alone

    return traced


SYMBOLS = cast(Ops, SimpleNamespace(**{name: _row(op) for name, op in OPS.items()}))
"""The primitives over symbols: derivatives and rules written against it are traced."""
