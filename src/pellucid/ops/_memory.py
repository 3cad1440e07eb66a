"""Where arrays begin, and how the C library treats the memory of those that are let go.

Here: `empty_on_line` and `zeros_on_line`, for arrays that are read many times; `keep_freed_memory`, which spares a
training step the page faults of its large arrays.
Elsewhere: the threads that share out a large batch are in _threads.py, which calls `keep_freed_memory` once.
Imports: the standard library, numpy.

NumPy's arrays begin at any multiple of 16 bytes.  A vector of 64 bytes then lies on two lines of the cache, and reading
weights from a second-level cache takes 1.6 times as long: 100 GB/s, not 60, on a Sapphire Rapids.

glibc gives the top of its heap back to the kernel as soon as 128 KiB of it are free, or twice the largest array let go
so far.  A training step lets go of what the next one needs again: 27 MB of faults a step in a small convolutional
network, a sixth of its time.  Other C libraries (macOS, Windows, musl) are left alone.
"""

import ctypes
import math
import os
import platform
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from pellucid.ops._primitive import Array

KEPT_BYTES = 256 << 20  # of free memory that the process holds at most for its next arrays
HEAP_BYTES = 32 << 20  # arrays up to this size come from the heap, larger ones from the kernel: glibc's own upper bound
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
LINE = 64  # bytes of a line of the cache


def empty_on_line(shape: Sequence[int], dtype: Any) -> Array:
    """An array to be filled in, in rows, whose entries begin at a line of the cache.

    >>> empty_on_line((3, 5), np.float32).ctypes.data % LINE
    0
    """
    return _on_line(np.empty, shape, dtype)


def zeros_on_line(shape: Sequence[int], dtype: Any) -> Array:
    """The same, filled with zeros; memory that is not written to costs nothing.

    >>> zeros_on_line((2,), np.int64).tolist()
    [0, 0]
    """
    return _on_line(np.zeros, shape, dtype)


def _on_line(make: Callable[..., Array], shape: Sequence[int], dtype: Any) -> Array:
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    block = make(size + LINE, np.uint8)
    lead = -block.ctypes.data % LINE
    return block[lead : lead + size].view(kind).reshape(shape)


@cache
def keep_freed_memory() -> bool:
    """Hold up to KEPT_BYTES of freed memory for the arrays to come; False where that is not glibc's to decide, or where
    the user has set its thresholds (mallopt(3): MALLOC_TRIM_THRESHOLD_, MALLOC_MMAP_THRESHOLD_, GLIBC_TUNABLES)."""
    if platform.libc_ver()[0] != "glibc" or any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    wishes = (_M_TRIM_THRESHOLD, KEPT_BYTES), (_M_MMAP_THRESHOLD, HEAP_BYTES)
    return mallopt is not None and all(mallopt(what, size) == 1 for what, size in wishes)
