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
from pellucid.tree._cell_kernels import AHEAD, extremes, fetch
from pellucid.tree._columns import NO_VALUE, Columns, MixedColumns
from pellucid.tree._compiled import inner, within
from pellucid.tree._order_kernels import HALF, LOW, below, unit
from pellucid.tree._search_kernels import TIE, by_mean, mark_left
from pellucid.tree._split_kernels import Room
from pellucid.tree._weigh_kernels import weigh

PIECE = 64  # rows in which a threshold's own cell is looked for at once: mostly there is none


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
    best, seen, useful = -np.inf, 0, False
    while seen < len(pool) and (seen < o.max_features or not useful):
        n_ahead = o.max_features - seen
        n_ahead = AHEAD if n_ahead > AHEAD else n_ahead if n_ahead > 1 else 1
        for k in range(seen, seen + n_ahead):
            if o.max_features < len(pool):
                j = k + below(state, len(pool) - k)
                pool[k], pool[j] = pool[j], pool[k]
        fetch(table.by_row, table.by_column, pool[seen : seen + n_ahead], rows, node.begin, n, room)
        for k in range(seen, seen + n_ahead):
            f, x = pool[k], room.x[room.slot[k - seen]][:n]
            m, low, high = _between(x)
            finer = len(table.numbers) > 0 and not table.category[f]
            if m == 0 or (low == high and m == n and not finer):
                continue
            bottom, top = float(low), float(high)
            if table.category[f]:
                low, high = 0, to_places(table, f, categories, x, room)
                bottom, top = 0.0, float(high)
            elif finer and low == high:
                bottom, top = _extremes_of(table.numbers, f, x, own_rows, low)
                if bottom == top and m == n:
                    continue
            elif table.by_row.itemsize > 1:
                bottom, top = _number(low), _number(high)
            useful = True
            threshold, cell = np.inf, high
            if bottom < top:
                threshold, cell = _draw_between(bottom, top, low, high, table, f, state)
                if finer:
                    threshold = _settle(table.numbers, f, x, own_rows, low, cell, threshold)
            room.bounds[0] = o.sign[f]
            for side in range(2 if m < n and bottom < top else 1):  # missing on the right, then on the left
                score, n_left = weigh(target, x, cell, side == 1, o.floor, room)
                if score <= best + tie:
                    continue
                if node.feature != f:
                    room.slot[k - seen], room.slot[AHEAD] = room.slot[AHEAD], room.slot[k - seen]
                best = score
                node.feature, node.threshold, node.cell, node.middle = f, threshold, cell, room.bounds[3]
                node.missing_left = side == 1 if m < n else 2 * n_left > n  # none missing: with the many
                if table.category[f]:
                    node.cut = np.uint32(cell)
                    node.threshold = np.nan
                    mark_left(categories, table.size[f], node)
        seen += n_ahead
    node.gain = (best - uncut) / node.weight
    return node.feature >= 0


@within
def _between(x: Array) -> tuple[int, int, int]:
    """How many cells are not missing, the lowest and the highest."""
    m = 0
    for i in range(len(x)):
        m += x[i] != NO_VALUE
    if m == len(x):
        lowest, highest = extremes(x)
        return m, np.int64(lowest), np.int64(highest)
    low, high = NO_VALUE, -NO_VALUE
    for i in range(len(x)):
        own = np.int64(x[i])
        low = own if own < low else low
        high = own if own > high and own != NO_VALUE else high
    return m, low, high


@within
def _draw_between(
    bottom: float, top: float, low: int, high: int, table: Columns, f: int, state: Array
) -> tuple[float, int]:
    """A threshold drawn from [bottom, top), the numbers of cells low and high; and the highest cell not above it."""
    u = unit(state)
    if table.category[f] or table.by_row.itemsize == 1:
        threshold = low + u * (high - low)
        if threshold > high - 0.5:
            threshold = high - 0.5
        return threshold, np.int64(threshold)
    threshold = bottom + u * (top - bottom) + 0.0  # -0.0 is no cell
    if threshold >= top:  # by rounding
        threshold = bottom
    near = np.float32(threshold)
    return threshold, _turned(np.int64(near.view(np.int32))) - np.int64(np.float64(near) > threshold)


@within
def _number(cell: int) -> float:
    """The number that a code stands for; see Columns."""
    return np.float64(np.int32(_turned(cell)).view(np.float32))


@within
def _turned(word: int) -> int:
    """The bits of a float32 from a code, or a code from the bits."""
    return word ^ ((word >> 31) & NO_VALUE)


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
def _settle(numbers: Array, f: int, x: Array, rows: Array, low: int, cell: int, threshold: float) -> float:
    """Give rows of a threshold's own cell the next one where their number is above it; the threshold, raised to the
    lowest number where otherwise nothing would go left."""
    if cell == low:
        lowest, _ = _extremes_of(numbers, f, x, rows, low)
        threshold = lowest if lowest > threshold else threshold
    own, above = x.dtype.type(cell), x.dtype.type(cell + 1)
    for begin in range(0, len(x), PIECE):
        piece, own_rows, alike = x[begin : begin + PIECE], rows[begin : begin + PIECE], 0
        for i in range(len(piece)):
            alike += piece[i] == own
        if alike > 0:
            for i in range(len(piece)):
                if piece[i] == own and numbers[np.uint64(own_rows[i]), f] > threshold:
                    piece[i] = above
    return threshold


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


answer(to_places, {Columns: no_places, MixedColumns: places_of_categories})
