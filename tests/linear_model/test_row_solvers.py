"""Gradient descent goes down at its rate, SAGA ends at the optimum, SGD near it; all can be watched and stopped."""

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.linear_model import LogisticRegression as Oracle

from pellucid.base import Callback, History
from pellucid.errors import ConvergenceWarning
from pellucid.linear_model import LogisticRegression
from pellucid.linear_model._logistic_objective import ManyClasses, Objective, TwoClasses
from pellucid.linear_model._row_solvers import PATIENCE, _View, _Walk, gd, saga, sgd
from pellucid.linear_model._solvers import Minimum, newton

SETS = {"iris": load_iris, "breast cancer": load_breast_cancer, "wine": load_wine}
PENALTIES: dict[str, dict[str, Any]] = {
    "l2": {"penalty": "l2"},
    "l1": {"penalty": "l1"},
    "elastic net": {"penalty": "elasticnet", "l1_ratio": 0.4},
}


def standardised(name: str) -> tuple[np.ndarray, np.ndarray]:
    X, y = SETS[name](return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def problem(n_classes: int = 3, lasso: float = 0.02, intercept: bool = True, sparse: bool = False) -> Objective:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(80, 4)) * [1e-3, 1.0, 30.0, 1e3]
    X = csr_array(X * (rng.random((80, 4)) < 0.5)) if sparse else X + intercept * np.array([1.0, -5.0, 0.0, 1e4])
    codes, share = rng.integers(n_classes, size=80), rng.dirichlet(np.full(80, 3.0))
    objective: Objective = (TwoClasses if n_classes == 2 else ManyClasses)(X, codes, share, 0.01, intercept)
    objective.lasso = lasso
    return objective


def carry_on(state: Minimum, slope: float) -> bool:
    return False


def run(
    solver: Any, objective: Objective, tol: float = 1e-8, max_iter: int = 20_000, report: Any = carry_on
) -> Minimum:
    state = Minimum(np.zeros(objective.shape))
    chance = {} if solver is gd else {"chance": np.random.default_rng(0)}
    solver(objective, state, tol, max_iter, report, **chance)
    return state


