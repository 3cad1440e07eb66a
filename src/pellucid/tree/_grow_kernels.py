"""Compiled: the growth of one tree.

A table comes as codes: the rank of each cell among the distinct values of its column, so that sorting is a matter of
small integers, done for each node and only for the features it looks at.  A column of categories is given, in each
node, new codes in the order of the mean target; from there on it is sorted and cut as any other.

Here: `grow`, and what it takes: `Options`, `NODE`, `CATEGORY`.
Elsewhere: codes are made in _columns.py, options in _growth.py; sorting is in _order_kernels.py; targets, loads and
scans in _split_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._columns import MISSING, Table
from pellucid.tree._order_kernels import HALF, LOW, below, compiled, sort_by, sort_packed, unit
from pellucid.tree._split_kernels import Room, load, scan

PURE = 1e-13  # of the impurity of the root; a sum over 1e6 rows carries about as much rounding
TIE = 1e-12  # of W times the impurity: scores closer than that are one score, whatever the order of their sums

NODE = np.dtype(
    [
        ("threshold", "f8"),
        ("impurity", "f8"),
        ("weight", "f8"),
        ("gain", "f8"),
        ("begin", "i8"),  # its rows are rows[begin : end]
        ("end", "i8"),
        ("cut", "u4"),  # the last code that goes left
        ("feature", "i4"),  # -1: a leaf
        ("left", "i4"),  # its children are left and left + 1
        ("set_start", "i4"),  # of the set of categories that go left, -1: none
        ("depth", "i4"),
        ("missing_left", "?"),
    ],
    align=True,
)
CATEGORY = np.dtype([("mean", "f8"), ("weight", "f8"), ("present", "i8"), ("place", "i8"), ("left", "?")], align=True)


class Options(NamedTuple):
    """What limits the growth.  floor: (rows, weight > 0) that a leaf needs.  max_leaves 0: no limit; otherwise the node
    whose split helps most is split first.  at_random: one cut a feature, drawn between its extremes."""

    max_depth: int
    max_leaves: int
    max_features: int
    min_split: int
    min_decrease: float
    floor: Array
    at_random: bool


@compiled
def grow(
    table: Table, target: Any, rows: Array, state: Array, o: Options, nodes: Array, value: Array, room: Room
) -> tuple[int, Array]:
    """Fill nodes (M,) of NODE and value (M, K) with a tree grown from rows (n,), which end up sorted by leaf.

    Gives the number of nodes, and the sets of categories that go left, one after the other.  Children stand side by
    side and after their parent.  state (1,) uint64 is the source of the features and cuts that are drawn.
    """
    sets = np.zeros(64, np.bool_)
    pool = np.arange(len(table.codes))
    frontier = np.empty(len(nodes), np.int64)
    widest = 1
    for f in range(len(pool)):
        if table.category[f]:
            widest = max(widest, table.start[f + 1] - table.start[f])
    categories = np.empty(widest, CATEGORY)
    n_set, n_frontier, n_nodes, n_leaves = 0, 0, 1, 1
    nodes[0].begin, nodes[0].end, nodes[0].depth = 0, len(rows), 0
    first, last = 0, 1  # nodes to be looked at
    while True:
        for i in range(first, last):
            node = nodes[i]
            n = node.end - node.begin
            node.weight, node.impurity, uncut = load(target, rows, node.begin, n, value[i], room)
            node.feature, node.left, node.set_start = -1, -1, -1
            if (
                node.depth >= o.max_depth
                or n < o.min_split
                or n < 2 * o.floor[0]
                or node.weight < 2 * o.floor[1]
                or node.impurity <= PURE * nodes[0].impurity
                or not _split(table, target, rows, node, uncut, o, state, pool, categories, room)
                or node.weight / nodes[0].weight * node.gain + PURE * nodes[0].impurity < o.min_decrease
            ):
                node.feature = -1
                continue
            f = node.feature
            if table.category[f]:
                size = table.start[f + 1] - table.start[f]
                sets = _longer(sets, n_set, n_set + size)
                for c in range(size):
                    sets[n_set + c] = categories[c].left
                node.set_start = n_set
                n_set += size
            frontier[n_frontier] = i
            n_frontier += 1
        if n_frontier == 0 or n_leaves == o.max_leaves:
            break
        pick = n_frontier - 1
        if o.max_leaves > 0:
            for i in range(n_frontier):
                now, own = nodes[frontier[pick]], nodes[frontier[i]]
                if own.gain * own.weight > now.gain * now.weight:
                    pick = i
        n_frontier -= 1
        node = nodes[frontier[pick]]
        frontier[pick] = frontier[n_frontier]
        middle = _partition(table.codes[node.feature], rows, node, sets, room.absent)
        node.left = n_nodes
        for child in range(n_nodes, n_nodes + 2):
            nodes[child].depth = node.depth + 1
            nodes[child].begin = node.begin if child == n_nodes else middle
            nodes[child].end = middle if child == n_nodes else node.end
        first, last = n_nodes, n_nodes + 2
        n_nodes += 2
        n_leaves += 1
    for i in range(n_frontier):  # it found a split, and no leaf was left to spend on it
        nodes[frontier[i]].feature = -1
    return n_nodes, sets[:n_set]


@compiled
def _longer(sets: Array, used: int, wanted: int) -> Array:
    """`sets`, or a copy of what is used of it with more room."""
    if wanted <= len(sets):
        return sets
    out = np.zeros(2 * wanted, np.bool_)
    for i in range(used):
        out[i] = sets[i]
    return out


@compiled
def _split(
    table: Table,
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
    """Note the best split in `node`, and categories that go left; False when there is none.

    Looks at max_features drawn features, and on until one of them is not constant here.
    """
    begin, n = node.begin, node.end - node.begin
    tie = TIE * node.weight * node.impurity
    best, seen, useful = -np.inf, 0, False
    _sum_up(room, n)
    for k in range(len(pool)):
        if seen >= o.max_features and useful:
            break
        if o.max_features < len(pool):
            j = k + below(state, len(pool) - k)
            pool[k], pool[j] = pool[j], pool[k]
        f = pool[k]
        seen += 1
        m, n_absent, low, high = _gather(table.codes[f], rows, begin, n, room.packed, room.absent)
        if m == 0 or (low == high and n_absent == 0):
            continue
        useful = True
        n_present = 0
        if table.category[f]:
            n_present = _by_mean(categories, table.start[f + 1] - table.start[f], m, room)
            low, high = np.uint32(0), np.uint32(n_present - 1)
        drawn, threshold, keys, last = low, np.nan, room.spare, m
        at_random = o.at_random and low < high  # a single value can only be cut from the missing ones
        if at_random:
            drawn, threshold = _draw_cut(state, table, f, low, high)
            last = _left_first(room.packed, room.spare, m, drawn)
        else:
            sort_packed(room.packed, room.spare, room.short, room.buckets, m, high)
        for side in range(2 if n_absent > 0 else 1):  # missing on the right, then on the left
            _sum_up_absent(room, n_absent * side)
            stop = last if at_random or n_absent * (1 - side) > 0 else m - 1
            score, at = scan(target, keys, m, stop, n, n_absent * side, o.floor, tie, room)
            if at < 0 or score <= best + tie:
                continue
            best = score
            node.feature = f
            node.cut = drawn if at_random else np.uint32(keys[at] >> HALF)
            node.missing_left = side == 1 if n_absent > 0 else at + 1 > m - at - 1  # none missing: with the many
            node.threshold = threshold
            if table.category[f]:
                for c in range(table.start[f + 1] - table.start[f]):  # those not present go with the missing
                    category = categories[c]
                    category.left = category.place <= node.cut if category.weight > 0.0 else node.missing_left
            elif not at_random:
                node.threshold = np.inf if at + 1 == m else _midpoint(table, f, keys[at] >> HALF, keys[at + 1] >> HALF)
    node.gain = (best - uncut) / node.weight
    return node.feature >= 0


@compiled
def _sum_up(room: Room, n: int) -> None:
    """(rows, W, T) of the node into room.sums[1]."""
    all_w, all_t = 0.0, 0.0
    for i in range(n):
        all_w += room.w[i]
        all_t += room.t[i]
    room.sums[1, 0], room.sums[1, 1], room.sums[1, 2] = n, all_w, all_t


@compiled
def _sum_up_absent(room: Room, n: int) -> None:
    """(rows, W, T) of the first n rows without a value into room.sums[0]."""
    all_w, all_t = 0.0, 0.0
    for i in range(n):
        all_w += room.w[room.absent[i]]
        all_t += room.t[room.absent[i]]
    room.sums[0, 0], room.sums[0, 1], room.sums[0, 2] = n, all_w, all_t


@compiled
def _gather(
    column: Array, rows: Array, begin: int, n: int, packed: Array, absent: Array
) -> tuple[int, int, np.uint32, np.uint32]:
    """Codes of a node's rows, packed with their places; how many, how many are missing, the lowest and the highest."""
    m, n_absent = 0, 0
    low, high = MISSING, np.uint32(0)
    for i in range(n):
        code = column[rows[begin + i]]
        if code == MISSING:
            absent[n_absent] = i
            n_absent += 1
        else:
            packed[m] = (np.uint64(code) << HALF) | np.uint64(i)
            m += 1
            low = min(low, code)
            high = max(high, code)
    return m, n_absent, low, high


