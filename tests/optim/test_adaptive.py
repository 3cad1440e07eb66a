from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.optim import Adagrad, RMSprop


def _path(kind: Any, gradients: list[float], **options: Any) -> list[float]:
    """Where a parameter goes that begins at 0."""
    w = Tensor(np.array(0.0), requires_grad=True)
    optimizer, path = kind([w], eps=0.0, **options), []
    for g in gradients:
        w.grad = Tensor(np.array(g))
        optimizer.step()
        path.append(w.item())
    return path


@pytest.mark.parametrize(
    ("kind", "gradients", "options", "path"),
    [
        (Adagrad, [3.0, 4.0], {"lr": 0.5}, [-0.5, -0.9]),
        (Adagrad, [3.0, 4.0], {"lr": 0.5, "lr_decay": 1.0}, [-0.5, -0.7]),
        (Adagrad, [3.0], {"lr": 0.5, "initial_accumulator_value": 16.0}, [-0.3]),
        (RMSprop, [2.0, 2.0], {"lr": 0.5, "alpha": 0.75}, [-1.0, -1.0 - 1.0 / np.sqrt(1.75)]),
        (RMSprop, [2.0, 0.0], {"lr": 0.5, "alpha": 0.75, "momentum": 0.5}, [-1.0, -1.5]),
        (RMSprop, [2.0], {"lr": 0.5, "alpha": 0.5, "centered": True}, [-1.0]),
    ],
)
def test_steps_are_those_worked_by_hand(
    kind: Any, gradients: list[float], options: dict[str, Any], path: list[float]
) -> None:
    np.testing.assert_allclose(_path(kind, gradients, **options), path, rtol=1e-14)


@pytest.mark.parametrize("kind", [Adagrad, RMSprop])
def test_the_scale_of_the_gradient_does_not_matter(kind: Any) -> None:
    gradients = [1.0, -2.0, 0.5, 3.0]
    path = _path(kind, gradients)
    np.testing.assert_allclose(_path(kind, [1024 * g for g in gradients]), path, rtol=1e-12)