def cost(model: Any, X: np.ndarray, y: np.ndarray, C: float, ratio: float, weight: np.ndarray) -> float:
    own = model.predict_log_proba(X)[np.arange(len(X)), y]
    w = model.coef_
    return float(-C * weight @ own + ratio * np.abs(w).sum() + 0.5 * (1 - ratio) * (w**2).sum())


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("name", SETS)
def test_saga_reaches_scikit_learns_optimum(name: str, penalty: str, sparse: bool) -> None:
    X, y = standardised(name)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(y))
    ratio = {"l2": 0.0, "l1": 1.0, "elastic net": 0.4}[penalty]
    oracle = Oracle(C=0.3, l1_ratio=ratio, solver="saga", tol=1e-11, max_iter=200_000).fit(X, y, weight)
    model = LogisticRegression(solver="saga", C=0.3, tol=1e-9, max_iter=20_000, random_state=0, **PENALTIES[penalty])
    model.fit(csr_array(X) if sparse else X, y, weight)
    theirs = cost(oracle, X, y, 0.3, ratio, weight)
    assert cost(model, X, y, 0.3, ratio, weight) <= theirs * (1 + 1e-12)
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=0, atol=3e-6)
    np.testing.assert_array_equal(model.coef_ == 0, oracle.coef_ == 0)


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("name", ["iris", "wine"])
def test_gradient_descent_ends_there_too(name: str, penalty: str) -> None:
    X, y = standardised(name)
    shared: dict[str, Any] = {"C": 0.3, "max_iter": 20_000, **PENALTIES[penalty]}
    wanted = LogisticRegression(tol=1e-9, **shared).fit(X, y)
    model = LogisticRegression(solver="gd", tol=1e-8, **shared).fit(X, y)
    np.testing.assert_allclose(model.coef_, wanted.coef_, rtol=0, atol=1e-5)


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("name", SETS)
def test_sgd_ends_near_it(name: str, penalty: str) -> None:
    X, y = standardised(name)
    shared: dict[str, Any] = {"C": 0.3, **PENALTIES[penalty]}
    wanted, model = LogisticRegression(**shared), LogisticRegression(solver="sgd", random_state=0, **shared)
    ratio, even = {"l2": 0.0, "l1": 1.0, "elastic net": 0.4}[penalty], np.ones(len(y))
    best = cost(wanted.fit(X, y), X, y, 0.3, ratio, even)
    begin = 0.3 * len(y) * math.log(len(np.unique(y)))
    assert cost(model.fit(X, y), X, y, 0.3, ratio, even) - best < 0.02 * (begin - best)
    assert model.score(X, y) > wanted.score(X, y) - 0.02
    assert model.n_iter_ < 100


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("solver", [gd, saga])
def test_the_shortest_subgradient_vanishes_where_it_ends(
    solver: Any, n_classes: int, sparse: bool, intercept: bool
) -> None:
    objective = problem(n_classes, intercept=intercept, sparse=sparse)
    state = run(solver, objective)
    assert state.converged
    view = _View(objective, centred=intercept and not sparse)
    slope, v, l1 = view.gradient(objective.value_and_gradient(state.w)[1]), view.to_seen(state.w), view.l1
    assert np.abs(slope + np.sign(v) * l1)[v != 0].max() < 1e-7
    assert (np.abs(slope) <= l1 + 1e-7)[v == 0].all()
    width = objective.X.shape[1]
    value = objective.value_and_gradient(state.w)[0] + objective.lasso * np.abs(state.w[:, :width]).sum()
    assert state.value == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize("lasso", [0.0, 0.02])
def test_every_step_of_gradient_descent_goes_down_and_as_fast_as_is_promised(lasso: float) -> None:
    objective, seen = problem(lasso=lasso), []
    run(gd, objective, report=lambda state, slope: bool(seen.append(state.value)))
    view = _View(objective, centred=True)
    best = run(gd, objective, tol=1e-11)
    distance = float((view.to_seen(best.w) ** 2).sum())  # from where it began, 0
    most = 0.5 * (objective.shape[1] + 1) * 2.0  # L: the trace of the curvature bounds it, and doubling overshoots by 2
    for k, value in enumerate(seen, 1):
        assert value - best.value <= most * distance / k + 1e-13
    assert all(later <= earlier + 1e-14 for earlier, later in zip(seen, seen[1:], strict=False))


@pytest.mark.parametrize("solver", [gd, sgd, saga])
def test_a_report_that_answers_true_ends_it_with_that_step_and_the_limit_does(solver: Any) -> None:
    objective = problem()
    state = run(solver, objective, report=lambda state, slope: state.steps == 2)
    assert (state.steps, state.converged) == (2, False)
    assert run(solver, objective, max_iter=2).value == state.value
    start = objective.value_and_gradient(0 * state.w)[0]
    assert run(solver, objective, tol=1e-5).value < start and (solver is sgd or state.value < start)


def test_sgd_halves_its_step_when_an_epoch_gains_too_little_and_then_ends() -> None:
    seen: list[float] = []
    state = run(sgd, problem(2), tol=1e-4, report=lambda state, slope: bool(seen.append(state.value)))
    lowest = np.minimum.accumulate(seen)
    gains = lowest[:-1] - np.array(seen)[1:]
    assert state.converged
    assert (gains[-PATIENCE:] < 1e-4).all() and gains[-PATIENCE - 1] >= 1e-4
    assert max(seen[-PATIENCE:]) - min(seen[-PATIENCE:]) < 1e-3


