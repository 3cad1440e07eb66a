"""Compiled: the search in a KD-tree or a ball tree.

A tree of L levels is implicit: node i has children 2i + 1 and 2i + 2, and its points stand side by side, each half of
its parent's.  A node knows a box around its points (KD-tree) or a ball (ball tree); the distance of a query from that
is a bound from below for all of them.  Nodes wait on a stack, the nearer child on top, and are left when their bound
lies beyond the k-th nearest so far, or beyond the radius.

Here: `grow`, and `cut`, its loops; `nearest`, `within`, `leaf_of`; the arrays of a grown tree, `Tree`.
Elsewhere: the tree as an object is in _index.py; distances and the heap are in _distance_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
Sources: Bentley, Communications of the ACM 18, 1975; Omohundro, Five Balltree Construction Algorithms, 1989.
"""

from typing import NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.neighbors._distance_kernels import any_order, compiled, longer, push, reduced, sort_heap
from pellucid.neighbors._metric import CHEBYSHEV, EUCLIDEAN, MANHATTAN

LANES = 8  # points whose distances are computed at a time: 64 bytes, a cache line
ROUNDING = 1e-15  # of a bound, for each feature; a bound beyond the nearest by rounding alone is no reason to leave


class Tree(NamedTuple):
    """row (M, D): the rows as they came; order (M,): their numbers, leaf by leaf.
    column (D, M + LANES): features so ordered, and zeros, so that the last lanes read numbers, too.
    start, stop (nodes,): the range of a node's points.

    low, high (nodes, D): corners of the boxes; ball: low is the centre, and radius (nodes,) the reach of the ball.
    feature, value (nodes,): what the halves were cut by."""

    row: Array
    order: Array
    column: Array
    start: Array
    stop: Array
    low: Array
    high: Array
    radius: Array
    feature: Array
    value: Array
    ball: bool
    metric: int
    p: float


def grow(X: Array, levels: int, ball: bool, metric: int, p: float) -> Tree:
    """The tree over rows X (M, D).  Each node is cut at the median of its widest feature.  Cost O(M D log M)."""
    n, n_features = X.shape
    n_nodes = 2**levels - 1
    tree = Tree(
        X, np.arange(n), np.zeros((n_features, n + LANES)), np.zeros(n_nodes, np.int64), np.zeros(n_nodes, np.int64),
        np.empty((n_nodes, n_features)), np.empty((0 if ball else n_nodes, n_features)),
        np.zeros(n_nodes if ball else 0),
        np.zeros(n_nodes, np.int64), np.zeros(n_nodes), ball, metric, p,
    )  # fmt: skip
    rows = X.copy()  # moved along with `order`: reading them in their place takes a third of the time
    cut(rows, tree, *np.empty((2, n_features)))
    tree.column[:, :n] = rows.T
    return tree


@compiled
def cut(rows: Array, tree: Tree, low: Array, high: Array) -> None:
    """Enclose the points of each node and halve them.   rows (M, D): moved in order; low, high (D,): room to work

    Entry by entry, as `longer` is: assignments of whole rows take 2 s to compile.
    """
    n, n_features = rows.shape
    tree.stop[0] = n
    n_nodes = len(tree.stop)
    for node in range(n_nodes):
        begin, end = tree.start[node], tree.stop[node]
        for d in range(n_features):
            low[d] = high[d] = rows[begin, d]
        for i in range(begin, end):
            for d in range(n_features):
                x = rows[i, d]
                low[d], high[d] = min(low[d], x), max(high[d], x)
        if tree.ball:
            _enclose(rows, tree, node)
        else:
            for d in range(n_features):
                tree.low[node, d], tree.high[node, d] = low[d], high[d]
        widest = 0
        for d in range(n_features):
            if high[d] - low[d] > high[widest] - low[widest]:
                widest = d
        if 2 * node + 2 < n_nodes:
            middle = (begin + end) // 2
            _select(rows, tree.order, begin, end, middle, widest)
            tree.feature[node], tree.value[node] = widest, rows[middle, widest]
            tree.start[2 * node + 1], tree.stop[2 * node + 1] = begin, middle
            tree.start[2 * node + 2], tree.stop[2 * node + 2] = middle, end


@compiled
def _enclose(rows: Array, tree: Tree, node: int) -> None:
    """The ball around the mean of the node's points."""
    begin, end = tree.start[node], tree.stop[node]
    centre = tree.low[node]
    for d in range(len(centre)):
        centre[d] = 0.0
    for i in range(begin, end):
        for d in range(len(centre)):
            centre[d] += rows[i, d]
    for d in range(len(centre)):
        centre[d] /= end - begin
    reach = 0.0
    for i in range(begin, end):
        reach = max(reach, reduced(rows[i], centre, tree.metric, tree.p))
    tree.radius[node] = _true(reach, tree.metric, tree.p)


