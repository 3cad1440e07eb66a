"""One pass gives the loss and gradient of the formula in NumPy."""

import numpy as np
import pytest

from pellucid.linear_model._logistic_objective import ManyClasses, Objective, TwoClasses


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("size", [1.0, 300.0])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_one_pass_is_the_formula(n_classes: int, size: float, intercept: bool) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5)) * (rng.random((60, 5)) < 0.5)
    share = rng.uniform(0.1, 1.0, 60)
    codes = np.arange(60) % n_classes
    given = (X, codes, share / share.sum(), 0.3, intercept)
    objective: Objective = TwoClasses(*given) if n_classes == 2 else ManyClasses(*given)
    w = size * rng.normal(size=objective.shape)
    loss, slope = objective.loss(objective.scores(w))
    gradient = np.column_stack([slope.T @ X, slope.sum(axis=0)])[:, : objective.shape[1]]
    found, by_w = objective.in_one_pass(w)
    assert found == pytest.approx(loss, rel=1e-13)
    np.testing.assert_allclose(by_w, gradient, rtol=0, atol=1e-13)
