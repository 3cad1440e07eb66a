"""How compact and how far apart the clusters of rows are; no true labels are needed.

Here: silhouettes, one a row and their mean; Davies-Bouldin; Calinski-Harabasz.
Elsewhere: partitions compared with each other are in _clustering.py.
Imports: numpy, pellucid.errors, pellucid.random and this package; SciPy for distances, when they are asked for.

N rows, D features, K clusters.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, ParameterError
from pellucid.metrics._inputs import Array, codes, distinct, numbers, same_length
from pellucid.metrics._inputs import labels as checked_labels
from pellucid.random import Seed, generator

Distance = Literal["euclidean", "sqeuclidean", "manhattan", "chebyshev", "cosine", "precomputed"]

BLOCK_BYTES = 1 << 24  # of distances held at once; 16 MiB is 2 rows against a million, and 200 against ten thousand
_OF_SCIPY = {"manhattan": "cityblock"}  # its own names are the others
_METRICS = ("euclidean", "sqeuclidean", "manhattan", "chebyshev", "cosine", "precomputed")


def silhouette_samples(X: ArrayLike, labels: ArrayLike, *, metric: Distance = "euclidean") -> Array:
    """How much nearer each row is to its own cluster than to the next one.

        s_n = (b_n - a_n) / max(a_n, b_n)

    a_n is the mean distance to the other rows of its cluster, b_n the least mean distance to the rows of another one.
    X (N, D), or distances (N, N) with metric="precomputed"; labels (N,) -> (N,) within [-1, 1]; 0 for a row alone in
    its cluster. O(N^2 D) time; distances are held a block at a time, never all. Raises DataError unless 2 <= K < N.
    Source: Rousseeuw, Journal of Computational and Applied Mathematics 20, 1987.

    >>> silhouette_samples([[0.0], [1.0], [9.0], [11.0]], [0, 0, 1, 1]).round(3).tolist()
    [0.9, 0.889, 0.765, 0.81]
    """
    x, code = _clustered(X, labels)
    if metric not in _METRICS:
        raise ParameterError(f"silhouette_samples: metric={metric!r}; use one of {', '.join(_METRICS)}.")
    if metric == "precomputed" and (x.shape[0] != x.shape[1] or np.diagonal(x).any()):
        raise DataError(f"X: has shape {x.shape}; precomputed distances are (N, N) with zeros on the diagonal.")
    order = np.argsort(code, kind="stable")
    size = np.bincount(code)
    start = np.concatenate(([0], np.cumsum(size)[:-1]))
    result = np.empty(len(x))
    for rows, distance in _distances(x, order, metric):
        own = np.arange(len(distance)), code[rows]
        mean = np.add.reduceat(distance, start, axis=1)  # (B, K) sums yet
        inner = mean[own] / np.maximum(size[code[rows]] - 1, 1)
        mean /= size
        mean[own] = np.inf
        outer = mean.min(axis=1)
        most = np.maximum(inner, outer)
        lonely = (size[code[rows]] == 1) | (most == 0)
        result[rows] = np.where(lonely, 0.0, (outer - inner) / np.where(lonely, 1.0, most))
    return result


def _distances(x: Array, order: Array, metric: Distance) -> Iterator[tuple[slice, Array]]:
    """Blocks of rows with their distances to all rows, those in the given order.   -> slice of B rows, (B, N)"""
    from scipy.spatial.distance import cdist

    block = max(1, BLOCK_BYTES // (8 * len(x)))
    ordered = None if metric == "precomputed" else x[order]
    for first in range(0, len(x), block):
        rows = slice(first, first + block)
        yield rows, x[rows][:, order] if ordered is None else cdist(x[rows], ordered, _OF_SCIPY.get(metric, metric))


def silhouette_score(
    X: ArrayLike,
    labels: ArrayLike,
    *,
    metric: Distance = "euclidean",
    sample_size: int | None = None,
    random_state: Seed = None,
) -> float:
    """Mean of the silhouettes: 1 for tight and distant clusters, 0 where they touch, below 0 where rows are misplaced.

        S = mean_n s_n,     s_n as in `silhouette_samples`

    X (N, D), labels (N,) -> a number in [-1, 1]. `sample_size` rows, drawn by `random_state`, stand for all, at
    (sample_size / N)^2 of the cost. It prefers round clusters, whatever is true. Errors as in `silhouette_samples`.

    >>> round(silhouette_score([[0.0], [1.0], [9.0], [11.0]], [0, 0, 1, 1]), 3)
    0.841
    """
    if sample_size is None:
        return float(silhouette_samples(X, labels, metric=metric).mean())
    x, code = _clustered(X, labels)
    if not 2 < sample_size <= len(x):
        raise ParameterError(f"silhouette_score: sample_size={sample_size}; it must lie in [3, {len(x)}].")
    rows = generator(random_state).permutation(len(x))[:sample_size]
    return float(
        silhouette_samples(
            x[np.ix_(rows, rows)] if metric == "precomputed" else x[rows], code[rows], metric=metric
        ).mean()
    )


def davies_bouldin_score(X: ArrayLike, labels: ArrayLike) -> float:
    """How wide clusters are for their distance, each beside the neighbour that it is worst told from; less is better.

        DB = mean_k max_{j != k} (r_k + r_j) / |m_k - m_j|

    r_k is the mean distance of the rows of cluster k to its mean m_k.   X (N, D), labels (N,) -> a number >= 0; 0 where
    all rows are at their means, and where all means are one. Raises DataError unless 2 <= K < N.
    Source: Davies and Bouldin, IEEE Transactions on Pattern Analysis and Machine Intelligence 1, 1979.

    >>> round(davies_bouldin_score([[0.0], [1.0], [9.0], [11.0]], [0, 0, 1, 1]), 6)
    0.157895
    """
    x, code = _clustered(X, labels)
    size, centre = np.bincount(code), _centres(x, code)
    radius = np.bincount(code, np.sqrt(np.square(x - centre[code]).sum(axis=1))) / size
    apart = np.sqrt(np.square(centre[:, None] - centre).sum(axis=2))  # (K, K)
    if np.allclose(radius, 0) or np.allclose(apart, 0):
        return 0.0
    apart[apart == 0] = np.inf
    return float(np.max((radius[:, None] + radius) / apart, axis=1).mean())


def calinski_harabasz_score(X: ArrayLike, labels: ArrayLike) -> float:
    """Variance between the clusters over variance within, each by its degrees of freedom; more is better.

        CH = sum_k N_k |m_k - m|^2 / (K - 1)  /  (sum_n |x_n - m_{k(n)}|^2 / (N - K))

    X (N, D), labels (N,) -> a number >= 0; 1 where all rows are at the means of their clusters.
    Raises DataError unless 2 <= K < N.   Source: Calinski and Harabasz, Communications in Statistics 3, 1974.

    >>> calinski_harabasz_score([[0.0], [1.0], [9.0], [11.0]], [0, 0, 1, 1])
    72.2
    """
    x, code = _clustered(X, labels)
    size, centre = np.bincount(code), _centres(x, code)
    between = float(size @ np.square(centre - x.mean(axis=0)).sum(axis=1))
    within = float(np.square(x - centre[code]).sum())
    return 1.0 if within == 0 else between * (len(x) - len(size)) / (within * (len(size) - 1))


def _centres(x: Array, code: Array) -> Array:
    """The mean of each cluster.   -> (K, D)"""
    size = np.bincount(code)
    return np.stack([np.bincount(code, column) for column in x.T], axis=1) / size[:, None]


def _clustered(X: ArrayLike, labels: ArrayLike) -> tuple[Array, Array]:
    """Rows (N, D) float64 and the codes of their clusters.   Raises DataError."""
    x, name = numbers(X, "X").astype(np.float64), checked_labels(labels, "labels")
    if x.ndim != 2 or x.shape[1] == 0:
        raise DataError(f"X: has shape {x.shape}; give rows of features, (N, D).")
    same_length(X=x, labels=name)
    clusters = distinct(name)
    if not 2 <= len(clusters) < len(x):
        raise DataError(f"labels: {len(clusters)} clusters of {len(x)} rows; between 2 and {len(x) - 1} can be judged.")
    return x, codes(name, clusters)
