from typing import Any

import pytest

from pellucid import Tensor
from pellucid.errors import ParameterError
from pellucid.optim import SGD, Adagrad, Adam
from pellucid.optim.lr_scheduler import OneCycleLR


def _sgd() -> SGD:
    return SGD([Tensor([1.0])], lr=0.1, momentum=0.9)


def test_the_rate_rises_to_its_peak_and_falls_to_its_end() -> None:
    optimizer = _sgd()
    schedule = OneCycleLR(optimizer, max_lr=1.0, total_steps=41, pct_start=11 / 41, div_factor=10, final_div_factor=100)
    rates = [schedule.lr_at(t) for t in range(41)]
    assert rates[0] == pytest.approx(0.1, rel=1e-15)
    assert rates[10] == max(rates) == pytest.approx(1.0)
    assert rates[:10] == sorted(rates[:10])
    assert rates[11:] == sorted(rates[11:], reverse=True)
    assert rates[40] == pytest.approx(0.001)
    assert optimizer.param_groups[0]["initial_lr"] == 0.1
    assert optimizer.param_groups[0]["lr"] == rates[0]


def test_the_momentum_goes_the_other_way() -> None:
    for optimizer in (_sgd(), Adam([Tensor([1.0])], betas=(0.9, 0.99))):
        schedule = OneCycleLR(optimizer, 1.0, total_steps=21, pct_start=11 / 21, base_momentum=0.5, max_momentum=0.75)
        seen = []
        for _ in range(20):
            group = optimizer.param_groups[0]
            seen.append(group["betas"][0] if "betas" in group else group["momentum"])
            schedule.step()
        assert (seen[0], min(seen), seen[10]) == (0.75, 0.5, 0.5)
        assert group.get("betas", (0, 0.99))[1] == 0.99


def test_a_phase_without_steps_is_passed_over() -> None:
    schedule = OneCycleLR(_sgd(), 1.0, total_steps=10, pct_start=0.1)
    assert schedule.lr_at(0) == 1.0
    assert schedule.lr_at(9) == pytest.approx(1.0 / 25 / 1e4)
    assert OneCycleLR(_sgd(), 1.0, total_steps=1, pct_start=1.0).lr_at(0) == 1.0


def test_a_step_beyond_the_end_is_refused() -> None:
    optimizer = _sgd()
    schedule = OneCycleLR(optimizer, 1.0, total_steps=3)
    for _ in range(3):
        schedule.step()
    with pytest.raises(ParameterError, match=r"OneCycleLR: step 4 lies beyond the cycle of 3 steps; .*total_steps"):
        schedule.step()


@pytest.mark.parametrize(
    "length", [{}, {"epochs": 3}, {"total_steps": 0}, {"total_steps": 2.5}, {"steps_per_epoch": 3}]
)
def test_a_cycle_needs_a_length(length: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=r"OneCycleLR: the length of the cycle is not known: .*give total_steps"):
        OneCycleLR(_sgd(), 1.0, **length)


def test_an_optimizer_without_momentum_is_refused_unless_only_the_rate_is_cycled() -> None:
    with pytest.raises(ParameterError, match=r"Adagrad has no momentum to cycle; give cycle_momentum=False"):
        OneCycleLR(Adagrad([Tensor([1.0])]), 1.0, total_steps=4)
    assert OneCycleLR(Adagrad([Tensor([1.0])]), 1.0, total_steps=4, cycle_momentum=False).momentum_at(1) is None
