"""The order of events: when values were computed, and when memory was changed in place.

Here: `tick`, and the record of in-place changes that lets a backward pass refuse what it can no longer derive.
Elsewhere: values carry the moment they were born (_node.py); the backward pass asks for changes (_backward.py).
Imports: numpy.

Values that look into the same memory (x, x.detach(), x[2:], x.T) change together, so a change is noted for the array
that owns the memory. Writing through NumPy into an array borrowed from a Tensor cannot be seen; see Tensor.touch.
"""

from collections.abc import Callable
from itertools import count
from typing import Any
from weakref import ReferenceType, ref

import numpy as np

from pellucid.ops._primitive import Array

_changes: dict[int, tuple["ReferenceType[Any]", int]] = {}  # id of the owner -> itself, moment of the last change
_last = 0  # the moment of the last change of all


tick: Callable[[], int] = count(1).__next__
"""The next moment. Births and in-place changes share one clock, so a change after a use can be told."""


def owner(array: Array) -> Any:
    """The array whose memory this one looks into: itself, unless it is a view."""
    found: Any = array
    while (base := getattr(found, "base", None)) is not None and (
        type(base) is np.ndarray or hasattr(base, "__array_interface__")  # which takes 1 us to be made
    ):
        found = base
    return found


def note_change(array: Array) -> None:
    """Note that the entries of an array, and of all that share its memory, have just been changed in place."""
    global _last
    _last = tick()
    set_change(array, _last)


def set_change(array: Array, moment: int) -> None:
    """Put down the moment of the last change, as whoever undoes a change must."""
    memory = owner(array)
    key = id(memory)
    known = _changes.get(key)
    _changes[key] = (known[0] if known else ref(memory, lambda _: _changes.pop(key, None)), moment)


def moment_of_last_change() -> int:
    """The moment at which any memory at all was last changed in place; 0 for never."""
    return _last


def change_of(array: Array) -> int:
    """The moment at which the memory of an array was last changed in place; 0 for never."""
    known = _changes.get(id(owner(array)))
    return known[1] if known else 0
