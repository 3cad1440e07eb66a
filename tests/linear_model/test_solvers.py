"""Both minimisers reach the minimum, and leave the last finished step when they are stopped before."""

import numpy as np
import pytest

from pellucid.linear_model._logistic_objective import ManyClasses, Objective, TwoClasses
from pellucid.linear_model._solvers import Minimum, _Lens, _solve, lbfgs, newton

SOLVERS = [newton, lbfgs]


def problem(n_classes: int = 3, penalty: float = 0.01, intercept: bool = True) -> Objective:
    """Features on scales from 1e-3 to 1e3, far from zero."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(80, 4)) * [1e-3, 1.0, 30.0, 1e3] + [1.0, -5.0, 0.0, 1e4]
    codes = rng.integers(n_classes, size=80)
    share = np.full(80, 1 / 80)
    if n_classes == 2:
        return TwoClasses(X, codes, share, penalty, intercept)
    return ManyClasses(X, codes, share, penalty, intercept)


def carry_on(state: Minimum, slope: float) -> bool:
    return False


def run(solver, objective: Objective, tol: float = 1e-9, max_iter: int = 1000, report=carry_on) -> Minimum:
    state = Minimum(np.zeros(objective.shape))
    solver(objective, state, tol, max_iter, report)
    return state


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("solver", SOLVERS)
def test_the_gradient_vanishes_where_it_ends(solver, n_classes: int, intercept: bool) -> None:
    objective = problem(n_classes, intercept=intercept)
    state = run(solver, objective)
    assert state.converged
    value, gradient = objective.value_and_gradient(state.w)
    assert state.value == value
    assert np.abs(_Lens(objective).gradient(gradient)).max() < 1e-8


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("penalty", [0.0, 1e-4, 10.0])
def test_both_end_at_the_same_value(n_classes: int, penalty: float) -> None:
    objective = problem(n_classes, penalty)
    assert run(newton, objective).value == pytest.approx(run(lbfgs, objective).value, abs=1e-12)


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_step_goes_down_and_is_reported(solver) -> None:
    objective, seen = problem(), []
    state = run(solver, objective, report=lambda state, slope: bool(seen.append((state.steps, state.value))))
    steps, values = zip(*seen, strict=True)
    assert steps == tuple(range(1, state.steps + 1))
    assert all(later <= earlier + 1e-14 for earlier, later in zip(values, values[1:], strict=False))


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_report_that_answers_true_ends_it_with_that_step(solver) -> None:
    objective = problem()
    state = run(solver, objective, report=lambda state, slope: state.steps == 2)
    assert (state.steps, state.converged) == (2, False)
    assert objective.value_and_gradient(state.w)[0] == state.value < objective.value_and_gradient(0 * state.w)[0]


@pytest.mark.parametrize("solver", SOLVERS)
def test_an_interruption_leaves_the_last_finished_step(solver) -> None:
    objective = problem()
    state = Minimum(np.zeros(objective.shape))

    def interrupt(now: Minimum, slope: float) -> bool:
        if now.steps == 3:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        solver(objective, state, 1e-9, 1000, interrupt)
    assert state.steps == 3
    assert objective.value_and_gradient(state.w)[0] == state.value


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_limit_of_steps_ends_it_unconverged(solver) -> None:
    state = run(solver, problem(), max_iter=2)
    assert (state.steps, state.converged) == (2, False)


def test_newton_does_not_depend_on_the_units_of_the_features() -> None:
    one, other = problem(2, penalty=0.0), problem(2, penalty=0.0)
    factors = np.array([1e6, 1e-3, 1.0, 1e-6])
    other.X = other.X * factors
    left, right = run(newton, one), run(newton, other)
    assert left.steps == right.steps
    np.testing.assert_allclose(other.scores(right.w), one.scores(left.w), atol=1e-7)


@pytest.mark.parametrize("intercept", [True, False])
def test_the_lens_gives_the_derivative_of_what_it_shows(intercept: bool) -> None:
    objective = problem(intercept=intercept)
    lens, rng, h = _Lens(objective), np.random.default_rng(0), 1e-6
    v, t = rng.normal(size=(2, *objective.shape))
    up, down = (objective.value_and_gradient(lens.to_own(v + s * h * t))[0] for s in (1, -1))
    slope = np.vdot(lens.gradient(objective.value_and_gradient(lens.to_own(v))[1]), t)
    assert slope == pytest.approx((up - down) / (2 * h), rel=1e-7)


@pytest.mark.parametrize("widest", [1500, 2])
def test_the_lens_is_undone_by_looking_through_it_again(widest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.linear_model._solvers.WHITENED_MAX", widest)
    for intercept in (True, False):
        objective = problem(intercept=intercept)
        lens, w = _Lens(objective), np.random.default_rng(0).normal(size=objective.shape)
        assert not np.allclose(lens.to_seen(w), w)
        np.testing.assert_allclose(lens.to_own(lens.to_seen(w)), w, rtol=1e-9)


def test_a_singular_hessian_is_solved_where_it_can_be() -> None:
    rng = np.random.default_rng(0)
    half = rng.normal(size=(5, 3)) * [1.0, 1e4, 1e-4]
    hessian = np.zeros((6, 6))
    hessian[:3, :3] = half.T @ half
    hessian[3:5, 3:5] = 1.0  # two equal columns; the last is all zero
    wanted = rng.normal(size=6) * [1.0, 1e-4, 1e4, 1.0, 0.0, 0.0]
    wanted[4] = wanted[3]
    np.testing.assert_allclose(_solve(hessian, hessian @ wanted), wanted, rtol=1e-6)
