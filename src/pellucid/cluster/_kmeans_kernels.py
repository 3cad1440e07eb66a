"""Compiled: steps of k-means.

A step assigns every row to its nearest centre and keeps, for each cluster, the sum and the weight of its rows, brought
up to date by those that change; dividing one by the other gives the next centres.  Three ways to assign, same labels:

    lloyd_step     every row with every centre: one matrix product a tile of rows
    hamerly_step   two bounds a row: its distance to its own centre from above, to all others from below.  While the
                   first is below the second, or below half the way to the nearest other centre, no label can change;
                   the other rows are gathered and go through the product; where they are many, the tile as it is
    elkan_step     a lower bound for every row and centre: K numbers a row to keep, fewer distances to compute

Each works on the tiles [first, last), so that threads can share them out.

Here: the three steps; `look_around`, before each that has bounds; `sums_of`, the sums from labels alone;
`distances_to_own`.
Elsewhere: how rows are compared with all centres is in _compare_kernels.py; the loop around the steps is in
_kmeans_steps.py; the same step in NumPy is in the test.
Imports: numpy and Numba; only functions that need compiled code import this module.
Sources: Lloyd, IEEE Trans. Information Theory 28, 1982; Hamerly, SIAM Data Mining 2010; Elkan, ICML 2003.
"""

import numpy as np

from pellucid.base._tables import Array
from pellucid.cluster._compare_kernels import compare_gathered, compare_tile
from pellucid.cluster._tiles import TILE, Bounds, Packed, Room
from pellucid.neighbors._distance_kernels import compiled, part, squared

MANY = TILE * 3 // 16  # rows of a tile, from which reading all in order is faster than those alone; by measurement
DENSE = TILE * 3 // 4  # rows of a tile in doubt, from which all are compared: gathering costs as much; by measurement


@compiled
def lloyd_step(
    rows: Packed, first: int, last: int, centre: Array, room: Room, label: Array, sums: Array, mass: Array
) -> int:
    """label (N,) <- nearest centre, lower number at a tie; to sums (K, D), mass (K,) is added what has changed.

    centre (K, D), and the room for it; label -1: a row in no cluster yet.  Gives the number of labels that changed.
    """
    changed = 0
    for b in range(first, last):
        n = compare_tile(rows, b, centre, room)
        changed += _relabel(rows.X, rows.weight, room.which, room.nearest, n, label, sums, mass)
    return changed


@compiled
def look_around(centre: Array, bounds: Bounds) -> None:
    """between, gap and beyond of the bounds, for these centres, which have moved."""
    between, gap, beyond, moved = bounds.between, bounds.gap, bounds.beyond, bounds.moved
    for a in range(len(centre)):
        gap[a], beyond[a] = np.inf, 0.0
        for b in range(a):
            half = 0.5 * np.sqrt(squared(centre[a], centre[b]))
            between[a, b] = between[b, a] = half
            gap[a], gap[b] = min(gap[a], half), min(gap[b], half)
            beyond[a], beyond[b] = max(beyond[a], moved[b]), max(beyond[b], moved[a])


@compiled
def hamerly_step(
    rows: Packed, first: int, last: int, centre: Array, room: Room, label: Array, sums: Array, mass: Array,
    bounds: Bounds, every: int,
) -> tuple[int, int]:  # fmt: skip
    """As lloyd_step, for rows with bounds, after look_around; bounds are kept for each `every`-th tile.

    Gives the numbers of labels that changed, and of rows with bounds that were compared with all centres.
    """
    waiting, n_waiting, changed, compared = room.waiting, 0, 0, 0
    most = 0
    for c in range(len(centre)):
        most = c if bounds.moved[c] > bounds.moved[most] else most
    for b in range(first, last):
        if b % every != 0:
            n = compare_tile(rows, b, centre, room)
            changed += _relabel(rows.X, rows.weight, room.which, room.nearest, n, label, sums, mass)
            continue
        n = _in_doubt(b * TILE, min(b * TILE + TILE, len(rows.X)), label, bounds, most, room.doubt, room.which)
        if n >= DENSE:
            n = compare_tile(rows, b, centre, room)
            changed += _settle(rows, room.which, n, label, sums, mass, bounds, room)
            compared += n
            continue
        for i in range(_still_in_doubt(rows.X, centre, label, bounds, room.which, n)):
            waiting[n_waiting] = room.which[i]
            n_waiting += 1
            if n_waiting == TILE:
                compare_gathered(rows, waiting, TILE, centre, room)
                changed += _settle(rows, waiting, TILE, label, sums, mass, bounds, room)
                compared, n_waiting = compared + TILE, 0
    if n_waiting > 0:
        compare_gathered(rows, waiting, n_waiting, centre, room)
        changed += _settle(rows, waiting, n_waiting, label, sums, mass, bounds, room)
    return changed, compared + n_waiting