@pytest.mark.parametrize("sparse", [True, False])
def test_the_view_is_undone_and_its_features_have_spread_one(sparse: bool) -> None:
    objective = problem(sparse=sparse)
    view = _View(objective, centred=not sparse)
    v = np.random.default_rng(0).normal(size=objective.shape)
    np.testing.assert_allclose(view.to_seen(view.to_own(v)), v, rtol=1e-9)
    rows = objective.X.toarray() if sparse else objective.X
    seen = (rows - view.centre) * view.factor
    spread = objective.share @ seen**2 + view.l2[:-1] / objective.bend
    np.testing.assert_allclose(spread, 1.0, rtol=1e-9)
    h, t = 1e-6, np.random.default_rng(1).normal(size=v.shape)
    slope = (view.smooth(v + h * t)[0] - view.smooth(v - h * t)[0]) / (2 * h)
    assert np.vdot(view.smooth(v)[1], t) == pytest.approx(slope, rel=1e-6)


def test_a_column_of_one_value_keeps_weight_zero() -> None:
    X, y = standardised("iris")
    wide = np.column_stack([X, np.full(len(X), 1e6)])
    for solver in ("gd", "sgd", "saga"):
        shared: Any = {"solver": solver, "random_state": 0}
        model, plain = LogisticRegression(**shared).fit(wide, y), LogisticRegression(**shared).fit(X, y)
        assert not model.coef_[:, -1].any()
        np.testing.assert_allclose(model.predict_proba(wide), plain.predict_proba(X), atol=1e-9)


@pytest.mark.parametrize("solver", ["sgd", "saga"])
def test_the_seed_decides_the_path(solver: Any) -> None:
    X, y = standardised("wine")

    def path(seed: int) -> list[dict[str, float]]:
        history = History()
        LogisticRegression(solver=solver, random_state=seed).set_callbacks(history).fit(X, y)
        return history.rows

    assert path(0) == path(0) != path(1)


@pytest.mark.parametrize("solver", ["gd", "sgd", "saga"])
def test_callbacks_see_a_model_that_predicts_and_ctrl_c_keeps_it(solver: Any) -> None:
    X, y = standardised("wine")
    scores: list[float] = []

    class Watcher(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            assert estimator.n_iter_ == step
            scores.append(estimator.score(X, y))
            if step == 5:
                raise KeyboardInterrupt

    history, model = History(), LogisticRegression(solver=solver, random_state=0)
    with pytest.warns(ConvergenceWarning, match="interrupted after step 5"):
        model.set_callbacks(history, Watcher()).fit(X, y)
    assert (model.interrupted_, model.n_iter_) == (True, 5)
    assert model.score(X, y) == scores[-1] > 0.9
    assert history.rows[0]["loss"] > history.rows[-1]["loss"]


def test_the_limit_names_the_solvers_that_need_fewer_steps() -> None:
    with pytest.warns(ConvergenceWarning, match="3 steps .* Steps of solver='auto' see the curvature"):
        LogisticRegression(solver="gd", max_iter=3).fit(*standardised("wine"))


def test_rows_are_drawn_so_that_no_step_is_longer_than_twice_the_mean_allows() -> None:
    objective = problem(2)
    walk = _Walk(objective, Minimum(np.zeros(objective.shape)), remember=False)
    bends = objective.share * walk.squares
    chances = (1 / 80 + bends / bends.sum()) / 2
    assert 1 / walk.longest(objective.share / chances) <= 2 * objective.bend * bends.sum() * (1 + 1e-12)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_start_at_the_minimum_stays_there(n_classes: int) -> None:
    objective = problem(n_classes, lasso=0.0)
    best = Minimum(np.zeros(objective.shape))
    newton(objective, best, 1e-12, 100, carry_on)
    for solver in (gd, partial(saga, chance=np.random.default_rng(0))):
        state = Minimum(best.w.copy())
        solver(objective, state, 1e-7, 100, carry_on)
        assert state.steps == 1 and state.converged
        assert state.value == pytest.approx(best.value, rel=1e-12)
