"""k-means, step by step.

Here: `Run`, one run from given centres, of which the state after any step can be looked at; `nearest_centres` and
`squared_distances`, which need no compiled code.
Elsewhere: a step over all rows is compiled, _kmeans_kernels.py; the estimator is in _kmeans.py.
Imports: numpy and this package; the kernels, and Numba with them, inside `Run`.
"""

from typing import Any, Literal, final

import numpy as np

from pellucid.base._tables import Array

Algorithm = Literal["lloyd", "elkan", "hamerly"]
TILE_VALUES = 1 << 18  # products of rows and centres held at once: 2 MiB of float64


@final
class Run:
    """One run of k-means.   X (N, D), weight (N,) > 0, centre (K, D) float64

        label_i <- argmin_k |x_i - c_k|^2;    c_k <- sum_{i in k} w_i x_i / sum_{i in k} w_i

    A cluster that lost all its rows is given the row farthest from its own centre, and takes it from there.
    """

    def __init__(self, X: Array, weight: Array, centre: Array, algorithm: Algorithm) -> None:
        self.X, self.weight, self.centre = X, weight, centre.copy()
        self.label = np.full(len(X), -1, np.int32)
        self.steps = 0
        self.changed = len(X)
        self.shift = np.inf
        self._algorithm = algorithm
        k = len(centre)
        self._sums, self._mass = np.zeros(centre.shape), np.zeros(k)
        lower = np.zeros((len(X), k) if algorithm == "elkan" else len(X) if algorithm == "hamerly" else 0)
        self._bounds = np.zeros(k), np.zeros(0 if algorithm == "lloyd" else len(X)), lower

    def step(self) -> None:
        """Assign the rows, move the centres.  `changed` labels, and `shift`: the sum over centres of |move|^2."""
        from pellucid.cluster import _kmeans_kernels as kernels

        given = self.X, self.weight, self.centre, self.label, self._sums, self._mass
        if self._algorithm == "lloyd":
            self.changed = kernels.lloyd_step(*given)
        elif self._algorithm == "hamerly":
            self.changed, _ = kernels.hamerly_step(*given, kernels.Bounds(*self._bounds))
        else:
            self.changed, _ = kernels.elkan_step(*given, kernels.Bounds(*self._bounds))
        count = np.bincount(self.label, minlength=len(self.centre))
        if not count.all():
            self._fill(count, kernels)
        self._move_centres(count)
        self.steps += 1

    def finish(self) -> None:
        """The centres once more from the labels alone, without the rounding that bookkeeping by changes gathers."""
        from pellucid.cluster._kmeans_kernels import sums_of

        sums_of(self.X, self.weight, self.label, self._sums, self._mass)
        self._move_centres(np.bincount(self.label, minlength=len(self.centre)))

    def inertia(self) -> float:
        """sum_i w_i |x_i - c_label(i)|^2, labels and centres as they are."""
        from pellucid.cluster._kmeans_kernels import distances_to_own

        far = np.empty(len(self.X))
        distances_to_own(self.X, self.centre, self.label, far)
        return float(self.weight @ far)

    def _fill(self, count: Array, kernels: Any) -> None:
        """Give each empty cluster the farthest row of one with rows to spare, unless all rows lie on their centres."""
        far = np.empty(len(self.X))
        kernels.distances_to_own(self.X, self.centre, self.label, far)
        empty = np.flatnonzero(count == 0).tolist()
        for row in np.argsort(-far, kind="stable").tolist():
            old = self.label[row]
            if not empty or far[row] == 0.0:
                break
            if count[old] == 1:
                continue
            new = empty.pop(0)
            moved = self.weight[row] * self.X[row].astype(np.float64)
            self._sums[old] -= moved
            self._mass[old] -= self.weight[row]
            self._sums[new], self._mass[new] = moved, self.weight[row]
            count[old], count[new], self.label[row] = count[old] - 1, 1, new
            self.changed += 1
            for bound, unknown in zip(self._bounds[1:], (np.inf, 0.0), strict=True):
                if len(bound):
                    bound[row] = unknown

    def _move_centres(self, count: Array) -> None:
        full = count > 0
        after = self.centre.copy()
        after[full] = self._sums[full] / self._mass[full, None]
        squares = ((after - self.centre) ** 2).sum(axis=1)
        self._bounds[0][:] = np.sqrt(squares)
        self.shift = float(squares.sum())
        self.centre = after


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
        gap = tile - centre[found]
        label[start : start + step] = found
        far[start : start + step] = np.einsum("nd,nd->n", gap, gap)
    return label, far


def squared_distances(X: Array, centre: Array) -> Array:
    """|x_i - c_k|^2 by differences, exact to rounding.   X (N, D), centre (K, D) -> (N, K)"""
    out = np.empty((len(X), len(centre)))
    for k, c in enumerate(centre):
        gap = X - c
        out[:, k] = np.einsum("nd,nd->n", gap, gap)
    return out
