"""Classification by the nearest rows.

Here: `KNeighborsClassifier`.  Elsewhere: the search is in _nearest.py and _index.py, weights in _votes.py.
Imports: numpy, pellucid.errors, pellucid.persistence and pellucid.base.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import Classifier, Limit, check_labels
from pellucid.base._tables import Array
from pellucid.errors import ModelFileError
from pellucid.neighbors._index import Algorithm
from pellucid.neighbors._nearest import SEARCH_LIMITS, FindsNearest
from pellucid.neighbors._votes import WEIGHTS, Weights, check_idle, neighbour_weights
from pellucid.persistence import register


@register("neighbors.KNeighborsClassifier")
@final
class KNeighborsClassifier(FindsNearest, Classifier):
    """The label most frequent among the k nearest rows.

        P(y = c | x) = sum_{i in near(x)} w_i [y_i = c] / sum_{i in near(x)} w_i

    X (N, D), y (N,) -> classes_; w_i = 1, or 1 / d(x, x_i) with weights="distance".  A tie of votes goes to the label
    that sorts first, a tie of distances to the row that came first.  There is nothing to train: fit keeps the rows, and
    a prediction costs a search (NearestNeighbors tells of `algorithm` and its cost).

    It assumes that near rows have like labels *in the units given*: a feature whose numbers are 10^4 times as large as
    the others' decides alone who is near.  Here the label depends on the first feature only, which goes from -1 to 1;
    the second is noise, of 10^4 times the size:

    >>> rng = np.random.default_rng(0)
    >>> X = rng.uniform(-1, 1, (400, 2)) * [1.0, 1e4]
    >>> y = X[:, 0] > 0
    >>> KNeighborsClassifier().fit(X[:200], y[:200]).score(X[200:], y[200:]) < 0.6
    True
    >>> from pellucid.preprocessing import StandardScaler
    >>> Z = StandardScaler().fit_transform(X)
    >>> KNeighborsClassifier().fit(Z[:200], y[:200]).score(Z[200:], y[200:]) > 0.9
    True

    With many features all rows are about equally far, and neighbours say little.
    Raises DataError for input that is not finite numbers, and at predict when there are fewer rows than `n_neighbors`.
    Source: Cover and Hart, IEEE Trans. Information Theory 13, 1967.

    >>> model = KNeighborsClassifier(3).fit([[0.0], [1.0], [2.0], [9.0]], ["no", "no", "yes", "yes"])
    >>> model.predict([[1.4]]).tolist(), model.predict_proba([[8.0]]).round(3).tolist()
    (['no'], [[0.333, 0.667]])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        **{name: limit for name, limit in SEARCH_LIMITS.items() if name != "radius"},
        "weights": WEIGHTS,
    }

    codes_: Array
    """Which of `classes_` each row fit saw has (M,)."""

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
        """Keep rows X (N, D) and their labels y (N,)."""
        self._begin_fit()
        table = self._fit_table(X)
        self.classes_, self.codes_ = check_labels(y, len(table), where=type(self).__name__)
        self._keep(table)
        return self

    def predict_proba(self, X: Any) -> Array:
        """The share of each class among the neighbours, by weight.   X (N, D) -> (N, K), rows sum to 1"""
        distance, rows = self.kneighbors(X)
        weight = neighbour_weights(self.weights, distance)
        n_classes = len(self.classes_)
        place = np.arange(len(rows))[:, None] * n_classes + self.codes_[rows]
        votes = np.bincount(place.ravel(), weight.ravel(), len(rows) * n_classes).reshape(len(rows), n_classes)
        total = votes.sum(axis=1, keepdims=True)
        check_idle(total == 0, type(self).__name__)
        proba: Array = votes / total
        return proba

    def _check_learned(self) -> None:
        super()._check_learned()
        codes = np.asarray(self.codes_)
        fits = codes.shape == (self.n_samples_fit_,) and codes.dtype.kind in "iu"
        if not fits or codes.min() < 0 or codes.max() >= len(self.classes_):
            raise ModelFileError("KNeighborsClassifier: the record has not one of its classes for each row.")
