"""Copies are drawn by their number, left-out rows score them, and the mean is that of the copies."""

from typing import Any

import numpy as np
import pytest
import sklearn.ensemble
import sklearn.linear_model
from sklearn.datasets import load_diabetes, load_iris, make_classification

from pellucid.base import Callback
from pellucid.ensemble import BaggingClassifier, BaggingRegressor
from pellucid.errors import DataWarning, ParameterError
from pellucid.linear_model import LogisticRegression, Ridge
from pellucid.pipeline import make_pipeline
from pellucid.preprocessing import StandardScaler
from pellucid.svm import LinearSVC
from pellucid.tree import DecisionTreeClassifier

X, y = load_iris(return_X_y=True)
Z, t = load_diabetes(return_X_y=True)
HALF = {"max_samples": 0.5, "max_features": 3, "random_state": 1}


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_the_result_does_not_depend_on_n_jobs(n_jobs: int) -> None:
    one = BaggingClassifier(n_estimators=25, oob_score=True, random_state=0).fit(X, y)
    many = BaggingClassifier(n_estimators=25, oob_score=True, random_state=0, n_jobs=n_jobs).fit(X, y)
    np.testing.assert_array_equal(one.predict_proba(X), many.predict_proba(X))
    assert one.oob_score_ == many.oob_score_


def test_a_smaller_ensemble_is_the_beginning_of_a_larger_one() -> None:
    small, large = (BaggingRegressor(n_estimators=n, **HALF).fit(Z, t) for n in (3, 6))
    for a, b in zip(small.estimators_samples_, large.estimators_samples_, strict=False):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(small.estimators_[2].predict(Z[:, :3]), large.estimators_[2].predict(Z[:, :3]))


def test_each_copy_is_the_model_fitted_to_its_draw_and_the_whole_their_mean() -> None:
    model = BaggingRegressor(Ridge(), n_estimators=4, **HALF).fit(Z, t)
    said = []
    for rows, columns in zip(model.estimators_samples_, model.estimators_features_, strict=True):
        assert len(rows) == len(Z) // 2 and len(columns) == len(set(columns)) == 3
        said.append(Ridge().fit(Z[np.ix_(rows, columns)], t[rows]).predict(Z[:, columns]))
    np.testing.assert_allclose(model.predict(Z), np.mean(said, axis=0), rtol=1e-12)


def test_rows_drawn_without_replacement_come_once_and_columns_with_it_may_come_twice() -> None:
    model = BaggingRegressor(Ridge(), 5, max_samples=30, bootstrap=False, bootstrap_features=True, random_state=0)
    model.fit(Z, t)
    assert all(len(set(rows)) == 30 for rows in model.estimators_samples_)
    assert any(len(set(columns)) < 10 for columns in model.estimators_features_)


def test_rows_are_drawn_by_their_weight_and_those_of_weight_zero_never() -> None:
    weight = np.array([0.0, 1.0, 3.0, 0.0])
    model = BaggingRegressor(Ridge(), 2000, random_state=0).fit(np.eye(4), np.arange(4.0), weight)
    rows = np.concatenate(model.estimators_samples_)  # among the two rows that count, 4000 draws
    assert abs((rows == 1).mean() - 0.75) < 4 * np.sqrt(0.75 * 0.25 / len(rows))


@pytest.mark.parametrize("role", ["classifier", "regressor"])
def test_left_out_rows_are_judged_by_the_copies_that_did_not_draw_them(role: str) -> None:
    kind, data, target = (BaggingClassifier, X, y) if role == "classifier" else (BaggingRegressor, Z, t)
    model: Any = kind(n_estimators=30, oob_score=True, random_state=0).fit(data, target)
    row = 5
    fair = [part for part, drawn in zip(model.estimators_, model.estimators_samples_, strict=True) if row not in drawn]
    asked = "predict_proba" if role == "classifier" else "predict"
    noted = model.oob_decision_function_ if role == "classifier" else model.oob_prediction_
    wanted = np.mean([getattr(part, asked)(data[[row]]) for part in fair], axis=0)[0]
    np.testing.assert_allclose(noted[row], wanted, rtol=1e-12)
    assert model.oob_score_ < model.score(data, target)


def test_rows_that_every_copy_drew_have_no_score_and_that_is_said() -> None:
    with pytest.warns(DataWarning, match="rows were drawn by every copy"):
        model = BaggingClassifier(n_estimators=1, oob_score=True, random_state=0).fit(X, y)
    assert np.isnan(model.oob_decision_function_).any()


def test_copies_without_probabilities_vote_and_a_class_a_copy_did_not_draw_has_no_share() -> None:
    model = BaggingClassifier(LinearSVC(), 5, random_state=0).fit(StandardScaler().fit_transform(X), y)
    assert set(np.unique(model.predict_proba(X[:5] - 5) * 5)) <= set(range(6))
    few = BaggingClassifier(DecisionTreeClassifier(), 20, max_samples=2, random_state=0).fit(X, y)
    assert few.predict_proba(X).shape == (150, 3)


def test_the_decision_is_the_mean_of_the_copies_and_there_only_where_they_have_one() -> None:
    model = BaggingClassifier(LogisticRegression(), 3, random_state=0).fit(X, y)
    wanted = np.mean([part.decision_function(X) for part in model.estimators_], axis=0)
    np.testing.assert_allclose(model.decision_function(X), wanted, rtol=1e-12)
    assert not hasattr(BaggingClassifier(), "decision_function")


def test_scikit_learns_estimators_and_pipelines_are_copied_too_and_seeded() -> None:
    theirs = sklearn.linear_model.SGDClassifier(loss="log_loss")
    one, two = (BaggingClassifier(theirs, 3, random_state=4).fit(X, y).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    model = BaggingClassifier(make_pipeline(StandardScaler(), LogisticRegression()), 3, random_state=4).fit(X, y)
    assert model.set_params(estimator__logisticregression__C=3.0).estimator.named_steps.logisticregression.C == 3.0


def test_a_callback_sees_each_copy_and_can_stop_there() -> None:
    class Three(Callback):
        def on_step_end(self, estimator: Any, step: int, values: object) -> bool:
            assert len(estimator.estimators_) == step and estimator.predict(X[:2]).shape == (2,)
            return step == 3

    for n_jobs in (None, 2):
        model = BaggingClassifier(n_estimators=9, random_state=0, n_jobs=n_jobs).set_callbacks(Three()).fit(X, y)
        assert len(model.estimators_) == 3


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"max_features": 5}, "max_features is 5, and there are 4"),
        ({"max_samples": 151, "bootstrap": False}, "max_samples is 151, and there are 150"),
        ({"oob_score": True, "bootstrap": False}, "set bootstrap=True"),
        ({"estimator": Ridge()}, "should be a classifier"),
    ],
    ids=str,
)
def test_what_cannot_be_drawn_is_refused(params: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        BaggingClassifier(**params).fit(X, y)


def test_it_scores_as_scikit_learns() -> None:
    gaps = []
    for seed in range(5):
        A, b = make_classification(1500, 15, n_informative=8, n_classes=3, flip_y=0.05, random_state=seed)
        ours = BaggingClassifier(n_estimators=25, random_state=seed).fit(A[:600], b[:600]).score(A[600:], b[600:])
        peer = sklearn.ensemble.BaggingClassifier(n_estimators=25, random_state=seed).fit(A[:600], b[:600])
        gaps.append(ours - peer.score(A[600:], b[600:]))
    assert np.mean(gaps) > -0.01  # 4500 test rows: two standard errors of a difference
