"""Steps, scores and stops are scikit-learn's where it draws nothing."""

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.ensemble
from sklearn.datasets import load_diabetes, make_classification, make_regression

import pellucid
from pellucid.base import Callback
from pellucid.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from pellucid.errors import DataError
from pellucid.metrics import mean_pinball_loss

Z, t = load_diabetes(return_X_y=True)
A, b = make_regression(201, 5, noise=10.0, random_state=0)
SMALL: dict[str, Any] = {"n_estimators": 15, "max_depth": 2, "random_state": 0}


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_classifier_is_scikit_learns_on_data_without_ties(n_classes: int) -> None:
    X, y = make_classification(300, 5, n_informative=4, n_redundant=0, n_classes=n_classes, random_state=1)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, 300)
    ours = GradientBoostingClassifier(**SMALL).fit(X, y, weight)
    peer = sklearn.ensemble.GradientBoostingClassifier(**SMALL).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(ours.decision_function(X), peer.decision_function(X), rtol=0, atol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(X), peer.predict_proba(X), rtol=0, atol=1e-6)
    np.testing.assert_allclose(ours.train_score_, peer.train_score_, rtol=1e-6)
    np.testing.assert_allclose(ours.feature_importances_, peer.feature_importances_, atol=1e-6)
    for mine, theirs in zip(ours.staged_predict(X), peer.staged_predict(X), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_regressor_is_scikit_learns_on_data_without_ties() -> None:
    ours = GradientBoostingRegressor(**SMALL).fit(A, b)
    peer = sklearn.ensemble.GradientBoostingRegressor(**SMALL).fit(A, b)
    np.testing.assert_allclose(ours.train_score_, peer.train_score_, rtol=1e-6)
    np.testing.assert_allclose(ours.predict(A), peer.predict(A), rtol=1e-6)


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "quantile"])
def test_other_losses_end_as_low_as_scikit_learns(loss: Any) -> None:  # their residuals tie, and so do cuts
    options: dict[str, Any] = {"loss": loss, "alpha": 0.8, "random_state": 0}
    ours = GradientBoostingRegressor(**options).fit(A, b)
    peer = sklearn.ensemble.GradientBoostingRegressor(**options).fit(A, b)
    level = 0.8 if loss == "quantile" else 0.5
    mine, theirs = (mean_pinball_loss(b, np.asarray(m.predict(A)), alpha=level) for m in (ours, peer))
    assert mine < 1.1 * theirs


def test_outliers_pull_huber_and_absolute_error_less() -> None:
    bent = b.copy()
    bent[::20] += 5000.0
    rest = np.arange(len(b)) % 20 != 0
    missed = {
        loss: np.abs(GradientBoostingRegressor(loss=loss, **SMALL).fit(A, bent).predict(A) - b)[rest].mean()
        for loss in ("squared_error", "absolute_error", "huber")
    }
    assert missed["absolute_error"] < missed["squared_error"] and missed["huber"] < missed["squared_error"]


@pytest.mark.parametrize("alpha", [0.1, 0.9])
def test_a_quantile_leaves_its_share_of_rows_below_it(alpha: float) -> None:
    model = GradientBoostingRegressor(loss="quantile", alpha=alpha, **SMALL).fit(A, b)
    assert abs((b < model.predict(A)).mean() - alpha) < 0.07


@pytest.mark.parametrize("n_classes", [2, 3])
def test_trees_kept_side_by_side_are_those_of_the_last_fit_in_its_callbacks_copies_and_files(
    n_classes: int, tmp_path: Path
) -> None:
    class Asks(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            self.said = estimator.predict_proba(Z)

    y, asks = np.digitize(t, np.quantile(t, [0.3, 0.6][: n_classes - 1])), Asks()
    model = GradientBoostingClassifier(**SMALL).fit(Z, y)
    kept = copy.copy(model), copy.deepcopy(model)
    first = model.predict_proba(Z)
    model.set_callbacks(asks).fit(Z, y[::-1])
    second = list(model.staged_predict_proba(Z))[-1]  # from trees one by one
    np.testing.assert_allclose(model.predict_proba(Z), second, rtol=1e-12)
    np.testing.assert_array_equal(asks.said, model.predict_proba(Z))
    for other in kept:
        np.testing.assert_array_equal(other.predict_proba(Z), first)
    pellucid.save(model, tmp_path / "m")
    for other in (pellucid.load(tmp_path / "m"), pickle.loads(pickle.dumps(model.set_callbacks()))):  # noqa: S301
        np.testing.assert_array_equal(other.predict_proba(Z), model.predict_proba(Z))
    model.trees_, model.n_estimators_ = model.trees_[: 2 * len(model.baseline_)], 2
    np.testing.assert_allclose(model.predict_proba(Z), list(model.staged_predict_proba(Z))[1], rtol=1e-12)


def test_text_and_missing_values_are_taken_as_they_are() -> None:
    frame = pd.DataFrame({"colour": ["red", "blue", None, "red", "blue", "red"], "size": [1.0, np.nan, 3, 4, 5, 6]})
    model = GradientBoostingClassifier(n_estimators=20).fit(frame, ["r", "b", "b", "r", "b", "r"])
    assert model.predict(frame).tolist() == ["r", "b", "b", "r", "b", "r"]


def test_one_class_is_an_error() -> None:
    with pytest.raises(DataError, match="y has one class, 1"):
        GradientBoostingClassifier().fit([[0.0], [1.0]], [1, 1])


@pytest.mark.parametrize("options", [{}, {"subsample": 0.5, "n_iter_no_change": 3}, {"ccp_alpha": 0.01}], ids=repr)
@pytest.mark.parametrize("factor", [1e-300, 1e200])
@pytest.mark.parametrize("kind", [GradientBoostingClassifier, GradientBoostingRegressor])
def test_a_common_factor_of_all_weights_changes_no_answer(kind: Any, factor: float, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(200, 3)), rng.uniform(0.5, 2.0, 200)
    y = (X[:, 0] + X[:, 1] + 0.3 * rng.normal(size=200) > 0).astype(int)
    one, two = (
        kind(n_estimators=10, max_depth=2, min_samples_leaf=5, random_state=0, **options).fit(X, y, weight)
        for weight in (w, w * factor)
    )
    np.testing.assert_allclose(one._scores(X), two._scores(X), atol=1e-12)
    np.testing.assert_allclose(one.train_score_, two.train_score_)
    np.testing.assert_allclose(one.feature_importances_, two.feature_importances_)
    weights = [model.trees_[0].weighted_n_node_samples for model in (one, two)]
    np.testing.assert_allclose(weights[0] * factor, weights[1])


def test_targets_are_fitted_up_to_the_size_whose_squares_floats_hold() -> None:
    X = np.random.default_rng(0).normal(size=(100, 2))
    for loss in ("squared_error", "huber"):
        one, two = (
            GradientBoostingRegressor(loss=loss, n_estimators=5).fit(X, X[:, 0] * factor) for factor in (1.0, 2.0**450)
        )
        np.testing.assert_array_equal(one.predict(X) * 2.0**450, two.predict(X))
        with pytest.raises(DataError, match="GradientBoostingRegressor: y reaches"):
            GradientBoostingRegressor(loss=loss).fit(X, X[:, 0] * 1e155)
