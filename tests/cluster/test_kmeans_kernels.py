"""The compiled steps, against the same step in NumPy."""

from typing import Any

import numpy as np
import pytest

from pellucid.cluster import _kmeans_kernels as kernels
from pellucid.cluster._tiles import TILE, Bounds, packed, room, unseen


def numpy_step(X: np.ndarray, weight: np.ndarray, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    label = ((X[:, None] - centre) ** 2).sum(axis=2).argmin(axis=1)
    chosen = np.eye(len(centre))[label] * weight[:, None]  # (N, K)
    return label, chosen.T @ X, chosen.sum(axis=0)


def kept(name: str, bounds: Bounds) -> tuple[Any, ...]:
    return (bounds, 1) if name == "hamerly" else (bounds,)


@pytest.mark.parametrize("name", ["lloyd", "hamerly", "elkan"])
@pytest.mark.parametrize(("n", "n_features", "k"), [(1, 1, 1), (TILE - 1, 3, 4), (TILE, 2, 9), (2 * TILE + 88, 17, 30)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_each_step_gives_the_labels_and_sums_of_numpy(name: str, n: int, n_features: int, k: int, dtype: Any) -> None:
    rng = np.random.default_rng(n)
    X, weight = rng.normal(size=(n, n_features)).astype(dtype), rng.uniform(0.5, 2.0, n)
    centre = rng.normal(size=(k, n_features))
    label, sums, mass = np.full(n, -1, np.int32), np.zeros((k, n_features)), np.zeros(k)
    bounds = unseen(n, k, each=name == "elkan")
    rows = packed(X, weight)
    for step in range(5):
        before = label.copy()
        given = rows, 0, len(rows.tile), centre, room(centre), label, sums, mass
        if name == "lloyd":
            changed = kernels.lloyd_step(*given)
        else:
            kernels.look_around(centre, bounds)
            changed, _ = getattr(kernels, f"{name}_step")(*given, *kept(name, bounds))
        wanted = numpy_step(X.astype(np.float64), weight, centre)
        np.testing.assert_array_equal(label, wanted[0])
        np.testing.assert_allclose(sums, wanted[1], atol=1e-10)
        np.testing.assert_allclose(mass, wanted[2], atol=1e-10)
        assert changed == (n if step == 0 else (before != label).sum())
        move = rng.normal(size=centre.shape) * 0.2
        bounds.moved[:] = np.sqrt((move**2).sum(axis=1))
        centre = centre + move


def test_bounds_spare_most_rows_the_comparison_once_the_centres_rest() -> None:
    rng = np.random.default_rng(0)
    centre = rng.normal(size=(8, 2)) * 5
    X = centre[rng.integers(8, size=4000)] + rng.normal(size=(4000, 2))
    label, sums, mass = np.full(4000, -1, np.int32), np.zeros((8, 2)), np.zeros(8)
    bounds = unseen(4000, 8, each=False)
    rows = packed(X, np.ones(4000))
    given = label, sums, mass, bounds, 1
    kernels.look_around(centre, bounds)
    first = kernels.hamerly_step(rows, 0, len(rows.tile), centre, room(centre), *given)
    centre, bounds.moved[:] = centre + 0.01 / np.sqrt(2), 0.01
    kernels.look_around(centre, bounds)
    again = kernels.hamerly_step(rows, 0, len(rows.tile), centre, room(centre), *given)
    assert first == (4000, 4000) and again[1] < 80


def test_tiles_without_bounds_get_the_same_labels_and_count_as_unseen_later() -> None:
    n, rng = 4 * TILE, np.random.default_rng(0)
    X, centre = rng.normal(size=(n, 3)), rng.normal(size=(5, 3))
    label, sums, mass = np.full(n, -1, np.int32), np.zeros((5, 3)), np.zeros(5)
    bounds, rows = unseen(n, 5, each=False), packed(X, np.ones(n))
    found = []
    for every in (2, 2, 1, 1):
        kernels.look_around(centre, bounds)
        given = centre, room(centre), label, sums, mass, bounds, every
        found.append(kernels.hamerly_step(rows, 0, len(rows.tile), *given))
        wanted = numpy_step(X, np.ones(n), centre)
        np.testing.assert_array_equal(label, wanted[0])
        np.testing.assert_allclose(sums, wanted[1], atol=1e-10)
        if every == 2:
            bare = np.arange(n) // TILE % 2 == 1
            np.testing.assert_array_equal(np.isinf(bounds.upper), bare)
    assert [changed for changed, _ in found] == [n, 0, 0, 0]
    first, again, all_now, at_rest = (compared for _, compared in found)
    assert first == 2 * TILE and again < 10 and all_now == again + 2 * TILE and at_rest < 10


@pytest.mark.parametrize("name", ["lloyd", "hamerly", "elkan"])
def test_tiles_done_apart_add_up_to_all_of_them(name: str) -> None:
    rng = np.random.default_rng(0)
    centre, rows = rng.normal(size=(5, 3)), packed(rng.normal(size=(1000, 3)), rng.uniform(0.5, 2.0, 1000))
    found = []
    for cuts in ([0, 4], [0, 1, 4]):
        label, sums, mass = np.full(1000, -1, np.int32), np.zeros((5, 3)), np.zeros(5)
        bounds = unseen(1000, 5, each=name == "elkan")
        kernels.look_around(centre, bounds)
        more = () if name == "lloyd" else kept(name, bounds)
        for first, last in zip(cuts[:-1], cuts[1:], strict=True):
            getattr(kernels, f"{name}_step")(rows, first, last, centre, room(centre), label, sums, mass, *more)
        found.append((label, sums, mass))
    for whole, apart in zip(*found, strict=True):
        np.testing.assert_allclose(whole, apart, rtol=1e-12)


@pytest.mark.parametrize("k", [1, 2, 6])
def test_looking_around_finds_half_ways_and_how_far_others_went(k: int) -> None:
    rng = np.random.default_rng(0)
    centre, bounds = rng.normal(size=(k, 3)), unseen(0, k, each=False)
    bounds.moved[:] = rng.uniform(size=k)
    kernels.look_around(centre, bounds)
    half = np.sqrt(((centre[:, None] - centre) ** 2).sum(axis=2)) / 2
    np.testing.assert_allclose(bounds.between, half, rtol=1e-14)
    for c in range(k):
        np.testing.assert_allclose(bounds.gap[c], np.delete(half[c], c).min(initial=np.inf), rtol=1e-14)
        assert bounds.beyond[c] == np.delete(bounds.moved, c).max(initial=0.0)
