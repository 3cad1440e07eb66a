"""The trees themselves."""

import numpy as np
import pytest

from pellucid.neighbors._metric import Metric, pairwise
from pellucid.neighbors._tree_kernels import grow, leaf_of


@pytest.mark.parametrize("ball", [False, True])
@pytest.mark.parametrize(("n", "levels"), [(1, 1), (2, 2), (37, 4), (500, 6)])
def test_every_node_holds_its_points_and_every_row_is_in_one_leaf(ball: bool, n: int, levels: int) -> None:
    X, metric = np.random.default_rng(n).integers(-3, 4, size=(n, 3)).astype(float), Metric.named("euclidean")
    tree = grow(X, levels, ball, metric.number, metric.p)
    assert sorted(tree.order.tolist()) == list(range(n))
    np.testing.assert_array_equal(tree.column[:, : len(X)].T, X[tree.order])
    for node in range(2**levels - 1):
        points = X[tree.order[tree.start[node] : tree.stop[node]]]
        if ball:
            far = np.sqrt(pairwise(points, tree.low[node : node + 1], metric))
            assert (far <= tree.radius[node] * (1 + 1e-14)).all()
        else:
            np.testing.assert_array_equal(tree.low[node], points.min(axis=0))
            np.testing.assert_array_equal(tree.high[node], points.max(axis=0))
    leaves = range(2 ** (levels - 1) - 1, 2**levels - 1)
    assert sum(tree.stop[leaf] - tree.start[leaf] for leaf in leaves) == n
    assert max(tree.stop[leaf] - tree.start[leaf] for leaf in leaves) <= -(-n // 2 ** (levels - 1))


def test_a_query_goes_to_the_leaf_on_its_side_of_every_cut() -> None:
    X = np.random.default_rng(0).normal(size=(256, 2))
    tree = grow(X, 5, False, 0, 2.0)
    leaf = np.empty(256, np.int64)
    leaf_of(X, tree, leaf)
    for i in range(256):
        assert i in tree.order[tree.start[leaf[i]] : tree.stop[leaf[i]]]
