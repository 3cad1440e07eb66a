"""Extremely randomised forests score as scikit-learn's, and their cuts are drawn."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn.ensemble
from sklearn.datasets import make_classification, make_friedman1

from pellucid.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

SCORE_GAP = 0.003  # the most by which a mean over the seeds may be worse


@pytest.mark.slow
def test_a_forest_of_drawn_cuts_scores_as_that_of_scikit_learn() -> None:
    gaps = []
    for seed in range(5):
        X, y = make_classification(6000, 15, n_informative=8, n_classes=3, flip_y=0.05, random_state=seed)
        ours = ExtraTreesClassifier(random_state=seed).fit(X[:1500], y[:1500])
        peer = sklearn.ensemble.ExtraTreesClassifier(random_state=seed).fit(X[:1500], y[:1500])
        gaps.append(ours.score(X[1500:], y[1500:]) - peer.score(X[1500:], y[1500:]))
    assert np.mean(gaps) > -SCORE_GAP


@pytest.mark.slow
def test_a_forest_of_drawn_cuts_predicts_numbers_as_that_of_scikit_learn() -> None:
    gaps = []
    for seed in range(5):
        X, y = make_friedman1(2000, noise=1.0, random_state=seed)
        ours = ExtraTreesRegressor(random_state=seed).fit(X[:1000], y[:1000])
        peer = sklearn.ensemble.ExtraTreesRegressor(random_state=seed).fit(X[:1000], y[:1000])
        gaps.append(ours.score(X[1000:], y[1000:]) - peer.score(X[1000:], y[1000:]))
    assert np.mean(gaps) > -SCORE_GAP


@pytest.mark.slow
def test_a_forest_of_drawn_cuts_scores_as_that_of_scikit_learn_on_adult(shared_data: Path) -> None:
    train, test = (pd.read_csv(shared_data / f"adult_{part}.csv") for part in ("train", "test"))
    X, Z = (part.drop(columns="income") for part in (train, test))
    both = pd.concat([X, Z]).apply(lambda c: c if c.dtype.kind in "if" else c.astype("category").cat.codes)
    gaps = []
    for seed in range(5):
        ours = ExtraTreesClassifier(n_estimators=30, random_state=seed).fit(X, train["income"])
        peer = sklearn.ensemble.ExtraTreesClassifier(n_estimators=30, random_state=seed)
        peer.fit(both[: len(X)], train["income"])
        gaps.append(ours.score(Z, test["income"]) - peer.score(both[len(X) :], test["income"]))
    assert np.mean(gaps) > -SCORE_GAP


@pytest.mark.slow
def test_a_forest_of_drawn_cuts_scores_as_that_of_scikit_learn_on_diamonds(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "diamonds.csv").sample(frac=1.0, random_state=0)
    X, y = frame.drop(columns="price"), np.log(frame["price"].to_numpy())
    coded = X.apply(lambda c: c if c.dtype.kind in "if" else c.astype("category").cat.codes)
    gaps = []
    for seed in range(5):
        ours = ExtraTreesRegressor(n_estimators=20, random_state=seed).fit(X[:10000], y[:10000])
        peer = sklearn.ensemble.ExtraTreesRegressor(n_estimators=20, random_state=seed).fit(coded[:10000], y[:10000])
        gaps.append(ours.score(X[10000:], y[10000:]) - peer.score(coded[10000:], y[10000:]))
    assert np.mean(gaps) > -SCORE_GAP


def test_the_cuts_of_two_trees_that_see_the_same_rows_differ() -> None:
    X = np.linspace(0.0, 1.0, 50)[:, None]
    model = ExtraTreesRegressor(n_estimators=200, random_state=0).fit(X, X[:, 0])
    cuts = np.array([tree.tree_.threshold[0] for tree in model.estimators_])
    assert len(set(cuts)) == 200
    assert np.histogram(cuts, bins=4, range=(0, 1))[0].min() > 25  # of 50 expected in each quarter; four deviations
