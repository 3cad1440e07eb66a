"""Newton's steps go down, and end where the gradient vanishes."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from pellucid.svm._primal import _curvature, _length, newton_step


def problem(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(300, 4)) * [1.0, 5.0, 0.1, 1.0] * (rng.random((300, 4)) < 0.7)
    return X, np.where(X[:, 0] + X[:, 3] + rng.normal(size=300) > 0.0, 1.0, -1.0), rng.uniform(0.0, 3.0, 300)


def objective(X: np.ndarray, y: np.ndarray, cost: np.ndarray, bias: float, v: np.ndarray) -> float:
    gap = np.maximum(1.0 - y * (X @ v[:-1] + bias * v[-1]), 0.0)
    return 0.5 * v @ v + cost @ gap**2


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("bias", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("seed", range(3))
def test_steps_go_down_and_end_where_the_gradient_vanishes(seed: int, bias: float, sparse: bool) -> None:
    X, y, cost = problem(seed)
    cost[::7] = 0.0
    v, before, steps = np.zeros(5), np.inf, 0
    while newton_step(csr_array(X) if sparse else X, y, cost, bias, v) > 1e-11:
        now = objective(X, y, cost, bias, v)
        assert now < before or steps > 3
        before, steps = now, steps + 1
        assert steps < 20
    pulled = 2.0 * cost * np.maximum(1.0 - y * (X @ v[:-1] + bias * v[-1]), 0.0) * y
    np.testing.assert_allclose(v, np.append(X.T @ pulled, bias * pulled.sum()), rtol=0, atol=1e-9)


def test_columns_that_repeat_at_a_huge_scale_end_the_search_as_well() -> None:
    X, y, cost = problem(0)
    X = np.hstack([X, X[:, :1], 1e12 * X[:, :2], 1e12 * X[:, :2]])
    v, steps = np.zeros(10), 0
    while newton_step(X, y, cost, 1.0, v) > 1e-4 and steps < 100:
        steps += 1
    assert steps < 100 and np.isfinite(v).all()
    assert objective(X, y, cost, 1.0, v) < 0.7 * objective(X, y, cost, 1.0, np.zeros(10))


def test_a_step_is_as_long_as_lowers_the_objective_most() -> None:
    X, y, cost = problem(1)
    rng = np.random.default_rng(2)
    for scale in (0.01, 1.0, 100.0):
        v = rng.normal(size=5)
        gap = 1.0 - y * (X @ v[:-1] + v[-1])
        pulled = 2.0 * cost * np.maximum(gap, 0.0) * y
        d = -scale * (v - np.append(X.T @ pulled, pulled.sum()))
        t = _length(v, d, gap, y * (X @ d[:-1] + d[-1]), cost)
        at = [objective(X, y, cost, 1.0, v + s * t * d) for s in (0.999, 1.0, 1.001)]
        assert at[1] < min(at[0], at[2])


def test_curvature_is_the_same_in_pieces_and_sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    X, _, cost = problem(2)
    cost[:50] = 0.0
    wide = np.hstack([X, np.full((300, 1), 1.5)])
    wanted = np.eye(5) + 2.0 * (wide * cost[:, None]).T @ wide
    np.testing.assert_allclose(_curvature(X, cost, 1.5), wanted, rtol=1e-12)
    monkeypatch.setattr("pellucid.svm._primal.BLOCK_ROWS", 64)
    np.testing.assert_allclose(_curvature(X, cost, 1.5), wanted, rtol=1e-12)
    np.testing.assert_allclose(_curvature(csr_array(X), cost, 1.5), wanted, rtol=1e-12)