@compiled
def _select(rows: Array, order: Array, begin: int, end: int, middle: int, d: int) -> None:
    """Rearrange [begin, end) so that what stands before `middle` is no greater in feature d.   (Hoare's FIND)"""
    last = end - 1
    while begin < last:
        pivot = rows[(begin + last) // 2, d]
        i, j = begin, last
        while i <= j:
            while rows[i, d] < pivot:
                i += 1
            while rows[j, d] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                for e in range(rows.shape[1]):
                    rows[i, e], rows[j, e] = rows[j, e], rows[i, e]
                i += 1
                j -= 1
        if middle <= j:
            last = j
        elif middle >= i:
            begin = i
        else:
            return


@compiled
def _true(distance: float, metric: int, p: float) -> float:
    if metric == EUCLIDEAN:
        return np.sqrt(distance)
    return distance if metric == MANHATTAN or metric == CHEBYSHEV else distance ** (1.0 / p)


@compiled
def _ball_bound(x: Array, centre: Array, radius: float, metric: int, p: float) -> float:
    """No point of the ball has a smaller reduced distance from x (D,)."""
    way = _true(reduced(x, centre, metric, p), metric, p)
    gap = way - radius - ROUNDING * len(x) * (way + radius)
    if gap <= 0.0:
        return 0.0
    if metric == EUCLIDEAN:
        return gap * gap
    return gap if metric == MANHATTAN or metric == CHEBYSHEV else gap**p


@compiled
def _box_bound(x: Array, low: Array, high: Array, node: int, metric: int, p: float) -> float:
    """No point of the box of the node has a smaller reduced distance from x (D,)."""
    total = 0.0
    if metric == EUCLIDEAN:
        for d in range(len(x)):
            gap = _outside(x[d], low[node, d], high[node, d])
            total += gap * gap
    elif metric == MANHATTAN:
        for d in range(len(x)):
            total += _outside(x[d], low[node, d], high[node, d])
    elif metric == CHEBYSHEV:
        for d in range(len(x)):
            gap = _outside(x[d], low[node, d], high[node, d])
            total = gap if gap > total else total
    else:
        for d in range(len(x)):
            total += _outside(x[d], low[node, d], high[node, d]) ** p
    return total * (1.0 - ROUNDING * len(x))


@any_order
def _box_bounds(x: Array, low: Array, high: Array, node: int, metric: int, p: float) -> tuple[float, float]:
    """`_box_bound` of a node and of the next."""
    if metric != EUCLIDEAN:
        return _box_bound(x, low, high, node, metric, p), _box_bound(x, low, high, node + 1, metric, p)
    here, there = np.uint64(node), np.uint64(node + 1)  # which cannot be negative
    first = second = 0.0
    for d in range(len(x)):
        gap = _outside(x[d], low[here, d], high[here, d])
        first += gap * gap
        gap = _outside(x[d], low[there, d], high[there, d])
        second += gap * gap
    loose = 1.0 - ROUNDING * len(x)
    return first * loose, second * loose


@compiled
def _outside(x: float, low: float, high: float) -> float:
    """How far x is outside of [low, high]; written so that no branch depends on the data."""
    below, above = low - x, x - high
    gap = below if below > above else above
    return gap if gap > 0.0 else 0.0


@any_order
def _leaf_gaps(x: Array, column: Array, begin: int, end: int, metric: int, p: float, gap: Array) -> None:
    """gap[i] <- the reduced distance of x from point begin + i, to rounding: points are lanes of a vector.

    It goes on to a whole number of LANES, for which `column` and `gap` have room: what is left over costs more one by
    one than all the others.  Unsigned numbers need no look whether they count from the end.
    """
    for at in range(np.uint64(0), np.uint64(end - begin), np.uint64(LANES)):
        first = np.uint64(begin) + at
        for i in range(np.uint64(LANES)):
            gap[at + i] = 0.0
        for d in range(np.uint64(len(x))):
            here = x[d]
            if metric == EUCLIDEAN:
                for i in range(np.uint64(LANES)):
                    way = column[d, first + i] - here
                    gap[at + i] += way * way
            elif metric == MANHATTAN:
                for i in range(np.uint64(LANES)):
                    gap[at + i] += abs(column[d, first + i] - here)
            elif metric == CHEBYSHEV:
                for i in range(np.uint64(LANES)):
                    way = abs(column[d, first + i] - here)
                    gap[at + i] = way if way > gap[at + i] else gap[at + i]
            else:
                for i in range(np.uint64(LANES)):
                    gap[at + i] += abs(column[d, first + i] - here) ** p


@any_order
def _close(
    x: Array, column: Array, begin: int, end: int, metric: int, p: float, limit: float, gap: Array, close: Array
) -> int:
    """close <- the points of a leaf with gap <= limit, counted from its first; gap as of _leaf_gaps.  Gives how many.

    Without a branch, as it cannot be foreseen which those are.
    """
    _leaf_gaps(x, column, begin, end, metric, p, gap)
    n = 0
    for i in range(end - begin):
        close[n] = i
        n += gap[i] <= limit
    return n


@compiled
def leaf_of(Q: Array, tree: Tree, leaf: Array) -> None:
    """leaf (N,) <- the leaf whose side of each cut a query is on; queries of one leaf read the same memory."""
    for i in range(len(Q)):
        node = 0
        while 2 * node + 2 < len(tree.start):
            node = 2 * node + 1 + (Q[i, tree.feature[node]] >= tree.value[node])
        leaf[i] = node


@compiled
def nearest(Q: Array, rows: Array, tree: Tree, distance: Array, index: Array) -> None:
    """distance, index (N, k) <- the k nearest points of each query Q[rows[i]], at rows[i]; ties go to the lower row."""
    row, order, column, start, stop, low, high, radius, feature, value, ball, metric, p = tree
    node_stack, bound_stack = np.empty(2 * 64, np.int64), np.empty(2 * 64)  # two a level
    gap, close = np.empty(_widest_leaf(start, stop)), np.empty(_widest_leaf(start, stop), np.int64)
    point = np.empty(Q.shape[1])
    n_inner = len(start) // 2
    loose = 1.0 - 2.0 * ROUNDING * Q.shape[1]
    for r in range(len(rows)):
        x, far, which = Q[rows[r]], distance[rows[r]], index[rows[r]]
        for j in range(len(far)):
            far[j], which[j] = np.inf, -1
        node_stack[0], bound_stack[0], height = 0, 0.0, 1
        while height > 0:
            height -= 1
            node = node_stack[height]
            if bound_stack[height] > far[0]:
                continue
            while node < n_inner:  # down to a leaf; the farther child of each node waits, if it has to be seen
                near, other = 2 * node + 1, 2 * node + 2
                if ball:
                    near_bound = _ball_bound(x, low[near], radius[near], metric, p)
                    other_bound = _ball_bound(x, low[other], radius[other], metric, p)
                else:
                    near_bound, other_bound = _box_bounds(x, low, high, near, metric, p)
                if other_bound < near_bound or (other_bound == near_bound and x[feature[node]] >= value[node]):
                    near, other, near_bound, other_bound = other, near, other_bound, near_bound
                node_stack[height], bound_stack[height] = other, other_bound
                height += other_bound <= far[0]
                if near_bound > far[0]:
                    break
                node = near
            else:
                n = _close(x, column, start[node], stop[node], metric, p, far[0] / loose, gap, close)
                for i in range(n):
                    if gap[close[i]] * loose <= far[0]:
                        at = start[node] + close[i]
                        for d in range(len(x)):  # read again where it was read just now
                            point[d] = column[d, at]
                        push(far, which, reduced(x, point, metric, p), order[at])
        sort_heap(far, which)


@compiled
def within(Q: Array, limit: float, tree: Tree, count: Array) -> tuple[Array, Array]:
    """All points at a reduced distance <= limit: rows and distances, query after query; count (N,) <- how many."""
    row, order, column, start, stop, low, high, radius, _, _, ball, metric, p = tree
    node_stack, gap = np.empty(2 * 64, np.int64), np.empty(_widest_leaf(start, stop))
    found, far, n_found = np.empty(len(Q) + 1024, np.int64), np.empty(len(Q) + 1024), 0
    n_inner = len(start) // 2
    loose = 1.0 - 2.0 * ROUNDING * Q.shape[1]
    for q in range(len(Q)):
        x, before = Q[q], n_found
        node_stack[0], height = 0, 1
        while height > 0:
            height -= 1
            node = node_stack[height]
            if ball:
                bound = _ball_bound(x, low[node], radius[node], metric, p)
            else:
                bound = _box_bound(x, low, high, node, metric, p)
            if bound > limit:
                continue
            if node < n_inner:
                node_stack[height], node_stack[height + 1] = 2 * node + 1, 2 * node + 2
                height += 2
                continue
            begin, end = start[node], stop[node]
            _leaf_gaps(x, column, begin, end, metric, p, gap)
            for i in range(end - begin):
                if gap[i] * loose <= limit:
                    number = order[begin + i]
                    exact = reduced(x, row[number], metric, p)
                    if exact <= limit:
                        if n_found == len(found):
                            found, far = longer(found), longer(far)
                        found[n_found], far[n_found] = number, exact
                        n_found += 1
        count[q] = n_found - before
    return found[:n_found].copy(), far[:n_found].copy()


@compiled
def _widest_leaf(start: Array, stop: Array) -> int:
    """Points of the largest leaf, and LANES."""
    most = 0
    for node in range(len(start) // 2, len(start)):
        most = max(most, stop[node] - start[node])
    return most + LANES
