"""Which centre is nearest, by products in single precision, against NumPy."""

import numpy as np
import pytest

from pellucid.base._tables import Array
from pellucid.cluster import _compare_kernels as kernels
from pellucid.cluster._tiles import TILE, Packed, Room, packed, room
from pellucid.neighbors._distance_kernels import compiled


@compiled
def compare_tile(rows: Packed, b: int, centre: Array, space: Room) -> int:  # parts are compiled within others alone
    return kernels.compare_tile(rows, b, centre, space)


@compiled
def compare_gathered(rows: Packed, which: Array, n: int, centre: Array, space: Room) -> None:
    kernels.compare_gathered(rows, which, n, centre, space)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bounds_hold_the_true_distances_between_them(dtype: type) -> None:
    rng, n_rows = np.random.default_rng(0), 2 * TILE + 88
    X, centre = rng.normal(size=(n_rows, 7)).astype(dtype), rng.normal(size=(11, 7))
    rows, space = packed(X, np.ones(n_rows)), room(centre)
    squares = np.sort(((X.astype(np.float64)[:, None] - centre) ** 2).sum(axis=2), axis=1)
    for tile in range(3):
        n = compare_tile(rows, tile, centre, space)
        which = space.which[:n]
        best, second = (space.size[:n] + 2.0 * side[:n] for side in (space.best, space.second))
        assert n == (TILE, TILE, n_rows - 2 * TILE)[tile]
        np.testing.assert_array_equal(which, np.arange(n) + tile * TILE)
        assert (squares[which, 0] <= best).all() and (second <= squares[which, 1]).all()
        np.testing.assert_allclose(best, squares[which, 0], atol=1e-4)


def test_gathered_rows_are_compared_as_in_their_tile() -> None:
    rng = np.random.default_rng(0)
    X, centre = rng.normal(size=(600, 7)), rng.normal(size=(11, 7))
    rows, space = packed(X, np.ones(600)), room(centre)
    for n in (TILE, 100, 1):  # what an earlier call left in the room beyond n changes nothing
        which = rng.permutation(600)[:n]
        compare_gathered(rows, which, n, centre, space)
        wanted = ((X[which, None] - centre) ** 2).sum(axis=2).argmin(axis=1)
        np.testing.assert_array_equal(space.nearest[:n], wanted)


def test_rows_of_which_products_do_not_tell_are_in_doubt() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.choice([-1.0, 1.0], 500) * 1e-12, rng.normal(size=500)])
    X[:10, 0] = 0.5
    rows, centre = packed(X, np.ones(500)), np.array([[1.0, 0.0], [-1.0, 0.0]])
    label, doubt = np.empty(500, np.int32), np.empty(500, np.bool_)
    kernels.label_or_doubt(rows, 0, 2, centre, room(centre), label, doubt)
    assert not doubt[:10].any() and doubt[10:].all()
    np.testing.assert_array_equal(label, (X[:, 0] < 0).astype(int))
