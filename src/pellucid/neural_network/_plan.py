"""A network as a list of layers and their arguments, before there are any weights.

Here: `Layer`, a row of such a plan; `build`, which makes the network; `hand_on`, which gives it another's weights;
`is_built`, whether a network is of the plan.
Elsewhere: the plans are written in _perceptron.py and _convolutional.py; layers are pellucid.nn's.
Imports: numpy, pellucid.nn.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

import pellucid.nn as nn

Layer = tuple[type[nn.Module], dict[str, Any]]
"""A class of layers and the arguments of its constructor, as the layer keeps them."""


def build(plan: Sequence[Layer], weights: np.random.Generator, chance: np.random.Generator) -> nn.Sequential:
    """The network of a plan; initial weights are drawn from `weights`, what dropout drops from `chance`.

    >>> build([(nn.Linear, {"in_features": 3, "out_features": 2})], np.random.default_rng(0), np.random.default_rng(1))
    Sequential(
      (0): Linear(in_features=3, out_features=2, bias=True)
    )
    """
    seeds: dict[Any, Any] = {nn.Linear: weights, nn.Conv2d: weights, nn.Dropout: chance}
    return nn.Sequential(*(kind(**given, **({"seed": seeds[kind]} if kind in seeds else {})) for kind, given in plan))


def hand_on(before: nn.Sequential, after: nn.Sequential) -> None:
    """Give `after` the weights and statistics of `before`, in order; layers without any may differ.

    >>> before, after = nn.Sequential(nn.Linear(1, 1, seed=0)), nn.Sequential(nn.Dropout(0.5), nn.Linear(1, 1, seed=1))
    >>> hand_on(before, after)
    >>> after[1].weight.item() == before[0].weight.item()
    True
    """
    names, held = after.state_dict(), before.state_dict()
    after.load_state_dict(dict(zip(names, held.values(), strict=True)))


def is_built(network: object, plan: Sequence[Layer]) -> bool:
    """Whether the network is one that `build` makes of the plan; for what comes from a file."""
    if type(network) is not nn.Sequential or len(network) != len(plan):
        return False
    return all(
        type(layer) is kind and all(getattr(layer, name) == value for name, value in given.items())
        for layer, (kind, given) in zip(network, plan, strict=True)
    )
