"""Compiled: the split of one node, searched for among all cuts of the features it looks at.

A table comes as codes: the rank of each cell among the distinct values of its column, so that sorting is a matter of
small integers, done for each node and only for the features it looks at.  A column of categories is given, in each
node, new codes in the order of the mean target; from there on it is sorted and cut as any other.

Here: `split_searched`, `part_by_codes`; `CATEGORY`, `by_mean`, `mark_left`, which drawn cuts need too.
Elsewhere: codes are made in _columns.py; sorting is in _order_kernels.py, targets and scans in _split_kernels.py, the
growth that asks for splits in _grow_kernels.py; cuts that are drawn in _draw_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._bundles import answer
from pellucid.tree._cell_kernels import AHEAD, fetch, sum_left
from pellucid.tree._columns import BinnedTable, MixedBinnedTable, MixedTable, Table
from pellucid.tree._compiled import inner, within
from pellucid.tree._count_kernels import count, scan_counts
from pellucid.tree._order_kernels import HALF, LOW, below, sort_by, sort_packed
from pellucid.tree._split_kernels import Room, scan
from pellucid.tree._vector_kernels import extremes

FEW = 48  # rows a class; fewer are sorted before the sums of all codes have been looked at
MANY = 4  # one row in so many has the lowest code, and leaving them out of the sorting saves more than it costs
TIE = 1e-12  # of W times the impurity: scores closer than that are one score, whatever the order of their sums

CATEGORY = np.dtype([("mean", "f8"), ("weight", "f8"), ("present", "i8"), ("place", "i8"), ("left", "?")], align=True)


@inner
def split_searched(
    table: Table,
    target: Any,
    rows: Array,
    node: Any,
    uncut: float,
    o: Any,
    state: Array,
    pool: Array,
    categories: Array,
    room: Room,
) -> bool:
    """Note the best split in `node`, and categories that go left; False when there is none.

    Looks at max_features drawn features, and on until one of them is not constant here; but not for a cut that could
    not be better than the best so far.
    """
    begin, n = node.begin, node.end - node.begin
    tie = TIE * node.weight * node.impurity
    enough = uncut + node.weight * node.impurity - tie  # both sides pure: no other cut is better by `tie`
    best, seen, useful = -np.inf, 0, False
    binned, few = room.may_skip and table.missing < 256, FEW * (room.counts.shape[1] - 2)
    while seen < len(pool) and (seen < o.max_features or not useful):
        n_ahead = o.max_features - seen
        n_ahead = AHEAD if n_ahead > AHEAD else n_ahead if n_ahead > 1 else 1
        for k in range(seen, seen + n_ahead):
            if o.max_features < len(pool):
                j = k + below(state, len(pool) - k)
                pool[k], pool[j] = pool[j], pool[k]
        seen += n_ahead
        if best >= enough:  # the rest are drawn and not looked at
            continue
        fetch(table.by_row, table.codes, pool[seen - n_ahead : seen], rows, begin, n, room)
        for k in range(n_ahead):
            f, x = pool[seen - n_ahead + k], room.x[room.slot[k]][:n]
            low, high = extremes(x, n)
            if low == high or best >= enough:
                continue
            useful = True
            room.bounds[0] = o.sign[f]
            keys = room.spare
            counted = binned and n >= few and not table.category[f]
            if counted:
                n_absent, last = count(table, target, x, np.int64(low), np.int64(high), room)
                m, n_low = n - n_absent, 0
            else:
                may_skip = room.may_skip and not table.category[f]
                m, n_absent, n_low, top = _pack(x, low, high, table.missing, room, may_skip)
                if table.category[f]:
                    top = np.uint32(to_places(table, f, categories, m, room))
                sort_packed(room.packed, keys, room.short, room.buckets, m, top)
                last = 0
            for side in range(2 if n_absent > 0 else 1):  # missing on the right, then on the left
                if counted:
                    score, below_cut, above_cut, n_left = scan_counts(
                        table, target, np.int64(low), last, n, n_absent, side, o.floor, tie, room
                    )
                    code = np.int64(below_cut)
                else:
                    sum_up_absent(room, n_absent * side)
                    if n_low > 0:
                        _sum_up_low(room, x, low, keys[0] & LOW)
                    begun = n_low + n_absent * side
                    stop = m if n_absent * (1 - side) > 0 else m - 1
                    score, at = scan(target, keys, m, stop, n, begun, o.floor, tie, room)
                    n_left = n_low + at + 1
                    below_cut, above_cut, code = -1, -1, np.int64(-1)
                    if at >= 0:
                        code, below_cut = np.int64(keys[at] >> HALF), _end(table, keys[at], rows, begin)
                        above_cut = _end(table, keys[at + 1], rows, begin) if at + 1 < m else -1
                if code < 0 or score <= best + tie:
                    continue
                best = score
                node.feature = f
                node.cut = np.uint32(code)
                node.middle = room.bounds[3]
                node.below, node.above = below_cut, above_cut
                node.missing_left = side == 1 if n_absent > 0 else n_left > n - n_left  # none missing: with the many
                if table.category[f]:
                    mark_left(categories, table.size[f], node)
    node.gain = (best - uncut) / node.weight
    return node.feature >= 0


def to_places(table: Any, f: int, categories: Array, m: int, room: Room) -> int:
    """The packed categories of a feature by their place in the order of the mean target; the highest place."""
    raise NotImplementedError("to_places is for compiled code")


@within
def places_of_categories(table: MixedTable, f: int, categories: Array, m: int, room: Room) -> int:
    """Where there are categories."""
    return by_mean(categories, table.size[f], m, room) - 1


@within
def no_places(table: Table, f: int, categories: Array, m: int, room: Room) -> int:
    """Where there are none: never called, and what orders categories need not be compiled."""
    return np.int64(0)


@inner
def mark_left(categories: Array, size: int, node: Any) -> None:
    """Note for each category whether it goes left; those not present go with the missing."""
    for c in range(size):
        category = categories[c]
        category.left = category.place <= node.cut if category.weight > 0.0 else node.missing_left


@inner
def sum_up_absent(room: Room, n: int) -> None:
    """(rows, W, T) of the first n rows without a value into room.sums[0]."""
    all_w, all_t = 0.0, 0.0
    for i in range(n):
        all_w += room.w[room.absent[i]]
        all_t += room.t[room.absent[i]]
    room.sums[0, 0], room.sums[0, 1], room.sums[0, 2] = n, all_w, all_t


@inner
def _sum_up_low(room: Room, x: Array, low: int, place: int) -> None:
    """(rows, W, T) of the rows of the lowest code, but for the one at `place`, are added to room.sums[0]."""
    rows, all_w, all_t = sum_left(x, room.w[: len(x)], room.t[: len(x)], low, False)
    room.sums[0, 0] += rows - 1
    room.sums[0, 1] += all_w - room.w[place]
    room.sums[0, 2] += all_t - room.t[place]


@inner
def _pack(x: Array, low: int, high: int, missing: int, room: Room, may_skip: bool) -> tuple[int, int, int, np.uint32]:
    """Codes of a node's rows, packed with their places; how many, how many are missing, how many are left out because
    they are of the lowest code, all but one of them, where they are many; and the highest code."""
    m, n_absent, n_low, top = 0, 0, 0, np.uint32(high)
    packed, absent = room.packed, room.absent
    for i in range(len(x)):
        n_low += x[i] == low
    if not may_skip or n_low * MANY < len(x) or top == missing:
        n_low = 1
    if n_low > 1:
        for i in range(len(x)):  # the first of them stays: it is written before the others are left out
            packed[m] = (np.uint64(x[i]) << HALF) | np.uint64(i)
            if x[i] == low:
                packed[0], packed[m] = packed[m], packed[0]
                m += 1
                break
            m += 1
        for i in range(m, len(x)):
            packed[m] = (np.uint64(x[i]) << HALF) | np.uint64(i)
            m += x[i] != low
    elif top == missing:
        top = np.uint32(0)
        for i in range(len(x)):
            code = np.uint32(x[i])
            if code == missing:
                absent[n_absent] = i
                n_absent += 1
            else:
                packed[m] = (np.uint64(code) << HALF) | np.uint64(i)
                m += 1
                top = code if code > top else top
    else:
        m = len(x)
        for i in range(m):
            packed[i] = (np.uint64(x[i]) << HALF) | np.uint64(i)
    return m, n_absent, n_low - 1, top


@inner
def by_mean(categories: Array, size: int, m: int, room: Room) -> int:
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
    n = np.int64(0)  # a constant, 0, would be a type of its own, for which sort_by is compiled once more
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


@inner
def _end(table: Table, key: int, rows: Array, begin: int) -> int:
    """What stands for the value of a packed code; see Coded."""
    return np.int64(key >> HALF) if table.codes.itemsize == 1 else np.int64(rows[begin + np.int64(key & LOW)])


@inner
def part_by_codes(table: Table, rows: Array, node: Any, sets: Array, room: Room) -> int:
    """Rows of a node that go left to its front, order kept; the place where the right ones begin."""
    column, moved = table.codes[node.feature], room.absent
    a, b = node.begin, 0
    for i in range(node.begin, node.end):
        row = rows[i]
        code = np.uint32(column[row])
        goes = code <= node.cut
        if code == table.missing:
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


answer(to_places, dict.fromkeys((Table, BinnedTable), no_places))
answer(to_places, dict.fromkeys((MixedTable, MixedBinnedTable), places_of_categories))
