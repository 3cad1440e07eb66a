"""Sums, maxima and orders, worked by hand where the laws say nothing."""

import numpy as np

from pellucid.ops import ARRAYS, OPS


def test_equal_maxima_share_the_cotangent() -> None:
    x = np.array([[3.0, 1.0, 3.0], [2.0, 2.0, 2.0]])
    y = OPS["max"].run(x, axis=(1,), keepdims=False)
    dx = OPS["max"].vjp(ARRAYS, 0, np.array([1.0, 6.0]), y, x, axis=(1,), keepdims=False)
    assert dx.tolist() == [[0.5, 0.0, 0.5], [2.0, 2.0, 2.0]]


def test_the_first_of_equal_maxima_is_named_and_equal_entries_keep_their_order() -> None:
    x = np.array([[1.0, 7.0, 7.0], [5.0, 5.0, 5.0]])
    assert OPS["argmax"].run(x, axis=1).tolist() == [1, 0]
    assert OPS["argsort"].run(np.array([2.0, 1.0, 2.0, 1.0]), axis=0).tolist() == [1, 3, 0, 2]


def test_a_sum_over_no_axis_changes_nothing_and_over_no_entry_is_zero() -> None:
    x = np.array([[1.0, 2.0]])
    assert OPS["sum"].run(x, axis=(), keepdims=False).tolist() == [[1.0, 2.0]]
    assert OPS["sum"].run(np.zeros((0, 2)), axis=(0,), keepdims=False).tolist() == [0.0, 0.0]


def test_small_whole_numbers_are_summed_without_overflow() -> None:
    assert OPS["sum"].run(np.full(300, 1, np.uint8), axis=(0,), keepdims=False) == 300
    assert OPS["sum"].run(np.ones(300, bool), axis=(0,), keepdims=False) == 300
