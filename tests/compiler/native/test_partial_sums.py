"""Sums over the outermost axis are what they were, the same for any number of threads, and formed row by row."""

from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, node

from pellucid.compiler import Program
from pellucid.compiler.native._kernels import Accumulate, Loops
from pellucid.compiler.native._loops import fills
from pellucid.compiler.native._lowering import lower
from pellucid.compiler.native._partial_sums import by_rows


def channel_sums(how: str = "sum", shape: tuple[int, ...] = (24, 8, 11, 13)) -> tuple[Program, Any]:
    """x + 1, and the sums of its channels."""
    x = np.random.default_rng(0).normal(size=shape)
    given = input_of(x)
    moved = node("add", given, 1.0)
    return Program((given,), (moved, node(how, moved, axis=(0, 2, 3), keepdims=False))), x


@pytest.mark.parametrize("how", ["sum", "max"])
def test_channels_are_summed_row_by_row_the_same_for_any_number_of_threads(how: str) -> None:
    program, x = channel_sums(how)
    found = [answers(program, x, threads=t).outputs for t in (1, 2, 5)]
    wanted = getattr(x + 1, how)(axis=(0, 2, 3))
    np.testing.assert_allclose(found[0][1], wanted, rtol=1e-13)
    np.testing.assert_array_equal(found[0][0], x + 1)
    assert all(np.array_equal(y[1], found[0][1]) for y in found)


def test_each_row_has_results_of_its_own_which_are_added_up_afterwards() -> None:
    low = lower(channel_sums()[0])
    (before,) = low.kernels
    by_rows(low)
    filling, rows, adding = low.kernels
    assert fills(before) and not fills(rows) and not filling.members
    (own,) = [s.storage for s in rows.stores if isinstance(s, Accumulate)]
    assert own.strides[0] == 8 and low.sizes[own.buffer] == 24 * 8 * 8
    assert isinstance(adding, Loops) and len(fills(adding)) == 1 and adding.shape == (24, 8)


@pytest.mark.parametrize("shape", [(24, 8, 1, 13), (2, 3, 4, 5), (24, 0, 5, 5)])
def test_short_rows_and_small_arrays_stay_as_they_are(shape: Any) -> None:
    low = lower(channel_sums(shape=shape)[0])
    kernels = list(low.kernels)
    by_rows(low)
    assert low.kernels == kernels
