"""Random forests score as scikit-learn's."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn.ensemble
from sklearn.datasets import make_classification

from pellucid.ensemble import RandomForestClassifier, RandomForestRegressor
from pellucid.errors import NotFittedError

SCORE_GAP = 0.003  # the most by which a mean over the seeds may be worse


@pytest.mark.slow
def test_a_forest_scores_as_that_of_scikit_learn_on_made_data() -> None:
    gaps = []
    for seed in range(5):
        X, y = make_classification(6000, 15, n_informative=8, n_classes=3, flip_y=0.05, random_state=seed)
        ours = RandomForestClassifier(random_state=seed).fit(X[:1500], y[:1500]).score(X[1500:], y[1500:])
        peer = sklearn.ensemble.RandomForestClassifier(random_state=seed).fit(X[:1500], y[:1500])
        gaps.append(ours - peer.score(X[1500:], y[1500:]))
    assert np.mean(gaps) > -SCORE_GAP


@pytest.mark.slow
def test_a_forest_scores_as_that_of_scikit_learn_on_adult(shared_data: Path) -> None:
    train, test = (pd.read_csv(shared_data / f"adult_{part}.csv") for part in ("train", "test"))
    X, Z = (part.drop(columns="income") for part in (train, test))
    both = pd.concat([X, Z]).apply(lambda c: c if c.dtype.kind in "if" else c.astype("category").cat.codes)
    gaps = []
    for seed in range(5):
        ours = RandomForestClassifier(n_estimators=30, random_state=seed).fit(X, train["income"])
        peer = sklearn.ensemble.RandomForestClassifier(n_estimators=30, random_state=seed)
        peer.fit(both[: len(X)], train["income"])
        gaps.append(ours.score(Z, test["income"]) - peer.score(both[len(X) :], test["income"]))
    assert np.mean(gaps) > -SCORE_GAP


@pytest.mark.slow
def test_a_forest_scores_as_that_of_scikit_learn_on_diamonds(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "diamonds.csv").sample(frac=1.0, random_state=0)
    X, y = frame.drop(columns="price"), np.log(frame["price"].to_numpy())
    coded = X.apply(lambda c: c if c.dtype.kind in "if" else c.astype("category").cat.codes)
    gaps = []
    for seed in range(5):
        ours = RandomForestRegressor(n_estimators=20, random_state=seed).fit(X[:10000], y[:10000])
        peer = sklearn.ensemble.RandomForestRegressor(n_estimators=20, random_state=seed).fit(coded[:10000], y[:10000])
        gaps.append(ours.score(X[10000:], y[10000:]) - peer.score(coded[10000:], y[10000:]))
    assert np.mean(gaps) > -SCORE_GAP


def test_before_fit_importances_are_not_fitted_and_after_it_classes_are_counted() -> None:
    X, y = make_classification(60, 5, n_informative=3, n_redundant=0, n_classes=3, random_state=0)
    forest = RandomForestClassifier(n_estimators=2, random_state=0)
    with pytest.raises(
        NotFittedError, match="RandomForestClassifier is not fitted yet: call fit first, then feature_i"
    ):
        _ = forest.feature_importances_
    assert forest.fit(X, y).n_classes_ == 3
