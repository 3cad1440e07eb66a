"""Gathering and scattering by position."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pellucid.ops import OPS
from pellucid.tensor._tensor import Tensor, apply


def test_positions_may_be_negative_and_have_any_shape() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert OPS["gather"].run(x, np.array([[0, -1]]), axis=0).tolist() == [[[1.0, 2.0], [5.0, 6.0]]]
    assert OPS["gather"].run(x, np.array(-1), axis=1).tolist() == [2.0, 4.0, 6.0]


def test_a_position_met_twice_adds_up() -> None:
    y = OPS["scatter_add"].run(np.array([1.0, 2.0, 4.0]), np.array([0, -1, 0]), axis=0, size=3)
    assert y.tolist() == [5.0, 0.0, 2.0]


@settings(deadline=None)
@given(st.data())
def test_scattering_adds_as_a_loop_does(data: st.DataObject) -> None:
    index = data.draw(arrays(np.int64, st.tuples(st.integers(0, 6)), elements=st.integers(-4, 3)))
    lead = data.draw(st.sampled_from([(), (2,)]))
    rest = data.draw(st.sampled_from([(), (3,), (1, 2)]))
    x = np.random.default_rng(0).integers(0, 9, (*lead, len(index), *rest)).astype(np.float64)
    wanted = np.zeros((*lead, 4, *rest))
    for k, place in enumerate(index):
        wanted[(..., place, *(slice(None),) * len(rest))] += x[(..., k, *(slice(None),) * len(rest))]
    np.testing.assert_array_equal(OPS["scatter_add"].run(x, index, axis=len(lead), size=4), wanted)


@pytest.mark.parametrize("shape", [(3,), (3, 2)])
def test_a_position_that_is_not_there_is_an_error_in_both_directions(shape: tuple[int, ...]) -> None:
    for place in (3, -4):
        with pytest.raises(IndexError, match=rf"{place}.* axis 0 .*3"):
            apply(OPS["gather"], (Tensor(np.zeros(shape)), np.array([place])), {"axis": 0})
        with pytest.raises(IndexError, match=rf"{place}.* axis 0 .*3"):
            OPS["scatter_add"].run(np.zeros((1, *shape[1:])), np.array([place]), axis=0, size=3)
