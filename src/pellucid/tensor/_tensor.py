"""Tensor: an array that remembers how it was computed.

Here: `Tensor`, its operators, and `apply`, the one place where a primitive is run and recorded.
Elsewhere: what can be asked of any value is in _node.py, what becomes its entries in _entries.py; functions of tensors
are in _functions.py and beside it; the backward pass is in _backward.py.
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor.
"""

import math
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, Self, cast

import numpy as np

from pellucid.errors import DtypeError, GraphError, PellucidError, ShapeError
from pellucid.ops._primitive import Array, Ops, Primitive, aval_of
from pellucid.ops._shapes import axes_of, axis_of
from pellucid.ops._table import ARRAYS, OPS
from pellucid.tensor._backward import cotangents
from pellucid.tensor._clock import note_change, tick
from pellucid.tensor._entries import CONSTANTS, KINDS, as_array, operand_of, plain, plain_key, seed_of
from pellucid.tensor._indexing import index_steps
from pellucid.tensor._node import Node, enable_grad, recording
from pellucid.tensor._symbol import SYMBOLS, Tracer, is_symbol, tracer

Axis = int | tuple[int, ...] | None
_NO_ATTRS: dict[str, Any] = {}


class Tensor(Node):
    """An n-dimensional array of numbers that remembers how it was computed.

    data: anything NumPy reads as an array. Python floats become float32; arrays keep their dtype and are not copied.
    requires_grad: record what is computed from it, so that `backward()` can fill `.grad`.
    name: what graphs and messages call it.
    Operators and methods carry NumPy's names. Raises DtypeError for text, objects and complex numbers.

    >>> x, y, z = (Tensor(v, requires_grad=True) for v in (3.0, 5.0, 9.0))
    >>> f = (x + y) * z
    >>> f.backward()
    >>> f.item(), x.grad.item(), y.grad.item(), z.grad.item()
    (72.0, 9.0, 9.0, 8.0)
    """

    __slots__ = ()

    def __init__(self, data: Any, dtype: Any = None, *, requires_grad: bool = False, name: str | None = None) -> None:
        _begin(self, as_array(data, dtype))
        self.name = name
        if requires_grad:
            self.requires_grad_()

    @classmethod
    def wrap(cls, array: Array) -> "Tensor":
        """A plain leaf around an array that is known to be one; no check, no copy."""
        t = Tensor.__new__(Tensor)
        _begin(t, array)
        return t

    __hash__ = object.__hash__  # by identity: == compares entries

    # -- gradients -------------------------------------------------------------------------------------------------

    def requires_grad_(self, on: bool = True) -> Self:
        """Record (or stop recording) what is computed from this leaf; returns itself."""
        if on and self.data.dtype.kind != "f":
            raise DtypeError(f"requires_grad: only floating-point values have gradients, this one is {self.dtype}.")
        if not self.is_leaf and not on:
            raise GraphError(
                f"requires_grad_: {self.title} is a recorded result; detach() gives a value without record."
            )
        self.requires_grad = on
        return self

    def backward(self, gradient: Any = None, *, retain_graph: bool = False, create_graph: bool = False) -> None:
        """Add to `.grad` of every leaf the derivative of this value with respect to it.

        gradient: the cotangent to begin with, of this value's shape; 1 for a value with one entry.
        retain_graph: keep the record for a further pass; else it is let go while walking.
        create_graph: record the backward pass too, so that gradients have gradients (keeps the graph).
        Raises GraphError when there is no record, or it has been freed.

        >>> w = Tensor([1.0, 2.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> w.grad
        Tensor([2., 4.])
        """
        if not self.requires_grad:
            raise GraphError(
                "backward: nothing was recorded for this value. Give the leaves requires_grad=True, and compute it "
                "outside no_grad()."
            )
        seed = seed_of(self, gradient)
        if create_graph:
            with enable_grad():
                _accumulate(cotangents([self], [Tensor(seed)], o=TENSORS, retain=True), seed)
        else:
            o = SYMBOLS if is_symbol(self.data) else ARRAYS
            _accumulate(cotangents([self], [seed], o=o, retain=retain_graph), seed)

    def register_hook(self, hook: Callable[["Tensor"], Any]) -> Callable[[], None]:
        """Call `hook(gradient)` when a backward pass reaches this value; what it returns, if anything, replaces it.

        The gradient is a Tensor of its own, and so must be what replaces it.  Returns a function that removes the hook.

        >>> w = Tensor([1.0], requires_grad=True)
        >>> remove = w.register_hook(lambda g: g * 10)
        >>> (w * 2).sum().backward(); w.grad
        Tensor([20.])
        """
        if not self.requires_grad:
            raise GraphError("register_hook: no backward pass reaches this value, it does not require a gradient.")
        if self.hooks is None:
            self.hooks = {}
        hooks, number = self.hooks, tick()
        hooks[number] = hook
        return lambda: hooks.pop(number, None) and None

    def detach(self) -> "Tensor":
        """The same entries (same memory) without their history."""
        return Tensor.wrap(self.data)

    def copy(self) -> "Tensor":
        """The same entries in memory of their own; gradients pass through."""
        return apply(OPS["cast"], (self,), {"dtype": self.dtype})

    def touch(self) -> None:
        """Note an in-place change of `.data`, so that a backward pass that still needs the old entries refuses."""
        note_change(self.data)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.op is not None:
            raise GraphError(
                f"copy: {self.title} is a recorded result, whose record cannot be copied; detach() it first."
            )
        return _revived, (type(self), self.data, self.requires_grad, self.name, self.grad)

    # -- entries ---------------------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> "Tensor":
        x = self
        for name, extra, attrs in index_steps(plain_key(key), self.shape):
            x = apply(OPS[name], (x, *extra), attrs)
        return x if x is not self else apply(OPS["reshape"], (self,), {"shape": self.shape})

    def __iter__(self) -> Iterator["Tensor"]:
        return (self[i] for i in range(len(self)))

    def __setitem__(self, key: Any, value: Any) -> None:
        if self.op is not None or (self.requires_grad and recording.get()):
            raise GraphError(
                f"assignment: {self.title} takes part in a recorded computation, which needs its present entries. Use "
                f"pellucid.tensor.where to build a new value, or assign inside no_grad()."
            )
        if isinstance(value, Tensor) and value.requires_grad and recording.get():
            raise GraphError(
                f"assignment: {value.title} is recorded, and the record would not know of the assignment. Build the "
                f"result with pellucid.tensor.where, stack or concatenate, or assign value.detach()."
            )
        if is_symbol(self.data):
            self.data[key] = plain(value)
            return
        if not self.data.flags.writeable:
            raise GraphError(
                f"assignment: the memory of {self.title} is read-only (borrowed, or one entry repeated); work on a "
                f"copy: x = x.copy()."
            )
        self.data[plain_key(key)] = plain(value)
        self.touch()

    # -- operators -------------------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> "Tensor":
        return apply(_ADD, (self, other))

    def __radd__(self, other: Any) -> "Tensor":
        return apply(_ADD, (other, self))

    def __sub__(self, other: Any) -> "Tensor":
        return apply(_SUBTRACT, (self, other))

    def __rsub__(self, other: Any) -> "Tensor":
        return apply(_SUBTRACT, (other, self))

    def __mul__(self, other: Any) -> "Tensor":
        return apply(_MULTIPLY, (self, other))

    def __rmul__(self, other: Any) -> "Tensor":
        return apply(_MULTIPLY, (other, self))

    def __truediv__(self, other: Any) -> "Tensor":
        return apply(_DIVIDE, (self, other))

    def __rtruediv__(self, other: Any) -> "Tensor":
        return apply(_DIVIDE, (other, self))

    def __pow__(self, other: Any) -> "Tensor":
        return apply(_POWER, (self, other))

    def __rpow__(self, other: Any) -> "Tensor":
        return apply(_POWER, (other, self))

    def __iadd__(self, other: Any) -> "Tensor":
        return _in_place(_ADD, self, other)

    def __isub__(self, other: Any) -> "Tensor":
        return _in_place(_SUBTRACT, self, other)

    def __imul__(self, other: Any) -> "Tensor":
        return _in_place(_MULTIPLY, self, other)

    def __itruediv__(self, other: Any) -> "Tensor":
        return _in_place(_DIVIDE, self, other)

    def __neg__(self) -> "Tensor":
        return apply(OPS["negative"], (self,))

    def __pos__(self) -> "Tensor":
        return self

    def __abs__(self) -> "Tensor":
        return apply(OPS["absolute"], (self,))

    def __matmul__(self, other: Any) -> "Tensor":
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> "Tensor":
        return matmul(other, self)

    def __eq__(self, other: object) -> "Tensor":  # type: ignore[override]  # entries, as NumPy
        return apply(OPS["equal"], (self, other))

    def __ne__(self, other: object) -> "Tensor":  # type: ignore[override]
        return apply(OPS["equal"], (apply(OPS["equal"], (self, other)), False))

    def __lt__(self, other: Any) -> "Tensor":
        return apply(OPS["less"], (self, other))

    def __le__(self, other: Any) -> "Tensor":
        return apply(OPS["less_equal"], (self, other))

    def __gt__(self, other: Any) -> "Tensor":
        return apply(OPS["less"], (other, self))

    def __ge__(self, other: Any) -> "Tensor":
        return apply(OPS["less_equal"], (other, self))

    def __array_ufunc__(self, ufunc: Any, method: str, *x: Any, **kwargs: Any) -> Any:
        """NumPy's functions on Tensors are ours: np.exp(t), array + t, array > t keep the record."""
        from pellucid.tensor._ufuncs import UFUNCS  # which needs Tensor first

        function = UFUNCS.get(ufunc.__name__)
        if method != "__call__" or kwargs or function is None:
            raise DtypeError(
                f"numpy.{ufunc.__name__}: is not recorded for Tensors (method {method}, options {sorted(kwargs)}). "
                f"Use pellucid.tensor, or t.numpy() to leave the record."
            )
        return function(*x)

    # -- NumPy's methods -------------------------------------------------------------------------------------------

    @property
    def T(self) -> "Tensor":
        """All axes in reverse order."""
        return self.transpose()

    @property
    def mT(self) -> "Tensor":
        """The last two axes exchanged: each matrix transposed."""
        return self.swapaxes(-1, -2)

    def reshape(self, *shape: Any) -> "Tensor":
        """The entries, in order, in another shape; one length may be -1."""
        wanted = shape[0] if len(shape) == 1 and not isinstance(shape[0], (int, np.integer)) else shape
        return apply(OPS["reshape"], (self,), {"shape": tuple(int(n) for n in wanted)})

    def flatten(self) -> "Tensor":
        """The entries in order, on one axis."""
        return self.reshape(-1) if self.size else self.reshape(0)

    def transpose(self, *axes: Any) -> "Tensor":
        """The axes in another order; reversed when none is given."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], (int, np.integer)) else axes
        chosen = order or range(self.ndim)[::-1]
        return apply(OPS["transpose"], (self,), {"axes": tuple(axis_of("transpose", a, self.ndim) for a in chosen)})

    def swapaxes(self, axis1: int, axis2: int) -> "Tensor":
        """Two axes exchanged."""
        axes = list(range(self.ndim))
        a, b = axis_of("swapaxes", axis1, self.ndim), axis_of("swapaxes", axis2, self.ndim)
        axes[a], axes[b] = b, a
        return apply(OPS["transpose"], (self,), {"axes": tuple(axes)})

    def squeeze(self, axis: Axis = None) -> "Tensor":
        """Without its axes of length 1, or without the one named."""
        gone = axes_of("squeeze", axis, self.ndim) if axis is not None else None
        if gone and any(self.shape[a] != 1 for a in gone):
            raise ShapeError(f"squeeze: axis {axis} of {self.shape} is longer than 1.")
        kept = [n for a, n in enumerate(self.shape) if (a not in gone if gone is not None else n != 1)]
        return self.reshape(kept)

    def astype(self, dtype: Any) -> "Tensor":
        """The entries as another kind of number."""
        wanted = np.dtype(dtype)
        if wanted.kind not in KINDS:
            raise DtypeError(f"astype: a Tensor holds real numbers or truth values, not {wanted}.")
        return self if wanted == self.dtype else apply(OPS["cast"], (self,), {"dtype": wanted})

    def sum(self, axis: Axis = None, *, keepdims: bool = False) -> "Tensor":
        """The sum along `axis`; of all entries when none is named."""
        axes = axes_of("sum", axis, self.ndim)
        return apply(_SUM, (self,), {"axis": axes, "keepdims": keepdims})

    def mean(self, axis: Axis = None, *, keepdims: bool = False) -> "Tensor":
        """The mean along `axis`.  Raises ShapeError over no entries."""
        axes = axes_of("mean", axis, self.ndim)
        n = math.prod(self.shape[a] for a in axes)
        if n == 0:
            raise ShapeError(f"mean: a value of shape {self.shape} has no entry along axis {axes}; no mean exists.")
        x = self if self.dtype.kind == "f" else self.astype(np.float32)
        return apply(_DIVIDE, (apply(_SUM, (x,), {"axis": axes, "keepdims": keepdims}), n))

    def max(self, axis: Axis = None, *, keepdims: bool = False) -> "Tensor":
        """The largest entry along `axis`."""
        return apply(OPS["max"], (self,), {"axis": axes_of("max", axis, self.ndim), "keepdims": keepdims})

    def min(self, axis: Axis = None, *, keepdims: bool = False) -> "Tensor":
        """The smallest entry along `axis`."""
        return _mirrored(_mirrored(self).max(axis, keepdims=keepdims))

    def argmax(self, axis: int | None = None) -> "Tensor":
        """The position of the first largest entry along `axis`, or among all entries in order."""
        x, a = (self.flatten(), 0) if axis is None else (self, axis_of("argmax", axis, self.ndim))
        return apply(OPS["argmax"], (x,), {"axis": a})

    def argmin(self, axis: int | None = None) -> "Tensor":
        """The position of the first smallest entry along `axis`, or among all entries in order."""
        return _mirrored(self).argmax(axis)


def apply(op: Primitive, operands: tuple[Any, ...], attrs: dict[str, Any] = _NO_ATTRS) -> Tensor:
    """Run a primitive on Tensors, arrays and numbers, and record it when an operand requires a gradient.

    While a function is traced, the primitive is written down instead of run.
    """
    at_work = tracer()
    if at_work is not None:
        return _traced(at_work, op, operands, attrs)
    values, tracked = [], False
    for x in operands:
        if isinstance(x, Tensor):
            values.append(x.data)
            tracked = tracked or x.requires_grad
        elif type(x) in CONSTANTS:
            values.append(x)
        else:
            return apply(op, tuple(map(operand_of, operands)), attrs)
    try:
        y = op.run(*values, **attrs) if attrs else op.run(*values)  # ** of nothing still costs 0.1 us
    except PellucidError:
        raise
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        raise _worded(error, op, values, attrs) from None
    return _recorded(y if isinstance(y, np.ndarray) else np.asarray(y), tracked, op, operands, attrs)


def _recorded(y: Any, tracked: bool, op: Primitive, operands: tuple[Any, ...], attrs: dict[str, Any]) -> Tensor:
    """The Tensor around a result, with its record when an operand is tracked."""
    out = Tensor.__new__(Tensor)
    _begin(out, y)
    if tracked and op.differentiable and recording.get() and y.dtype.kind == "f":
        out.requires_grad = True
        out.op, out.operands, out.attrs = op, operands, attrs
    return out


def _traced(t: Tracer, op: Primitive, operands: tuple[Any, ...], attrs: dict[str, Any]) -> Tensor:
    """The result as a symbol; what was made of constants inside the function alone is computed at once."""
    operands = tuple(map(operand_of, operands))
    values = tuple([t.capture(x) if isinstance(x, Tensor) else x for x in operands])
    tracked = any([x.requires_grad for x in operands if isinstance(x, Tensor)])
    symbolic = any(map(is_symbol, values))
    y = t.emit(op, values, attrs) if symbolic else np.asarray(op.run(*values, **attrs))
    return _recorded(y, tracked, op, operands, attrs)


def _begin(t: Tensor, array: Array) -> None:
    """Make t a plain leaf around the array."""
    t.data = array
    t.op = t.operands = t.hooks = t.name = t.grad = None
    t.attrs = _NO_ATTRS
    t.born = tick()
    t.requires_grad = False


def _worded(error: Exception, op: Primitive, values: list[Any], attrs: dict[str, Any]) -> Exception:
    """What the shape rule says about these operands; when it finds nothing wrong, NumPy's own error stands."""
    try:
        op.shape(*map(aval_of, values), **attrs)
    except PellucidError as worded:
        return worded
    return error


