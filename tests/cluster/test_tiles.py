"""Rows and centres laid out for compiled comparisons."""

import numpy as np
import pytest

from pellucid.cluster._tiles import TILE, packed, room


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
    np.testing.assert_array_equal(given.single, centre.astype(np.float32))
