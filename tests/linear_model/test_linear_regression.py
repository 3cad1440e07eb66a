"""Least squares against scikit-learn and NumPy, and its own laws."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csc_array, csr_array
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression as Oracle

from pellucid.base import Callback, History
from pellucid.errors import ConvergenceWarning, ModelFileError, ParameterError
from pellucid.linear_model import LinearRegression


def sample(n_rows: int = 40, n_features: int = 5, n_targets: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n_rows, n_features)) * 10.0 ** rng.integers(-3, 4, size=n_features) + 7.0
    y = X @ rng.normal(size=(n_features, n_targets or 1)) + rng.normal(size=(n_rows, n_targets or 1)) + 3.0
    return X, y if n_targets else y[:, 0]


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("n_targets", [None, 1, 3])
@pytest.mark.parametrize("shape", [(40, 5), (5, 40), (6, 5), (5, 5), (1, 3), (1300, 5)])
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


@pytest.mark.parametrize("weighted", [True, False])
def test_many_rows_are_solved_by_blocks_with_rank_and_singular_values_of_the_whole(weighted: bool) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(5000, 8)) + 7.0
    X[:, 7] = X[:, 2] - X[:, 4]
    y, weights = X.sum(axis=1) + rng.normal(size=len(X)), rng.uniform(0.5, 2.0, size=len(X)) if weighted else None
    model = LinearRegression().fit(X, y, sample_weight=weights)
    root = np.ones(len(X)) if weights is None else np.sqrt(weights)
    centred = (X - np.average(X, axis=0, weights=weights)) * root[:, None]
    slopes, _, rank, values = np.linalg.lstsq(centred, (y - np.average(y, weights=weights)) * root)
    assert model.rank_ == rank == 7
    np.testing.assert_allclose(model.coef_, slopes, rtol=1e-11)
    np.testing.assert_allclose(model.singular_, values, rtol=1e-12, atol=1e-12 * values[0])


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


def thin(n_rows: int, n_features: int, n_targets: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of many zeros in columns on unlike scales, targets, and weights of which some are 0."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(n_rows, n_features)) * (rng.random((n_rows, n_features)) < 0.4)
    X *= 10.0 ** rng.integers(-2, 3, size=n_features)
    Y = X @ rng.normal(size=(n_features, n_targets or 1)) + rng.normal(size=(n_rows, n_targets or 1)) + 50.0
    return X, Y if n_targets else Y[:, 0], rng.uniform(0.0, 2.0, n_rows).round(1)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("n_targets", [None, 3])
@pytest.mark.parametrize("shape", [(60, 5), (6, 40), (40, 40), (1, 3)])
def test_sparse_rows_get_the_line_of_dense_ones(
    shape: tuple[int, int], n_targets: int | None, fit_intercept: bool
) -> None:
    X, y, weight = thin(*shape, n_targets)
    weight += 0.1
    dense = LinearRegression(fit_intercept=fit_intercept).fit(X, y, weight)
    for kind in (csr_array, csc_array):
        model = LinearRegression(fit_intercept=fit_intercept).fit(kind(X), y, weight)
        np.testing.assert_allclose(model.predict(kind(X)), dense.predict(X), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(model.coef_, dense.coef_, rtol=0, atol=1e-6 * np.abs(dense.coef_).max())
    assert not hasattr(model, "rank_") and hasattr(dense, "rank_")


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_sparse_rows_are_met_no_worse_than_by_scikit_learn(fit_intercept: bool) -> None:
    X, y, weight = thin(200, 12, None)
    oracle = Oracle(fit_intercept=fit_intercept, tol=1e-14).fit(csr_array(X), y, weight)
    model = LinearRegression(fit_intercept=fit_intercept).fit(csr_array(X), y, weight)
    squares = [float(weight @ (y - line.predict(X)) ** 2) for line in (model, oracle)]
    assert squares[0] <= squares[1] * (1 + 1e-12)
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=1e-6, atol=1e-6)


def test_wide_sparse_rows_are_not_multiplied_with_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y, _ = thin(60, 5, None)
    wanted = LinearRegression().fit(X, y)
    monkeypatch.setattr("pellucid.linear_model._linear_regression.GRAM_FEATURES_MAX", 2)
    monkeypatch.setattr("pellucid.linear_model._linear_regression.moments", None)
    np.testing.assert_allclose(LinearRegression().fit(csr_array(X), y).coef_, wanted.coef_, rtol=1e-9)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("n_targets", [None, 2])
@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("shape", [(60, 5), (8, 20), (60, 20)])
def test_positive_weights_are_scikit_learns_and_no_other_positive_line_is_closer(
    shape: tuple[int, int], sparse: bool, n_targets: int | None, fit_intercept: bool
) -> None:
    X, y, weight = thin(*shape, n_targets)
    oracle = Oracle(positive=True, fit_intercept=fit_intercept).fit(X, y, weight)
    model = LinearRegression(positive=True, fit_intercept=fit_intercept).fit(csr_array(X) if sparse else X, y, weight)
    assert (model.coef_ >= 0).all() and (model.coef_ == 0).any()
    np.testing.assert_allclose(model.predict(X)[weight > 0], oracle.predict(X)[weight > 0], rtol=1e-7, atol=1e-7)
    rest = (y - model.predict(X)).reshape(len(X), -1) * weight[:, None]
    slope = rest.T @ X  # what is left would be met better by more of those with weight, and by less of the others
    scale = np.abs(X).max() * np.abs(y).max() * len(X)
    coef = np.atleast_2d(model.coef_)
    assert np.abs(slope[coef > 0]).max(initial=0.0) < 1e-10 * scale and slope[coef == 0].max() < 1e-10 * scale


def test_positive_weights_are_not_asked_of_solvers_that_lead_to_any_sign() -> None:
    with pytest.raises(ParameterError, match="positive=True with solver='gd', whose steps lead to any sign"):
        LinearRegression(positive=True, solver="gd").fit([[0.0], [1.0]], [0.0, 1.0])


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("n_targets", [None, 3])
def test_gradient_descent_ends_at_the_closed_form(n_targets: int | None, sparse: bool, fit_intercept: bool) -> None:
    X, y, weight = thin(60, 5, n_targets)
    wanted = LinearRegression(fit_intercept=fit_intercept).fit(X, y, weight)
    model = LinearRegression(solver="gd", tol=1e-11, max_iter=10_000, fit_intercept=fit_intercept)
    model.fit(csr_array(X) if sparse else X, y, weight)
    np.testing.assert_allclose(model.coef_, wanted.coef_, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(model.intercept_, wanted.intercept_, rtol=1e-7)
    assert np.shape(model.intercept_) == y.shape[1:] and np.shape(model.coef_) == np.shape(wanted.coef_)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("sparse", [True, False])
def test_stochastic_gradient_descent_ends_near_it_in_any_unit(sparse: bool, scale: float) -> None:
    X, y, _ = thin(200, 5, None)
    model = LinearRegression(solver="sgd", random_state=0).fit(csr_array(X * scale) if sparse else X * scale, y * scale)
    best = LinearRegression().fit(X, y).score(X, y)
    assert 0.0 <= best - model.score(X * scale, y * scale) < 1e-3


def test_each_step_of_gradient_descent_can_be_looked_at() -> None:
    X, y, _ = thin(60, 5, None)
    seen: list[float] = []

    class Watcher(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            assert estimator.n_iter_ == step
            assert values["loss"] == pytest.approx(float(np.mean((estimator.predict(X) - y) ** 2)), rel=1e-9)
            seen.append(values["loss"])

    model = LinearRegression(solver="gd").set_callbacks(Watcher()).fit(X, y)
    assert len(seen) == model.n_iter_ > 3
    assert all(later <= earlier * (1 + 1e-12) for earlier, later in zip(seen, seen[1:], strict=False))


@pytest.mark.parametrize("solver", ["gd", "sgd"])
def test_an_interruption_keeps_the_line_and_the_limit_warns(solver: Any) -> None:
    class Impatient(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            if step == 3:
                raise KeyboardInterrupt

    X, y, _ = thin(60, 5, None)
    history = History()
    with pytest.warns(ConvergenceWarning, match="interrupted after step 3"):
        model = LinearRegression(solver=solver, random_state=0).set_callbacks(history, Impatient()).fit(X, y)
    assert (model.interrupted_, model.n_iter_) == (True, 3) and model.score(X, y) > 0.5
    with pytest.warns(ConvergenceWarning, match=f"2 steps .max_iter. of {solver} did not reach tol=1e-06") as caught:
        LinearRegression(solver=solver, max_iter=2).fit(X, y)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("solver", ["gd", "sgd"])
def test_a_target_of_one_value_is_met_by_the_intercept(solver: Any) -> None:
    model = LinearRegression(solver=solver, random_state=0).fit([[0.0, 2.0], [1.0, 2.0], [5.0, 2.0]], [3.0, 3.0, 3.0])
    assert model.coef_.tolist() == [0.0, 0.0] and model.intercept_ == 3.0