def _in_place(op: Primitive, x: Tensor, other: Any) -> Tensor:
    """x (op)= other: in the memory of x where no record depends on it, else a new value under the old name.

    Raises GraphError for a leaf that is being recorded, DtypeError and ShapeError when the result does not fit into x.
    """
    records = recording.get()
    if records and x.requires_grad and x.op is None:
        raise GraphError(
            f"in-place {op}: {x.title} requires a gradient, and what is recorded from now on would belong to another "
            f"value. Update it inside no_grad(), or give the result a name of its own."
        )
    value = apply(op, (x, other))
    if x.op is not None or value.requires_grad:
        return value
    if value.shape != x.shape:
        raise ShapeError(f"in-place {op}: the result has shape {value.shape}, which does not fit into {x.shape}.")
    if not np.can_cast(value.dtype, x.dtype, "same_kind"):
        raise DtypeError(f"in-place {op}: the result is {value.dtype}, not {x.dtype}; use x.astype first.")
    x[...] = value
    return x


def _mirrored(x: Tensor) -> Tensor:
    """x in the opposite order, by a map that is its own inverse: -x; where that overflows, -1 - x, or not x."""
    if x.dtype.kind == "f":
        return -x
    if x.dtype.kind == "b":
        return apply(OPS["equal"], (x, False))
    return apply(_SUBTRACT, (-1 if x.dtype.kind == "i" else int(np.iinfo(x.dtype).max), x))


