"""The objective is no higher than where scikit-learn ends, and the lines agree."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_diabetes
from sklearn.svm import LinearSVR as Oracle

from pellucid.base import Callback, History
from pellucid.errors import ConvergenceWarning, ModelFileError
from pellucid.svm import LinearSVR


def sample() -> tuple[np.ndarray, np.ndarray]:
    X, y = load_diabetes(return_X_y=True)
    return X / X.std(axis=0), (y - y.mean()) / y.std()


def cost(model: Any, X: np.ndarray, y: np.ndarray, weight: np.ndarray) -> float:
    """The primal objective, as the docstring has it."""
    far = np.maximum(np.abs(y - model.predict(X)) - model.epsilon, 0.0)
    lost = far**2 if model.loss.startswith("squared") else far
    b = float(np.sum(model.intercept_)) / model.intercept_scaling
    return float((model.coef_ @ model.coef_ + b**2) / 2 + model.C * (weight @ lost))


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize(
    "options", [{}, {"epsilon": 0.5}, {"fit_intercept": False}, {"intercept_scaling": 10.0, "epsilon": 0.1}], ids=repr
)
@pytest.mark.parametrize("loss", ["epsilon_insensitive", "squared_epsilon_insensitive"])
def test_the_objective_is_no_higher_than_scikit_learns(loss: str, options: dict[str, Any], sparse: bool) -> None:
    X, y = sample()
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(X))
    shared = {"C": 0.1, "loss": loss, "random_state": 0, "max_iter": 1_000_000, **options}
    oracle = Oracle(dual=True, tol=1e-9, **shared).fit(X, y, weight)
    model = LinearSVR(tol=1e-8, **shared).fit(csr_array(X) if sparse else X, y, weight)
    best = cost(oracle, X, y, weight)
    assert cost(model, X, y, weight) <= best * (1 + 1e-9)
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=0, atol=1e-5)
    np.testing.assert_allclose(model.predict(X), oracle.predict(X), rtol=0, atol=1e-5)
    assert model.coef_.shape == oracle.coef_.shape and model.intercept_.shape == (1,)


def test_defaults_are_scikit_learns() -> None:
    theirs = Oracle().get_params()
    ours = LinearSVR().get_params()
    assert ours == {name: theirs[name] for name in ours} and theirs.keys() - ours.keys() == {"dual", "verbose"}


def test_the_gradient_of_the_squared_loss_vanishes() -> None:
    X, y = sample()
    model = LinearSVR(C=0.1, epsilon=0.2, loss="squared_epsilon_insensitive", tol=1e-10, max_iter=100_000).fit(X, y)
    r = y - model.predict(X)
    pull = np.sign(r) * np.maximum(np.abs(r) - 0.2, 0.0)
    np.testing.assert_allclose(model.coef_, 0.2 * X.T @ pull, atol=1e-8)
    assert model.intercept_[0] == pytest.approx(0.2 * float(pull.sum()), abs=1e-8)


@pytest.mark.parametrize("epsilon", [0.0, 0.3])
def test_newtons_method_and_the_dual_come_to_the_same_line(epsilon: float, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = sample()
    weight = np.random.default_rng(1).integers(0, 3, len(X))
    shared: dict[str, Any] = {"C": 0.1, "tol": 1e-9, "epsilon": epsilon, "random_state": 0, "max_iter": 100_000}
    one = LinearSVR(loss="squared_epsilon_insensitive", **shared).fit(X, y, weight)
    monkeypatch.setattr("pellucid.svm._primal.MOST_FEATURES", 0)
    two = LinearSVR(loss="squared_epsilon_insensitive", **shared).fit(X, y, weight)
    assert one.n_iter_ < 20 < two.n_iter_
    np.testing.assert_allclose(one.coef_, two.coef_, rtol=0, atol=1e-8)
    np.testing.assert_allclose(one.intercept_, two.intercept_, rtol=0, atol=1e-8)


def test_callbacks_watch_the_gradient_and_interruption_keeps_the_line() -> None:
    class Impatient(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            if step == 3:
                raise KeyboardInterrupt

    X, y = sample()
    history = History()
    with pytest.warns(ConvergenceWarning, match="LinearSVR: interrupted after step 3"):
        model = LinearSVR(C=0.01, random_state=0).set_callbacks(history, Impatient()).fit(X, y)
    assert model.interrupted_ and model.n_iter_ == 3 and model.score(X, y) > 0.3
    assert history.rows[-1]["gradient"] < history.rows[0]["gradient"]


def test_the_limit_warns_and_a_record_whose_parts_do_not_fit_is_refused() -> None:
    X, y = sample()
    with pytest.warns(ConvergenceWarning, match=r"2 epochs \(max_iter\) did not reach") as caught:
        model = LinearSVR(max_iter=2, tol=1e-8, random_state=0).fit(X, y)
    assert caught[0].filename == __file__
    record = model.to_record()
    record["state"]["coef_"] = np.zeros(3)
    with pytest.raises(ModelFileError, match=r"LinearSVR: coef_ and intercept_ in the record are \(\(3,\), \(1,\)\)"):
        LinearSVR.from_record(record)