@compiled
def _by_mean(categories: Array, size: int, m: int, room: Room) -> int:
    """Give the packed categories new codes, their places in the order of the mean target; the number that occur.

    For two classes and for squared error the best of all subsets is among the cuts of this order; for more classes it
    is the order of the share of the most frequent one, and the best of its cuts.
    Source: Breiman et al., CART, 1984, sections 4.2.2 and 8.8.
    """
    packed = room.packed
    for c in range(size):
        categories[c].mean = categories[c].weight = 0.0
    for i in range(m):
        category, place = categories[packed[i] >> HALF], packed[i] & LOW
        category.mean += room.t[place]
        category.weight += room.w[place]
    n = 0
    mean, present = categories["mean"], categories["present"]
    for c in range(size):
        if categories[c].weight > 0.0:
            mean[n], present[n] = mean[c] / categories[c].weight, c
            n += 1
    sort_by(mean, present, n)
    for j in range(n):
        categories[present[j]].place = j
    for i in range(m):
        packed[i] = (np.uint64(categories[packed[i] >> HALF].place) << HALF) | (packed[i] & LOW)
    return n


@compiled
def _draw_cut(state: Array, table: Table, f: int, low: int, high: int) -> tuple[np.uint32, float]:
    """A code in [low, high) to cut after, and the threshold drawn uniformly between the extremes of this node."""
    a, b = np.int64(low), np.int64(high)
    if table.category[f]:
        return np.uint32(a + below(state, b - a)), np.nan
    start = table.start[f]
    bottom, top = table.values[start + a], table.values[start + b]
    threshold = bottom + unit(state) * (top - bottom)
    while b - a > 1:  # values[a] <= threshold < values[b], unless rounding has made the threshold the top
        c = (a + b) // 2
        if table.values[start + c] <= threshold:
            a = c
        else:
            b = c
    return np.uint32(a), threshold if threshold < top else table.values[start + a]


