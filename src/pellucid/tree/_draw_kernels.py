"""Compiled: the split of one node, the best of a few cuts that are drawn.

Nothing is sorted: one pass over the rows of a node finds the extremes of a feature, one more weighs the drawn cut.

Here: `split_drawn`, `part_by_values`.
Elsewhere: columns are laid out in _columns.py; targets and what a cut of them weighs in _split_kernels.py, the growth
that asks for splits in _grow_kernels.py; cuts that are searched for in _search_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._columns import Columns
from pellucid.tree._order_kernels import HALF, LOW, below, compiled, unit
from pellucid.tree._search_kernels import TIE, by_mean, mark_left, sum_up
from pellucid.tree._split_kernels import Room, weigh

SHORT_ROW = 64  # cells, 8 lines of a cache: rows of a small node stay in it from one feature to the next
MANY_ROWS = 8  # one row in so many, and each line of a column (8 cells) holds one of them


@compiled
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
    n = node.end - node.begin
    tie = TIE * node.weight * node.impurity
    best, seen, useful = -np.inf, 0, False
    sum_up(room, n)
    for k in range(len(pool)):
        if seen >= o.max_features and useful:
            break
        if o.max_features < len(pool):
            j = k + below(state, len(pool) - k)
            pool[k], pool[j] = pool[j], pool[k]
        f = pool[k]
        seen += 1
        m, low, high = _gather(table, f, rows, node.begin, n, room.x)
        if m == 0 or (low == high and m == n):
            continue
        useful = True
        if table.category[f]:
            low, high = 0.0, _to_places(categories, table.size[f], n, room)
        threshold = np.inf
        if low < high:
            u = unit(state)
            threshold = np.floor(low + u * (high - low)) if table.category[f] else low + u * (high - low)
            if threshold >= high:  # by rounding
                threshold = low
        room.bounds[0] = o.sign[f]
        for side in range(2 if m < n and low < high else 1):  # missing on the right, then on the left
            score, n_left = weigh(target, n, threshold, side == 1, o.floor, room)
            if score <= best + tie:
                continue
            best = score
            node.feature, node.threshold, node.middle = f, threshold, room.bounds[3]
            node.missing_left = side == 1 if m < n else 2 * n_left > n  # none missing: with the many
            if table.category[f]:
                node.cut = np.uint32(min(threshold, high))
                node.threshold = np.nan
                mark_left(categories, table.size[f], node)
    node.gain = (best - uncut) / node.weight
    return node.feature >= 0


@compiled
def _fetch(table: Columns, f: int, rows: Array, begin: int, n: int, x: Array) -> None:
    """x[i] <- the cell of a node's row.  A loop of its own: so short, many loads are under way at once."""
    n_rows, n_features = table.by_row.shape
    if n_features > SHORT_ROW or n * MANY_ROWS > n_rows:
        column = table.by_column[f]
        for i in range(n):
            x[i] = column[np.uint64(rows[begin + i])]
    else:
        for i in range(n):
            x[i] = table.by_row[np.uint64(rows[begin + i]), f]


@compiled
def _gather(table: Columns, f: int, rows: Array, begin: int, n: int, x: Array) -> tuple[int, float, float]:
    """x[i] <- the cell of a node's row; how many are not missing, the lowest and the highest."""
    _fetch(table, f, rows, begin, n, x)
    m, low, high = 0, np.inf, -np.inf
    for i in range(n):
        m += x[i] == x[i]
        low = min(low, x[i] if x[i] == x[i] else np.inf)
        high = max(high, x[i] if x[i] == x[i] else -np.inf)
    return m, low, high


@compiled
def _to_places(categories: Array, size: int, n: int, room: Room) -> float:
    """room.x, categories by number, by their place in the order of the mean target; the highest place."""
    m = 0
    for i in range(n):
        if room.x[i] == room.x[i]:
            room.packed[m] = (np.uint64(room.x[i]) << HALF) | np.uint64(i)
            m += 1
    n_present = by_mean(categories, size, m, room)
    for i in range(m):
        room.x[room.packed[i] & LOW] = np.float64(room.packed[i] >> HALF)
    return np.float64(n_present - 1)


@compiled
def part_by_values(table: Columns, rows: Array, node: Any, sets: Array, room: Room) -> int:
    """Rows of a node that go left to its front, order kept; the place where the right ones begin."""
    begin, n, by_set = node.begin, node.end - node.begin, node.set_start >= 0
    threshold, missing_left = node.threshold, np.int64(node.missing_left)
    x, moved = room.x, room.absent
    _fetch(table, node.feature, rows, begin, n, x)
    a, b = begin, 0
    for i in range(n):
        goes = np.int64(x[i] <= threshold) | (np.int64(x[i] != x[i]) & missing_left)
        if by_set and x[i] == x[i]:
            goes = np.int64(sets[node.set_start + np.int64(x[i])])
        row = rows[begin + i]
        rows[a] = moved[b] = row
        a += int(goes)
        b += 1 - int(goes)
    for j in range(b):
        rows[a + j] = moved[j]
    return a
