"""Slopes are derivatives of the losses, and an epoch is the rule written out in NumPy."""

import numpy as np
import pytest

from pellucid.linear_model._sgd_kernels import epoch, loss_slope, loss_value
from pellucid.linear_model._sgd_state import CONSTANT, INTERCEPT, LOG_LOSS, MARGIN_LOSSES, RESIDUAL_LOSSES, Going

LOSSES = {**MARGIN_LOSSES, **RESIDUAL_LOSSES}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("y", [-1.0, 1.0])
@pytest.mark.parametrize("p", [-5.3, -0.77, -0.05, 0.03, 0.6, 3.1])
def test_the_slope_is_the_central_difference_of_the_loss(loss: str, y: float, p: float) -> None:
    kind, h = LOSSES[loss], 1e-6
    wanted = (loss_value(kind, y, p + h, 0.2) - loss_value(kind, y, p - h, 0.2)) / (2 * h)
    assert loss_slope(kind, y, p, 0.2) == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize("loss", LOSSES)
def test_scores_far_out_have_finite_losses_and_slopes(loss: str) -> None:
    for p in (-1e15, 1e15):
        assert np.isfinite(loss_value(LOSSES[loss], 1.0, p, 0.1)) and abs(loss_slope(LOSSES[loss], 1.0, p, 0.1)) <= 1e12


def test_an_epoch_is_the_rule_written_out() -> None:
    rng = np.random.default_rng(0)
    X, y, weight = rng.normal(size=(9, 3)), rng.choice([-1.0, 1.0], 9), rng.uniform(0.5, 2.0, 9)
    order, eta, alpha = rng.permutation(9), 0.3, 0.1
    going = Going.at(np.zeros(3), 0.0)
    start, none = np.arange(10, dtype=np.int32) * 3, np.empty(0, np.int32)
    numbers = (LOG_LOSS, 0.0, CONSTANT, eta, 0.5, 0.0, alpha, alpha, 0.0, 1.0, 1)
    epoch(X.ravel(), none, start, False, y, weight, order, *numbers, going.v, going.behind, going.pulled, going.state)
    w, b, path = np.zeros(3), 0.0, []
    for i in order:
        slope = -y[i] / (1 + np.exp(y[i] * (X[i] @ w + b))) * weight[i]
        w = (1 - eta * alpha) * w - eta * slope * X[i]
        b -= eta * slope
        path.append(w)
    np.testing.assert_allclose(going.weights(0)[0], w, rtol=1e-12)
    np.testing.assert_allclose(going.weights(1)[0], np.mean(path, axis=0), rtol=1e-12)
    assert going.state[INTERCEPT] == pytest.approx(b)


def test_l1_draws_weights_towards_zero_but_not_past_it_and_the_mean_is_of_what_each_step_left() -> None:
    rng = np.random.default_rng(0)
    X, y, weight = rng.normal(size=(40, 3)), rng.choice([-1.0, 1.0], 40), np.ones(40)
    eta, alpha, ratio = 0.1, 0.3, 0.6
    going = Going.at(np.zeros(3), 0.0)
    start, none = np.arange(41, dtype=np.int32) * 3, np.empty(0, np.int32)
    numbers = (LOG_LOSS, 0.0, CONSTANT, eta, 0.5, 0.0, alpha, alpha, ratio, 0.0, 1)
    parts = (X.ravel(), none, start, False, y, weight, np.arange(40))
    epoch(*parts, *numbers, going.v, going.behind, going.pulled, going.state)
    w, due, drawn, path = np.zeros(3), 0.0, np.zeros(3), []
    for i in range(40):
        w = (1 - eta * alpha * (1 - ratio)) * w + eta * y[i] / (1 + np.exp(y[i] * (X[i] @ w))) * X[i]
        path.append(w)  # the mean takes a step's weights before l1 is seen to, as scikit-learn's kernel does
        due += eta * alpha * ratio
        kept = np.where(w > 0, np.maximum(0.0, w - (due + drawn)), np.minimum(0.0, w + (due - drawn)))
        drawn += kept - w
        w = kept
    assert (w == 0).any()
    np.testing.assert_allclose(going.weights(0)[0], w, atol=1e-13)
    np.testing.assert_allclose(going.weights(1)[0], np.mean(path, axis=0), atol=1e-13)
