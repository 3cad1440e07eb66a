"""Compiled: the growth of one boosted tree from sums by bin.

Gradients come as whole numbers: g in one word, and h above a count of rows in another.  Sums of whole numbers are
exact, so that a histogram minus that of one child is exactly that of the other, and neither the order of the rows nor
the way a node was reached can change a split.

Here: `grow_by_histogram`, `NODE`, `Limits`, `pool`; `to_words`, `add_up`, `join`, `add_to_rows`.
Elsewhere: bins are made in _binning.py, gradients in _boosting_losses.py; the loop over trees is in _boosting.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.ensemble._pair_kernels import add_pair
from pellucid.persistence._prefetch import fetch
from pellucid.tree._compiled import allocating, compiled
from pellucid.tree._order_kernels import sort_by

MISSING = 255  # the bin of no value
SMOOTH = 10.0  # mean weights; hessian added to a category's own in their order: rare ones do not come first; LightGBM's
AHEAD = 8  # rows; a row of 30 columns takes 20 ns, memory beyond the caches 80 ns to answer
MIN_HESSIAN = 1e-3  # mean weights; a side with less has gradients that are noise; LightGBM's and scikit-learn's

NODE = np.dtype(
    [
        ("begin", "i8"),
        ("end", "i8"),
        ("g", "i8"),
        ("hn", "i8"),
        ("left_g", "i8"),  # of the child on the left
        ("left_hn", "i8"),
        ("gain", "f8"),
        ("value", "f8"),  # - g / (h + l2), within [low, high]
        ("low", "f8"),
        ("high", "f8"),
        ("middle", "f8"),  # of the values of its children
        ("feature", "i4"),  # -1: a leaf
        ("cut", "i4"),  # the last bin that goes left
        ("left", "i4"),  # its children are left and left + 1
        ("slot", "i4"),  # of its histogram
        ("depth", "i4"),
        ("missing_left", "?"),
        ("by_set", "?"),
    ],
    align=True,
)


class Limits(NamedTuple):
    """What limits the growth, and the units: g_unit and h_unit are what one of a word is worth.

    sign (D,): +1 where the value may only rise with a feature, -1: only fall; bounded: whether any of them is not 0.
    mean_w: the mean weight of the rows, in which the hessians below are counted that do not depend on the data.
    """

    max_leaves: int
    max_depth: int
    min_rows: int
    l2: float
    g_unit: float
    h_unit: float
    count_bits: int
    sign: Array
    bounded: bool
    mean_w: float = 1.0


@compiled
def to_words(g: Array, h: Array, g_unit: float, h_unit: float, count_bits: int, words: Array) -> None:
    """words[i] <- (g_i / g_unit, h_i / h_unit above a count of 1), rounded.   g, h (N,), words (N, 2) int64"""
    one = np.int64(1) << np.int64(count_bits)
    for i in range(len(g)):
        words[i, 0] = np.int64(np.rint(g[i] / g_unit))
        words[i, 1] = np.int64(np.rint(h[i] / h_unit)) * one + 1


def pool(n_features: int, max_leaves: int) -> Array:
    """Memory for the histograms of a tree; a fit makes it once.   (slots, 256 D, 2)"""
    return np.empty((max_leaves, n_features * 256, 2), np.int64)


@allocating
def grow_by_histogram(
    bins: Array,
    columns: Array,
    n_bins: Array,
    category: Array,
    words: Array,
    rows: Array,
    o: Limits,
    pool: Array,
    nodes: Array,
    sets: Array,
    moved: Array,
    at: Array,
    most_rows: int,
) -> int:
    """Fill nodes (M,) of NODE and sets (M, 256), the bins that go left where by_set; gives the number of nodes.

    bins (N, D) uint8, columns (D, N) the same, n_bins and category (D,), words (N, 2), rows (n,) which end up sorted by
    leaf.  The leaf whose split gains most is split first; children stand side by side and after their parent.

    at (3,): how many nodes and leaves there are, and the node whose sums are awaited or -1; three zeros at first.  The
    sums of a node j of more than most_rows rows are left to the caller: -1 - j is given, and once they are in the pool
    at its slot, a call with the same arguments goes on.  moved (n,) is room to work in.
    """
    order, key = np.empty(256, np.int64), np.empty(256)
    if at[0] == 0:
        at[0], at[1] = 1, 1
        root = nodes[0]
        root.begin, root.end, root.depth, root.slot = 0, len(rows), 0, 0
        root.low, root.high = -np.inf, np.inf
        root.g, root.hn = 0, 0
        for row in rows:
            root.g += words[row, 0]
            root.hn += words[row, 1]
        _weigh(root, o)
        at[2] = 0 if _may_split(root, o) else -1
        if at[2] == 0:
            if root.end > most_rows:
                return -1
            add_up(bins, n_bins, words, rows, 0, root.end, pool[0])
    while True:
        if at[2] >= 0:  # whose sums are there
            first, last = at[2], at[2]
            if first > 0:
                first = last = at[2] - (1 - at[2] % 2)  # the left child of a pair has an odd number
                last += 1
                join(pool[nodes[first + last - at[2]].slot], pool[nodes[at[2]].slot], n_bins, -1)
            for j in range(first, last + 1):
                if _may_split(nodes[j], o):
                    _best_split(nodes[j], pool[nodes[j].slot], n_bins, category, o, order, key, sets[j])
            at[2] = -1
        best = -1
        for i in range(at[0]):
            if nodes[i].left < 0 and nodes[i].feature >= 0 and (best < 0 or nodes[i].gain > nodes[best].gain):
                best = i
        if best < 0 or at[1] == o.max_leaves:
            break
        node = nodes[best]
        middle = _partition(columns[node.feature], rows, node, sets[best], moved)
        node.left = at[0]
        left, right = nodes[at[0]], nodes[at[0] + 1]
        left.begin, left.end, right.begin, right.end = node.begin, middle, middle, node.end
        left.g, left.hn, right.g, right.hn = node.left_g, node.left_hn, node.g - node.left_g, node.hn - node.left_hn
        left.depth = right.depth = node.depth + 1
        left.low, left.high, right.low, right.high = node.low, node.high, node.low, node.high
        if o.sign[node.feature] > 0:
            left.high = right.low = node.middle
        elif o.sign[node.feature] < 0:
            left.low = right.high = node.middle
        _weigh(left, o)
        _weigh(right, o)
        left_is_small = middle - node.begin <= node.end - middle
        small, large = (left, right) if left_is_small else (right, left)
        small.slot, large.slot = at[1], node.slot
        at[0] += 2
        at[1] += 1
        if at[1] < o.max_leaves and _may_split(large, o):  # else no histogram will be asked for
            at[2] = at[0] - 2 if left_is_small else at[0] - 1
            if small.end - small.begin > most_rows:
                return -1 - at[2]
            add_up(bins, n_bins, words, rows, small.begin, small.end, pool[small.slot])
    for i in range(at[0]):
        if nodes[i].left < 0:
            nodes[i].feature, nodes[i].cut, nodes[i].gain = -1, 0, 0.0
    return at[0]


@compiled
def add_to_rows(nodes: Array, rows: Array, F: Array) -> None:
    """F_i += the value of the leaf that holds row i.   nodes (M,) and rows (N,) as grown, F (N,)"""
    for j in range(len(nodes)):
        if nodes[j].left < 0:
            for i in range(nodes[j].begin, nodes[j].end):
                F[rows[i]] += nodes[j].value


@compiled
def _weigh(node: Any, o: Limits) -> None:
    """A node as a leaf: its value, and no split."""
    h = (node.hn >> o.count_bits) * o.h_unit
    node.value = min(max(-(node.g * o.g_unit) / (h + o.l2), node.low), node.high)
    node.feature, node.left, node.cut, node.gain = -1, -1, 0, 0.0
    node.missing_left, node.by_set = False, False


@compiled
def _may_split(node: Any, o: Limits) -> bool:
    return node.end - node.begin >= 2 * o.min_rows and node.depth < o.max_depth


@compiled
def add_up(bins: Array, n_bins: Array, words: Array, rows: Array, begin: int, end: int, sums: Array) -> None:
    """sums[256 f + bin] <- sum of the words of rows[begin : end], for each feature f."""
    n_features = np.uint64(bins.shape[1])
    for f in range(len(n_bins)):
        for b in range(n_bins[f]):
            sums[256 * f + b, 0] = sums[256 * f + b, 1] = 0
        sums[256 * f + MISSING, 0] = sums[256 * f + MISSING, 1] = 0
    for i in range(begin, end):
        later = np.uint64(rows[min(i + AHEAD, end - 1)])
        fetch(bins, later * n_features)
        fetch(words, later * np.uint64(2))
        row = np.uint64(rows[i])
        for f in range(n_features):
            add_pair(sums, (np.uint64(f) << np.uint64(8)) | np.uint64(bins[row, f]), words, row)


@compiled
def join(sums: Array, part: Array, n_bins: Array, sign: int) -> None:
    """sums += sign part, for two histograms."""
    for f in range(len(n_bins)):
        for b in range(256 * f, 256 * f + n_bins[f]):
            sums[b, 0] += sign * part[b, 0]
            sums[b, 1] += sign * part[b, 1]
        sums[256 * f + MISSING, 0] += sign * part[256 * f + MISSING, 0]
        sums[256 * f + MISSING, 1] += sign * part[256 * f + MISSING, 1]


@compiled
def _best_split(
    node: Any, sums: Array, n_bins: Array, category: Array, o: Limits, order: Array, key: Array, goes_left: Array
) -> None:
    """Note in `node` the split that gains most, and in goes_left (256,) the bins on its left.

    gain = G_l^2 / (H_l + l2) + G_r^2 / (H_r + l2) - G^2 / (H + l2);   with bounded values v of the sides
    gain = -G_l v_l - G_r v_r + G v.
    """
    mask = (np.int64(1) << np.int64(o.count_bits)) - 1
    g, h, n = node.g * o.g_unit, (node.hn >> o.count_bits) * o.h_unit, node.hn & mask
    uncut = -g * node.value if o.bounded else g * g / (h + o.l2)
    middle, least_h, smooth = 0.0, MIN_HESSIAN * o.mean_w, SMOOTH * o.mean_w
    for f in range(len(n_bins)):
        base = f * 256
        size = n_bins[f]
        for b in range(size):
            order[b] = b
        if category[f]:
            for b in range(size):
                mass = (sums[base + b, 1] >> o.count_bits) * o.h_unit
                key[b] = sums[base + b, 0] * o.g_unit / (mass + smooth)
            sort_by(key, order, size)
        absent_g, absent_hn = sums[base + MISSING, 0], sums[base + MISSING, 1]
        for side in range(2 if absent_hn != 0 else 1):  # missing on the right, then on the left
            left_g, left_hn = absent_g * side, absent_hn * side
            for j in range(size - (1 if absent_hn == 0 or side == 1 else 0)):
                left_g += sums[base + order[j], 0]
                left_hn += sums[base + order[j], 1]
                left_n = left_hn & mask
                if left_n < o.min_rows:
                    continue
                if n - left_n < o.min_rows:
                    break
                gl, hl = left_g * o.g_unit, (left_hn >> o.count_bits) * o.h_unit
                gr, hr = (node.g - left_g) * o.g_unit, ((node.hn - left_hn) >> o.count_bits) * o.h_unit
                if hl < least_h or hr < least_h:
                    continue
                gain = gl * gl / (hl + o.l2) + gr * gr / (hr + o.l2) - uncut
                if o.bounded:
                    on_left = min(max(-gl / (hl + o.l2), node.low), node.high)
                    on_right = min(max(-gr / (hr + o.l2), node.low), node.high)
                    if o.sign[f] * (on_left - on_right) > 0.0:
                        continue
                    gain = -gl * on_left - gr * on_right - uncut
                    middle = 0.5 * (on_left + on_right)
                if gain > node.gain + 1e-12 * abs(uncut):
                    node.middle = middle
                    node.gain, node.feature, node.cut = gain, f, j
                    node.left_g, node.left_hn = left_g, left_hn
                    node.missing_left = side == 1 if absent_hn != 0 else 2 * left_n > n
                    node.by_set = category[f]
                    if category[f]:
                        for b in range(256):
                            goes_left[b] = node.missing_left
                        for b in range(size):
                            if sums[base + order[b], 1] != 0:
                                goes_left[order[b]] = b <= j


@compiled
def _partition(column: Array, rows: Array, node: Any, goes_left: Array, moved: Array) -> int:
    """Rows of a node that go left to its front, order kept; the place where the right ones begin."""
    a, b = node.begin, 0
    for i in range(node.begin, node.end):
        row = rows[i]
        code = column[np.uint64(row)]
        goes = code <= node.cut
        if code == MISSING:
            goes = node.missing_left
        elif node.by_set:
            goes = goes_left[code]
        rows[a] = row
        moved[b] = row
        a += goes
        b += not goes
    for j in range(b):
        rows[a + j] = moved[j]
    return a
