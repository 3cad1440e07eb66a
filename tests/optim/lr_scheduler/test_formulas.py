import math
from typing import Any

import pytest

from pellucid import Tensor
from pellucid.errors import ParameterError
from pellucid.optim import SGD
from pellucid.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    StepLR,
)


def _optimizer() -> SGD:
    return SGD([{"params": Tensor([1.0]), "lr": 8.0}, {"params": Tensor([1.0]), "lr": 4.0}])


@pytest.mark.parametrize(
    ("kind", "options", "rates"),
    [
        (StepLR, {"step_size": 2, "gamma": 0.5}, [8, 8, 4, 4, 2, 2]),
        (MultiStepLR, {"milestones": [4, 1, 4], "gamma": 0.5}, [8, 4, 4, 4, 1, 1]),
        (ExponentialLR, {"gamma": 0.5}, [8, 4, 2, 1, 0.5, 0.25]),
        (ConstantLR, {"factor": 0.5, "total_iters": 2}, [4, 4, 8, 8, 8, 8]),
        (ConstantLR, {"factor": 0.0, "total_iters": 1}, [0, 8, 8, 8, 8, 8]),
        (LinearLR, {"start_factor": 0.25, "end_factor": 0.75, "total_iters": 4}, [2, 3, 4, 5, 6, 6]),
        (LambdaLR, {"lr_lambda": lambda t: t}, [0, 8, 16, 24, 32, 40]),
    ],
)
def test_rates_are_those_worked_by_hand(kind: Any, options: dict[str, Any], rates: list[float]) -> None:
    optimizer = _optimizer()
    schedule = kind(optimizer, **options)
    for i, rate in enumerate(rates):
        assert schedule.lr_at(i) == rate
        assert schedule.lr_at(i, group=1) == rate / 2
        assert schedule.get_last_lr() == [rate, rate / 2]
        schedule.step()


def test_the_cosine_falls_to_eta_min_and_comes_back() -> None:
    schedule = CosineAnnealingLR(_optimizer(), T_max=10, eta_min=2.0)
    rates = [schedule.lr_at(t) for t in range(21)]
    assert (rates[0], rates[5]) == (8.0, pytest.approx(5.0))
    assert rates[10] == 2.0
    assert rates[:10] == sorted(rates[:10], reverse=True)
    assert rates[20] == pytest.approx(8.0, rel=1e-15)
    assert rates[3] == pytest.approx(2.0 + 3.0 * (1 + math.cos(0.3 * math.pi)), rel=1e-15)


def test_there_is_one_function_or_one_a_group() -> None:
    schedule = LambdaLR(_optimizer(), [lambda t: 1.0, lambda t: 0.5**t])
    assert [schedule.lr_at(2, group) for group in (0, 1)] == [8.0, 1.0]
    with pytest.raises(ParameterError, match=r"LambdaLR: there are 1 functions for 2 groups"):
        LambdaLR(_optimizer(), [lambda t: 1.0])
