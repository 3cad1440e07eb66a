"""A step is the rule written out in NumPy, for dense and sparse rows; many steps at once are as many one by one."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from pellucid.linear_model._logistic_objective import IDENTITY, SIGMOID, SOFTMAX
from pellucid.linear_model._row_step_kernels import rested, slope_of, step_dense, step_sparse

LINKS = {"identity": (IDENTITY, 2), "sigmoid": (SIGMOID, 1), "softmax": (SOFTMAX, 3)}


def soft(v: Any, by: Any) -> Any:
    return np.sign(v) * np.maximum(np.abs(v) - by, 0.0)


def predicted(link: int, z: np.ndarray) -> np.ndarray:
    if link == IDENTITY:
        return z
    return 1 / (1 + np.exp(-z)) if link == SIGMOID else np.exp(z) / np.exp(z).sum()


@pytest.mark.parametrize("remember", [True, False])
@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("name", LINKS)
def test_steps_are_the_rule_written_out(name: str, sparse: bool, remember: bool) -> None:
    link, n_scores = LINKS[name]
    rng = np.random.default_rng(3)
    X = rng.normal(size=(12, 5)) * (rng.random((12, 5)) < 0.4)
    X[:, -1] = 1.0  # the intercept
    aims, share = rng.random((12, n_scores)), rng.dirichlet(np.ones(12))
    factor, order, eta = rng.uniform(0.5, 2.0, 12), rng.integers(12, size=60), 0.05
    l1, l2 = np.array([0.3, 0.02, 0.0, 0.1, 0.0]), np.array([0.0, 0.5, 0.2, 0.1, 0.0])
    rho = 1 / (1 + eta * l2)
    w, m = rng.normal(size=(n_scores, 5)), np.zeros((12, n_scores))
    if remember:
        m = rng.normal(size=m.shape)
    G = (m * share[:, None]).T @ X
    slopes, mean, found = m.copy(), G.copy(), w.copy()
    for i in order:
        t = predicted(link, w @ X[i]) - aims[i]
        w = rho * soft(w - eta * (factor[i] * np.outer(t - m[i], X[i]) + G), eta * l1)
        if remember:
            G = G + share[i] * np.outer(t - m[i], X[i])
            m[i] = t
    if sparse:
        rows = csr_array(X)
        mean, found = mean.T.copy(), found.T.copy()
        parts: Any = rows.data, rows.indices, rows.indptr
        step_sparse(*parts, aims, share, link, order, factor, eta, l1, rho, remember, slopes, mean, found)
        mean, found = mean.T, found.T
    else:
        step_dense(X, aims, share, link, order, factor, eta, l1, rho, remember, slopes, mean, found)
    np.testing.assert_allclose(found, w, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(mean, G, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(slopes, m, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("rho", [1.0, 0.999, 0.7])
@pytest.mark.parametrize("l1", [0.0, 0.01, 0.2])
@pytest.mark.parametrize("pull", [-0.3, -0.01, 0.0, 0.004, 0.3])
@pytest.mark.parametrize("v", [-2.0, -0.05, 0.0, 0.05, 2.0])
def test_many_steps_at_once_are_as_many_one_by_one(v: float, pull: float, l1: float, rho: float) -> None:
    wanted = v
    for times in range(300):
        assert rested(v, times, pull, l1, rho) == pytest.approx(wanted, rel=1e-10, abs=1e-13)
        wanted = float(rho * soft(wanted - pull, l1))


def test_scores_far_out_have_slopes_of_at_most_one() -> None:
    for link, z in ((SIGMOID, [-1e4]), (SIGMOID, [1e4]), (SOFTMAX, [1e4, -1e4, 0.0])):
        found = np.array(z)
        slope_of(link, found, np.zeros(len(z)))
        assert np.isfinite(found).all() and found.max() <= 1.0 and found.min() >= 0.0
