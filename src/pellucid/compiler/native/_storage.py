"""Where a value lies: a buffer, an offset, and a stride for each of its axes.

Here: `Storage`, and the views that move no entry: transpose, broadcast_to, slice, flip, windows, reshape.
Elsewhere: which values get a buffer is decided in _lowering.py.
Imports: the standard library, numpy.

Strides count entries, not bytes.  The axes are those of the program; the order in which they lie in memory is another
matter, so an image of shape (N, C, H, W) may lie as N, H, W, C, and a transpose is free.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

Lengths = tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class Storage:
    """Entries of a buffer, laid out.

    >>> x = Storage(0, (2, 3), (3, 1), np.dtype(np.float32))
    >>> x.transposed((1, 0)).strides, x.broadcast((5, 2, 3)).strides, x.contiguous
    ((1, 3), (0, 3, 1), True)
    """

    buffer: int
    shape: Lengths
    strides: Lengths
    dtype: np.dtype[Any]
    offset: int = 0

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)

    @property
    def contiguous(self) -> bool:
        """Whether the entries lie in the order of the axes, without a gap."""
        return self.strides == rows_first(self.shape) or self.size <= 1

    @property
    def order(self) -> Lengths:
        """The axes from the one whose steps are longest in memory to the one whose steps are shortest."""
        return tuple(
            sorted(range(len(self.shape)), key=lambda a: (-abs(self.strides[a]) if self.shape[a] > 1 else 0, a))
        )

    def transposed(self, axes: Sequence[int]) -> "Storage":
        """The axes in another order."""
        return replace(self, shape=tuple(self.shape[a] for a in axes), strides=tuple(self.strides[a] for a in axes))

    def broadcast(self, shape: Lengths) -> "Storage":
        """Repeated to a larger shape, by steps of 0."""
        lead = len(shape) - len(self.shape)
        steps = [s if n == m else 0 for n, m, s in zip(self.shape, shape[lead:], self.strides, strict=True)]
        return replace(self, shape=shape, strides=(0,) * lead + tuple(steps))

    def sliced(self, start: Lengths, stop: Lengths, step: Lengths) -> "Storage":
        """Every step-th entry from start to stop, on each axis."""
        lengths = tuple(max(0, -(-(b - a) // s)) for a, b, s in zip(start, stop, step, strict=True))
        at = self.offset + sum(a * s for a, s in zip(start, self.strides, strict=True))
        return replace(
            self, shape=lengths, strides=tuple(s * t for s, t in zip(self.strides, step, strict=True)), offset=at
        )

    def flipped(self, axes: Sequence[int]) -> "Storage":
        """These axes walked from their ends."""
        at = self.offset + sum((self.shape[a] - 1) * self.strides[a] for a in axes)
        return replace(self, strides=tuple(-s if a in axes else s for a, s in enumerate(self.strides)), offset=at)

    def windows(self, counts: Lengths, size: Lengths, stride: Lengths, dilation: Lengths) -> "Storage":
        """Sliding windows over the trailing axes: (A.., P.., K..)."""
        split = len(self.shape) - len(size)
        moves = self.strides[split:]
        steps = [m * s for m, s in zip(moves, stride, strict=True)] + [
            m * d for m, d in zip(moves, dilation, strict=True)
        ]
        return replace(self, shape=(*self.shape[:split], *counts, *size), strides=(*self.strides[:split], *steps))

    def reshaped(self, shape: Lengths) -> "Storage | None":
        """The entries in order in another shape; None where that needs a copy."""
        if self.contiguous:
            return replace(self, shape=shape, strides=rows_first(shape))
        squeezed = [(n, s) for n, s in zip(self.shape, self.strides, strict=True) if n != 1]
        wanted = [n for n in shape if n != 1]
        if [n for n, _ in squeezed] != wanted:
            return None  # only axes of length 1 come or go
        steps = iter(s for _, s in squeezed)
        return replace(self, shape=shape, strides=tuple(next(steps) if n != 1 else 0 for n in shape))


def rows_first(shape: Lengths) -> Lengths:
    """Strides of entries that lie in the order of the axes."""
    steps, step = [], 1
    for n in reversed(shape):
        steps.append(step)
        step *= max(n, 1)
    return tuple(reversed(steps))


def laid_out(shape: Lengths, order: Sequence[int]) -> Lengths:
    """Strides of entries without gaps whose axes lie in this order, the last one closest together.

    >>> laid_out((2, 3, 4), (0, 2, 1))
    (12, 1, 3)
    """
    strides, step = [0] * len(shape), 1
    for a in reversed(order):
        strides[a] = step
        step *= max(shape[a], 1)
    return tuple(strides)
