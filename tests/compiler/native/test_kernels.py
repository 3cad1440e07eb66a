"""Kernels are data: descriptions that do not change, and loops that begin empty."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from pellucid.compiler.native._kernels import Literal, Load, Loops, Number, Store
from pellucid.compiler.native._storage import Storage

SPOT = Storage(0, (2,), (1,), np.dtype(np.float32))


def test_each_nest_of_loops_has_members_and_stores_of_its_own() -> None:
    one, other = Loops((2,), (0,)), Loops((2,), (0,))
    one.stores.append(Store(SPOT, Literal(1.0), SPOT.dtype))
    assert other.stores == [] and other.members == {} and one != other


def test_numbers_are_equal_by_place_and_loads_are_told_apart() -> None:
    assert Number(1) == Number(1) != Number(2)
    assert Load(SPOT) != Load(SPOT)


def test_what_a_loop_computes_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Literal(1.0).value = 2.0  # type: ignore[misc]
