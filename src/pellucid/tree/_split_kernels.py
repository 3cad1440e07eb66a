"""Compiled: what a criterion needs to know of a node, and the best cut of one sorted feature, for each kind of target.

A scan walks the rows in the order of their codes, moves one row after the other to the left side, and scores a cut
wherever the code changes.  A score is what the two sides add up to; larger is better, and the caller turns it into a
fall of impurity.  Rows whose value is missing are not among the sorted: they are on the left from the start
(`begun`), or on the right to the end.

The kind of the bundle that holds the targets picks the functions, when they are compiled: a forest of one kind does not
wait for the code of the others.

Here: the targets `Moments`, `Classes`, `Segments`, `Ranks`; `load` for each, `scan` for those that are sorted;
`admits`.
Elsewhere: what one given cut weighs is in _weigh_kernels.py; sorting in _order_kernels.py; which features are scanned
in which node, in _search_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._bundles import answer
from pellucid.tree._compiled import inner, within
from pellucid.tree._order_kernels import HALF, LOW, sort_packed

ROUNDING = 1e-12  # of a sum of weights; a million of them carry about 1e-13


class Moments(NamedTuple):
    """Targets y (N,) for the squared error; so is Gini's index of two classes, y 0 or 1: twice the variance of y."""

    y: Array
    weight: Array


class Classes(NamedTuple):
    """Class numbers y (N,) for Gini's index or the entropy; label (n,), left and right (K,) are room to work in.
    whole (K,): what each class weighs in the node."""

    y: Array
    weight: Array
    entropy: bool
    label: Array
    left: Array
    right: Array
    whole: Array


class Segments(NamedTuple):
    """Class numbers y (N,) as Classes, of rows that come sorted by class, so that a class is a piece of a node's rows.

    segment (K + 1, 3): class and end of each piece, -1 after the last, and room for a number; weight_of (K,): what it
    weighs.  left and right (K,) are room to work in.  counted: all weights are 1 and no feature is a category; w and t
    are then left out.
    """

    y: Array
    weight: Array
    entropy: bool
    counted: bool
    segment: Array
    weight_of: Array
    left: Array
    right: Array


class ByteSegments(Segments):
    """Segments that are counted, of a table of bytes, for Gini and without signs of features: see weigh_bytes."""

    __slots__ = ()


class Ranks(NamedTuple):
    """Targets y (N,) and their ranks (N,) uint32 for the absolute error.

    Room to work in: sorted y and places among them (n,), Fenwick trees over these places (2, n + 1).
    """

    y: Array
    weight: Array
    rank: Array
    sorted_y: Array
    place: Array
    left: Array
    whole: Array


class Room(NamedTuple):
    """Memory for the rows of one node (n,).

    w, t = w (y - mean); packed codes twice, places of rows without a value; short and buckets: see sort_packed.
    drawn (2, D): features to be looked at, and in which place each was drawn; filled (words,): see `find_filled`.
    may_skip: whether a scan can begin with rows that are not in the list of the absent.
    sums: (rows, W, T) of what a scan begins with, then of the node.  x: some features, in the order of slot, that of
    the best cut last; behind those of the n rows BITS more cells may be read.  counts (256, >= 3): sums for each code,
    where codes are few.
    bounds: sign, low, high that the values of the children keep to; the middle of those of the best cut; the mean that
    moments are taken about, 0 for other targets.
    """

    w: Array
    t: Array
    packed: Array
    spare: Array
    absent: Array
    short: Array
    buckets: Array
    sums: Array
    may_skip: bool
    drawn: Array
    filled: Array
    slot: Array
    x: Array
    counts: Array
    bounds: Array


def load(target: Any, rows: Array, begin: int, n: int, value: Array, room: Room) -> tuple[float, float, float]:
    """Weights and t of rows[begin : begin + n] into `room`; the node's value; gives its weight, its impurity,
    and the score of not cutting it."""
    raise NotImplementedError("load is for compiled code")


def scan(
    target: Any, keys: Array, m: int, last: int, n: int, n_begun: int, floor: Array, tie: float, room: Room
) -> tuple[float, int]:
    """The best score, and the place of the last row on its left (-1: no cut is allowed).

    keys (m,) sorted; cuts after places 0 ... last - 1; n_begun rows are on the left from the start, those without a
    value or, where may_skip, rows of the lowest code but one; n - m - n_begun without a value stay on the right.
    floor: (rows, weight > 0) that a side needs.  A later cut must be better by `tie`.
    """
    raise NotImplementedError("scan is for compiled code")


