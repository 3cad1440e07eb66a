"""The passes of k-means++, against NumPy."""

import numpy as np
import pytest

from pellucid.cluster._seeding_kernels import come_closer, potentials
from pellucid.cluster._tiles import TILE, tiles


@pytest.mark.parametrize("n", [1, TILE, TILE + 1, 700])
def test_potentials_and_closest_distances_are_those_of_numpy(n: int) -> None:
    rng = np.random.default_rng(n)
    X, weight, closest = rng.normal(size=(n, 5)), rng.uniform(size=n), rng.uniform(5, 10, n)
    candidate, out = rng.normal(size=(3, 5)), np.zeros(3)
    squares = ((X[:, None] - candidate) ** 2).sum(axis=2)
    potentials(tiles(X), weight, candidate.astype(np.float32), closest, out)
    np.testing.assert_allclose(out, weight @ np.minimum(closest[:, None], squares), rtol=1e-5)
    wanted = np.minimum(closest, squares[:, 0])
    come_closer(X, candidate[0], closest)
    np.testing.assert_allclose(closest, wanted, rtol=1e-13)
