"""Compiled: rows on their way through trees.

All walks of a block of rows go on side by side, in groups, a question each in turn: while one waits for memory, the
others are under way.  Who has arrived steps on the spot, as a leaf leads to itself, and is dropped from the list after
a few steps, without a branch that the data decides.

The kind of the bundle that holds the nodes picks how walks step when the kernels are compiled: whoever lacks no cell
does not wait for the code that sends missing ones on.

Here: `add_values`, `find_leaves`; `ByNumbers`, `ByCells`, what they walk by.
Elsewhere: the blocks of nodes are described in _walk.py; the same walk in NumPy is Tree.apply in _tree.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._bundles import answer
from pellucid.tree._compiled import compiled, inner, regrouped

WALKS = 512  # at once; 512 x 20 bytes of lists and as many rows of a narrow table stay in a first-level cache
BLOCK_CELLS = 1 << 16  # of 8 bytes while the trees pass: a quarter of a second-level cache, the rest is for the nodes
GROUP = 8  # walks in turn: of 4 to 16 the fastest, measured
STEPS, FEW_STEPS = 8, 4  # before the list is looked through; fewer where trees are SMALL: 4 to 10 measured
SMALL = 64  # nodes a tree
MISSING_RIGHT, BY_SET = np.uint32(1), np.uint32(2)  # bits of a node's word: where a row without a value goes, whether
FEATURE_SHIFT = np.uint32(2)  # it asks for a set; above them, the feature
ONE, ZERO = np.uint32(1), np.uint32(0)


class ByNumbers(NamedTuple):
    """Nodes (M,) of all trees, none of which asks for a set; infinite (1,): set where a cell is."""

    nodes: Array
    infinite: Array


class ByCells(NamedTuple):
    """Nodes as ByNumbers, and the sets that some ask for; cells may be missing."""

    nodes: Array
    sets: Array
    infinite: Array


@compiled
def add_values(
    trees: Any, X: Array, block: int, root: Array, told: Array, value: Array, walk: Array, leaf: Array, out: Array
) -> int:
    """out[i] += sum over the trees of value[told[leaf]], in their order.

    X (N D,), row by row, of which `block` rows stay near while the trees pass; root (T,): where a tree begins; told
    (M,), value (V, K), out (N, K).  walk (3, WALKS + GROUP) and leaf (WALKS,) are room to work.
    Gives how many rows are done: all, but for a table with holes that is walked through by numbers.
    """
    width = len(X) // len(out)
    for start in range(0, len(out), block):
        n = block if block < len(out) - start else len(out) - start
        if not prepare(trees, X[start * width : (start + n) * width]):
            return start
        most = n if n < WALKS else WALKS
        at_once = WALKS // most
        for first in range(0, len(root), at_once):
            last = first + at_once if first + at_once < len(root) else len(root)
            for begin in range(start, start + n, most):
                m = most if most < start + n - begin else start + n - begin
                _arrive(trees, X[begin * width : (begin + m) * width], m, root[first:last], walk, leaf)
                for j in range(last - first):
                    for i in range(m):
                        place = told[leaf[j * m + i]]
                        for k in range(value.shape[1]):
                            out[begin + i, k] += value[place, k]
    return len(out)


@compiled
def find_leaves(trees: Any, X: Array, block: int, root: Array, walk: Array, leaf: Array, out: Array) -> int:
    """out[i, t] <- the leaf of row i in tree t, by its number in the tree.   out (N, T); otherwise as add_values"""
    width = len(X) // len(out)
    for start in range(0, len(out), block):
        n = block if block < len(out) - start else len(out) - start
        if not prepare(trees, X[start * width : (start + n) * width]):
            return start
        for t in range(len(root)):
            for begin in range(start, start + n, WALKS):
                m = WALKS if WALKS < start + n - begin else start + n - begin
                _arrive(trees, X[begin * width : (begin + m) * width], m, root[t : t + 1], walk, leaf)
                for i in range(m):
                    out[begin + i, t] = leaf[i] - root[t]
    return len(out)


@inner
def _arrive(trees: Any, X: Array, n: int, root: Array, walk: Array, leaf: Array) -> None:
    """leaf[j n + i] <- the leaf of row i in tree j, for the n rows of X."""
    number, row, place = walk[0], walk[1], walk[2]  # row: where its cells begin
    width = np.uint32(len(X) // n)
    steps = STEPS if len(trees.nodes) >= SMALL * len(root) else FEW_STEPS
    going = 0
    for j in range(len(root)):
        for i in range(np.uint32(n)):
            number[going], row[going], place[going] = going, i * width, root[j]
            going += 1
    while going > 0:
        end = -(-going // GROUP) * GROUP
        for w in range(going, end):
            row[w], place[w] = row[0], place[0]
        step(trees, X, steps, row[:end], place[:end])
        left = 0
        for w in range(going):
            here = place[w]
            leaf[number[w]] = here
            number[left], row[left], place[left] = number[w], row[w], here
            left += trees.nodes[here].left != here
        going = left


def prepare(trees: Any, X: Array) -> bool:
    """Note infinite cells of the rows X; False where these trees cannot be asked for them."""
    raise NotImplementedError("prepare is for compiled code")


def step(trees: Any, X: Array, steps: int, row: Array, place: Array) -> None:
    """Some steps of each walk, group by group."""
    raise NotImplementedError("step is for compiled code")


@inner
def prepare_numbers(trees: ByNumbers, X: Array) -> bool:
    """The sum of finite cells is finite, or else they are looked at again; to take it brings the rows near, in their
    order, and the walks that ask for a few of their cells find them there."""
    total = _total(X)
    return True if total - total == 0.0 else not _note_infinite(X, trees.infinite)


@inner
def prepare_cells(trees: ByCells, X: Array) -> bool:
    _note_infinite(X, trees.infinite)
    return True


@regrouped
def _total(X: Array) -> float:
    total = 0.0
    for i in range(len(X)):
        total += X[i]
    return total


@inner
def _note_infinite(X: Array, infinite: Array) -> bool:
    """Note infinite cells; True where a cell is missing."""
    found, missing = False, False
    for i in range(len(X)):
        found |= abs(X[i]) == np.inf
        missing |= X[i] != X[i]
    infinite[0] |= found
    return missing


@inner
def step_by_numbers(trees: ByNumbers, X: Array, steps: int, row: Array, place: Array) -> None:
    """By numbers alone."""
    nodes = trees.nodes
    for first in range(0, len(row), GROUP):
        for _ in range(steps):
            for w in range(first, first + GROUP):
                node: Any = nodes[place[w]]
                right = X[row[w] + (node.word >> FEATURE_SHIFT)] > node.threshold
                place[w] = node.left + (ONE if right else ZERO)


@inner
def step_by_cells(trees: ByCells, X: Array, steps: int, row: Array, place: Array) -> None:
    """By numbers; a row without one goes where the node sends it, and with a category where the set says."""
    nodes, sets = trees.nodes, trees.sets
    for first in range(0, len(row), GROUP):
        for _ in range(steps):
            for w in range(first, first + GROUP):
                node: Any = nodes[place[w]]
                word = node.word
                x = X[row[w] + (word >> FEATURE_SHIFT)]
                right = ONE if x > node.threshold else ZERO
                if word & BY_SET != ZERO and x == x:
                    right = ZERO if sets[np.int64(node.threshold) + np.int64(x)] else ONE
                if x != x:
                    right = word & MISSING_RIGHT
                place[w] = node.left + right


answer(prepare, {ByNumbers: prepare_numbers, ByCells: prepare_cells})
answer(step, {ByNumbers: step_by_numbers, ByCells: step_by_cells})
