"""Early stopping: what counts as better, when it is over, which weights stay."""

import math

import numpy as np
import pytest

from pellucid import nn
from pellucid.errors import ParameterError
from pellucid.train import EarlyStopping


def judged(stopping: EarlyStopping, losses: list[float]) -> list[bool]:
    net = nn.Linear(1, 1, seed=0)
    return [stopping.judge({stopping.monitor: loss}, net) for loss in losses]


def test_a_gain_must_exceed_min_delta() -> None:
    assert judged(EarlyStopping(min_delta=0.5), [3.0, 2.5, 2.49, 1.0]) == [True, False, True, True]


def test_mode_max_turns_the_comparison_round() -> None:
    assert judged(EarlyStopping(mode="max"), [0.5, 0.4, 0.6]) == [True, False, True]


def test_nan_is_never_better_and_counts_as_waiting() -> None:
    stopping = EarlyStopping(patience=2)
    assert judged(stopping, [1.0, math.nan, math.nan]) == [True, False, False]
    assert stopping.exhausted


def test_a_better_value_begins_the_waiting_anew() -> None:
    stopping = EarlyStopping(patience=2)
    judged(stopping, [3.0, 4.0, 2.0, 5.0])
    assert (stopping.waited, stopping.best, stopping.exhausted) == (1, 2.0, False)


def test_the_weights_of_the_best_epoch_come_back_and_are_copies() -> None:
    stopping, net = EarlyStopping(), nn.Linear(2, 1, seed=0)
    best = net.state_dict()
    stopping.judge({"validation_loss": 1.0}, net)
    net.weight.data += 1.0
    stopping.judge({"validation_loss": 2.0}, net)
    stopping.restore(net)
    np.testing.assert_array_equal(net.weight.data, best["weight"])


def test_without_keep_weights_restoring_changes_nothing() -> None:
    stopping, net = EarlyStopping(keep_weights=False), nn.Linear(2, 1, seed=0)
    stopping.judge({"validation_loss": 1.0}, net)
    net.weight.data += 1.0
    moved = net.state_dict()
    stopping.restore(net)
    np.testing.assert_array_equal(net.weight.data, moved["weight"])


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, limit in EarlyStopping.limits.items() for value in limit.outside()]
)
def test_what_is_outside_a_limit_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=f"EarlyStopping: {name} is "):
        EarlyStopping(**{name: value})


def test_a_monitor_that_the_epoch_lacks_is_named_with_those_it_has() -> None:
    with pytest.raises(ParameterError, match="monitor is 'f1', and the epoch has loss, validation_loss"):
        EarlyStopping("f1").judge({"loss": 1.0, "validation_loss": 1.0}, nn.Linear(1, 1, seed=0))
