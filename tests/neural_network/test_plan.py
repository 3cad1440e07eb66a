"""A plan and the network built of it."""

import numpy as np

from pellucid import Tensor, nn
from pellucid.neural_network._plan import Layer, build, hand_on, is_built

PLAN: list[Layer] = [
    (nn.Linear, {"in_features": 3, "out_features": 4}),
    (nn.ReLU, {}),
    (nn.Dropout, {"p": 0.5}),
    (nn.Linear, {"in_features": 4, "out_features": 2}),
]


def built(plan: list[Layer], weights: int = 0, chance: int = 1) -> nn.Sequential:
    return build(plan, np.random.default_rng(weights), np.random.default_rng(chance))


def test_what_is_built_of_a_plan_is_known_as_such() -> None:
    assert is_built(built(PLAN), PLAN)


def test_another_network_is_told_apart() -> None:
    wider = [*PLAN[:3], (nn.Linear, {"in_features": 4, "out_features": 3})]
    other = [PLAN[0], (nn.Tanh, {}), *PLAN[2:]]
    for plan in (wider, other, PLAN[:3]):
        assert not is_built(built(plan), PLAN)
    assert not is_built(None, PLAN)
    assert not is_built(nn.ModuleList(list(built(PLAN))), PLAN)


def test_the_chance_of_dropout_does_not_move_the_weights() -> None:
    for left, right in zip(built(PLAN, chance=1).parameters(), built(PLAN, chance=2).parameters(), strict=True):
        np.testing.assert_array_equal(left.data, right.data)
    without = built([PLAN[0], PLAN[1], PLAN[3]])
    np.testing.assert_array_equal(without[2].weight.data, built(PLAN)[3].weight.data)


def test_what_is_handed_on_is_every_weight_and_statistic_and_a_copy() -> None:
    plan: list[Layer] = [
        (nn.Conv2d, {"in_channels": 1, "out_channels": 2, "kernel_size": (3, 3), "padding": "same"}),
        (nn.BatchNorm2d, {"num_features": 2}),
    ]
    before, after = built(plan), built([(nn.ReLU, {}), *plan], weights=5)
    before(Tensor(np.random.default_rng(0).normal(size=(4, 1, 5, 5)).astype(np.float32)))  # moves the statistics
    hand_on(before, after)
    given, taken = before.state_dict(), after.state_dict()
    assert len(given) == len(taken) == 7 and given["1.running_mean"].any()
    for one, other in zip(given.values(), taken.values(), strict=True):
        np.testing.assert_array_equal(one, other)
    before[0].weight.data[...] = 0.0
    assert after[1].weight.data.any()
