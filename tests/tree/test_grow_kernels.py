"""Growth, against a tree that tries every cut, every subset and both ways of a missing value."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from pellucid.tree._columns import code_table
from pellucid.tree._growth import Growth, grow_tree


def risk(y: np.ndarray, w: np.ndarray) -> float:
    return float((w * (y - np.average(y, weights=w)) ** 2).sum())


def best_fall(X: np.ndarray, y: np.ndarray, w: np.ndarray, sizes: list[int | None]) -> float:
    """The largest fall of W times the variance over all splits of these rows."""
    best = -np.inf
    for f, size in enumerate(sizes):
        x, missing = X[:, f], np.isnan(X[:, f])
        if size is None:
            sides = [x <= value for value in np.unique(x[~missing])]
        else:
            present = np.unique(x[~missing])
            sides = [np.isin(x, part) for r in range(1, len(present) + 1) for part in combinations(present, r)]
        for side in sides:
            for left in (side & ~missing, side | missing) if missing.any() else (side,):
                if 0 < left.sum() < len(y):
                    best = max(best, risk(y, w) - risk(y[left], w[left]) - risk(y[~left], w[~left]))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_every_split_is_the_best_of_all_cuts_subsets_and_ways_of_a_missing_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=60), rng.integers(5, size=60), rng.integers(4, size=60)]).astype(float)
    X[rng.random(X.shape) < 0.15] = np.nan
    y, w = np.isnan(X[:, 1]) + np.nan_to_num(X[:, 2]) % 2 + rng.normal(size=60), rng.uniform(0.5, 2.0, 60)
    categories: list[Any] = [None, None, np.array(list("abcd"))]
    tree = grow_tree(code_table(X, categories), y, w, Growth("squared_error", max_depth=4), seed=0)
    reached = tree.decision_path(X).toarray().astype(bool)  # (N, M)
    inner = np.flatnonzero(tree.children_left >= 0)
    assert len(inner) >= 5
    for node in inner:
        rows, left = reached[:, node], reached[:, tree.children_left[node]]
        here = y[rows], w[rows]
        fall = risk(*here) - risk(y[left], w[left]) - risk(y[rows & ~left], w[rows & ~left])
        np.testing.assert_allclose(fall, best_fall(X[rows], *here, [None, None, 4]), rtol=1e-9)
        assert tree.n_node_samples[node] == rows.sum()
        np.testing.assert_allclose(tree.weighted_n_node_samples[node], w[rows].sum())
        np.testing.assert_allclose(tree.value[node, 0, 0], np.average(*here[:1], weights=here[1]))
        np.testing.assert_allclose(tree.impurity[node], risk(*here) / w[rows].sum(), atol=1e-12)


def test_a_value_that_was_never_missing_goes_with_the_larger_side() -> None:
    X, y = np.array([[0.0], [1.0], [2.0]]), np.array([0.0, 0.0, 5.0])
    tree = grow_tree(code_table(X), y, np.ones(3), Growth("squared_error"), seed=0)
    assert tree.missing_go_to_left.tolist() == [True, False, False]


def test_missing_alone_can_be_the_whole_difference() -> None:
    X, y = np.array([[3.0], [4.0], [np.nan], [np.nan]]), np.array([0.0, 0.0, 5.0, 5.0])
    tree = grow_tree(code_table(X), y, np.ones(4), Growth("squared_error"), seed=0)
    assert tree.threshold[0] == np.inf and not tree.missing_go_to_left[0]
    assert tree.value[tree.apply(np.array([[9.0], [np.nan]])), 0, 0].tolist() == [0.0, 5.0]


def test_neighbouring_numbers_can_be_told_apart() -> None:
    low = 1.0
    high = np.nextafter(low, 2.0)
    X, y = np.array([[low], [high]]), np.array([0.0, 1.0])
    tree = grow_tree(code_table(X), y, np.ones(2), Growth("squared_error"), seed=0)
    assert tree.value[tree.apply(X), 0, 0].tolist() == [0.0, 1.0]


def test_a_drawn_feature_that_is_constant_is_not_the_end_of_the_search() -> None:
    X = np.zeros((20, 50))
    X[:, 49] = np.arange(20)
    tree = grow_tree(code_table(X), X[:, 49], np.ones(20), Growth("squared_error", max_features=1), seed=3)
    assert tree.n_leaves == 20
