"""Regression by the rows within a radius.

Here: `RadiusNeighborsRegressor`.  Elsewhere: the search is in _nearest.py and _index.py, weights in _votes.py.
Imports: numpy, pellucid.errors, pellucid.persistence and pellucid.base.
"""

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import Limit, Regressor, Traits, check_targets
from pellucid.base._tables import Array
from pellucid.errors import DataWarning, ModelFileError
from pellucid.neighbors._index import Algorithm
from pellucid.neighbors._nearest import SEARCH_LIMITS, FindsWithin
from pellucid.neighbors._votes import WEIGHTS, Weights, check_idle, ragged_weights
from pellucid.persistence import register


@register("neighbors.RadiusNeighborsRegressor")
@final
class RadiusNeighborsRegressor(FindsWithin, Regressor):
    """The mean target of all rows within a radius.

        predict(x) = sum_{i: d(x, x_i) <= radius} w_i y_i / sum_{i: d(x, x_i) <= radius} w_i

    X (N, D), y (N,) or (N, K); w_i = 1, or 1 / d(x, x_i) with weights="distance".  Nothing is trained: fit keeps the
    rows; a prediction costs a search (see NearestNeighbors), up to O(M D) a row, and O(K) for each row found.
    A row with no neighbour gets nan, and a DataWarning tells how many there are.

    It assumes that one radius suits all regions: where rows are sparse it finds none, where they are dense it averages
    over many and smooths detail away.  Features on large scales outweigh the others: see KNeighborsClassifier.
    Raises DataError for input that is not finite numbers, and where all neighbours found weigh nothing.
    Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, section 6.1.

    >>> model = RadiusNeighborsRegressor(1.0).fit([[0.0], [1.0], [2.0]], [0.0, 10.0, 20.0])
    >>> model.predict([[1.6], [0.0]]).tolist()
    [15.0, 5.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        **{name: limit for name, limit in SEARCH_LIMITS.items() if name != "n_neighbors"},
        "weights": WEIGHTS,
    }

    targets_: Array
    """The targets (M,) or (M, K) fit saw."""

    def __init__(
        self,
        radius: float = 1.0,
        *,
        weights: Weights = "uniform",
        algorithm: Algorithm = "auto",
        leaf_size: int = 15,
        p: float = 2,
        metric: str = "minkowski",
        n_jobs: int | None = None,
    ) -> None:
        self.radius = radius
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
        """The mean target of the rows within the radius, by weight.   X (N, D) -> (N,) or (N, K), as y was"""
        start, rows, distance = self._near(self._table(X), None)
        found = np.diff(start)
        query = np.repeat(np.arange(len(found)), found)
        weight = ragged_weights(self.weights, distance, start)
        total = np.bincount(query, weight, len(found))
        check_idle((total == 0) & (found > 0), type(self).__name__)
        near = found > 0
        if not near.all():
            message = f"{int((~near).sum())} rows have no neighbour within {self.radius!r} and get nan"
            warnings.warn(DataWarning(f"{type(self).__name__}: {message}; take a larger radius."), stacklevel=2)
        targets = self.targets_.reshape(len(self.targets_), -1)  # (M, K)
        mean = np.full((len(found), targets.shape[1]), np.nan)
        for column, target in enumerate(targets.T):
            mean[near, column] = np.bincount(query, weight * target[rows], len(found))[near] / total[near]
        return mean[:, 0] if self.targets_.ndim == 1 else mean

    def _traits(self) -> Traits:
        return Traits(many_targets=True)

    def _check_learned(self) -> None:
        super()._check_learned()
        if len(np.atleast_1d(self.targets_)) != self.n_samples_fit_ or self.targets_.ndim > 2:
            raise ModelFileError("RadiusNeighborsRegressor: the record has not one target for each row.")
