"""In-place changes are known by the memory they happen in."""

import gc

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import GraphError
from pellucid.tensor import _clock
from pellucid.tensor._clock import change_of, moment_of_last_change, note_change, owner, set_change, tick


def test_moments_only_grow() -> None:
    first, second = tick(), tick()
    assert first < second


def test_a_change_is_seen_through_every_view_of_the_memory() -> None:
    x = np.zeros((3, 4))
    views = [x[1:], x.T, x.reshape(-1), np.lib.stride_tricks.as_strided(x, (2,), (8,)), np.broadcast_to(x, (2, 3, 4))]
    before = tick()
    note_change(x[0])
    for view in (x, *views):
        assert owner(view) is x
        assert before < change_of(view) == moment_of_last_change()
    assert change_of(x.copy()) == 0


def test_a_change_is_forgotten_with_its_memory() -> None:
    x = np.zeros(3)
    note_change(x)
    key = id(x)
    assert key in _clock._changes
    del x
    gc.collect()
    assert key not in _clock._changes


def test_a_change_can_be_undone() -> None:
    x = np.zeros(3)
    set_change(x, 0)
    note_change(x)
    set_change(x, 0)
    assert change_of(x) == 0


def test_memory_of_others_is_owned_by_the_array_that_borrows_it() -> None:
    borrowed = np.frombuffer(bytearray(16), np.float64)
    assert owner(borrowed[1:]) is borrowed
    note_change(borrowed[1:])
    assert change_of(borrowed) > 0


def test_a_value_whose_change_was_undone_can_be_differentiated_again() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y, moment = (x * x).sum(), x.changed
    x.touch()
    with pytest.raises(GraphError, match="changed in place"):
        y.backward(retain_graph=True)
    x.changed = moment
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]
