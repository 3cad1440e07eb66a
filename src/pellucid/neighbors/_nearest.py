"""The neighbours of rows.

Here: `NearestNeighbors`; `Neighborly`, what all estimators that search share, and the limits of their parameters.
Elsewhere: the search is in _index.py; what is made of neighbours, in _votes.py, _classifier.py and _regressor.py.
Imports: numpy, pellucid.errors, pellucid.persistence and pellucid.base; SciPy where a sparse graph is asked for.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Estimator, Limit, OneOf, Real, Whole
from pellucid.base._tables import Array
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.neighbors._index import Algorithm, Index, index_of
from pellucid.neighbors._metric import NAMES, Metric
from pellucid.persistence import register

Mode = Literal["connectivity", "distance"]

SEARCH_LIMITS: dict[str, Limit] = {
    "n_neighbors": Whole(low=1, says="rows that are looked for"),
    "radius": Real(low=0.0, says="distance up to which rows are neighbours"),
    "algorithm": Choice("auto", "ball_tree", "kd_tree", "brute", says="how neighbours are found; all find the same"),
    "leaf_size": Whole(low=1, says="rows at the end of a tree's branch, up to twice as many"),
    "metric": Choice(*NAMES, says="the distance"),
    "p": Real(low=0.0, open_low=True, infinite=True, says="the power of metric='minkowski'"),
    "n_jobs": OneOf(Whole(low=1), Whole(high=-1), Choice(None), says="threads; -1: as many as processors; None: 1"),
}


class Neighborly(Estimator):
    """What all estimators that keep rows and search among them share; abstract."""

    algorithm: Algorithm
    leaf_size: int
    metric: str
    p: float
    n_jobs: int | None

    rows_: Array
    """The rows (M, D) fit was given."""
    n_samples_fit_: int
    """M."""
    effective_metric_: str
    """The plain name of the distance: minkowski with p=2 is euclidean."""

    @final
    def _keep(self, table: Array) -> None:
        """Keep the rows and make them ready to be searched."""
        metric = self._metric()
        if not metric.keeps_triangles and self.algorithm in ("kd_tree", "ball_tree"):
            raise ParameterError(
                f"{type(self).__name__}: algorithm={self.algorithm!r} cannot search by metric {metric.name!r} "
                f"(p={self.p!r}), in which a way round can be shorter; use algorithm='brute' or 'auto'."
            )
        self.rows_ = table.copy()
        self.n_samples_fit_ = len(table)
        self.effective_metric_ = metric.name
        self._index = self._make_index()

    @final
    def _metric(self) -> Metric:
        return Metric.named(self.metric, self.p)

    @final
    def _make_index(self) -> Index:
        return index_of(self.rows_, self._metric(), self.algorithm, self.leaf_size, getattr(self, "n_neighbors", 1))

    @final
    def _searched(self) -> Index:
        """The index; of a loaded model, it is made at the first search."""
        _ = self.rows_  # an error unless fitted
        if "_index" not in vars(self):
            self._index = self._make_index()
        return self._index

    @final
    def __getstate__(self) -> dict[str, Any]:
        return {name: held for name, held in vars(self).items() if name != "_index"}  # quicker made again than carried

    def _check_learned(self) -> None:
        if np.shape(self.rows_) != (self.n_samples_fit_, self.n_features_in_) or not np.isfinite(self.rows_).all():
            raise ModelFileError(
                f"{type(self).__name__}: rows_ in the record are not {self.n_samples_fit_} finite rows."
            )


class FindsNearest(Neighborly):
    """The questions that have k nearest rows as their answer; abstract."""

    n_neighbors: int

    @final
    def kneighbors(self, X: Any = None, n_neighbors: int | None = None, return_distance: bool = True) -> Any:
        """The k nearest of the rows fit saw, nearest first; of equal ones the lower row first.

        X (N, D) -> distances (N, k), row numbers (N, k); only the latter without `return_distance`.  Without X, those
        of each row fit saw, itself not among them.  Raises DataError when there are fewer than k rows.
        """
        k = self.n_neighbors if n_neighbors is None else self._asked(n_neighbors)
        index = self._searched()
        others = X is None
        if k + others > self.n_samples_fit_:
            raise DataError(
                f"{type(self).__name__}: Expected n_neighbors {'<' if others else '<='} n_samples_fit, but n_neighbors "
                f"= {k}, n_samples_fit = {self.n_samples_fit_}. Ask for fewer neighbours, or fit more rows."
            )
        distance, rows = index.nearest(self.rows_ if others else self._table(X), k + others, self.n_jobs)
        if others:
            distance, rows = _without_self(distance, rows)
        return (distance, rows) if return_distance else rows

    @final
    def kneighbors_graph(self, X: Any = None, n_neighbors: int | None = None, mode: Mode = "connectivity") -> Any:
        """The neighbours as SciPy's sparse matrix (N, M): 1 for each ("connectivity"), or their "distance"."""
        distance, rows = self.kneighbors(X, n_neighbors)
        start = np.arange(0, rows.size + 1, rows.shape[1])
        return _graph(distance.ravel(), rows.ravel(), start, self.n_samples_fit_, mode)

    @final
    def _asked(self, n_neighbors: int) -> int:
        limit = SEARCH_LIMITS["n_neighbors"]
        if not limit.admits(n_neighbors):
            raise ParameterError(f"{type(self).__name__}: n_neighbors is {n_neighbors!r}; it must be {limit}.")
        return n_neighbors


