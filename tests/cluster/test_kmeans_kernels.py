"""The compiled steps, against the same step in NumPy."""

from typing import Any

import numpy as np
import pytest

from pellucid.cluster import _kmeans_kernels as kernels
from pellucid.cluster._compare_kernels import packed


def numpy_step(X: np.ndarray, weight: np.ndarray, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    label = ((X[:, None] - centre) ** 2).sum(axis=2).argmin(axis=1)
    chosen = np.eye(len(centre))[label] * weight[:, None]  # (N, K)
    return label, chosen.T @ X, chosen.sum(axis=0)


@pytest.mark.parametrize("name", ["lloyd", "hamerly", "elkan"])
@pytest.mark.parametrize(("n", "n_features", "k"), [(1, 1, 1), (255, 3, 4), (256, 2, 9), (600, 17, 30)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_each_step_gives_the_labels_and_sums_of_numpy(name: str, n: int, n_features: int, k: int, dtype: Any) -> None:
    rng = np.random.default_rng(n)
    X, weight = rng.normal(size=(n, n_features)).astype(dtype), rng.uniform(0.5, 2.0, n)
    centre = rng.normal(size=(k, n_features))
    label, sums, mass = np.full(n, -1, np.int32), np.zeros((k, n_features)), np.zeros(k)
    bounds = kernels.Bounds(np.zeros(k), np.full(n, np.inf), np.zeros((n, k) if name == "elkan" else n))
    rows = packed(X, weight)
    for step in range(5):
        before = label.copy()
        given = rows, 0, len(rows.tile), centre, label, sums, mass
        if name == "lloyd":
            changed = kernels.lloyd_step(*given)
        else:
            changed, _ = getattr(kernels, f"{name}_step")(*given, kernels.half_ways(centre), bounds)
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
    bounds = kernels.Bounds(np.zeros(8), np.full(4000, np.inf), np.zeros(4000))
    rows = packed(X, np.ones(4000))
    given = label, sums, mass, kernels.half_ways(centre), bounds
    first = kernels.hamerly_step(rows, 0, len(rows.tile), centre, *given)
    bounds.moved[:] = 0.01
    again = kernels.hamerly_step(rows, 0, len(rows.tile), centre + 0.01 / np.sqrt(2), *given)
    assert first == (4000, 4000) and again[1] < 80


@pytest.mark.parametrize("name", ["lloyd", "hamerly", "elkan"])
def test_tiles_done_apart_add_up_to_all_of_them(name: str) -> None:
    rng = np.random.default_rng(0)
    centre, rows = rng.normal(size=(5, 3)), packed(rng.normal(size=(1000, 3)), rng.uniform(0.5, 2.0, 1000))
    found = []
    for cuts in ([0, 4], [0, 1, 4]):
        label, sums, mass = np.full(1000, -1, np.int32), np.zeros((5, 3)), np.zeros(5)
        lower = np.zeros((1000, 5) if name == "elkan" else 1000)
        bounds = kernels.Bounds(np.zeros(5), np.full(1000, np.inf), lower)
        more = () if name == "lloyd" else (kernels.half_ways(centre), bounds)
        for first, last in zip(cuts[:-1], cuts[1:], strict=True):
            getattr(kernels, f"{name}_step")(rows, first, last, centre, label, sums, mass, *more)
        found.append((label, sums, mass))
    for whole, apart in zip(*found, strict=True):
        np.testing.assert_allclose(whole, apart, rtol=1e-12)


def test_half_ways_are_half_the_distances() -> None:
    centre = np.random.default_rng(0).normal(size=(6, 3))
    wanted = np.sqrt(((centre[:, None] - centre) ** 2).sum(axis=2)) / 2
    np.testing.assert_allclose(kernels.half_ways(centre), wanted, rtol=1e-14)
