"""Compiled: groups grown from dense rows.

Here: `spread`.  Elsewhere: neighbours are found by pellucid.neighbors; the same in Python sets is in the test.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

import numpy as np

from pellucid.base._tables import Array
from pellucid.neighbors._distance_kernels import compiled


@compiled
def spread(start: Array, near: Array, core: Array, label: Array) -> int:
    """label (N,) <- the group of each row, -1 for none; gives the number of groups.

    The neighbours of row i are near[start[i] : start[i + 1]].  A group is all that can be reached from a core row by
    going from core row to neighbour; groups are numbered by their first core row, and a row at the border of several
    belongs to the first.
    """
    stack, group = np.empty(len(label), np.int64), 0
    label[:] = -1
    for first in range(len(label)):
        if label[first] >= 0 or not core[first]:
            continue
        label[first] = group
        stack[0], height = first, 1
        while height > 0:
            height -= 1
            row = stack[height]
            for j in range(start[row], start[row + 1]):
                other = near[j]
                if label[other] < 0:
                    label[other] = group
                    if core[other]:
                        stack[height] = other
                        height += 1
        group += 1
    return group
