"""Logistic regression against scikit-learn's optimum, and its own laws."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning as TheirConvergenceWarning
from sklearn.linear_model import LogisticRegression as Oracle

import pellucid.linear_model._logistic_regression as module
from pellucid.base import Callback, Estimator, History
from pellucid.errors import ConvergenceWarning, DataError, ModelFileError, ParameterError
from pellucid.linear_model import LogisticRegression
from pellucid.linear_model._solvers import lbfgs, newton

SETS = {"iris": load_iris, "breast cancer": load_breast_cancer, "wine": load_wine}
SOLVERS = ["newton-cholesky", "lbfgs"]


def standardised(name: str) -> tuple[np.ndarray, np.ndarray]:
    X, y = SETS[name](return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def cost(model: Any, X: np.ndarray, y: np.ndarray, C: float, weight: np.ndarray) -> float:
    """What is minimised, from predictions alone."""
    own = model.predict_log_proba(X)[np.arange(len(X)), np.searchsorted(model.classes_, y)]
    return float(-C * (weight * own).sum() + 0.5 * (model.coef_**2).sum())


@pytest.mark.parametrize("options", [{}, {"C": 0.01}, {"fit_intercept": False}, {"class_weight": "balanced"}], ids=repr)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", SETS)
def test_coefficients_are_those_of_scikit_learns_optimum(name: str, solver: Any, options: dict[str, Any]) -> None:
    X, y = standardised(name)
    weight = np.random.default_rng(0).integers(1, 4, size=len(y)).astype(float)
    oracle = Oracle(solver="newton-cholesky", tol=1e-12, max_iter=1000, **options).fit(X, y, weight)
    model = LogisticRegression(solver=solver, tol=1e-9, **options).fit(X, y, weight)
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=0, atol=1e-6)
    np.testing.assert_allclose(model.intercept_, oracle.intercept_, rtol=0, atol=1e-6)
    np.testing.assert_allclose(model.predict_proba(X), oracle.predict_proba(X), rtol=0, atol=1e-6)
    np.testing.assert_array_equal(model.predict(X), oracle.predict(X))


@pytest.mark.parametrize("C", [1.0, 100.0])
@pytest.mark.parametrize("name", SETS)
def test_the_defaults_reach_the_optimum_on_features_as_they_come(name: str, C: float) -> None:
    X, y = SETS[name](return_X_y=True)
    oracle = Oracle(C=C, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(X, y)
    model = LogisticRegression(C=C).fit(X, y)
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=0, atol=1e-6)
    np.testing.assert_allclose(cost(model, X, y, C, np.ones(len(y))), cost(oracle, X, y, C, np.ones(len(y))), atol=1e-9)


@pytest.mark.parametrize("penalty", [{"penalty": None}, {"C": np.inf}], ids=repr)
@pytest.mark.parametrize("solver", SOLVERS)
def test_without_a_penalty_the_gradient_of_the_likelihood_vanishes(solver: Any, penalty: dict[str, Any]) -> None:
    X, y = standardised("iris")
    X, y = X[50:, :3], y[50:]  # versicolor and virginica overlap on these
    model = LogisticRegression(solver=solver, tol=1e-9, **penalty).fit(X, y)
    residual = model.predict_proba(X)[:, 1] - (y == model.classes_[1])
    np.testing.assert_allclose(np.column_stack([X, np.ones(100)]).T @ residual, 0.0, atol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_many_classes_without_a_penalty_have_the_solution_whose_rows_sum_to_zero(solver: Any) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 3)), rng.integers(3, size=200)
    model = LogisticRegression(penalty=None, solver=solver, tol=1e-9).fit(X, y)
    np.testing.assert_allclose(model.coef_.sum(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(model.intercept_.sum(), 0.0, atol=1e-12)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", ["iris", "wine"])
def test_separable_classes_without_a_penalty_end_with_finite_weights_and_every_row_right(
    name: str, solver: Any
) -> None:
    X, y = standardised(name)
    X, y = X[y < 2], y[y < 2]
    model = LogisticRegression(penalty=None, solver=solver).fit(X, y)
    assert np.isfinite(model.coef_).all()
    assert model.score(X, y) == 1.0
    assert model.predict_proba(X).max(axis=1).min() > 0.99


def test_the_intercepts_alone_give_the_shares_of_the_classes() -> None:
    X, y = np.zeros((10, 2)), np.array([0] * 5 + [1] * 3 + [2] * 2)
    model = LogisticRegression().fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X[:1])[0], [0.5, 0.3, 0.2], atol=1e-9)


def test_probabilities_of_scores_far_out_keep_their_logarithms() -> None:
    model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    far = model.predict_log_proba([[1e4], [-1e4]])
    z = model.decision_function([[1e4], [-1e4]])
    np.testing.assert_allclose(far, [[-z[0], 0.0], [0.0, z[1]]], rtol=1e-12)
    assert model.predict_proba([[1e4], [-1e4]]).tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_float32_features_get_float32_coefficients_of_the_same_optimum() -> None:
    X, y = standardised("wine")
    wide, narrow = LogisticRegression().fit(X, y), LogisticRegression().fit(X.astype(np.float32), y)
    assert {a.dtype for a in (narrow.coef_, narrow.intercept_, narrow.predict_proba(X.astype(np.float32)))} == {
        np.dtype("f4")
    }
    np.testing.assert_allclose(narrow.coef_, wide.coef_, rtol=1e-5, atol=1e-6)


def test_a_class_whose_rows_all_weigh_nothing_is_not_learned() -> None:
    X, y = standardised("iris")
    model = LogisticRegression().fit(X, y, sample_weight=(y != 1).astype(float))
    assert model.classes_.tolist() == [0, 2]
    np.testing.assert_array_equal(model.coef_, LogisticRegression().fit(X[y != 1], y[y != 1]).coef_)
    assert LogisticRegression(class_weight={1: 0.0}).fit(X, y).classes_.tolist() == [0, 2]


def test_one_class_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="LogisticRegression: y has one class, 'a', among the rows that count; two"):
        LogisticRegression().fit([[0.0], [1.0]], ["a", "a"])


def test_a_class_weight_for_an_unknown_label_is_refused() -> None:
    with pytest.raises(ParameterError, match="class_weight names the label 'c'; y has 'a', 'b'"):
        LogisticRegression(class_weight={"c": 1.0}).fit([[0.0], [1.0]], ["a", "b"])


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_limit_of_steps_gives_a_warning_with_the_remedy_that_scikit_learns_filters_see(solver: Any) -> None:
    X, y = standardised("wine")
    with pytest.warns(
        ConvergenceWarning, match=r"3 steps \(max_iter\) did not reach tol=.* Raise max_iter or tol"
    ) as caught:
        model = LogisticRegression(max_iter=3, solver=solver).fit(X, y)
    assert issubclass(caught[0].category, TheirConvergenceWarning)
    assert caught[0].filename == __file__
    assert model.n_iter_ == 3 and model.score(X, y) > 0.9


def test_the_solver_is_chosen_by_the_work_of_a_newton_step() -> None:
    def chosen(n_rows: int, n_features: int, n_classes: int) -> object:
        model = LogisticRegression()
        model.n_features_in_ = n_features
        objective = model._objective(np.zeros((n_rows, n_features)), np.arange(n_rows) % n_classes, None)
        return model._minimiser(objective)

    assert [chosen(569, 30, 2), chosen(150, 4, 3)] == [newton, newton]
    assert [chosen(1797, 64, 10), chosen(200, 1000, 2), chosen(30_000, 100, 2)] == [lbfgs, lbfgs, lbfgs]


@pytest.mark.parametrize("solver", SOLVERS)
def test_callbacks_see_the_loss_fall_and_an_estimator_that_can_predict(solver: Any) -> None:
    X, y = standardised("wine")

    class Watcher(Callback):
        scores: list[float] = []

        def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> None:
            assert estimator.n_iter_ == step
            self.scores.append(estimator.score(X, y))

    history, watcher = History(), Watcher()
    model = LogisticRegression(solver=solver).set_callbacks(history, watcher).fit(X, y)
    assert [row["step"] for row in history.rows] == list(range(1, model.n_iter_ + 1))
    assert history.rows[0]["loss"] > history.rows[-1]["loss"]
    assert history.rows[-1]["gradient"] < 1e-4
    assert watcher.scores[-1] == model.score(X, y)
    np.testing.assert_array_equal(model.coef_, LogisticRegression(solver=solver).fit(X, y).coef_)


@pytest.mark.parametrize("solver", SOLVERS)
def test_an_interrupted_fit_predicts_with_what_it_had_learned(solver: Any) -> None:
    X, y = standardised("wine")

    class Impatient(Callback):
        def on_step_end(self, estimator: Estimator, step: int, values: Mapping[str, float]) -> None:
            if step == 2:
                raise KeyboardInterrupt

    with pytest.warns(ConvergenceWarning, match="interrupted after step 2"):
        model = LogisticRegression(solver=solver).set_callbacks(Impatient()).fit(X, y)
    assert (model.interrupted_, model.n_iter_) == (True, 2)
    assert model.score(X, y) > 0.9


def test_an_interruption_before_the_first_step_leaves_even_odds(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "newton", interrupted)
    with pytest.warns(ConvergenceWarning, match="interrupted after step 0"):
        model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    assert model.predict_proba([[5.0]]).tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize("n_rows", [1, 3])
def test_one_row_is_answered_as_it_is_among_many(n_rows: int) -> None:
    X, y = standardised("iris")
    model = LogisticRegression().fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X[:n_rows]), model.predict_proba(X)[:n_rows], rtol=1e-13)


def test_a_record_whose_parts_do_not_fit_is_refused() -> None:
    record = LogisticRegression().fit([[0.0], [1.0]], [0, 1]).to_record()
    record["state"]["coef_"] = np.zeros((2, 1))
    with pytest.raises(
        ModelFileError, match=r"coef_ and intercept_ in the record are \(\(2, 1\), \(1,\)\), not \(\(1, 1\)"
    ):
        LogisticRegression.from_record(record)


@pytest.mark.parametrize("scale", [1e-150, 1e-12, 1e12, 1e100])
def test_features_of_any_size_are_fitted_without_a_penalty_as_if_they_were_of_size_one(scale: float) -> None:
    X, y = standardised("iris")
    X, y = X[50:, :2], y[50:]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wanted = LogisticRegression(penalty=None).fit(X, y).predict_proba(X)
        found = LogisticRegression(penalty=None).fit(X * scale, y).predict_proba(X * scale)
    np.testing.assert_allclose(found, wanted, atol=1e-6)


# -- warm starts

ALL_SOLVERS = ["newton-cholesky", "lbfgs", "gd", "saga", "sgd"]
PENALTIES: list[dict[str, Any]] = [{}, {"penalty": "l1"}, {"penalty": "elasticnet", "l1_ratio": 0.4}]


def objective(model: LogisticRegression, X: Any, y: np.ndarray) -> float:
    """F of the model, from predictions alone, in the units of the mean loss."""
    own = model.predict_log_proba(X)[np.arange(len(y)), np.searchsorted(model.classes_, y)]
    r, w = model._ratio(), model.coef_
    return float(-own.mean() + (r * np.abs(w).sum() + (1.0 - r) * 0.5 * (w**2).sum()) / (model.C * len(y)))


def warm(solver: Any, **options: Any) -> LogisticRegression:
    return LogisticRegression(**{"solver": solver, "C": 0.3, "random_state": 0, "max_iter": 20_000} | options)


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
@pytest.mark.parametrize("solver", ALL_SOLVERS)
@pytest.mark.parametrize("name", ["breast cancer", "wine"])
def test_a_warm_fit_of_the_same_rows_is_at_its_goal_at_once(
    name: str, solver: Any, penalty: dict[str, Any], sparse: bool
) -> None:
    X, y = standardised(name)
    rows = csr_array(X) if sparse else X
    penalty = {"C": 0.1} | penalty
    begin = warm("auto", tol=1e-7, **penalty).fit(rows, y)
    model = begin.set_params(solver=solver, tol=1e-5, warm_start=True)
    before, coef = objective(begin, rows, y), begin.coef_.copy()
    model.fit(rows, y)
    assert model.n_iter_ <= (5 if solver == "sgd" else 2) < warm(solver, **penalty).fit(rows, y).n_iter_
    assert objective(model, rows, y) <= before + 1e-9
    np.testing.assert_allclose(model.coef_, coef, atol=1e-4)
    np.testing.assert_allclose(model.odds_ratios_, np.exp(model.coef_))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", ALL_SOLVERS)
def test_a_warm_fit_goes_on_from_coefficients_of_either_precision(solver: Any, dtype: Any) -> None:
    X, y = standardised("wine")
    X = X.astype(dtype)
    model = warm(solver, warm_start=True).fit(X, y)
    before, steps = objective(model, X.astype(float), y), model.n_iter_
    model.fit(X, y)
    assert model.coef_.dtype == model.intercept_.dtype == dtype
    assert model.n_iter_ <= (2 if solver != "sgd" else steps)
    assert objective(model, X.astype(float), y) <= before + (1e-9 if dtype is np.float64 else 1e-7)


@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
@pytest.mark.parametrize("solver", ALL_SOLVERS[:-1])
def test_a_fit_that_ctrl_c_ended_goes_on_to_the_optimum(solver: Any, penalty: dict[str, Any]) -> None:
    class Impatient(Callback):
        def on_step_end(self, estimator: Estimator, step: int, values: Mapping[str, float]) -> None:
            raise KeyboardInterrupt

    X, y = standardised("wine")
    model = warm(solver, warm_start=True, **penalty).set_callbacks(Impatient())
    with pytest.warns(ConvergenceWarning, match="interrupted after step 1"):
        model.fit(X, y)
    begin = model.coef_.copy()
    losses = History()
    undisturbed = warm(solver, **penalty).fit(X, y)
    model.set_callbacks(losses).fit(X, y)
    assert not model.interrupted_ and not np.allclose(begin, model.coef_, atol=1e-2)
    assert losses.rows[0]["loss"] < np.log(3)  # of even odds, where a cold fit begins
    assert objective(model, X, y) == pytest.approx(objective(undisturbed, X, y), abs=1e-8)
    np.testing.assert_allclose(model.coef_, undisturbed.coef_, atol=1e-3)


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
@pytest.mark.parametrize("solver", ALL_SOLVERS[:-1])
def test_along_a_path_of_C_warm_fits_take_fewer_steps_to_the_same_optima(
    solver: Any, penalty: dict[str, Any], sparse: bool
) -> None:
    X, y = standardised("wine")
    rows = csr_array(X) if sparse else X
    model, steps = warm(solver, warm_start=True, **penalty), [0, 0]
    for C in np.geomspace(0.1, 0.4, 6):
        alone = warm(solver, **penalty).set_params(C=C).fit(rows, y)
        model.set_params(C=C).fit(rows, y)
        steps = [steps[0] + model.n_iter_, steps[1] + alone.n_iter_]
        assert objective(model, rows, y) == pytest.approx(objective(alone, rows, y), abs=1e-8)
        np.testing.assert_allclose(model.predict_proba(rows), alone.predict_proba(rows), atol=1e-3)
    assert 0 < steps[0] < steps[1]


@pytest.mark.parametrize("solver", ALL_SOLVERS)
def test_a_warm_fit_never_comes_to_rest_above_where_it_began(solver: Any) -> None:
    X, y = standardised("wine")
    model = warm(solver, warm_start=True).fit(X, y)
    seen = [objective(model, X, y)]
    for _ in range(4):
        seen.append(objective(model.fit(X, y), X, y))
    assert all(later <= earlier + 1e-9 for earlier, later in zip(seen, seen[1:], strict=False))


def test_a_column_that_became_constant_is_given_up_by_a_warm_fit() -> None:
    X, y = standardised("wine")
    still = X.copy()
    still[:, 0] = 7.0
    for solver in ALL_SOLVERS[:-1]:
        model = warm(solver, warm_start=True, tol=1e-8).fit(X, y)
        assert model.coef_[:, 0].any()
        model.fit(still, y)
        np.testing.assert_allclose(model.coef_, warm("auto", tol=1e-8).fit(still, y).coef_, atol=1e-5)


def test_a_warm_start_with_nothing_to_go_on_from_is_a_cold_one() -> None:
    X, y = standardised("wine")
    for solver in ALL_SOLVERS:
        np.testing.assert_array_equal(warm(solver, warm_start=True).fit(X, y).coef_, warm(solver).fit(X, y).coef_)
        twice = warm(solver).fit(X, y).fit(X, y)
        np.testing.assert_array_equal(twice.coef_, warm(solver).fit(X, y).coef_)


def test_an_intercept_that_is_no_longer_wanted_is_left_behind_and_a_new_one_begins_at_zero() -> None:
    X, y = standardised("breast cancer")
    for first in (True, False):
        model = warm("auto", warm_start=True, fit_intercept=first).fit(X, y)
        model.set_params(fit_intercept=not first).fit(X, y)
        wanted = warm("auto", fit_intercept=not first).fit(X, y)
        np.testing.assert_allclose(model.coef_, wanted.coef_, atol=1e-4)
        np.testing.assert_allclose(model.intercept_, wanted.intercept_, atol=1e-4)


def test_a_model_from_a_file_is_gone_on_from() -> None:
    X, y = standardised("wine")
    again = LogisticRegression.from_record(warm("lbfgs", warm_start=True).fit(X, y).to_record())
    assert again.fit(X, y).n_iter_ <= 1


def test_a_warm_start_with_other_classes_or_features_is_refused_and_leaves_the_model() -> None:
    X, y = standardised("wine")
    model = warm("auto", warm_start=True).fit(X, y)
    kept = model.predict_proba(X)
    with pytest.raises(
        DataError, match=r"last fit, which had the classes \[0, 1, 2\], and this one has \[0, 1\]; give"
    ):
        model.fit(X[y < 2], y[y < 2])
    with pytest.raises(DataError, match=r"the classes \[0, 1, 2\], and this one has \['0', '1', '2'\]"):
        model.fit(X, y.astype(str))
    with pytest.raises(DataError, match=r"n_features_in_ 13, and this one has 4; .* warm_start=False to begin anew"):
        model.fit(X[:, :4], y)
    np.testing.assert_array_equal(model.predict_proba(X), kept)
    assert model.set_params(warm_start=False).fit(X[y < 2], y[y < 2]).classes_.tolist() == [0, 1]
