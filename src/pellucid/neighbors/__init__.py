"""Learning from the nearest rows.

Here: `NearestNeighbors`; by the k nearest rows, `KNeighborsClassifier` and `KNeighborsRegressor`; by all rows within a
radius, `RadiusNeighborsClassifier` and `RadiusNeighborsRegressor`; by the centres of classes, `NearestCentroid`.
Elsewhere: groups of rows are in pellucid.cluster.
Imports: numpy, pellucid.errors, pellucid.persistence and pellucid.base; Numba, joblib and SciPy inside the functions
that use them.
"""

from pellucid.neighbors._centroid import NearestCentroid
from pellucid.neighbors._classifier import KNeighborsClassifier
from pellucid.neighbors._nearest import NearestNeighbors
from pellucid.neighbors._radius_classifier import RadiusNeighborsClassifier
from pellucid.neighbors._radius_regressor import RadiusNeighborsRegressor
from pellucid.neighbors._regressor import KNeighborsRegressor

__all__ = [
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "NearestCentroid",
    "NearestNeighbors",
    "RadiusNeighborsClassifier",
    "RadiusNeighborsRegressor",
]
