"""The model on top learns from answers to rows the parts had not seen, as scikit-learn's does."""

import numpy as np
import polars as pl
import pytest
import sklearn.ensemble
import sklearn.linear_model
import sklearn.naive_bayes
import sklearn.svm
import sklearn.tree
from sklearn.datasets import load_breast_cancer, load_iris, make_regression

from pellucid.ensemble import StackingClassifier, StackingRegressor
from pellucid.errors import ParameterError
from pellucid.linear_model import LinearRegression, LogisticRegression, Ridge
from pellucid.model_selection import KFold
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

IRIS = load_iris(return_X_y=True)
CANCER = load_breast_cancer(return_X_y=True)


def theirs() -> list[tuple[str, object]]:
    return [
        ("bayes", sklearn.naive_bayes.GaussianNB()),
        ("tree", sklearn.tree.DecisionTreeClassifier(max_depth=2, random_state=0)),
        ("ridge", sklearn.linear_model.RidgeClassifier()),
    ]


@pytest.mark.parametrize(("X", "y"), [IRIS, CANCER], ids=["three", "two"])
@pytest.mark.parametrize("passthrough", [False, True])
def test_on_the_same_folds_it_says_what_scikit_learns_says(X: np.ndarray, y: np.ndarray, passthrough: bool) -> None:
    folds = list(KFold(4, shuffle=True, random_state=0).split(X))
    weights = np.arange(len(y)) % 3 + 1.0
    top = sklearn.tree.DecisionTreeClassifier(max_depth=4, random_state=0)
    options = {"cv": folds, "passthrough": passthrough}
    ours = StackingClassifier(theirs(), top, n_jobs=2, **options).fit(X, y, weights)
    peer = sklearn.ensemble.StackingClassifier(theirs(), top, **options).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(ours.transform(X), peer.transform(X), rtol=1e-12)
    np.testing.assert_allclose(ours.predict_proba(X), peer.predict_proba(X), rtol=1e-12)
    assert ours.stack_method_ == peer.stack_method_ == ["predict_proba", "predict_proba", "decision_function"]
    assert ours.get_feature_names_out().tolist() == peer.get_feature_names_out().tolist()


def test_a_part_that_knows_its_rows_by_heart_earns_no_trust() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 5))
    y = X[:, 0] + 0.1 * rng.normal(size=200)
    noise = np.hstack([X, rng.normal(size=(200, 1))])
    by_heart = DecisionTreeRegressor(max_features=1, random_state=0)  # fits its rows exactly, others badly
    model = StackingRegressor([("line", LinearRegression()), ("tree", by_heart)], LinearRegression()).fit(noise, y)
    assert by_heart.fit(noise, y).score(noise, y) == 1.0
    line, tree = model.final_estimator_.coef_
    assert line > 0.9 and abs(tree) < 0.1


def test_parts_given_as_fitted_are_asked_as_they_are() -> None:
    X, y = IRIS
    part = DecisionTreeClassifier(max_depth=2).fit(X, y)
    model = StackingClassifier([("tree", part)], cv="prefit").fit(X, y)
    assert model.estimators_[0] is part
    np.testing.assert_array_equal(model.transform(X), part.predict_proba(X))
    with pytest.raises(ParameterError, match="'tree' is not fitted yet"):
        StackingClassifier([("tree", DecisionTreeClassifier())], cv="prefit").fit(X, y)


def test_labels_as_answers_stand_as_their_places_among_the_classes() -> None:
    X, y = IRIS
    named = np.array(["c", "a", "b"])[y]
    model = StackingClassifier([("tree", DecisionTreeClassifier())], stack_method="predict").fit(X, named)
    assert model.classes_[model.transform(X)[:, 0].astype(int)].tolist() == named.tolist()
    assert model.score(X, named) > 0.6


def test_a_part_that_lacks_the_method_asked_of_all_is_named() -> None:
    parts = [("svc", sklearn.svm.LinearSVC())]
    with pytest.raises(ParameterError, match="'svc' is a LinearSVC, which does not implement the method predict_proba"):
        StackingClassifier(parts, stack_method="predict_proba").fit(*IRIS)


def test_what_the_model_on_top_cannot_say_the_stack_does_not_offer() -> None:
    model = StackingClassifier([("line", LogisticRegression())], sklearn.linear_model.RidgeClassifier())
    assert not hasattr(model, "predict_proba") and hasattr(model, "decision_function")


def test_regressors_stack_as_scikit_learns_do_and_frames_pass_through() -> None:
    X, y = make_regression(80, 4, noise=5.0, random_state=0)
    parts = [("tree", sklearn.tree.DecisionTreeRegressor(random_state=0)), ("line", sklearn.linear_model.Ridge())]
    peer = sklearn.ensemble.StackingRegressor(parts, sklearn.linear_model.Ridge(), cv=3, passthrough=True).fit(X, y)
    ours = StackingRegressor(parts, Ridge(), cv=3, passthrough=True).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), peer.predict(X), rtol=1e-9)
    frame = pl.DataFrame(X, schema=["a", "b", "c", "d"])
    framed = StackingRegressor([("line", Ridge())], passthrough=True, cv=3).fit(frame, y)
    assert framed.get_feature_names_out().tolist() == ["stackingregressor_line", "a", "b", "c", "d"]
    assert framed.transform(frame).shape == (80, 5)


def test_the_final_estimator_must_have_the_same_role() -> None:
    with pytest.raises(ParameterError, match=r"Ridge \('final_estimator'\) should be a classifier"):
        StackingClassifier([("line", LogisticRegression())], Ridge()).fit(*IRIS)
