"""Primitives that pick entries by an array of positions.

Here: gather and its transpose, scatter_add.
Elsewhere: slices are in _layout.py; NumPy's whole indexing syntax is translated in pellucid.tensor.
Imports: numpy, pellucid.errors, pellucid.ops.
"""

from typing import Any, final

import numpy as np

from pellucid.errors import DtypeError, ShapeError
from pellucid.ops._primitive import Array, Aval, Index, Ops, Primitive, T
from pellucid.ops._shapes import axis_of


def _whole_numbers(name: str, index: Aval) -> None:
    if index.dtype.kind not in "iu":
        raise DtypeError(f"{name}: index must hold whole numbers, got {index.dtype}; cast it: index.astype('int64').")


@final
class Gather(Primitive):
    """y = x[..., index, ...], positions taken along `axis`;  dx = dy added up at the positions it was taken from.

    x (A.., n, B..), index (I..) of whole numbers in [-n, n) -> y (A.., I.., B..).
    unique = True promises that no position occurs twice, which spares the derivative an addition.
    """

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        _whole_numbers(self.name, x[1])
        axis = axis_of(self.name, attrs["axis"], len(x[0].shape))
        return Aval(x[0].shape[:axis] + x[1].shape + x[0].shape[axis + 1 :], x[0].dtype)

    def forward(self, x: Array, index: Array, *, axis: int, unique: bool = False) -> Array:
        return np.asarray(np.take(x, index, axis=axis))

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, index: T, *, axis: int, unique: bool = False) -> T:
        return o.scatter_add(dy, index, axis=axis, size=x.shape[axis], unique=unique)


@final
class ScatterAdd(Primitive):
    """y = 0, then y[..., index, ...] += x along `axis`;  dx = dy[..., index, ...].

    x (A.., I.., B..), index (I..) -> y (A.., size, B..).  The transpose of gather.
    """

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        _whole_numbers(self.name, x[1])
        axis, taken = attrs["axis"], attrs["axis"] + len(x[1].shape)
        if x[0].shape[axis:taken] != x[1].shape:
            raise ShapeError(
                f"{self.name}: x {x[0].shape} has lengths {x[0].shape[axis:taken]} from axis {axis} on, index "
                f"{x[1].shape}; they must be equal: one entry of x for every position."
            )
        return Aval(x[0].shape[:axis] + (attrs["size"],) + x[0].shape[taken:], x[0].dtype)

    def forward(self, x: Array, index: Array, *, axis: int, size: int, unique: bool = False) -> Array:
        x, index = np.asarray(x), np.asarray(index)
        y = np.zeros(x.shape[:axis] + (size,) + x.shape[axis + index.ndim :], x.dtype)
        place: Index = (slice(None),) * axis + (index,)
        if unique:
            y[place] = x
        else:
            np.add.at(y, place, x)
        return y

    def run(self, x: Array, index: Array, *, axis: int, size: int, unique: bool = False) -> Array:
        """As `forward`; repeated rows are added by sorting them into runs, which is faster than np.add.at."""
        if unique or axis != 0 or x.ndim == index.ndim or x.size == 0:
            return self.forward(x, index, axis=axis, size=size, unique=unique)
        low, high = int(index.min()), int(index.max())
        if low < -size or high >= size:
            wrong = low if low < -size else high
            raise IndexError(f"{self.name}: index {wrong} is out of bounds for axis 0 with size {size}")
        at, rows = index.reshape(-1) % size, x.reshape((-1, *x.shape[index.ndim :]))
        order = np.argsort(at, kind="stable")
        at = at[order]
        first = np.flatnonzero(np.concatenate([[True], at[1:] != at[:-1]]))
        y = np.zeros((size, *rows.shape[1:]), x.dtype)
        y[at[first]] = np.add.reduceat(rows[order], first, axis=0)
        return y

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, index: T, *, axis: int, size: int, unique: bool = False) -> T:
        return o.gather(dy, index, axis=axis, unique=unique)
