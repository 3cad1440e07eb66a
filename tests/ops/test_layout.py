"""Primitives that move entries: views stay views, and each undoes its inverse."""

import numpy as np
import pytest

from pellucid.ops import OPS


@pytest.mark.parametrize(
    ("name", "attrs"),
    [
        ("reshape", {"shape": (4, 3)}),
        ("transpose", {"axes": (1, 0)}),
        ("slice", {"start": (0, 1), "stop": (3, 4), "step": (1, 2)}),
        ("flip", {"axis": (0,)}),
    ],
)
def test_no_entry_is_copied(name: str, attrs: dict[str, object]) -> None:
    x = np.arange(12.0).reshape(3, 4)
    assert np.shares_memory(OPS[name].run(x, **attrs), x)


def test_small_repeats_are_copies_and_large_ones_are_not() -> None:
    x = np.arange(3.0)
    assert OPS["broadcast_to"].run(x, shape=(2, 3)).flags.writeable
    assert np.shares_memory(OPS["broadcast_to"].run(x, shape=(1 << 15, 3)), x)


def test_a_slice_takes_back_what_a_pad_put_around() -> None:
    x = np.arange(6.0).reshape(2, 3)
    wide = OPS["pad"].run(x, before=(1, 0), after=(2, 1), between=(0, 2), value=-1.0)
    assert wide.tolist() == [
        [-1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0],
        [0.0, -1.0, -1.0, 1.0, -1.0, -1.0, 2.0, -1.0],
        [3.0, -1.0, -1.0, 4.0, -1.0, -1.0, 5.0, -1.0],
        [-1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0],
        [-1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0],
    ]
    np.testing.assert_array_equal(OPS["slice"].run(wide, start=(1, 0), stop=(3, 7), step=(1, 3)), x)


def test_a_transpose_undoes_itself_in_the_inverse_order() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    y = OPS["transpose"].run(x, axes=(2, 0, 1))
    assert y.shape == (4, 2, 3)
    np.testing.assert_array_equal(OPS["transpose"].run(y, axes=(1, 2, 0)), x)
