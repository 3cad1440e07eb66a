"""Convolutions with kernels of 3 x 3 by Winograd's minimal filtering: 16 products instead of 36 for 2 x 2 results.

Here: `pays`, `slide` (a convolution), `kernel_slopes` (its derivative by the kernels); `add_up`, a sum of storages.
Elsewhere: the direct sums are in _contraction_plan.py, which asks here first; the code of both in _loops.py and
_contraction.py.
Imports: the standard library, numpy, pellucid.compiler.native.

For a tile d (4, 4) of a channel and a kernel g (3, 3), with the constant matrices A, B, G below,

    y = A^T [ sum_c (G g_c G^T) * (B^T d_c B) ] A        (2, 2),    * entry by entry,

so that, over all tiles t, the sum over channels is 16 products of matrices: M_f (T, O) = V_f (T, C) U_f (C, O).  By the
kernels it is the same backwards: dg = G^T [ sum_t (B^T d B) * (A dy A^T) ] G, 16 products again.  The transformations
are sums and differences, and are done image by image, so that V and M of an image are still near when they are used.
Rounding: the largest sum has 16 terms for each of the direct one's 9, so errors are of the same size (below 1e-6
relative in float32; the larger tiles of Winograd's, which are not used here, lose digits).
Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.compiler.native._kernels import Apply, Contraction, Literal, Load, Loops, Member, Store
from pellucid.compiler.native._storage import Lengths, Storage, rows_first

Matrix = tuple[tuple[float, ...], ...]

B_T: Matrix = ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1))
G: Matrix = ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1))
A_T: Matrix = ((1, 1, 1, 0), (0, 1, -1, -1))

FEWEST_CHANNELS = 16  # in and out: a vector; below, the transformations cost more than the products save
FEWEST_PIXELS = 60  # of all images: below, transforming the kernels costs more than it saves
MOST_WASTE = 1.4  # computed pixels for each wanted one; 7 x 7 in tiles of 2 x 2 has 64 / 49
GAP_BYTES = 64  # a line of the cache
BLOCK_BYTES = 3 << 19  # of transformed tiles whose products are summed at once


def pays(w: Lengths, images: int, size: Lengths) -> bool:
    """Whether kernels (O, C, 3, 3), moved by single pixels to results of this size, are worth transforming."""
    if len(size) != 2 or w[2:] != (3, 3) or min(w[:2]) < FEWEST_CHANNELS:
        return False
    wanted, computed = math.prod(size), math.prod(2 * n for n in tiles(size))
    return images * wanted >= FEWEST_PIXELS and computed <= MOST_WASTE * wanted


def tiles(size: Lengths) -> Lengths:
    """How many tiles of 2 x 2 cover an image."""
    return tuple(-(-n // 2) for n in size)


def slide(low: Any, wide: Storage, w: Storage, shape: Lengths) -> Storage:
    """The convolution (N, O, H, W) of wide (N, C, 2 P + 2, 2 Q + 2), channels last, with kernels w (O, C, 3, 3)."""
    (n, o, *size), c = shape, w.shape[1]
    p, q = tiles(tuple(size))
    panel = low._copied(w, (1, 2, 3, 0))
    u = _planes(low, (), (c, o), w.dtype)
    kernels = panel.transposed((1, 0, 2, 3))
    _transform(low, G, [[_pixel(kernels, i, j) for j in range(3)] for i in range(3)], _each(u))
    v = _tiles_transformed(low, wide, p, q)
    m = _planes(low, (n,), (p, q, o), w.dtype)
    rows = (
        (n, v.strides[0], 0, m.strides[0]),
        (16, v.strides[2], u.strides[1], m.strides[2]),
        (p * q, c, 0, o),
    )
    low._add(Contraction(v, u, m, rows, ((c, 1, o, 0),), (o, 0, 1, 1)))
    out = low._new((n, o, 2 * p, 2 * q), w.dtype, (0, 2, 3, 1))
    _transform(low, A_T, _each(_frequencies_first(m)), _corners(out, 2))
    return replace(out, shape=shape)


def kernel_slopes(low: Any, wide: Storage, slopes: Storage, shape: Lengths) -> Storage:
    """Slopes by the kernels (O, C, 3, 3), of wide (N, C, 2 P + 2, 2 Q + 2) and slopes (N, O, 2 P, 2 Q)."""
    (o, c), n = shape[:2], wide.shape[0]
    p, q = (m // 2 for m in slopes.shape[2:])
    t = p * q
    v = _tiles_transformed(low, wide, p, q)
    d = _planes(low, (n,), (p, q, o), wide.dtype)
    _transform(low, _turned(A_T), _corners(slopes, 2), _each(_frequencies_first(d)))
    together = _together(n, t, c, o, wide.dtype.itemsize)
    parts = n // together
    sums = _planes(low, (parts,), (c, o), wide.dtype)  # of some images each, the same for any number of threads
    rows = (
        (parts, together * v.strides[0], together * d.strides[0], sums.strides[0]),
        (16, v.strides[2], d.strides[2], sums.strides[2]),
        (c, 1, 0, o),
    )
    terms = ((together, v.strides[0], d.strides[0], 0), (t, c, o, 0))
    low._add(Contraction(v, d, sums, rows, terms, (o, 0, 1, 1)))
    found = _planes(low, (), (c, o), wide.dtype)
    add_up(low, [replace(found, buffer=sums.buffer, offset=i * sums.strides[0]) for i in range(parts)], found)
    out = low._new(shape, wide.dtype)  # as the kernels lie, so that their update goes straight through memory
    kernels = out.transposed((1, 0, 2, 3))
    _transform(low, _turned(G), _each(found), [[_pixel(kernels, i, j) for j in range(3)] for i in range(3)])
    return out


def add_up(low: Any, terms: list[Storage], total: Storage) -> None:
    """total = the sum of the terms, in their order, each entry in a register."""
    loops, dtype = Loops(total.shape, total.order), total.dtype
    value: Any = Load(terms[0])
    for term in terms[1:]:
        value = _named(loops, Apply("add", (value, Load(term)), (dtype, dtype), dtype, dtype))
    loops.stores.append(Store(total, value, dtype))
    low._add(loops)


def _together(n: int, t: int, c: int, o: int, itemsize: int) -> int:
    """Images whose products are summed at once: near enough to fit, enough to outweigh the sums that are kept."""
    fitting = BLOCK_BYTES // (16 * t * (c + o) * itemsize)
    outweighing = -(-2 * c * o // ((c + o) * t))
    most = max(1, fitting, min(outweighing, n // 8))
    return max(m for m in range(1, min(most, n) + 1) if n % m == 0)


def _tiles_transformed(low: Any, wide: Storage, p: int, q: int) -> Storage:
    """B^T d B of every tile d of 4 x 4 pixels, two apart: (N, 4, 4, P, Q, C)."""
    n, c = wide.shape[:2]
    v = _planes(low, (n,), (p, q, c), wide.dtype)
    _transform(low, B_T, _corners(replace(wide, shape=(n, c, 2 * p, 2 * q)), 4), _each(_frequencies_first(v)))
    return v


def _planes(low: Any, images: Lengths, plane: Lengths, dtype: np.dtype[Any]) -> Storage:
    """Memory for (images.., 4, 4, plane..), with a gap between planes.

    The 16 planes are read and written together.  Where their size is a power of two, all would fall into one set of the
    cache, which holds fewer than 16 lines.
    """
    step = math.prod(plane) + GAP_BYTES // dtype.itemsize
    strides = (*(16 * step for _ in images), 4 * step, step, *rows_first(plane))
    buffer = low._buffer(math.prod(images) * 16 * step * dtype.itemsize)
    return Storage(buffer, (*images, 4, 4, *plane), strides, dtype)


def _frequencies_first(x: Storage) -> Storage:
    """(N, 4, 4, P, Q, C) as (4, 4, N, C, P, Q), the axes of images."""
    return x.transposed((1, 2, 0, 5, 3, 4))


def _each(x: Storage) -> list[list[Storage]]:
    """x (I, J, ..) as a table of storages."""
    return [
        [
            replace(x, shape=x.shape[2:], strides=x.strides[2:], offset=x.offset + i * x.strides[0] + j * x.strides[1])
            for j in range(x.shape[1])
        ]
        for i in range(x.shape[0])
    ]


def _pixel(x: Storage, i: int, j: int) -> Storage:
    """x (.., H, W) at one pixel."""
    at = x.offset + i * x.strides[-2] + j * x.strides[-1]
    return replace(x, shape=x.shape[:-2], strides=x.strides[:-2], offset=at)


def _corners(x: Storage, size: int) -> list[list[Storage]]:
    """Pixel (i, j) of every tile of x (N, C, 2 P, 2 Q); tiles are two pixels apart."""
    n, c, h, w = x.shape
    a, b, s, t = x.strides
    return [
        [Storage(x.buffer, (n, c, h // 2, w // 2), (a, b, 2 * s, 2 * t), x.dtype, x.offset + i * s + j * t)
         for j in range(size)]
        for i in range(size)
    ]  # fmt: skip


def _named(loops: Loops, expression: Any) -> Member:
    """The expression as a member of the loops, so that it is computed once."""
    key: Any = object()
    loops.members[key] = expression
    return Member(key)


def _turned(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))


def _transform(low: Any, matrix: Matrix, x: list[list[Storage]], y: list[list[Storage]]) -> None:
    """y = L x L^T for tables of storages of one shape, all in one loop."""
    shape, dtype = x[0][0].shape, x[0][0].dtype
    loops = Loops(shape, x[0][0].order)

    def scaled(term: Any, factor: float) -> Any:
        if factor == 1:
            return term
        return _named(loops, Apply("multiply", (term, Literal(factor)), (dtype, None), dtype, dtype))

    def combined(factors: Sequence[float], terms: Sequence[Any]) -> Any:
        """sum of factor * term; a factor that all have in common is applied once, at the end."""
        sizes = {abs(f) for f in factors if f}
        common = sizes.pop() if len(sizes) == 1 else 1
        total: Any = None
        for factor, term in zip(factors, terms, strict=True):
            if not factor:
                continue
            one = scaled(term, abs(factor) / common)
            if total is None:
                total = one if factor > 0 else _named(loops, Apply("negative", (one,), (dtype,), dtype, dtype))
            else:
                name = "add" if factor > 0 else "subtract"
                total = _named(loops, Apply(name, (total, one), (dtype, dtype), dtype, dtype))
        return scaled(total, common)

    loaded = [[_named(loops, Load(s)) for s in row] for row in x]
    left = [[combined(row, column) for column in zip(*loaded, strict=True)] for row in matrix]  # L x
    for i, row in enumerate(left):
        for j, factors in enumerate(matrix):  # (L x) L^T
            loops.stores.append(Store(y[i][j], combined(factors, row), dtype))
    low._add(loops)
