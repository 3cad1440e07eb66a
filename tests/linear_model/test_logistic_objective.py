"""The objective, its gradient and its Hessian agree with each other and with the formula."""

from typing import Any

import numpy as np
import pytest

from pellucid.linear_model import _logistic_objective
from pellucid.linear_model._logistic_objective import ManyClasses, Objective, TwoClasses

KINDS = [TwoClasses, ManyClasses]


def sample(kind: type, intercept: bool = True, n_rows: int = 13) -> tuple[Objective, np.ndarray]:
    """An objective of unequal shares, and a place to look at it."""
    rng = np.random.default_rng(3)
    share = rng.uniform(0.1, 1.0, n_rows)
    codes = np.arange(n_rows) % (2 if kind is TwoClasses else 3)
    objective = kind(rng.normal(size=(n_rows, 4)), codes, share / share.sum(), 0.3, intercept)
    return objective, rng.normal(size=objective.shape)


def central_difference(f, w: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """df/dw, one column an entry of w; error near h^2 + 1e-16 / h = 1e-10."""
    steps = np.eye(w.size).reshape(-1, *w.shape) * h
    return np.stack([(np.asarray(f(w + step)) - np.asarray(f(w - step))).ravel() / (2 * h) for step in steps], axis=-1)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_the_central_difference_of_the_value(kind: type, intercept: bool) -> None:
    objective, w = sample(kind, intercept)
    wanted = central_difference(lambda at: objective.value_and_gradient(at)[0], w)
    np.testing.assert_allclose(objective.value_and_gradient(w)[1].ravel(), wanted.ravel(), rtol=0, atol=1e-9)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_hessian_is_the_central_difference_of_the_gradient(kind: type, intercept: bool) -> None:
    objective, w = sample(kind, intercept)
    wanted = central_difference(lambda at: objective.value_and_gradient(at)[1], w)
    np.testing.assert_allclose(objective.hessian(w), wanted, rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_the_hessian_does_not_depend_on_the_blocks_it_is_summed_in(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    objective, w = sample(kind)
    whole = objective.hessian(w)
    monkeypatch.setattr(
        _logistic_objective, "BLOCK_BYTES", 8 * w.size * 3
    )  # three rows at a time, the last block of one
    np.testing.assert_allclose(objective.hessian(w), whole, rtol=0, atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_the_value_is_the_formula_written_out(kind: type) -> None:
    objective, w = sample(kind)
    z = objective.X @ w[:, :-1].T + w[:, -1]
    z = np.column_stack([np.zeros(len(z)), z[:, 0]]) if kind is TwoClasses else z
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(p)), objective.codes])
    wanted = (objective.share * loss).sum() + 0.15 * (w[:, :-1] ** 2).sum()
    assert objective.value_and_gradient(w)[0] == pytest.approx(wanted, abs=1e-14)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1e4, 1e300])
def test_scores_far_out_give_finite_numbers_and_no_warning(kind: type, size: float) -> None:
    objective, w = sample(kind)
    z = objective.scores(w)
    z = np.sign(z) * size
    loss, slope = objective.loss(z)
    assert np.isfinite(loss) and np.isfinite(slope).all()
    total = np.zeros((w.size, w.size))
    objective.add_curvature(total, np.ones((len(z), w.shape[1])), z, objective.share)
    assert np.isfinite(total).all()


def test_two_classes_are_many_classes_with_half_the_weights_and_twice_the_penalty() -> None:
    two, w = sample(TwoClasses)
    many = ManyClasses(two.X, two.codes, two.share, 2 * two.penalty, True)
    assert many.value_and_gradient(np.vstack([-w, w]) / 2)[0] == pytest.approx(two.value_and_gradient(w)[0], abs=1e-14)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_slope_by_the_scores_is_prediction_less_aim_and_they_bend_by_no_more_than_is_said(n_classes: int) -> None:
    rng = np.random.default_rng(2)
    codes, share = np.arange(40) % n_classes, np.full(40, 1 / 40)
    objective: Any = (TwoClasses if n_classes == 2 else ManyClasses)(np.zeros((40, 1)), codes, share, 0.0, True)
    z = 3.0 * rng.normal(size=(40, objective.shape[0]))
    p = 1 / (1 + np.exp(-z)) if n_classes == 2 else np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(objective.loss(z)[1], share[:, None] * (p - objective.aims()), atol=1e-15)
    h, t = 1e-6, rng.normal(size=z.shape)
    change = (objective.loss(z + h * t)[1] - objective.loss(z - h * t)[1]) / (2 * h * share[:, None])
    bends = (change * t).sum(axis=1) / (t**2).sum(axis=1)
    assert 0.0 <= bends.min() and bends.max() <= objective.bend
    two = np.zeros((40, objective.shape[0]))
    two[:, 2:] = -50.0  # where two classes are even the bound is met
    along = np.zeros_like(two)
    along[:, 0] = 1.0
    along[:, 1:2] = -1.0
    change = (objective.loss(two + h * along)[1] - objective.loss(two - h * along)[1]) / (2 * h * share[:, None])
    np.testing.assert_allclose((change * along).sum(axis=1) / (along**2).sum(axis=1), objective.bend, rtol=1e-6)
