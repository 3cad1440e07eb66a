"""How far two partitions of the same rows agree; the labels are only names, and may be of different kinds.

Here: Rand index, plain and adjusted, Fowlkes-Mallows; mutual information, plain, normalized and adjusted; homogeneity,
completeness and their mean V.
Elsewhere: partitions judged by the distances of the rows are in _cluster_shape.py.
Imports: numpy, pellucid.errors and this package; SciPy for the adjusted mutual information, when it is asked for.

All stand on the contingency table: n_ij rows in class i of one partition and in cluster j of the other, a_i and b_j
rows in each, n in all. Its zeros are not stored. Entropies are in nats. A whole weight is the row so many times.
"""

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, ParameterError
from pellucid.metrics._inputs import Array, codes, distinct, labels, same_length, weights
from pellucid.metrics._label_pairs import count

AverageMethod = Literal["min", "geometric", "arithmetic", "max"]

TINY = 1e-12  # nats; rounding in sums of logarithms stays below, entropies of real partitions above


class _Table(NamedTuple):
    """The contingency table: class, cluster and rows of each cell that has any; rows of each class and cluster."""

    row: Array  # (M,)
    column: Array  # (M,)
    cell: Array  # (M,) n_ij
    classes: Array  # (R,) a_i
    clusters: Array  # (C,) b_j
    n: float


def _table(
    labels_true: ArrayLike, labels_pred: ArrayLike, sample_weight: ArrayLike | None, pairs: bool = False
) -> _Table:
    """The table of two columns of labels; `pairs` says that pairs of rows are to be counted: weights must be whole."""
    one, other, weight = labels(labels_true, "labels_true"), labels(labels_pred, "labels_pred"), weights(sample_weight)
    same_length(labels_true=one, labels_pred=other, sample_weight=weight)
    if pairs and weight is not None and not np.array_equal(weight, np.trunc(weight)):
        raise DataError("sample_weight: here a weight is how often a row is counted; give whole numbers.")
    if weight is not None:
        one, other, weight = one[weight != 0], other[weight != 0], weight[weight != 0]
    names = distinct(one), distinct(other)
    n_pairs = len(names[0]) * len(names[1])
    pair = codes(one, names[0]) * len(names[1]) + codes(other, names[1])
    if n_pairs <= len(pair):  # as many counters as rows at most: counting spares sorting
        cell = count(pair, weight, n_pairs)
        seen = np.flatnonzero(cell)
        cell = cell[seen].astype(np.float64)
    else:
        seen, place = np.unique(pair, return_inverse=True)
        cell = count(place, weight, len(seen)).astype(np.float64)
    row, column = seen // len(names[1]), seen % len(names[1])
    classes, clusters = np.bincount(row, cell), np.bincount(column, cell)
    return _Table(row, column, cell, classes, clusters, float(cell.sum()))


