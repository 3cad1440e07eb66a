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


class Plain:
    """The same growth, a row and a cut at a time, for Gini's index and whole weights: sums of these are exact."""

    def __init__(self, X: np.ndarray, y: np.ndarray, w: np.ndarray, n_classes: int, growth: Growth, seed: int) -> None:
        self.X, self.y, self.w, self.n_classes, self.growth = X, y, w, n_classes, growth
        self.state, self.pool = seed, list(range(X.shape[1]))
        self.left, self.feature, self.threshold, self.n = [-1], [-2], [-2.0], [int((w > 0).sum())]
        root = self.counts(w > 0)
        self.pure = 1e-13 * (1 - (root**2).sum() / root.sum() ** 2)
        opened = [found] if (found := self.looked_at(0, w > 0)) else []
        while opened:
            number, rows, f, cut = opened.pop()
            self.left[number], self.feature[number], self.threshold[number] = len(self.left), f, cut
            for side in (rows & (X[:, f] <= cut), rows & (X[:, f] > cut)):
                for noted, leaf in ((self.left, -1), (self.feature, -2), (self.threshold, -2.0), (self.n, side.sum())):
                    noted.append(leaf)
                if found := self.looked_at(len(self.left) - 1, side):
                    opened.append(found)

    def counts(self, rows: np.ndarray) -> np.ndarray:
        return np.bincount(self.y[rows], self.w[rows], minlength=self.n_classes)

    def below(self, n: int) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return int(((z ^ (z >> 31)) >> 32) * n >> 32)

    def looked_at(self, number: int, rows: np.ndarray) -> tuple[int, np.ndarray, int, float] | None:
        own = self.counts(rows)
        impurity = 1 - (own**2).sum() / own.sum() ** 2
        floor, pool = self.growth.min_samples_leaf, self.pool
        if rows.sum() < 2 * floor or impurity <= self.pure:
            return None
        best, found, seen, useful, tie = -np.inf, None, 0, False, 1e-12 * own.sum() * impurity
        while seen < len(pool) and (seen < self.growth.max_features or not useful):
            if self.growth.max_features < len(pool):
                j = seen + self.below(len(pool) - seen)
                pool[seen], pool[j] = pool[j], pool[seen]
            f, at, cut = pool[seen], -np.inf, 0.0
            values = np.unique(self.X[rows, f])
            useful, seen = useful or len(values) > 1, seen + 1
            for low, high in zip(values[:-1], values[1:], strict=True):
                left, right = rows & (self.X[:, f] <= low), rows & (self.X[:, f] > low)
                a, b = self.counts(left), self.counts(right)
                score = (a**2).sum() / a.sum() + (b**2).sum() / b.sum()
                if min(left.sum(), right.sum()) >= floor and score > at + tie:
                    at, cut = score, (low + high) / 2
            if at > best + tie:
                best, found = at, (number, rows, f, cut)
        return found


@pytest.mark.parametrize("ranks", [False, True])
@pytest.mark.parametrize("n_classes", [3, 10])
@pytest.mark.parametrize(("n_features", "max_features"), [(6, 6), (70, 8), (200, 3)])
@pytest.mark.parametrize("options", [{}, {"min_samples_leaf": 4}], ids=repr)
def test_a_plain_growth_draws_the_same_features_and_finds_the_same_cuts(
    ranks: bool, n_classes: int, n_features: int, max_features: int, options: dict[str, int]
) -> None:
    rng = np.random.default_rng(n_features)
    filled = rng.random((150, n_features)) < rng.uniform(0.0, 0.6, n_features)
    X = rng.integers(rng.choice([2, 20, 256], n_features), size=(150, n_features)) * filled.astype(float)
    y, w = rng.integers(n_classes, size=150), rng.poisson(1.0, 150).astype(float)
    if ranks:
        X += 0.25
    growth = Growth("gini", n_classes, max_features=max_features, **options)
    tree = grow_tree(code_table(X), y, w, growth, seed=5)
    plain = Plain(X, y, w, n_classes, growth, seed=5)
    assert tree.n_leaves > 10 and tree.children_left.tolist() == plain.left
    assert tree.feature.tolist() == plain.feature and tree.n_node_samples.tolist() == plain.n
    assert tree.threshold.tolist() == plain.threshold
