from typing import Any

import pytest

from pellucid import Tensor
from pellucid.errors import ParameterError
from pellucid.optim import SGD
from pellucid.optim.lr_scheduler import ConstantLR, ExponentialLR, LinearLR, OneCycleLR, ReduceLROnPlateau, SequentialLR


def _optimizer() -> SGD:
    return SGD([Tensor([1.0])], lr=8.0, momentum=0.9)


def test_each_schedule_begins_at_its_own_step_0() -> None:
    optimizer = _optimizer()
    parts = [
        ConstantLR(optimizer, 0.5, total_iters=9),
        LinearLR(optimizer, 0.5, total_iters=2),
        ExponentialLR(optimizer, 0.5),
    ]
    schedule = SequentialLR(optimizer, parts, milestones=[2, 5])
    rates = []
    for _ in range(8):
        rates.append(optimizer.param_groups[0]["lr"])
        schedule.step()
    assert rates == [4, 4, 4, 6, 8, 8, 4, 2]


def test_sequences_can_be_nested() -> None:
    optimizer = _optimizer()
    inner = SequentialLR(optimizer, [ConstantLR(optimizer, 0.5), ExponentialLR(optimizer, 0.5)], [1])
    outer = SequentialLR(optimizer, [ConstantLR(optimizer, 0.25), inner], [2])
    assert [outer.lr_at(t) for t in range(6)] == [2, 2, 4, 8, 4, 2]
    assert optimizer.param_groups[0]["lr"] == 2


def test_the_momentum_of_the_schedule_in_charge_is_set() -> None:
    optimizer = _optimizer()
    warm_up = ConstantLR(optimizer, 0.5)
    cycle = OneCycleLR(optimizer, 1.0, total_steps=9, pct_start=5 / 9, base_momentum=0.5, max_momentum=0.75)
    schedule = SequentialLR(optimizer, [warm_up, cycle], [2])
    assert [schedule.momentum_at(t) for t in (0, 1, 2, 6)] == [None, None, 0.75, 0.5]


@pytest.mark.parametrize(("n", "milestones"), [(2, []), (2, [1, 2]), (3, [5, 2]), (0, [])])
def test_milestones_separate_the_schedules(n: int, milestones: list[int]) -> None:
    optimizer = _optimizer()
    with pytest.raises(ParameterError, match=rf"SequentialLR: milestones \[.*\] do not separate {n} schedulers"):
        SequentialLR(optimizer, [ExponentialLR(optimizer, 0.5) for _ in range(n)], milestones)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (lambda o: ReduceLROnPlateau(o), "scheduler 0, a ReduceLROnPlateau, depends on more than the step"),
        (lambda o: ExponentialLR(_optimizer(), 0.5), "scheduler 0 changes the rates of another optimizer"),
    ],
)
def test_a_part_that_does_not_fit_is_refused(part: Any, message: str) -> None:
    optimizer = _optimizer()
    with pytest.raises(ParameterError, match=message):
        SequentialLR(optimizer, [part(optimizer)], [])
