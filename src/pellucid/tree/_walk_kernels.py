"""Compiled: rows on their way through trees.

All walks of a block of rows go on side by side, a question each in turn: while one waits for memory, the next ones are
under way.  Those that have arrived are dropped from the list, without a branch that the data decides.

Here: `add_values`, `find_leaves`.
Elsewhere: the block of nodes is described in _walk.py; the same walk in NumPy is Tree.apply in _tree.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._order_kernels import allocating

WALKS = 512  # at once; 512 x 16 bytes of lists and as many rows of a narrow table stay in a first-level cache
BLOCK_BYTES = 1 << 18  # of rows while the trees pass: a quarter of a second-level cache, the rest is for the nodes
LEFT_INNER, RIGHT_INNER = np.uint32(1), np.uint32(2)  # bits of a node's word: whether its children ask on,
MISSING_RIGHT, BY_SET = np.uint32(4), np.uint32(8)  # where a row without a value goes, whether it asks for a set
FEATURE_SHIFT = np.uint32(4)  # above them, the feature
ONE, ZERO = np.uint32(1), np.uint32(0)


@allocating
def add_values(
    X: Array, nodes: Array, root: Array, asks: Array, sets: Array, plain: bool, value: Array, out: Array
) -> None:
    """out[i] += sum over the trees of value[leaf], in their order.

    X (N, D), nodes (M,), root and asks (T,): where a tree begins and whether it asks at all; value (M, K), out (N, K).
    """
    block = max(1, min(WALKS, BLOCK_BYTES // (8 * X.shape[1])))
    walk, leaf = np.empty((2, WALKS), np.uint32), np.empty(WALKS, np.uint32)
    for start in range(0, len(X), block):
        n = min(block, len(X) - start)
        at_once = WALKS // n
        for first in range(0, len(root), at_once):
            last = min(first + at_once, len(root))
            _arrive(X[start : start + n], nodes, root[first:last], asks[first:last], sets, plain, walk, leaf)
            for j in range(last - first):
                for i in range(n):
                    place = leaf[j * n + i]
                    for k in range(value.shape[1]):
                        out[start + i, k] += value[place, k]


@allocating
def find_leaves(X: Array, nodes: Array, root: Array, asks: Array, sets: Array, plain: bool, out: Array) -> None:
    """out[i, t] <- the leaf of row i in tree t, by its number in the tree.   out (N, T)"""
    walk, leaf = np.empty((2, WALKS), np.uint32), np.empty(WALKS, np.uint32)
    for start in range(0, len(X), WALKS):
        n = min(WALKS, len(X) - start)
        for t in range(len(root)):
            _arrive(X[start : start + n], nodes, root[t : t + 1], asks[t : t + 1], sets, plain, walk, leaf)
            for i in range(n):
                out[start + i, t] = leaf[i] - root[t]


@allocating
def _arrive(
    X: Array, nodes: Array, root: Array, asks: Array, sets: Array, plain: bool, walk: Array, leaf: Array
) -> None:
    """leaf[j n + i] <- the leaf of row i in tree j, for the n rows of X; walk (2, >= n T) is room to work in."""
    number, place = walk[0], walk[1]
    n = np.uint32(len(X))
    going = 0
    for j in range(len(root)):
        for i in range(n):
            number[going] = j * n + i
            place[going] = leaf[j * n + i] = root[j]
            going += asks[j]
    several = len(root) > 1
    while going > 0:
        left = 0
        for w in range(going):
            walker = number[w]
            node: Any = nodes[place[w]]
            word = node.word
            x = X[walker % n if several else walker, word >> FEATURE_SHIFT]
            right = ONE if x > node.threshold else ZERO
            if not plain:
                if word & BY_SET != ZERO and x == x:
                    right = ZERO if sets[np.int64(node.threshold) + np.int64(x)] else ONE
                if x != x:
                    right = (word & MISSING_RIGHT) >> np.uint32(2)
            next_place = node.left + right
            leaf[walker] = next_place
            number[left], place[left] = walker, next_place
            left += (word >> right) & ONE
        going = left
