from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.optim import Adam, AdamW, NAdam, RAdam
from pellucid.optim._adam import Shares


def _path(kind: Any, gradients: list[float], start: float = 0.0, **options: Any) -> list[float]:
    w = Tensor(np.array(start), requires_grad=True)
    optimizer, path = kind([w], **options), []
    for g in gradients:
        w.grad = Tensor(np.array(g))
        optimizer.step()
        path.append(w.item())
    return path


def test_steps_are_those_worked_by_hand() -> None:
    b1, b2 = 0.5, 0.75
    m1, m2 = (1.0, 0.5 * 1.0 + 0.5 * 4.0)
    v1, v2 = (1.0, 0.75 * 1.0 + 0.25 * 16.0)
    first = (m1 / (1 - b1)) / np.sqrt(v1 / (1 - b2))
    second = (m2 / (1 - b1**2)) / np.sqrt(v2 / (1 - b2**2))
    path = _path(Adam, [2.0, 4.0], lr=0.5, betas=(b1, b2), eps=0.0)
    np.testing.assert_allclose(path, [-0.5 * first, -0.5 * (first + second)], rtol=1e-14)


@pytest.mark.parametrize("kind", [Adam, AdamW])
def test_the_first_step_is_lr_long_whatever_the_gradient(kind: Any) -> None:
    for g in (1e-3, 1.0, 1e6):
        np.testing.assert_allclose(_path(kind, [g], lr=0.25, eps=0.0), [-0.25], rtol=1e-12)


@pytest.mark.parametrize("kind", [Adam, AdamW, NAdam])
def test_the_scale_of_the_gradient_does_not_matter(kind: Any) -> None:
    gradients = [1.0, -2.0, 0.5, 3.0]
    path = _path(kind, gradients, eps=0.0)
    np.testing.assert_allclose(_path(kind, [1024 * g for g in gradients], eps=0.0), path, rtol=1e-12)


def test_adamw_is_adam_with_decoupled_decay() -> None:
    gradients = [1.0, -2.0, 0.5]
    adam = _path(Adam, gradients, start=3.0, lr=0.1, weight_decay=0.25, decoupled_weight_decay=True)
    assert _path(AdamW, gradients, start=3.0, lr=0.1, weight_decay=0.25) == adam
    assert _path(Adam, gradients, start=3.0, lr=0.1, weight_decay=0.25) != adam


@pytest.mark.parametrize("kind", [AdamW, lambda params, **h: NAdam(params, decoupled_weight_decay=True, **h)])
def test_decoupled_decay_multiplies_by_one_minus_lr_lambda(kind: Any) -> None:
    path = _path(kind, [0.0, 0.0], start=16.0, lr=0.5, weight_decay=0.5)
    np.testing.assert_allclose(path, [12.0, 9.0], rtol=1e-14)


def test_with_amsgrad_a_great_gradient_is_never_forgotten() -> None:
    gradients = [100.0] + [0.01] * 200
    options = {"lr": 0.1, "betas": (0.0, 0.5)}
    plain, kept = (_path(Adam, gradients, amsgrad=on, **options) for on in (False, True))
    assert abs(plain[-1] - plain[-2]) > 0.05
    assert abs(kept[-1] - kept[-2]) < 1e-4


def test_radam_follows_the_mean_until_the_variance_is_known() -> None:
    path = np.diff(_path(RAdam, [64.0] * 8, lr=1.0), prepend=0.0)
    np.testing.assert_allclose(path[:5], -64.0, rtol=1e-12)
    assert np.all(np.abs(path[5:]) < 1.0)


def test_betas_are_two_numbers_from_0_to_below_1() -> None:
    assert [value for value in Shares().inside() if not Shares().admits(value)] == []
    assert [value for value in Shares().outside() if Shares().admits(value)] == []
