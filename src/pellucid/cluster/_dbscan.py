"""Groups by density.

Here: `DBSCAN`.  Elsewhere: neighbours are found in pellucid.neighbors, groups grown in _dbscan_kernels.py.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.base and pellucid.neighbors; Numba inside fit.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import Limit, Real, Whole, check_weights
from pellucid.base._tables import Array
from pellucid.cluster._clusterer import Clusterer
from pellucid.errors import ModelFileError
from pellucid.neighbors import NearestNeighbors
from pellucid.neighbors._index import Algorithm
from pellucid.neighbors._nearest import SEARCH_LIMITS
from pellucid.persistence import register


@register("cluster.DBSCAN")
@final
class DBSCAN(Clusterer):
    """Groups of any shape: rows that lie densely together.

        core rows:  sum of w_j over all j with d(x_i, x_j) <= eps, i itself included, is at least min_samples
        a group:    all rows that can be reached from a core row, going from core row to rows within eps
        noise:      rows that no core row reaches, label -1

    X (N, D) -> labels_ (N,), core_sample_indices_, components_.  Groups are numbered by their first core row; a row at
    the border of several belongs to the first.  Nothing is drawn, and there is no `predict`: the definition says
    nothing of further rows.  Found by one search within eps for each row (pellucid.neighbors.NearestNeighbors), which
    is the cost, with memory for all pairs found.  A row of weight 0 adds nothing to the density, but is grouped, and
    may join groups.

    It assumes one density for all groups, and features on like scales, since `eps` is one distance for all: an eps too
    large makes one group of all, one too small calls all noise.
    Raises DataError for input that is not finite numbers.
    Source: Ester, Kriegel, Sander and Xu, KDD 1996.

    >>> model = DBSCAN(eps=1.5, min_samples=2).fit([[0.0], [1.0], [2.0], [10.0], [11.0], [50.0]])
    >>> model.labels_.tolist(), model.core_sample_indices_.tolist()
    ([0, 0, 0, 1, 1, -1], [0, 1, 2, 3, 4])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "eps": Real(low=0.0, open_low=True, says="distance up to which rows are neighbours"),
        "min_samples": Whole(low=1, says="rows, by weight, within eps of a core row"),
        **{name: SEARCH_LIMITS[name] for name in ("metric", "algorithm", "leaf_size", "p", "n_jobs")},
    }

    core_sample_indices_: Array
    """Row numbers of the core rows."""
    components_: Array
    """The core rows (cores, D)."""

    def __init__(
        self,
        eps: float = 0.5,
        *,
        min_samples: int = 5,
        metric: str = "euclidean",
        algorithm: Algorithm = "auto",
        leaf_size: int = 15,
        p: float = 2,
        n_jobs: int | None = None,
    ) -> None:
        self.eps = eps
        self.min_samples = min_samples
        self.metric = metric
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Group rows X (N, D); row i counts sample_weight[i] times for `min_samples`."""
        from pellucid.cluster._dbscan_kernels import spread

        self._begin_fit()
        table = self._fit_table(X)
        weights = check_weights(sample_weight, len(table), where=type(self).__name__)
        start, near = self._neighbours(table)
        dense = np.diff(start) if weights is None else _sums(weights[near], start)
        core = dense >= self.min_samples
        labels = np.empty(len(table), np.int64)
        spread(start, near, core, labels)
        self.labels_ = labels
        self.core_sample_indices_ = np.flatnonzero(core)
        self.components_ = table[core]
        return self

    def _neighbours(self, table: Array) -> tuple[Array, Array]:
        """The rows within eps of each, itself included: where they begin (N + 1,), and which they are."""
        search = NearestNeighbors(
            radius=self.eps, algorithm=self.algorithm, leaf_size=self.leaf_size, metric=self.metric, p=self.p,
            n_jobs=self.n_jobs,
        )  # fmt: skip
        start, near, _ = search.fit(table)._near(table, None)
        return start, near

    def _check_learned(self) -> None:
        cores = np.asarray(self.core_sample_indices_)
        inside = cores.size == 0 or (cores.min() >= 0 and cores.max() < len(self.labels_))
        if np.shape(self.components_) != (len(cores), self.n_features_in_) or not inside:
            raise ModelFileError("DBSCAN: the core rows in the record do not fit together; it is damaged.")


def _sums(values: Array, start: Array) -> Array:
    """The sum of values[start[i] : start[i + 1]] for each i."""
    query = np.repeat(np.arange(len(start) - 1), np.diff(start))
    return np.bincount(query, values, len(start) - 1)
