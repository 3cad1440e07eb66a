"""The steps are those of SAMME and R2, and scikit-learn's."""

from typing import Any

import numpy as np
import pytest
import sklearn.ensemble
import sklearn.neighbors
import sklearn.tree
from sklearn.datasets import load_diabetes, make_classification

from pellucid.base import Callback, History
from pellucid.ensemble import AdaBoostClassifier, AdaBoostRegressor
from pellucid.ensemble._ada_boost import weighted_medians
from pellucid.errors import DataError, ParameterError
from pellucid.linear_model import LogisticRegression
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

Z, t = load_diabetes(return_X_y=True)


def rows(n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    return make_classification(300, 6, n_informative=4, n_classes=n_classes, flip_y=0.1, random_state=3)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("rate", [1.0, 0.5])
def test_with_scikit_learns_trees_every_number_is_scikit_learns(n_classes: int, depth: int, rate: float) -> None:
    X, y = rows(n_classes)
    weight = np.arange(len(y)) % 4 + 1.0
    stump = sklearn.tree.DecisionTreeClassifier(max_depth=depth)
    ours = AdaBoostClassifier(stump, n_estimators=15, learning_rate=rate, random_state=0).fit(X, y, weight)
    peer = sklearn.ensemble.AdaBoostClassifier(stump, n_estimators=15, learning_rate=rate, random_state=0)
    peer.fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(ours.estimator_errors_, peer.estimator_errors_, rtol=1e-9)
    np.testing.assert_allclose(ours.estimator_weights_, peer.estimator_weights_, rtol=1e-9)
    np.testing.assert_allclose(ours.decision_function(X), peer.decision_function(X), rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.predict_proba(X), peer.predict_proba(X), rtol=0, atol=1e-9)
    np.testing.assert_array_equal(ours.predict(X), peer.predict(X))
    if depth == 1:  # deeper down features tie, and scikit-learn picks one by chance
        np.testing.assert_allclose(ours.feature_importances_, peer.feature_importances_, atol=1e-9)


def test_on_data_without_ties_our_stumps_are_scikit_learns() -> None:
    X, y = rows(2)
    ours = AdaBoostClassifier(n_estimators=10).fit(X, y)
    peer = sklearn.ensemble.AdaBoostClassifier(n_estimators=10, random_state=0).fit(X, y)
    np.testing.assert_allclose(ours.decision_function(X), peer.decision_function(X), rtol=0, atol=1e-9)


def test_a_step_worked_by_hand() -> None:
    X, y = [[0.0], [1.0], [2.0], [3.0], [4.0]], [0, 0, 0, 1, 0]  # the first stump says 0 to 2.5, then 1: row 4 is wrong
    model = AdaBoostClassifier(n_estimators=2).fit(X, y)
    np.testing.assert_allclose(model.estimator_errors_[0], 0.2)
    np.testing.assert_allclose(model.estimator_weights_[0], np.log(4.0))
    np.testing.assert_allclose(model.estimator_errors_[1], 1 / 8)  # row 4 now weighs 4 of 8: a stump errs on one other


def test_the_last_stage_is_the_prediction_and_the_first_is_the_first_part() -> None:
    X, y = rows(3)
    model = AdaBoostClassifier(n_estimators=8).fit(X, y)
    np.testing.assert_array_equal(list(model.staged_predict(X))[-1], model.predict(X))
    np.testing.assert_array_equal(next(model.staged_predict(X)), model.estimators_[0].predict(X))
    np.testing.assert_array_equal(list(model.staged_predict_proba(X))[-1], model.predict_proba(X))
    np.testing.assert_array_equal(list(model.staged_decision_function(X))[-1], model.decision_function(X))


def test_a_part_that_errs_nowhere_is_the_last() -> None:
    model = AdaBoostClassifier(DecisionTreeClassifier(), n_estimators=9).fit(*rows(2))
    assert (len(model.estimators_), model.estimator_weights_.tolist()) == (1, [1.0])


def test_a_first_part_no_better_than_chance_is_an_error_and_a_later_one_the_end() -> None:
    X, y = np.zeros((4, 1)), [0, 1, 0, 1]
    with pytest.raises(DataError, match="the first part errs on 0.5 of the weight, no less than chance"):
        AdaBoostClassifier().fit(X, y)
    with pytest.raises(DataError, match="y has one class, 0"):
        AdaBoostClassifier().fit(X, np.zeros(4, int))


def test_a_part_without_weights_is_named() -> None:
    with pytest.raises(ParameterError, match="KNeighborsClassifier, whose fit takes no sample_weight"):
        AdaBoostClassifier(sklearn.neighbors.KNeighborsClassifier()).fit(*rows(2))


def test_every_step_can_be_watched_and_ctrl_c_keeps_the_steps_done() -> None:
    class AfterThree(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            assert estimator.predict(rows(2)[0]).shape == (300,)
            if step == 3:
                raise KeyboardInterrupt

    history = History()
    model = AdaBoostClassifier(LogisticRegression(), n_estimators=9).set_callbacks(history, AfterThree())
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(*rows(2))
    assert model.interrupted_ and len(model.estimators_) == 3
    np.testing.assert_array_equal([row["error"] for row in history.rows], model.estimator_errors_)


@pytest.mark.parametrize("loss", ["linear", "square", "exponential"])
@pytest.mark.parametrize("kind", [AdaBoostRegressor, sklearn.ensemble.AdaBoostRegressor], ids=["ours", "peer"])
def test_the_steps_of_the_regressor_follow_from_its_parts_as_they_do_for_scikit_learns(kind: Any, loss: str) -> None:
    model = kind(n_estimators=6, loss=loss, learning_rate=0.7, random_state=0).fit(Z, t)
    w = np.full(len(t), 1 / len(t))
    for part, error, say in zip(model.estimators_, model.estimator_errors_, model.estimator_weights_, strict=True):
        missed = np.abs(part.predict(Z) - t)
        missed /= missed.max()
        missed = {"linear": missed, "square": missed**2, "exponential": 1 - np.exp(-missed)}[loss]
        np.testing.assert_allclose(error, w @ missed)
        ratio = error / (1 - error)
        np.testing.assert_allclose(say, 0.7 * np.log(1 / ratio))
        w *= ratio ** (0.7 * (1 - missed))
        w /= w.sum()
    said = np.column_stack([part.predict(Z) for part in model.estimators_])
    np.testing.assert_array_equal(weighted_medians(said, model.estimator_weights_), model.predict(Z))
    np.testing.assert_array_equal(list(model.staged_predict(Z))[-1], model.predict(Z))


def test_the_regressor_scores_as_scikit_learns() -> None:
    gaps = []
    for seed in range(4):
        part = np.random.default_rng(seed).permutation(len(Z))
        a, b = part[:300], part[300:]
        peer = sklearn.ensemble.AdaBoostRegressor(n_estimators=25, random_state=seed).fit(Z[a], t[a])
        ours = AdaBoostRegressor(n_estimators=25, random_state=seed).fit(Z[a], t[a])
        gaps.append(ours.score(Z[b], t[b]) - peer.score(Z[b], t[b]))
    assert np.mean(gaps) > -0.03  # a mean of four has a standard error of 0.014


def test_a_regressor_that_misses_nothing_is_the_last() -> None:
    model = AdaBoostRegressor(DecisionTreeRegressor(), n_estimators=5, random_state=0).fit(np.zeros((5, 1)), np.ones(5))
    assert len(model.estimators_) == 1 and model.predict([[3.0]]).tolist() == [1.0]


def test_the_weighted_median_is_that_of_values_repeated() -> None:
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=(50, 5)), np.array([1, 2, 4, 2, 2])
    wanted = np.median(values.repeat(weights, axis=1), axis=1)
    np.testing.assert_array_equal(weighted_medians(values, weights.astype(float)), wanted)
