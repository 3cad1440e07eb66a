"""Growth by rows, against the same draws in plain Python, and against the growth by columns."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pellucid.tree import _growth
from pellucid.tree._columns import codes_of, lay_columns
from pellucid.tree._growth import Growth, grow_tree
from pellucid.tree._tree import Tree

WORD, STRIDE, CHILDREN = 2**64 - 1, 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03


def mixed(z: int) -> int:
    z = ((z & WORD) ^ ((z & WORD) >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & WORD
    return z ^ (z >> 31)


def gini(y: np.ndarray) -> float:
    return 1.0 - float(((np.bincount(y) / len(y)) ** 2).sum())


def drawn(X: np.ndarray, seed: int, max_features: int) -> Iterator[tuple[int, float]]:
    """Features and cuts of a node: max_features, and on until one of them is not constant."""
    pool, useful = list(range(X.shape[1])), 0
    for k in range(len(pool)):
        if k >= max_features and useful:
            return
        word = mixed(seed + (k + 1) * STRIDE)
        if max_features < len(pool):
            j = k + ((word >> 32) * (len(pool) - k) >> 32)
            pool[k], pool[j] = pool[j], pool[k]
        low, high = X[:, pool[k]].min(), X[:, pool[k]].max()
        if low < high:
            useful += 1
            cut = low + (word & 0xFFFFFFFF) / 2**32 * (high - low)
            near = np.float32(cut)
            above = near if near > cut else np.nextafter(near, np.float32(np.inf))
            yield pool[k], float(np.nextafter(np.float64(above), -np.inf))  # cuts are at float32


def grown(X: np.ndarray, y: np.ndarray, seed: int, max_features: int) -> list[tuple[int, float, int]]:
    """Feature, threshold and rows of each node, a parent before its left and these before its right."""
    best, told = np.inf, (-2, -2.0, len(y))
    if len(set(y.tolist())) > 1:
        for f, cut in drawn(X, seed, max_features):
            left = X[:, f] <= cut
            risk = left.sum() * gini(y[left]) + (~left).sum() * gini(y[~left])
            if risk < best - 1e-9:
                best, told = risk, (f, cut, len(y))
    if told[0] < 0:
        return [told]
    left, seeds = X[:, told[0]] <= told[1], [mixed((seed ^ CHILDREN) + k * STRIDE) for k in (1, 2)]
    return [
        told,
        *grown(X[left], y[left], seeds[0], max_features),
        *grown(X[~left], y[~left], seeds[1], max_features),
    ]


def in_order(tree: Tree) -> np.ndarray:
    """The numbers of the nodes, a parent before its left and these before its right."""
    out, todo = [], [0]
    while todo:
        node = todo.pop()
        out.append(node)
        if tree.children_left[node] >= 0:
            todo += [tree.children_right[node], tree.children_left[node]]
    return np.array(out)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("max_features", [1, 2, 5])
@pytest.mark.parametrize("seed", [0, 2**62 + 1])
def test_it_grows_what_the_same_draws_in_plain_python_grow(n_classes: int, max_features: int, seed: int) -> None:
    rng = np.random.default_rng(n_classes)
    X = rng.normal(size=(120, 5)).astype(np.float32).astype(np.float64)
    X[:, 3], X[:, 4] = rng.integers(3, size=120), 7.0
    y = rng.integers(n_classes, size=120)
    table = lay_columns(X)
    assert table.movable
    tree = grow_tree(table, y, np.ones(120), Growth("gini", n_classes, max_features=max_features), seed)
    order, wanted = in_order(tree), grown(X, y, seed, max_features)
    own = zip(tree.feature[order], tree.threshold[order], tree.n_node_samples[order], strict=True)
    assert [(int(f), float(cut), int(n)) for f, cut, n in own] == wanted


CASES: dict[str, tuple[int, int, int, dict[str, Any]]] = {
    "two classes": (20, 2, 4, {}),
    "entropy": (5, 3, 2, {"criterion": "entropy"}),
    "leaves": (40, 5, 6, {"min_samples_leaf": 5, "min_weight": 7.0}),
    "depth": (7, 2, 2, {"max_depth": 6, "criterion": "entropy"}),
    "decrease": (8, 4, 3, {"min_samples_split": 20, "min_impurity_decrease": 2e-3}),
    "all features": (33, 2, 33, {}),
    "one feature": (1, 2, 1, {}),
}


@pytest.mark.parametrize("room", [1 << 18, 1 << 15, 1 << 12, 1 << 9])
@pytest.mark.parametrize("case", sorted(CASES))
def test_growth_by_rows_is_that_by_columns_however_many_rows_are_moved(
    case: str, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_features, n_classes, max_features, options = CASES[case]
    monkeypatch.setattr(_growth, "MOVED_BYTES", room)
    monkeypatch.setattr(_growth, "FAR_BYTES", room)
    rng = np.random.default_rng(0)
    y = rng.integers(n_classes, size=1500)
    X = rng.normal(size=(1500, n_features)) + y[:, None] * (np.arange(n_features) < 4)
    if n_features > 10:
        X[:, 5], X[:, 6], X[:, 7] = 2.0, X[:, 6] > 0, np.round(X[:, 7])
    growth = Growth(**{"criterion": "gini", "n_classes": n_classes, "max_features": max_features, **options})
    table = lay_columns(X)
    rows, columns = (grow_tree(one, y, np.ones(1500), growth, 3) for one in (table, table._replace(movable=False)))
    ours, others = in_order(rows), in_order(columns)
    for name in ("feature", "threshold", "impurity", "n_node_samples", "value", "missing_go_to_left"):
        np.testing.assert_array_equal(getattr(rows, name)[ours], getattr(columns, name)[others], err_msg=name)
    leaf = rows.apply(X)
    np.testing.assert_array_equal(np.bincount(leaf, minlength=rows.node_count)[leaf], rows.n_node_samples[leaf])


def test_columns_of_which_float32_keeps_little_are_not_grown_by_rows_and_are_told_apart() -> None:
    X = 1.7e9 + np.random.default_rng(0).permutation(400)[:, None] * np.array([1e-3, 0.3])  # seconds
    y = np.arange(400) % 2
    table = lay_columns(X)
    assert table.present and not table.movable
    leaf = grow_tree(table, y, np.ones(400), Growth("gini", 2), seed=0).apply(X)
    assert all(len(set(y[leaf == one].tolist())) == 1 for one in set(leaf.tolist()))


def test_two_rows_that_are_one_in_float32_are_told_apart_and_two_that_are_one_are_not() -> None:
    X = np.random.default_rng(0).normal(size=(600, 3)).astype(np.float32).astype(np.float64)
    y = (X[:, 0] > 0).astype(np.int64)
    X[1], y[:2] = X[0], [0, 1]
    table = lay_columns(X)
    alike = grow_tree(table, y, np.ones(600), Growth("gini", 2), seed=0).apply(X[:2])
    assert table.movable and alike[0] == alike[1]
    X[1, 2] = np.nextafter(X[0, 2], np.inf)
    np.testing.assert_array_equal(codes_of(X[0]), codes_of(X[1]))
    table = lay_columns(X)
    assert table.movable and len(table.numbers) == 600
    tree = grow_tree(table, y, np.ones(600), Growth("gini", 2), seed=0)
    np.testing.assert_array_equal(tree.value[tree.apply(X), 0].argmax(axis=1), y)
