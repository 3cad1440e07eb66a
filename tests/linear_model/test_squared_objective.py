"""The objective is half the mean squared error, and its gradient and Hessian are its derivatives."""

import numpy as np
import pytest

from pellucid.linear_model._squared_objective import SquaredError


@pytest.mark.parametrize("intercept", [True, False])
def test_value_gradient_and_hessian_agree(intercept: bool) -> None:
    rng = np.random.default_rng(0)
    X, Y, share = rng.normal(size=(15, 3)), rng.normal(size=(15, 2)), rng.dirichlet(np.ones(15))
    objective = SquaredError(X, Y, share, 0.3, intercept)
    w, h = rng.normal(size=objective.shape), 1e-5
    z = X @ w[:, :3].T + (w[:, 3] if intercept else 0.0)
    value, gradient = objective.value_and_gradient(w)
    assert value == pytest.approx(0.5 * share @ ((z - Y) ** 2).sum(axis=1) + 0.15 * (w[:, :3] ** 2).sum())
    steps = np.eye(w.size).reshape(-1, *w.shape) * h
    slopes = [objective.value_and_gradient(w + e)[0] - objective.value_and_gradient(w - e)[0] for e in steps]
    np.testing.assert_allclose(gradient.ravel(), np.array(slopes) / (2 * h), atol=1e-8)
    bends = [(objective.value_and_gradient(w + e)[1] - objective.value_and_gradient(w - e)[1]).ravel() for e in steps]
    np.testing.assert_allclose(objective.hessian(w), np.array(bends) / (2 * h), atol=1e-8)
    np.testing.assert_allclose(objective.loss(z)[1], share[:, None] * (z - objective.aims()), atol=1e-15)
