"""Tallied cuts: the tree is that of the other search, bit by bit; that this is the right one is tested with it."""

from typing import Any

import numpy as np
import pytest

from pellucid.tree import _growth
from pellucid.tree import _tally_kernels as kernels
from pellucid.tree._columns import ByteTable, code_table
from pellucid.tree._compiled import opened
from pellucid.tree._growth import Growth, grow_tree
from pellucid.tree._tree import Tree

ARRAYS = ("children_left", "feature", "threshold", "missing_go_to_left", "impurity", "n_node_samples", "value")


def both(X: np.ndarray, y: np.ndarray, w: np.ndarray, growth: Growth, monkeypatch: Any) -> tuple[Tree, Tree]:
    """The tree that tallies, and the one that does not."""
    table = code_table(X)
    assert _growth._tallied(table.table, y, w, growth, int((w > 0).sum())) is not None
    one = grow_tree(table, y, w, growth, seed=3)
    monkeypatch.setattr(_growth, "_tallied", lambda *given: None)
    return one, grow_tree(table, y, w, growth, seed=3)


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("highest", [2, 20, 255])
@pytest.mark.parametrize(
    "options", [{}, {"min_samples_leaf": 7}, {"min_weight": 9.0}, {"max_features": 4}, {"max_leaves": 20}], ids=repr
)
def test_the_tree_is_that_of_the_other_search(
    share: float, highest: int, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(highest)
    X = (rng.integers(1, highest + 1, size=(900, 12)) * (rng.random((900, 12)) < share)).astype(float)
    y, w = (X[:, 0] // 10 + rng.integers(3, size=900)).astype(int) % 7, rng.poisson(1.0, 900).astype(float)
    one, two = both(X, y, w, Growth("gini", 7, **options), monkeypatch)
    assert one.n_leaves > 15
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)


def test_so_it_is_where_cells_are_read_from_columns_and_many_rows_have_one_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(256, size=(3000, 70)) * (rng.random((3000, 70)) < 0.4).astype(float)
    X[:, ::7] = 255.0
    X[rng.random(3000) < 0.01, ::7] = 200.0
    y, w = rng.integers(200, size=3000), rng.integers(40, size=3000).astype(float)
    one, two = both(X, y, w, Growth("gini", 200, max_features=9, max_depth=6), monkeypatch)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)


@pytest.mark.parametrize(
    ("growth", "weight", "cells"),
    [
        (Growth("gini", 2), 1.0, 1.0),
        (Growth("gini", 300), 1.0, 1.0),
        (Growth("entropy", 3), 1.0, 1.0),
        (Growth("gini", 3), 0.5, 1.0),
        (Growth("gini", 3), 1e7, 1.0),
        (Growth("gini", 3), 1.0, 0.5),
    ],
)
def test_others_are_not_tallied(growth: Growth, weight: float, cells: float) -> None:
    table = code_table(np.full((4, 2), cells)).table
    assert _growth._tallied(table, np.arange(4) % 2, np.full(4, weight), growth, 4) is None
    made = _growth._tallied(code_table(np.ones((4, 2))).table, np.arange(4), np.ones(4), Growth("gini", 4), 4)
    assert made is not None and type(made[0]) is ByteTable


@pytest.mark.parametrize("m", [1, 5, kernels.FEW, kernels.FEW + 1, 400])
def test_keys_are_put_in_the_order_of_their_codes_the_highest_first(m: int) -> None:
    rng = np.random.default_rng(m)
    table, y = code_table(np.ones((500, 2))).table, np.arange(500) % 3
    made = _growth._tallied(table, y, np.ones(500), Growth("gini", 3), 500)
    assert made is not None
    target = made[1]
    codes, places = rng.integers(256, size=m), rng.permutation(500)[:m]
    keys = codes.astype(np.uint32) << kernels.CODE | places.astype(np.uint32)
    opened(kernels.bring_in_order)(target, keys, m)
    ordered = target.order[:m]
    assert sorted(ordered.tolist()) == sorted(keys.tolist())
    assert (ordered >> kernels.CODE).tolist() == sorted(codes.tolist(), reverse=True)
