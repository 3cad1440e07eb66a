"""Compiled: drawn cuts of a large node of a table of bytes whose rows stand in the order of their classes.

Rows are looked at in blocks of a column, as many as a word has bits: the word says which of them are the node's, and a
few instructions compare or count them all, where otherwise each cell is gathered.  Rows of a class are neighbours, so
most of a block is of one class.  Counts are whole numbers, and exact: the tree is that of split_drawn.

Here: `split_bytes`, for nodes of any size.
Elsewhere: small nodes, and other tables, are split in _draw_kernels.py; the loops over a block are in
_vector_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._cell_kernels import AHEAD, gather
from pellucid.tree._columns import ByteColumns
from pellucid.tree._compiled import inner, within
from pellucid.tree._draw_kernels import split_drawn
from pellucid.tree._order_kernels import drawn_word, put_back, share_of, swap_drawn
from pellucid.tree._search_kernels import TIE
from pellucid.tree._split_kernels import ByteSegments, Room
from pellucid.tree._vector_kernels import BITS, bits_up_to, count_bits, extremes_among

MANY = 256  # rows; a node of fewer is small whatever its blocks
ENOUGH = 2  # rows to a block; fewer are gathered
ONE, LAST = np.uint64(1), np.uint64(BITS - 1)


@within
def split_bytes(
    table: ByteColumns,
    target: ByteSegments,
    rows: Array,
    node: Any,
    uncut: float,
    o: Any,
    state: Array,
    pool: Array,
    categories: Array,
    room: Room,
) -> bool:
    """Note the best of the drawn splits in `node`; False when there is none."""
    n = node.end - node.begin
    if n >= MANY:
        m = _note_blocks(target, rows[node.begin : node.end], room)
        if n >= ENOUGH * m:
            return _split_in_blocks(table, target, rows, node, uncut, o, pool, room, m)
    return split_drawn(table, target, rows, node, uncut, o, state, pool, categories, room)


@inner
def _split_in_blocks(
    table: ByteColumns,
    target: ByteSegments,
    rows: Array,
    node: Any,
    uncut: float,
    o: Any,
    pool: Array,
    room: Room,
    m: int,
) -> bool:
    """As split_drawn, of a node whose m blocks are noted."""
    n = node.end - node.begin
    tie = TIE * node.weight * node.impurity
    enough = uncut + node.weight * node.impurity - tie  # both sides pure: no other cut is better by `tie`
    best, seen, useful = -np.inf, np.int64(0), False
    while best < enough and seen < len(pool) and (seen < o.max_features or not useful):
        word = drawn_word(node.seed, seen)
        if o.max_features < len(pool):
            swap_drawn(pool, seen, word)
        f = pool[np.uint64(seen)]
        x = table.by_column[f]
        low, high = extremes_among(x, room.packed, room.spare, m)
        seen += 1
        if low == high:
            continue
        useful = True
        threshold = low + share_of(word) * (high - low)
        threshold = threshold if threshold < high - 0.5 else high - 0.5
        score, n_left = _weigh_blocks(target, x, np.uint8(threshold), n, o.floor, room)
        if score > best + tie:
            best, node.feature, node.threshold, node.cell = score, f, threshold, np.int64(threshold)
            node.missing_left = 2 * n_left > n
    put_back(pool, seen)
    node.gain = (best - uncut) / node.weight
    if node.feature >= 0:
        gather(table.by_column[node.feature], rows[node.begin : node.end], room.x[room.slot[AHEAD]])
    return node.feature >= 0


@inner
def _note_blocks(target: ByteSegments, rows: Array, room: Room) -> int:
    """room.packed <- where the blocks begin that the rows of a node are in, class by class; room.spare <- which of a
    block's rows they are; how many.  target.segment[s + 1, 2] <- where the blocks of a class end."""
    first, mask, segment = room.packed, room.spare, target.segment
    begin, s, m = np.int64(0), np.uint64(0), np.uint64(0)
    while segment[s, 0] >= 0:
        last, bits = ONE, np.uint64(0)  # no block begins at 1
        for i in range(begin, segment[s, 1]):
            place = np.uint64(rows[np.uint64(i)])
            start, bit = place & ~LAST, ONE << (place & LAST)
            m += np.uint64(start != last)
            bits = bit | (bits if start == last else np.uint64(0))
            first[m - ONE], mask[m - ONE] = start, bits
            last = start
        begin = segment[s, 1]
        s += ONE
        segment[s, 2] = m
    return np.int64(m)


@inner
def _weigh_blocks(target: ByteSegments, x: Array, cut: int, n: int, floor: Array, room: Room) -> tuple[float, int]:
    """The score of a cut, and how many rows go left, as weigh_bytes."""
    first, mask, segment = room.packed, room.spare, target.segment
    squares, other, n_left, begin = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    s, p = np.uint64(0), np.uint64(0)
    while segment[s, 0] >= 0:
        stop, on_left = segment[s, 1], np.int64(0)
        s += ONE
        end = np.uint64(segment[s, 2])
        while p < end:
            on_left += count_bits(bits_up_to(x, first[p], cut) & mask[p])
            p += ONE
        on_right = stop - begin - on_left
        squares += on_left * on_left
        other += on_right * on_right
        n_left += on_left
        begin = stop
    n_right, least = n - n_left, max(floor[0], floor[1])
    if n_left < least or n_right < least:
        return -np.inf, n_left
    return np.float64(squares) / np.float64(n_left) + np.float64(other) / np.float64(n_right), n_left