@inner
def admits(room: Room, left: float, right: float) -> bool:
    """Whether the values of two children, given above room.bounds[4], keep to the bounds; notes their middle if so.

    sign (left - right) <= 0,    low <= left, right <= high,    for features with a sign.
    """
    sign, low, high, base = room.bounds[0], room.bounds[1], room.bounds[2], room.bounds[4]
    if sign == 0.0:
        return True  # what lies beyond the bounds of an ancestor is brought back to them when the child is looked at
    lower, upper = (left, right) if left < right else (right, left)
    if lower + base < low or upper + base > high or sign * (left - right) > 0.0:
        return False
    room.bounds[3] = base + 0.5 * (left + right)
    return True


@within
def load_moments(
    target: Moments, rows: Array, begin: int, n: int, value: Array, room: Room
) -> tuple[float, float, float]:
    """The mean and the variance."""
    w, t, y = room.w, room.t, target.y
    all_w, all_y, all_t, squares = 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        w[i] = target.weight[rows[begin + i]]
        all_w += w[i]
        all_y += w[i] * y[rows[begin + i]]
    value[0] = room.bounds[4] = all_y / all_w
    for i in range(n):
        gap = y[rows[begin + i]] - value[0]
        t[i] = w[i] * gap
        all_t += t[i]
        squares += t[i] * gap
    room.sums[1, 0], room.sums[1, 1], room.sums[1, 2] = n, all_w, all_t
    return all_w, squares / all_w, 0.0


@inner
def scan_moments(
    target: Moments, keys: Array, m: int, last: int, n: int, n_begun: int, floor: Array, tie: float, room: Room
) -> tuple[float, int]:
    """T_l^2 / W_l + T_r^2 / W_r, W the sum of the weights w, T of the t: over W the fall of the variance."""
    w, t, sums = room.w, room.t, room.sums
    best, at = -np.inf, -1
    left_w, left_t = sums[0, 1], sums[0, 2]
    first, stop = floor[0] - n_begun - 1, n - n_begun - floor[0]  # places that leave both sides enough rows
    for i in range(last):
        place = keys[i] & LOW
        left_w += w[place]
        left_t += t[place]
        if i + 1 < m and keys[i + 1] >> HALF == keys[i] >> HALF:
            continue
        right_w = sums[1, 1] - left_w
        if i < first or i >= stop or left_w < floor[1] or right_w < floor[1]:
            continue
        right_t = sums[1, 2] - left_t
        score = left_t * left_t / left_w + right_t * right_t / right_w
        if score > best + tie and admits(room, left_t / left_w, right_t / right_w):
            best, at = score, i
    return best, at


@within
def load_classes(
    target: Classes, rows: Array, begin: int, n: int, value: Array, room: Room
) -> tuple[float, float, float]:
    """The shares of the classes, and Gini's index or the entropy; in t, y is 1 for the most frequent class."""
    w, label = room.w, target.label
    all_w, impurity, own = 0.0, 0.0, 0
    room.bounds[4] = 0.0
    for k in range(len(value)):
        value[k] = 0.0
    for i in range(n):
        w[i] = target.weight[rows[begin + i]]
        label[i] = target.y[rows[begin + i]]
        value[label[i]] += w[i]
    for k in range(len(value)):
        all_w += value[k]
        if value[k] > value[own]:
            own = k
    for k in range(len(value)):
        target.whole[k] = value[k]
        value[k] /= all_w
        if not target.entropy:
            impurity += value[k] * (1.0 - value[k])
        elif value[k] > 0.0:
            impurity -= value[k] * np.log(value[k])
    for i in range(n):
        room.t[i] = w[i] * ((1.0 if label[i] == own else 0.0) - value[own])
    room.sums[1, 0], room.sums[1, 1] = n, all_w
    return all_w, impurity, -impurity * all_w if target.entropy else (1.0 - impurity) * all_w


