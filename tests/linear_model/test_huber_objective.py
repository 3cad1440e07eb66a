"""Gradient and Hessian are the derivatives of the objective, and both searches end at one minimum."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from pellucid.linear_model import _huber_objective
from pellucid.linear_model._huber_objective import Found, HuberObjective, search


def objective(*, sparse: bool = False, intercept: bool = True, epsilon: float = 1.35) -> HuberObjective:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3)) * (rng.random((80, 3)) < 0.8)
    y = X @ [1.0, -2.0, 0.5] + 0.3 * rng.normal(size=80) + 4.0
    y[:8] += 30.0
    return HuberObjective(csr_array(X) if sparse else X, y, rng.uniform(0.5, 2.0, 80), epsilon, 0.3, intercept)


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("intercept", [True, False])
def test_gradient_and_hessian_are_central_differences(intercept: bool, sparse: bool, monkeypatch: Any) -> None:
    monkeypatch.setattr(_huber_objective, "BLOCK_ROWS", 7)
    one, h = objective(sparse=sparse, intercept=intercept), 1e-6
    v = np.array([0.5, -1.0, 0.2, 3.0 * intercept, 0.7])
    free = [i for i in range(5) if intercept or i != 3]
    ends = [[one.value_and_gradient(v + s * h * e) for s in (1, -1)] for e in np.eye(5)[free]]
    slopes = [(up[0] - down[0]) / (2 * h) for up, down in ends]
    np.testing.assert_allclose(one.value_and_gradient(v)[1][free], slopes, atol=1e-5)
    bends = np.array([(up[1] - down[1]) / (2 * h) for up, down in ends])
    np.testing.assert_allclose(one.hessian(v)[free], bends, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("epsilon", [1.0, 1.05, 1.35, 3.0])
def test_both_searches_end_at_one_minimum(epsilon: float, monkeypatch: Any) -> None:
    one = objective(epsilon=epsilon)
    ends = []
    for limit in (200, 0):
        monkeypatch.setattr(_huber_objective, "NEWTON_FEATURES_MAX", limit)
        found = Found(one.start())
        search(one, found, 1e-9, 5000, lambda v, value: False)
        assert found.done and 0 < found.steps < 5000
        ends.append(one.value_and_gradient(found.v)[0])
    assert ends[0] <= ends[1] * (1 + 1e-12)
    assert ends[1] == pytest.approx(ends[0], rel=1e-6)


@pytest.mark.parametrize("limit", [200, 0])
def test_every_step_lowers_the_objective_and_a_report_or_the_limit_ends_the_search(
    limit: int, monkeypatch: Any
) -> None:
    monkeypatch.setattr(_huber_objective, "NEWTON_FEATURES_MAX", limit)
    one, values = objective(epsilon=1.0), [objective(epsilon=1.0).value_and_gradient(objective().start())[0]]

    def report(v: np.ndarray, value: float) -> bool:
        assert one.value_and_gradient(v)[0] == pytest.approx(value, rel=1e-12)
        values.append(value)
        return len(values) == 6

    found = Found(one.start())
    search(one, found, 1e-9, 5000, report)
    assert found.steps == 5 and not found.done
    assert all(later < earlier for earlier, later in zip(values, values[1:], strict=False))
    found = Found(one.start())
    search(one, found, 1e-9, 3, lambda v, value: False)
    assert found.steps == 3 and not found.done


def test_a_step_below_the_floor_is_shortened_as_a_whole() -> None:
    v, gradient = np.array([0.0, 0.0, 1.0]), np.array([2.0, 0.0, 4.0])
    moved, fall = _huber_objective._moved(v, np.arange(3), np.eye(3), gradient, 0.5)
    assert moved.tolist() == [-0.25, 0.0, 0.5] and fall == 10.0
    stuck, fall = _huber_objective._moved(v, np.arange(3), -np.eye(3), gradient, 0.5)
    assert stuck is v and fall == np.inf
