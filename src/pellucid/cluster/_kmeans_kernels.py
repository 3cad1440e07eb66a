"""Compiled: steps of k-means.

A step assigns every row to its nearest centre and keeps, for each cluster, the sum and the weight of its rows; dividing
one by the other gives the next centres.  Three ways to assign, same labels:

    lloyd_step     every row with every centre: |x - c|^2 = |x|^2 + 2 (|c|^2 / 2 - x . c), one matrix product a block
    hamerly_step   two bounds a row: its distance to its own centre from above, to all others from below.  While the
                   first is below the second, or below half the way to the nearest other centre, no label can change;
                   the other rows are gathered into blocks and go through the product
    elkan_step     a lower bound for every row and centre: K numbers a row to keep, fewer distances to compute

Products are made in single precision, twice as fast; what they may be wrong by is known.  A row whose two nearest
centres lie closer together than that is compared again by differences, so that labels do not suffer.

Here: the three steps; `sums_of`, the sums from labels alone; `distances_to_own`.
Elsewhere: the loop around them is in _kmeans_steps.py; the same step in NumPy is in the test.
Imports: numpy and Numba; only functions that need compiled code import this module.
Sources: Lloyd, IEEE Trans. Information Theory 28, 1982; Hamerly, SIAM Data Mining 2010; Elkan, ICML 2003; Higham,
Accuracy and Stability of Numerical Algorithms, section 3.1 (the error of an inner product).
"""

from typing import NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.neighbors._distance_kernels import compiled, squared

BLOCK = 256  # rows; 256 x (20 features + 30 centres) x 4 bytes = 50 KiB stay in a second-level cache


class Room(NamedTuple):
    """What comparing a block of B rows with K centres needs, in single precision but for the rows.

    tile (D, B), product (K B,), single (K, D): the centres, half (K,): |c|^2 / 2 from below; error: relative to |x|^2
    and |c|^2; size (B,): |x|^2; best, second, nearest (B,); rows (B,)."""

    tile: Array
    product: Array
    single: Array
    half: Array
    error: float
    size: Array
    best: Array
    second: Array
    nearest: Array
    rows: Array


@compiled
def _room(centre: Array) -> Room:
    k, n_features = centre.shape
    f4 = np.float32
    error = (n_features + 4) * 2.0**-23  # twice Higham's bound (D + 4) 2^-24, the rounding of x and c included
    half = np.empty(k, f4)
    for c in range(k):
        total = 0.0
        for d in range(n_features):
            total += centre[c, d] * centre[c, d]
        half[c] = 0.5 * total * (1.0 - 3.0 * error)
    return Room(
        np.empty((n_features, BLOCK), f4), np.empty(k * BLOCK, f4), centre.astype(f4), half, error,
        np.empty(BLOCK), np.empty(BLOCK, f4), np.empty(BLOCK, f4), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int64),
    )  # fmt: skip


@compiled
def _compare(X: Array, centre: Array, room: Room, n: int) -> None:
    """best, second, nearest <- for the first n of room.rows: bounds of |c|^2 / 2 - x . c and the nearest centre.

    For every centre, |x . c| <= (|x|^2 + |c|^2) / 2, so that the product is wrong by less than error times that:
    best is from above, second from below, and `half` has the share of |c|^2 taken off already.
    """
    tile = room.tile.reshape(-1)[: X.shape[1] * n].reshape(X.shape[1], n)
    for i in range(n):
        row, total = room.rows[i], 0.0
        for d in range(X.shape[1]):
            x = np.float64(X[row, d])
            total += x * x
            tile[d, i] = x
        room.size[i] = total
    product = room.product[: len(centre) * n].reshape(len(centre), n)
    np.dot(room.single, tile, product)
    _two_nearest(product, room.half, room.best, room.second, room.nearest)
    for i in range(n):
        c, doubt = room.nearest[i], 0.5 * room.error * room.size[i]
        room.best[i] += 6.0 * room.error * room.half[c] + doubt
        room.second[i] -= doubt
        if not room.best[i] < room.second[i]:
            room.nearest[i] = _nearest_by_differences(X[room.rows[i]], centre)
            room.second[i] = -np.inf  # the product says nothing of the others


@compiled
def _nearest_by_differences(x: Array, centre: Array) -> int:
    best, nearest = np.inf, 0
    for c in range(len(centre)):
        gap = squared(x, centre[c])
        if gap < best:  # strict: a tie keeps the lower number
            best, nearest = gap, c
    return nearest


@compiled
def lloyd_step(X: Array, weight: Array, centre: Array, label: Array, sums: Array, mass: Array) -> int:
    """label (N,) <- nearest centre, lower number at a tie; sums (K, D), mass (K,) <- those of the labels.

    X (N, D), centre (K, D).  Gives the number of labels that changed.
    """
    room = _room(centre)
    sums[:] = 0.0
    mass[:] = 0.0
    changed = 0
    for start in range(0, len(X), BLOCK):
        size = min(BLOCK, len(X) - start)
        for i in range(size):
            room.rows[i] = start + i
        _compare(X, centre, room, size)
        for i in range(size):
            row, c = start + i, room.nearest[i]
            changed += label[row] != c
            label[row] = c
            _add(X, row, weight[row], sums, mass, c)
    return changed


class Bounds(NamedTuple):
    """What is known of the rows since the last step.

    moved (K,): how far each centre went; upper (N,): no row is farther from its own centre; lower: nor closer to
    another than this, (N,) for any other, or (N, K) for each."""

    moved: Array
    upper: Array
    lower: Array


