"""How windows move: counts, views and places agree with moving a window by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import ShapeError
from pellucid.ops._geometry import Geometry, window_counts, window_places, window_view

moves = st.tuples(st.integers(1, 12), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))  # n, k, s, d


@settings(deadline=None)
@given(moves)
def test_as_many_windows_are_counted_as_fit(move: tuple[int, int, int, int]) -> None:
    n, k, s, d = move
    starts = [start for start in range(0, n, s) if start + d * (k - 1) < n]
    if starts:
        assert window_counts("windows", (n,), (k,), (s,), (d,)) == (len(starts),)
    else:
        with pytest.raises(ShapeError, match=rf"reaches over \({d * (k - 1) + 1},\), .* only \({n},\); use a smaller"):
            window_counts("windows", (n,), (k,), (s,), (d,))


@settings(deadline=None)  # the first call loads code
@given(moves, moves)
def test_a_view_of_windows_holds_the_entry_at_each_place(row: tuple[int, ...], column: tuple[int, ...]) -> None:
    (spatial, size, stride, dilation) = zip(row, column, strict=True)
    if any(n < d * (k - 1) + 1 for n, k, _, d in (row, column)):
        return
    x = np.arange(2 * spatial[0] * spatial[1]).reshape(2, *spatial)
    seen = window_view(x, size, stride, dilation)
    for p, q in product(range(seen.shape[1]), range(seen.shape[2])):
        for i, j in product(range(size[0]), range(size[1])):
            wanted = x[:, p * stride[0] + i * dilation[0], q * stride[1] + j * dilation[1]]
            np.testing.assert_array_equal(seen[:, p, q, i, j], wanted)
    for k in product(*map(range, size)):
        places = window_places(seen.shape[1:3], k, stride, dilation)
        np.testing.assert_array_equal(x[(slice(None), *places)], seen[(..., *k)])


def test_a_view_of_windows_cannot_be_written_on() -> None:
    assert not window_view(np.zeros(5), (2,), (1,), (1,)).flags.writeable


def test_padding_is_counted_on_both_sides() -> None:
    g = Geometry(stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=1)
    assert g.padded((5, 6)) == (7, 6)
    assert g.counts("conv", (5, 6), (3, 2)) == (3, 4)
    assert np.zeros((7, 6))[g.inner((5, 6))].shape == (5, 6)
