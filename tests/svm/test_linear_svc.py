"""Decision values are those of scikit-learn's optimum; the conditions of the optimum hold."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.svm import LinearSVC as Oracle

from pellucid.base import Callback, History
from pellucid.errors import ConvergenceWarning, DataError
from pellucid.svm import LinearSVC


def standardised(load: Any) -> tuple[np.ndarray, np.ndarray]:
    X, y = load(return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("options", [{}, {"fit_intercept": False}, {"class_weight": {0: 3.0}}], ids=repr)
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
def test_decision_values_are_scikit_learns(load: Any, loss: Any, options: dict[str, Any], sparse: bool) -> None:
    X, y = standardised(load)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(X))
    shared = {"C": 0.1, "loss": loss, "random_state": 0, "max_iter": 1_000_000, **options}
    oracle = Oracle(dual=True, tol=1e-10, **shared).fit(X, y, weight)
    model = LinearSVC(tol=1e-9, **shared).fit(csr_array(X) if sparse else X, y, weight)
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=0, atol=1e-6)
    np.testing.assert_allclose(model.decision_function(X), oracle.decision_function(X), rtol=0, atol=1e-6)
    np.testing.assert_array_equal(model.predict(X), oracle.predict(X))


def test_the_gradient_of_the_squared_hinge_vanishes() -> None:
    X, y = standardised(load_breast_cancer)
    model = LinearSVC(C=0.1, tol=1e-10, max_iter=100_000, random_state=0).fit(X, y)
    side = np.where(y == 1, 1.0, -1.0)
    inside = np.maximum(1.0 - side * model.decision_function(X), 0.0)
    np.testing.assert_allclose(model.coef_[0], 0.2 * X.T @ (inside * side), atol=1e-8)
    assert model.intercept_[0] == pytest.approx(0.2 * float(inside @ side), abs=1e-8)


def test_newtons_method_and_the_dual_come_to_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = standardised(load_iris)
    shared = {"C": 0.1, "tol": 1e-9, "random_state": 0, "max_iter": 100_000}
    one = LinearSVC(**shared).fit(X, y)
    monkeypatch.setattr("pellucid.svm._primal.MOST_FEATURES", 0)
    two = LinearSVC(**shared).fit(X, y)
    assert one.n_iter_ < 20 < two.n_iter_
    np.testing.assert_allclose(one.coef_, two.coef_, rtol=0, atol=1e-6)
    np.testing.assert_allclose(one.intercept_, two.intercept_, rtol=0, atol=1e-6)


def test_callbacks_watch_the_gradient_and_interruption_keeps_the_weights() -> None:
    class Impatient(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            if step == 3:
                raise KeyboardInterrupt

    X, y = standardised(load_iris)
    history = History()
    with pytest.warns(ConvergenceWarning, match="LinearSVC: interrupted after step 3"):
        model = LinearSVC(random_state=0).set_callbacks(history, Impatient()).fit(X, y)
    assert model.interrupted_ and model.score(X, y) > 0.8
    assert history.rows[-1]["gradient"] < history.rows[0]["gradient"]


def test_the_limit_warns_and_one_class_is_refused() -> None:
    X, y = standardised(load_iris)
    with pytest.warns(ConvergenceWarning, match=r"2 epochs \(max_iter\) did not reach"):
        LinearSVC(max_iter=2, tol=1e-8, random_state=0).fit(X, y)
    with pytest.raises(DataError, match="y has one class, 'a'"):
        LinearSVC().fit(X, ["a"] * len(X))
    assert not hasattr(LinearSVC().fit(X, y), "predict_proba")