class FindsWithin(Neighborly):
    """The questions that have all rows within a radius as their answer; abstract."""

    radius: float

    @final
    def radius_neighbors(
        self, X: Any = None, radius: float | None = None, return_distance: bool = True, sort_results: bool = False
    ) -> Any:
        """All rows fit saw at a distance <= radius, by their number, or by distance with `sort_results`.

        X (N, D) -> distances (N,), row numbers (N,), each an array of arrays.  Without X, those of each row fit saw,
        itself not among them.
        """
        start, rows, distance = self._near(X, radius)
        if sort_results:
            query = np.repeat(np.arange(len(start) - 1), np.diff(start))
            order = np.lexsort((rows, distance, query))
            rows, distance = rows[order], distance[order]
        return (_ragged(distance, start), _ragged(rows, start)) if return_distance else _ragged(rows, start)

    @final
    def radius_neighbors_graph(self, X: Any = None, radius: float | None = None, mode: Mode = "connectivity") -> Any:
        """The neighbours as SciPy's sparse matrix (N, M): 1 for each ("connectivity"), or their "distance"."""
        start, rows, distance = self._near(X, radius)
        return _graph(distance, rows, start, self.n_samples_fit_, mode)

    @final
    def _near(self, X: Any, radius: float | None) -> tuple[Array, Array, Array]:
        reach = self.radius if radius is None else radius
        if not SEARCH_LIMITS["radius"].admits(reach):
            raise ParameterError(f"{type(self).__name__}: radius is {reach!r}; it must be {SEARCH_LIMITS['radius']}.")
        index = self._searched()
        start, rows, distance = index.within(self.rows_ if X is None else self._table(X), reach, self.n_jobs)
        if X is None:
            others = rows != np.repeat(np.arange(self.n_samples_fit_), np.diff(start))
            kept = np.concatenate([[0], np.cumsum(others)])
            start, rows, distance = kept[start], rows[others], distance[others]
        return start, rows, distance


@register("neighbors.NearestNeighbors")
@final
class NearestNeighbors(FindsNearest, FindsWithin):
    """The rows nearest to a row.

        kneighbors(x):        the k rows r_i of smallest d(x, r_i)
        radius_neighbors(x):  all rows with d(x, r_i) <= radius

    X (M, D) -> rows_; the distance d is `metric`: euclidean, manhattan, chebyshev, minkowski with `p`, cosine.
    `algorithm` says how; all find the same rows at the same distances, and of equal distances the lower row:

        "brute"      every row: O(M D) a query, as matrix products for euclidean and cosine
        "kd_tree"    boxes: O(log M) a query for few features, worse than brute for many; O(M log M) to fit
        "ball_tree"  balls: for more features whose rows keep to a few directions
        "auto"       "kd_tree" from 40 2^D rows on, when k is at most an eighth of them; else "brute"

    Distances are computed from differences, so that they are exact to rounding also far from 0.  Features on large
    scales outweigh the others: see KNeighborsClassifier.
    Raises DataError for input that is not finite numbers, and when more neighbours are asked for than there are rows.
    Sources: Bentley, Communications of the ACM 18, 1975; Omohundro, 1989.

    >>> model = NearestNeighbors(n_neighbors=2).fit([[0.0], [1.0], [5.0]])
    >>> model.kneighbors([[0.9]])
    (array([[0.1, 0.9]]), array([[1, 0]]))
    >>> model.kneighbors_graph().toarray().astype(int).tolist()
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """

    limits: ClassVar[Mapping[str, Limit]] = SEARCH_LIMITS

    def __init__(
        self,
        *,
        n_neighbors: int = 5,
        radius: float = 1.0,
        algorithm: Algorithm = "auto",
        leaf_size: int = 15,
        metric: str = "minkowski",
        p: float = 2,
        n_jobs: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.radius = radius
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.metric = metric
        self.p = p
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> Self:
        """Keep rows X (M, D) to search among; y is not looked at."""
        self._begin_fit()
        self._keep(self._fit_table(X))
        return self


def _without_self(distance: Array, rows: Array) -> tuple[Array, Array]:
    """k + 1 neighbours of each row without the row itself; where k + 1 equal rows precede it, without the first."""
    n, width = rows.shape
    keep = rows != np.arange(n)[:, None]
    keep[keep.all(axis=1), 0] = False
    return distance[keep].reshape(n, width - 1), rows[keep].reshape(n, width - 1)


def _ragged(values: Array, start: Array) -> Array:
    out = np.empty(len(start) - 1, dtype=object)
    for i in range(len(out)):
        out[i] = values[start[i] : start[i + 1]]
    return out


def _graph(distance: Array, rows: Array, start: Array, n_rows: int, mode: Mode) -> Any:
    from scipy.sparse import csr_matrix

    if mode not in ("connectivity", "distance"):
        raise ParameterError(f"mode is {mode!r}; it must be 'connectivity' or 'distance'.")
    values = np.ones(len(rows)) if mode == "connectivity" else distance
    return csr_matrix((values, rows, start), shape=(len(start) - 1, n_rows))
