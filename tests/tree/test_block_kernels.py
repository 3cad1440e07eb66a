"""Trees of bytes that are looked at in blocks, against those that are grown cell by cell."""

from typing import Any

import numpy as np
import pytest

from pellucid.tree._block_kernels import MANY
from pellucid.tree._columns import lay_columns
from pellucid.tree._growth import Ground, Growth, grow_tree

ARRAYS = ("children_left", "feature", "threshold", "missing_go_to_left", "impurity", "value", "n_node_samples")


def images(n: int, n_features: int, n_classes: int, share: float) -> tuple[Any, Any]:
    """Rows whose cells lean towards those of their class, and so many of them not 0; classes of unlike sizes."""
    rng = np.random.default_rng(n + n_features)
    y = np.minimum(rng.geometric(2 / (n_classes + 1), n) - 1, n_classes - 1)
    X = rng.integers(1, 256, (n_classes, n_features))[y] // 2 + rng.integers(128, size=(n, n_features))
    return X * (rng.random((n, n_features)) < share) * 1.0, y


@pytest.mark.parametrize(("n", "n_features", "share"), [(1000, 5, 1.0), (3000, 90, 0.3), (2049, 70, 0.9)])
@pytest.mark.parametrize("n_classes", [2, 7])
@pytest.mark.parametrize(
    "options", [{}, {"min_samples_leaf": 20}, {"max_leaves": 12}, {"max_features": 1}, {"min_weight": 30.5}], ids=repr
)
def test_the_tree_is_that_of_rows_that_all_weigh_two_and_stand_as_they_came(
    n: int, n_features: int, share: float, n_classes: int, options: dict[str, Any]
) -> None:
    X, y = images(n, n_features, n_classes, share)
    growth = Growth("gini", n_classes, **{"max_features": 4} | options)
    doubled = Growth("gini", n_classes, **{"max_features": 4} | options | {"min_weight": 2 * growth.min_weight})
    laid = lay_columns(X, None, y)
    assert laid.by_row.dtype == np.uint8 and len(laid.order) == n >= 2 * MANY
    tree = grow_tree(laid, y, np.ones(n), growth, 3)
    other = grow_tree(lay_columns(X), y, np.full(n, 2.0), doubled, 3)
    assert tree.node_count > 15
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(tree, name), getattr(other, name), err_msg=name)
    leaf = tree.apply(X)
    np.testing.assert_array_equal(np.bincount(leaf)[leaf], tree.n_node_samples[leaf])


def test_rows_that_weigh_nothing_are_in_no_block() -> None:
    X, y = images(3000, 20, 4, 1.0)
    weight, growth = np.where(np.arange(3000) % 3, 1.0, 0.0), Growth("gini", 4, max_features=5)
    kept = weight > 0
    one = grow_tree(lay_columns(X, None, y), y, weight, growth, 1, Ground())
    two = grow_tree(lay_columns(X[kept], None, y[kept]), y[kept], weight[kept], growth, 1)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
