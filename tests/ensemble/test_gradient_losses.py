"""A residual is minus the derivative of the loss, and a leaf says what lowers it most."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from pellucid.ensemble._gradient_losses import (
    Absolute,
    Deviance,
    GradientLoss,
    Huber,
    Quantile,
    Squared,
    weighted_quantile,
)

RNG = np.random.default_rng(0)
F = RNG.normal(size=(7, 1))
Y = RNG.normal(size=7)
W = RNG.uniform(0.5, 2.0, 7)


@pytest.mark.parametrize(
    ("loss", "scale"),
    [
        (Squared(), 2.0),
        (Absolute(), 1.0),
        (Quantile(0.8), 1.0),
        (Huber(0.6), 1.0),
        (Deviance(2), 2.0),
        (Deviance(3), 1),
    ],
    ids=lambda v: type(v).__name__,
)
def test_the_residual_is_minus_the_derivative(loss: GradientLoss, scale: float) -> None:
    n_scores = 3 if isinstance(loss, Deviance) and loss.n_classes == 3 else 1
    y = RNG.integers(loss.n_classes, size=7).astype(float) if isinstance(loss, Deviance) else Y
    at = RNG.normal(size=(7, n_scores))
    residual = loss.residuals(y, at, W)
    for i, r in np.ndindex(*at.shape):
        moved = []
        for step in (1e-6, -1e-6):
            other = at.copy()
            other[i, r] += step
            moved.append(loss.value(y, other, W))
        slope = (moved[0] - moved[1]) / 2e-6 * W.sum() / W[i]
        np.testing.assert_allclose(residual[i, r] * scale, -slope, atol=1e-7)


@pytest.mark.parametrize("loss", [Squared(), Absolute(), Quantile(0.8)], ids=lambda v: type(v).__name__)
def test_no_number_for_a_leaf_is_better_than_its_own(loss: GradientLoss) -> None:
    value = loss.leaves(np.zeros(7, int), 1, Y - F[:, 0], loss.residuals(Y, F, W)[:, 0], W)[0]
    best = minimize_scalar(lambda v: loss.value(Y, F + v, W), bounds=(-5, 5), method="bounded").fun
    assert loss.value(Y, F + value, W) <= best + 1e-9
    start = loss.start(Y, W)
    best = minimize_scalar(lambda v: loss.value(Y, np.full((7, 1), v), W), bounds=(-5, 5), method="bounded").fun
    assert loss.value(Y, np.tile(start, (7, 1)), W) <= best + 1e-9


def test_a_weighted_quantile_is_that_of_values_repeated() -> None:
    for q in (0.1, 0.25, 0.5, 0.9):
        for _ in range(20):
            values, times = RNG.integers(6, size=9).astype(float), RNG.integers(4, size=9)
            times[0] += 1
            repeated = values.repeat(times)
            wanted = np.quantile(repeated, q, method="averaged_inverted_cdf")
            assert weighted_quantile(values, times.astype(float), q) == wanted
            assert weighted_quantile(repeated, np.ones(len(repeated)), q) == wanted


def test_a_leaf_in_which_all_are_sure_adds_nothing() -> None:
    assert Deviance(2).leaves(np.zeros(3, int), 1, np.zeros(3), np.zeros(3), np.ones(3)).tolist() == [0.0]
