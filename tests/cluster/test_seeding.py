"""First centres: their chances and their place."""

import numpy as np

from pellucid.cluster._seeding import at_random, plus_plus


def test_groups_far_apart_each_get_a_centre() -> None:
    rng = np.random.default_rng(0)
    home = np.arange(12)[:, None] * 1000.0
    X = np.repeat(home, 50, axis=0) + rng.normal(size=(600, 1))
    for seed in range(10):
        centre = plus_plus(X, np.ones(600), 12, np.random.default_rng(seed))
        np.testing.assert_array_equal(np.sort(np.round(centre.ravel() / 1000)), np.arange(12))


def test_the_first_row_is_drawn_by_weight() -> None:
    X, weight = np.arange(3.0)[:, None], np.array([1.0, 2.0, 7.0])
    for draw in (plus_plus, at_random):
        rng = np.random.default_rng(0)
        first = np.array([draw(X, weight, 1, rng)[0, 0] for _ in range(4000)])
        share = np.bincount(first.astype(int)) / 4000
        np.testing.assert_allclose(share, weight / 10, atol=0.03)  # four standard errors


def test_no_row_is_drawn_twice_while_there_are_others() -> None:
    X = np.arange(40.0)[:, None]
    for draw in (plus_plus, at_random):
        centre = draw(X, np.ones(40), 40, np.random.default_rng(1))
        np.testing.assert_array_equal(np.sort(centre.ravel()), np.arange(40.0))


def test_a_row_twice_in_a_row_is_drawn_as_one_of_weight_two() -> None:
    X = np.random.default_rng(0).normal(size=(50, 2))
    times = np.arange(50) % 3
    doubled = plus_plus(X.repeat(times, axis=0), np.ones(times.sum()), 5, np.random.default_rng(2))
    weighted = plus_plus(X[times > 0], times[times > 0].astype(float), 5, np.random.default_rng(2))
    np.testing.assert_array_equal(doubled, weighted)


def test_more_centres_than_distinct_rows_repeat_some() -> None:
    X = np.zeros((3, 1))
    for draw in (plus_plus, at_random):
        assert draw(X, np.ones(3), 5, np.random.default_rng(0)).tolist() == [[0.0]] * 5
