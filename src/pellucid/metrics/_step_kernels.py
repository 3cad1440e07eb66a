"""Compiled: rows counted in falling order of their scores, threshold by threshold.

The bits of a float are a whole number, and whole numbers are sorted by their digits.

Here: `tally`, for scores of which few differ; `count_steps`, for rows that weigh 1 each; `weigh_steps`, for others.
Elsewhere: what steps are, and the same in NumPy, is in _steps.py; sorting by digits is in pellucid.ops.
Imports: numpy, Numba, pellucid.ops and pellucid.persistence; only functions that need compiled code import this module.
Source: Knuth, The Art of Computer Programming 3, 1998, section 6.4 (hashing).
"""

import numpy as np

from pellucid.metrics._inputs import Array
from pellucid.ops._digit_kernels import sort_by_digits
from pellucid.persistence._machine_code import kept

compiled = kept(nogil=True, error_model="numpy", _nrt=False, no_cfunc_wrapper=True)

ZERO, ONE, HALF = np.uint64(0), np.uint64(1), np.uint64(32)
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: its multiples lie far apart


@compiled
def tally(positive: Array, bits: Array, cells: Array) -> bool:
    """Count the rows of each distinct score; False, and the cells are of no use, where they are too few.

    positive (N,) bool, N < 2^32; bits (N,) scores as uint32 or uint64.  cells (M, 2) uint64, zeros, M < 2^32: each
    becomes the bits of a score, and the number of its rows, plus 2^32 times that of its positives; in no order.
    They are too few where more than half would be taken, or where rows pass more than N on the way to their own.
    """
    size, to_fill, to_pass = np.uint64(len(cells)), len(cells) // 2, len(bits)
    minus_zero = ONE << np.uint64(8 * bits.itemsize - 1)
    for i in range(len(bits)):
        score = np.uint64(bits[i])
        score = ZERO if score == minus_zero else score
        at = (((score * SPREAD) >> HALF) * size) >> HALF
        while cells[at, 1] != ZERO and cells[at, 0] != score:
            at = at + ONE if at + ONE < size else ZERO
            to_pass -= 1
            if to_pass < 0:
                return False
        if cells[at, 1] == ZERO:
            to_fill -= 1
            if to_fill < 0:
                return False
            cells[at, 0] = score
        cells[at, 1] += ONE + (np.uint64(positive[i]) << HALF)
    return True


@compiled
def count_steps(
    positive: Array, bits: Array, room: Array, count: Array, threshold: Array, true: Array, false: Array
) -> int:
    """The steps of rows that weigh 1 each, the first entries of threshold, true and false; gives how many there are.

    positive (N,) bool, N < 2^32; bits (N,) scores as uint32 or uint64, which threshold (N,) is, too; true, false (N,).
    room (2, N) uint64, count (8, 256) uint32.
    A row becomes the bits of its score moved up by one, over the sign, and the label in the place left free.
    """
    n, digits = len(bits), bits.itemsize
    sign = ONE << np.uint64(8 * digits - 1)
    begin, end = 0, n
    for i in range(n):
        score = np.uint64(bits[i])
        below = int(score > sign)
        room[0, end - 1 if below else begin] = ((score & ~sign) << ONE) | np.uint64(positive[i])
        begin += 1 - below
        end -= below
    m, seen, found = 0, 0, np.int64(0)
    for half in range(2):  # the scores >= 0, of which the greatest magnitude comes first; then the least of the others
        start, stop = (0, end) if half == 0 else (end, n)
        moved = sort_by_digits(room[0, start:stop], room[1, start:stop], count, digits, 1)
        word, flag = room[int(moved)], sign if half else ZERO
        at, turn = (stop - 1, -1) if half == 0 else (start, 1)
        for left in range(stop - start - 1, -1, -1):
            found += np.int64(word[at] & ONE)
            seen += 1
            threshold[m] = (word[at] >> ONE) | flag
            true[m], false[m] = found, seen - found
            m += left == 0 or (word[at] ^ word[at + turn]) > ONE
            at += turn
    return m


@compiled
def weigh_steps(
    positive: Array,
    bits: Array,
    weight: Array,
    room: Array,
    numbers: Array,
    count: Array,
    threshold: Array,
    true: Array,
    false: Array,
) -> int:
    """As `count_steps`, for rows that weigh weight (N,) > 0; room (2, 2 N), and `numbers` is the same as float64.

    A row becomes two words: a number that rises as its score falls, and its weight, below 0 for a positive.
    """
    n, digits = len(bits), bits.itemsize
    sign = ONE << np.uint64(8 * digits - 1)
    for i in range(n):
        score = np.uint64(bits[i])
        room[0, 2 * i] = score if score > sign else ~(score | sign)
        numbers[0, 2 * i + 1] = -weight[i] if positive[i] else weight[i]
    moved = sort_by_digits(room[0], room[1], count, digits, 2)
    word, heavy = room[int(moved)], numbers[int(moved)]
    m, above, below = 0, 0.0, 0.0
    for i in range(n):
        key, w = word[2 * i], heavy[2 * i + 1]
        above += -w if w < 0.0 else 0.0
        below += w if w > 0.0 else 0.0
        threshold[m] = key if key & sign else ~(key | sign)
        true[m], false[m] = above, below
        m += i == n - 1 or word[2 * i + 2] != key
    return m
