"""Compiled: rows on their way through trees.

All walks of a block of rows go on side by side, in groups, a question each in turn: while one waits for memory, the
others are under way.  Who has arrived steps on the spot, as a leaf leads to itself, and is dropped from the list after
a few steps, without a branch that the data decides.

Rows go block by block, and a small block stays in a second-level cache while all trees pass.  Where the trees together
are more than caches hold, a block is large: then a tree comes from memory once and stays, and rows pass in their order,
which the processor foresees.

Cells and thresholds are compared by keys of 32 bits that stand in the order of float32, so half as much comes and
stays.  To round never turns the order of two numbers; only where the key of a cell is that of the threshold, the
float64 themselves are compared.

The kind of the bundle that holds the nodes picks how walks step when the kernels are compiled: who has no sets does not
wait for the code that asks them.

Here: `add_values`, `find_leaves`; `ByCells`, `BySets`, what they walk by.
Elsewhere: the blocks of nodes are described in _walk.py; the same walk in NumPy is Tree.apply in _tree.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._bundles import answer
from pellucid.tree._compiled import compiled, inner

WALKS = 512  # at once; 512 x 20 bytes of lists and as many rows of a narrow table stay in a first-level cache
FEW_CELLS, MANY_CELLS = 1 << 16, 1 << 21  # of a block: keys of 256 KiB, and of 8 MiB where the trees are
LARGE, NARROW = 1 << 21, 256  # bytes of nodes together, cells of a row: of a wider one walks read few lines
GROUP = 8  # walks in turn: of 6 to 16 the fastest, measured
MISSING_LEFT, BY_SET = 1, 2  # bits of a node's word: where a row without a value goes, whether it asks for a set
FEATURE_SHIFT = 2  # above them the feature, and from bit `shift` on how far ahead the left child is
LOWEST, HIGHEST = np.uint32(0x007FFFFF), np.uint32(0xFF800000)  # keys of the infinities
MISSING = np.uint32(0xFFFFFFFF)  # a key above all others
SIGN = np.int32(-(2**31))
ONE, ZERO, NOTHING = np.uint32(1), np.uint32(0), np.float32(0.0)


class ByCells(NamedTuple):
    """Nodes (M,) of all trees, none of which asks for a set.

    threshold (M,): exact, or where a node asks for a set, its place among those of all; shift: the bit of words from
    which on they say how far ahead a child is; keys: room for those of a block; infinite (1,): set where a cell is;
    steps: before the list is looked through.
    """

    nodes: Array
    threshold: Array
    shift: int
    sets: Array
    keys: Array
    infinite: Array
    steps: int


class BySets(NamedTuple):
    """As ByCells, for trees some of whose nodes ask for a set."""

    nodes: Array
    threshold: Array
    shift: int
    sets: Array
    keys: Array
    infinite: Array
    steps: int


@compiled
def add_values(
    trees: Any, X: Array, block: int, root: Array, told: Array, value: Array, walk: Array, leaf: Array, out: Array
) -> None:
    """out[i] += sum over the trees of value[told[leaf]], in their order.

    X (N D,), row by row, of which `block` rows stay near while the trees pass; root (T,): where a tree begins; told
    (M,), value (V, K), out (N, K).  walk (3, WALKS + GROUP) and leaf (WALKS,) are room to work.
    """
    width = len(X) // len(out)
    for start in range(0, len(out), block):
        n = block if block < len(out) - start else len(out) - start
        rows = X[start * width : (start + n) * width]
        holes = prepare(trees, rows)
        most = n if n < WALKS else WALKS
        at_once = WALKS // most
        for first in range(0, len(root), at_once):
            last = first + at_once if first + at_once < len(root) else len(root)
            for begin in range(0, n, most):
                m = most if most < n - begin else n - begin
                _arrive(trees, rows, holes, width, begin, m, root[first:last], walk, leaf)
                for j in range(last - first):
                    for i in range(m):
                        place = told[leaf[j * m + i]]
                        for k in range(value.shape[1]):
                            out[start + begin + i, k] += value[place, k]


@compiled
def find_leaves(trees: Any, X: Array, block: int, root: Array, walk: Array, leaf: Array, out: Array) -> None:
    """out[i, t] <- the leaf of row i in tree t, by its number in the tree.   out (N, T); otherwise as add_values"""
    width = len(X) // len(out)
    for start in range(0, len(out), block):
        n = block if block < len(out) - start else len(out) - start
        rows = X[start * width : (start + n) * width]
        holes = prepare(trees, rows)
        for t in range(len(root)):
            for begin in range(0, n, WALKS):
                m = WALKS if WALKS < n - begin else n - begin
                _arrive(trees, rows, holes, width, begin, m, root[t : t + 1], walk, leaf)
                for i in range(m):
                    out[start + begin + i, t] = leaf[i] - root[t]


@inner
def _arrive(
    trees: Any, X: Array, holes: bool, width: int, begin: int, n: int, root: Array, walk: Array, leaf: Array
) -> None:
    """leaf[j n + i] <- the leaf of row begin + i of X in tree j, for n rows."""
    number, row, place = walk[0], walk[1], walk[2]  # row: where its cells begin
    going = 0
    for j in range(len(root)):
        for i in range(n):
            number[going], row[going], place[going] = going, (begin + i) * width, root[j]
            going += 1
    while going > 0:
        end = -(-going // GROUP) * GROUP
        for w in range(going, end):
            row[w], place[w] = row[0], place[0]
        step(trees, X, holes, row[:end], place[:end])
        left = 0
        for w in range(going):
            here = place[w]
            leaf[number[w]] = here
            number[left], row[left], place[left] = number[w], row[w], here
            left += trees.nodes[here].word >> trees.shift != 0
        going = left


@inner
def prepare(trees: Any, X: Array) -> bool:
    """Write the keys of rows X, and note infinite cells; True where a cell is missing."""
    return False if _write_keys(X, trees.keys) else _note_infinite(X, trees.infinite)


def step(trees: Any, X: Array, holes: bool, row: Array, place: Array) -> None:
    """Some steps of each walk, group by group.   holes: whether cells may be missing"""
    raise NotImplementedError("step is for compiled code")


@inner
def _write_keys(X: Array, keys: Array) -> bool:
    """keys[i] <- the bits of the float32 next to X[i], turned so that they are in order; of a missing cell, MISSING.

    True where all lie between those of the infinities; a large float64 has the key of one.
    """
    low, high = MISSING, ZERO
    for i in range(len(X)):
        near = np.float32(np.float32(X[i]) + NOTHING)  # -0 becomes 0
        bits = near.view(np.int32)
        key = np.uint32(bits ^ ((bits >> 31) | SIGN)) if X[i] == X[i] else MISSING
        keys[i] = key
        low, high = min(key, low), max(key, high)
    return low > LOWEST and high < HIGHEST


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
def step_by_cells(trees: ByCells, X: Array, holes: bool, row: Array, place: Array) -> None:
    """Whoever lacks no cell does not wait for the code that sends missing ones on."""
    if holes:
        _step_with_holes(trees, X, row, place)
    else:
        _step_by_numbers(trees, X, row, place)


@inner
def _step_by_numbers(trees: ByCells, X: Array, row: Array, place: Array) -> None:
    nodes, threshold, keys, shift = trees.nodes, trees.threshold, trees.keys, trees.shift
    mask = (1 << shift) - 1
    for first in range(0, len(row), GROUP):
        for _ in range(trees.steps):
            for w in range(first, first + GROUP):
                here = place[w]
                node: Any = nodes[here]
                word = np.int64(node.word)
                cell = row[w] + ((word & mask) >> FEATURE_SHIFT)
                left = here + (word >> shift)
                key = keys[cell]
                place[w] = left + (ONE if key > node.key else ZERO)
                if key == node.key:  # a branch of its own, or the processor would have to guess the one above
                    place[w] = left + (ONE if X[cell] > threshold[here] else ZERO)


@inner
def _step_with_holes(trees: ByCells, X: Array, row: Array, place: Array) -> None:
    """By numbers; a row without one goes right, as the key says, unless the node sends it left."""
    nodes, threshold, keys, shift = trees.nodes, trees.threshold, trees.keys, trees.shift
    mask = (1 << shift) - 1
    for first in range(0, len(row), GROUP):
        for _ in range(trees.steps):
            for w in range(first, first + GROUP):
                here = place[w]
                node: Any = nodes[here]
                word = np.int64(node.word)
                cell = row[w] + ((word & mask) >> FEATURE_SHIFT)
                left = here + (word >> shift)
                key = keys[cell]
                place[w] = left + (ONE if key > node.key else ZERO) - ((ONE if key == MISSING else ZERO) & word)
                if key == node.key:
                    place[w] = left + (ONE if X[cell] > threshold[here] else ZERO)


@inner
def step_by_sets(trees: BySets, X: Array, holes: bool, row: Array, place: Array) -> None:
    """As with holes, and with a category where the set says."""
    nodes, threshold, keys, shift, sets = trees.nodes, trees.threshold, trees.keys, trees.shift, trees.sets
    mask = (1 << shift) - 1
    for first in range(0, len(row), GROUP):
        for _ in range(trees.steps):
            for w in range(first, first + GROUP):
                here = place[w]
                node: Any = nodes[here]
                word = np.int64(node.word)
                cell = row[w] + ((word & mask) >> FEATURE_SHIFT)
                left = here + (word >> shift)
                key = keys[cell]
                place[w] = left + (ONE if key > node.key else ZERO) - ((ONE if key == MISSING else ZERO) & word)
                if key == node.key:
                    place[w] = left + (ONE if X[cell] > threshold[here] else ZERO)
                if word & BY_SET != 0 and key != MISSING:
                    place[w] = left + (ZERO if sets[np.int64(threshold[here]) + np.int64(X[cell])] else ONE)


answer(step, {ByCells: step_by_cells, BySets: step_by_sets})
