"""Groups of rows, found without labels.

Here: `KMeans` and `MiniBatchKMeans`, around means; `DBSCAN`, by density; `Clusterer`, their role.
Elsewhere: distances and neighbours are in pellucid.neighbors; groups with a distribution in pellucid.mixture.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence, pellucid.base and pellucid.neighbors; Numba
inside fit.
"""

from pellucid.cluster._clusterer import Clusterer
from pellucid.cluster._dbscan import DBSCAN
from pellucid.cluster._kmeans import KMeans
from pellucid.cluster._minibatch import MiniBatchKMeans

__all__ = ["Clusterer", "DBSCAN", "KMeans", "MiniBatchKMeans"]
