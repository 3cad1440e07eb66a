"""Compiled: rows on their way through trees.

Rows go through a tree in groups of LANES, side by side: a step of one waits for memory while the others are on theirs.
Those that have arrived stand still, since a leaf is its own left child, until the whole group has.

Here: `add_values`, `find_leaves`.
Elsewhere: the block of nodes is described in _walk.py; the same walk in NumPy is Tree.apply in _tree.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any

import numpy as np
from numba import njit

from pellucid.base._tables import Array

LANES = 8  # rows; loads in flight that one core keeps up with, by measurement
BLOCK = 512  # rows; 512 x 30 features x 8 bytes = 120 KiB stay in a second-level cache while the trees pass


@njit(cache=True, nogil=True, error_model="numpy")
def add_values(X: Array, nodes: Array, root: Array, sets: Array, value: Array, plain: bool, out: Array) -> None:
    """out[i] += sum over the trees of value[leaf].   X (N, D), nodes (M,), root (T,), value (M, K), out (N, K)"""
    place = np.empty(LANES, np.int64)
    for start in range(0, len(X), BLOCK):
        stop = min(start + BLOCK, len(X))
        for t in range(len(root)):
            for i in range(start, stop, LANES):
                n = min(LANES, stop - i)
                _descend(X, i, n, nodes, root[t], sets, plain, place)
                for j in range(n):
                    for k in range(value.shape[1]):
                        out[i + j, k] += value[place[j], k]


@njit(cache=True, nogil=True, error_model="numpy")
def find_leaves(X: Array, nodes: Array, root: Array, sets: Array, plain: bool, out: Array) -> None:
    """out[i, t] <- the leaf of row i in tree t, by its number in the tree.   out (N, T)"""
    place = np.empty(LANES, np.int64)
    for t in range(len(root)):
        for i in range(0, len(X), LANES):
            n = min(LANES, len(X) - i)
            _descend(X, i, n, nodes, root[t], sets, plain, place)
            for j in range(n):
                out[i + j, t] = place[j] - root[t]


@njit(cache=True, nogil=True, error_model="numpy")
def _descend(X: Array, row: int, n: int, nodes: Array, root: int, sets: Array, plain: bool, place: Array) -> None:
    """place[j] <- the leaf of row + j, for n <= LANES rows; plain: nothing is missing, and no node asks for a set."""
    for j in range(LANES):
        place[j] = root
    going = True
    while going and plain and n == LANES:
        going = False
        for j in range(LANES):
            node: Any = nodes[place[j]]
            next_place = node.left + (X[row + j, node.feature] > node.threshold)
            going |= next_place != place[j]
            place[j] = next_place
    going = not plain or n < LANES
    while going:
        going = False
        for j in range(n):
            node = nodes[place[j]]
            x = X[row + j, node.feature]
            right = x > node.threshold
            if x != x:
                right = node.missing_left == 0
            elif node.set_start >= 0:
                right = not sets[node.set_start + np.int64(x)]
            next_place = node.left + right
            going |= next_place != place[j]
            place[j] = next_place
