"""Steps follow each other as they say: stages, subsamples, rows to stop by, what comes before the first."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, make_classification, make_regression

from pellucid.base import Callback, History
from pellucid.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from pellucid.errors import ParameterError
from pellucid.linear_model import LinearRegression, LogisticRegression

Z, t = load_diabetes(return_X_y=True)
A, b = make_regression(201, 5, noise=10.0, random_state=0)
SMALL: dict[str, Any] = {"n_estimators": 15, "max_depth": 2, "random_state": 0}


def test_the_stages_are_the_smaller_models_and_the_last_is_the_model() -> None:
    model = GradientBoostingRegressor(**SMALL).fit(Z, t)
    stages = list(model.staged_predict(Z))
    np.testing.assert_allclose(stages[-1], model.predict(Z), rtol=1e-12)
    np.testing.assert_allclose(
        stages[4], GradientBoostingRegressor(**{**SMALL, "n_estimators": 5}).fit(Z, t).predict(Z), rtol=1e-12
    )


def test_the_prediction_is_the_sum_of_what_the_trees_say() -> None:
    model = GradientBoostingRegressor(**SMALL).fit(Z, t)
    assert model.estimators_.shape == (15, 1) and model.apply(Z).shape == (442, 15)  # as in scikit-learn
    added = sum(tree.predict(Z) for tree in model.estimators_[:, 0])
    np.testing.assert_allclose(model.predict(Z), t.mean() + 0.1 * added, rtol=1e-12)


def test_a_subsample_scores_the_rows_it_left_out() -> None:
    model = GradientBoostingRegressor(subsample=0.5, n_estimators=20, random_state=0).fit(Z, t)
    assert model.oob_improvement_.shape == (20,) and model.oob_improvement_[0] > 0
    again = GradientBoostingRegressor(subsample=0.5, n_estimators=20, random_state=0).fit(Z, t)
    np.testing.assert_array_equal(model.predict(Z), again.predict(Z))


def test_steps_end_where_the_loss_on_rows_set_apart_stops_falling() -> None:
    model = GradientBoostingRegressor(n_estimators=500, n_iter_no_change=5, random_state=0).fit(Z, t)
    scores = model.validation_score_
    assert model.n_estimators_ == len(scores) == len(model.trees_) < 500
    assert scores[-1] + 1e-4 >= scores[-6:-1].max()
    assert all(scores[i] + 1e-4 < scores[max(0, i - 5) : i].max() for i in range(5, len(scores) - 1))


def test_init_is_where_the_scores_begin() -> None:
    line = LinearRegression()
    model = GradientBoostingRegressor(init=line, n_estimators=1, learning_rate=0.0).fit(A, b)
    np.testing.assert_allclose(model.predict(A), LinearRegression().fit(A, b).predict(A))
    zero = GradientBoostingRegressor(init="zero", n_estimators=1, learning_rate=0.0).fit(A, b)
    assert not zero.predict(A).any()
    X, y = make_classification(100, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=1)
    odds = GradientBoostingClassifier(init=LogisticRegression(), n_estimators=1, learning_rate=0.0).fit(X, y)
    np.testing.assert_allclose(odds.predict_proba(X), LogisticRegression().fit(X, y).predict_proba(X), atol=1e-6)
    with pytest.raises(ParameterError, match="should be a regressor"):
        GradientBoostingRegressor(init=LogisticRegression()).fit(A, b)


def test_every_step_can_be_watched_and_ctrl_c_keeps_the_steps_done() -> None:
    class AfterThree(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            assert estimator.predict(Z[:2]).shape == (2,)
            if step == 3:
                raise KeyboardInterrupt

    history = History()
    model = GradientBoostingRegressor(**SMALL).set_callbacks(history, AfterThree())
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(Z, t)
    assert model.interrupted_ and model.n_estimators_ == 3
    np.testing.assert_array_equal([row["loss"] for row in history.rows], model.train_score_)
