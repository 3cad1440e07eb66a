"""Compiled: where bins of a column lie, and the bin of each cell.

Here: `cut_into_bins`, `find_bins`.
Elsewhere: what is done with bins is in _bins.py, and for boosting in pellucid.ensemble.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._compiled import compiled

MISSING = 255  # the bin of no value
BLOCK_ROWS = 256  # rows; of 30 columns of 8 bytes they take 60 KiB, and stay in a second-level cache for all columns


@compiled
def cut_into_bins(x: Array, weight: Array, max_bins: int, lowest: Array, highest: Array) -> int:
    """The lowest and the highest value of each bin of x (n,), in order and without NaN; gives the number of bins.

    Up to max_bins distinct values have a bin each.  Others share them by weight (n,), or (0,) where each weighs 1: a
    bin ends with the value that brings it nearest to its part of the weight that is left, so that a frequent value
    takes no others with it.  lowest and highest (>= max_bins,).
    """
    n, distinct = len(x), 0
    for i in range(n):
        if i == 0 or x[i] != x[i - 1]:
            if distinct < max_bins:
                lowest[distinct] = highest[distinct] = x[i]
            distinct += 1
    if distinct <= max_bins:
        return distinct
    weighs = len(weight) > 0
    left = 0.0
    for i in range(n):
        left += weight[i] if weighs else 1.0
    i, size = 0, 0
    while i < n:
        goal, own, last = left / (max_bins - size), 0.0, size == max_bins - 1
        lowest[size] = x[i]
        while i < n:
            end, more = i, 0.0
            while end < n and x[end] == x[i]:
                more += weight[end] if weighs else 1.0
                end += 1
            if not last and own > 0.0 and own + more - goal > goal - own:
                break
            own += more
            highest[size] = x[i]
            i = end
        left -= own
        size += 1
    return size


@compiled
def find_bins(table: Array, ends: Array, columns: Array, begin: int, end: int, out: Array) -> None:
    """out[f, i] <- how many of ends[j] are below table[i, f], f = columns[j]; MISSING where that is NaN.

    table (N, D), ends (F, 255) rising, inf after the last; columns (F,), out (D, N) uint8; i in [begin, end).  A search
    by halves whose steps depend on no branch, so that the searches of several rows run side by side.
    """
    for start in range(begin, end, BLOCK_ROWS):
        for j in range(len(columns)):
            f = columns[j]
            for i in range(start, min(start + BLOCK_ROWS, end)):
                x = table[i, f]
                below, step = np.uint64(0), np.uint64(128)
                for _ in range(8):
                    below += step if ends[j, below + step - np.uint64(1)] < x else np.uint64(0)
                    step >>= np.uint64(1)
                out[f, i] = np.uint8(below) if x == x else np.uint8(MISSING)
