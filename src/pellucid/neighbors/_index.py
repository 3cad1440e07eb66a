"""Rows made ready to be searched.

Here: `Index`, abstract, and its kinds: `Plain` (NumPy alone), `Brute` and `Grown` (compiled: all rows, or a tree);
`index_of`, which chooses one.
Elsewhere: the searches are in _brute_kernels.py and _tree_kernels.py, distances in _metric.py.
Imports: numpy, pellucid.errors and this package; the kernels, Numba and joblib inside the functions that use them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import nullcontext
from importlib.util import find_spec
from typing import Any, Literal, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.neighbors._metric import COSINE, EUCLIDEAN, Metric, pairwise

Algorithm = Literal["auto", "ball_tree", "kd_tree", "brute"]

PART = 2048  # queries a thread takes at a time; results are those of single queries, whatever the parts
TILE_VALUES = 1 << 22  # distances that `Plain` holds at once: 32 MiB of float64
TREE_ROWS = 40  # times 2^D rows pay for a tree; fewer, and a ball of k neighbours meets most boxes; by measurement


class Index(ABC):
    """Rows (M, D) of a table, prepared for searches in a metric.

    Of equal distances the lower row comes first, whichever kind searches.
    """

    def __init__(self, rows: Array, metric: Metric) -> None:
        self.rows, self.metric = metric.prepared(rows), metric

    @final
    def nearest(self, Q: Array, k: int, n_jobs: int | None = None) -> tuple[Array, Array]:
        """The k nearest rows of each query, nearest first.   Q (N, D) -> distances (N, k), rows (N, k)"""
        queries = self.metric.prepared(Q)
        distance, index = np.empty((len(queries), k)), np.empty((len(queries), k), np.int64)

        def search(part: slice) -> None:
            self._nearest(queries[part], distance[part], index[part])

        _in_parts(len(queries), search, n_jobs)
        return self.metric.true(distance), index

    @final
    def within(self, Q: Array, radius: float, n_jobs: int | None = None) -> tuple[Array, Array, Array]:
        """All rows at a distance <= radius from each query, lowest first.

        Q (N, D) -> (N + 1,) where the rows of each query begin, their numbers, their distances
        """
        queries, limit = self.metric.prepared(Q), self.metric.reduced(radius)
        count = np.empty(len(queries), np.int64)

        def search(part: slice) -> tuple[Array, Array]:
            return self._within(queries[part], limit, count[part])

        found = _in_parts(len(queries), search, n_jobs)
        index, distance = (np.concatenate([part[side] for part in found]) for side in (0, 1))
        query = np.repeat(np.arange(len(queries)), count)
        order = np.lexsort((index, query))
        return np.concatenate([[0], np.cumsum(count)]), index[order], self.metric.true(distance[order])

    @abstractmethod
    def _nearest(self, Q: Array, distance: Array, index: Array) -> None:
        """Fill distance (reduced) and index, both (N, k)."""

    @abstractmethod
    def _within(self, Q: Array, limit: float, count: Array) -> tuple[Array, Array]:
        """Fill count (N,); the rows and reduced distances, query after query."""


@final
class Plain(Index):
    """The definition: all distances, in NumPy.

    >>> index = Plain(np.array([[0.0], [2.0], [4.0]]), Metric.named("euclidean"))
    >>> index.nearest(np.array([[3.0]]), 2)
    (array([[1., 1.]]), array([[1, 2]]))
    """

    def _nearest(self, Q: Array, distance: Array, index: Array) -> None:
        k = index.shape[1]
        step = max(1, TILE_VALUES // len(self.rows))
        for start in range(0, len(Q), step):
            tile = slice(start, start + step)
            all_ = pairwise(Q[tile], self.rows, self.metric)
            order = np.argsort(all_, axis=1, kind="stable")[:, :k]  # stable: the lower row first
            index[tile], distance[tile] = order, np.take_along_axis(all_, order, axis=1)

    def _within(self, Q: Array, limit: float, count: Array) -> tuple[Array, Array]:
        found, far = [], []
        step = max(1, TILE_VALUES // len(self.rows))
        for start in range(0, len(Q), step):
            all_ = pairwise(Q[start : start + step], self.rows, self.metric)
            inside = all_ <= limit
            count[start : start + step] = inside.sum(axis=1)
            found.append(np.nonzero(inside)[1])
            far.append(all_[inside])
        return np.concatenate(found), np.concatenate(far)


@final
class Brute(Index):
    """All rows, compiled: by matrix products where the metric has them, by differences otherwise."""

    def __init__(self, rows: Array, metric: Metric) -> None:
        super().__init__(rows, metric)
        self._rough: Any = None
        if metric.number in (EUCLIDEAN, COSINE):
            self._prepare()

    def _prepare(self) -> None:
        from pellucid.neighbors._brute_kernels import rough

        self._mean = self.rows.mean(axis=0)
        low, high = self.rows.min(axis=0), self.rows.max(axis=0)
        reach = float(max((high - self._mean).max(), (self._mean - low).max()))
        self._scale = 2.0 ** np.ceil(np.log2(reach)) if reach > 0 else 1.0
        n_features = self.rows.shape[1]
        around = n_features * float(max(high.max(), -low.min())) / self._scale * 2.0**-50  # of taking the mean away
        error = (n_features + 8) * 2.0**-23 + around  # twice Higham's (D + 4) 2^-24, and rounding of the limit
        if 0.0 < error < 0.1 and 1e-140 < self._scale < 1e140:
            self._rough = rough(self.rows, self._mean, self._scale, error)

    def _nearest(self, Q: Array, distance: Array, index: Array) -> None:
        from pellucid.neighbors import _brute_kernels as kernels

        number = self.metric.number
        if self._rough is None:
            kernels.nearest_by_differences(Q, self.rows, number, self.metric.p, distance, index)
            return
        near = kernels.rough(Q, self._mean, self._scale, self._rough.error)
        scale = self._scale**2 * (0.5 if number == COSINE else 1.0)  # rows of length 1: 1 - x . y = |x - y|^2 / 2
        kernels.nearest_by_products(Q, self.rows, near, self._rough, scale, number, distance, index)

    def _within(self, Q: Array, limit: float, count: Array) -> tuple[Array, Array]:
        from pellucid.neighbors._brute_kernels import within

        found: tuple[Array, Array] = within(Q, self.rows, limit, self.metric.number, self.metric.p, count)
        return found


@final
class Grown(Index):
    """A KD-tree or a ball tree, compiled."""

    def __init__(self, rows: Array, metric: Metric, leaf_size: int, ball: bool) -> None:
        from pellucid.neighbors._tree_kernels import grow

        super().__init__(rows, metric)
        levels = int(np.log2(max(1.0, (len(rows) - 1) / leaf_size))) + 1  # leaves of leaf_size to twice as many
        self.tree = grow(self.rows, levels, ball, metric.number, metric.p)

    def _nearest(self, Q: Array, distance: Array, index: Array) -> None:
        from pellucid.neighbors._tree_kernels import leaf_of, nearest

        leaf = np.empty(len(Q), np.int64)
        leaf_of(Q, self.tree, leaf)
        nearest(Q, np.argsort(leaf, kind="stable"), self.tree, distance, index)

    def _within(self, Q: Array, limit: float, count: Array) -> tuple[Array, Array]:
        from pellucid.neighbors._tree_kernels import within

        found: tuple[Array, Array] = within(Q, limit, self.tree, count)
        return found


def index_of(rows: Array, metric: Metric, algorithm: Algorithm, leaf_size: int, k: int = 1) -> Index:
    """The index that `algorithm` names; for "auto" the one expected to be fastest for k neighbours.

    Where Numba cannot be imported, every name means `Plain`.
    """
    if not _compiles():
        return Plain(rows, metric)
    chosen = fastest(len(rows), rows.shape[1], metric, k) if algorithm == "auto" else algorithm
    if chosen == "brute":
        return Brute(rows, metric)
    return Grown(rows, metric, leaf_size, ball=chosen == "ball_tree")


def fastest(n_rows: int, n_features: int, metric: Metric, k: int) -> Literal["kd_tree", "brute"]:
    """What "auto" means for M rows of D features: a tree for many rows of few features, when k is a small part.

    >>> fastest(200_000, 4, Metric.named("euclidean"), 5), fastest(10_000, 784, Metric.named("euclidean"), 5)
    ('kd_tree', 'brute')
    """
    tree = metric.keeps_triangles and n_features < 32 and n_rows >= TREE_ROWS * 2**n_features and 8 * k <= n_rows
    return "kd_tree" if tree else "brute"


def _compiles() -> bool:
    try:
        return find_spec("numba") is not None
    except (ImportError, ValueError):  # ValueError: the name is there, and blocked
        return False


def _in_parts(n: int, search: Callable[[slice], Any], n_jobs: int | None) -> list[Any]:
    """search(part) for the parts of range(n), by n_jobs threads."""
    if n_jobs in (None, 1) or n <= PART:
        return [search(slice(0, n))]
    from joblib import Parallel, delayed

    parts = [slice(start, start + PART) for start in range(0, n, PART)]
    with _one_blas_thread():
        found: list[Any] = Parallel(n_jobs=n_jobs, prefer="threads")(delayed(search)(part) for part in parts)
    return found


def _one_blas_thread() -> Any:
    """A context in which the threads of a matrix product do not compete with ours."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    return threadpool_limits(1, "blas")
