"""Regression by the nearest rows.

Here: `KNeighborsRegressor`.  Elsewhere: the search is in _nearest.py and _index.py, weights in _votes.py.
Imports: numpy, pellucid.errors, pellucid.persistence and pellucid.base.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import Limit, Regressor, Traits, check_targets
from pellucid.base._tables import Array
from pellucid.errors import ModelFileError
from pellucid.neighbors._index import Algorithm
from pellucid.neighbors._nearest import SEARCH_LIMITS, FindsNearest
from pellucid.neighbors._votes import WEIGHTS, Weights, check_idle, neighbour_weights
from pellucid.persistence import register


@register("neighbors.KNeighborsRegressor")
@final
class KNeighborsRegressor(FindsNearest, Regressor):
    """The mean target of the k nearest rows.

        predict(x) = sum_{i in near(x)} w_i y_i / sum_{i in near(x)} w_i

    X (N, D), y (N,) or (N, K); w_i = 1, or 1 / d(x, x_i) with weights="distance".  A tie of distances goes to the row
    that came first.  Nothing is trained: fit keeps the rows, and a prediction costs a search (NearestNeighbors tells of
    `algorithm` and its cost).  It never predicts beyond the targets seen, and features on large scales outweigh the
    others: see KNeighborsClassifier.
    Raises DataError for input that is not finite numbers, and at predict when there are fewer rows than `n_neighbors`.
    Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, section 2.3.2.

    >>> model = KNeighborsRegressor(2).fit([[0.0], [1.0], [2.0]], [0.0, 10.0, 20.0])
    >>> model.predict([[1.6], [-5.0]]).tolist()
    [15.0, 5.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        **{name: limit for name, limit in SEARCH_LIMITS.items() if name != "radius"},
        "weights": WEIGHTS,
    }

    targets_: Array
    """The targets (M,) or (M, K) fit saw."""

    def __init__(
        self,
        n_neighbors: int = 5,
        *,
        weights: Weights = "uniform",
        algorithm: Algorithm = "auto",
        leaf_size: int = 15,
        p: float = 2,
        metric: str = "minkowski",
        n_jobs: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.metric = metric
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any) -> Self:
        """Keep rows X (N, D) and their targets y (N,) or (N, K)."""
        self._begin_fit()
        table = self._fit_table(X)
        self.targets_ = check_targets(y, len(table), where=type(self).__name__, many=True).copy()
        self._keep(table)
        return self

    def predict(self, X: Any) -> Array:
        """The mean target of the neighbours, by weight.   X (N, D) -> (N,) or (N, K), as y was"""
        distance, rows = self.kneighbors(X)
        weight = neighbour_weights(self.weights, distance)
        total = weight.sum(axis=1)
        check_idle(total == 0, type(self).__name__)
        mean: Array = np.einsum("nk,nk...->n...", weight, self.targets_[rows])
        return mean / (total if mean.ndim == 1 else total[:, None])

    def _traits(self) -> Traits:
        return Traits(many_targets=True)

    def _check_learned(self) -> None:
        super()._check_learned()
        if len(np.atleast_1d(self.targets_)) != self.n_samples_fit_ or self.targets_.ndim > 2:
            raise ModelFileError("KNeighborsRegressor: the record has not one target for each row.")
