"""Rows and centres laid out for compiled comparisons."""

import numpy as np
import pytest

from pellucid.cluster._tiles import TILE, packed, room
from pellucid.ops._memory import LINE


@pytest.mark.parametrize("n", [1, TILE, TILE + 1, 700])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_tiles_hold_the_rows_as_columns_and_zeros_at_the_end(n: int, dtype: type) -> None:
    X = np.random.default_rng(n).normal(size=(n, 5)).astype(dtype)
    rows = packed(X, np.ones(n))
    flat = rows.tile.transpose(0, 2, 1).reshape(-1, 5)
    np.testing.assert_array_equal(flat[:n], X.astype(np.float32))
    np.testing.assert_allclose(rows.size.ravel()[:n], (X.astype(np.float64) ** 2).sum(axis=1), rtol=1e-14)
    assert len(rows.tile) == -(-n // TILE) and not flat[n:].any() and not rows.size.ravel()[n:].any()


def test_half_the_size_of_a_centre_is_bounded_from_below() -> None:
    centre = np.random.default_rng(0).normal(size=(9, 4))
    half = (centre**2).sum(axis=1) / 2
    given = room(centre)
    assert (given.half <= half * (1.0 - 2.0 * given.error)).all()
    np.testing.assert_allclose(given.half, half, rtol=4.0 * given.error)
    assert (given.block.shape, given.product.shape) == ((4, TILE), (9, TILE))
    np.testing.assert_array_equal(given.single, centre.astype(np.float32))


def test_what_vectors_read_begins_with_a_cache_line_and_shares_no_memory() -> None:
    for k in range(1, 6):
        given = room(np.ones((k, 3)))
        read = [given.block, given.product, given.size, given.best, given.second, given.nearest, given.which]
        for array in [*read, given.waiting, packed(np.ones((k, 3)), np.ones(k)).tile]:
            assert array.ctypes.data % LINE == 0 and array.flags.c_contiguous
        arrays = [array for array in given if isinstance(array, np.ndarray)]
        assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


def test_a_used_room_made_ready_again_is_as_a_new_one() -> None:
    first, then = np.random.default_rng(0).normal(size=(2, 5, 3))
    used = room(first)
    again, new = room(then, used), room(then)
    assert again.block is used.block
    np.testing.assert_array_equal(again.single, new.single)
    np.testing.assert_array_equal(again.half, new.half)
