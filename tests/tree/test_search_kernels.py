"""Searched cuts.  That they are the best of all is tested with the growth; here, that bounds are kept among them."""

from typing import Any

import numpy as np
import pytest

from pellucid.tree._columns import code_table
from pellucid.tree._growth import Growth, grow_tree


def risk(y: np.ndarray) -> float:
    return float(((y - y.mean()) ** 2).sum())


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("seed", range(4))
def test_the_best_cut_is_the_best_of_those_the_sign_allows(seed: int, sign: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = np.arange(30.0), rng.normal(size=30)
    tree = grow_tree(code_table(x[:, None]), y, np.ones(30), Growth("squared_error", max_depth=1, monotonic=(sign,)), 0)
    falls = [risk(y) - risk(y[: i + 1]) - risk(y[i + 1 :]) for i in range(29)]
    allowed = [sign * (y[i + 1 :].mean() - y[: i + 1].mean()) >= 0 for i in range(29)]
    wanted = np.where(allowed, falls, -np.inf).argmax()
    assert tree.threshold[0] == wanted + 0.5


@pytest.mark.parametrize(
    ("criterion", "n_classes"), [("squared_error", 0), ("absolute_error", 0), ("gini", 2), ("gini", 4), ("entropy", 3)]
)
@pytest.mark.parametrize("seed", range(3))
def test_small_whole_numbers_with_many_zeros_grow_the_tree_of_their_ranks(
    criterion: Any, n_classes: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    X = rng.integers(1, 256, size=(400, 12)) * (rng.random((400, 12)) < rng.uniform(size=12)).astype(float)
    y = rng.integers(n_classes, size=400) if n_classes else X[:, 0] + rng.normal(size=400)
    weight = rng.uniform(0.5, 2.0, 400)
    growth = Growth(criterion, n_classes, max_features=5, min_samples_leaf=3)
    small, ranks = code_table(X), code_table(X - 0.5)
    assert small.table.codes.dtype == np.uint8 and ranks.table.codes.dtype == np.uint32
    one, two = (grow_tree(table, y, weight, growth, seed) for table in (small, ranks))
    np.testing.assert_array_equal(one.feature, two.feature)
    inner = one.children_left >= 0
    np.testing.assert_allclose(one.threshold[inner], two.threshold[inner] + 0.5, rtol=0, atol=1e-12)
    np.testing.assert_allclose(one.value, two.value, atol=1e-12)
    np.testing.assert_array_equal(one.missing_go_to_left, two.missing_go_to_left)
    leaf = one.apply(X)  # a second road: the rows lie where the tree sends them
    assert all(one.n_node_samples[node] == (leaf == node).sum() for node in np.unique(leaf))


def test_the_cut_of_a_sparse_feature_is_the_best_of_all() -> None:
    rng = np.random.default_rng(0)
    x = np.where(rng.random(200) < 0.8, 0, rng.integers(1, 30, size=200)).astype(float)
    y = rng.normal(size=200) + (x > 0)
    tree = grow_tree(code_table(x[:, None]), y, np.ones(200), Growth("squared_error", max_depth=1), 0)
    values = np.unique(x)
    falls = [risk(y) - risk(y[x <= v]) - risk(y[x > v]) for v in values[:-1]]
    best = int(np.argmax(falls))
    assert tree.threshold[0] == (values[best] + values[best + 1]) / 2
    assert tree.n_node_samples[1] == (x <= values[best]).sum()
