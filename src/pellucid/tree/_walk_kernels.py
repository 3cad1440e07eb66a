"""Compiled: rows on their way through trees.

All walks of a block of rows go on side by side, in groups, a question each in turn: while one waits for memory, the
others are under way.  Who has arrived steps on the spot, as a leaf leads to itself, and is dropped from the list after
a few steps, without a branch that the data decides.

Here: `add_values`, `find_leaves`.
Elsewhere: the block of nodes is described in _walk.py; the same walk in NumPy is Tree.apply in _tree.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._order_kernels import allocating, compiled

WALKS = 512  # at once; 512 x 20 bytes of lists and as many rows of a narrow table stay in a first-level cache
BLOCK_BYTES = 1 << 18  # of rows while the trees pass: a quarter of a second-level cache, the rest is for the nodes
GROUP, STEPS = 16, 4  # walks, steps before the list is looked through: of 8 to 32 and 1 to 4 the fastest, measured
MISSING_RIGHT, BY_SET = np.uint32(1), np.uint32(2)  # bits of a node's word: where a row without a value goes, whether
FEATURE_SHIFT = np.uint32(2)  # it asks for a set; above them, the feature
ONE, ZERO = np.uint32(1), np.uint32(0)


@allocating
def add_values(
    X: Array,
    nodes: Array,
    root: Array,
    sets: Array,
    plain: bool,
    told: Array,
    value: Array,
    out: Array,
) -> None:
    """out[i] += sum over the trees of value[told[leaf]], in their order.

    X (N, D), nodes (M,), root (T,): where a tree begins; told (M,), value (V, K), out (N, K).
    """
    block = max(1, min(WALKS, BLOCK_BYTES // (X.itemsize * X.shape[1])))
    walk, leaf = np.empty((3, WALKS + GROUP), np.uint32), np.empty(WALKS, np.uint32)
    for start in range(0, len(X), block):
        n = min(block, len(X) - start)
        at_once = WALKS // n
        for first in range(0, len(root), at_once):
            last = min(first + at_once, len(root))
            _arrive(X[start : start + n], nodes, root[first:last], sets, plain, walk, leaf)
            for j in range(last - first):
                for i in range(n):
                    place = told[leaf[j * n + i]]
                    for k in range(value.shape[1]):
                        out[start + i, k] += value[place, k]


@allocating
def find_leaves(X: Array, nodes: Array, root: Array, sets: Array, plain: bool, out: Array) -> None:
    """out[i, t] <- the leaf of row i in tree t, by its number in the tree.   out (N, T)"""
    walk, leaf = np.empty((3, WALKS + GROUP), np.uint32), np.empty(WALKS, np.uint32)
    for start in range(0, len(X), WALKS):
        n = min(WALKS, len(X) - start)
        for t in range(len(root)):
            _arrive(X[start : start + n], nodes, root[t : t + 1], sets, plain, walk, leaf)
            for i in range(n):
                out[start + i, t] = leaf[i] - root[t]


@allocating
def _arrive(X: Array, nodes: Array, root: Array, sets: Array, plain: bool, walk: Array, leaf: Array) -> None:
    """leaf[j n + i] <- the leaf of row i in tree j, for the n rows of X; walk (3, >= n T + GROUP) is room to work."""
    number, row, place = walk[0], walk[1], walk[2]
    n = np.uint32(len(X))
    going = 0
    for j in range(len(root)):
        for i in range(n):
            number[going], row[going], place[going] = going, i, root[j]
            going += 1
    while going > 0:
        end = -(-going // GROUP) * GROUP
        for w in range(going, end):
            row[w], place[w] = row[0], place[0]
        if plain:
            _step_by_numbers(X, nodes, row[:end], place[:end])
        else:
            _step(X, nodes, sets, row[:end], place[:end])
        left = 0
        for w in range(going):
            here = place[w]
            leaf[number[w]] = here
            number[left], row[left], place[left] = number[w], row[w], here
            left += nodes[here].left != here
        going = left


@compiled
def _step_by_numbers(X: Array, nodes: Array, row: Array, place: Array) -> None:
    """STEPS steps of each walk, where nothing is missing and no node asks for a set."""
    for first in range(0, len(row), GROUP):
        for _ in range(STEPS):
            for w in range(first, first + GROUP):
                node: Any = nodes[place[w]]
                place[w] = node.left + (ONE if X[row[w], node.word >> FEATURE_SHIFT] > node.threshold else ZERO)


@compiled
def _step(X: Array, nodes: Array, sets: Array, row: Array, place: Array) -> None:
    """STEPS steps of each walk."""
    for first in range(0, len(row), GROUP):
        for _ in range(STEPS):
            for w in range(first, first + GROUP):
                node: Any = nodes[place[w]]
                word = node.word
                x = X[row[w], word >> FEATURE_SHIFT]
                right = ONE if x > node.threshold else ZERO
                if word & BY_SET != ZERO and x == x:
                    right = ZERO if sets[np.int64(node.threshold) + np.int64(x)] else ONE
                if x != x:
                    right = word & MISSING_RIGHT
                place[w] = node.left + right