@inner
def scan_classes(
    target: Classes, keys: Array, m: int, last: int, n: int, n_begun: int, floor: Array, tie: float, room: Room
) -> tuple[float, int]:
    """L_k and R_k the weights of class k on both sides: sum_k L_k^2 / W_l + the same of R for Gini's index;
    sum_k L_k log L_k - W_l log W_l + the same of R for the entropy.
    """
    w, label, left, right, entropy = room.w, target.label, target.left, target.right, target.entropy
    best, at = -np.inf, -1
    left_w, left_s, right_s = room.sums[0, 1], 0.0, 0.0
    for k in range(len(left)):
        right[k] = 0.0 if m < n else target.whole[k]
    if m < n:
        for i in range(m):
            place = keys[i] & LOW
            right[label[place]] += w[place]
        for i in range(n - m - n_begun):
            right[label[room.absent[i]]] += w[room.absent[i]]
    for k in range(len(left)):
        left[k] = target.whole[k] - right[k] if n_begun > 0 else 0.0
    for k in range(len(left)):
        left_s += n_log_n(left[k]) if entropy else left[k] * left[k]
        right_s += n_log_n(right[k]) if entropy else right[k] * right[k]
    first, stop = floor[0] - n_begun - 1, n - n_begun - floor[0]
    for i in range(last):
        place = keys[i] & LOW
        k, weight = label[place], w[place]
        if entropy:
            left_s += n_log_n(left[k] + weight) - n_log_n(left[k])
            right_s += n_log_n(right[k] - weight) - n_log_n(right[k])
        else:
            left_s += weight * (2.0 * left[k] + weight)
            right_s -= weight * (2.0 * right[k] - weight)
        left[k] += weight
        right[k] -= weight
        left_w += weight
        if i + 1 < m and keys[i + 1] >> HALF == keys[i] >> HALF:
            continue
        right_w = room.sums[1, 1] - left_w
        if i < first or i >= stop or left_w < floor[1] or right_w < floor[1]:
            continue
        if entropy:
            score = left_s - n_log_n(left_w) + right_s - n_log_n(right_w)
        else:
            score = left_s / left_w + right_s / right_w
        if score > best + tie and admits(room, left[-1] / left_w, right[-1] / right_w):
            best, at = score, i
    return best, at


@within
def load_segments(
    target: Segments, rows: Array, begin: int, n: int, value: Array, room: Room
) -> tuple[float, float, float]:
    """The shares of the classes, Gini's index or the entropy, and where each class ends; t as load_classes."""
    segment, weight_of = target.segment, target.weight_of
    s, end = 0, 0
    while end < n:
        k, own, step = target.y[rows[begin + end]], end, 1
        end += 1
        while end < n and target.y[rows[begin + end]] == k:  # by strides that double, then between the last two
            own, step = end, 2 * step
            end = own + step if own + step < n else n
        while end - own > 1:
            middle = (own + end) // 2
            if target.y[rows[begin + middle]] == k:
                own = middle
            else:
                end = middle
        segment[s, 0], segment[s, 1] = k, end
        s += 1
    segment[s, 0] = -1
    all_w, impurity, own, first = 0.0, 0.0, 0, 0
    room.bounds[4] = 0.0
    for k in range(len(value)):
        value[k] = 0.0
    for j in range(s):
        stop = segment[j, 1]
        if target.counted:
            weight_of[j] = stop - first
        else:
            weight_of[j] = 0.0
            for i in range(first, stop):
                room.w[i] = target.weight[rows[begin + i]]
                weight_of[j] += room.w[i]
        all_w += weight_of[j]
        own = j if weight_of[j] > weight_of[own] else own
        first = stop
    for j in range(s):
        p = weight_of[j] / all_w
        value[segment[j, 0]] = p
        impurity -= p * np.log(p) if target.entropy else p * (p - 1.0)
    if not target.counted:
        first, p = 0, weight_of[own] / all_w
        for j in range(s):
            for i in range(first, segment[j, 1]):
                room.t[i] = room.w[i] * ((1.0 if j == own else 0.0) - p)
            first = segment[j, 1]
    return all_w, impurity, -impurity * all_w if target.entropy else (1.0 - impurity) * all_w


@within
def load_ranks(target: Ranks, rows: Array, begin: int, n: int, value: Array, room: Room) -> tuple[float, float, float]:
    """The median, and the mean absolute deviation from it."""
    all_w, _, _ = load_moments(target, rows, begin, n, value, room)
    room.bounds[4] = 0.0
    high = np.uint32(0)
    for i in range(n):
        code = target.rank[rows[begin + i]]
        room.packed[i] = (np.uint64(code) << HALF) | np.uint64(i)
        high = max(high, code)
    keys = room.spare
    sort_packed(room.packed, keys, room.short, room.buckets, n, high)
    for j in range(n + 1):
        target.whole[0, j] = target.whole[1, j] = 0.0
    for j in range(n):
        i = keys[j] & LOW
        target.place[i] = j
        target.sorted_y[j] = target.y[rows[begin + i]]
        fenwick_add(target.whole, n, j, room.w[i], room.w[i] * target.sorted_y[j])
    value[0] = weighted_middle(target.sorted_y, room.w, keys, n)
    deviation = 0.0
    for j in range(n):
        deviation += room.w[keys[j] & LOW] * abs(target.sorted_y[j] - value[0])
    return all_w, deviation / all_w, -deviation


