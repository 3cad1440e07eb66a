"""Compiled: what one given cut of a node weighs, for each kind of target.

The score is that of the scans: what the two sides add up to; larger is better.

Here: `weigh`.
Elsewhere: targets, and what is noted of a node before its cuts are weighed, are in _split_kernels.py; cuts are drawn in
_draw_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._bundles import answer
from pellucid.tree._cell_kernels import count_up_to, sum_left
from pellucid.tree._columns import NO_VALUE
from pellucid.tree._compiled import regrouped, within
from pellucid.tree._split_kernels import (
    ByteSegments,
    Moments,
    Ranks,
    Room,
    Segments,
    admits,
    deviation,
    fenwick_add,
    n_log_n,
)
from pellucid.tree._vector_kernels import BITS, bits_up_to, count_bits


def weigh(target: Any, x: Array, cell: int, missing_left: bool, floor: Array, room: Room) -> tuple[float, int]:
    """The score of the cut of x (n,), a feature of a node's rows, behind a cell; how many rows go left.

    -inf where the cut is not allowed: floor is (rows, weight > 0) that a side needs.
    """
    raise NotImplementedError("weigh is for compiled code")


@within
def weigh_moments(
    target: Moments, x: Array, cell: int, missing_left: bool, floor: Array, room: Room
) -> tuple[float, int]:
    """T_l^2 / W_l + T_r^2 / W_r, as scan_moments."""
    n = len(x)
    n_left, left_w, left_t = sum_left(x, room.w[:n], room.t[:n], cell, missing_left)
    right_w, right_t = room.sums[1, 1] - left_w, room.sums[1, 2] - left_t
    if n_left < floor[0] or n - n_left < floor[0] or left_w < floor[1] or right_w < floor[1]:
        return -np.inf, n_left
    if not admits(room, left_t / left_w, right_t / right_w):
        return -np.inf, n_left
    return left_t * left_t / left_w + right_t * right_t / right_w, n_left


@within
def weigh_segments(
    target: Segments, x: Array, cell: int, missing_left: bool, floor: Array, room: Room
) -> tuple[float, int]:
    """The score of scan_classes for one cut."""
    left, right, segment, entropy = target.left, target.right, target.segment, target.entropy
    left_w, right_w, n_left, begin, s, n = 0.0, 0.0, 0, 0, 0, len(x)
    while segment[s, 0] >= 0:
        stop = segment[s, 1]
        if target.counted:
            n_own = _count_left(x[begin:stop], cell, missing_left)
            left[s] = n_own
        else:
            n_own, left[s], _ = sum_left(x[begin:stop], room.w[begin:stop], room.t, cell, missing_left)
        right[s] = target.weight_of[s] - left[s]
        left_w += left[s]
        right_w += right[s]
        n_left += n_own
        begin = stop
        s += 1
    if n_left < floor[0] or n - n_left < floor[0] or left_w < floor[1] or right_w < floor[1]:
        return -np.inf, n_left
    last = s - 1 if segment[s - 1, 0] == len(left) - 1 else -1
    on_left, on_right = (left[last] / left_w, right[last] / right_w) if last >= 0 else (0.0, 0.0)
    if not admits(room, on_left, on_right):
        return -np.inf, n_left
    score, other = 0.0, 0.0
    for j in range(s):
        if entropy:
            score += n_log_n(left[j]) + n_log_n(right[j])
        else:
            score += left[j] * left[j]
            other += right[j] * right[j]
    return score - n_log_n(left_w) - n_log_n(right_w) if entropy else score / left_w + other / right_w, n_left


@within
def weigh_bytes(
    target: ByteSegments, x: Array, cell: int, missing_left: bool, floor: Array, room: Room
) -> tuple[float, int]:
    """The same where rows are counted, 64 at once: sums of whole numbers are exact, and so the score is the same bits.

    s: the class, rows `first` to `stop`; those up to `begin` are counted, and `bits` are the next n_bits.
    """
    segment, last, least = target.segment, np.uint8(cell), max(floor[0], floor[1])
    bits, n_bits = bits_up_to(x, 0, last), np.int64(BITS)
    squares, other, n_left, begin, s = np.int64(0), np.int64(0), np.int64(0), np.int64(0), np.uint64(0)
    while segment[s, 0] >= 0:
        stop, first, n_own = segment[s, 1], begin, np.int64(0)
        while stop - begin > n_bits:
            n_own += count_bits(bits)
            begin += n_bits
            bits, n_bits = bits_up_to(x, begin, last), np.int64(BITS)
        m = np.uint64(stop - begin)
        n_own += count_bits(bits << (np.uint64(BITS) - m))
        bits = (bits >> (m - np.uint64(1))) >> np.uint64(1)  # a shift by all of them is none
        n_bits -= stop - begin
        begin = stop
        on_right = stop - first - n_own
        squares += n_own * n_own
        other += on_right * on_right
        n_left += n_own
        s += np.uint64(1)
    n_right = len(x) - n_left
    if n_left < least or n_right < least:
        return -np.inf, n_left
    return np.float64(squares) / np.float64(n_left) + np.float64(other) / np.float64(n_right), n_left


@regrouped
def _count_left(x: Array, cell: int, missing_left: bool) -> int:
    """The number of rows that go left."""
    last, n_left = x.dtype.type(cell), 0
    if missing_left:
        for i in range(len(x)):
            n_left += (x[i] <= last) | (x[i] == NO_VALUE)
    else:
        n_left = count_up_to(x, last)
    return n_left


@within
def weigh_ranks(target: Ranks, x: Array, cell: int, missing_left: bool, floor: Array, room: Room) -> tuple[float, int]:
    """-(A_l + A_r), as scan_ranks."""
    left, left_w, n_left, n = target.left, 0.0, 0, len(x)
    for j in range(n + 1):
        left[0, j] = left[1, j] = 0.0
    for i in range(n):
        if x[i] <= cell or (missing_left and x[i] == NO_VALUE):
            j = target.place[i]
            fenwick_add(left, n, j, room.w[i], room.w[i] * target.sorted_y[j])
            left_w += room.w[i]
            n_left += 1
    if min(n_left, n - n_left) < floor[0] or min(left_w, room.sums[1, 1] - left_w) < floor[1]:
        return -np.inf, n_left
    on_left, left_y = deviation(left, target.whole, target.sorted_y, n, 0.0, 1.0)
    on_right, right_y = deviation(left, target.whole, target.sorted_y, n, 1.0, -1.0)
    return -on_left - on_right if admits(room, left_y, right_y) else -np.inf, n_left


answer(weigh, {Moments: weigh_moments, Segments: weigh_segments, ByteSegments: weigh_bytes, Ranks: weigh_ranks})
