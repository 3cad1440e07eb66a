"""Options reach the tree."""

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pellucid.tree import _growth
from pellucid.tree._columns import code_table, lay_columns
from pellucid.tree._growth import Ground, Growth, grow_tree, growing

RNG = np.random.default_rng(0)
X, Y, W = RNG.normal(size=(300, 4)), RNG.integers(3, size=300), RNG.uniform(0.5, 2.0, 300)


@pytest.mark.parametrize("criterion", ["gini", "entropy", "squared_error", "absolute_error"])
def test_no_leaf_breaks_a_limit(criterion: str) -> None:
    n_classes = 3 if criterion in ("gini", "entropy") else 0
    growth = Growth(
        criterion, n_classes, max_depth=6, min_samples_split=20, min_samples_leaf=7, min_weight=9.0, max_leaves=12
    )
    tree = grow_tree(code_table(X), Y, W, growth, seed=0)
    leaf = tree.children_left < 0
    assert tree.n_node_samples[leaf].min() >= 7 and tree.weighted_n_node_samples[leaf].min() >= 9.0
    assert tree.n_node_samples[~leaf].min() >= 20 and tree.max_depth <= 6 and tree.n_leaves <= 12
    assert (tree.feature[leaf] == -2).all() and (tree.threshold[leaf] == -2.0).all()


def test_the_entropy_of_eight_equal_classes_is_three_bits() -> None:
    tree = grow_tree(code_table(X[:8]), np.arange(8), np.ones(8), Growth("entropy", 8, max_depth=1), seed=0)
    assert tree.impurity[0] == pytest.approx(3.0)


def test_rows_of_weight_zero_are_not_counted() -> None:
    weight = np.where(np.arange(300) % 2, W, 0.0)
    tree = grow_tree(code_table(X), Y, weight, Growth("gini", 3), seed=0)
    assert tree.n_node_samples[0] == 150


def test_the_same_seed_grows_the_same_tree_and_another_one_another() -> None:
    growth = Growth("gini", 3, max_features=1)
    trees = [grow_tree(code_table(X), Y, W, growth, seed) for seed in (5, 5, 6)]
    assert np.array_equal(trees[0].threshold, trees[1].threshold)
    assert not np.array_equal(trees[0].threshold[:5], trees[2].threshold[:5])


@pytest.mark.parametrize("laid", [code_table, lay_columns])
def test_a_tree_with_more_sets_than_there_was_room_for_is_the_same_tree(
    laid: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    table = laid(rng.integers(30, size=(400, 2)).astype(float), [np.array([f"{c:02}" for c in range(30)]), None])
    growth, y = Growth("squared_error", max_features=1), rng.normal(size=400)
    one = grow_tree(table, y, np.ones(400), growth, seed=0)
    monkeypatch.setattr(_growth, "SET_CELLS", 1)
    two = grow_tree(table, y, np.ones(400), growth, seed=0)
    assert len(one.sets) > 30 * 8
    np.testing.assert_array_equal(one.sets, two.sets)
    np.testing.assert_array_equal(one.threshold, two.threshold)
    np.testing.assert_array_equal(one.value, two.value)


ARRAYS = ("children_left", "feature", "threshold", "impurity", "value", "n_node_samples", "sets", "set_start")


def assert_same_tree(one: Any, two: Any) -> None:
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)