@part
def _in_doubt(start: int, stop: int, label: Array, bounds: Bounds, most: int, doubt: Array, which: Array) -> int:
    """Widen the bounds of rows [start, stop) by how far centres went; which <- those that may change.  Gives how many.

    most: the centre that moved most.  Both loops are without branches, as it cannot be foreseen which rows those are.
    """
    most_moved, other_moved = bounds.moved[most], bounds.beyond[most]
    for row in range(start, stop):
        c = max(label[row], 0)
        upper = bounds.upper[row] + bounds.moved[c]
        lower = bounds.lower[row] - (other_moved if c == most else most_moved)
        bounds.upper[row], bounds.lower[row] = upper, lower
        doubt[row - start] = not upper < max(lower, bounds.gap[c])
    n = 0
    for row in range(start, stop):
        which[n] = row
        n += doubt[row - start]
    return n


@part
def _still_in_doubt(X: Array, centre: Array, label: Array, bounds: Bounds, which: Array, n: int) -> int:
    """Make upper bounds of the n rows exact; to the front of `which` go those that help does not.  Gives how many."""
    if n >= MANY:
        for row in range(which[0], which[n - 1] + 1):
            bounds.upper[row] = np.sqrt(squared(X[row], centre[max(label[row], 0)]))
    else:
        for i in range(n):
            bounds.upper[which[i]] = np.sqrt(squared(X[which[i]], centre[max(label[which[i]], 0)]))
    left = 0
    for i in range(n):
        row = which[i]
        which[left] = row
        left += label[row] < 0 or not bounds.upper[row] < max(bounds.lower[row], bounds.gap[label[row]])
    return left


@part
def _settle(
    rows: Packed, which: Array, n: int, label: Array, sums: Array, mass: Array, bounds: Bounds, room: Room
) -> int:
    """Set labels, bounds and sums of the n rows that were compared.  Gives the labels that changed."""
    for i in range(n):
        bounds.upper[which[i]] = np.sqrt(max(room.size[i] + 2.0 * room.best[i], 0.0))
        bounds.lower[which[i]] = np.sqrt(max(room.size[i] + 2.0 * room.second[i], 0.0))
    return _relabel(rows.X, rows.weight, which, room.nearest, n, label, sums, mass)


@compiled
def elkan_step(
    rows: Packed, first: int, last: int, centre: Array, room: Room, label: Array, sums: Array, mass: Array,
    bounds: Bounds,
) -> tuple[int, int]:  # fmt: skip
    """As hamerly_step, with lower (N, K): a bound for each centre.  Gives labels changed and distances computed."""
    upper, lower, moved, _, between, gap = bounds
    which, nearest, n = room.which, room.nearest, 0
    changed, computed = 0, 0
    for row in range(first * TILE, min(last * TILE, len(rows.X))):
        own = lower[row]
        for b in range(len(centre)):
            own[b] -= moved[b]
        c = old = label[row]
        if c >= 0:
            upper[row] += moved[c]
            if upper[row] < gap[c]:
                continue
        else:
            c = 0
        tight = False
        u = upper[row]
        for b in range(len(centre)):
            if b == c or (tight or old >= 0) and (u < own[b] or u < between[c, b]):
                continue
            if not tight:
                u = np.sqrt(squared(rows.X[row], centre[c]))
                own[c] = u
                tight = True
                computed += 1
                if u < own[b] or u < between[c, b]:
                    continue
            distance = np.sqrt(squared(rows.X[row], centre[b]))
            own[b] = distance
            computed += 1
            if distance < u or (distance == u and b < c):
                c, u = b, distance
        upper[row] = u
        if c != old:
            which[n], nearest[n], n = row, c, n + 1
            if n == TILE:
                changed, n = changed + _relabel(rows.X, rows.weight, which, nearest, n, label, sums, mass), 0
    return changed + _relabel(rows.X, rows.weight, which, nearest, n, label, sums, mass), computed


@compiled
def sums_of(X: Array, weight: Array, label: Array, sums: Array, mass: Array) -> None:
    """To sums (K, D), mass (K,) are added weighted sums of the rows of each label, and their weight."""
    for row in range(len(X)):
        c, w = label[row], weight[row]
        mass[c] += w
        for d in range(X.shape[1]):
            sums[c, d] += w * X[row, d]


@compiled
def distances_to_own(X: Array, centre: Array, label: Array, out: Array) -> None:
    """out (N,) <- |x_i - c_label(i)|^2, by differences."""
    for row in range(len(X)):
        out[row] = squared(X[row], centre[label[row]])


@part
def _relabel(
    X: Array, weight: Array, which: Array, nearest: Array, n: int, label: Array, sums: Array, mass: Array
) -> int:
    """Take each row which[i] from the cluster it is in, if any, into nearest[i].  Gives how many were elsewhere.

    Rows come by the tile: a call a row, with as many arrays, would cost more than the sums.
    """
    changed = 0
    for i in range(n):  # without a branch: which rows change cannot be foreseen
        row, c = which[i], nearest[i]
        which[changed], nearest[changed] = row, c
        changed += label[row] != c
    for i in range(changed):
        row, c = which[i], nearest[i]
        old, w = label[row], weight[row]
        if old >= 0:
            mass[old] -= w
            for d in range(X.shape[1]):
                sums[old, d] -= w * X[row, d]
        mass[c] += w
        for d in range(X.shape[1]):
            sums[c, d] += w * X[row, d]
        label[row] = c
    return changed
