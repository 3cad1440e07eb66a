"""Compiled: the growth of one boosted tree from sums by bin.

Gradients come as whole numbers: g in one word, and h above a count of rows in another.  Sums of whole numbers are
exact, so that a histogram minus that of one child is exactly that of the other, and neither the order of the rows nor
the way a node was reached can change a split.

Here: `grow_by_histogram`, `NODE`, `Limits`; `to_words`.
Elsewhere: bins are made in _binning.py, gradients in _boosting_losses.py; the loop over trees is in _boosting.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._order_kernels import allocating, compiled, sort_by

MISSING = 255  # the bin of no value
SMOOTH = 10.0  # hessian added to a category's own in their order, so that rare ones do not come first; LightGBM's
MIN_HESSIAN = 1e-3  # a side with less has gradients that are noise; LightGBM's and scikit-learn's

NODE = np.dtype(
    [
        ("begin", "i8"),
        ("end", "i8"),
        ("g", "i8"),
        ("hn", "i8"),
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


@compiled
def to_words(g: Array, h: Array, g_unit: float, h_unit: float, count_bits: int, words: Array) -> None:
    """words[i] <- (g_i / g_unit, h_i / h_unit above a count of 1), rounded.   g, h (N,), words (N, 2) int64"""
    one = np.int64(1) << np.int64(count_bits)
    for i in range(len(g)):
        words[i, 0] = np.int64(np.rint(g[i] / g_unit))
        words[i, 1] = np.int64(np.rint(h[i] / h_unit)) * one + 1


@allocating
def grow_by_histogram(
    bins: Array, n_bins: Array, category: Array, words: Array, rows: Array, o: Limits, nodes: Array, sets: Array
) -> int:
    """Fill nodes (M,) of NODE and sets (M, 256), the bins that go left where by_set; gives the number of nodes.

    bins (N, D) uint8, n_bins and category (D,), words (N, 2), rows (n,) which end up sorted by leaf.  The leaf whose
    split gains most is split first; children stand side by side and after their parent.
    """
    n_features = bins.shape[1]
    pool = np.empty((o.max_leaves + 1, n_features * 256, 2), np.int64)
    moved = np.empty(len(rows), rows.dtype)
    order, key = np.empty(256, np.int64), np.empty(256)
    root = nodes[0]
    root.begin, root.end, root.depth, root.slot = 0, len(rows), 0, 0
    root.low, root.high = -np.inf, np.inf
    _add_up(bins, words, rows, 0, len(rows), pool[0])
    g, hn = np.int64(0), np.int64(0)
    for b in range(256):
        g += pool[0, b, 0]
        hn += pool[0, b, 1]
    root.g, root.hn = g, hn
    _best_split(root, pool[0], n_bins, category, o, order, key, sets[0])
    n_nodes, n_leaves = 1, 1
    while n_leaves < o.max_leaves:
        best = -1
        for i in range(n_nodes):
            if nodes[i].left < 0 and nodes[i].feature >= 0 and (best < 0 or nodes[i].gain > nodes[best].gain):
                best = i
        if best < 0:
            break
        node = nodes[best]
        middle = _partition(bins, rows, node, sets[best], moved)
        node.left = n_nodes
        left, right = nodes[n_nodes], nodes[n_nodes + 1]
        left.begin, left.end, right.begin, right.end = node.begin, middle, middle, node.end
        left.depth = right.depth = node.depth + 1
        left.low, left.high, right.low, right.high = node.low, node.high, node.low, node.high
        if o.sign[node.feature] > 0:
            left.high = right.low = node.middle
        elif o.sign[node.feature] < 0:
            left.low = right.high = node.middle
        small, large = (left, right) if middle - node.begin <= node.end - middle else (right, left)
        small.slot, large.slot = n_leaves, node.slot
        _add_up(bins, words, rows, small.begin, small.end, pool[n_leaves])
        g, hn = np.int64(0), np.int64(0)
        for b in range(256):
            g += pool[n_leaves, b, 0]
            hn += pool[n_leaves, b, 1]
        small.g, small.hn, large.g, large.hn = g, hn, node.g - g, node.hn - hn
        n_leaves += 1
        _take_away(pool[node.slot], pool[small.slot])
        for j in range(n_nodes, n_nodes + 2):
            _best_split(nodes[j], pool[nodes[j].slot], n_bins, category, o, order, key, sets[j])
        n_nodes += 2
    for i in range(n_nodes):
        if nodes[i].left < 0:
            nodes[i].feature, nodes[i].cut, nodes[i].gain = -1, 0, 0.0
    return n_nodes


@compiled
def _add_up(bins: Array, words: Array, rows: Array, begin: int, end: int, sums: Array) -> None:
    """sums[256 f + bin] <- sum of the words of rows[begin : end], for each feature f."""
    n_features = bins.shape[1]
    for b in range(len(sums)):
        sums[b, 0] = 0
        sums[b, 1] = 0
    for i in range(begin, end):
        row = rows[i]
        g, hn = words[row, 0], words[row, 1]
        for f in range(n_features):
            place = (np.uint64(f) << np.uint64(8)) | np.uint64(bins[row, f])
            sums[place, 0] += g
            sums[place, 1] += hn


@compiled
def _take_away(sums: Array, part: Array) -> None:
    for b in range(len(sums)):
        sums[b, 0] -= part[b, 0]
        sums[b, 1] -= part[b, 1]


@compiled
def _best_split(
    node: Any, sums: Array, n_bins: Array, category: Array, o: Limits, order: Array, key: Array, goes_left: Array
) -> None:
    """Note in `node` its value and the split that gains most, and in goes_left (256,) the bins on its left.

    gain = G_l^2 / (H_l + l2) + G_r^2 / (H_r + l2) - G^2 / (H + l2);   with bounded values v of the sides
    gain = -G_l v_l - G_r v_r + G v.
    """
    mask = (np.int64(1) << np.int64(o.count_bits)) - 1
    g, h, n = node.g * o.g_unit, (node.hn >> o.count_bits) * o.h_unit, node.hn & mask
    node.value = min(max(-g / (h + o.l2), node.low), node.high)
    uncut = -g * node.value if o.bounded else g * g / (h + o.l2)
    node.feature, node.left, node.cut, node.gain = -1, -1, 0, 0.0
    node.missing_left, node.by_set = False, False
    if n < 2 * o.min_rows or node.depth >= o.max_depth:
        return
    middle = 0.0
    for f in range(len(n_bins)):
        base = f * 256
        size = n_bins[f]
        for b in range(size):
            order[b] = b
        if category[f]:
            for b in range(size):
                mass = (sums[base + b, 1] >> o.count_bits) * o.h_unit
                key[b] = sums[base + b, 0] * o.g_unit / (mass + SMOOTH)
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
                if hl < MIN_HESSIAN or hr < MIN_HESSIAN:
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
                    node.missing_left = side == 1 if absent_hn != 0 else 2 * left_n > n
                    node.by_set = category[f]
                    if category[f]:
                        for b in range(256):
                            goes_left[b] = node.missing_left
                        for b in range(size):
                            if sums[base + order[b], 1] != 0:
                                goes_left[order[b]] = b <= j


@compiled
def _partition(bins: Array, rows: Array, node: Any, goes_left: Array, moved: Array) -> int:
    """Rows of a node that go left to its front, order kept; the place where the right ones begin."""
    a, b = node.begin, 0
    for i in range(node.begin, node.end):
        row = rows[i]
        code = bins[row, node.feature]
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