def matmul(a: Any, b: Any) -> Tensor:
    """The matrix product over the last two axes; a vector stands for a row on the left, a column on the right.

    a (*, n, k), b (*, k, m) -> (*, n, m); leading axes broadcast.  Raises ShapeError naming both shapes.

    >>> matmul([[1.0, 2.0]], [3.0, 4.0])
    Tensor([11.])
    """
    x, y = as_tensor(a), as_tensor(b)
    if not x.ndim or not y.ndim:
        raise ShapeError(f"matmul: a {x.shape} and b {y.shape} need at least one axis each; use * with a number.")
    row, column = x.ndim == 1, y.ndim == 1
    x, y = x.reshape(1, -1) if row else x, y.reshape(-1, 1) if column else y
    lead = x.shape[:-1] if x.ndim > 2 and y.ndim == 2 else None
    if lead is not None and x.size:  # one large product instead of many small ones
        x = x.reshape(-1, x.shape[-1])
    z = apply(OPS["matmul"], (x, y), {"flip_a": False, "flip_b": False})
    if lead is not None and z.ndim == 2:
        z = z.reshape(*lead, z.shape[-1])
    if row and column:
        return z.reshape(z.shape[:-2])
    return z.reshape((*z.shape[:-2], z.shape[-1])) if row else z.reshape(z.shape[:-1]) if column else z


