"""Partitions compared: by hand, by counting pairs, and under new names."""

from itertools import combinations, permutations

import numpy as np
import pytest

from pellucid.errors import DataError, ParameterError
from pellucid.metrics import (
    METRICS,
    adjusted_mutual_info_score,
    adjusted_rand_score,
    fowlkes_mallows_score,
    homogeneity_completeness_v_measure,
    mutual_info_score,
    normalized_mutual_info_score,
    rand_score,
)

NAMES = sorted(name for name, metric in METRICS.items() if metric.needs == "clusters")
RNG = np.random.default_rng(0)
ONE, OTHER = RNG.integers(3, size=40), RNG.integers(4, size=40)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_clusters_do_not_matter(name: str) -> None:
    score = METRICS[name].function
    assert score(np.array(["x", "y", "z"])[ONE], 7 - OTHER) == pytest.approx(score(ONE, OTHER), abs=1e-12)
    assert score(ONE, np.array(["b", "a", "c"])[ONE]) == pytest.approx(score(ONE, ONE))


def test_pairs_of_rows_are_counted() -> None:
    together = [(ONE[i] == ONE[j], OTHER[i] == OTHER[j]) for i, j in combinations(range(40), 2)]
    assert rand_score(ONE, OTHER) == pytest.approx(np.mean([a == b for a, b in together]))
    both, one, other = sum(a and b for a, b in together), sum(a for a, _ in together), sum(b for _, b in together)
    assert fowlkes_mallows_score(ONE, OTHER) == pytest.approx(both / np.sqrt(one * other))
    assert fowlkes_mallows_score([0, 1], [0, 0]) == 0


def test_adjusted_scores_are_zero_on_the_mean_over_all_ways_to_deal_the_rows() -> None:
    a, b = [0, 0, 0, 1, 1, 2], np.array([0, 0, 1, 1, 1, 1])
    ways = list(permutations(range(6)))
    for score in (adjusted_rand_score, adjusted_mutual_info_score):
        assert np.mean([score(a, b[list(way)]) for way in ways]) == pytest.approx(0, abs=1e-12)


def test_information_by_hand() -> None:
    a, b = [0, 0, 1, 1], [0, 0, 1, 2]
    assert mutual_info_score(a, b) == pytest.approx(np.log(2))  # b tells a; H(a) = log 2, H(b) = 3/2 log 2
    assert homogeneity_completeness_v_measure(a, b) == pytest.approx((1, 2 / 3, 0.8))
    expected = {"min": 1, "max": 2 / 3, "arithmetic": 0.8, "geometric": np.sqrt(2 / 3)}
    for method, share in expected.items():
        assert normalized_mutual_info_score(a, b, average_method=method) == pytest.approx(share)


def test_partitions_without_parts_are_alike_and_one_part_tells_nothing() -> None:
    for score in (normalized_mutual_info_score, adjusted_mutual_info_score, adjusted_rand_score, rand_score):
        assert score([5, 5, 5], ["a", "a", "a"]) == 1
    assert adjusted_mutual_info_score([0, 0, 0], [0, 1, 2]) == normalized_mutual_info_score([0, 0], [0, 1]) == 0
    assert adjusted_mutual_info_score([0, 1, 2], [2, 0, 1]) == 1  # each row alone: there is no other way


def test_a_million_rows_in_two_halves_do_not_overflow() -> None:
    half = np.repeat([0, 1], 500_000)
    assert adjusted_rand_score(half, half) == 1
    assert adjusted_rand_score(half, np.tile([0, 1], 500_000)) == pytest.approx(0, abs=1e-5)


def test_weights_that_do_not_count_and_unknown_means_are_refused() -> None:
    for score in (adjusted_rand_score, adjusted_mutual_info_score):
        with pytest.raises(DataError, match="a weight is how often a row is counted; give whole numbers"):
            score([0, 1], [0, 1], sample_weight=[0.5, 1])
    with pytest.raises(ParameterError, match="average_method='mean'"):
        normalized_mutual_info_score([0, 1], [0, 1], average_method="mean")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="beta=-1"):
        homogeneity_completeness_v_measure([0, 1], [0, 1], beta=-1)
