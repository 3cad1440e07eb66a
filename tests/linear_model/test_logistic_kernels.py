"""One pass gives the loss and gradient of the formula in NumPy."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from pellucid.linear_model._logistic_kernels import compress
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


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
@pytest.mark.parametrize("n_classes", [3, 4, 9])
def test_a_pass_over_the_entries_that_are_not_0_is_the_formula(n_classes: int, kind: Any) -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 11)) * (rng.random((60, 11)) < 0.2)
    objective = ManyClasses(kind(X), np.arange(60) % n_classes, np.full(60, 1 / 60), 0.3, True)
    assert objective._stored() is not None
    w = rng.normal(size=objective.shape)
    loss, slope = objective.loss(objective.scores(w))
    found, by_w = objective.in_one_pass(w)
    assert found == pytest.approx(loss, rel=1e-13)
    np.testing.assert_allclose(by_w, np.column_stack([slope.T @ X, slope.sum(axis=0)]), rtol=0, atol=1e-14)


def test_entries_are_found_unless_they_are_many() -> None:
    X = np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 0.0], [3.0, 0.0, 4.0]])
    data, place, start, few = compress(X, 3)
    assert (data.tolist(), place.tolist(), start.tolist(), few) == ([2.0, 3.0, 4.0], [1, 0, 2], [0, 1, 1, 3], True)
    assert not compress(X, 2)[3]
