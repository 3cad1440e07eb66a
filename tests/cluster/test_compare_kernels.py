"""Which centre is nearest, by products in single precision, against NumPy."""

import numpy as np
import pytest

from pellucid.cluster import _compare_kernels as kernels
from pellucid.cluster._compare_kernels import TILE


@pytest.mark.parametrize("n", [1, TILE, TILE + 1, 700])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_tiles_hold_the_rows_as_columns_and_zeros_at_the_end(n: int, dtype: type) -> None:
    X = np.random.default_rng(n).normal(size=(n, 5)).astype(dtype)
    rows = kernels.packed(X, np.ones(n))
    flat = rows.tile.transpose(0, 2, 1).reshape(-1, 5)
    np.testing.assert_array_equal(flat[:n], X.astype(np.float32))
    np.testing.assert_allclose(rows.size.ravel()[:n], (X.astype(np.float64) ** 2).sum(axis=1), rtol=1e-14)
    assert len(rows.tile) == -(-n // TILE) and not flat[n:].any() and not rows.size.ravel()[n:].any()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bounds_hold_the_true_distances_between_them(dtype: type) -> None:
    rng = np.random.default_rng(0)
    X, centre = rng.normal(size=(600, 7)).astype(dtype), rng.normal(size=(11, 7))
    rows, room = kernels.packed(X, np.ones(600)), kernels.room(centre)
    squares = np.sort(((X.astype(np.float64)[:, None] - centre) ** 2).sum(axis=2), axis=1)
    which = np.empty(TILE, np.int64)
    for tile in range(3):
        n = kernels.compare_tile(rows, which, tile, centre, room)
        best, second = (room.size[:n] + 2.0 * side[:n] for side in (room.best, room.second))
        assert n == (TILE, TILE, 600 - 2 * TILE)[tile]
        np.testing.assert_array_equal(which[:n], np.arange(n) + tile * TILE)
        assert (squares[which[:n], 0] <= best).all() and (second <= squares[which[:n], 1]).all()
        np.testing.assert_allclose(best, squares[which[:n], 0], atol=1e-4)


def test_gathered_rows_are_compared_as_in_their_tile() -> None:
    rng = np.random.default_rng(0)
    X, centre = rng.normal(size=(600, 7)), rng.normal(size=(11, 7))
    rows, room = kernels.packed(X, np.ones(600)), kernels.room(centre)
    which = rng.permutation(600)[:100]
    kernels.compare_gathered(rows, which, 100, centre, room)
    wanted = ((X[which, None] - centre) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(room.nearest[:100], wanted)


def test_rows_of_which_products_do_not_tell_are_in_doubt() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.choice([-1.0, 1.0], 500) * 1e-12, rng.normal(size=500)])
    X[:10, 0] = 0.5
    rows, centre = kernels.packed(X, np.ones(500)), np.array([[1.0, 0.0], [-1.0, 0.0]])
    label, doubt = np.empty(500, np.int32), np.empty(500, np.bool_)
    kernels.label_or_doubt(rows, 0, 2, centre, label, doubt)
    assert not doubt[:10].any() and doubt[10:].all()
    np.testing.assert_array_equal(label, (X[:, 0] < 0).astype(int))
