from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import ParameterError
from pellucid.optim import SGD


def _path(gradients: list[float], **options: Any) -> list[float]:
    """Where a parameter goes that begins at 8."""
    w = Tensor(8.0, requires_grad=True)
    optimizer, path = SGD([w], **options), []
    for g in gradients:
        w.grad = Tensor(g)
        optimizer.step()
        path.append(w.item())
    return path


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"lr": 0.5}, [7.5, 6.5]),
        ({"lr": 0.5, "maximize": True}, [8.5, 9.5]),
        ({"lr": 0.5, "weight_decay": 0.25}, [6.5, 4.6875]),
        ({"lr": 0.5, "momentum": 0.5}, [7.5, 6.25]),
        ({"lr": 0.5, "momentum": 0.5, "dampening": 0.5}, [7.5, 6.75]),
        ({"lr": 0.5, "momentum": 0.5, "nesterov": True}, [7.25, 5.625]),
    ],
)
def test_steps_are_those_worked_by_hand(options: dict[str, Any], path: list[float]) -> None:
    assert _path([1.0, 2.0], **options) == path


def test_the_distance_to_a_minimum_shrinks_by_one_minus_lr_times_the_curvature() -> None:
    w = Tensor(np.array([3.0, -1.0]), requires_grad=True)
    curvature, optimizer = np.array([1.0, 4.0]), SGD([w], lr=0.125)
    for _ in range(10):
        optimizer.zero_grad()
        (w * w * curvature / 2).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(w.data, [3.0, -1.0] * (1 - 0.125 * curvature) ** 10, rtol=1e-14)


def test_without_momentum_nothing_is_kept_but_the_count() -> None:
    w = Tensor([1.0], requires_grad=True)
    optimizer = SGD([w], lr=0.5)
    w.grad = Tensor([1.0])
    optimizer.step()
    assert optimizer.state[w] == {"step": 1}


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "dampening": 0.5}])
def test_nesterov_needs_momentum_without_dampening(options: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=r"SGD: nesterov looks ahead .* give momentum > 0 .* and dampening 0\."):
        SGD([Tensor([1.0])], nesterov=True, **options)
