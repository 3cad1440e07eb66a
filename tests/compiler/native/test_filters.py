"""The matrices filter rows and images as a direct sum does, and are taken where they spare products."""

from typing import Any

import numpy as np
import pytest

from pellucid.compiler.native._filters import LARGE, SMALL, Filter, cheapest

FILTERS = pytest.mark.parametrize("f", [SMALL, LARGE], ids=["small", "large"])


@FILTERS
def test_a_row_is_filtered(f: Filter) -> None:
    rng = np.random.default_rng(0)
    d, g = rng.normal(size=f.n), rng.normal(size=3)
    a_t, b_t, own = np.array(f.a_t), np.array(f.b_t), np.array(f.g)
    np.testing.assert_allclose(a_t @ ((own @ g) * (b_t @ d)), np.correlate(d, g), rtol=1e-13, atol=1e-14)


@FILTERS
def test_the_matrices_are_those_of_their_points(f: Filter) -> None:
    points = np.array(f.a_t)[1, :-1]  # the first powers; the last column is the point at infinity
    others = [np.delete(points, j) for j in range(f.n - 1)]
    scale = np.array([np.prod(p - rest) for p, rest in zip(points, others, strict=True)])
    powers = points[:, None] ** np.arange(f.n)
    signs = np.sign(scale * np.array(f.g)[:-1, 0])  # a row of B^T and of G may both be turned
    np.testing.assert_allclose(np.array(f.a_t)[:, :-1], powers[:, : f.m].T, rtol=1e-15)
    np.testing.assert_allclose(np.array(f.g)[:-1], (signs / scale)[:, None] * powers[:, :3], rtol=1e-15)
    for row, rest, sign in zip(f.b_t, others, signs, strict=False):
        np.testing.assert_allclose(row, sign * np.append(np.poly(rest)[::-1], 0.0), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("kernels", "images", "size", "m"),
    [
        ((64, 64, 3, 3), 64, (32, 32), 4),
        ((64, 32, 3, 3), 64, (14, 14), 4),
        ((64, 64, 3, 3), 64, (3, 3), 4),
        ((64, 64, 3, 3), 64, (6, 6), 2),  # tiles of 4 x 4 would compute 8 x 8
        ((128, 128, 3, 3), 1, (8, 8), 2),  # transforming the kernels is most of the work
    ],
)
def test_tiles_are_those_that_take_less(kernels: Any, images: int, size: Any, m: int) -> None:
    f = cheapest(kernels, images, size)
    assert f is not None and f.m == m


@pytest.mark.parametrize(
    ("kernels", "images", "size"),
    [
        ((64, 64, 3, 3), 1, (7, 7)),  # few pixels
        ((64, 3, 3, 3), 64, (32, 32)),  # few channels
        ((64, 64, 5, 5), 64, (32, 32)),
        ((64, 64, 3), 64, (32,)),
        ((64, 64, 3, 3), 64, (1, 3)),  # 2 x 4 would be computed
    ],
)
def test_other_kernels_and_sizes_are_summed_directly(kernels: Any, images: int, size: Any) -> None:
    assert cheapest(kernels, images, size) is None


def test_tiles_cover_the_image() -> None:
    assert SMALL.tiles((7, 8)) == (4, 4)
    assert LARGE.tiles((7, 8)) == (2, 2)
