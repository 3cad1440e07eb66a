"""Convolutions worked by hand, and their laws. Kernels: test_convolution_kernels.py; derivatives: test_primitive.py."""

import numpy as np
import pytest

from pellucid.errors import DtypeError
from pellucid.ops import OPS

PLAIN = {"stride": (1,), "padding": (0,), "dilation": (1,), "groups": 1}


def line(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float64).reshape(1, 1, -1)


def test_the_kernel_is_not_turned_round() -> None:
    assert OPS["conv"].run(line(1, 2, 4, 8), line(1, 10), **PLAIN).ravel().tolist() == [21.0, 42.0, 84.0]


def test_padding_adds_zeros_stride_leaves_windows_out_and_dilation_spreads_the_kernel() -> None:
    x, w = line(1, 2, 4, 8), line(1, 10)
    assert OPS["conv"].run(x, w, **{**PLAIN, "padding": (1,)}).ravel().tolist() == [10.0, 21.0, 42.0, 84.0, 8.0]
    assert OPS["conv"].run(x, w, **{**PLAIN, "stride": (2,)}).ravel().tolist() == [21.0, 84.0]
    assert OPS["conv"].run(x, w, **{**PLAIN, "dilation": (2,)}).ravel().tolist() == [41.0, 82.0]


def test_groups_keep_channels_apart() -> None:
    x = np.array([[[1.0, 2.0], [10.0, 20.0]]])
    w = np.array([[[1.0]], [[3.0]]])
    assert OPS["conv"].run(x, w, **{**PLAIN, "groups": 2}).tolist() == [[[1.0, 2.0], [30.0, 60.0]]]


def test_a_kernel_of_one_at_its_centre_changes_nothing() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 6))
    w = np.zeros((3, 3, 3, 3))
    w[range(3), range(3), 1, 1] = 1.0
    moves = {"stride": (1, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 1}
    np.testing.assert_array_equal(OPS["conv"].run(x, w, **moves), x)


def test_whole_numbers_are_refused_with_the_cast_that_helps() -> None:
    images = np.ones((1, 1, 4), np.uint8)
    with pytest.raises(DtypeError, match=r"conv: needs floating-point numbers, got uint8; .* x\.astype\('float32'\)"):
        OPS["conv"].run(images, line(1, 10), **PLAIN)
