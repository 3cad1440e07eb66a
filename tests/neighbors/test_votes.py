"""What neighbours count."""

import numpy as np
import pytest

from pellucid.errors import ShapeError
from pellucid.neighbors._votes import Weights, neighbour_weights, ragged_weights


def test_uniform_and_none_count_all_alike() -> None:
    for name in ("uniform", None):
        assert neighbour_weights(name, np.array([[1.0, 5.0]])).tolist() == [[1.0, 1.0]]  # type: ignore[arg-type]


def test_a_neighbour_closer_than_the_smallest_number_has_an_inverse_counts_as_on_the_query() -> None:
    assert neighbour_weights("distance", np.array([[1e-310, 1.0]])).tolist() == [[1.0, 0.0]]


def test_a_function_of_another_shape_is_an_error() -> None:
    with pytest.raises(ShapeError, match=r"gave shape \(2,\) for distances of \(2, 3\)"):
        neighbour_weights(lambda d: d.sum(axis=1), np.ones((2, 3)))


@pytest.mark.parametrize("weights", ["uniform", "distance", None, lambda d: 1.0 / (1.0 + d)])
def test_of_any_number_of_neighbours_each_query_is_weighed_as_if_it_were_alone(weights: Weights) -> None:
    start, distance = np.array([0, 0, 2, 5, 6]), np.array([0.5, 2.0, 0.0, 1.0, 0.0, 3.0])
    alone = [neighbour_weights(weights, distance[None, a:b])[0] for a, b in zip(start[:-1], start[1:], strict=True)]
    np.testing.assert_array_equal(ragged_weights(weights, distance, start), np.concatenate(alone))
    assert ragged_weights(weights, np.empty(0), np.zeros(3, int)).shape == (0,)