@compiled
def hamerly_step(
    X: Array, weight: Array, centre: Array, label: Array, sums: Array, mass: Array, bounds: Bounds
) -> tuple[int, int]:
    """As lloyd_step, for rows with bounds; sums and mass are brought up to date by the rows that change.

    label -1: a row not seen yet.  Gives the numbers of labels that changed, and of rows compared with all centres.
    """
    room = _room(centre)
    moved, upper, lower = bounds
    gap = _half_gaps(centre)
    most, other = _two_largest(moved)
    filled, changed, compared = 0, 0, 0
    for row in range(len(X)):
        c = label[row]
        if c >= 0:
            upper[row] += moved[c]
            lower[row] -= moved[other] if c == most else moved[most]
            bound = max(lower[row], gap[c])
            if upper[row] < bound:
                continue
            upper[row] = np.sqrt(squared(X[row], centre[c]))
            if upper[row] < bound:
                continue
        room.rows[filled] = row
        filled += 1
        if filled == BLOCK:
            changed += _settle(X, weight, centre, label, sums, mass, bounds, room, filled)
            compared += filled
            filled = 0
    changed += _settle(X, weight, centre, label, sums, mass, bounds, room, filled)
    return changed, compared + filled


@compiled
def _settle(
    X: Array, weight: Array, centre: Array, label: Array, sums: Array, mass: Array, bounds: Bounds, room: Room, n: int
) -> int:
    """Compare the gathered rows with all centres; set labels, bounds and sums.  Gives the labels that changed."""
    if n == 0:
        return 0
    changed = 0
    _compare(X, centre, room, n)
    for i in range(n):
        row, c = room.rows[i], room.nearest[i]
        bounds.upper[row] = np.sqrt(max(room.size[i] + 2.0 * room.best[i], 0.0))
        bounds.lower[row] = np.sqrt(max(room.size[i] + 2.0 * room.second[i], 0.0))
        if label[row] != c:
            changed += 1
            _move(X, row, weight[row], sums, mass, label, c)
    return changed


@compiled
def elkan_step(
    X: Array, weight: Array, centre: Array, label: Array, sums: Array, mass: Array, bounds: Bounds
) -> tuple[int, int]:
    """As hamerly_step, with lower (N, K): a bound for each centre.  Gives labels changed and distances computed."""
    moved, upper, lower = bounds
    n, k = len(X), len(centre)
    between = np.empty((k, k))  # half the way from centre to centre
    for a in range(k):
        for b in range(k):
            between[a, b] = 0.5 * np.sqrt(squared(centre[a], centre[b]))
    gap = _half_gaps(centre)
    changed, computed = 0, 0
    for row in range(n):
        own = lower[row]
        for b in range(k):
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
        for b in range(k):
            if b == c or (tight or old >= 0) and (u < own[b] or u < between[c, b]):
                continue
            if not tight:
                u = np.sqrt(squared(X[row], centre[c]))
                own[c] = u
                tight = True
                computed += 1
                if u < own[b] or u < between[c, b]:
                    continue
            distance = np.sqrt(squared(X[row], centre[b]))
            own[b] = distance
            computed += 1
            if distance < u or (distance == u and b < c):
                c, u = b, distance
        upper[row] = u
        if c != old:
            changed += 1
            _move(X, row, weight[row], sums, mass, label, c)
    return changed, computed


@compiled
def sums_of(X: Array, weight: Array, label: Array, sums: Array, mass: Array) -> None:
    """sums (K, D), mass (K,) <- weighted sums of the rows of each label, and their weight."""
    sums[:] = 0.0
    mass[:] = 0.0
    for row in range(len(X)):
        _add(X, row, weight[row], sums, mass, label[row])


@compiled
def distances_to_own(X: Array, centre: Array, label: Array, out: Array) -> None:
    """out (N,) <- |x_i - c_label(i)|^2, by differences."""
    for row in range(len(X)):
        out[row] = squared(X[row], centre[label[row]])


@compiled
def _two_nearest(product: Array, half: Array, best: Array, second: Array, nearest: Array) -> None:
    """best, second, nearest (B,) <- two smallest of half - product, and which is the smallest.   product (K, B)

    The loop over rows is the inner one: each is a lane of a vector.
    """
    k, size = product.shape
    for i in range(size):
        best[i] = half[0] - product[0, i]
        second[i] = np.inf
        nearest[i] = 0
    for c in range(1, k):
        for i in range(size):
            g = half[c] - product[c, i]
            closer = g < best[i]
            second[i] = min(second[i], best[i] if closer else g)
            nearest[i] = c if closer else nearest[i]
            best[i] = g if closer else best[i]


@compiled
def _add(X: Array, row: int, w: float, sums: Array, mass: Array, c: int) -> None:
    mass[c] += w
    for d in range(X.shape[1]):
        sums[c, d] += w * X[row, d]


@compiled
def _move(X: Array, row: int, w: float, sums: Array, mass: Array, label: Array, c: int) -> None:
    """Take a row from the cluster it is in, if any, into cluster c."""
    if label[row] >= 0:
        _add(X, row, -w, sums, mass, label[row])
    _add(X, row, w, sums, mass, c)
    label[row] = c


@compiled
def _half_gaps(centre: Array) -> Array:
    """Half the way from each centre to the nearest other; a row closer than that to its own has no closer one."""
    gap = np.full(len(centre), np.inf)
    for a in range(len(centre)):
        for b in range(a):
            way = 0.5 * np.sqrt(squared(centre[a], centre[b]))
            gap[a], gap[b] = min(gap[a], way), min(gap[b], way)
    return gap


@compiled
def _two_largest(moved: Array) -> tuple[int, int]:
    """The centre that moved most, and the one that moved most among the others."""
    most = int(np.argmax(moved))
    other = 0 if most != 0 or len(moved) == 1 else 1
    for c in range(len(moved)):
        if c != most and moved[c] > moved[other]:
            other = c
    return most, other
