"""Grid search: scikit-learn's table, whatever n_jobs is."""

from typing import Any

import numpy as np
import pytest
import sklearn.linear_model
import sklearn.model_selection
from joblib import parallel_config

from pellucid.linear_model import LogisticRegression
from pellucid.model_selection import GridSearchCV

RNG = np.random.default_rng(3)
X = RNG.normal(size=(90, 3))
Y = np.digitize(X[:, 0] + RNG.normal(size=90), [-0.5, 0.5])
GRIDS: list[Any] = [
    {"C": [0.01, 1.0, 100.0], "fit_intercept": [True, False]},
    [{"C": [0.01, 1.0]}, {"solver": ["lbfgs", "newton-cg"], "tol": [1e-4]}, {}],
]


@pytest.mark.parametrize("grid", GRIDS, ids=["one grid", "several grids"])
@pytest.mark.parametrize("scoring", [None, "neg_log_loss", ["accuracy", "f1_macro"]], ids=str)
def test_the_table_is_that_of_scikit_learn(grid: Any, scoring: Any) -> None:
    refit = "f1_macro" if isinstance(scoring, list) else True
    given = {"scoring": scoring, "refit": refit, "cv": 3, "return_train_score": True}
    model = sklearn.linear_model.LogisticRegression()
    ours = GridSearchCV(model, grid, **given).fit(X, Y)
    theirs = sklearn.model_selection.GridSearchCV(model, grid, **given).fit(X, Y)
    assert list(ours.cv_results_) == list(theirs.cv_results_)
    for name, column in theirs.cv_results_.items():
        if name == "params":
            assert ours.cv_results_[name] == column
        elif name.startswith("param_"):
            assert ours.cv_results_[name].mask.tolist() == np.ma.getmaskarray(column).tolist()
            assert ours.cv_results_[name].tolist() == column.tolist()
            assert ours.cv_results_[name].dtype == column.dtype
        elif not name.endswith("_time"):
            np.testing.assert_allclose(ours.cv_results_[name], column, rtol=1e-9, atol=1e-12, err_msg=name)
            assert ours.cv_results_[name].dtype == column.dtype
    assert ours.best_params_ == theirs.best_params_ and ours.best_index_ == theirs.best_index_
    assert ours.best_score_ == pytest.approx(theirs.best_score_) and ours.multimetric_ == theirs.multimetric_
    assert ours.predict(X).tolist() == theirs.predict(X).tolist()
    assert ours.score(X, Y) == pytest.approx(theirs.score(X, Y))


def test_the_result_does_not_depend_on_n_jobs() -> None:
    one = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}).fit(X, Y)
    with parallel_config(backend="threading"):
        many = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, n_jobs=3).fit(X, Y)
    for name, column in one.cv_results_.items():
        if "test_score" in name:
            assert many.cv_results_[name].tolist() == column.tolist()


def test_the_given_estimator_is_left_as_it_was() -> None:
    model = LogisticRegression(C=7.0)
    GridSearchCV(model, {"C": [0.1]}).fit(X, Y)
    assert model.C == 7.0 and not hasattr(model, "coef_")
