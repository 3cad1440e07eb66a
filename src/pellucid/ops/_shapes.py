"""Rules about shapes that several primitives share, and the wording of their errors.

Here: broadcasting, axes, result dtypes.  Elsewhere: each primitive's own rule stands in its class.
Imports: numpy, pellucid.errors, pellucid.ops._primitive.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np

from pellucid.errors import DtypeError, ShapeError
from pellucid.ops._primitive import Aval


def broadcast(name: str, *x: Aval) -> tuple[int, ...]:
    """The shape to which all x broadcast: axes are matched from the right, and an axis of length 1 stretches.

    Raises ShapeError naming the operation, the shapes and the axis that does not match.
    """
    shapes = [a.shape for a in x if a.shape]  # numbers stretch to all others
    if not shapes:
        return ()
    if shapes.count(shapes[0]) == len(shapes):
        return shapes[0]
    rank = max(map(len, shapes))
    out = []
    for axis in range(-rank, 0):
        lengths = {s[axis] for s in shapes if len(s) >= -axis} - {1}
        if len(lengths) > 1:
            given = " and ".join(str(a.shape) for a in x)
            raise ShapeError(
                f"{name}: shapes {given} do not broadcast: on axis {axis} (counted from "
                f"the end) the lengths are {' and '.join(map(str, sorted(lengths)))}; they must be equal, or one of "
                f"them 1. reshape or x[:, None] adds an axis of length 1."
            )
        out.append(lengths.pop() if lengths else 1)
    return tuple(out)


def result_dtype(*x: Aval) -> np.dtype[Any]:
    """NumPy's result type; a Python number among x does not widen the arrays."""
    return _result_dtype(*[(a.dtype, a.weak) for a in x])


@cache
def _result_dtype(*kinds: tuple[np.dtype[Any], bool]) -> np.dtype[Any]:
    return np.result_type(*(dtype.type(0).item() if weak else dtype for dtype, weak in kinds))


def not_truth(name: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype, when it is one of numbers.  Raises DtypeError for truth values, with the cast that helps."""
    if dtype.kind == "b":
        raise DtypeError(f"{name}: is not defined for truth values; cast first: x.astype('int64').")
    return dtype


def floating(name: str, x: Aval) -> np.dtype[Any]:
    """The dtype of x when it is a real floating one.  Raises DtypeError otherwise, with the cast that helps."""
    if x.dtype.kind != "f":
        raise DtypeError(f"{name}: needs floating-point numbers, got {x.dtype}; cast first: x.astype('float32').")
    return x.dtype


def axis_of(name: str, axis: int, rank: int) -> int:
    """Axis counted from the front.  Raises ShapeError when the value has no such axis."""
    if not -rank <= axis < rank:
        raise ShapeError(f"{name}: axis {axis} does not exist; the value has {rank} axes, {-rank} to {rank - 1}.")
    return axis % rank


def axes_of(name: str, axis: int | Iterable[int] | None, rank: int) -> tuple[int, ...]:
    """The axes an argument `axis` stands for, in order and from the front; None stands for all of them."""
    if axis is None:
        return tuple(range(rank))
    wanted = [axis] if isinstance(axis, (int, np.integer)) else list(axis)
    axes = sorted(axis_of(name, int(a), rank) for a in wanted)
    if len(set(axes)) != len(axes):
        raise ShapeError(f"{name}: axis {tuple(wanted)} names an axis twice.")
    return tuple(axes)


def without(shape: Sequence[int], axes: Sequence[int], keepdims: bool) -> tuple[int, ...]:
    """The shape left when `axes` are reduced away, or kept with length 1."""
    if keepdims:
        return tuple(1 if a in axes else n for a, n in enumerate(shape))
    return tuple(n for a, n in enumerate(shape) if a not in axes)
