"""Compiled: the best cut of one feature by sums for each of its codes, where these are few; nothing is sorted.

One pass over the rows of a node adds each to the sums of its code, one over the codes scores the cuts between them.

Here: `count`, `scan_counts`, of a table of few codes; of another they are nothing, and need not be compiled.
Elsewhere: rows that are sorted by many codes are scanned in _split_kernels.py, which holds the targets, too; which way
is taken in _search_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._bundles import answer
from pellucid.tree._columns import BinnedTable, MixedBinnedTable, MixedTable, Table
from pellucid.tree._compiled import inner, within
from pellucid.tree._split_kernels import Classes, Moments, Ranks, Room, admits, n_log_n


def add_up(target: Any, x: Array, room: Room) -> None:
    """room.counts[x[i]] += what row i of a node is: 1, then its weight and t, or its weight in the place of its
    class."""
    raise NotImplementedError("add_up is for compiled code")


def count(table: Any, target: Any, x: Array, low: int, high: int, room: Room) -> tuple[int, int]:
    """Sums for the codes x (n,) of a node in room.counts; how many rows have no value, and the highest code else."""
    raise NotImplementedError("count is for compiled code")


def scan_counts(
    table: Any,
    target: Any,
    low: int,
    top: int,
    n: int,
    n_absent: int,
    side: int,
    floor: Array,
    tie: float,
    room: Room,
) -> tuple[float, int, int, int]:
    """What scan_sums gives for the target."""
    raise NotImplementedError("scan_counts is for compiled code")


def scan_sums(
    target: Any, low: int, top: int, n: int, n_absent: int, side: int, floor: Array, tie: float, room: Room
) -> tuple[float, int, int, int]:
    """The best score as in `scan`, the last code that goes left, the next one that occurs and how many rows go left.

    Codes low ... top; n_absent of the n rows have no value, their sums are behind those of the codes, in the last
    place.  They go right (side 0), which leaves a cut above the highest code whose next one is -1, or left (side 1).
    Without a cut that is allowed the score is -inf.
    """
    raise NotImplementedError("scan_sums is for compiled code")


@within
def count_rows(table: BinnedTable, target: Any, x: Array, low: int, high: int, room: Room) -> tuple[int, int]:
    """Where codes are few."""
    counts = room.counts
    for code in range(low, high + 1):
        for j in range(counts.shape[1]):
            counts[code, j] = 0.0
    add_up(target, x, room)
    if high != np.int64(table.missing):
        return 0, high
    top = high - 1
    while counts[top, 0] == 0.0:
        top -= 1
    return int(counts[high, 0]), top


@within
def count_nothing(table: Table, target: Any, x: Array, low: int, high: int, room: Room) -> tuple[int, int]:
    """Where they are not: never called."""
    return 0, high


@within
def scan_what_was_counted(
    table: BinnedTable,
    target: Any,
    low: int,
    top: int,
    n: int,
    n_absent: int,
    side: int,
    floor: Array,
    tie: float,
    room: Room,
) -> tuple[float, int, int, int]:
    """Where codes are few."""
    return scan_sums(target, low, top, n, n_absent, side, floor, tie, room)


@within
def scan_nothing(
    table: Table,
    target: Any,
    low: int,
    top: int,
    n: int,
    n_absent: int,
    side: int,
    floor: Array,
    tie: float,
    room: Room,
) -> tuple[float, int, int, int]:
    """Where they are not: never called."""
    return -np.inf, -1, -1, 0


@inner
def add_up_moments(target: Moments, x: Array, room: Room) -> None:
    """(rows, W, T)."""
    counts, w, t = room.counts, room.w, room.t
    for i in range(len(x)):
        counts[x[i], 0] += 1.0
        counts[x[i], 1] += w[i]
        counts[x[i], 2] += t[i]


@inner
def scan_sums_moments(
    target: Moments, low: int, top: int, n: int, n_absent: int, side: int, floor: Array, tie: float, room: Room
) -> tuple[float, int, int, int]:
    """T_l^2 / W_l + T_r^2 / W_r, as scan_moments."""
    counts, all_w, all_t = room.counts, room.sums[1, 1], room.sums[1, 2]
    best, at, after, n_at = -np.inf, -1, -1, 0
    n_left, left_w, left_t = 0.0, 0.0, 0.0
    if side == 1:
        n_left, left_w, left_t = counts[-1, 0], counts[-1, 1], counts[-1, 2]
    begun, last, n_right = n_left, -1, n - n_left
    for code in range(low, top + 1 + (n_absent > 0 and side == 0)):
        if code <= top and counts[code, 0] == 0.0:
            continue
        right_w = all_w - left_w
        if last >= 0 and min(n_left, n_right) >= floor[0] and min(left_w, right_w) >= floor[1]:
            right_t = all_t - left_t
            score = left_t * left_t / left_w + right_t * right_t / right_w
            if score > best + tie and admits(room, left_t / left_w, right_t / right_w):
                best, at, after, n_at = score, last, code, int(n_left - begun)
        if code <= top:
            n_left += counts[code, 0]
            n_right -= counts[code, 0]
            left_w += counts[code, 1]
            left_t += counts[code, 2]
        last = code
    return best, at, after if after <= top else -1, n_at


@inner
def add_up_classes(target: Classes, x: Array, room: Room) -> None:
    """(rows, W_1, ..., W_K)."""
    counts, w, label = room.counts, room.w, target.label
    for i in range(len(x)):
        counts[x[i], 0] += 1.0
        counts[x[i], 1 + label[i]] += w[i]


@inner
def scan_sums_classes(
    target: Classes, low: int, top: int, n: int, n_absent: int, side: int, floor: Array, tie: float, room: Room
) -> tuple[float, int, int, int]:
    """The scores of scan_classes."""
    counts, left, right, entropy = room.counts, target.left, target.right, target.entropy
    best, at, after, n_at = -np.inf, -1, -1, 0
    n_left, left_w = 0.0, 0.0
    for k in range(len(left)):
        left[k] = counts[-1, 1 + k] if side == 1 else 0.0
        right[k] = target.whole[k] - left[k]
        left_w += left[k]
    if side == 1:
        n_left = counts[-1, 0]
    begun, last = n_left, -1
    for code in range(low, top + 1 + (n_absent > 0 and side == 0)):
        if code <= top and counts[code, 0] == 0.0:
            continue
        right_w = room.sums[1, 1] - left_w
        if last >= 0 and min(n_left, n - n_left) >= floor[0] and min(left_w, right_w) >= floor[1]:
            on_left, on_right = 0.0, 0.0
            for k in range(len(left)):
                on_left += n_log_n(left[k]) if entropy else left[k] * left[k]
                on_right += n_log_n(right[k]) if entropy else right[k] * right[k]
            if entropy:
                score = on_left - n_log_n(left_w) + on_right - n_log_n(right_w)
            else:
                score = on_left / left_w + on_right / right_w
            if score > best + tie and admits(room, left[-1] / left_w, right[-1] / right_w):
                best, at, after, n_at = score, last, code, int(n_left - begun)
        if code <= top:
            n_left += counts[code, 0]
            for k in range(len(left)):
                left[k] += counts[code, 1 + k]
                right[k] -= counts[code, 1 + k]
                left_w += counts[code, 1 + k]
        last = code
    return best, at, after if after <= top else -1, n_at


@inner
def add_up_ranks(target: Ranks, x: Array, room: Room) -> None:
    """Medians are not made of sums: their rows are sorted whatever the codes, and this is not called."""


@inner
def scan_sums_ranks(
    target: Ranks, low: int, top: int, n: int, n_absent: int, side: int, floor: Array, tie: float, room: Room
) -> tuple[float, int, int, int]:
    """Not called, as add_up_ranks."""
    return -np.inf, -1, -1, 0


answer(add_up, {Moments: add_up_moments, Classes: add_up_classes, Ranks: add_up_ranks})
answer(scan_sums, {Moments: scan_sums_moments, Classes: scan_sums_classes, Ranks: scan_sums_ranks})
COUNTED, SORTED = (BinnedTable, MixedBinnedTable), (Table, MixedTable)
answer(count, dict.fromkeys(COUNTED, count_rows) | dict.fromkeys(SORTED, count_nothing))
answer(scan_counts, dict.fromkeys(COUNTED, scan_what_was_counted) | dict.fromkeys(SORTED, scan_nothing))
