"""Compiled: the bin of each cell.

Here: `find_bins`.
Elsewhere: where bins end is decided in _binning.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._compiled import compiled

MISSING = 255  # the bin of no value
BLOCK_ROWS = 256  # rows; of 30 columns of 8 bytes they take 60 KiB, and stay in a second-level cache for all columns


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
