"""Compiled: the growth of one tree.

The kind of the table picks how a node is split when the loop is compiled: codes are searched for the best cut, columns
of values are cut where a draw says.  A forest of one kind does not wait for the code of the other.

Here: `grow`, and what it takes: `Options`, `Grown`, `NODE`, `STAGE`.
Elsewhere: options are made in _growth.py; splits are in _search_kernels.py, _tally_kernels.py and _draw_kernels.py,
targets and loads in _split_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._block_kernels import split_bytes
from pellucid.tree._bundles import answer
from pellucid.tree._columns import (
    BinnedTable,
    ByteColumns,
    ByteTable,
    Columns,
    MixedBinnedTable,
    MixedColumns,
    MixedTable,
    Table,
)
from pellucid.tree._compiled import compiled, inner
from pellucid.tree._draw_kernels import part_by_values, split_drawn
from pellucid.tree._order_kernels import child_seed
from pellucid.tree._search_kernels import part_by_codes, split_searched
from pellucid.tree._split_kernels import Room, load
from pellucid.tree._tally_kernels import part_by_bytes, split_tallied

PURE = 1e-13  # of the impurity of the root; a sum over 1e6 rows carries about as much rounding
ZERO, ONE = np.int64(0), np.int64(1)  # literal ones are types of their own, for which calls are compiled once more

NODE = np.dtype(
    [
        ("threshold", "f8"),  # where cuts are drawn
        ("impurity", "f8"),
        ("weight", "f8"),
        ("gain", "f8"),
        ("low", "f8"),  # its value and those below it lie in [low, high]
        ("high", "f8"),
        ("middle", "f8"),  # of the values of its children
        ("begin", "i8"),  # its rows are rows[begin : end]
        ("end", "i8"),
        ("turn", "i8"),  # the place where the rows begin that go right
        ("cell", "i8"),  # the highest cell that goes left, where cuts are drawn
        ("number", "i8"),  # in the tree
        ("seed", "u8"),  # of what it draws, where cuts are drawn
        ("cut", "u4"),  # the last code that goes left
        ("below", "i4"),  # where cuts are searched for: what stands on the two sides of the cut, see Coded
        ("above", "i4"),
        ("feature", "i4"),  # -1: no split
        ("set_start", "i4"),  # of the set of categories that go left, -1: none
        ("depth", "i4"),
        ("missing_left", "?"),
    ],
    align=True,
)
"""A node that may still be split.  What is left of it in the tree is less than half of that."""


STAGE = np.dtype(
    [
        ("n_nodes", "i8"),
        ("n_leaves", "i8"),
        ("n_open", "i8"),  # nodes whose split is found and not made yet
        ("n_set", "i8"),  # how much of the sets is used
        ("most", "i8"),  # splits of one call
        ("finished", "?"),
    ],
    align=True,
)
"""How far a growth has come, between two calls of `grow`."""


class Grown(NamedTuple):
    """A tree as it grows, an entry of each array a node: as the arrays of a Tree, but that children are left and
    left + 1, ends (M, 2) stand for thresholds where cuts are searched for, and threshold (M,) where they are drawn; the
    other of the two has no entries."""

    left: Array
    feature: Array
    threshold: Array
    ends: Array
    missing_left: Array
    set_start: Array
    impurity: Array
    rows: Array
    weight: Array
    value: Array


class Options(NamedTuple):
    """What limits the growth.  floor: (rows, weight > 0) that a leaf needs.  max_leaves 0: no limit; otherwise the node
    whose split helps most is split first.  sign (D,): +1 where the value may only rise with it, -1: only fall."""

    max_depth: int
    max_leaves: int
    max_features: int
    min_split: int
    min_decrease: float
    floor: Array
    sign: Array


@compiled
def grow(
    table: Any,
    target: Any,
    rows: Array,
    state: Array,
    o: Options,
    tree: Grown,
    frontier: Array,
    words: Array,
    room: Room,
    pool: Array,
    categories: Array,
    sets: Array,
    stage: Array,
) -> bool:
    """Fill `tree` with what grows from rows (n,), which end up sorted by leaf; False where `sets` is too short.

    stage: how far it has come, see STAGE; it begins as zeros but for `most`, and after so many splits the next call
    with all the same goes on.  Whenever a call comes back the tree is one, whose leaves may still be split.  Children
    stand side by side and after their parent.  sets <- the categories that go left, one set after the other.
    state (1,) uint64 is the source of the features and cuts that are drawn.  Room to work in: frontier (leaves + 2,) of
    NODE, words the same memory (leaves + 2, words a node) as int64, pool (D,), which begins as 0, 1, ..., D - 1,
    categories (most of a feature,) of CATEGORY.  Nothing is allocated here: see UNCOUNTED.
    """
    s = stage[0]
    n_set, n_nodes, n_leaves, n_splits = s.n_set, s.n_nodes, s.n_leaves, ZERO
    n_open = s.n_open  # frontier[1 : n_open + 1] found a split that is not made yet
    first, last = ZERO, ZERO  # nodes to be looked at, which stand in the frontier behind the others
    if n_nodes == 0:
        root = frontier[1]
        root.begin, root.end, root.depth, root.low, root.high = 0, len(rows), 0, -np.inf, np.inf
        root.seed = state[0]
        n_nodes, n_leaves, last = ONE, ONE, ONE
    while True:
        place = n_open + 1
        for i in range(first, last):
            node = frontier[place]
            place += 1
            node.number = i
            if not _look(node, table, target, rows, state, o, tree, pool, categories, room):
                continue
            f = node.feature
            if table.category[f]:
                size = table.size[f]
                if n_set + size > len(sets):
                    return False
                for c in range(size):
                    sets[n_set + c] = categories[c].left
                node.set_start = n_set
                n_set += size
            node.turn = part(table, rows, node, sets, room)
            n_open += 1
            if place > n_open + 1:  # the one before it has become a leaf
                _copy(words, place - 1, n_open)
        s.finished = n_open == 0 or n_leaves == o.max_leaves
        if s.finished or n_splits == s.most:
            s.n_set, s.n_nodes, s.n_leaves, s.n_open = n_set, n_nodes, n_leaves, n_open
            return True
        if o.max_leaves > 0:
            _bring_best_to_end(frontier, words, n_open)
        _divide(frontier[n_open], frontier[n_open + 1], n_nodes, o, tree)
        n_open -= 1
        first, last = n_nodes, n_nodes + 2
        n_nodes += 2
        n_leaves += 1
        n_splits += 1


@inner
def _look(
    node: Any,
    table: Any,
    target: Any,
    rows: Array,
    state: Array,
    o: Options,
    tree: Grown,
    pool: Array,
    categories: Array,
    room: Room,
) -> bool:
    """Note a node as a leaf of the tree, and its best split in `node`; False where there is none to be made."""
    n, i = node.end - node.begin, node.number
    value = tree.value[i]
    node.weight, node.impurity, uncut = load(target, rows, node.begin, n, value, room)
    if node.low > -np.inf or node.high < np.inf:
        own = node.low if value[-1] < node.low else value[-1]
        value[-1] = node.high if own > node.high else own
        if len(value) == 2:  # shares of two classes
            value[0] = 1.0 - value[1]
    tree.left[i], tree.feature[i], tree.missing_left[i], tree.set_start[i] = -1, -2, False, -1
    tree.impurity[i], tree.rows[i], tree.weight[i] = node.impurity, n, node.weight
    if len(tree.threshold) > 0:
        tree.threshold[i] = -2.0
    node.feature, node.set_start = -1, -1
    room.bounds[1], room.bounds[2] = node.low, node.high
    return not (
        node.depth >= o.max_depth
        or n < o.min_split
        or n < 2 * o.floor[0]
        or node.weight < 2 * o.floor[1]
        or node.impurity <= PURE * tree.impurity[0]
        or not split(table, target, rows, node, uncut, o, state, pool, categories, room)
        or node.weight / tree.weight[0] * node.gain + PURE * tree.impurity[0] < o.min_decrease
    )


@inner
def _bring_best_to_end(frontier: Array, words: Array, last: int) -> None:
    """Let the node of frontier[1 : last + 1] that helps most and the last one change places."""
    pick = last
    for i in range(1, last + 1):
        if frontier[i].gain * frontier[i].weight > frontier[pick].gain * frontier[pick].weight:
            pick = i
    _copy(words, pick, ZERO)
    _copy(words, last, pick)
    _copy(words, ZERO, last)


@inner
def _copy(words: Array, source: int, goal: int) -> None:
    """A node to another place; word by word, as Numba would copy it byte by byte and compile long for it."""
    for j in range(words.shape[1]):
        words[goal, j] = words[source, j]


@inner
def _divide(node: Any, right: Any, number: int, o: Options, tree: Grown) -> None:
    """Note the split of a node; then `node` is its left child, which has that number, and `right` the other one."""
    i, sign = node.number, o.sign[node.feature]
    tree.left[i], tree.feature[i] = number, node.feature
    tree.missing_left[i], tree.set_start[i] = node.missing_left, node.set_start
    if len(tree.threshold) > 0:
        tree.threshold[i] = node.threshold
    else:
        tree.ends[i, 0], tree.ends[i, 1] = node.below, node.above
    right.low, right.high = node.low, node.high
    if sign > 0:
        node.high = right.low = node.middle
    elif sign < 0:
        node.low = right.high = node.middle
    right.begin, right.end, right.depth = node.turn, node.end, node.depth + 1
    right.seed, node.seed = child_seed(node.seed, ONE), child_seed(node.seed, ZERO)
    node.end, node.depth = node.turn, node.depth + 1


def split(
    table: Any,
    target: Any,
    rows: Array,
    node: Any,
    uncut: float,
    o: Options,
    state: Array,
    pool: Array,
    categories: Array,
    room: Room,
) -> bool:
    """Note the best split in `node`, and categories that go left; False when there is none."""
    raise NotImplementedError("split is for compiled code")


def part(table: Any, rows: Array, node: Any, sets: Array, room: Room) -> int:
    """Rows of a node that go left to its front, order kept; the place where the right ones begin."""
    raise NotImplementedError("part is for compiled code")


SEARCHED, DRAWN = (Table, MixedTable, BinnedTable, MixedBinnedTable), (Columns, MixedColumns)
OF_BYTES = {ByteTable: (split_tallied, part_by_bytes), ByteColumns: (split_bytes, part_by_values)}
BY_KIND = dict.fromkeys(SEARCHED, (split_searched, part_by_codes)) | dict.fromkeys(DRAWN, (split_drawn, part_by_values))
for place, stub in enumerate((split, part)):
    answer(stub, {kind: kernels[place] for kind, kernels in (BY_KIND | OF_BYTES).items()})
