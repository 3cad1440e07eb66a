"""Compiled: a column of many rows in order.

Here: `rank_column`, `sort_column`.
Elsewhere: the same in NumPy, for few rows, is in _ranks.py; sorting by digits is in pellucid.ops.
Imports: numpy, Numba, pellucid.ops and this package; only functions that need compiled code import this module.
"""

import numpy as np

from pellucid.base._tables import Array
from pellucid.ops._digit_kernels import sort_by_digits
from pellucid.tree._compiled import compiled, within
from pellucid.tree._ranks import MISSING

SIGN, INFINITE = np.uint64(1 << 63), np.uint64(0x7FF << 52)  # bits of float64
DIGITS = 8  # of a word


@compiled
def rank_column(bits: Array, room: Array, count: Array, out: Array) -> None:
    """out[i] <- how many distinct numbers are below that of row i; MISSING for NaN.

    bits (N,): float64 as uint64, N < 2^32; out (N,) uint32; room (2, 2 N) uint64 and count (8, 256) uint32.
    A row becomes two words: one that rises with its number, the same for -0 and 0, and its place.
    """
    n = 0
    for i in range(len(bits)):
        word = bits[i]
        room[0, 2 * n] = _rising(word)
        room[0, 2 * n + 1] = np.uint64(i)
        out[i] = MISSING
        n += (word & ~SIGN) <= INFINITE
    moved = sort_by_digits(room[0, : 2 * n], room[1, : 2 * n], count, DIGITS, 2)
    ordered, rank = room[int(moved)], np.uint32(0)
    for i in range(n):
        if i > 0:
            rank += np.uint32(ordered[2 * i] != ordered[2 * i - 2])
        out[ordered[2 * i + 1]] = rank


@compiled
def sort_column(bits: Array, room: Array, count: Array) -> tuple[int, int]:
    """How many numbers there are, NaN left out, and the row of room that begins with their bits, the lowest first.

    bits, count as for rank_column; room (2, N) uint64.
    """
    n = 0
    for i in range(len(bits)):
        room[0, n] = _rising(bits[i])
        n += (bits[i] & ~SIGN) <= INFINITE
    row = int(sort_by_digits(room[0, :n], room[1, :n], count, DIGITS, 1))
    for i in range(n):
        word = room[row, i]
        room[row, i] = word & ~SIGN if word & SIGN else ~word
    return n, row


@within
def _rising(word: np.uint64) -> np.uint64:
    """A word that rises with the float64 whose bits are given, the same for -0 and 0."""
    return ~word if word > SIGN else word | SIGN
