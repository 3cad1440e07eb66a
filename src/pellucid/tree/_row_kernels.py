"""Compiled: the growth of a tree by drawn cuts that are looked at all at once.

Rows of a small node are moved side by side, each with all of its cells in one piece, and moved again at each split:
a pass over them asks all columns and is one way through near memory.  Those of a larger node stay in the table, which
no near cache could hold, and are asked for the drawn columns alone, one after the other.

A node draws from its own seed, as in _draw_kernels.py, and becomes the same whoever looks at it.

Here: `grow_rows`, and the room it works in, `RowRoom`.
Elsewhere: loops over rows are in _lane_kernels.py; _growth.py decides who grows what; whatever is missing here
(categories, cells without a value, weights, targets that are numbers, bounds) is in _grow_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._cell_kernels import count_up_to, draw_cell, gather, threshold_behind
from pellucid.tree._columns import Columns
from pellucid.tree._compiled import compiled, inner, within
from pellucid.tree._grow_kernels import PURE, Grown, Options
from pellucid.tree._lane_kernels import copy_rows, count_left, find_extremes, move_rows
from pellucid.tree._order_kernels import child_seed, drawn_word, put_back, share_of, swap_drawn
from pellucid.tree._search_kernels import TIE
from pellucid.tree._split_kernels import Segments, n_log_n
from pellucid.tree._vector_kernels import extremes

NEVER = np.int32(-(2**31))  # below each cell
ROOT = np.uint64(0)
NOWHERE = np.int64(2)  # the side of a node whose rows are still in the table
OPEN = 67  # nodes that wait at most, as the smaller of two children goes first and rows are counted in 64 bits, and one


class RowRoom(NamedTuple):
    """Room for n_moved rows of `width` cells on each of two sides of x: a node's on one, its children's on the other.

    low, high, cell (width,): of the columns in a node, the extremes and where they are cut, NEVER where not; left
    (K width,): rows of each class on the left of that; own (K,): rows of each class; cut (D,): the columns that are.
    open (OPEN, 7): begin, end, number, depth, seed, side and place of nodes that are still to be looked at; counts
    (OPEN, K): at their places, the rows of each class.  spare (n + BITS,): cells of one column of a node whose rows are
    in the table, and rows of one that is parted.
    """

    x: Array
    width: int
    n_moved: int
    low: Array
    high: Array
    cell: Array
    left: Array
    own: Array
    cut: Array
    open: Array
    counts: Array
    spare: Array


@compiled
def grow_rows(
    table: Columns, target: Segments, rows: Array, o: Options, tree: Grown, pool: Array, room: RowRoom, seed: int
) -> int:
    """Fill `tree` with what grows from rows (n,), which end up sorted by leaf; how many nodes it has.

    -1 where rows of different numbers have the same codes, and only these could be told apart.  target: of rows that
    are sorted by class, all of weight 1.  pool (D,), which begins as 0, 1, ..., D - 1.
    """
    counts, n = room.counts[0], len(rows)
    for k in range(len(counts)):
        counts[k] = 0
    for i in range(n):
        counts[target.y[rows[i]]] += 1
    _note_leaves(tree, ROOT, ROOT, n, n)
    for k in range(len(counts)):
        tree.value[ROOT, k] = counts[k]
    tree.impurity[ROOT] = _impurity(counts, n, target.entropy)
    n_nodes = np.int64(1)
    if _may_split(o, n, 0) and tree.impurity[ROOT] > 0.0:
        _put(room.open[0], 0, n, 0, 0, np.uint64(seed), NOWHERE, 0)
        n_nodes = _grow_below(table, target, rows, o, tree, pool, room)
    _note_shares(tree, n_nodes, target.entropy)
    return n_nodes


@within
def _put(place: Array, begin: int, end: int, number: int, depth: int, seed: np.uint64, side: int, at: int) -> None:
    place[0], place[1], place[2], place[3], place[5], place[6] = begin, end, number, depth, side, at
    place[4] = np.int64(seed)


@within
def _note_leaves(tree: Grown, a: Any, b: Any, n_a: int, n_b: int) -> None:
    """Two nodes as leaves of so many rows; what they say is still to be noted.  Neighbours are written at once."""
    tree.left[a], tree.left[b] = -1, -1
    tree.feature[a], tree.feature[b] = -2, -2
    tree.threshold[a], tree.threshold[b] = -2.0, -2.0
    tree.missing_left[a], tree.missing_left[b] = False, False
    tree.rows[a], tree.rows[b] = n_a, n_b


@inner
def _impurity(counts: Array, n: int, entropy: bool) -> float:
    """Of a node of n rows, of each class so many."""
    impurity = 0.0
    for k in range(len(counts)):
        impurity += _impurity_of(np.float64(counts[np.uint64(k)]) / np.float64(n), entropy)
    return impurity


@within
def _impurity_of(p: float, entropy: bool) -> float:
    """What a class of that share adds to it."""
    if entropy:
        return -p * np.log(p) if p > 0.0 else 0.0
    return p * (1.0 - p)


@inner
def _note_shares(tree: Grown, n_nodes: int, entropy: bool) -> None:
    """What the nodes say, where rows of each class are noted."""
    value = tree.value
    for i in range(n_nodes):
        j = np.uint64(i)
        tree.weight[j] = weight = np.float64(tree.rows[j])
        impurity = 0.0
        for k in range(value.shape[1]):
            value[j, np.uint64(k)] = p = value[j, np.uint64(k)] / weight
            impurity += _impurity_of(p, entropy)
        tree.impurity[j] = impurity


@inner
def _grow_below(
    table: Columns, target: Segments, rows: Array, o: Options, tree: Grown, pool: Array, room: RowRoom
) -> int:
    """Grow what is below the root, the one node that is to be looked at; see grow_rows."""
    x, width, half, n_nodes, n_open = room.x, room.width, len(room.x) // 2, np.int64(1), np.int64(1)
    while n_open > 0:
        n_open -= 1
        node = room.open[np.uint64(n_open)]
        begin, end, i, depth, side, at = node[0], node[1], np.uint64(node[2]), node[3], node[5], node[6]
        seed, n = np.uint64(node[4]), end - begin
        if side == NOWHERE and n <= room.n_moved:
            copy_rows(table.by_row, rows, begin, n, width, x)
            begin, end, side = 0, n, 0
        first, own_rows = side * half + begin * width, rows[begin:end]
        if side != NOWHERE:
            find_extremes(x, first, n, width, room.low, room.high)
        n_cut = _draw_cuts(table, own_rows, room, pool, seed, o.max_features, side, at)
        if n_cut == 0:
            if len(table.numbers) > 0 and _differ(table, own_rows, x, first, n, width, side):
                return -1
            continue
        if side != NOWHERE:
            _count_classes(room, first, at)
        impurity = _impurity(room.counts[np.uint64(at)], n, target.entropy)
        feature, n_left, score = _best_of(target, o, room, n, n_cut, at, TIE * n * impurity)
        cell = room.cell[np.uint64(feature)]
        for j in range(n_cut):
            room.cell[np.uint64(room.cut[np.uint64(j)])] = NEVER
        if n_left == 0 or not _helps(tree, o, target.entropy, n, impurity, score):
            continue
        tree.left[i], tree.feature[i], tree.missing_left[i] = n_nodes, feature, 2 * n_left > n
        tree.threshold[i] = threshold_behind(cell)
        larger = np.int64(2 * n_left <= n)  # 0: the left one
        several = _note_children(tree, n_nodes, n_left, n - n_left, feature, at + larger, at + 1 - larger, room)
        n_before, below = n_open, side if side == NOWHERE else 1 - side
        for turn in range(2):  # the larger one first, and the smaller is on top
            right, middle = turn ^ larger, begin + n_left
            own_begin, own_end = (middle, end) if right == 1 else (begin, middle)
            own, own_seed = room.open[np.uint64(n_open)], child_seed(seed, right)
            _put(own, own_begin, own_end, n_nodes + right, depth + 1, own_seed, below, at + turn)
            stays = several[right] & _may_split(o, own_end - own_begin, depth + 1)
            n_open += np.int64(stays)  # no branch, which would be guessed: every other child stays
        n_nodes += 2
        if n_open == n_before:
            continue
        if side == NOWHERE:
            _part(table.by_column[np.uint64(feature)], own_rows, cell, n_left, room.spare)
        else:
            goal = half - side * half + begin * width
            move_rows(x, first, n, width, feature, cell, goal, goal + n_left * width)
    return n_nodes


@within
def _may_split(o: Options, n: int, depth: int) -> bool:
    return (depth < o.max_depth) & (n >= o.min_split) & (n >= 2 * o.floor[0]) & (n >= 2 * o.floor[1])


@within
def _helps(tree: Grown, o: Options, entropy: bool, n: int, impurity: float, score: float) -> bool:
    weight = np.float64(n)
    gain = (score - (-impurity * weight if entropy else (1.0 - impurity) * weight)) / weight
    return weight / np.float64(tree.rows[ROOT]) * gain + PURE * tree.impurity[ROOT] >= o.min_decrease


@inner
def _draw_cuts(
    table: Columns, rows: Array, room: RowRoom, pool: Array, seed: np.uint64, max_features: int, side: int, at: int
) -> int:
    """Draw max_features features, and on until one of them is not constant, and where each is cut; how many are.

    rows: of the node; where they are in the table each feature is looked at here, and its classes are counted.
    """
    seen, n_cut = 0, 0
    while seen < len(pool) and (seen < max_features or n_cut == 0):
        word = drawn_word(seed, seen)
        if max_features < len(pool):
            swap_drawn(pool, seen, word)
        f = np.uint64(pool[np.uint64(seen)])
        if side == NOWHERE:
            gather(table.by_column[f], rows, room.spare)
            room.low[f], room.high[f] = extremes(room.spare, len(rows))
        low, high = room.low[f], room.high[f]
        if low < high:
            room.cell[f], room.cut[np.uint64(n_cut)] = draw_cell(low, high, share_of(word)), f
            n_cut += 1
            if side == NOWHERE:
                _count_column(room, f, at)
        seen += 1
    put_back(pool, seen)
    return n_cut


@inner
def _count_column(room: RowRoom, f: Any, at: int) -> None:
    """Rows of each class on the left of the cut of a feature, whose cells are in room.spare."""
    first = 0
    for k in range(len(room.own)):
        m = room.counts[np.uint64(at), np.uint64(k)]
        room.left[np.uint64(k * room.width) + f] = count_up_to(room.spare[first : first + m], room.cell[f])
        first += m


@inner
def _count_classes(room: RowRoom, first: int, at: int) -> None:
    """The same for all columns at once, of rows that are moved."""
    for k in range(len(room.own)):
        m = room.counts[np.uint64(at), np.uint64(k)]
        count_left(room.x, first, m, room.width, room.cell, room.left, k * room.width)
        first += m * room.width


@inner
def _best_of(
    target: Segments, o: Options, room: RowRoom, n: int, n_cut: int, at: int, tie: float
) -> tuple[int, int, float]:
    """The feature with the best of the drawn cuts, how many rows go left, 0 where none is allowed, and the score of
    scan_classes."""
    width, left, own, entropy = room.width, room.left, room.own, target.entropy
    least = np.int64(np.ceil(max(o.floor[0], o.floor[1])))
    for k in range(len(own)):
        own[np.uint64(k)] = room.counts[np.uint64(at), np.uint64(k)]
    best, feature, best_left = -np.inf, np.int64(0), np.int64(0)
    for j in range(n_cut):
        f, n_left, score, other = room.cut[np.uint64(j)], np.int64(0), 0.0, 0.0
        for k in range(len(own)):
            n_own = np.int64(left[np.uint64(k * width + f)])
            on_left, on_right = np.float64(n_own), np.float64(own[np.uint64(k)] - n_own)
            n_left += n_own
            if entropy:
                score += n_log_n(on_left) + n_log_n(on_right)
            else:
                score += on_left * on_left
                other += on_right * on_right
        left_w, right_w = np.float64(n_left), np.float64(n - n_left)
        if entropy:
            score = score - n_log_n(left_w) - n_log_n(right_w)
        else:
            score = score / left_w + other / right_w
        better = (score > best + tie) & (n_left >= least) & (n - n_left >= least)  # no branch, which would be guessed
        best = score if better else best
        feature = f if better else feature
        best_left = n_left if better else best_left
    return feature, best_left, best


@inner
def _note_children(
    tree: Grown, number: int, n_left: int, n_right: int, feature: int, at: int, by: int, room: RowRoom
) -> tuple[bool, bool]:
    """Note two children as leaves, the left one by that number, and at two places their rows of each class; whether
    they have rows of several."""
    a, b, at_a, at_b = np.uint64(number), np.uint64(number + 1), np.uint64(at), np.uint64(by)
    _note_leaves(tree, a, b, n_left, n_right)
    one_a, one_b = False, False
    for k in range(len(room.own)):
        n_own = np.int64(room.left[np.uint64(k * room.width + feature)])
        n_other = room.own[np.uint64(k)] - n_own
        room.counts[at_a, np.uint64(k)], room.counts[at_b, np.uint64(k)] = n_own, n_other
        tree.value[a, np.uint64(k)], tree.value[b, np.uint64(k)] = n_own, n_other
        one_a |= n_own == n_left
        one_b |= n_other == n_right
    return not one_a, not one_b


@inner
def _part(column: Array, rows: Array, cell: int, n_left: int, spare: Array) -> None:
    """Rows that go left to the front, order kept."""
    a, b = np.uint64(0), np.uint64(0)
    for i in range(len(rows)):
        goes = np.uint64(column[np.uint64(rows[i])] <= cell)
        rows[a] = spare[b] = rows[i]
        a += goes
        b += np.uint64(1) - goes
    for j in range(len(rows) - n_left):
        rows[np.uint64(n_left + j)] = spare[j]


@inner
def _differ(table: Columns, rows: Array, x: Array, first: int, n: int, width: int, side: int) -> bool:
    """Whether some of the rows have other numbers than the first of them."""
    numbers, number = table.numbers, first + table.numbers.shape[1]  # the cell behind those of the columns
    one = np.uint64(rows[0] if side == NOWHERE else x[number])
    for i in range(1, n):
        other = np.uint64(rows[i] if side == NOWHERE else x[number + i * width])
        for f in range(numbers.shape[1]):
            if numbers[one, f] != numbers[other, f]:
                return True
    return False
