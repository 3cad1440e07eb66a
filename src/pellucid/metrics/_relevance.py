"""How well items are ordered for a query.

Here: discounted cumulative gain, plain and as a share of the best; mean reciprocal rank.
Elsewhere: rankings of rows by class are judged in _ranking.py.
Imports: numpy, pellucid.errors and this package.

N queries, K items each. y_true (N, K) says how relevant each item is, y_score (N, K) orders them. Items of one score
count with the mean over all their orders.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError, ParameterError
from pellucid.metrics._inputs import Array, numbers, same_length, weights


class _Queries(NamedTuple):
    relevance: Array  # (N, K)
    score: Array  # (N, K)
    weight: Array | None  # (N,)


def dcg_score(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    k: int | None = None,
    log_base: float = 2,
    sample_weight: ArrayLike | None = None,
    ignore_ties: bool = False,
) -> float:
    """Mean discounted cumulative gain: relevances summed, worth less the further down they stand.

        DCG = sum_{r=1..k} rel_(r) / log2(r + 1)

    y_true, y_score (N, K) -> a number. `k` counts the first k places only, `log_base` sets how fast worth falls;
    `ignore_ties` takes tied items in some order, which spares averaging. Raises DataError for shapes that differ,
    ParameterError for k < 1 or log_base <= 0.
    Source: Jarvelin and Kekalainen, ACM Transactions on Information Systems 20, 2002.

    >>> dcg_score([[3.0, 0.0, 1.0]], [[0.9, 0.5, 0.1]])
    3.5
    """
    rows = _queries("dcg_score", y_true, y_score, sample_weight)
    return float(np.average(_gains(rows.relevance, rows.score, k, log_base, ignore_ties), weights=rows.weight))


def ndcg_score(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    k: int | None = None,
    sample_weight: ArrayLike | None = None,
    ignore_ties: bool = False,
) -> float:
    """Mean discounted cumulative gain as a share of that of the best order.

        NDCG = DCG / max over orders of DCG

    y_true (N, K) >= 0, K >= 2, y_score (N, K) -> a number in [0, 1]; a query without a relevant item counts as 0.
    Parameters as in `dcg_score`. Raises DataError also for a negative relevance and for a single item.

    >>> round(ndcg_score([[3.0, 0.0, 1.0]], [[0.5, 0.9, 0.1]]), 3)
    0.659
    """
    rows = _queries("ndcg_score", y_true, y_score, sample_weight)
    if rows.relevance.min() < 0:
        raise DataError(f"ndcg_score: y_true holds {rows.relevance.min():.6g}; relevances must be >= 0.")
    if rows.relevance.shape[1] < 2:
        raise DataError("ndcg_score: one item has one order only; give at least two columns.")
    gain = _gains(rows.relevance, rows.score, k, 2, ignore_ties)
    best = _gains(rows.relevance, rows.relevance, k, 2, ignore_ties=True)
    share = np.where(best == 0, 0.0, gain / np.where(best == 0, 1.0, best))
    return float(np.average(share, weights=rows.weight))


def mean_reciprocal_rank(
    y_true: ArrayLike, y_score: ArrayLike, *, k: int | None = None, sample_weight: ArrayLike | None = None
) -> float:
    """Mean over the queries of 1 / rank of the first relevant item.

        MRR = mean_n 1 / min{r : item (r) of query n is relevant}

    y_true (N, K), relevant where > 0, y_score (N, K) -> a number in [0, 1]. A query without a relevant item (among the
    first k, where `k` is given) counts as 0. Errors as in `dcg_score`.
    Source: Voorhees, TREC-8 question answering track report, 1999.

    >>> mean_reciprocal_rank([[0, 1, 0], [1, 0, 0]], [[0.9, 0.5, 0.1], [0.9, 0.5, 0.1]])
    0.75
    """
    rows = _queries("mean_reciprocal_rank", y_true, y_score, sample_weight)
    last = _places("mean_reciprocal_rank", k, rows.relevance.shape[1])
    return float(np.average(_reciprocal_ranks(rows.relevance > 0, rows.score, last), weights=rows.weight))


def _reciprocal_ranks(relevant: Array, score: Array, last: int) -> Array:
    """Mean over the orders of tied items of 1 / rank of the first relevant one; 0 beyond `last`.   (N, K) -> (N,)

    Of t tied items, `left` of them still to come, m relevant: the next is relevant with chance m / left.
    """
    best = np.where(relevant, score, -np.inf).max(axis=1, keepdims=True)
    above = (score > best).sum(axis=1)
    tied = ((score == best) & relevant.any(axis=1, keepdims=True)).sum(axis=1)
    hits = ((score == best) & relevant).sum(axis=1)
    result, still = np.zeros(len(score)), np.ones(len(score))
    for place in range(int((tied - hits).max()) + 1):
        left = tied - place
        chance = np.where(left > 0, hits / np.maximum(left, 1), 0.0)
        rank = above + place + 1
        result += np.where(rank <= last, still * chance / rank, 0.0)
        still = still * (1 - chance)
    return result


def _gains(relevance: Array, score: Array, k: int | None, log_base: float, ignore_ties: bool) -> Array:
    """The discounted cumulative gain of each query.   (N, K) -> (N,)"""
    if not (log_base > 0 and log_base != 1):
        raise ParameterError(f"dcg_score: log_base={log_base}; it must be > 0 and not 1, such as 2.")
    n_rows, n_items = score.shape
    discount = np.log(log_base) / np.log(np.arange(n_items) + 2)
    discount[_places("dcg_score", k, n_items) :] = 0
    order = np.argsort(score, axis=1)[:, ::-1]
    ordered = np.take_along_axis(relevance, order, axis=1)
    if ignore_ties:
        return ordered @ discount
    falling = np.take_along_axis(score, order, axis=1)
    begins = np.ones(score.shape, bool)
    begins[:, 1:] = falling[:, 1:] != falling[:, :-1]
    group = np.cumsum(begins) - 1  # (N K,) number of the group of tied items
    mean = np.bincount(group, ordered.ravel()) / np.bincount(group)
    return mean[group].reshape(n_rows, n_items) @ discount


def _places(name: str, k: int | None, n_items: int) -> int:
    if k is not None and k < 1:
        raise ParameterError(f"{name}: k={k}; count at least the first place.")
    return n_items if k is None else min(k, n_items)


def _queries(name: str, y_true: ArrayLike, y_score: ArrayLike, sample_weight: ArrayLike | None) -> _Queries:
    relevance, score, weight = numbers(y_true, "y_true"), numbers(y_score, "y_score"), weights(sample_weight)
    if relevance.ndim != 2 or relevance.shape != score.shape or relevance.size == 0:
        raise DataError(
            f"{name}: y_true is {relevance.shape}, y_score {score.shape}; give one row a query, one column an item, "
            "both (N, K)."
        )
    same_length(y_true=relevance, sample_weight=weight)
    return _Queries(relevance.astype(np.float64), score, weight)
