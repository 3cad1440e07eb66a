"""Losses: derivatives against differences, starts against neighbours."""

import numpy as np
import pytest

from pellucid.ensemble._boosting_losses import (
    BinaryLogLoss,
    LogLoss,
    Loss,
    PinballLoss,
    SquaredError,
    sigmoid,
    softmax,
    weighted_quantile,
)

RNG = np.random.default_rng(0)
CASES: list[tuple[Loss, np.ndarray, int]] = [
    (SquaredError(), RNG.normal(size=20), 1),
    (BinaryLogLoss(), RNG.integers(2, size=20).astype(float), 1),
    (LogLoss(3), RNG.integers(3, size=20).astype(float), 3),
]
W = RNG.uniform(0.5, 2.0, 20)
each_loss = pytest.mark.parametrize(("loss", "y", "n_scores"), CASES, ids=lambda part: type(part).__name__)


@each_loss
def test_gradients_agree_with_central_differences(loss: Loss, y: np.ndarray, n_scores: int) -> None:
    F, step = RNG.normal(size=(20, n_scores)), 1e-5
    g, h = loss.gradients(y, F, W)
    for i in range(3):
        for r in range(n_scores):
            move = np.zeros_like(F)
            move[i, r] = step
            up, here, down = (loss.value(y, F + s * move, W) * W.sum() for s in (1, 0, -1))
            np.testing.assert_allclose(g[i, r], (up - down) / (2 * step), rtol=1e-5, atol=1e-8)
            np.testing.assert_allclose(h[i, r], (up - 2 * here + down) / step**2, rtol=1e-3, atol=1e-4)


def test_the_slope_of_the_pinball_is_that_of_its_value_and_its_start_costs_least() -> None:
    y, F = RNG.normal(size=20), RNG.normal(size=(20, 1))
    for q in (0.1, 0.5, 0.9):
        loss = PinballLoss(q)
        for i in range(5):
            move = np.zeros_like(F)
            move[i] = 1e-7
            slope = (loss.value(y, F + move, W) - loss.value(y, F - move, W)) * W.sum() / 2e-7
            np.testing.assert_allclose(loss.gradients(y, F, W)[0][i, 0], slope, rtol=1e-5)
        costs = [loss.value(y, np.full((20, 1), c), W) for c in y]
        assert loss.value(y, np.full((20, 1), loss.start(y, W)[0]), W) <= min(costs) + 1e-12


def test_a_quantile_of_weight_two_is_that_of_the_row_twice() -> None:
    y, times = RNG.normal(size=30), RNG.integers(1, 4, size=30)
    for q in (0.0, 0.25, 0.5, 1.0):
        assert weighted_quantile(y, times.astype(float), q) == weighted_quantile(
            y.repeat(times), np.ones(times.sum()), q
        )
    assert weighted_quantile(y, np.ones(30), 0.5) == np.median(y)


@each_loss
def test_no_constant_near_the_start_costs_less(loss: Loss, y: np.ndarray, n_scores: int) -> None:
    start = loss.start(y, W)
    best = loss.value(y, np.tile(start, (20, 1)), W)
    for _ in range(20):
        assert loss.value(y, np.tile(start + 0.01 * RNG.normal(size=n_scores), (20, 1)), W) >= best


def test_extreme_scores_give_finite_numbers() -> None:
    F = np.array([[-800.0], [800.0]])
    assert sigmoid(F).ravel().tolist() == [0.0, 1.0]
    assert softmax(np.array([[900.0, 0.0]])).tolist() == [[1.0, 0.0]]
    assert BinaryLogLoss().value(np.array([1.0, 0.0]), F, np.ones(2)) == 800.0
