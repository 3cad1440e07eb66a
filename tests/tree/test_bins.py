"""Trees on bins: exact where bins are values, and near it elsewhere."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pellucid
from pellucid.ensemble import GradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from pellucid.errors import DataError, ParameterError
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor
from pellucid.tree._bins import MISSING, bin_table
from pellucid.tree._columns import code_table
from pellucid.tree._growth import Growth, grow_tree

KINDS: list[tuple[Any, int]] = [("gini", 2), ("gini", 4), ("entropy", 2), ("squared_error", 0), ("absolute_error", 0)]


def mixed(seed: int, n: int = 700) -> tuple[np.ndarray, list[Any], np.random.Generator]:
    """Few distinct values, cells without one, and a column of categories."""
    rng = np.random.default_rng(seed)
    X = np.round(rng.normal(size=(n, 5)) * np.array([3.0, 8.0, 1.0, 20.0, 0.3]), 0) / 3.0
    X[:, 4] = rng.integers(6, size=n)
    X[rng.random(X.shape) < 0.1] = np.nan
    return X, [None] * 4 + [np.array(list("abcdef"))], rng


@pytest.mark.parametrize(("criterion", "n_classes"), KINDS)
@pytest.mark.parametrize("options", [{}, {"max_leaves": 12}, {"max_features": 2}, {"min_samples_leaf": 9}], ids=str)
def test_with_a_bin_for_each_value_the_tree_is_the_exact_one(
    criterion: Any, n_classes: int, options: dict[str, Any]
) -> None:
    X, categories, rng = mixed(0)
    y = rng.integers(n_classes, size=len(X)) if n_classes else np.nan_to_num(X[:, 0]) + rng.normal(size=len(X))
    weight, growth = rng.uniform(0.5, 2.0, len(X)), Growth(criterion, n_classes, **options)
    exact = grow_tree(code_table(X, categories), y, weight, growth, seed=0)
    bins = grow_tree(bin_table(X, categories, weight, 255, [], ""), y, weight, growth, seed=0)
    assert exact.node_count > 20
    for name in ("feature", "threshold", "missing_go_to_left", "set_start", "sets", "n_node_samples"):
        np.testing.assert_array_equal(getattr(bins, name), getattr(exact, name), err_msg=name)
    np.testing.assert_allclose(bins.value, exact.value, rtol=1e-12)


def test_signs_hold_between_bins_as_they_do_between_values() -> None:
    X, categories, rng = mixed(1)
    y = np.nan_to_num(X[:, 3]) + 3.0 * rng.normal(size=len(X))
    growth = Growth("squared_error", monotonic=(0, 0, 0, 1, 0), max_depth=5)
    exact = grow_tree(code_table(X, categories), y, np.ones(len(X)), growth, seed=0)
    bins = grow_tree(bin_table(X, categories, None, 255, [], ""), y, np.ones(len(X)), growth, seed=0)
    np.testing.assert_array_equal(bins.threshold, exact.threshold)
    np.testing.assert_allclose(bins.value, exact.value, rtol=1e-12)


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_every_row_lies_where_its_number_sends_it_and_the_rows_of_a_bin_stay_together(n_classes: int) -> None:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(900, 4))
    X[rng.random(X.shape) < 0.1] = np.nan
    y = rng.integers(n_classes, size=900) if n_classes else rng.normal(size=900)
    growth, coded = (
        Growth("gini" if n_classes else "squared_error", n_classes),
        bin_table(X, [None] * 4, None, 12, [], ""),
    )
    tree = grow_tree(coded, y, np.ones(900), growth, seed=0)
    reached = tree.decision_path(X).toarray().astype(bool)
    np.testing.assert_array_equal(tree.n_node_samples, reached.sum(axis=0))
    for node in np.flatnonzero(tree.children_left >= 0):
        code = coded.table.codes[tree.feature[node]]
        left, right = (code[reached[:, child]] for child in (tree.children_left[node], tree.children_right[node]))
        assert left[left < MISSING].max(initial=0) < right[right < MISSING].min(initial=MISSING)


@pytest.mark.parametrize("max_bins", [2, 7, 255])
def test_bins_of_distinct_values_hold_about_the_same_weight(max_bins: int) -> None:
    rng = np.random.default_rng(3)
    X, weight = rng.normal(size=(5000, 2)), rng.uniform(0.5, 2.0, 5000)
    table = bin_table(X, [None, None], weight, max_bins, [], "").table
    for f in range(2):
        share = np.bincount(table.codes[f], weights=weight)
        assert len(share) == max_bins
        assert abs(share - weight.sum() / max_bins).max() <= 2.0 * weight.max()


def test_a_frequent_value_has_a_bin_of_its_own_and_leaves_the_others_to_the_rest() -> None:
    x = np.concatenate([np.linspace(-2.0, -1.0, 300), np.zeros(4000), np.linspace(1.0, 2.0, 300)])
    coded = bin_table(x[:, None], [None], None, 20, [], "")
    own = coded.table.codes[0][x == 0.0]
    assert (own == own[0]).all() and (coded.table.codes[0] == own[0]).sum() == 4000
    assert coded.table.codes.max() >= 10


def test_bins_depend_on_the_order_of_the_values_alone() -> None:
    rng = np.random.default_rng(4)
    X = rng.normal(size=(3000, 3))
    X[rng.random(X.shape) < 0.05] = np.nan
    order = rng.permutation(3000)
    own = bin_table(X, [None] * 3, None, 30, [], "").table.codes
    np.testing.assert_array_equal(bin_table(np.exp(X) * 100.0, [None] * 3, None, 30, [], "").table.codes, own)
    np.testing.assert_array_equal(bin_table(X[order], [None] * 3, None, 30, [], "").table.codes, own[:, order])
    assert (own[np.isnan(X.T)] == MISSING).all() and own[~np.isnan(X.T)].max() == 29


@pytest.mark.parametrize("kind", [DecisionTreeClassifier, DecisionTreeRegressor])
def test_growing_a_feature_by_any_increasing_function_changes_no_training_prediction(kind: Any) -> None:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(1500, 3))
    y = rng.integers(3, size=1500)
    plain = kind(max_depth=6, max_bins=20).fit(X, y)
    bent = kind(max_depth=6, max_bins=20).fit(np.exp(X) * 1000.0, y)
    np.testing.assert_array_equal(plain.predict(X), bent.predict(np.exp(X) * 1000.0))


def test_the_order_of_the_rows_changes_no_tree() -> None:
    rng = np.random.default_rng(6)
    X, order = rng.normal(size=(2000, 4)), rng.permutation(2000)
    y = (X[:, 0] + X[:, 1] ** 2 + rng.normal(size=2000) > 1).astype(int)
    one = DecisionTreeClassifier(max_bins=16, max_depth=5).fit(X, y).tree_
    two = DecisionTreeClassifier(max_bins=16, max_depth=5).fit(X[order], y[order]).tree_
    np.testing.assert_array_equal(one.feature, two.feature)
    np.testing.assert_array_equal(one.threshold, two.threshold)


def test_a_row_twice_is_a_row_of_weight_two_and_one_of_weight_zero_is_none() -> None:
    rng = np.random.default_rng(7)
    X, Z = rng.normal(size=(1200, 4)), rng.normal(size=(1000, 4))
    y, times = X[:, 0] + rng.normal(size=1200), rng.integers(0, 3, size=1200)
    options: dict[str, Any] = {"max_depth": 6, "max_bins": 12}
    weighted = DecisionTreeRegressor(**options).fit(X, y, times)
    repeated = DecisionTreeRegressor(**options).fit(X.repeat(times, axis=0), y.repeat(times))
    np.testing.assert_array_equal(weighted.tree_.threshold, repeated.tree_.threshold)
    np.testing.assert_allclose(weighted.predict(Z), repeated.predict(Z), atol=1e-10)


def test_adult_is_told_apart_as_well_by_bins(shared_data: Path) -> None:
    train, test = (pd.read_csv(shared_data / f"adult_{part}.csv") for part in ("train", "test"))
    X, Z = (part.drop(columns="income") for part in (train, test))
    exact, bins = (
        DecisionTreeClassifier(min_samples_leaf=20, max_bins=max_bins).fit(X, train["income"]).score(Z, test["income"])
        for max_bins in (None, 255)
    )
    assert bins >= exact - 0.003


def test_diamonds_are_priced_as_well_by_bins(shared_data: Path) -> None:
    frame = pl.read_csv(shared_data / "diamonds.csv").sample(fraction=1.0, shuffle=True, seed=0)
    X, y = frame.drop("price"), frame["price"].to_numpy()
    exact, bins = (
        DecisionTreeRegressor(min_samples_leaf=10, max_bins=max_bins)
        .fit(X[:40_000], y[:40_000])
        .score(X[40_000:], y[40_000:])
        for max_bins in (None, 255)
    )
    assert bins >= exact - 0.003


@pytest.mark.parametrize(
    "kind", [DecisionTreeClassifier, RandomForestClassifier, RandomForestRegressor, GradientBoostingRegressor]
)
def test_whatever_grows_trees_by_search_takes_bins_and_is_saved_with_them(kind: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    X = rng.normal(size=(400, 3))
    y = (X[:, 0] > 0).astype(int)
    options = {} if kind is DecisionTreeClassifier else {"n_estimators": 3}
    model = kind(max_bins=4, max_depth=1, random_state=0, **options).fit(X, y)
    trees = [model] if kind is DecisionTreeClassifier else np.ravel(model.estimators_)
    for tree in trees:
        f, cut = tree.tree_.feature[0], tree.tree_.threshold[0]
        assert (X[:, f] <= cut).sum() in (100, 200, 300)
    pellucid.save(model, tmp_path / "m")
    again = pellucid.load(tmp_path / "m")
    assert again.max_bins == 4
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_more_categories_than_there_are_codes_are_refused() -> None:
    frame = pl.DataFrame({"city": [f"c{i:03}" for i in range(300)], "size": np.arange(300.0)})
    with pytest.raises(DataError, match="column 'city' has 300 categories, and max_bins leaves room for 255; put rare"):
        DecisionTreeRegressor(max_bins=16).fit(frame, np.arange(300.0))
    few = frame.with_columns(city=pl.Series([f"c{i % 255:03}" for i in range(300)]))
    assert DecisionTreeRegressor(max_bins=16).fit(few, np.arange(300.0)).get_n_leaves() > 1


@pytest.mark.parametrize("bad", [1, 256, 0.5, "many"])
def test_other_numbers_of_bins_are_refused(bad: Any) -> None:
    with pytest.raises(ParameterError, match="max_bins"):
        DecisionTreeClassifier(max_bins=bad).fit([[0.0], [1.0]], [0, 1])


def test_a_column_without_a_value_is_no_hindrance() -> None:
    X = np.column_stack([np.full(60, np.nan), np.arange(60.0)])
    model = DecisionTreeRegressor(max_bins=8).fit(X, np.arange(60.0))
    assert (model.tree_.feature[model.tree_.feature >= 0] == 1).all() and model.get_n_leaves() == 8
