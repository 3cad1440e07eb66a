"""Sizes that layers are given: one whole number, or one for every axis.

Here: `whole` and `per_axis`, which check them and word the error.  Elsewhere: each layer says which it takes.
Imports: pellucid.errors.
"""

from numbers import Integral
from typing import Any

from pellucid.errors import ParameterError

Size = int | tuple[int, ...]
"""One whole number for all axes, or a tuple with one for each."""

Lengths = tuple[int, ...]
"""One whole number for each axis."""


def whole(name: str, value: Any, low: int = 1) -> int:
    """`value` as an int.  Raises ParameterError unless it is a whole number >= low."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < low:
        raise ParameterError(f"{name}: must be a whole number >= {low}, got {value!r}.")
    return int(value)


def per_axis(name: str, value: Any, rank: int, low: int = 1) -> Lengths:
    """`value` as one int an axis; a single number stands for all.  Raises ParameterError for anything else.

    >>> per_axis("stride", 2, rank=2)
    (2, 2)
    """
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if len(given) not in (1, rank):
        raise ParameterError(f"{name}: must be one whole number or {rank} of them, one an axis; got {value!r}.")
    lengths = tuple(whole(name, n, low) for n in given)
    return lengths if len(lengths) == rank else lengths * rank