@pytest.mark.parametrize("room_for_sets", [1 << 20, 1])
@pytest.mark.parametrize("splits", [1, 7])
@pytest.mark.parametrize("options", [{}, {"max_leaves": 9}, {"max_features": 1}, {"min_samples_leaf": 10}], ids=repr)
def test_a_tree_that_is_looked_at_while_it_grows_is_the_same_tree(
    options: dict[str, int], splits: int, room_for_sets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(30, size=300).astype(float), rng.normal(size=(300, 2))])
    table = code_table(X, [np.array([f"{c:02}" for c in range(30)]), None, None])
    growth, y = Growth("squared_error", **options), rng.normal(size=300)
    wanted = grow_tree(table, y, np.ones(300), growth, seed=5)
    monkeypatch.setattr(_growth, "SET_CELLS", room_for_sets)
    stages = list(growing(table, y, np.ones(300), growth, 5, lambda leaves: splits))
    assert_same_tree(stages[-1], wanted)
    leaves = [tree.n_leaves for tree in stages]
    assert leaves == sorted(set(leaves)) and len(stages) == -(-(wanted.n_leaves - 1) // splits)
    for tree in stages:  # each is a tree, and its leaves are those of the last, put together
        np.testing.assert_array_equal(np.bincount(tree.apply(X), minlength=tree.node_count), _rows(tree))


def _rows(tree: Any) -> np.ndarray:
    """The rows of each leaf; 0 where there is a question."""
    return np.where(tree.children_left < 0, tree.n_node_samples, 0)


def test_a_tree_of_one_leaf_is_there_at_once() -> None:
    table = code_table(np.ones((5, 1)))
    (tree,) = growing(table, np.arange(5.0), np.ones(5), Growth("squared_error"), 0, lambda leaves: 1)
    assert tree.node_count == 1


@pytest.mark.parametrize("movable", [True, False])
def test_trees_that_grow_on_one_ground_are_those_that_grow_alone(movable: bool) -> None:
    table, ground, other = lay_columns(X)._replace(movable=movable), Ground(), np.where(np.arange(300) % 3, 1.0, 0.0)
    growth, ones = Growth("gini", 3, max_features=2), np.ones(300)
    for seed, y, weight in ((0, Y, ones), (1, Y, ones), (2, Y, other), (3, 2 - Y, other), (4, Y, W), (5, Y, ones)):
        assert_same_tree(grow_tree(table, y, weight, growth, seed, ground), grow_tree(table, y, weight, growth, seed))
    small = lay_columns(X[:50, :2])._replace(movable=movable)
    one, two = (grow_tree(small, Y[:50], ones[:50], growth, 6, on) for on in (ground, None))
    assert_same_tree(one, two)


@pytest.mark.parametrize("n_features", [5, 90])
def test_rows_of_bytes_that_are_counted_grow_the_tree_of_rows_that_all_weigh_two(n_features: int) -> None:
    rng = np.random.default_rng(n_features)
    bytes_ = lay_columns(rng.integers(256, size=(700, n_features)) * rng.integers(2, size=(700, n_features)) * 1.0)
    y, growth = rng.integers(5, size=700), Growth("gini", 5, max_features=4)
    one, two = (grow_tree(bytes_, y, np.full(700, weight), growth, 3) for weight in (1.0, 2.0))
    assert bytes_.by_row.dtype == np.uint8 and one.node_count > 300
    assert_same_tree(one, two)


def test_a_ground_goes_to_another_process_without_its_memory() -> None:
    ground = Ground()
    grow_tree(lay_columns(X), Y, np.ones(300), Growth("gini", 3), 0, ground)
    again = copy.deepcopy(ground)  # as pickle would
    assert_same_tree(
        grow_tree(lay_columns(X), Y, np.ones(300), Growth("gini", 3), 1, again),
        grow_tree(lay_columns(X), Y, np.ones(300), Growth("gini", 3), 1, ground),
    )


@pytest.mark.parametrize("exponent", [-1000, -665, 665, 980])
@pytest.mark.parametrize(
    ("laid", "criterion"),
    [
        *((code_table, criterion) for criterion in ("gini", "entropy", "squared_error", "absolute_error")),
        *((lay_columns, criterion) for criterion in ("gini", "entropy", "squared_error")),
    ],
)
def test_a_common_factor_of_all_weights_changes_nothing_but_the_weights_of_nodes(
    laid: Any, criterion: Any, exponent: int
) -> None:
    factor = 2.0**exponent
    growth = Growth(criterion, 3 if criterion in ("gini", "entropy") else 0, min_weight=4.0, min_impurity_decrease=1e-3)
    one = grow_tree(laid(X), Y, W, growth, 0)
    two = grow_tree(laid(X), Y, W * factor, replace(growth, min_weight=4.0 * factor), 0)
    assert_same_tree(one, two)
    assert len(one.feature) > 9
    np.testing.assert_array_equal(one.weighted_n_node_samples * factor, two.weighted_n_node_samples)


@pytest.mark.parametrize("exponent", [-480, -300, 300, 460])
@pytest.mark.parametrize("criterion", ["squared_error", "absolute_error"])
def test_a_common_factor_of_all_targets_is_one_of_values_and_impurity(criterion: Any, exponent: int) -> None:
    y, factor, power = RNG.normal(size=300) + X[:, 0], 2.0**exponent, 1 if criterion == "absolute_error" else 2
    growth = Growth(criterion, min_samples_leaf=5, min_impurity_decrease=2.0**-9)
    one = grow_tree(code_table(X), y, W, growth, 0)
    own = replace(growth, min_impurity_decrease=2.0**-9 * factor**power)
    two = grow_tree(code_table(X), y * factor, W, own, 0)
    np.testing.assert_array_equal(one.threshold, two.threshold)
    np.testing.assert_array_equal(one.value * factor, two.value)
    np.testing.assert_array_equal(one.impurity * factor**power, two.impurity)


def test_stages_of_a_tree_in_units_are_in_those_given() -> None:
    growth = Growth("gini", 3, max_depth=4)
    for tree in growing(code_table(X), Y, W * 2.0**900, growth, 0, lambda leaves: 2):
        np.testing.assert_allclose(tree.weighted_n_node_samples[0] / 2.0**900, W.sum())
