"""One distance and the heap, compiled, against NumPy."""

import numpy as np
import pytest

from pellucid.neighbors._distance_kernels import longer, push, reduced, sort_heap
from pellucid.neighbors._metric import Metric, pairwise


@pytest.mark.parametrize("name", ["euclidean", "manhattan", "chebyshev", "minkowski", "cosine"])
@pytest.mark.parametrize("n_features", [1, 7, 8, 33])
def test_a_distance_is_that_of_pairwise(name: str, n_features: int) -> None:
    metric = Metric.named(name, 3.0)
    X = metric.prepared(np.random.default_rng(0).normal(size=(2, n_features)))
    wanted = pairwise(X[:1], X[1:], metric)[0, 0]
    np.testing.assert_allclose(reduced(X[0], X[1], metric.number, metric.p), wanted, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("k", [1, 2, 5, 64])
def test_a_heap_keeps_the_k_first_by_distance_and_then_by_row(k: int) -> None:
    values = np.random.default_rng(k).integers(20, size=64).astype(float)
    distance, index = np.full(k, np.inf), np.full(k, -1)
    for row in np.random.default_rng(0).permutation(64):
        push(distance, index, values[row], row)
    sort_heap(distance, index)
    wanted = np.lexsort((np.arange(64), values))[:k]
    assert index.tolist() == wanted.tolist() and distance.tolist() == values[wanted].tolist()


def test_a_longer_copy_begins_with_the_values() -> None:
    assert longer(np.array([1.0, 2.0]))[:2].tolist() == [1.0, 2.0] and len(longer(np.zeros(3))) == 6
