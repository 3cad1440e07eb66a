"""The compiled walk, against the walk in NumPy."""

import numpy as np
import pytest

from pellucid.tree._columns import code_table, codes_of
from pellucid.tree._compiled import opened
from pellucid.tree._growth import Growth, grow_tree
from pellucid.tree._walk import Grove
from pellucid.tree._walk_kernels import ByCodes, ByNumbers, prepare_codes, prepare_numbers


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


def coded(numbers: np.ndarray) -> tuple[np.ndarray, bool, bool]:
    """Their codes, whether none is missing, and whether all are float32."""
    codes, (exact, infinite) = np.empty(len(numbers), np.int32), np.zeros((2, 1), np.bool_)
    trees = ByCodes(np.empty(0), np.empty(0), 0, codes, exact, infinite)
    present = opened(prepare_codes)(trees, numbers)
    return trees.codes, present, bool(trees.exact[0])


def test_codes_decide_as_numbers_do_where_they_differ_and_for_float32_where_they_do_not() -> None:
    rng = np.random.default_rng(0)
    small = np.array([0.0, -0.0, 5e-324, 1e-300, 1e-45, 1e-40, 1.0, 1.0 + 1e-9, 1.0 + 1e-7, 3.4e38, 1e300, np.inf])
    numbers = np.concatenate([small, -small, rng.normal(size=100), rng.normal(size=100).astype(np.float32)])
    cells, thresholds = numbers[:, None], numbers[None, :]
    own, present, exact = coded(numbers)
    assert present and not exact
    x, cut = own[:, None], codes_of(numbers)[None, :]
    assert (cells > thresholds)[x > cut].all() and (cells <= thresholds)[x < cut].all()
    with np.errstate(over="ignore"):
        is_single = numbers.astype(np.float32) == numbers
    alike = is_single[:, None] & (x == cut)
    assert alike.any() and not (cells > thresholds)[alike].any()
    singles = numbers[is_single]
    assert coded(singles)[1:] == (True, True) and coded(np.array([0.5, np.nan]))[1:] == (False, False)


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.uint8])
def test_infinite_cells_are_noted_and_large_ones_whose_sum_is_infinite_are_not(kind: type) -> None:
    largest = 255 if kind is np.uint8 else np.finfo(kind).max
    finite = [np.full(9, largest, kind)]
    others = [] if kind is np.uint8 else [np.array([1.0, sign * np.inf, -largest], kind) for sign in (1, -1)]
    if kind is not np.uint8:
        finite.append(np.array([np.nan, 1.0], kind))
        others.append(np.array([np.nan, np.inf, -np.inf], kind))
    for X, holds in [(X, False) for X in finite] + [(X, True) for X in others]:
        nothing, notes = np.empty(0), np.zeros((3, 1), np.bool_)
        by_codes = ByCodes(nothing, nothing, 0, np.empty(len(X), np.int32), notes[0], notes[1])
        assert opened(prepare_codes)(by_codes, X) == (not np.isnan(X).any())
        assert opened(prepare_numbers)(ByNumbers(nothing, nothing, notes[2]), X)
        assert notes[1:, 0].tolist() == [holds, holds]
