"""Windows, their transpose, and the positions of their maxima."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.ops import OPS

POOL = {"size": (2, 2), "stride": (2, 2), "dilation": (1, 1)}


def test_fold_counts_how_often_an_entry_is_seen() -> None:
    attrs = {"size": (3,), "stride": (1,), "dilation": (1,)}
    seen = OPS["windows"].run(np.ones(5), **attrs)
    times = OPS["fold"].run(seen, spatial=(5,), stride=(1,), dilation=(1,))
    assert times.tolist() == [1.0, 2.0, 3.0, 2.0, 1.0]


def test_the_first_of_equal_maxima_is_named_as_a_position_in_the_flattened_input() -> None:
    x = np.array([[[0.0, 0.0, 1.0, 2.0], [0.0, 0.0, 3.0, 3.0]]])
    assert OPS["window_argmax"].run(x, **POOL).tolist() == [[[0, 6]]]


def test_the_first_entry_that_is_no_number_is_the_maximum() -> None:
    x = np.array([[1.0, 9.0, 2.0, 3.0], [np.nan, np.nan, 4.0, 1.0]])
    assert OPS["window_argmax"].run(x, **POOL).tolist() == [[4, 6]]


@settings(deadline=None)
@given(st.data())
def test_the_kernel_names_the_same_position_as_the_definition(data: st.DataObject) -> None:
    rank = data.draw(st.integers(1, 3))
    size, stride, dilation = (tuple(data.draw(st.integers(1, 3)) for _ in range(rank)) for _ in range(3))
    spatial = tuple(d * (k - 1) + 1 + data.draw(st.integers(0, 4)) for k, d in zip(size, dilation, strict=True))
    lead = data.draw(st.sampled_from([(), (3,), (2, 0), (2, 2)]))
    kind = data.draw(st.sampled_from([np.float32, np.float64, np.int32, np.bool_]))
    x = np.random.default_rng(0).integers(0, 4, (*lead, *spatial)).astype(kind)  # with many equal entries
    attrs = {"size": size, "stride": stride, "dilation": dilation}
    np.testing.assert_array_equal(OPS["window_argmax"].run(x, **attrs), OPS["window_argmax"].forward(x, **attrs))


def test_positions_of_maxima_gather_the_maxima() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 6, 8))
    best = OPS["gather"].run(x.reshape(-1), OPS["window_argmax"].run(x, **POOL), axis=0)
    np.testing.assert_array_equal(best, x.reshape(2, 3, 3, 2, 4, 2).max(axis=(3, 5)))


def test_a_window_of_more_than_255_entries_is_counted_right() -> None:
    x = np.zeros((1, 20, 20))
    x[0, 19, 19] = 1.0
    attrs = {"size": (20, 20), "stride": (1, 1), "dilation": (1, 1)}
    assert OPS["window_argmax"].run(x, **attrs).tolist() == [[[399]]]


def test_windows_are_a_view_that_cannot_be_written_on() -> None:
    x = np.zeros(5)
    seen = OPS["windows"].run(x, size=(2,), stride=(1,), dilation=(1,))
    assert np.shares_memory(seen, x)
    with pytest.raises(ValueError, match="read-only"):
        seen[0, 0] = 1.0
