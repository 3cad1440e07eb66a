from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import ParameterError, ShapeError
from pellucid.optim import LBFGS
from pellucid.optim._lbfgs import two_loops

Array = np.ndarray[Any, Any]


def test_two_loops_give_the_matrix_of_the_update_times_the_gradient() -> None:
    rng = np.random.default_rng(0)
    n, scale = 5, 0.25
    s = list(rng.normal(size=(3, n)))
    y = [row + 0.1 * rng.normal(size=n) for row in s]
    ro = [1.0 / float(a @ b) for a, b in zip(s, y, strict=True)]
    h: Array = scale * np.eye(n)
    for a, b, r in zip(s, y, ro, strict=True):
        left = np.eye(n) - r * np.outer(a, b)
        h = left @ h @ left.T + r * np.outer(a, a)
    g = rng.normal(size=n)
    np.testing.assert_allclose(two_loops(g, s, y, ro, scale), -h @ g, rtol=1e-12)
    np.testing.assert_allclose(h @ y[-1], s[-1], rtol=1e-12)  # the secant equation


def _minimise(optimizer: LBFGS, w: Tensor, curvature: Array, calls: int = 1) -> list[float]:
    losses = []

    def closure() -> float:
        loss = float((curvature * w.data**2).sum() / 2)
        w.grad = Tensor(curvature * w.data)
        losses.append(loss)
        return loss

    for _ in range(calls):
        optimizer.step(closure)
    return losses


def test_a_quadratic_of_n_directions_ends_after_few_iterations() -> None:
    w = Tensor(np.array([3.0, -2.0, 1.0, 5.0]), requires_grad=True)
    optimizer = LBFGS([w], max_iter=30, line_search_fn="strong_wolfe", tolerance_change=0.0)
    _minimise(optimizer, w, np.array([1.0, 10.0, 100.0, 1000.0]))
    assert np.abs(w.data).max() < 1e-8
    assert optimizer.state[w]["n_iter"] < 30


@pytest.mark.parametrize(
    ("options", "calls", "state"),
    [
        ({"max_iter": 3, "max_eval": 9}, 3, (3, 3)),
        ({"max_iter": 9, "max_eval": 3}, 3, (2, 3)),
        ({"max_iter": 3, "line_search_fn": "strong_wolfe", "max_eval": 1}, 2, (1, 2)),
        ({"tolerance_grad": 100.0}, 1, (0, 1)),
        ({"tolerance_change": 100.0}, 1, (1, 1)),  # the slope is no greater
        ({"tolerance_change": 9.0, "lr": 0.01}, 2, (1, 2)),  # the loss falls by less
    ],
)
def test_a_limit_ends_the_step(options: dict[str, Any], calls: int, state: tuple[int, int]) -> None:
    w = Tensor(np.array([3.0, -2.0]), requires_grad=True)
    optimizer = LBFGS([w], **options)
    losses = _minimise(optimizer, w, np.array([1.0, 4.0]))
    assert len(losses) == calls
    assert (optimizer.state[w]["n_iter"], optimizer.state[w]["func_evals"]) == state


def test_no_more_pairs_are_remembered_than_asked_for() -> None:
    w = Tensor(np.array([3.0, -2.0, 4.0]), requires_grad=True)
    optimizer = LBFGS([w], lr=0.1, max_iter=6, history_size=2)
    _minimise(optimizer, w, np.array([1.0, 4.0, 2.0]))
    state = optimizer.state[w]
    assert [len(state[name]) for name in ("old_stps", "old_dirs", "ro")] == [2, 2, 2]
    np.testing.assert_allclose(state["ro"][-1], 1.0 / (state["old_stps"][-1] @ state["old_dirs"][-1]), rtol=1e-15)


def test_parameters_of_any_layout_are_moved_in_place() -> None:
    base = np.arange(12.0).reshape(3, 4)
    views = [Tensor(base[:, ::2], requires_grad=True), Tensor(base[:, 1], requires_grad=True)]
    arrays = [v.data for v in views]
    idle = Tensor(np.ones(2), requires_grad=True)
    optimizer = LBFGS([*views, idle], max_iter=40, line_search_fn="strong_wolfe")

    def closure() -> float:
        for v in views:
            v.grad = Tensor(v.data - 1.0)
        return sum(float(((v.data - 1.0) ** 2).sum() / 2) for v in views)

    optimizer.step(closure)
    np.testing.assert_allclose(base[:, :3], 1.0, atol=1e-6)
    assert base[:, 3].tolist() == [3.0, 7.0, 11.0]
    assert all(v.data is array for v, array in zip(views, arrays, strict=True))
    assert idle.tolist() == [1.0, 1.0]


def test_it_needs_a_closure_and_one_group() -> None:
    a, b = Tensor([1.0]), Tensor([1.0])
    with pytest.raises(ParameterError, match=r"LBFGS\.step: it needs a closure"):
        LBFGS([a]).step()
    with pytest.raises(ParameterError, match="they form one group"):
        LBFGS([{"params": a}, {"params": b}])
    optimizer = LBFGS([a])
    with pytest.raises(ParameterError, match="they form one group"):
        optimizer.add_param_group({"params": b})


def test_a_gradient_of_another_shape_is_refused() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)

    def closure() -> float:
        w.grad = Tensor([1.0])
        return 1.0

    with pytest.raises(ShapeError, match=r"the gradient of leaf \(2,\) has shape \(1,\)"):
        LBFGS([w]).step(closure)


def test_a_state_of_another_size_is_refused() -> None:
    w, v = Tensor(np.ones(2), requires_grad=True), Tensor(np.ones(3), requires_grad=True)
    optimizer = LBFGS([w], max_iter=2)
    _minimise(optimizer, w, np.ones(2))
    with pytest.raises(ShapeError, match=r"LBFGS\.load_state_dict: d has shape \(2,\); the parameters have 3 entries"):
        LBFGS([v]).load_state_dict(optimizer.state_dict())
