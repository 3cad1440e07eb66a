"""Compiled: the split of one node, the best of a few cuts that are drawn.

Nothing is sorted: one pass over the rows of a node finds the extremes of a feature, one more weighs the drawn cut.

Here: `split_drawn`, `part_by_values`.
Elsewhere: columns are laid out in _columns.py; what a cut weighs in _weigh_kernels.py, the growth
that asks for splits in _grow_kernels.py; cuts that are searched for in _search_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._bundles import answer
from pellucid.tree._cell_kernels import AHEAD, draw_cell, fetch, find_filled, keep_filled, threshold_behind
from pellucid.tree._columns import NO_VALUE, ByteColumns, Columns, MixedColumns
from pellucid.tree._compiled import inner, within
from pellucid.tree._order_kernels import HALF, LOW, drawn_word, put_back, share_of, swap_drawn
from pellucid.tree._search_kernels import TIE, by_mean, mark_left
from pellucid.tree._split_kernels import Room
from pellucid.tree._vector_kernels import extremes
from pellucid.tree._weigh_kernels import weigh


@within
def split_drawn(
    table: Columns,
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
    """Note the best of the drawn splits in `node`, and categories that go left; False when there is none.

    Looks at max_features drawn features, and on until one of them is not constant here; of each, at one cut, and at
    both sides for rows without a value.  Where all others are equal the cut is between them and those without.
    """
    n, own_rows = node.end - node.begin, rows[node.begin : node.end]
    tie = TIE * node.weight * node.impurity
    enough = uncut + node.weight * node.impurity - tie  # both sides pure: no other cut is better by `tie`
    best, seen, useful = -np.inf, 0, False
    find_filled(table, rows, node.begin, n, room.filled)
    done, n_kept = 0, 0
    while best < enough and (done < n_kept or (seen < len(pool) and (seen < o.max_features or not useful))):
        if done == n_kept:
            n_drawn = seen + 1 if seen > 0 else o.max_features
            if o.max_features < len(pool):
                for k in range(seen, n_drawn):
                    swap_drawn(pool, k, drawn_word(node.seed, k))
            done, n_kept = 0, keep_filled(table, pool, seen, n_drawn, room)
            seen = n_drawn
            continue
        n_ahead = AHEAD if n_kept - done > AHEAD else n_kept - done
        fetch(table.by_row, table.by_column, room.drawn[0, done : done + n_ahead], rows, node.begin, n, room)
        for k in range(n_ahead):
            f, x = room.drawn[0, done + k], room.x[room.slot[k]][:n]
            m, low, high = _between(x, table.present)
            finer = low == high and len(table.numbers) > 0 and not table.category[f]
            if m == 0 or (low == high and m == n and not finer) or best >= enough:
                continue
            if table.category[f]:
                low, high = 0, to_places(table, f, categories, x, room)
            share, threshold, cell = share_of(drawn_word(node.seed, room.drawn[1, done + k])), np.inf, high
            if finer:
                bottom, top = _extremes_of(table.numbers, f, x, own_rows, low)
                if bottom < top:
                    threshold = bottom + share * (top - bottom)
                    threshold = threshold if threshold < top else bottom  # by rounding
                    _settle(table.numbers, f, x, own_rows, low, threshold)
                elif m == n:
                    continue
            elif low < high and (table.category[f] or table.by_row.itemsize == 1):
                threshold = low + share * (high - low)
                threshold = threshold if threshold < high - 0.5 else high - 0.5
                cell = np.int64(threshold)
            elif low < high:
                cell = np.int64(draw_cell(low, high, share))
                threshold = threshold_behind(cell)
            useful = True
            room.bounds[0] = o.sign[f]
            for side in range(2 if m < n and threshold < np.inf else 1):  # missing on the right, then on the left
                score, n_left = weigh(target, x, cell, side == 1, o.floor, room)
                if score <= best + tie:
                    continue
                if node.feature != f:
                    room.slot[k], room.slot[AHEAD] = room.slot[AHEAD], room.slot[k]
                best = score
                node.feature, node.threshold, node.cell, node.middle = f, threshold, cell, room.bounds[3]
                node.missing_left = side == 1 if m < n else 2 * n_left > n  # none missing: with the many
                if table.category[f]:
                    node.cut = np.uint32(cell)
                    node.threshold = np.nan
                    mark_left(categories, table.size[f], node)
        done += n_ahead
    put_back(pool, seen)
    node.gain = (best - uncut) / node.weight
    return node.feature >= 0


@within
def _between(x: Array, present: bool) -> tuple[int, int, int]:
    """How many cells are not missing, the lowest and the highest."""
    m = len(x)
    if not present:
        m = 0
        for i in range(len(x)):
            m += x[i] != NO_VALUE
    if m == len(x):
        lowest, highest = extremes(x, m)
        return m, np.int64(lowest), np.int64(highest)
    low, high = NO_VALUE, -NO_VALUE
    for i in range(len(x)):
        own = np.int64(x[i])
        low = own if own < low else low
        high = own if own > high and own != NO_VALUE else high
    return m, low, high


@inner
def _extremes_of(numbers: Array, f: int, x: Array, rows: Array, cell: int) -> tuple[float, float]:
    """The lowest and the highest number of the rows with that cell."""
    low, high = np.inf, -np.inf
    for i in range(len(x)):
        if x[i] == cell:
            own = numbers[np.uint64(rows[i]), f]
            low, high = own if own < low else low, own if own > high else high
    return low, high


@inner
def _settle(numbers: Array, f: int, x: Array, rows: Array, cell: int, threshold: float) -> None:
    """Give rows of that cell the next one where their number is above the threshold."""
    own, above = x.dtype.type(cell), x.dtype.type(cell + 1)
    for i in range(len(x)):
        if x[i] == own and numbers[np.uint64(rows[i]), f] > threshold:
            x[i] = above


def to_places(table: Any, f: int, categories: Array, x: Array, room: Room) -> int:
    """x, categories by number, by their place in the order of the mean target; the highest place."""
    raise NotImplementedError("to_places is for compiled code")


@within
def places_of_categories(table: MixedColumns, f: int, categories: Array, x: Array, room: Room) -> int:
    """Where there are categories."""
    m = np.int64(0)  # not a constant: see by_mean
    for i in range(len(x)):
        if x[i] != NO_VALUE:
            room.packed[m] = (np.uint64(x[i]) << HALF) | np.uint64(i)
            m += 1
    n_present = by_mean(categories, table.size[f], m, room)
    for i in range(m):
        x[room.packed[i] & LOW] = room.packed[i] >> HALF
    return n_present - 1


@within
def no_places(table: Columns, f: int, categories: Array, x: Array, room: Room) -> int:
    """Where there are none: never called, and what orders categories need not be compiled."""
    return np.int64(0)


@within
def part_by_values(table: Columns, rows: Array, node: Any, sets: Array, room: Room) -> int:
    """Rows of a node that go left to its front, order kept; the place where the right ones begin."""
    begin, end, f, moved = node.begin, node.end, node.feature, room.absent
    a, b = begin, 0
    if node.set_start >= 0:
        for i in range(begin, end):
            row = rows[i]
            x = np.int64(table.by_row[np.uint64(row), f])
            goes: Any = np.int64(node.missing_left if x == NO_VALUE else sets[node.set_start + x])
            rows[a] = moved[b] = row
            a += goes
            b += 1 - goes
    else:
        a, b = _part(room.x[room.slot[AHEAD]], rows[begin:end], node.cell, node.missing_left, moved)
        a += begin
    for j in range(b):
        rows[a + j] = moved[j]
    return a


@inner
def _part(x: Array, rows: Array, cell: int, missing_left: bool, moved: Array) -> tuple[int, int]:
    """Rows that go left to the front, the others into `moved`; how many go left, and how many have moved."""
    a, b, last = np.uint64(0), np.uint64(0), x.dtype.type(cell)  # unsigned: no place is counted from the end
    for i in range(len(rows)):
        goes = np.uint64(x[i] <= last) | (np.uint64(x[i] == NO_VALUE) & np.uint64(missing_left))
        rows[a] = moved[b] = rows[i]
        a += goes
        b += np.uint64(1) - goes
    return np.int64(a), np.int64(b)


answer(to_places, {Columns: no_places, ByteColumns: no_places, MixedColumns: places_of_categories})
