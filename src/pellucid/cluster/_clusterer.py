"""The role of estimators that group rows.

Here: `Clusterer`, abstract.  Elsewhere: the other roles are in pellucid.base.
Imports: pellucid.base.
"""

from abc import abstractmethod
from typing import Any, ClassVar, Self, final

from pellucid.base import Estimator
from pellucid.base._tables import Array
from pellucid.base._traits import Role


class Clusterer(Estimator):
    """An estimator that gives each row it is fitted on the number of a group, without having seen labels.

    A subclass answers `fit`, which sets `labels_`.

    >>> from pellucid.cluster import KMeans
    >>> KMeans(2, init=[[0.0], [5.0]]).fit_predict([[1.0], [4.0], [6.0]]).tolist()
    [0, 1, 1]
    """

    role: ClassVar[Role | None] = "clusterer"

    labels_: Array
    """The group (N,) of each row fit saw."""

    @abstractmethod
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Group rows X (N, D); y is there for pipelines and not looked at."""

    @final
    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """fit, then `labels_`.   X (N, D) -> (N,)"""
        return self.fit(X, y, sample_weight).labels_