def as_tensor(x: Any) -> Tensor:
    """x itself when it is a Tensor, else a Tensor of it."""
    return x if isinstance(x, Tensor) else Tensor(x)


def _revived(cls: type[Tensor], data: Array, requires_grad: bool, name: str | None, grad: Any) -> Tensor:
    """The leaf that __reduce__ took apart."""
    t = cls.__new__(cls)
    _begin(t, data)
    t.requires_grad, t.name, t.grad = requires_grad, name, grad
    return t


def _accumulate(slopes: dict[Node, Any], seed: Any) -> None:
    """Add its slope to the `.grad` of each leaf, in memory that no other gradient uses, nor the seed."""
    given = {id(seed)}
    for leaf, g in slopes.items():
        array = plain(g)
        if leaf.grad is not None:
            g = leaf.grad + g if isinstance(g, Tensor) else leaf.grad.data + g
        elif id(array) in given or array.base is not None or is_symbol(array):
            g = g.copy()
        given.add(id(plain(g)))
        leaf.grad = g if isinstance(g, Tensor) else Tensor.wrap(cast(Array, g) if is_symbol(g) else np.asarray(g))


def _row(op: Primitive) -> Callable[..., Tensor]:
    return lambda *x, **attrs: apply(op, x, attrs)


TENSORS = cast(Ops, SimpleNamespace(**{name: _row(op) for name, op in OPS.items()}))
"""The primitives over Tensors: derivatives written against it are recorded in turn."""

_ADD, _SUBTRACT, _MULTIPLY = OPS["add"], OPS["subtract"], OPS["multiply"]
_DIVIDE, _POWER, _SUM = OPS["divide"], OPS["power"], OPS["sum"]
