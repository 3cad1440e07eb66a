"""Lasso and elastic net against scikit-learn's optimum, the conditions of the optimum, and their own laws."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import ElasticNet as OracleNet
from sklearn.linear_model import Lasso as OracleLasso

from pellucid.base import Callback, History
from pellucid.errors import ConvergenceWarning, DataError
from pellucid.linear_model import ElasticNet, Lasso, LinearRegression, Ridge


def sample(n_rows: int = 60, n_features: int = 8, n_targets: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n_rows, n_features)) * (rng.random((n_rows, n_features)) < 0.7)
    X[:, 1] = 0.7 * X[:, 0] + 0.3 * X[:, 1]  # two that go together
    slopes = rng.normal(size=(n_features, n_targets or 1)) * (np.arange(n_features) % 3 > 0)[:, None]
    y = X @ slopes + 0.3 * rng.normal(size=(n_rows, n_targets or 1)) + 3.0
    return X, y if n_targets else y[:, 0]


def cost(model: Any, X: np.ndarray, y: np.ndarray, weight: np.ndarray, alpha: float, ratio: float) -> float:
    squares = np.average((y - model.predict(X)) ** 2, weights=weight)
    return 0.5 * squares + alpha * (ratio * np.abs(model.coef_).sum() + 0.5 * (1 - ratio) * (model.coef_**2).sum())


@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize("ratio", [0.3, 1.0])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("precompute", [True, False])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("shape", [(60, 8), (12, 30)])
def test_coefficients_are_those_of_scikit_learns_optimum_for_dense_and_sparse_rows(
    shape: tuple[int, int], fit_intercept: bool, precompute: bool, weighted: bool, ratio: float, positive: bool
) -> None:
    X, y = sample(*shape)
    alpha = 0.05
    weight = np.random.default_rng(0).integers(0, 3, size=len(X)).astype(float) if weighted else np.ones(len(X))
    shared = {"fit_intercept": fit_intercept, "positive": positive, "max_iter": 200_000, "tol": 1e-15}
    oracle = OracleNet(alpha, l1_ratio=ratio, **shared).fit(X, y, weight)
    for rows in (X, csr_array(X)):
        model = ElasticNet(alpha, l1_ratio=ratio, precompute=precompute, **shared).fit(rows, y, weight)
        np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=0, atol=1e-6)
        np.testing.assert_allclose(model.intercept_, oracle.intercept_, rtol=0, atol=1e-6)
        np.testing.assert_array_equal(model.coef_ == 0, oracle.coef_ == 0)
        wanted = cost(oracle, X, y, weight, alpha, ratio)
        assert cost(model, X, y, weight, alpha, ratio) <= wanted + 1e-9
        assert model.dual_gap_ >= -1e-15


@pytest.mark.parametrize("tol", [1e-2, 1e-4, 1e-7])
@pytest.mark.parametrize("precompute", [True, False])
@pytest.mark.parametrize("ratio", [0.0, 0.4, 1.0])
def test_the_objective_is_above_its_minimum_by_no_more_than_the_gap(ratio: float, precompute: bool, tol: float) -> None:
    X, y = sample()
    weight = np.ones(len(X))
    best = ElasticNet(0.1, l1_ratio=ratio, tol=1e-14, max_iter=100_000).fit(X, y)
    near = ElasticNet(0.1, l1_ratio=ratio, tol=tol, precompute=precompute).fit(X, y)
    excess = cost(near, X, y, weight, 0.1, ratio) - cost(best, X, y, weight, 0.1, ratio)
    assert -1e-13 <= excess <= near.dual_gap_ + 1e-13
    assert near.dual_gap_ <= tol * ((y - y.mean()) ** 2).mean()


def test_the_lasso_is_the_elastic_net_of_ratio_one_and_scikit_learns() -> None:
    X, y = sample(n_targets=3)
    lasso, net = Lasso(0.1, tol=1e-13).fit(X, y), ElasticNet(0.1, l1_ratio=1.0, tol=1e-13).fit(X, y)
    np.testing.assert_array_equal(lasso.coef_, net.coef_)
    oracle = OracleLasso(0.1, tol=1e-13, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(lasso.coef_, oracle.coef_, rtol=0, atol=1e-6)
    np.testing.assert_allclose(lasso.intercept_, oracle.intercept_, rtol=0, atol=1e-6)
    assert len(lasso.n_iter_) == len(lasso.dual_gap_) == 3


def test_a_ratio_of_zero_is_ridge_and_no_penalty_is_least_squares() -> None:
    X, y = sample()
    net = ElasticNet(0.2, l1_ratio=0.0, tol=1e-14, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(net.coef_, Ridge(0.2 * len(X)).fit(X, y).coef_, atol=1e-6)
    free = Lasso(0.0, tol=1e-15, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(free.coef_, LinearRegression().fit(X, y).coef_, atol=1e-6)


@pytest.mark.parametrize("precompute", [True, False])
def test_a_penalty_from_the_largest_slope_on_leaves_no_weight(precompute: bool) -> None:
    X, y = sample()
    largest = np.abs((X - X.mean(axis=0)).T @ (y - y.mean())).max() / len(X)
    assert not Lasso(largest * (1 + 1e-9), precompute=precompute).fit(X, y).coef_.any()
    assert Lasso(largest * 0.99, precompute=precompute).fit(X, y).coef_.any()


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("precompute", [True, False])
def test_constant_columns_get_no_weight_and_equal_columns_share_one(precompute: bool, sparse: bool) -> None:
    X, y = sample()
    X = np.column_stack([X, np.full(len(X), 0.1), np.zeros(len(X)), X[:, 2]])
    model = Lasso(0.01, precompute=precompute, tol=1e-12, max_iter=10_000).fit(csr_array(X) if sparse else X, y)
    assert model.coef_[8] == model.coef_[9] == 0.0
    alone = Lasso(0.01, tol=1e-12, max_iter=10_000).fit(X[:, :8], y)
    np.testing.assert_allclose(model.coef_[2] + model.coef_[10], alone.coef_[2], atol=1e-6)


def test_a_warm_start_is_at_its_goal_sooner() -> None:
    X, y = sample()
    model = Lasso(0.011, warm_start=True, tol=1e-10, precompute=False).fit(X, y)
    cold = Lasso(0.01, tol=1e-10, precompute=False).fit(X, y)
    warm = model.set_params(alpha=0.01).fit(X, y)
    assert warm.n_iter_ < cold.n_iter_
    np.testing.assert_allclose(warm.coef_, cold.coef_, atol=1e-5)
    kept = warm.coef_.copy()
    for rows, targets, what in ((X[:, 1:], y, "n_features_in_"), (X, np.column_stack([y, y]), "n_targets 1")):
        with pytest.raises(DataError, match=f"Lasso: warm_start goes on from the last fit, which had {what}"):
            warm.fit(rows, targets)
        np.testing.assert_array_equal(warm.coef_, kept)


def test_drawing_the_order_of_features_leads_to_the_same_optimum_and_follows_the_seed() -> None:
    X, y = sample()
    cyclic = Lasso(0.05, tol=1e-13).fit(X, y)
    drawn = [Lasso(0.05, tol=1e-13, selection="random", random_state=s).fit(X, y) for s in (0, 0, 1)]
    np.testing.assert_array_equal(drawn[0].coef_, drawn[1].coef_)
    for model in drawn:
        np.testing.assert_allclose(model.coef_, cyclic.coef_, atol=1e-6)


def test_callbacks_see_the_gap_close_and_an_estimator_that_predicts() -> None:
    X, y = sample()

    class Watcher(Callback):
        scores: list[float] = []

        def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> None:
            self.scores.append(estimator.score(X, y))

    history, watcher = History(), Watcher()
    model = Lasso(0.01, tol=1e-10).set_callbacks(history, watcher).fit(X, y)
    losses = [row["loss"] for row in history.rows]
    assert np.diff(losses).max() <= 1e-14 * losses[0]  # but for the rounding of its sums
    assert history.rows[-1]["gap"] == model.dual_gap_
    assert watcher.scores[-1] == model.score(X, y)
    np.testing.assert_array_equal(model.coef_, Lasso(0.01, tol=1e-10).fit(X, y).coef_)


def test_an_interrupted_fit_keeps_its_weights_and_says_so() -> None:
    class Impatient(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> None:
            raise KeyboardInterrupt

    X, y = sample()
    with pytest.warns(ConvergenceWarning, match="Lasso: interrupted after step 1"):
        model = Lasso(0.01, tol=1e-10).set_callbacks(Impatient()).fit(X, y)
    assert model.interrupted_ and model.score(X, y) > 0.5


def test_the_limit_of_sweeps_gives_a_warning_with_the_remedy() -> None:
    with pytest.warns(ConvergenceWarning, match=r"2 sweeps \(max_iter\) left a duality gap .* Raise max_iter"):
        model = Lasso(0.001, max_iter=2, tol=1e-10).fit(*sample())
    assert model.n_iter_ == 2


@pytest.mark.parametrize("alpha", [1e-3, 0.1, 0.5])
@pytest.mark.parametrize("weighted", [True, False])
def test_tall_tables_get_the_line_of_scikit_learn_from_few_rows_of_the_gram(weighted: bool, alpha: float) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 60)) + 10.0 * rng.random(60)
    y = X[:, :5] @ rng.normal(size=5) + 0.3 * rng.normal(size=400)
    weight = rng.uniform(0.5, 2.0, 400) if weighted else np.ones(400)
    model = Lasso(alpha, tol=1e-12, warm_start=True).fit(X, y, weight)
    oracle = OracleLasso(alpha, tol=1e-12, max_iter=100_000).fit(X, y, weight)
    np.testing.assert_allclose(model.coef_, oracle.coef_, atol=1e-6)
    assert model.intercept_ == pytest.approx(oracle.intercept_, abs=1e-5)
    steps = model.n_iter_
    assert model.fit(X, y, weight).n_iter_ <= steps  # begins where it ended
    np.testing.assert_allclose(model.coef_, oracle.coef_, atol=1e-6)
