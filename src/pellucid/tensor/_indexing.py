"""NumPy's indexing syntax, translated to primitives.

Here: `index_steps`, which turns x[key] into slice, flip, gather and reshape steps.
Elsewhere: the primitives are in pellucid.ops; Tensor.__getitem__ runs the steps.
Imports: numpy, pellucid.errors only.
"""

import math
from operator import index as as_index
from typing import Any

import numpy as np

from pellucid.errors import DtypeError, ShapeError

Step = tuple[str, tuple[Any, ...], dict[str, Any]]
"""A primitive's name, its operands after the indexed value, its attributes."""


def index_steps(key: Any, shape: tuple[int, ...]) -> list[Step]:
    """The primitives that compute x[key] for an x of `shape`.

    Whole numbers, slices, None and ... become one slice, a flip where a step is negative, and a reshape. Arrays of
    whole numbers or truth values become one gather, along the one axis they stand on, or along all axes up to the last
    that the key says something about, merged into one.
    Raises IndexError as NumPy does, and DtypeError for an index that is not a whole number.

    >>> [name for name, _, _ in index_steps((0, slice(None, None, -1)), (3, 4))]
    ['slice', 'flip', 'reshape']
    """
    parts = _spelled_out(key if isinstance(key, tuple) else (key,), shape)
    arrays = [p for p in parts if isinstance(p, np.ndarray)]
    if not arrays:
        return _basic([p for p in parts if p is not ...], shape)
    spoken = [a for a, p in enumerate(parts) if p is not ... and not (isinstance(p, slice) and p == slice(None))]
    if len(spoken) == 1 and arrays[0].dtype != bool:
        axis = sum(map(_axes_taken, parts[: spoken[0]]))
        return [("gather", (_checked(arrays[0], shape[axis], axis),), {"axis": axis})]
    head = parts[: spoken[-1] + 1]
    lead = sum(map(_axes_taken, head))
    rows = math.prod(shape[:lead])
    index = np.asarray(np.arange(rows, dtype=np.int64).reshape(shape[:lead])[tuple(head)])
    unique = all(p.dtype == bool for p in arrays)  # a mask meets no entry twice
    return [
        ("reshape", (), {"shape": (rows, *shape[lead:])}),
        ("gather", (index,), {"axis": 0, "unique": unique}),
    ]


def _axes_taken(part: Any) -> int:
    """How many axes one part of a key stands for."""
    if isinstance(part, np.ndarray) and part.dtype == bool:
        return part.ndim
    return int(part is not None and part is not ...)


def _spelled_out(key: tuple[Any, ...], shape: tuple[int, ...]) -> list[Any]:
    """The key with arrays as arrays and ... written as slices: one part an axis, besides None.

    An ... that stands for no axis stays: to NumPy, positions on its two sides are apart, so their axes go in front.
    """
    parts = [_part(p) for p in key]
    taken = sum(map(_axes_taken, parts))
    if sum(p is ... for p in parts) > 1:
        raise IndexError("index: '...' may stand only once.")
    if taken > len(shape):
        raise IndexError(
            f"index: {taken} positions were given for a value of shape {shape}, which has {len(shape)} axes."
        )
    rest: list[Any] = [slice(None)] * (len(shape) - taken)
    for at, p in enumerate(parts):
        if p is ...:
            return [*parts[:at], *(rest or [...]), *parts[at + 1 :]]
    return [*parts, *rest]


def _part(p: Any) -> Any:
    """One part of a key: None, ..., a slice, an int, or an array of whole numbers or truth values."""
    if p is None or p is ... or isinstance(p, slice):
        return p
    if isinstance(p, (bool, np.bool_)):
        raise DtypeError("index: a single True or False is no position; use x[None] or a mask of the value's shape.")
    if isinstance(p, (int, np.integer)):
        return int(p)
    return positions(p)


def positions(p: Any) -> np.ndarray[Any, Any]:
    """Whole numbers or truth values as an array; an empty list holds none of either.  Raises DtypeError for others."""
    array = np.asarray(p)
    if array.size == 0 and not hasattr(p, "dtype"):
        array = array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise DtypeError(f"index: positions must be whole numbers or truth values, got {array.dtype}.")
    return array


def _checked(index: np.ndarray[Any, Any], length: int, axis: int) -> np.ndarray[Any, Any]:
    """The index array, once all of its positions are known to exist."""
    if index.size and not -length <= int(index.min()) <= int(index.max()) < length:
        wrong = int(index.min()) if int(index.min()) < -length else int(index.max())
        raise IndexError(f"index: position {wrong} does not exist on axis {axis}, which has {length} entries.")
    return index


def _basic(parts: list[Any], shape: tuple[int, ...]) -> list[Step]:
    """Steps for a key of whole numbers, slices and None."""
    start, stop, step, flipped, out = [], [], [], [], []
    axis = 0
    for p in parts:
        if p is None:
            out.append(1)
            continue
        n = shape[axis]
        a, b, s = _whole_axis(p, n, axis)
        if s < 0:  # the same entries in ascending order, reversed afterwards
            count = len(range(a, b, s))
            a, b, s = (a + (count - 1) * s, a + 1, -s) if count else (0, 0, 1)
            flipped.append(axis)
        b = max(a, b)
        start.append(a)
        stop.append(b)
        step.append(s)
        if not isinstance(p, int):
            out.append(len(range(a, b, s)))
        axis += 1
    steps: list[Step] = []
    if any(a != 0 or b != n or s != 1 for a, b, s, n in zip(start, stop, step, shape, strict=True)):
        steps.append(("slice", (), {"start": tuple(start), "stop": tuple(stop), "step": tuple(step)}))
    if flipped:
        steps.append(("flip", (), {"axis": tuple(flipped)}))
    if len(parts) != len(shape) or any(isinstance(p, int) for p in parts):
        steps.append(("reshape", (), {"shape": tuple(out)}))
    return steps


def _whole_axis(p: int | slice, n: int, axis: int) -> tuple[int, int, int]:
    """Start, stop and step on an axis of n entries.  Raises IndexError for a position that is not there."""
    if isinstance(p, slice):
        if p.step is not None and as_index(p.step) == 0:
            raise ShapeError(f"index: the step of the slice on axis {axis} is 0; it must not be.")
        return p.indices(n)
    if not -n <= p < n:
        raise IndexError(f"index: position {p} does not exist on axis {axis}, which has {n} entries.")
    return p % n, p % n + 1, 1
