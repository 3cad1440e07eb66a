"""The arrays of a tree."""

from dataclasses import replace

import numpy as np
import pytest

from pellucid.errors import ModelFileError
from pellucid.tree import DecisionTreeRegressor, Tree


@pytest.fixture
def tree() -> Tree:
    return DecisionTreeRegressor().fit([[0.0], [1.0], [4.0], [9.0]], [0.0, 1.0, 8.0, 9.0]).tree_


def test_its_numbers_are_those_worked_by_hand(tree: Tree) -> None:
    assert tree.threshold[0] == 2.5
    assert tree.value[:3, 0, 0].tolist() == [4.5, 0.5, 8.5]
    assert tree.impurity[:3].tolist() == [16.25, 0.25, 0.25]
    assert (tree.node_count, tree.n_leaves, tree.max_depth) == (7, 4, 2)
    assert tree.compute_feature_importances(2).tolist() == [1.0, 0.0]


def test_a_path_holds_every_node_from_the_root_to_the_leaf_once(tree: Tree) -> None:
    X = np.array([[0.0], [9.0]])
    paths = tree.decision_path(X).toarray()
    assert paths.max() == 1 and paths.sum(axis=1).tolist() == [3, 3]
    assert paths[[0, 1], tree.apply(X)].tolist() == [1, 1] and paths[:, 0].tolist() == [1, 1]


def test_a_cut_tree_has_the_leaf_and_nothing_under_it(tree: Tree) -> None:
    leaf = np.zeros(7, bool)
    leaf[1] = True
    cut = tree.keep(leaf)
    assert (cut.node_count, cut.n_leaves) == (5, 3)
    assert cut.value[cut.apply(np.array([[0.0], [1.0], [4.0], [9.0]])), 0, 0].tolist() == [0.5, 0.5, 8.0, 9.0]


@pytest.mark.parametrize(
    "damage",
    [
        {"children_left": np.array([0, -1, -1, -1, -1, -1, -1])},
        {"children_right": np.array([99, -1, -1, -1, -1, -1, -1])},
        {"feature": np.full(7, -2)},
        {"threshold": np.zeros(3)},
        {"feature": np.zeros(7)},
        {"value": np.zeros(7)},
        {"set_start": np.full(7, 5)},
    ],
    ids=lambda damage: next(iter(damage)),
)
def test_arrays_that_make_no_tree_are_refused_before_a_walk_could_run_astray(tree: Tree, damage: dict) -> None:
    with pytest.raises(ModelFileError, match="Tree"):
        replace(tree, **damage)


def test_a_record_with_other_names_is_refused(tree: Tree) -> None:
    with pytest.raises(ModelFileError, match="not the parts of a tree"):
        Tree.from_record({**tree.to_record(), "more": 1})
