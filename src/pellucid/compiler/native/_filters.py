"""Winograd's minimal filtering: the matrices of two sizes of tiles, and which of them a convolution takes, if any.

Here: `Filter`, `SMALL` (tiles of 2 x 2 results), `LARGE` (4 x 4), `cheapest`.
Elsewhere: the convolutions themselves are in _winograd.py; direct sums in _contraction_plan.py.
Imports: the standard library, pellucid.compiler.native.

m results of a row d (m + 2) filtered by g (3) are products of polynomials, computed at m + 1 points p and at infinity:

    y = A^T [ (G g) * (B^T d) ],    A^T[i, j] = p_j^i,    G[j, i] = p_j^i / prod_(k != j) (p_j - p_k),

and row j of B^T the coefficients of prod_(k != j) (x - p_k).  Products: (m + 2)^2 / m^2 for each result of an image,
4 for tiles of 2 x 2 and 2.25 for 4 x 4, where a direct sum takes 9.

Rounding: the points 0, 1, -1 need sums and differences only, and errors are of the size of a direct sum's.  Of five
points 0, +-3/4, +-3/2 leave 7e-7 of a result in float32, in the mean over 64 channels.  The usual 0, +-1, +-2 leave
1.5e-6, terms added one by one 3e-7; of the multiples of 1/8 that were tried none leaves less than 6.8e-7.
Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016.  Barabasz, Anderson, Soodhalter and
Gregg, Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks, 2020.
"""

import math
from dataclasses import dataclass
from typing import final

from pellucid.compiler.native._storage import Lengths

Matrix = tuple[tuple[float, ...], ...]

FEWEST_CHANNELS = 16  # in and out: a vector; below, the transformations cost more than the products save
FEWEST_PIXELS = 60  # of all images: below, transforming the kernels costs more than it saves
MOST_PRODUCTS = 5.6  # for each wanted pixel, where a direct sum has 9: what lies beyond the edges counts
KERNELS_COST = 8  # products of a pixel: what transforming an entry of the kernels takes


@final
@dataclass(frozen=True)
class Filter:
    """Tiles of m x m results, computed from m + 2 pixels a side, and the matrices B^T, G and A^T."""

    m: int
    b_t: Matrix
    g: Matrix
    a_t: Matrix

    @property
    def n(self) -> int:
        return self.m + 2

    def tiles(self, size: Lengths) -> Lengths:
        """How many tiles cover an image."""
        return tuple(-(-length // self.m) for length in size)

    def products(self, images: int, size: Lengths) -> int:
        """For each channel in and out."""
        return images * math.prod(self.tiles(size)) * self.n**2

    def cost(self, images: int, size: Lengths) -> int:
        """The same, with what transforming the kernels takes."""
        return self.products(images, size) + KERNELS_COST * self.n**2


def _by_points(a: float, b: float) -> Filter:
    """The filter of the points 0, a, -a, b, -b."""
    p, q, r = a * a, b * b, 1 / (2 * (a * a - b * b))
    return Filter(
        m=4,
        b_t=(
            (p * q, 0, -p - q, 0, 1, 0),
            (0, -a * q, -q, a, 1, 0),
            (0, a * q, -q, -a, 1, 0),
            (0, -b * p, -p, b, 1, 0),
            (0, b * p, -p, -b, 1, 0),
            (0, p * q, 0, -p - q, 0, 1),
        ),
        g=(
            (1 / (p * q), 0, 0),
            (r / p, r / a, r),
            (r / p, -r / a, r),
            (-r / q, -r / b, -r),
            (-r / q, r / b, -r),
            (0, 0, 1),
        ),
        a_t=(
            (1, 1, 1, 1, 1, 0),
            (0, a, -a, b, -b, 0),
            (0, p, p, q, q, 0),
            (0, a * p, -a * p, b * q, -b * q, 1),
        ),
    )


SMALL = Filter(
    m=2,
    b_t=((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1)),
    g=((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1)),
    a_t=((1, 1, 1, 0), (0, 1, -1, -1)),
)
LARGE = _by_points(0.75, 1.5)


def cheapest(w: Lengths, images: int, size: Lengths) -> Filter | None:
    """The filter for kernels (O, C, 3, 3), moved by single pixels to results of this size; None: sum directly."""
    if len(size) != 2 or w[2:] != (3, 3) or min(w[:2]) < FEWEST_CHANNELS:
        return None
    pixels = images * math.prod(size)
    able = [f for f in (SMALL, LARGE) if f.products(images, size) <= MOST_PRODUCTS * pixels]
    if pixels < FEWEST_PIXELS or not able:
        return None
    return min(able, key=lambda f: f.cost(images, size))
