"""Compiled: rows on their way through trees.

All walks of a block of rows go on side by side, in groups, a question each in turn: while one waits for memory, the
others are under way.  Who has arrived steps on the spot, as a leaf leads to itself, and is dropped from the list after
a few steps, without a branch that the data decides.

Numbers are compared by codes of half their size, and twice as many nodes and rows stay near.  The code of x is the
place, in the order of all float32, of the largest of them that is not above x: of two numbers that with the higher code
is the larger.  Of a cell and a threshold of one code, the cell is not the larger if it is a float32 itself; otherwise
nothing is known, and the group that met them takes its last steps once more, by the numbers.

The kind of the bundle that holds the nodes picks how walks step when the kernels are compiled: whoever lacks no cell
does not wait for the code that sends missing ones on.

Here: `add_values`, `find_leaves`; `ByCodes`, `ByNumbers`, what they walk by.
Elsewhere: the blocks of nodes are described in _walk.py; the same walk in NumPy is Tree.apply in _tree.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._bundles import answer
from pellucid.tree._compiled import compiled, inner, regrouped

WALKS = 512  # at once; 512 x 24 bytes of lists and as many rows of a narrow table stay in a first-level cache
BLOCK_CELLS = 1 << 16  # of 4 bytes while the trees pass: a quarter of a second-level cache, the rest is for the nodes
GROUP = 8  # walks in turn: of 8 to 32 the fastest, measured
STEPS, FEW_STEPS = 8, 4  # before the list is looked through; fewer where trees are SMALL: 4 to 10 measured
SMALL = 64  # nodes a tree
MISSING_RIGHT, BY_SET = np.uint32(1), np.uint32(2)  # bits of a node's word: where a row without a value goes, whether
FEATURE_SHIFT = np.uint32(2)  # it asks for a set; above them, the feature
ONE, ZERO = np.uint32(1), np.uint32(0)
BELOW_SIGN = np.int32(2**31 - 1)
INFINITE = np.int32(0x7F800000)  # the bits of a float32; those of NaN are more


class ByNumbers(NamedTuple):
    """Nodes (M,) of all trees, and the sets that some ask for; infinite (1,): set where a cell is."""

    nodes: Array
    sets: Array
    infinite: Array


class ByCodes(NamedTuple):
    """Nodes as ByNumbers, none of which asks for a set; short (M,): once more, `shift` the bits of a feature in them.
    Room for the codes of a block of rows, and for whether all of them are float32 (1,)."""

    nodes: Array
    short: Array
    shift: int
    codes: Array
    exact: Array
    infinite: Array


@compiled
def add_values(
    trees: Any, X: Array, block: int, root: Array, told: Array, value: Array, walk: Array, leaf: Array, out: Array
) -> int:
    """out[i] += sum over the trees of value[told[leaf]], in their order.

    X (N D,), row by row, of which `block` rows stay near while the trees pass; root (T,): where a tree begins; told
    (M,), value (V, K), out (N, K).  walk (4, WALKS + GROUP) and leaf (WALKS,) are room to work.
    Gives how many rows are done: all, but for a table with holes that is walked through by codes.
    """
    width = len(X) // len(out)
    for start in range(0, len(out), block):
        n = block if block < len(out) - start else len(out) - start
        rows = X[start * width : (start + n) * width]
        if not prepare(trees, rows):
            return start
        at_once = WALKS // n
        for first in range(0, len(root), at_once):
            last = first + at_once if first + at_once < len(root) else len(root)
            _arrive(trees, rows, n, root[first:last], walk, leaf)
            for j in range(last - first):
                for i in range(n):
                    place = told[leaf[j * n + i]]
                    for k in range(value.shape[1]):
                        out[start + i, k] += value[place, k]
    return len(out)


@compiled
def find_leaves(trees: Any, X: Array, block: int, root: Array, walk: Array, leaf: Array, out: Array) -> int:
    """out[i, t] <- the leaf of row i in tree t, by its number in the tree.   out (N, T); otherwise as add_values"""
    width = len(X) // len(out)
    for start in range(0, len(out), block):
        n = block if block < len(out) - start else len(out) - start
        rows = X[start * width : (start + n) * width]
        if not prepare(trees, rows):
            return start
        for t in range(len(root)):
            _arrive(trees, rows, n, root[t : t + 1], walk, leaf)
            for i in range(n):
                out[start + i, t] = leaf[i] - root[t]
    return len(out)


@inner
def _arrive(trees: Any, X: Array, n: int, root: Array, walk: Array, leaf: Array) -> None:
    """leaf[j n + i] <- the leaf of row i in tree j, for the n rows of X."""
    number, row, place, begun = walk[0], walk[1], walk[2], walk[3]  # row: where its cells begin
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
        step(trees, X, steps, row[:end], place[:end], begun)
        left = 0
        for w in range(going):
            here = place[w]
            leaf[number[w]] = here
            number[left], row[left], place[left] = number[w], row[w], here
            left += goes_on(trees, here)
        going = left


def prepare(trees: Any, X: Array) -> bool:
    """Get ready for the rows X, and note infinite cells; False where these trees cannot be asked for them."""
    raise NotImplementedError("prepare is for compiled code")


def step(trees: Any, X: Array, steps: int, row: Array, place: Array, begun: Array) -> None:
    """Some steps of each walk, group by group; begun (>= GROUP,) is room to work."""
    raise NotImplementedError("step is for compiled code")


def goes_on(trees: Any, place: int) -> bool:
    """Whether a node is no leaf."""
    raise NotImplementedError("goes_on is for compiled code")


@inner
def prepare_codes(trees: ByCodes, X: Array) -> bool:
    """Codes of X (n,); False where a cell is missing."""
    exact, top, codes = True, np.int32(0), trees.codes
    for i in range(len(X)):
        x = X[i]
        near = np.float32(x)
        bits = near.view(np.int32)
        codes[i] = (bits ^ ((bits >> 31) & BELOW_SIGN)) - np.int32(np.float64(near) > x)
        size = bits & BELOW_SIGN
        top = size if size > top else top
        exact &= np.float64(near) == x
    trees.exact[0] = exact
    if top >= INFINITE:
        _note_infinite(X, trees.infinite)
    return top <= INFINITE


@inner
def step_by_codes(trees: ByCodes, X: Array, steps: int, row: Array, place: Array, begun: Array) -> None:
    """By codes, and where they do not decide once more by numbers."""
    nodes, short, codes = trees.nodes, trees.short, trees.codes
    bits, feature = np.uint32(trees.shift), (ONE << np.uint32(trees.shift)) - ONE
    for first in range(0, len(row), GROUP):
        alike = False
        for w in range(GROUP):
            begun[w] = place[first + w]
        for _ in range(steps):
            for w in range(first, first + GROUP):
                node: Any = short[place[w]]
                word, x, cut = node.word, codes[row[w] + (node.word & feature)], node.code
                place[w] += (word >> bits) + (ONE if x > cut else ZERO)
                alike |= x == cut
        if alike and not trees.exact[0]:
            end = first + GROUP if first + GROUP < len(row) else len(row)  # not known beforehand: not written out
            for w in range(first, end):
                here = begun[w - first]
                for _ in range(steps):
                    asked: Any = nodes[here]
                    right = X[row[w] + (asked.word >> FEATURE_SHIFT)] > asked.threshold
                    here = asked.left + (ONE if right else ZERO)
                place[w] = here


@inner
def more_by_codes(trees: ByCodes, place: int) -> bool:
    return trees.short[place].word >> np.uint32(trees.shift) != ZERO


@inner
def prepare_numbers(trees: ByNumbers, X: Array) -> bool:
    """The sum of finite cells is finite, or else they are looked at again; to take it brings the rows near, in their
    order, and the walks that ask for a few of their cells find them there."""
    total = _total(X)
    if total - total != 0.0:
        _note_infinite(X, trees.infinite)
    return True


@regrouped
def _total(X: Array) -> float:
    total = 0.0
    for i in range(len(X)):
        total += X[i]
    return total


@inner
def _note_infinite(X: Array, infinite: Array) -> None:
    for i in range(len(X)):
        infinite[0] |= abs(X[i]) == np.inf


@inner
def step_by_numbers(trees: ByNumbers, X: Array, steps: int, row: Array, place: Array, begun: Array) -> None:
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


@inner
def more_by_numbers(trees: ByNumbers, place: int) -> bool:
    return trees.nodes[place].left != place


answer(prepare, {ByCodes: prepare_codes, ByNumbers: prepare_numbers})
answer(step, {ByCodes: step_by_codes, ByNumbers: step_by_numbers})
answer(goes_on, {ByCodes: more_by_codes, ByNumbers: more_by_numbers})
