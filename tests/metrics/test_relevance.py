"""Orders of items: gains and ranks by hand, and ties as the mean over their orders."""

from itertools import permutations

import numpy as np
import pytest

from pellucid.errors import DataError, ParameterError
from pellucid.metrics import dcg_score, interval, mean_reciprocal_rank, ndcg_score

RNG = np.random.default_rng(0)


def test_gains_by_hand() -> None:
    y, score = [[2.0, 1.0, 3.0]], [[0.1, 0.9, 0.5]]  # in order: 1, 3, 2
    gain = 1 + 3 / np.log2(3) + 2 / 2
    best = 3 + 2 / np.log2(3) + 1 / 2
    assert dcg_score(y, score) == pytest.approx(gain)
    assert ndcg_score(y, score) == pytest.approx(gain / best)
    assert dcg_score(y, score, k=1) == 1
    assert dcg_score(y, score, log_base=4) == pytest.approx(2 * gain)
    assert ndcg_score([[0.0, 0.0]], [[1.0, 2.0]]) == 0


@pytest.mark.parametrize("k", [None, 2])
@pytest.mark.parametrize("score", [dcg_score, ndcg_score, mean_reciprocal_rank])
def test_tied_items_count_with_the_mean_over_their_orders(score: object, k: int | None) -> None:
    assert callable(score)
    y, coarse = np.array([[1.0, 0.0, 2.0, 0.0, 1.0]]), np.array([[3.0, 5.0, 3.0, 3.0, 1.0]])
    orders = [coarse + 0.1 * np.array([[rank[0], 0, rank[1], rank[2], 0]]) for rank in permutations(range(3))]
    assert score(y, coarse, k=k) == pytest.approx(np.mean([score(y, order, k=k) for order in orders]))


def test_ranks_by_hand() -> None:
    y, score = [[0, 1, 1], [0, 0, 0], [0, 0, 1]], [[3, 2, 1], [3, 2, 1], [3, 2, 1]]
    assert mean_reciprocal_rank(y, score) == pytest.approx((1 / 2 + 0 + 1 / 3) / 3)
    assert mean_reciprocal_rank(y, score, k=2) == pytest.approx((1 / 2) / 3)
    assert mean_reciprocal_rank(y, score, sample_weight=[1, 0, 3]) == pytest.approx((1 / 2 + 1) / 4)


def test_ties_may_be_ignored_where_there_are_none() -> None:
    y, score = RNG.integers(4, size=(9, 6)).astype(float), RNG.normal(size=(9, 6))
    assert ndcg_score(y, score, ignore_ties=True) == pytest.approx(ndcg_score(y, score))


@pytest.mark.parametrize("score", [dcg_score, ndcg_score, mean_reciprocal_rank])
def test_queries_are_what_an_interval_draws(score: object) -> None:
    assert callable(score)
    y = RNG.integers(3, size=(40, 5)) * (RNG.random((40, 5)) < 0.4)
    found = interval(score, y, y + RNG.normal(size=(40, 5)))
    assert found.low < found.estimate < found.high and found.n == 40


def test_shapes_and_places_that_do_not_fit_are_refused() -> None:
    for asked, kind, message in (
        (lambda: dcg_score([1.0, 2.0], [1.0, 2.0]), DataError, "give one row a query, one column an item"),
        (lambda: dcg_score([[1.0, 2.0]], [[1.0]]), DataError, r"y_true is \(1, 2\), y_score \(1, 1\)"),
        (lambda: ndcg_score([[-1.0, 2.0]], [[1.0, 2.0]]), DataError, "relevances must be >= 0"),
        (lambda: ndcg_score([[1.0]], [[1.0]]), DataError, "one item has one order only"),
        (lambda: dcg_score([[1.0, 2.0]], [[1.0, 2.0]], k=0), ParameterError, "k=0; count at least the first place"),
        (lambda: dcg_score([[1.0, 2.0]], [[1.0, 2.0]], log_base=1), ParameterError, "log_base=1"),
    ):
        with pytest.raises(kind, match=message):
            asked()
