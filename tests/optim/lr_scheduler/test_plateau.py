import math
from typing import Any

import pytest

from pellucid import Tensor
from pellucid.errors import ParameterError
from pellucid.optim import SGD
from pellucid.optim.lr_scheduler import ReduceLROnPlateau


def _rates(values: list[float], **options: Any) -> list[float]:
    """The rate, from 1, after each value of the metric."""
    schedule = ReduceLROnPlateau(SGD([Tensor([1.0])], lr=1.0), factor=0.5, **options)
    rates = []
    for value in values:
        schedule.step(value)
        rates += schedule.get_last_lr()
    return rates


@pytest.mark.parametrize(
    ("values", "options", "rates"),
    [
        ([4, 4, 4, 4], {"patience": 1}, [1, 1, 0.5, 0.5]),
        ([4, 3, 2, 1], {"patience": 0}, [1, 1, 1, 1]),
        ([4, 3, 2, 1], {"patience": 0, "mode": "max"}, [1, 0.5, 0.25, 0.125]),
        ([4, 3, 2], {"patience": 0, "threshold": 0.3}, [1, 0.5, 0.5]),
        ([4, 3, 2], {"patience": 0, "threshold": 1.5, "threshold_mode": "abs"}, [1, 0.5, 0.5]),
        ([4, 5, 6, 7], {"patience": 0, "cooldown": 2}, [1, 0.5, 0.5, 0.5]),
        ([4, 5, 6, 7], {"patience": 0, "min_lr": 0.3}, [1, 0.5, 0.3, 0.3]),
        ([4, 5, 6], {"patience": 0, "eps": 0.3}, [1, 0.5, 0.5]),
        ([4, math.nan, math.nan], {"patience": 1}, [1, 1, 0.5]),
    ],
)
def test_rates_are_those_worked_by_hand(values: list[float], options: dict[str, Any], rates: list[float]) -> None:
    assert _rates(values, **options) == rates


def test_a_tensor_is_a_metric() -> None:
    schedule = ReduceLROnPlateau(SGD([Tensor([1.0])], lr=1.0))
    schedule.step(Tensor(3.0))
    assert schedule.best == 3.0


def test_there_is_one_least_rate_or_one_a_group() -> None:
    groups = [{"params": Tensor([1.0])}, {"params": Tensor([1.0])}]
    schedule = ReduceLROnPlateau(SGD(groups, lr=1.0), patience=0, min_lr=[0.5, 0.25])
    for _ in range(3):
        schedule.step(1.0)
    assert schedule.get_last_lr() == [0.5, 0.25]
    with pytest.raises(ParameterError, match="min_lr has 1 values for 2 groups"):
        ReduceLROnPlateau(SGD(groups), min_lr=[0.5])
