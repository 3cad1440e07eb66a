"""Compiled: the growth of one tree.

The kind of the table picks how a node is split when the loop is compiled: codes are searched for the best cut, columns
of values are cut where a draw says.  A forest of one kind does not wait for the code of the other.

Here: `grow`, and what it takes: `Options`, `NODE`.
Elsewhere: options are made in _growth.py; splits are in _search_kernels.py and _draw_kernels.py, targets and loads in
_split_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._columns import Columns, MixedColumns, MixedTable, Table
from pellucid.tree._draw_kernels import part_by_values, split_drawn
from pellucid.tree._order_kernels import answer, compiled, written_out
from pellucid.tree._search_kernels import part_by_codes, split_searched
from pellucid.tree._split_kernels import Room, load

PURE = 1e-13  # of the impurity of the root; a sum over 1e6 rows carries about as much rounding

NODE = np.dtype(
    [
        ("threshold", "f8"),
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
        ("cut", "u4"),  # the last code that goes left
        ("feature", "i4"),  # -1: a leaf
        ("left", "i4"),  # its children are left and left + 1
        ("set_start", "i4"),  # of the set of categories that go left, -1: none
        ("depth", "i4"),
        ("missing_left", "?"),
    ],
    align=True,
)


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
    nodes: Array,
    value: Array,
    room: Room,
    pool: Array,
    frontier: Array,
    categories: Array,
    sets: Array,
) -> tuple[int, int]:
    """Fill nodes (M,) of NODE and value (M, K) with a tree grown from rows (n,), which end up sorted by leaf.

    Gives the number of nodes, and how much of `sets` is used: the categories that go left, one set after the other; or
    (0, 0) where `sets` is too short.  Children stand side by side and after their parent.  state (1,) uint64 is the
    source of the features and cuts that are drawn.  Room to work in: pool (D,), which begins as 0, 1, ..., D - 1,
    frontier (M,), categories (most of a feature,) of CATEGORY.  Nothing is allocated here: see UNCOUNTED.
    """
    n_set, n_frontier, n_nodes, n_leaves = 0, 0, 1, 1
    nodes[0].begin, nodes[0].end, nodes[0].depth = 0, len(rows), 0
    nodes[0].low, nodes[0].high = -np.inf, np.inf
    first, last = 0, 1  # nodes to be looked at
    while True:
        for i in range(first, last):
            if not _look(i, table, target, rows, state, o, nodes, value, pool, categories, room):
                continue
            f = nodes[i].feature
            if table.category[f]:
                size = table.size[f]
                if n_set + size > len(sets):
                    return 0, 0
                for c in range(size):
                    sets[n_set + c] = categories[c].left
                nodes[i].set_start = n_set
                n_set += size
            nodes[i].turn = part(table, rows, nodes[i], sets, room)
            frontier[n_frontier] = i
            n_frontier += 1
        if n_frontier == 0 or n_leaves == o.max_leaves:
            break
        n_frontier -= 1
        _divide(_pick(nodes, frontier, n_frontier, o.max_leaves > 0), n_nodes, o, nodes)
        first, last = n_nodes, n_nodes + 2
        n_nodes += 2
        n_leaves += 1
    for i in range(n_frontier):  # it found a split, and no leaf was left to spend on it
        nodes[frontier[i]].feature = -1
    return n_nodes, n_set


@written_out
def _look(
    i: int,
    table: Any,
    target: Any,
    rows: Array,
    state: Array,
    o: Options,
    nodes: Array,
    value: Array,
    pool: Array,
    categories: Array,
    room: Room,
) -> bool:
    """Note what node i holds, and its best split; False where it stays a leaf."""
    node, root = nodes[i], nodes[0]
    n = node.end - node.begin
    node.weight, node.impurity, uncut = load(target, rows, node.begin, n, value[i], room)
    if node.low > -np.inf or node.high < np.inf:
        value[i, -1] = min(max(value[i, -1], node.low), node.high)
        if value.shape[1] == 2:  # shares of two classes
            value[i, 0] = 1.0 - value[i, 1]
    node.feature, node.left, node.set_start = -1, -1, -1
    room.bounds[1], room.bounds[2] = node.low, node.high
    if (
        node.depth >= o.max_depth
        or n < o.min_split
        or n < 2 * o.floor[0]
        or node.weight < 2 * o.floor[1]
        or node.impurity <= PURE * root.impurity
        or not split(table, target, rows, node, uncut, o, state, pool, categories, room)
        or node.weight / root.weight * node.gain + PURE * root.impurity < o.min_decrease
    ):
        node.feature = -1
        return False
    return True


@written_out
def _pick(nodes: Array, frontier: Array, last: int, by_gain: bool) -> int:
    """Take a node from frontier[: last + 1], the last one or the one that helps most; the last takes its place."""
    pick = last
    if by_gain:
        for i in range(last + 1):
            now, own = nodes[frontier[pick]], nodes[frontier[i]]
            if own.gain * own.weight > now.gain * now.weight:
                pick = i
    picked = frontier[pick]
    frontier[pick] = frontier[last]
    return picked


@written_out
def _divide(i: int, n_nodes: int, o: Options, nodes: Array) -> None:
    """Share out the rows of node i among its children, which become the nodes n_nodes and n_nodes + 1."""
    node = nodes[i]
    node.left = n_nodes
    for c in range(n_nodes, n_nodes + 2):
        child = nodes[c]
        child.depth = node.depth + 1
        child.begin = node.begin if c == n_nodes else node.turn
        child.end = node.turn if c == n_nodes else node.end
        child.low, child.high = node.low, node.high
    if o.sign[node.feature] != 0:
        lower = n_nodes if o.sign[node.feature] > 0 else n_nodes + 1
        nodes[lower].high = nodes[2 * n_nodes + 1 - lower].low = node.middle


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


answer(split, {Table: split_searched, MixedTable: split_searched, Columns: split_drawn, MixedColumns: split_drawn})
answer(part, {Table: part_by_codes, MixedTable: part_by_codes, Columns: part_by_values, MixedColumns: part_by_values})
