"""Votes and means are counted as scikit-learn counts them."""

import numpy as np
import pytest
import sklearn.ensemble
import sklearn.linear_model
import sklearn.naive_bayes
import sklearn.tree
from sklearn.datasets import load_iris, make_regression

from pellucid.ensemble import VotingClassifier, VotingRegressor
from pellucid.errors import DataError, ParameterError
from pellucid.linear_model import LogisticRegression, Ridge
from pellucid.svm import LinearSVC
from pellucid.tree import DecisionTreeClassifier

X, y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])


def theirs() -> list[tuple[str, object]]:
    return [
        ("line", sklearn.linear_model.LogisticRegression(max_iter=1000)),
        ("bayes", sklearn.naive_bayes.GaussianNB()),
        ("tree", sklearn.tree.DecisionTreeClassifier(max_depth=1, random_state=0)),
    ]


@pytest.mark.parametrize("voting", ["hard", "soft"])
@pytest.mark.parametrize("weights", [None, [1, 2, 3]], ids=str)
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_with_scikit_learns_parts_it_says_what_scikit_learns_says(voting: str, weights: object, n_jobs: object) -> None:
    given = np.arange(len(y)) % 3 + 1.0
    ours = VotingClassifier(theirs(), voting=voting, weights=weights, n_jobs=n_jobs).fit(X, NAMES[y], given)
    peer = sklearn.ensemble.VotingClassifier(theirs(), voting=voting, weights=weights)
    peer.fit(X, NAMES[y], sample_weight=given)
    np.testing.assert_array_equal(ours.predict(X), peer.predict(X))
    np.testing.assert_allclose(ours.transform(X), peer.transform(X), rtol=0, atol=1e-12)
    assert ours.get_feature_names_out().tolist() == peer.get_feature_names_out().tolist()
    if voting == "soft":
        np.testing.assert_allclose(ours.predict_proba(X), peer.predict_proba(X), rtol=0, atol=1e-12)


def test_a_tie_goes_to_the_label_that_sorts_first() -> None:
    parts = [("one", DecisionTreeClassifier()), ("two", DecisionTreeClassifier(max_depth=1))]
    model = VotingClassifier(parts).fit([[0.0], [1.0], [2.0], [3.0]], ["b", "a", "c", "c"])
    one, two = (part.predict([[0.0]]).item() for part in model.estimators_)
    assert (one, two) == ("b", "a") and model.predict([[0.0]]).tolist() == ["a"]


def test_parts_of_both_makes_vote_together_and_learn_the_labels_themselves() -> None:
    parts = [("ours", LogisticRegression()), *theirs()]
    model = VotingClassifier(parts, voting="soft").fit(X, NAMES[y])
    assert model.score(X, NAMES[y]) > 0.95
    assert model.named_estimators_.ours.predict(X[:1]).tolist() == ["setosa"]


def test_only_a_soft_vote_has_probabilities() -> None:
    model = VotingClassifier([("line", LogisticRegression())])
    assert not hasattr(model, "predict_proba") and not hasattr(model, "predict_log_proba")
    assert hasattr(model.set_params(voting="soft"), "predict_proba")


def test_a_soft_vote_names_the_part_without_probabilities() -> None:
    with pytest.raises(ParameterError, match="'svc' is a LinearSVC, which has no predict_proba; use voting='hard'"):
        VotingClassifier([("svc", LinearSVC())], voting="soft").fit(X, y)


def test_one_weight_is_wanted_for_each_part_and_one_of_them_above_zero() -> None:
    with pytest.raises(ParameterError, match="got 2 weights, 1 estimators"):
        VotingRegressor([("line", Ridge())], weights=[1, 2]).fit(X, y)
    with pytest.raises(DataError, match="every sample_weight is zero"):
        VotingRegressor([("line", Ridge())], weights=[0]).fit(X, y)


def test_the_mean_of_regressors_is_scikit_learns() -> None:
    Z, t = make_regression(50, 4, noise=3.0, random_state=1)
    parts = [("line", sklearn.linear_model.Ridge()), ("tree", sklearn.tree.DecisionTreeRegressor(random_state=0))]
    ours = VotingRegressor(parts, weights=[1, 3]).fit(Z, t)
    peer = sklearn.ensemble.VotingRegressor(parts, weights=[1, 3]).fit(Z, t)
    np.testing.assert_allclose(ours.predict(Z), peer.predict(Z), rtol=1e-12)
    assert ours.get_feature_names_out().tolist() == peer.get_feature_names_out().tolist()
