"""New tensors are NumPy's with float32 by default, and chance is a function of its key."""

from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid import tensor as pt
from pellucid.random import key


@pytest.mark.parametrize("shape", [(), 3, (2, 0), [2, 3]])
def test_new_values_have_the_shape_and_dtype_asked_for(shape: Any) -> None:
    for made, expected in (
        (pt.zeros(shape), np.zeros(shape, np.float32)),
        (pt.ones(shape, np.float64), np.ones(shape)),
        (pt.full(shape, 7, np.int8), np.full(shape, 7, np.int8)),
        (pt.zeros_like(np.ones(shape, np.float16)), np.zeros(shape, np.float16)),
        (pt.ones_like(Tensor(np.zeros(shape, bool))), np.ones(shape, bool)),
    ):
        assert made.dtype == expected.dtype and made.shape == expected.shape and made.tolist() == expected.tolist()


def test_likenesses_do_not_share_memory_or_history() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    for made in (pt.zeros_like(x), pt.ones_like(x)):
        assert not made.requires_grad and not np.shares_memory(made.data, x.data)


@pytest.mark.parametrize(
    ("bounds", "dtype"),
    [
        ((4,), None),
        ((0,), None),
        ((2, 7), None),
        ((7, 2, -2), None),
        ((0.0, 1.0, 0.25), None),
        ((3,), np.float64),
        ((1.5,), None),
    ],
)
def test_counting_is_numpys_with_floats_narrowed(bounds: tuple[float, ...], dtype: Any) -> None:
    expected = np.arange(*bounds, dtype=dtype)
    given = pt.arange(*bounds, dtype=dtype)
    assert given.tolist() == expected.tolist()
    assert given.dtype == (np.float32 if dtype is None and expected.dtype.kind == "f" else expected.dtype)


def test_uniform_numbers_are_a_function_of_the_key_alone() -> None:
    first = pt.uniform(key(3), (50, 4))
    assert first.dtype == np.float32 and first.tolist() == pt.uniform(Tensor(key(3)), (50, 4)).tolist()
    assert first.tolist() != pt.uniform(key(4), (50, 4)).tolist() != pt.uniform(key(3, 1), (50, 4)).tolist()
    assert first.flatten().tolist() == pt.uniform(key(3), np.int64(200)).tolist()
    assert pt.uniform(key(3), (0, 2)).shape == (0, 2) and pt.uniform(key(3), ()).shape == ()


def test_uniform_numbers_fill_the_unit_interval_evenly_in_steps_of_two_to_the_minus_24() -> None:
    n = 1 << 18
    u = pt.uniform(key(11), n).numpy().astype(np.float64)
    assert 0.0 <= u.min() < 1e-4 and 1.0 - 1e-4 < u.max() < 1.0
    np.testing.assert_array_equal(u * 2**24, np.floor(u * 2**24))
    assert abs(u.mean() - 1 / 2) < 5 * (1 / 12 / n) ** 0.5  # five standard deviations
    assert abs(u.var() - 1 / 12) < 5 * (1 / 180 / n) ** 0.5  # var of (u - 1/2)^2 is 1/80 - 1/144 = 1/180
    counts = np.bincount((u * 64).astype(int), minlength=64)
    chi_squared = ((counts - n / 64) ** 2 / (n / 64)).sum()
    assert abs(chi_squared - 63) < 5 * (2 * 63) ** 0.5
