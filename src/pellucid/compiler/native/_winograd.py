"""Convolutions with kernels of 3 x 3 by Winograd's minimal filtering: fewer products, and sums before and after them.

Here: `slide` (a convolution), `kernel_slopes` (its derivative by the kernels); `add_up`, a sum of storages.
Elsewhere: the matrices A, B and G, and who takes which, are in _filters.py; direct sums in _contraction_plan.py, which
asks there first; the code of both in _loops.py and _contraction.py.
Imports: the standard library, numpy, pellucid.compiler.native.

For a tile d (n, n), n = m + 2, of a channel and a kernel g (3, 3), with the constant matrices of a filter,

    y = A^T [ sum_c (G g_c G^T) * (B^T d_c B) ] A        (m, m),    * entry by entry,

so that, over all tiles t, the sum over channels is n^2 products of matrices: M_f (T, O) = V_f (T, C) U_f (C, O).  By
the kernels it is the same backwards: dg = G^T [ sum_t (B^T d B) * (A dy A^T) ] G, n^2 products again.  The
transformations are done image by image, so that V and M of an image are still near when they are used.
Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any, final

import numpy as np

from pellucid.compiler.native._filters import Filter, Matrix
from pellucid.compiler.native._kernels import Apply, Contraction, Literal, Load, Loops, Member, Store
from pellucid.compiler.native._storage import Lengths, Storage, rows_first

GAP_BYTES = 64  # a line of the cache
BLOCK_BYTES = 3 << 19  # of transformed tiles whose products are summed at once


def slide(low: Any, f: Filter, wide: Storage, w: Storage, shape: Lengths) -> Storage:
    """The convolution (N, O, H, W) of wide (N, C, m P + 2, m Q + 2), channels last, with kernels w (O, C, 3, 3)."""
    (images, o, *size), c = shape, w.shape[1]
    p, q = f.tiles(tuple(size))
    panel = low._copied(w, (1, 2, 3, 0))
    u = _planes(low, f, (), (c, o), w.dtype)
    kernels = panel.transposed((1, 0, 2, 3))
    _transform(low, f.g, [[_pixel(kernels, i, j) for j in range(3)] for i in range(3)], _each(u))
    v = _tiles_transformed(low, f, wide, p, q)
    m = _planes(low, f, (images,), (p, q, o), w.dtype)
    rows = (
        (images, v.strides[0], 0, m.strides[0]),
        (f.n**2, v.strides[2], u.strides[1], m.strides[2]),
        (p * q, c, 0, o),
    )
    low._add(Contraction(v, u, m, rows, ((c, 1, o, 0),), (o, 0, 1, 1)))
    out = low._new((images, o, f.m * p, f.m * q), w.dtype, (0, 2, 3, 1))
    _transform(low, f.a_t, _each(_frequencies_first(m)), _corners(out, f.m, f.m))
    return replace(out, shape=shape)


def kernel_slopes(low: Any, f: Filter, wide: Storage, slopes: Storage, shape: Lengths) -> Storage:
    """Slopes by the kernels (O, C, 3, 3), of wide (N, C, m P + 2, m Q + 2) and slopes (N, O, m P, m Q)."""
    (o, c), images = shape[:2], wide.shape[0]
    p, q = f.tiles(slopes.shape[2:])
    t = p * q
    v = _tiles_transformed(low, f, wide, p, q)
    d = _planes(low, f, (images,), (p, q, o), wide.dtype)
    _transform(low, _turned(f.a_t), _corners(slopes, f.m, f.m), _each(_frequencies_first(d)))
    together = _together(f, images, t, c, o, wide.dtype.itemsize)
    parts = images // together
    sums = _planes(low, f, (parts,), (c, o), wide.dtype)  # of some images each, the same for any number of threads
    rows = (
        (parts, together * v.strides[0], together * d.strides[0], sums.strides[0]),
        (f.n**2, v.strides[2], d.strides[2], sums.strides[2]),
        (c, 1, 0, o),
    )
    terms = ((together, v.strides[0], d.strides[0], 0), (t, c, o, 0))
    low._add(Contraction(v, d, sums, rows, terms, (o, 0, 1, 1)))
    found = _planes(low, f, (), (c, o), wide.dtype)
    add_up(low, [replace(found, buffer=sums.buffer, offset=i * sums.strides[0]) for i in range(parts)], found)
    out = low._new(shape, wide.dtype)  # as the kernels lie, so that their update goes straight through memory
    kernels = out.transposed((1, 0, 2, 3))
    _transform(low, _turned(f.g), _each(found), [[_pixel(kernels, i, j) for j in range(3)] for i in range(3)])
    return out


def add_up(low: Any, terms: list[Storage], total: Storage) -> None:
    """total = the sum of the terms, in their order, each entry in a register."""
    loops, dtype = Loops(total.shape, total.order), total.dtype
    value: Any = Load(terms[0])
    for term in terms[1:]:
        value = _named(loops, Apply("add", (value, Load(term)), (dtype, dtype), dtype, dtype))
    loops.stores.append(Store(total, value, dtype))
    low._add(loops)


def _together(f: Filter, images: int, t: int, c: int, o: int, itemsize: int) -> int:
    """Images whose products are summed at once: near enough to fit, enough to outweigh the sums that are kept."""
    fitting = BLOCK_BYTES // (f.n**2 * t * (c + o) * itemsize)
    outweighing = -(-2 * c * o // ((c + o) * t))
    most = max(1, fitting, min(outweighing, images // 8))
    return max(k for k in range(1, min(most, images) + 1) if images % k == 0)


def _tiles_transformed(low: Any, f: Filter, wide: Storage, p: int, q: int) -> Storage:
    """B^T d B of every tile d of n x n pixels, m apart: (N, n, n, P, Q, C)."""
    images, c = wide.shape[:2]
    v = _planes(low, f, (images,), (p, q, c), wide.dtype)
    inside = replace(wide, shape=(images, c, f.m * p, f.m * q))
    _transform(low, f.b_t, _corners(inside, f.m, f.n), _each(_frequencies_first(v)))
    return v


def _planes(low: Any, f: Filter, images: Lengths, plane: Lengths, dtype: np.dtype[Any]) -> Storage:
    """Memory for (images.., n, n, plane..), with a gap between planes.

    The n^2 planes are read and written together.  Where their size is a power of two, all would fall into one set of
    the cache, which holds fewer than 16 lines.
    """
    step, n = math.prod(plane) + GAP_BYTES // dtype.itemsize, f.n
    strides = (*(n * n * step for _ in images), n * step, step, *rows_first(plane))
    buffer = low._buffer(math.prod(images) * n * n * step * dtype.itemsize)
    return Storage(buffer, (*images, n, n, *plane), strides, dtype)


def _frequencies_first(x: Storage) -> Storage:
    """(N, n, n, P, Q, C) as (n, n, N, C, P, Q), the axes of images."""
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


def _corners(x: Storage, m: int, size: int) -> list[list[Storage]]:
    """Pixel (i, j), i, j < size, of every tile of x (N, C, m P, m Q); tiles are m pixels apart."""
    n, c, h, w = x.shape
    a, b, s, t = x.strides
    return [
        [Storage(x.buffer, (n, c, h // m, w // m), (a, b, m * s, m * t), x.dtype, x.offset + i * s + j * t)
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
    dtype = x[0][0].dtype
    loops = Loops(x[0][0].shape, x[0][0].order)
    sums = _sums_of(matrix)
    columns = [sums.formed(loops, [_named(loops, Load(s)) for s in column], dtype) for column in zip(*x, strict=True)]
    for row, goals in zip(zip(*columns, strict=True), y, strict=True):
        for total, goal in zip(sums.formed(loops, row, dtype), goals, strict=True):
            loops.stores.append(Store(goal, total, dtype))
    low._add(loops)


@final
class _Sums:
    """A matrix times terms as sums and multiples, none formed twice.

    Two columns that differ only in signs meet as sum and difference of their terms; of two rows that do, one is the sum
    and the other the difference of two parts.
    """

    def __init__(self, matrix: Matrix) -> None:
        rows, terms = [list(row) for row in matrix], [*range(len(matrix[0]))]
        self._width = len(terms)
        self._steps: list[tuple[str, tuple[Any, ...]]] = []  # each of terms and earlier ones, by number, or a Literal
        for j, k in _alike(_turned(matrix)):
            terms[j], terms[k] = self._apply("add", terms[j], terms[k]), self._apply("subtract", terms[j], terms[k])
            for row in rows:
                row[j], row[k] = (row[j], 0.0) if row[j] == row[k] else (0.0, row[j])
        out: list[Any] = [None] * len(rows)
        for r, q in _alike(rows):
            both = [x if x == y else 0.0 for x, y in zip(rows[r], rows[q], strict=True)]
            first = [x if x != y else 0.0 for x, y in zip(rows[r], rows[q], strict=True)]
            even, odd = self._sum(both, terms), self._sum(first, terms)
            out[r], out[q] = self._apply("add", even, odd), self._apply("subtract", even, odd)
        self._rows = [self._sum(row, terms) if total is None else total for row, total in zip(rows, out, strict=True)]

    def formed(self, loops: Loops, terms: Sequence[Any], dtype: np.dtype[Any]) -> list[Any]:
        """The matrix times these members of the loops; so are the results."""
        values = list(terms)
        for name, parts in self._steps:
            operands = tuple([values[x] if type(x) is int else x for x in parts])
            kinds = tuple([dtype if type(x) is int else None for x in parts])
            values.append(_named(loops, Apply(name, operands, kinds, dtype, dtype)))
        return [values[x] for x in self._rows]

    def _sum(self, factors: Sequence[float], terms: Sequence[int]) -> int:
        """sum of factor * term; a factor that all have in common is applied once, at the end."""
        sizes = {abs(f) for f in factors if f}
        common = sizes.pop() if len(sizes) == 1 else 1
        total: int | None = None
        for factor, term in sorted(zip(factors, terms, strict=True), key=lambda pair: pair[0] < 0):
            if not factor:
                continue
            one = self._scaled(term, abs(factor) / common)
            if total is None:
                total = one if factor > 0 else self._apply("negative", one)
            else:
                total = self._apply("add" if factor > 0 else "subtract", total, one)
        assert total is not None  # no row is 0
        return self._scaled(total, common)

    def _scaled(self, term: int, factor: float) -> int:
        return term if factor == 1 else self._apply("multiply", term, Literal(factor))

    def _apply(self, name: str, *operands: Any) -> int:
        self._steps.append((name, operands))
        return self._width + len(self._steps) - 1


@cache
def _sums_of(matrix: Matrix) -> _Sums:
    return _Sums(matrix)


def _alike(rows: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Neighbours among rows that are equal but for signs, and differ in some but not in all entries that are not 0.

    None is in two pairs.
    """
    found: list[tuple[int, int]] = []
    for i, (one, two) in enumerate(pairwise(rows)):
        if found and found[-1][1] == i:
            continue
        signs = {x * y > 0 for x, y in zip(one, two, strict=True) if x or y}
        if len(signs) == 2 and all(abs(x) == abs(y) for x, y in zip(one, two, strict=True)):
            found.append((i, i + 1))
    return found
