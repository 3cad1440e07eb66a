"""Evaluations: in order, alike in one process and in several, and honest about what failed."""

from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn import model_selection as theirs
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from pellucid import model_selection as ours
from pellucid.errors import DataError, PellucidWarning
from pellucid.metrics import check_scorers
from pellucid.model_selection._evaluation import Bench, Outcome, Task, check_failures, evaluate, in_order

X = np.random.default_rng(0).normal(size=(20, 2))
Y = X[:, 0] + 1.0
ROWS = np.arange(20)


class Weighted(LinearRegression):  # type: ignore[misc]
    """Notes what fit was given."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, note: Any = None) -> Any:
        self.given_ = len(X), sample_weight, note
        return super().fit(X, y, sample_weight)


def bench(**given: Any) -> Bench:
    return Bench(Weighted(), X, Y, check_scorers(Weighted(), ["r2", "neg_mean_squared_error"]), **given)


@pytest.mark.parametrize("backend", ["threading", "sequential", pytest.param("loky", marks=pytest.mark.slow)])
def test_results_come_in_order_whatever_runs_them(backend: str) -> None:
    with parallel_config(backend=backend):
        assert list(in_order(pow, [(k, 2) for k in range(20)], n_jobs=2)) == [k * k for k in range(20)]


def test_what_has_an_entry_a_row_is_cut_to_the_training_rows_and_the_rest_passed_on() -> None:
    given = {"sample_weight": np.arange(1, 21), "note": "as it is"}
    outcome = evaluate(bench(fit_params=given, return_estimator=True), Task(ROWS[5:], ROWS[:5]))
    n, weight, note = outcome.estimator.given_
    assert (n, weight.tolist(), note) == (15, list(range(6, 21)), "as it is")


def test_parameters_are_set_on_a_clone() -> None:
    model = bench()
    outcome = evaluate(model, Task(ROWS, ROWS, {"fit_intercept": False}))
    assert outcome.test["r2"] < 1 and model.estimator.fit_intercept and not hasattr(model.estimator, "coef_")


def test_one_scorer_that_fails_leaves_the_other_standing() -> None:
    scorers = check_scorers(Weighted(), {"r2": "r2", "ranks": "neg_log_loss"})
    outcome = evaluate(Bench(Weighted(), X, Y, scorers), Task(ROWS, ROWS))
    assert list(outcome.test) == ["r2"] and "no predict_proba" in outcome.failures[0]
    with pytest.raises(DataError, match="no predict_proba"):
        evaluate(Bench(Weighted(), X, Y, scorers, error_score="raise"), Task(ROWS, ROWS))


def test_failures_are_told_once_and_a_whole_failure_is_an_error() -> None:
    good, bad = Outcome({"score": 1.0}, {}, 0.0, 0.0), Outcome({}, {}, 0.0, 0.0, ("ValueError: no",))
    check_failures([good, good], np.nan, where="here")
    with pytest.warns(PellucidWarning, match="here: 1 of 2 evaluations failed and count as nan; the first said: V.*no"):
        check_failures([good, bad], np.nan, where="here")
    with pytest.raises(DataError, match="All the 2 fits failed; the first said: ValueError: no"):
        check_failures([bad, bad], np.nan, where="here")


def test_of_kernels_and_distances_folds_take_rows_and_columns_as_scikit_learn_does() -> None:
    rng = np.random.default_rng(0)
    rows, y = rng.normal(size=(40, 3)), np.arange(40) % 2
    kernel, far = rows @ rows.T, np.linalg.norm(rows[:, None] - rows, axis=2)
    for model, square in ((SVC(kernel="precomputed"), kernel), (KNeighborsClassifier(metric="precomputed"), far)):
        asked: dict[str, Any] = {"cv": 4, "return_train_score": True}
        own, their = (house.cross_validate(model, square, y, **asked) for house in (ours, theirs))
        for name in ("test_score", "train_score"):
            np.testing.assert_array_equal(own[name], their[name])
        predicted = [house.cross_val_predict(model, square, y, cv=4) for house in (ours, theirs)]
        np.testing.assert_array_equal(*predicted)
        curves = [house.learning_curve(model, square, y, cv=4, train_sizes=[0.5, 1.0])[2] for house in (ours, theirs)]
        np.testing.assert_array_equal(*curves)
    grid = {"kernel": ["precomputed", "linear"], "C": [0.1, 1.0]}
    own, their = (house.GridSearchCV(SVC(), grid, cv=4).fit(kernel, y) for house in (ours, theirs))
    np.testing.assert_array_equal(own.cv_results_["mean_test_score"], their.cv_results_["mean_test_score"])
    with pytest.raises(DataError, match="X should be a square kernel or distance matrix"):
        ours.cross_val_score(SVC(kernel="precomputed"), rows, y, error_score="raise")
