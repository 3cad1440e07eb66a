"""Drawn cuts: where they lie, what they weigh, which way missing values and categories go."""

from typing import Any

import numpy as np
import pytest

from pellucid.tree._columns import lay_columns
from pellucid.tree._growth import Growth, grow_tree


def test_drawn_cuts_lie_between_the_extremes_and_depend_on_the_seed() -> None:
    X, y = np.random.default_rng(0).normal(size=(200, 2)), np.arange(200.0)
    growth = Growth("squared_error", max_depth=1)
    cuts = {float(grow_tree(lay_columns(X), y, np.ones(200), growth, seed).threshold[0]) for seed in range(20)}
    assert len(cuts) == 20 and X.min() <= min(cuts) and max(cuts) < X.max()


def test_drawn_cuts_are_spread_evenly_over_the_range() -> None:
    X, y = np.array([[0.0], [0.1], [1.0]]), np.array([0.0, 3.0, 7.0])
    growth = Growth("squared_error", max_depth=1)
    cuts = np.array([grow_tree(lay_columns(X), y, np.ones(3), growth, seed).threshold[0] for seed in range(400)])
    shares = np.histogram(cuts, bins=4, range=(0.0, 1.0))[0] / 400
    assert np.abs(shares - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / 400)


@pytest.mark.parametrize("n_features", [3, 70])  # short rows and long ones are read in different orders
@pytest.mark.parametrize(
    ("criterion", "n_classes"), [("squared_error", 0), ("absolute_error", 0), ("gini", 2), ("gini", 3), ("entropy", 2)]
)
def test_rows_lie_where_the_tree_sends_them_and_leaves_say_their_mean(
    criterion: Any, n_classes: int, n_features: int
) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, n_features))
    X[:, 1] = rng.integers(5, size=300)
    X[rng.random(X.shape) < 0.1] = np.nan
    y = rng.integers(max(n_classes, 2), size=300) if n_classes else rng.normal(size=300)
    categories = [None, np.array(list("abcde")), *[None] * (n_features - 2)]
    growth = Growth(criterion, n_classes, min_samples_leaf=4)
    tree = grow_tree(lay_columns(X, categories), y, np.ones(300), growth, seed=1)
    leaf = tree.apply(X)
    assert tree.n_leaves > 10 and (n_features > 3 or (tree.set_start >= 0).any())
    for node in np.unique(leaf):
        own = y[leaf == node]
        assert tree.n_node_samples[node] == len(own) >= 4
        wanted = np.bincount(own, minlength=n_classes) / len(own) if n_classes else None
        if wanted is None:
            wanted = [np.median(own) if criterion == "absolute_error" else own.mean()]
        np.testing.assert_allclose(tree.value[node, 0], wanted, atol=1e-12)


@pytest.mark.parametrize("missing", [False, True])
def test_numbers_that_differ_by_less_than_a_float32_are_told_apart(missing: bool) -> None:
    rng = np.random.default_rng(0)
    X = 1.7e9 + rng.permutation(400)[:, None] * np.array([1e-3, 0.3])  # seconds; of float32 there is one in 128 of them
    X[0] = 0.0
    y = rng.normal(size=400)
    y[X[:, 0] % 0.05 < 0.01] += 3.0
    if missing:
        X[::9] = np.nan
    tree = grow_tree(lay_columns(X), y, np.ones(400), Growth("squared_error"), seed=0)
    leaf = tree.apply(X)
    np.testing.assert_array_equal(np.bincount(leaf, minlength=tree.node_count)[leaf], tree.n_node_samples[leaf])
    assert tree.n_leaves == (356 if missing else 400)


@pytest.mark.parametrize("seed", range(5))
def test_a_drawn_cut_leaves_rows_on_both_sides_however_near_they_are(seed: int) -> None:
    X = np.nextafter(np.full((2, 1), 3e9), np.inf)
    X[1] = np.nextafter(X[0], np.inf)
    for far in (X, np.array([[X[0, 0]], [4e9]])):
        tree = grow_tree(lay_columns(far), np.array([0.0, 1.0]), np.ones(2), Growth("squared_error"), seed)
        assert tree.value[tree.apply(far), 0, 0].tolist() == [0.0, 1.0]


def test_between_one_value_and_none_the_cut_is_at_the_missing() -> None:
    X, y = np.array([[3.0], [3.0], [np.nan], [np.nan]]), np.array([0.0, 0.0, 5.0, 5.0])
    tree = grow_tree(lay_columns(X), y, np.ones(4), Growth("squared_error"), seed=0)
    assert tree.threshold[0] == np.inf and not tree.missing_go_to_left[0]
    assert tree.value[tree.apply(np.array([[9.0], [np.nan]])), 0, 0].tolist() == [0.0, 5.0]


def test_missing_values_go_where_they_serve_best() -> None:
    X = np.array([[0.0], [1.0], [np.nan]]).repeat(20, axis=0)
    for y, left in (([0.0, 9.0, 0.0], True), ([0.0, 9.0, 9.0], False)):
        tree = grow_tree(lay_columns(X), np.repeat(y, 20), np.ones(60), Growth("squared_error"), seed=0)
        assert tree.missing_go_to_left[0] == left and tree.n_leaves == 2


@pytest.mark.parametrize(("criterion", "n_classes"), [("squared_error", 0), ("gini", 3)])
def test_features_known_to_be_0_are_left_out_and_the_tree_is_the_same(criterion: Any, n_classes: int) -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(256, size=(300, 90)) * (rng.random((300, 90)) < rng.uniform(0.0, 0.4, 90)).astype(float)
    y = rng.integers(n_classes, size=300) if n_classes else rng.normal(size=300)
    table, growth = lay_columns(X), Growth(criterion, n_classes, max_features=7)
    assert len(table.filled) == 300
    one, two = (grow_tree(own, y, np.ones(300), growth, 1) for own in (table, table._replace(filled=table.filled[:0])))
    assert one.n_leaves > 50
    for name in ("feature", "threshold", "children_left", "value", "impurity"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
