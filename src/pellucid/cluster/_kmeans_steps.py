"""k-means, step by step.

Here: `Run`, one run from given centres, of which the state after any step can be looked at; `nearest_centres` and
`squared_distances`, which need no compiled code; `nearest_of_rows`, which does.
Elsewhere: a step over all rows is compiled, _kmeans_kernels.py; the estimator is in _kmeans.py.
Imports: numpy and this package; the kernels, and Numba with them, inside `Run` and `nearest_of_rows`.
"""

from collections.abc import Callable
from typing import Any, Literal, TypeVar, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.cluster._rows import Rows
from pellucid.cluster._tiles import TILE, Packed, Room, room, unseen

Algorithm = Literal["lloyd", "elkan", "hamerly"]
R = TypeVar("R")
PROBE = 8  # one tile of so many keeps bounds while those do not pay yet: the others are spared a third of a step
# Bounds pay where they leave fewer than K / (K + 45) of the rows to compare: 0.4 of them for 30 centres, 0.7 for 100.
BOUND_CENTRES = 45  # by measurement, 8 to 100 centres, 8 to 20 features
TILE_VALUES = 1 << 18  # products of rows and centres held at once: 2 MiB of float64


@final
class Run:
    """One run of k-means.   rows: X (N, D) with weights (N,) > 0; centre (K, D) float64

        label_i <- argmin_k |x_i - c_k|^2;    c_k <- sum_{i in k} w_i x_i / sum_{i in k} w_i

    A cluster that lost all its rows is given the row farthest from its own centre, and takes it from there.  Bounds
    spare little while centres go far: "hamerly" keeps them for one tile in PROBE until they pay there, then for all.
    """

    def __init__(self, rows: Packed, centre: Array, algorithm: Algorithm) -> None:
        self.centre = centre.copy()
        self.label = np.full(len(rows.X), -1, np.int32)
        self.steps = 0
        self.changed = len(rows.X)
        self.shift = np.inf
        self._rows, self._algorithm = rows, algorithm
        self._rooms: dict[int, Room] = {}  # by the first tile of the part that is worked on in it
        k = len(centre)
        self._sums, self._mass = np.zeros(centre.shape), np.zeros(k)
        self._alike = bool((rows.weight == 1.0).all())
        self._bounds = None if algorithm == "lloyd" else unseen(len(rows.X), k, each=algorithm == "elkan")
        self._every = PROBE if algorithm == "hamerly" else 1  # of so many tiles, one has bounds

    def step(self) -> None:
        """Assign the rows, move the centres.  `changed` labels, and `shift`: the sum over centres of |move|^2."""
        from pellucid.cluster import _kmeans_kernels as kernels

        if self._bounds is not None:
            kernels.look_around(self.centre, self._bounds)

        def assign(part: slice) -> tuple[int, int, Array, Array]:
            sums, mass = np.zeros_like(self._sums), np.zeros_like(self._mass)
            space = self._rooms[part.start] = room(self.centre, self._rooms.get(part.start))
            given = self._rows, part.start, part.stop, self.centre, space, self.label, sums, mass
            if self._bounds is None:
                return kernels.lloyd_step(*given), 0, sums, mass
            if self._algorithm == "elkan":
                return *kernels.elkan_step(*given, self._bounds), sums, mass
            return *kernels.hamerly_step(*given, self._bounds, self._every), sums, mass

        bounded = -(-len(self._rows.tile) // self._every)
        self.changed = compared = 0
        for changed, doubted, sums, mass in _in_parts(self._rows, assign):
            self.changed += changed
            compared += doubted
            self._sums += sums
            self._mass += mass
        k = len(self.centre)
        if compared * (k + BOUND_CENTRES) <= k * min(len(self._rows.X), bounded * TILE):
            self._every = 1
        count = self._count()
        if not count.all():
            self._fill(count, kernels)
        self._move_centres(count)
        self.steps += 1

    def finish(self) -> None:
        """The centres once more from the labels alone, without the rounding that bookkeeping by changes gathers."""
        from pellucid.cluster._kmeans_kernels import sums_of

        self._sums[:], self._mass[:] = 0.0, 0.0
        sums_of(self._rows.X, self._rows.weight, self.label, self._sums, self._mass)
        self._move_centres(self._count())

    def inertia(self) -> float:
        """sum_i w_i |x_i - c_label(i)|^2, labels and centres as they are."""
        from pellucid.cluster._kmeans_kernels import distances_to_own

        far = np.empty(len(self.label))
        distances_to_own(self._rows.X, self.centre, self.label, far)
        return float(self._rows.weight @ far)

    def _count(self) -> Array:
        """Rows of each cluster (K,); their mass, where each weighs 1, as a sum of ones carries no rounding."""
        return self._mass.copy() if self._alike else np.bincount(self.label, minlength=len(self.centre))

    def _fill(self, count: Array, kernels: Any) -> None:
        """Give each empty cluster the farthest row of one with rows to spare, unless all rows lie on their centres."""
        X, weight, far = self._rows.X, self._rows.weight, np.empty(len(self.label))
        kernels.distances_to_own(X, self.centre, self.label, far)
        empty = np.flatnonzero(count == 0).tolist()
        for row in np.argsort(-far, kind="stable").tolist():
            old = self.label[row]
            if not empty or far[row] == 0.0:
                break
            if count[old] == 1:
                continue
            new = empty.pop(0)
            moved = weight[row] * X[row].astype(np.float64)
            self._sums[old] -= moved
            self._mass[old] -= weight[row]
            self._sums[new], self._mass[new] = moved, weight[row]
            count[old], count[new], self.label[row] = count[old] - 1, 1, new
            self.changed += 1
            if self._bounds is not None:
                self._bounds.upper[row], self._bounds.lower[row] = np.inf, 0.0

    def _move_centres(self, count: Array) -> None:
        full = count > 0
        after = self.centre.copy()
        after[full] = self._sums[full] / self._mass[full, None]
        squares = ((after - self.centre) ** 2).sum(axis=1)
        if self._bounds is not None:
            self._bounds.moved[:] = np.sqrt(squares)
        self.shift = float(squares.sum())
        self.centre = after


def _in_parts(rows: Packed, work: Callable[[slice], R]) -> list[R]:
    """work(tiles) for all tiles of packed rows, by threads where there are many."""
    from pellucid.ops._threads import in_parts

    return in_parts(len(rows.tile), rows.tile[:1].nbytes, work)


def nearest_centres(X: Array, centre: Array) -> tuple[Array, Array]:
    """The nearest centre of each row, the lower number at a tie, and its squared distance.

    By products, x . c, in float64; a row whose two nearest are within what products may be wrong by is compared again
    by differences.   X (N, D), centre (K, D) -> (N,) int32, (N,)
    """
    centre = centre.astype(np.float64)
    middle = centre.mean(axis=0)  # products of small numbers carry less rounding
    near = centre - middle
    half = 0.5 * (near * near).sum(axis=1)
    label, far = np.empty(len(X), np.int32), np.empty(len(X))
    step = max(1, TILE_VALUES // max(len(centre), X.shape[1]))
    for start in range(0, len(X), step):
        tile = X[start : start + step].astype(np.float64)
        apart = tile - middle
        score = half - apart @ near.T  # (rows, K)
        found = score.argmin(axis=1)
        each = np.arange(len(tile))
        best = score[each, found]
        score[each, found] = np.inf
        size = (apart * apart).sum(axis=1) + 2.0 * half.max() + (middle * middle).sum()
        doubt = score.min(axis=1) - best <= (X.shape[1] + 4) * np.finfo(np.float64).eps * 2.0 * size
        if doubt.any():
            found[doubt] = squared_distances(tile[doubt], centre).argmin(axis=1)
        label[start : start + step] = found
        far[start : start + step] = _own_distances(tile, centre, found)
    return label, far


def nearest_of_rows(rows: Rows, centre: Array) -> tuple[Array, Array]:
    """nearest_centres(rows.table, centre), to the bit, by compiled products in single precision and by threads."""
    from pellucid.cluster._compare_kernels import label_or_doubt

    X, centre = rows.table, centre.astype(np.float64)
    label, far, doubt = np.empty(len(X), np.int32), np.empty(len(X)), np.empty(len(X), np.bool_)
    inner = rows.inward(centre)
    _in_parts(
        rows.packed, lambda part: label_or_doubt(rows.packed, part.start, part.stop, inner, room(inner), label, doubt)
    )
    if doubt.any():
        label[doubt] = squared_distances(X[doubt].astype(np.float64), centre).argmin(axis=1)
    step = max(1, TILE_VALUES // X.shape[1])
    for start in range(0, len(X), step):
        tile = slice(start, start + step)
        far[tile] = _own_distances(X[tile].astype(np.float64, copy=False), centre, label[tile])
    return label, far


def _own_distances(X: Array, centre: Array, label: Array) -> Array:
    """|x_i - c_label(i)|^2, by differences.   X (N, D) -> (N,)"""
    gap = X - centre[label]
    out: Array = np.einsum("nd,nd->n", gap, gap)
    return out


def squared_distances(X: Array, centre: Array) -> Array:
    """|x_i - c_k|^2 by differences, exact to rounding.   X (N, D), centre (K, D) -> (N, K)"""
    out = np.empty((len(X), len(centre)))
    for k, c in enumerate(centre):
        gap = X - c
        out[:, k] = np.einsum("nd,nd->n", gap, gap)
    return out
