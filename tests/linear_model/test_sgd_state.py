"""The state of a score gives its weights, and codes differ from each other."""

import numpy as np

from pellucid.linear_model._sgd_state import MARGIN_LOSSES, RATES, RESIDUAL_LOSSES, SCALE, SUMS, Going, T


def test_weights_are_scaled_and_means_only_where_there_are_some() -> None:
    going = Going.at(np.array([1.0, 2.0]), 0.5)
    going.state[SCALE], going.state[SUMS], going.state[T] = 0.5, 3.0, 5.0
    going.behind[:] = 1.0
    assert going.weights(0)[0].tolist() == [0.5, 1.0]
    assert going.weights(7)[0].tolist() == [0.5, 1.0]  # averaging has not begun
    assert going.weights(3)[0].tolist() == [1.0, 2.5]  # (3 v - 1) / (5 - 3)


def test_no_two_losses_and_no_two_rates_share_a_number() -> None:
    numbers = [*MARGIN_LOSSES.values(), *RESIDUAL_LOSSES.values()]
    assert sorted(numbers) == list(range(9)) and sorted(RATES.values()) == list(range(6))
