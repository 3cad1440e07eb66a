"""Compiled: the cells of some features of the rows of a node, in one piece, and what vector loops find in them.

Here: `to_bytes`, `turn_bytes`; `note_filled`, `find_filled`, `keep_filled`; `fetch`, `gather`; `sum_left` and
`count_up_to`; `draw_cell` and `threshold_behind`, for cells that are codes, see Columns.
Elsewhere: what is looked for is in _search_kernels.py, what is drawn in _draw_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._columns import NO_VALUE
from pellucid.tree._compiled import compiled, inner, regrouped, within
from pellucid.tree._vector_kernels import BITS, bits_up_to, count_bits

LOWEST = -3.4028234663852886e38  # of float32
BYTES = 8  # of a word
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
AHEAD = 4  # features whose cells are fetched in one pass over the rows; their lines of cache are under way together
NEAR_BYTES = 1 << 19  # of rows that stay in half of a second-level cache from one node to those below it
SHORT_ROW = 64  # cells, 8 lines of a cache: rows of a small node stay in it from one feature to the next
LINE_BYTES = 64  # of the cache
SPARSE_LINES = 2  # lines of a column to one row of a node; where there are fewer, columns are read line by line
MANY_ROWS = 8  # one row in so many, and each line of a column (16 cells) holds two of them


@compiled
def to_bytes(cells: Array, out: Array) -> bool:
    """out[i] <- cells[i] as uint8, for cells (n,); False if one of them is none of 0, 1, ... or 255."""
    fits = True
    for i in range(len(cells)):
        x = cells[i]
        out[i] = np.uint8(np.int32(x if 0.0 <= x <= 255.0 else 0.0))
        fits &= np.float64(out[i]) == x
    return fits


@compiled
def turn_bytes(by_row: Array, by_column: Array, word: Array) -> None:
    """by_column (D, N) <- by_row (N, D), both uint8; word (D,) uint64 is room to work in.

    Eight rows become a word for each column: a loop over columns is one of vectors, and a column is written by words.
    """
    n_rows, n_features = by_row.shape
    last = np.uint64(n_rows - n_rows % BYTES)
    for begin in range(np.uint64(0), last, np.uint64(BYTES)):
        for f in range(n_features):
            own = np.uint64(0)
            for j in range(BYTES):
                own |= np.uint64(by_row[begin + np.uint64(j), f]) << np.uint64(8 * j)
            word[f] = own
        for f in range(n_features):
            own = word[f]
            for j in range(BYTES):
                by_column[f, begin + np.uint64(j)] = np.uint8(own >> np.uint64(8 * j))
    for f in range(n_features):
        for i in range(last, n_rows):
            by_column[f, i] = by_row[i, f]


@compiled
def note_filled(cells: Array, n_features: int, filled: Array) -> int:
    """filled (N, words) <- which cells are not 0, see filled_bits; how many are.   cells (N D,) uint8, row by row"""
    n = np.int64(0)
    for i in range(len(filled)):
        for j in range(filled.shape[1]):
            begin, own = i * n_features + j * BITS, min(BITS, n_features - j * BITS)
            if begin + BITS <= len(cells):
                bits = ~bits_up_to(cells, begin, np.uint8(0)) & (ALL >> np.uint64(BITS - own))
            else:  # the end of the last rows, behind which nothing may be read
                bits = np.uint64(0)
                for k in range(own):
                    bits |= np.uint64(cells[begin + k] != 0) << np.uint64(k)
            filled[i, j] = bits
            n += count_bits(bits)
    return n


@within
def find_filled(table: Any, rows: Array, begin: int, n: int, any_filled: Array) -> None:
    """any_filled (words,) <- the bits of features that some row of a node has a cell for that is not 0.

    Nothing is done where the table has no bits; where it is not of bytes that is known when this is compiled.
    """
    filled = table.filled
    if table.by_row.itemsize > 1 or len(filled) == 0:
        return
    for j in range(len(any_filled)):
        any_filled[j] = 0
    end = begin + n - 1
    for i in range(begin, end + 1, 4):  # four at once: what was found is read and written as seldom
        a, b = np.uint64(rows[i]), np.uint64(rows[i + 1 if i + 1 < end else end])
        c, d = np.uint64(rows[i + 2 if i + 2 < end else end]), np.uint64(rows[i + 3 if i + 3 < end else end])
        for j in range(len(any_filled)):
            any_filled[j] |= (filled[a, j] | filled[b, j]) | (filled[c, j] | filled[d, j])


@within
def keep_filled(table: Any, pool: Array, first: int, last: int, room: Any) -> int:
    """Into room.drawn: of the features pool[first : last] those that are not 0 in all rows, each with its place; how
    many.  Where the table has no bits, all of them."""
    m, drawn, known = np.uint64(0), room.drawn, table.by_row.itemsize == 1 and len(table.filled) > 0
    for k in range(first, last):
        f = np.uint64(pool[k])
        drawn[0, m], drawn[1, m] = f, k
        m += (room.filled[f >> np.uint64(6)] >> (f & np.uint64(63))) & np.uint64(1) if known else np.uint64(1)
    return np.int64(m)


@within
def are_near(by_row: Array, n: int) -> bool:
    """Whether n rows are better read as rows than from columns."""
    n_rows, n_features = by_row.shape
    if n_features <= SHORT_ROW and n * MANY_ROWS <= n_rows:
        return True
    return n * n_features * by_row.itemsize <= NEAR_BYTES and n * SPARSE_LINES * LINE_BYTES <= n_rows * by_row.itemsize


@within
def fetch(by_row: Array, by_column: Array, features: Array, rows: Array, begin: int, n: int, room: Any) -> None:
    """room.x[room.slot[j], i] <- the cell of feature j and row i of a node, for up to AHEAD features.

    by_row (N, D), or (0, D) where the table is not laid by rows.
    Short loops of their own: so many loads are under way at once.
    """
    n_rows, n_features = by_row.shape
    last, slot, own_rows = len(features) - 1, room.slot, rows[begin : begin + n]
    if n_rows > 0 and are_near(by_row, n):
        a, b, c, d = room.x[slot[0]], room.x[slot[1]], room.x[slot[2]], room.x[slot[3]]
        e, f, g, h = features[0], features[last if last < 1 else 1], features[last if last < 2 else 2], features[last]
        for i in range(len(own_rows)):
            row = np.uint64(own_rows[i])
            a[i], b[i], c[i], d[i] = by_row[row, e], by_row[row, f], by_row[row, g], by_row[row, h]
        if last < AHEAD - 1:  # the last one is wanted in its own place
            for i in range(n):
                room.x[slot[last], i] = d[i]
    else:
        for j in range(len(features)):
            gather(by_column[features[j]], own_rows, room.x[slot[j]])


@inner
def gather(column: Array, rows: Array, out: Array) -> None:
    """out[i] <- the cell of row i of a node, of one column (N,)."""
    for i in range(len(rows)):
        out[i] = column[np.uint64(rows[i])]


@regrouped
def sum_left(x: Array, w: Array, t: Array, cell: int, missing_left: bool) -> tuple[int, float, float]:
    """(rows, W, T) of the rows that go left; | and * leave no branch that the data decides."""
    last, n_left, left_w, left_t = x.dtype.type(cell), 0, 0.0, 0.0
    for i in range(len(x)):
        goes = (x[i] <= last) | (missing_left & (x[i] == NO_VALUE))
        n_left += goes
        left_w += w[i] * np.float64(goes)
        left_t += t[i] * np.float64(goes)
    return n_left, left_w, left_t


@regrouped
def count_up_to(x: Array, cell: int) -> int:
    """How many cells are not above this one."""
    n = 0
    for i in range(len(x)):
        n += x[i] <= cell
    return n


@within
def draw_cell(low: int, high: int, share: float) -> int:
    """The highest cell on the left of the cut at bottom + share (top - bottom), the numbers of the cells low < high."""
    bottom, top = _number(low), _number(high)
    bottom = LOWEST if bottom < LOWEST else bottom
    cut = bottom + share * (top - bottom) + 0.0  # -0.0 is no cell
    near = np.float32(cut)
    cell = np.int32(_turned(near.view(np.int32)) - np.int32(np.float64(near) > cut))
    return cell if cell < high else np.int32(high - 1)  # by rounding


@within
def threshold_behind(cell: int) -> float:
    """The largest number whose cell is not above this one: x <= threshold says of each what its cell says."""
    above = np.float64(_number(cell + 1))
    if above == 0.0:
        return -5e-324
    word = above.view(np.int64)
    return np.int64(word - 1 if above > 0.0 else word + 1).view(np.float64)


@within
def _number(cell: int) -> float:
    """The float32 that a code stands for."""
    return np.float64(np.int32(_turned(np.int32(cell))).view(np.float32))


@within
def _turned(word: np.int32) -> np.int32:
    """The bits of a float32 from a code, or a code from the bits."""
    return np.int32(word ^ ((word >> np.int32(31)) & np.int32(NO_VALUE)))
