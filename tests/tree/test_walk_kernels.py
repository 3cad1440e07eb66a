"""The compiled walk, against the walk in NumPy."""

import numpy as np
import pytest

from pellucid.tree._columns import code_table
from pellucid.tree._growth import Growth, grow_tree
from pellucid.tree._walk import Grove


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