def rand_score(labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    """Share of pairs of rows on which both partitions agree, that they belong together or that they do not.

        R = (pairs together in both + pairs apart in both) / (n (n - 1) / 2)

    labels_true, labels_pred (N,) -> a number in [0, 1], 1 for a single row. Of many clusters most pairs are apart
    whatever is done, so that R is near 1; `adjusted_rand_score` takes that off. Raises DataError for different lengths
    and for weights that are not whole.   Source: Rand, Journal of the American Statistical Association 66, 1971.

    >>> round(rand_score([0, 0, 1, 1], ["a", "a", "b", "c"]), 3)
    0.833
    """
    both, only_true, only_pred, neither = _pairs(_table(labels_true, labels_pred, sample_weight, pairs=True))
    total = both + only_true + only_pred + neither
    return (both + neither) / total if total else 1.0


def adjusted_rand_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Rand index less what partitions with clusters of these sizes have by chance: 0 by chance, 1 the same partition.

        ARI = (R - E R) / (1 - E R)

    labels_true, labels_pred (N,) -> a number in [-0.5, 1]. Errors as in `rand_score`.
    Source: Hubert and Arabie, Journal of Classification 2, 1985.

    >>> round(adjusted_rand_score([0, 0, 1, 1], ["a", "a", "b", "c"]), 3)
    0.571
    """
    both, only_true, only_pred, neither = _pairs(_table(labels_true, labels_pred, sample_weight, pairs=True))
    if only_true == 0 and only_pred == 0:
        return 1.0
    below = (both + only_true) * (only_true + neither) + (both + only_pred) * (only_pred + neither)
    return 2 * (both * neither - only_true * only_pred) / below


def fowlkes_mallows_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Geometric mean of the precision and the recall of pairs of rows put together.

        FM = both / sqrt((both + only_true) (both + only_pred)),     pairs of rows together in both, or in one only

    labels_true, labels_pred (N,) -> a number in [0, 1]; 0 where no pair is together in both. Errors as in `rand_score`.
    Source: Fowlkes and Mallows, Journal of the American Statistical Association 78, 1983.

    >>> round(fowlkes_mallows_score([0, 0, 1, 1], ["a", "a", "b", "c"]), 6)
    0.707107
    """
    both, only_true, only_pred, _ = _pairs(_table(labels_true, labels_pred, sample_weight, pairs=True))
    return math.sqrt(both / (both + only_true)) * math.sqrt(both / (both + only_pred)) if both else 0.0


def _pairs(table: _Table) -> tuple[int, int, int, int]:
    """Pairs of rows (twice): together in both, in the first only, in the second only, in neither. Exact."""
    n = int(table.n)
    cells, classes, clusters = (sum(int(v) ** 2 for v in part) for part in (table.cell, table.classes, table.clusters))
    return cells - n, classes - cells, clusters - cells, n * n - classes - clusters + cells


def mutual_info_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """What one partition tells of the other, in nats.

        MI = sum_ij n_ij / n log(n n_ij / (a_i b_j))

    labels_true, labels_pred (N,) -> a number in [0, min(H, H')]; 0 is nothing. Raises DataError for different lengths.
    Source: Shannon, Bell System Technical Journal 27, 1948.

    >>> round(mutual_info_score([0, 0, 1, 1], ["a", "a", "b", "c"]), 6)
    0.693147
    """
    return _information(_table(labels_true, labels_pred, sample_weight))


def _information(table: _Table) -> float:
    ratio = np.log(table.cell / table.classes[table.row]) - np.log(table.clusters[table.column] / table.n)
    return max(0.0, float(table.cell @ ratio) / table.n)


def _entropy(sizes: Array) -> float:
    """-sum p log p of parts of these sizes, in nats."""
    share = sizes / sizes.sum()
    return max(0.0, -float(share @ np.log(share)))


def _mean(one: float, other: float, method: AverageMethod) -> float:
    if method == "min":
        return min(one, other)
    if method == "geometric":
        return math.sqrt(one * other)
    if method == "arithmetic":
        return (one + other) / 2
    if method == "max":
        return max(one, other)
    raise ParameterError(f"average_method={method!r}; use 'arithmetic', 'geometric', 'min' or 'max'.")


def normalized_mutual_info_score(
    labels_true: ArrayLike,
    labels_pred: ArrayLike,
    *,
    average_method: AverageMethod = "arithmetic",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mutual information as a share of the mean entropy of the two partitions.

        NMI = MI / mean(H, H'),     the mean being arithmetic unless `average_method` says otherwise

    labels_true, labels_pred (N,) -> a number in [0, 1]; 1 where both have one part only. It grows with the number of
    clusters even by chance, which `adjusted_mutual_info_score` takes off.
    Raises ParameterError for an unknown method; else as `mutual_info_score`.
    Source: Strehl and Ghosh, Journal of Machine Learning Research 3, 2002.

    >>> round(normalized_mutual_info_score([0, 0, 1, 1], ["a", "a", "b", "c"]), 6)
    0.8
    """
    table = _table(labels_true, labels_pred, sample_weight)
    told, scale = _information(table), _mean(_entropy(table.classes), _entropy(table.clusters), average_method)
    if len(table.classes) == len(table.clusters) == 1:
        return 1.0
    return told / scale if told > TINY else 0.0


def adjusted_mutual_info_score(
    labels_true: ArrayLike,
    labels_pred: ArrayLike,
    *,
    average_method: AverageMethod = "arithmetic",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mutual information less what partitions with clusters of these sizes have by chance, as a share of the most.

        AMI = (MI - E MI) / (mean(H, H') - E MI)

    labels_true, labels_pred (N,) -> a number <= 1; 0 by chance, 1 the same partition. E MI is the mean over all ways to
    deal the rows to clusters of these sizes; where no way differs from another both sides of the fraction vanish, which
    counts as 1. One part on one side only is 0. Cost: the distinct sizes of classes, times those of clusters, times
    their length. Errors as in `normalized_mutual_info_score`, and for weights that are not whole.
    Source: Vinh, Epps and Bailey, Journal of Machine Learning Research 11, 2010.

    >>> round(adjusted_mutual_info_score([0, 0, 1, 1], ["a", "a", "b", "c"]), 6)
    0.571429
    """
    table = _table(labels_true, labels_pred, sample_weight, pairs=True)
    scale = _mean(_entropy(table.classes), _entropy(table.clusters), average_method)
    if len(table.classes) == 1 or len(table.clusters) == 1:
        return 1.0 if len(table.classes) == len(table.clusters) else 0.0
    expected = _expected_information(table)
    if abs(scale - expected) < TINY:
        return 1.0
    return (_information(table) - expected) / (scale - expected)


def _expected_information(table: _Table) -> float:
    """Mean mutual information over all tables with these margins: n_ij is hypergeometric.

        E MI = sum_ij sum_k k/n log(n k / (a_i b_j)) P(n_ij = k)

    Classes of one size have one term, so the sum runs over distinct sizes.
    """
    from scipy.special import gammaln

    n = table.n
    (a_sizes, a_times), (b_sizes, b_times) = (
        np.unique(sizes, return_counts=True) for sizes in (table.classes, table.clusters)
    )
    total = 0.0
    for a, a_of in zip(a_sizes.tolist(), a_times.tolist(), strict=True):
        for b, b_of in zip(b_sizes.tolist(), b_times.tolist(), strict=True):
            k = np.arange(max(1.0, a + b - n), min(a, b) + 1)
            ways = gammaln(np.array([a, b, n - a, n - b]) + 1).sum() - gammaln(n + 1)
            chance = np.exp(ways - sum(gammaln(part + 1) for part in (k, a - k, b - k, n - a - b + k)))
            total += a_of * b_of * float((k / n * np.log(n * k / (a * b))) @ chance)
    return total


class HomogeneityCompleteness(NamedTuple):
    """Homogeneity, completeness and V-measure of a partition.

    >>> HomogeneityCompleteness(1.0, 0.5, 0.667).completeness
    0.5
    """

    homogeneity: float
    completeness: float
    v_measure: float


def homogeneity_completeness_v_measure(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, beta: float = 1.0, sample_weight: ArrayLike | None = None
) -> HomogeneityCompleteness:
    """Whether clusters hold one class each, whether classes stay in one cluster, and both in one number.

        h = MI / H(classes),   c = MI / H(clusters),   V = (1 + b) h c / (b h + c),     b = beta

    labels_true, labels_pred (N,) -> three numbers in [0, 1]; an entropy of 0 makes its share 1. beta > 1 favours
    completeness. Raises ParameterError for beta < 0; else as `mutual_info_score`.
    Source: Rosenberg and Hirschberg, EMNLP-CoNLL 2007.

    >>> homogeneity_completeness_v_measure([0, 0, 1, 1], [0, 0, 1, 2])[:2]
    (1.0, 0.6666666666666667)
    """
    if not beta >= 0:
        raise ParameterError(f"v_measure: beta={beta}; it must be >= 0, such as 1.")
    table = _table(labels_true, labels_pred, sample_weight)
    told, of_classes, of_clusters = _information(table), _entropy(table.classes), _entropy(table.clusters)
    h = told / of_classes if of_classes else 1.0
    c = told / of_clusters if of_clusters else 1.0
    return HomogeneityCompleteness(h, c, (1 + beta) * h * c / (beta * h + c) if h + c > 0 else 0.0)


def homogeneity_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Whether clusters hold rows of one class each: the share of the classes' entropy that the clusters tell.

        h = MI / H(classes)

    labels_true, labels_pred (N,) -> a number in [0, 1]; one cluster a row makes it 1. Errors as in `mutual_info_score`.

    >>> homogeneity_score([0, 0, 1, 1], [0, 0, 1, 2])
    1.0
    """
    return homogeneity_completeness_v_measure(labels_true, labels_pred, sample_weight=sample_weight).homogeneity


def completeness_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Whether the rows of a class stay in one cluster: the share of the clusters' entropy that the classes tell.

        c = MI / H(clusters)

    labels_true, labels_pred (N,) -> a number in [0, 1]; one cluster for all makes it 1. Errors as in
    `mutual_info_score`.

    >>> round(completeness_score([0, 0, 1, 1], [0, 0, 1, 2]), 6)
    0.666667
    """
    return homogeneity_completeness_v_measure(labels_true, labels_pred, sample_weight=sample_weight).completeness


def v_measure_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, beta: float = 1.0, sample_weight: ArrayLike | None = None
) -> float:
    """Weighted harmonic mean of homogeneity and completeness; with beta = 1 the normalized mutual information.

        V = (1 + b) h c / (b h + c),     b = beta

    labels_true, labels_pred (N,) -> a number in [0, 1]. Errors as in `homogeneity_completeness_v_measure`.

    >>> round(v_measure_score([0, 0, 1, 1], [0, 0, 1, 2]), 6)
    0.8
    """
    return homogeneity_completeness_v_measure(
        labels_true, labels_pred, beta=beta, sample_weight=sample_weight
    ).v_measure
