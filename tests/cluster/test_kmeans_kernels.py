"""The compiled steps, against the same step in NumPy."""

from typing import Any

import numpy as np
import pytest

from pellucid.cluster import _kmeans_kernels as kernels


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
    bounds = kernels.Bounds(np.zeros(k), np.zeros(n), np.zeros((n, k) if name == "elkan" else n))
    for step in range(5):
        before = label.copy()
        if name == "lloyd":
            changed = kernels.lloyd_step(X, weight, centre, label, sums, mass)
        else:
            changed, _ = getattr(kernels, f"{name}_step")(X, weight, centre, label, sums, mass, bounds)
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
    bounds = kernels.Bounds(np.zeros(8), np.zeros(4000), np.zeros(4000))
    first = kernels.hamerly_step(X, np.ones(4000), centre, label, sums, mass, bounds)
    bounds.moved[:] = 0.01
    again = kernels.hamerly_step(X, np.ones(4000), centre + 0.01 / np.sqrt(2), label, sums, mass, bounds)
    assert first == (4000, 4000) and again[1] < 80


def test_rows_nearer_to_a_tie_than_single_precision_tells_get_the_right_label() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.choice([-1.0, 1.0], 500) * 1e-12, rng.normal(size=500)])
    centre = np.array([[1.0, 0.0], [-1.0, 0.0]])
    label, sums, mass = np.full(500, -1, np.int32), np.zeros((2, 2)), np.zeros(2)
    kernels.lloyd_step(X, np.ones(500), centre, label, sums, mass)
    np.testing.assert_array_equal(label, (X[:, 0] < 0).astype(int))
