"""Newton's steps go down, and end where the gradient vanishes."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from pellucid.svm._primal import Miss, _length, beyond_margin, beyond_tube, curvature, newton_step


def problem(seed: int, kind: str = "classes") -> tuple[np.ndarray, np.ndarray, np.ndarray, Miss]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(300, 4)) * [1.0, 5.0, 0.1, 1.0] * (rng.random((300, 4)) < 0.7)
    y, cost = X[:, 0] + X[:, 3] + rng.normal(size=300), rng.uniform(0.0, 3.0, 300)
    if kind == "numbers":
        return X, y, cost, beyond_tube(0.4)
    y = np.where(y > 0.0, 1.0, -1.0)
    return X, y, cost, beyond_margin(y)


def lost(X: np.ndarray, y: np.ndarray, bias: float, v: np.ndarray, kind: str) -> np.ndarray:
    score = X @ v[:-1] + bias * v[-1]
    return np.maximum(np.abs(y - score) - 0.4 if kind == "numbers" else 1.0 - y * score, 0.0)


def objective(X: np.ndarray, y: np.ndarray, cost: np.ndarray, bias: float, v: np.ndarray, kind: str) -> float:
    return 0.5 * v @ v + cost @ lost(X, y, bias, v, kind) ** 2


@pytest.mark.parametrize("kind", ["classes", "numbers"])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("bias", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("seed", range(3))
def test_steps_go_down_and_end_where_the_gradient_vanishes(seed: int, bias: float, sparse: bool, kind: str) -> None:
    X, y, cost, miss = problem(seed, kind)
    cost[::7] = 0.0
    v, before, steps = np.zeros(5), np.inf, 0
    while newton_step(csr_array(X) if sparse else X, y, cost, bias, miss, v) > 1e-11:
        now = objective(X, y, cost, bias, v, kind)
        assert now < before or steps > 3
        before, steps = now, steps + 1
        assert steps < 20
    pulled = 2.0 * cost * lost(X, y, bias, v, kind) * np.sign(y - X @ v[:-1] - bias * v[-1])
    np.testing.assert_allclose(v, np.append(X.T @ pulled, bias * pulled.sum()), rtol=0, atol=1e-9)


def test_columns_that_repeat_at_a_huge_scale_end_the_search_as_well() -> None:
    X, y, cost, miss = problem(0)
    X = np.hstack([X, X[:, :1], 1e12 * X[:, :2], 1e12 * X[:, :2]])
    v, steps = np.zeros(10), 0
    while newton_step(X, y, cost, 1.0, miss, v) > 1e-4 and steps < 100:
        steps += 1
    assert steps < 100 and np.isfinite(v).all()
    assert objective(X, y, cost, 1.0, v, "classes") < 0.7 * objective(X, y, cost, 1.0, np.zeros(10), "classes")


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_a_step_is_as_long_as_lowers_the_objective_most(kind: str) -> None:
    X, y, cost, miss = problem(1, kind)
    rng = np.random.default_rng(2)
    for scale in (0.01, 1.0, 100.0):
        v = rng.normal(size=5)
        left = y - X @ v[:-1] - v[-1]
        pulled = 2.0 * cost * lost(X, y, 1.0, v, kind) * np.sign(left)
        d = -scale * (v - np.append(X.T @ pulled, pulled.sum()))
        t = _length(v, d, left, X @ d[:-1] + d[-1], cost, miss)
        at = [objective(X, y, cost, 1.0, v + s * t * d, kind) for s in (0.999, 1.0, 1.001)]
        assert at[1] < min(at[0], at[2])


def test_curvature_is_the_same_in_pieces_and_sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    X, _, weight, _ = problem(2)
    weight[:50] = 0.0
    wide = np.hstack([X, np.full((300, 1), 1.5)])
    wanted = np.eye(5) + (wide * weight[:, None]).T @ wide
    np.testing.assert_allclose(curvature(X, weight, 1.5), wanted, rtol=1e-12)
    monkeypatch.setattr("pellucid.svm._primal.BLOCK_ROWS", 64)
    np.testing.assert_allclose(curvature(X, weight, 1.5), wanted, rtol=1e-12)
    np.testing.assert_allclose(curvature(csr_array(X), weight, 1.5), wanted, rtol=1e-12)
