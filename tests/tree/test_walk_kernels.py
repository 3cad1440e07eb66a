"""The compiled walk, against the walk in NumPy."""

import numpy as np
import pytest

from pellucid.tree._columns import code_table
from pellucid.tree._compiled import opened
from pellucid.tree._growth import Growth, grow_tree
from pellucid.tree._walk import LEAF, Grove, _keys
from pellucid.tree._walk_kernels import MISSING, ByCells, prepare


@pytest.mark.parametrize("n_rows", [1, 7, 8, 9, 513])
def test_rows_come_to_the_leaves_they_come_to_in_numpy(n_rows: int) -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(700, 3)), rng.integers(6, size=700)])
    X[rng.random(X.shape) < 0.1] = np.nan
    table = code_table(X, [None, None, None, np.array(list("abcdef"))])
    growth = Growth("squared_error", max_features=2)
    y = rng.normal(size=700)
    trees = [grow_tree(table, y, np.ones(700), growth, seed) for seed in range(5)]
    grove, rows = Grove(trees), X[:n_rows]
    np.testing.assert_array_equal(grove.apply(rows), np.column_stack([tree.apply(rows) for tree in trees]))
    wanted = sum(tree.value[tree.apply(rows), 0] for tree in trees)
    np.testing.assert_allclose(grove.sums(rows), wanted, rtol=1e-13)


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.uint8])
def test_infinite_cells_are_noted_and_large_ones_whose_sum_is_infinite_are_not(kind: type) -> None:
    largest = 255 if kind is np.uint8 else np.finfo(kind).max
    finite = [np.full(9, largest, kind)]
    others = [] if kind is np.uint8 else [np.array([1.0, sign * np.inf, -largest], kind) for sign in (1, -1)]
    if kind is not np.uint8:
        finite.append(np.array([np.nan, 1.0], kind))
        others.append(np.array([np.nan, np.inf, -np.inf], kind))
    for X, holds in [(X, False) for X in finite] + [(X, True) for X in others]:
        nothing, keys, note = np.empty(0), np.empty(len(X), np.uint32), np.zeros(1, np.bool_)
        assert opened(prepare)(ByCells(nothing, nothing, 2, nothing, keys, note, 1), X) == np.isnan(X).any()
        assert note.tolist() == [holds]


def test_keys_are_those_of_thresholds_and_missing_cells_stand_above_all() -> None:
    X = np.concatenate([np.random.default_rng(0).normal(size=50) * 10.0 ** np.arange(-300, 300, 12), [0.0, -0.0]])
    X = np.append(np.concatenate([X, -X]), np.nan)
    keys = np.empty(len(X), np.uint32)
    opened(prepare)(ByCells(np.empty(0), np.empty(0), 2, np.empty(0), keys, np.zeros(1, np.bool_), 1), X)
    assert keys[-1] == MISSING
    np.testing.assert_array_equal(keys[:-1], _keys(X[:-1]))
    assert _keys(np.array([np.inf]))[0] < LEAF < MISSING
