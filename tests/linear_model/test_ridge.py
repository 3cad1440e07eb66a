"""Ridge against scikit-learn and its normal equations."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csc_array, csr_array
from sklearn.linear_model import Ridge as Oracle

from pellucid.errors import DataError, ParameterError
from pellucid.linear_model import LinearRegression, Ridge


def sample(n_rows: int = 40, n_features: int = 5, n_targets: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n_rows, n_features)) * (rng.random((n_rows, n_features)) < 0.6) + 0.0
    y = X @ rng.normal(size=(n_features, n_targets or 1)) + rng.normal(size=(n_rows, n_targets or 1)) + 3.0
    return X, y if n_targets else y[:, 0]


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("n_targets", [None, 3])
@pytest.mark.parametrize("shape", [(40, 5), (5, 40), (5, 5), (1, 3)])
@pytest.mark.parametrize("solver", ["auto", "cholesky", "svd", "lsqr"])
def test_the_numbers_are_scikit_learns_for_dense_and_sparse_rows(
    solver: Any, shape: tuple[int, int], n_targets: int | None, weighted: bool, fit_intercept: bool
) -> None:
    X, y = sample(*shape, n_targets)
    weight = np.random.default_rng(0).uniform(0.0, 2.0, size=len(X)) if weighted else None
    oracle = Oracle(alpha=0.7, fit_intercept=fit_intercept, solver="svd").fit(X, y, weight)
    for rows in (X, csr_array(X), csc_array(X)):
        model = Ridge(0.7, fit_intercept=fit_intercept, solver=solver, tol=1e-14).fit(rows, y, weight)
        np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=0, atol=1e-9)
        np.testing.assert_allclose(model.intercept_, oracle.intercept_, rtol=0, atol=1e-9)
        np.testing.assert_allclose(model.predict(rows), oracle.predict(X), rtol=0, atol=1e-9)
        assert model.predict(rows).shape == y.shape and np.shape(model.intercept_) == y.shape[1:]


@pytest.mark.parametrize("solver", ["cholesky", "svd", "lsqr"])
def test_every_target_has_its_own_alpha(solver: Any) -> None:
    X, y = sample(n_targets=3)
    alpha = np.array([0.0, 1.0, 50.0])
    together = Ridge(alpha, solver=solver, tol=1e-14).fit(X, y)
    for t in range(3):
        alone = Ridge(alpha[t], solver="svd").fit(X, y[:, t])
        np.testing.assert_allclose(together.coef_[t], alone.coef_, atol=1e-10)
        np.testing.assert_allclose(together.intercept_[t], alone.intercept_, atol=1e-10)


@pytest.mark.parametrize("alpha", [0.0, 1e-3, 5.0])
@pytest.mark.parametrize("shape", [(40, 5), (6, 12)])
def test_positive_weights_meet_the_conditions_of_the_optimum(shape: tuple[int, int], alpha: float) -> None:
    X, y = sample(*shape)
    model = Ridge(alpha, positive=True).fit(X, y)
    downhill = X.T @ (y - model.predict(X)) - alpha * model.coef_  # - half the gradient
    assert (model.coef_ >= 0).all() and (model.coef_ > 0).any()
    np.testing.assert_allclose(downhill[model.coef_ > 0], 0.0, atol=1e-9)
    assert (downhill[model.coef_ == 0] <= 1e-9).all()


def test_without_a_penalty_it_is_least_squares_also_where_columns_depend_on_each_other() -> None:
    X, y = sample()
    X = np.column_stack([X, X[:, 0], 2 * X[:, 1], np.ones(len(X))])
    np.testing.assert_allclose(Ridge(0.0).fit(X, y).coef_, LinearRegression().fit(X, y).coef_, atol=1e-10)
    singular = Ridge(0.0, solver="cholesky").fit(X, y)
    assert singular.solver_ == "svd"
    np.testing.assert_allclose(singular.coef_, LinearRegression().fit(X, y).coef_, atol=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("alpha", [0.0, 1e-13, 1e-10, 1e-7])
@pytest.mark.parametrize("kind", ["double", "sum", "constant", "zero"])
def test_a_tiny_penalty_gives_sparse_rows_the_slopes_of_dense_ones_where_columns_depend_on_each_other(
    kind: str, alpha: float, fit_intercept: bool, weighted: bool
) -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(400, 20)) * (rng.random((400, 20)) < 0.3)
    y = X @ rng.normal(size=20) + rng.normal(size=400)
    more = {"double": 2 * X[:, 0], "sum": X[:, :3].sum(axis=1), "constant": np.full(400, 0.1), "zero": np.zeros(400)}
    X = np.column_stack([X, more[kind]])
    weight = rng.integers(0, 3, 400).astype(float) if weighted else None
    dense = Ridge(alpha, fit_intercept=fit_intercept, solver="svd").fit(X, y, weight)
    sparse = Ridge(alpha, fit_intercept=fit_intercept).fit(csr_array(X), y, weight)
    np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=0, atol=1e-7)
    np.testing.assert_allclose(sparse.intercept_, dense.intercept_, rtol=0, atol=1e-7)


def test_copies_of_a_column_share_its_weight_equally() -> None:
    X, y = sample()
    model = Ridge(1e-3).fit(np.column_stack([X, X]), y)
    np.testing.assert_allclose(model.coef_[:5], model.coef_[5:], atol=1e-9)


def test_features_far_from_zero_lose_no_digits() -> None:
    X, y = sample()
    near, far = Ridge().fit(X, y), Ridge().fit(X + 1e6, y)
    np.testing.assert_allclose(far.coef_, near.coef_, rtol=1e-6)


def test_an_all_zero_and_a_constant_column_get_no_weight() -> None:
    X, y = sample()
    X[:, 0], X[:, 1] = 0.0, 7.0
    for rows in (X, csr_array(X)):
        np.testing.assert_allclose(Ridge(0.1).fit(rows, y).coef_[:2], 0.0, atol=1e-12)


def test_float32_rows_get_float32_weights_of_the_same_optimum() -> None:
    X, y = sample()
    narrow = Ridge().fit(X.astype(np.float32), y)
    assert narrow.coef_.dtype == narrow.predict(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(narrow.coef_, Ridge().fit(X, y).coef_, rtol=1e-5, atol=1e-6)


def test_alphas_that_are_not_one_for_each_target_are_refused() -> None:
    X, y = sample(n_targets=3)
    with pytest.raises(ParameterError, match=r"alpha has shape \(2,\) and y has 3 targets"):
        Ridge([1.0, 2.0]).fit(X, y)
    with pytest.raises(ParameterError, match="each must be a number >= 0"):
        Ridge([1.0, 2.0, -1.0]).fit(X, y)


def test_sparse_rows_with_nan_are_refused_by_row() -> None:
    X, y = sample()
    X[3, 2] = np.nan
    with pytest.raises(DataError, match="Ridge: X holds 1 entries that are NaN or inf, first in row 3"):
        Ridge().fit(csr_array(X), y)


def test_a_fitted_model_refuses_sparse_rows_of_another_width() -> None:
    model = Ridge().fit(*sample())
    with pytest.raises(DataError, match="X has 4 features, but Ridge is expecting 5 features as input"):
        model.predict(csr_array(np.ones((2, 4))))
