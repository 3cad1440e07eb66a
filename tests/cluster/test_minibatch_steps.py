"""Centres that follow batches, against the rule written out row by row."""

import numpy as np
import pytest

from pellucid.cluster._minibatch_steps import Following, Smoothed


def by_the_book(X: np.ndarray, weight: np.ndarray, centre: np.ndarray, mass: np.ndarray) -> float:
    """Sculley's rule: labels first, then one row after the other, each with the rate w / M of its centre."""
    far = ((X[:, None] - centre) ** 2).sum(axis=2)
    for x, w, k in zip(X, weight, far.argmin(axis=1), strict=True):
        mass[k] += w
        centre[k] += w / mass[k] * (x - centre[k])
    return float(weight @ far.min(axis=1))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_centres_and_masses_are_those_of_the_rule_row_by_row(dtype: type) -> None:
    rng = np.random.default_rng(0)
    centre, mass = rng.normal(size=(7, 3)), np.zeros(7)
    following = Following(centre, mass)
    for _ in range(5):
        X, weight = rng.normal(size=(90, 3)).astype(dtype), rng.uniform(0.1, 2.0, 90)
        before = following.centre
        inertia = following.step(X, weight, 0.0, rng)
        np.testing.assert_allclose(inertia, by_the_book(X.astype(np.float64), weight, centre, mass), rtol=1e-12)
        np.testing.assert_allclose(following.centre, centre, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(following.mass, mass, rtol=1e-12)
        np.testing.assert_allclose(following.shift, ((centre - before) ** 2).sum(), rtol=1e-9)
        assert following.moved_away == 0


def test_starved_centres_go_to_rows_of_the_batch_with_the_least_mass_of_the_others() -> None:
    X = np.arange(8.0)[:, None]
    following = Following(np.array([[3.0], [900.0], [4.0]]), np.array([40.0, 0.0, 60.0]))
    following.step(X, np.ones(8), 0.1, np.random.default_rng(0))
    assert following.moved_away == 1 and following.mass.tolist() == [44.0, 44.0, 64.0]
    assert following.centre[1, 0] in X and following.waited == 0


def test_centres_that_have_rows_are_looked_at_only_after_ten_rows_each() -> None:
    following = Following(np.array([[0.0], [9.0]]), np.array([1000.0, 1.0]))
    X, rng = np.zeros((8, 1)), np.random.default_rng(0)
    moved = []
    for _ in range(3):
        following.step(X, np.ones(8), 0.5, rng)
        moved.append((following.moved_away, following.waited))
    assert moved == [(0, 8), (0, 16), (1, 0)]


def test_at_most_half_a_batch_of_centres_moves_and_the_largest_never_does() -> None:
    following = Following(np.arange(6.0)[:, None] + 50.0, np.array([9.0, 0.0, 0.0, 0.0, 0.0, 0.0]))
    following.step(np.array([[1.0], [2.0], [3.0], [4.0]]), np.ones(4), 10.0, np.random.default_rng(0))
    assert following.moved_away == 2 and following.mass[0] == 13.0
    lonely = Following(np.zeros((1, 1)), np.zeros(1))
    lonely.step(np.ones((4, 1)), np.ones(4), 10.0, np.random.default_rng(0))
    assert lonely.moved_away == 0 and lonely.centre.tolist() == [[1.0]]


def test_without_patience_it_never_rests() -> None:
    smoothed = Smoothed(10, 100, None)
    assert not any(smoothed.rests(1.0) for _ in range(50)) and smoothed.value == 1.0
