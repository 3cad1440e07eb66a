"""Boosting by histograms, against scikit-learn's and by its laws."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.ensemble
from sklearn.datasets import make_classification, make_friedman1

from pellucid.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from pellucid.errors import DataError, ParameterError

SCORE_GAP = 0.003  # the most by which a mean over the seeds may be worse
BOTH: list[Any] = [HistGradientBoostingClassifier, HistGradientBoostingRegressor]


@pytest.mark.slow
@pytest.mark.parametrize("n_classes", [2, 4])
def test_it_scores_as_that_of_scikit_learn_on_made_classes(n_classes: int) -> None:
    gaps = []
    for seed in range(5):
        X, y = make_classification(
            6000, 12, n_informative=6, n_classes=n_classes, n_clusters_per_class=1, flip_y=0.05, random_state=seed
        )
        ours = HistGradientBoostingClassifier(max_iter=40).fit(X[:2000], y[:2000])
        peer = sklearn.ensemble.HistGradientBoostingClassifier(max_iter=40, early_stopping=False)
        gaps.append(ours.score(X[2000:], y[2000:]) - peer.fit(X[:2000], y[:2000]).score(X[2000:], y[2000:]))
    assert np.mean(gaps) > -SCORE_GAP


@pytest.mark.slow
def test_it_scores_as_that_of_scikit_learn_on_made_numbers() -> None:
    gaps = []
    for seed in range(5):
        X, y = make_friedman1(6000, noise=1.0, random_state=seed)
        ours = HistGradientBoostingRegressor().fit(X[:2000], y[:2000])
        peer = sklearn.ensemble.HistGradientBoostingRegressor(early_stopping=False).fit(X[:2000], y[:2000])
        gaps.append(ours.score(X[2000:], y[2000:]) - peer.score(X[2000:], y[2000:]))
    assert np.mean(gaps) > -SCORE_GAP


def test_few_values_and_no_ties_give_the_numbers_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(200, size=(1500, 4)).astype(float)
    X[rng.random(X.shape) < 0.1] = np.nan
    y = np.nan_to_num(X[:, 0]) + rng.normal(size=1500) * 40
    ours = HistGradientBoostingRegressor(max_iter=15).fit(X, y)
    peer = sklearn.ensemble.HistGradientBoostingRegressor(max_iter=15, early_stopping=False).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), peer.predict(X), rtol=1e-3)  # its gradients are float32


@pytest.mark.slow
def test_it_scores_as_that_of_scikit_learn_on_adult_and_takes_its_text(shared_data: Path) -> None:
    train, test = (pd.read_csv(shared_data / f"adult_{part}.csv") for part in ("train", "test"))
    X, Z = (part.drop(columns="income") for part in (train, test))
    coded = [part.apply(lambda c: c if c.dtype.kind in "if" else c.astype("category")) for part in (X, Z)]
    ours = HistGradientBoostingClassifier().fit(X, train["income"])
    peer = sklearn.ensemble.HistGradientBoostingClassifier(early_stopping=False, categorical_features="from_dtype")
    peer.fit(coded[0], train["income"])
    assert ours.score(Z, test["income"]) > peer.score(coded[1], test["income"]) - SCORE_GAP


@pytest.mark.slow
def test_it_scores_as_that_of_scikit_learn_on_diamonds_and_takes_their_text(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "diamonds.csv")
    gaps = []
    for seed in range(5):  # it draws nothing: the rows to learn from are drawn
        drawn = frame.sample(frac=1.0, random_state=seed)
        X, y = drawn.drop(columns="price"), np.log(drawn["price"].to_numpy())
        coded = X.apply(lambda c: c if c.dtype.kind in "if" else c.astype("category"))
        ours = HistGradientBoostingRegressor().fit(X[:40000], y[:40000])
        peer = sklearn.ensemble.HistGradientBoostingRegressor(early_stopping=False, categorical_features="from_dtype")
        peer.fit(coded[:40000], y[:40000])
        gaps.append(ours.score(X[40000:], y[40000:]) - peer.score(coded[40000:], y[40000:]))
    assert np.mean(gaps) > -SCORE_GAP


@pytest.mark.parametrize("kind", BOTH)
def test_a_row_of_weight_two_is_a_row_twice_where_rows_are_not_counted(kind: Any) -> None:
    rng = np.random.default_rng(0)
    X, times = rng.normal(size=(200, 3)), rng.integers(0, 3, size=200)
    y = (X[:, 0] + rng.normal(size=200) > 0).astype(int)
    model = kind(max_iter=10, min_samples_leaf=1, max_leaf_nodes=6)
    weighted = model.fit(X, y, times).predict(X)
    np.testing.assert_allclose(weighted, model.fit(X.repeat(times, axis=0), y.repeat(times)).predict(X), atol=1e-9)


@pytest.mark.parametrize("kind", BOTH)
def test_bending_features_upwards_changes_nothing_while_each_value_has_its_bin(kind: Any) -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(100, size=(300, 3)) / 10.0
    y = (X[:, 0] > 5).astype(int) ^ (rng.random(300) < 0.1)
    plain, bent = kind(max_iter=10).fit(X, y).predict(X), kind(max_iter=10).fit(np.exp(X), y).predict(np.exp(X))
    np.testing.assert_array_equal(plain, bent)


@pytest.mark.parametrize("kind", BOTH)
def test_a_category_unseen_at_fit_goes_where_a_missing_one_goes(kind: Any) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"c": rng.choice(["a", "b", "c", None], 300).tolist(), "x": rng.normal(size=300)})
    y = (frame["c"].fill_null("z") > "a").to_numpy() ^ (rng.random(300) < 0.1)
    model = kind(max_iter=10).fit(frame, y.astype(int))
    unseen, missing = (frame.with_columns(c=pl.lit(c, dtype=pl.String)) for c in ("zebra", None))
    np.testing.assert_array_equal(model.predict(unseen), model.predict(missing))
    assert len(np.unique(model.predict(frame))) > 1


@pytest.mark.parametrize("signs", [[1, -1, 0], [0, 1, 1]])
def test_bounded_answers_are_those_of_scikit_learn_and_keep_to_their_signs(signs: list[int]) -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(100, size=(1200, 3)).astype(float)
    y = np.sin(X[:, 0] / 9) * 3 - X[:, 1] / 20 + rng.normal(size=1200)
    ours = HistGradientBoostingRegressor(max_iter=12, monotonic_cst=signs).fit(X, y)
    peer = sklearn.ensemble.HistGradientBoostingRegressor(max_iter=12, early_stopping=False, monotonic_cst=signs)
    np.testing.assert_allclose(ours.predict(X), peer.fit(X, y).predict(X), rtol=1e-3, atol=1e-4)
    for f, sign in enumerate(signs):
        for start in X[:10]:
            rows = np.tile(start, (100, 1))
            rows[:, f] = np.arange(100)
            assert not sign or (sign * np.diff(ours.predict(rows)) >= -1e-12).all()


@pytest.mark.parametrize(
    ("options", "q"), [({"loss": "absolute_error"}, 0.5), ({"loss": "quantile", "quantile": 0.8}, 0.8)]
)
def test_the_loss_of_quantiles_is_as_low_as_that_of_scikit_learn(options: dict[str, Any], q: float) -> None:
    X, y = make_friedman1(3000, noise=2.0, random_state=0)
    ours = HistGradientBoostingRegressor(max_iter=60, **options).fit(X[:2000], y[:2000])
    peer = sklearn.ensemble.HistGradientBoostingRegressor(max_iter=60, early_stopping=False, **options)

    def loss(model: Any) -> float:
        gap = y[2000:] - model.predict(X[2000:])
        return float(np.maximum(q * gap, (q - 1) * gap).mean())

    assert loss(ours) < 1.02 * loss(peer.fit(X[:2000], y[:2000]))
    below = [(y[2000:] <= model.predict(X[2000:])).mean() for model in (ours, peer)]
    assert abs(below[0] - below[1]) < 0.03


def test_quantile_and_its_loss_go_together_and_bounds_are_not_for_it() -> None:
    X, y = np.arange(40.0)[:, None], np.arange(40.0)
    for options, words in (
        ({"loss": "quantile"}, "goes with"),
        ({"quantile": 0.5}, "goes with"),
        ({"loss": "absolute_error", "monotonic_cst": [1]}, "is not kept by loss='absolute_error'"),
    ):
        with pytest.raises(ParameterError, match=words):
            HistGradientBoostingRegressor(**options).fit(X, y)


@pytest.mark.parametrize("factor", [1e-300, 1.0 / 500, 1e5, 1e200])
@pytest.mark.parametrize("kind", BOTH)
def test_a_common_factor_of_all_weights_changes_no_answer(kind: Any, factor: float) -> None:
    rng = np.random.default_rng(0)
    c, x, w = rng.integers(12, size=500), rng.normal(size=(500, 2)), rng.uniform(0.5, 2.0, 500)
    X = pd.DataFrame({"c": pd.Categorical(np.array(list("abcdefghijkl"))[c]), "x": x[:, 0], "z": x[:, 1]})
    y = (x[:, 0] + (c % 3) + rng.normal(size=500) > 1.0).astype(int)
    one, two = (kind(max_iter=20).fit(X, y, weight) for weight in (w, w * factor))
    assert np.ptp(one._scores(X)) > 0.5
    np.testing.assert_allclose(one._scores(X), two._scores(X), atol=1e-6)
    np.testing.assert_allclose(one.feature_importances_, two.feature_importances_, atol=1e-6)
    weights = [model.trees_[0].weighted_n_node_samples for model in (one, two)]
    np.testing.assert_allclose(weights[0] * factor, weights[1])


def test_weights_are_set_against_the_price_of_a_leaf_by_their_sum() -> None:
    X, y = np.arange(100.0)[:, None], np.repeat([0.0, 1.0], 50)
    dear, cheap = (
        HistGradientBoostingRegressor(max_iter=1, learning_rate=1.0, l2_regularization=10.0 * factor)
        .fit(X, y, np.full(100, factor))
        .predict(X)
        for factor in (2.0, 2.0**-400)
    )
    np.testing.assert_array_equal(dear, cheap)
    np.testing.assert_allclose(dear[0], 0.5 - 25.0 / 60.0)


def test_targets_are_fitted_up_to_the_size_whose_squares_floats_hold() -> None:
    X = np.random.default_rng(0).normal(size=(200, 2))
    one, two, three = (
        HistGradientBoostingRegressor(max_iter=5).fit(X, X[:, 0] * factor).predict(X)
        for factor in (1.0, 2.0**-600, 2.0**450)
    )
    np.testing.assert_array_equal(one * 2.0**-600, two)
    np.testing.assert_array_equal(one * 2.0**450, three)
    with pytest.raises(DataError, match="HistGradientBoostingRegressor: y reaches"):
        HistGradientBoostingRegressor().fit(X, X[:, 0] * 1e155)
    large = HistGradientBoostingRegressor("absolute_error", max_iter=5).fit(X, X[:, 0] * 2.0**900).predict(X)
    small = HistGradientBoostingRegressor("absolute_error", max_iter=5).fit(X, X[:, 0]).predict(X)
    np.testing.assert_array_equal(small * 2.0**900, large)
