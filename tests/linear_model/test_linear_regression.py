"""Least squares against scikit-learn and NumPy, and its own laws."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression as Oracle

from pellucid.errors import ModelFileError
from pellucid.linear_model import LinearRegression


def sample(n_rows: int = 40, n_features: int = 5, n_targets: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n_rows, n_features)) * 10.0 ** rng.integers(-3, 4, size=n_features) + 7.0
    y = X @ rng.normal(size=(n_features, n_targets or 1)) + rng.normal(size=(n_rows, n_targets or 1)) + 3.0
    return X, y if n_targets else y[:, 0]


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("n_targets", [None, 1, 3])
@pytest.mark.parametrize("shape", [(40, 5), (5, 40), (6, 5), (5, 5), (1, 3)])
def test_the_numbers_are_scikit_learns(
    shape: tuple[int, int], n_targets: int | None, weighted: bool, fit_intercept: bool
) -> None:
    X, y = sample(*shape, n_targets)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, size=len(X)) if weighted else None
    oracle = Oracle(fit_intercept=fit_intercept).fit(X, y, weight)
    model = LinearRegression(fit_intercept=fit_intercept).fit(X, y, weight)
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(model.intercept_, oracle.intercept_, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(model.predict(X), oracle.predict(X), rtol=1e-9, atol=1e-9)
    assert model.predict(X).shape == y.shape
    assert np.shape(model.intercept_) == y.shape[1:]
    assert model.rank_ == oracle.rank_
    np.testing.assert_allclose(model.singular_[: model.rank_], oracle.singular_[: model.rank_], rtol=1e-9)


def test_the_residual_is_at_right_angles_to_every_feature_and_to_one() -> None:
    X, y = load_diabetes(return_X_y=True)
    residual = y - LinearRegression().fit(X, y).predict(X)
    np.testing.assert_allclose(np.column_stack([X, np.ones(len(X))]).T @ residual, 0.0, atol=1e-8)


def test_of_equally_good_weights_the_shortest_are_taken() -> None:
    model = LinearRegression().fit([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]], [5.0, 10.0, 15.0])
    np.testing.assert_allclose(model.coef_, [1.0, 2.0], atol=1e-12)  # 5 = w . (1, 2) is met shortest by w = (1, 2)
    assert model.rank_ == 1


def test_a_constant_column_gets_no_weight() -> None:
    model = LinearRegression().fit([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]], [1.0, 2.0, 4.0])
    np.testing.assert_allclose([*model.coef_, model.intercept_], [1.0, 0.0, 0.0], atol=1e-12)


def test_adding_to_all_features_moves_only_the_intercept() -> None:
    X, y = sample()
    near, far = LinearRegression().fit(X, y), LinearRegression().fit(X + 1e6, y)
    np.testing.assert_allclose(far.coef_, near.coef_, rtol=1e-5)
    np.testing.assert_allclose(far.predict(X + 1e6), near.predict(X), atol=1e-4)


def test_float32_is_solved_in_float64_and_answered_in_float32() -> None:
    X, y = sample()
    narrow = LinearRegression().fit(X.astype(np.float32), y)
    wide = LinearRegression().fit(X.astype(np.float32).astype(np.float64), y)
    assert narrow.coef_.dtype == narrow.predict(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_array_equal(narrow.coef_, wide.coef_.astype(np.float32))


def test_the_users_arrays_are_left_as_they_are() -> None:
    X, y = sample()
    weight = np.ones(len(X))
    kept = X.copy(), y.copy(), weight.copy()
    LinearRegression().fit(X, y, weight)
    for now, before in zip((X, y, weight), kept, strict=True):
        np.testing.assert_array_equal(now, before)


def test_a_record_whose_parts_do_not_fit_is_refused() -> None:
    record = LinearRegression().fit(*sample()).to_record()
    record["state"]["coef_"] = np.zeros(3)
    with pytest.raises(ModelFileError, match=r"LinearRegression: coef_ in the record is \(3,\), not \(5,\)"):
        LinearRegression.from_record(record)
