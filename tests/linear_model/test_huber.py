"""The line and its scale are scikit-learn's optimum; outliers do not move it."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array
from sklearn.datasets import load_diabetes
from sklearn.linear_model import HuberRegressor as Oracle
from sklearn.linear_model._huber import _huber_loss_and_gradient

from pellucid.base import Callback, History
from pellucid.errors import ConvergenceWarning, DataError
from pellucid.linear_model import HuberRegressor, LinearRegression
from pellucid.linear_model._huber_objective import HuberObjective


def cost(model: Any, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> float:
    share = np.ones(len(y)) if weight is None else weight
    objective = HuberObjective(X, y, share, model.epsilon, model.alpha, model.fit_intercept)
    return objective.value_and_gradient(np.array([*model.coef_, model.intercept_, model.scale_]))[0]


TIGHT: dict[str, Any] = {"tol": 1e-9, "max_iter": 2000}


def sample() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3)) * (rng.random((80, 3)) < 0.8)
    y = X @ [1.0, -2.0, 0.5] + 0.3 * rng.normal(size=80) + 4.0
    y[:8] += 30.0
    return X, y


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("options", [{}, {"epsilon": 1.1}, {"alpha": 5.0}, {"fit_intercept": False}], ids=repr)
def test_line_and_scale_are_scikit_learns_optimum(options: dict[str, Any], weighted: bool, sparse: bool) -> None:
    X, y = sample()
    weight = np.random.default_rng(1).uniform(0.5, 2.0, 80) if weighted else np.ones(80)
    oracle = Oracle(tol=1e-10, max_iter=5000, **options).fit(X, y, weight)
    model = HuberRegressor(**TIGHT, **options).fit(csr_array(X) if sparse else X, y, weight)

    assert cost(model, X, y, weight) <= cost(oracle, X, y, weight) + 1e-9
    own = [*model.coef_, *([model.intercept_] if model.fit_intercept else []), model.scale_]
    gradient = _huber_loss_and_gradient(np.array(own), X, y, model.epsilon, model.alpha, weight)[1]
    np.testing.assert_allclose(gradient, 0.0, atol=1e-5)  # scikit-learn's own search stops where it is some 1e-3
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=0, atol=5e-3)
    np.testing.assert_array_equal(model.outliers_, oracle.outliers_)


@pytest.mark.parametrize("load", [sample, lambda: load_diabetes(return_X_y=True)], ids=["sample", "diabetes"])
@pytest.mark.parametrize("alpha", [0.0, 1e-4])
def test_at_epsilon_1_the_objective_is_lower_than_where_scikit_learn_ends(load: Any, alpha: float) -> None:
    X, y = load()
    oracle = Oracle(epsilon=1.0, alpha=alpha, tol=1e-10, max_iter=5000).fit(X, y)
    model = HuberRegressor(epsilon=1.0, alpha=alpha).fit(X, y)
    assert model.n_iter_ < 100
    assert cost(model, X, y) < cost(oracle, X, y) - 1e-4  # where sigma is next to nothing its steps fail


def test_at_epsilon_1_it_is_the_line_of_least_absolute_deviations() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = HuberRegressor(epsilon=1.0, alpha=0.0).fit(X, y)
    n_rows, wide = len(X), np.column_stack([X, np.ones(len(X))])
    aims = np.concatenate([np.zeros(wide.shape[1]), np.ones(2 * n_rows)])
    halves = np.column_stack([wide, np.eye(n_rows), -np.eye(n_rows)])
    bounds = [(None, None)] * wide.shape[1] + [(0, None)] * (2 * n_rows)
    wanted = linprog(aims, A_eq=halves, b_eq=y, bounds=bounds)
    assert np.abs(y - model.predict(X)).sum() == pytest.approx(wanted.fun, rel=1e-10)
    np.testing.assert_allclose(model.coef_, wanted.x[: X.shape[1]], rtol=1e-5)


def test_rows_on_a_line_are_met_whatever_the_unit_of_y() -> None:
    X = np.array([[0.0], [1.0], [2.0], [5.0]])
    for unit in (1e-12, 1.0, 1e12):
        model = HuberRegressor(alpha=0.0, tol=1e-12).fit(X, unit * (3.0 * X[:, 0] - 2.0))
        np.testing.assert_allclose([model.coef_[0], model.intercept_], [3.0 * unit, -2.0 * unit], rtol=1e-6)
        assert 0.0 < model.scale_ < 1e-9 * unit
    level = HuberRegressor().fit(X, np.full(4, 7.0))
    assert abs(level.coef_[0]) < 1e-9 and level.intercept_ == pytest.approx(7.0)


def test_outliers_are_found_and_hardly_move_the_line() -> None:
    X, y = sample()
    model = HuberRegressor(**TIGHT).fit(X, y)
    clean = LinearRegression().fit(X[8:], y[8:])
    assert model.outliers_[:8].all()
    np.testing.assert_allclose(model.coef_, clean.coef_, atol=0.1)
    assert np.abs(LinearRegression().fit(X, y).coef_ - clean.coef_).max() > 0.5


def test_with_a_wide_epsilon_it_is_least_squares() -> None:
    X, y = sample()
    model = HuberRegressor(epsilon=100.0, alpha=0.0, **TIGHT).fit(X, y)
    np.testing.assert_allclose(model.coef_, LinearRegression().fit(X, y).coef_, atol=1e-6)


def test_callbacks_watch_and_interruption_keeps_the_line() -> None:
    class Impatient(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            if step == 4:
                raise KeyboardInterrupt

    history = History()
    with pytest.warns(ConvergenceWarning, match="HuberRegressor: interrupted after step 4"):
        model = HuberRegressor().set_callbacks(history, Impatient()).fit(*sample())
    assert model.interrupted_ and model.n_iter_ == 4 and history.rows[-1]["loss"] < history.rows[0]["loss"]


def test_a_warm_start_at_the_optimum_ends_at_once_and_the_limit_warns() -> None:
    X, y = sample()
    model = HuberRegressor(warm_start=True).fit(X, y)
    steps = model.n_iter_
    assert model.fit(X, y).n_iter_ < steps
    kept = model.coef_.copy()
    with pytest.raises(DataError, match="warm_start goes on from the last fit, which had n_features_in_"):
        model.fit(X[:, 1:], y)
    np.testing.assert_array_equal(model.coef_, kept)
    with pytest.warns(ConvergenceWarning, match=r"3 steps \(max_iter\)"):
        HuberRegressor(max_iter=3).fit(X, y)