@inner
def scan_ranks(
    target: Ranks, keys: Array, m: int, last: int, n: int, n_begun: int, floor: Array, tie: float, room: Room
) -> tuple[float, int]:
    """-(A_l + A_r), A = sum w |y - median| of a side; medians move in O(log n) a row."""
    w, left = room.w, target.left
    best, at = -np.inf, -1
    left_w = room.sums[0, 1]
    for j in range(n + 1):
        left[0, j] = left[1, j] = 0.0
    for i in range(n_begun):
        place = room.absent[i]
        fenwick_add(left, n, target.place[place], w[place], w[place] * target.sorted_y[target.place[place]])
    first, stop = floor[0] - n_begun - 1, n - n_begun - floor[0]
    for i in range(last):
        place = keys[i] & LOW
        left_w += w[place]
        fenwick_add(left, n, target.place[place], w[place], w[place] * target.sorted_y[target.place[place]])
        if i + 1 < m and keys[i + 1] >> HALF == keys[i] >> HALF:
            continue
        right_w = room.sums[1, 1] - left_w
        if i < first or i >= stop or left_w < floor[1] or right_w < floor[1]:
            continue
        on_left, left_y = deviation(left, target.whole, target.sorted_y, n, 0.0, 1.0)
        on_right, right_y = deviation(left, target.whole, target.sorted_y, n, 1.0, -1.0)
        if -on_left - on_right > best + tie and admits(room, left_y, right_y):
            best, at = -on_left - on_right, i
    return best, at


@inner
def fenwick_add(sums: Array, size: int, place: int, w: float, wy: float) -> None:
    """Add w and w y at `place` of two Fenwick trees of the first `size` places, sums (2, > size).

    Source: Fenwick, Software: Practice and Experience 24, 1994.
    """
    j = place + 1
    while j <= size:
        sums[0, j] += w
        sums[1, j] += wy
        j += j & -j


@inner
def deviation(left: Array, whole: Array, y: Array, size: int, a: float, b: float) -> tuple[float, float]:
    """sum w |y - median|, and the median, of the rows that a * whole + b * left counts."""
    step = 1
    while step * 2 <= size:
        step *= 2
    total_w, total_s = 0.0, 0.0
    j = size
    while j > 0:
        total_w += a * whole[0, j] + b * left[0, j]
        total_s += a * whole[1, j] + b * left[1, j]
        j -= j & -j
    place, w, s = 0, 0.0, 0.0  # the largest place with less than half of the weight before it
    while step > 0:
        if place + step <= size:
            ahead = w + a * whole[0, place + step] + b * left[0, place + step]
            if ahead < 0.5 * total_w:
                place += step
                w = ahead
                s += a * whole[1, place] + b * left[1, place]
        step //= 2
    middle = y[min(place, size - 1)]
    return middle * w - s + (total_s - s) - middle * (total_w - w), middle


@inner
def weighted_middle(y: Array, w: Array, keys: Array, n: int) -> float:
    """The median of the first n sorted y; w by place, keys in the order of y.  Where half the weight ends between two,
    halfway between them."""
    half, passed = 0.0, 0.0
    for j in range(n):
        half += 0.5 * w[j]
    for j in range(n):
        passed += w[keys[j] & LOW]
        if passed >= half * (1.0 - ROUNDING):
            break
    if passed <= half * (1.0 + ROUNDING) and j + 1 < n:
        return 0.5 * (y[j] + y[j + 1])
    return y[j]


@inner
def n_log_n(n: float) -> float:
    return n * np.log(n) if n > 0.0 else 0.0


by_class = dict.fromkeys((Segments, ByteSegments), load_segments)
answer(load, {Moments: load_moments, Classes: load_classes, Ranks: load_ranks} | by_class)
answer(scan, {Moments: scan_moments, Classes: scan_classes, Ranks: scan_ranks})
