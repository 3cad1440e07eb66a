"""Views of a storage are those of NumPy: the same entries by the same steps."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

from pellucid.compiler.native._storage import Storage, laid_out, rows_first
from pellucid.ops import OPS

shapes = st.lists(st.integers(1, 5), max_size=4).map(tuple)


def start(shape: Any) -> tuple[Storage, Any]:
    x = np.arange(int(np.prod(shape)), dtype=np.int64).reshape(shape)
    return Storage(0, tuple(shape), rows_first(tuple(shape)), x.dtype), x


def seen(s: Storage, x: Any) -> Any:
    """The entries of x, lying in rows, through the storage."""
    return as_strided(x.reshape(-1)[s.offset :], s.shape, [t * 8 for t in s.strides]) if s.size else np.empty(s.shape)


@given(shapes, st.data())
def test_any_views_one_after_another_show_the_entries_numpy_shows(shape: Any, data: Any) -> None:
    s, memory = start(shape)
    x = memory
    for _ in range(data.draw(st.integers(1, 4))):
        rank = x.ndim
        kind = data.draw(st.sampled_from(["transposed", "broadcast", "sliced", "flipped"]))
        if kind == "transposed":
            axes = data.draw(st.permutations(range(rank)))
            s, x = s.transposed(axes), x.transpose(axes)
        elif kind == "broadcast":
            wide = (2, *(3 if n == 1 else n for n in x.shape))[rank > 4 :]
            s, x = s.broadcast(wide), np.broadcast_to(x, wide)
        elif kind == "sliced":
            first = tuple(data.draw(st.integers(0, n - 1)) for n in x.shape)
            step = tuple(data.draw(st.integers(1, 3)) for _ in x.shape)
            s, x = s.sliced(first, x.shape, step), x[tuple(map(slice, first, x.shape, step))]
        else:
            axes = data.draw(st.sets(st.integers(0, rank - 1))) if rank else set()
            s, x = s.flipped(tuple(axes)), np.flip(x, tuple(axes))
        assert s.shape == x.shape and s.size == x.size
        np.testing.assert_array_equal(seen(s, memory), x)


@given(shapes, st.data())
def test_a_reshape_is_numpys_or_needs_a_copy(shape: Any, data: Any) -> None:
    s, memory = start(shape)
    axes = data.draw(st.permutations(range(len(shape))))
    s, x = s.transposed(axes), memory.transpose(axes)
    wanted = data.draw(st.sampled_from([(x.size,), (1, *x.shape), (*x.shape, 1), tuple(n for n in x.shape if n != 1)]))
    view = s.reshaped(wanted)
    if view is not None:
        np.testing.assert_array_equal(seen(view, memory), x.reshape(wanted))
    else:
        assert not s.contiguous


@pytest.mark.parametrize(
    ("size", "stride", "dilation"), [((3, 2), (1, 2), (1, 1)), ((2, 2), (2, 1), (3, 2)), ((6, 7), (1, 1), (1, 1))]
)
def test_windows_are_those_of_the_primitive(size: Any, stride: Any, dilation: Any) -> None:
    s, x = start((2, 6, 7))
    wanted = OPS["windows"].forward(x, size=size, stride=stride, dilation=dilation)
    view = s.windows(wanted.shape[1:3], size, stride, dilation)
    np.testing.assert_array_equal(seen(view, x), wanted)


def test_an_empty_slice_has_no_entry() -> None:
    assert start((3, 4))[0].sliced((2, 0), (2, 4), (1, 1)).size == 0


@given(shapes, st.data())
def test_axes_laid_out_in_an_order_leave_no_gap_and_are_found_in_it(shape: Any, data: Any) -> None:
    order = tuple(data.draw(st.permutations(range(len(shape)))))
    s = Storage(0, shape, laid_out(shape, order), np.dtype(np.float32))
    places = sorted(seen(s, np.arange(s.size)).reshape(-1).tolist())
    assert places == list(range(s.size))
    longer = [a for a in order if shape[a] > 1]
    assert [a for a in s.order if shape[a] > 1] == longer
    assert s.transposed(order).strides == rows_first(tuple(shape[a] for a in order)) or s.size == 0