@compiled
def _left_first(packed: Array, spare: Array, m: int, cut: int) -> int:
    """The words with codes up to `cut` to the front of spare, code 0, one of code 1 behind them; and their number."""
    a = 0
    for i in range(m):
        spare[a] = packed[i] & LOW
        a += packed[i] >> HALF <= cut
    spare[a] = np.uint64(1) << HALF
    return a


@compiled
def _midpoint(table: Table, f: int, low: int, high: int) -> float:
    """Halfway between two distinct values of a column, and below the upper one whatever the rounding."""
    bottom, top = table.values[table.start[f] + low], table.values[table.start[f] + high]
    middle = 0.5 * bottom + 0.5 * top
    return middle if bottom <= middle < top else bottom


@compiled
def _partition(column: Array, rows: Array, node: Any, sets: Array, moved: Array) -> int:
    """Rows of a node that go left to its front, order kept; the place where the right ones begin."""
    a, b = node.begin, 0
    for i in range(node.begin, node.end):
        row = rows[i]
        code = column[row]
        goes = code <= node.cut
        if code == MISSING:
            goes = node.missing_left
        elif node.set_start >= 0:
            goes = sets[node.set_start + code]
        rows[a] = row
        moved[b] = row
        a += goes
        b += not goes
    for j in range(b):
        rows[a + j] = moved[j]
    return a
