"""A plan and the network built of it."""

import numpy as np

from pellucid import nn
from pellucid.neural_network._plan import Layer, build, is_built

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
