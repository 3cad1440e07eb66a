"""Solutions of (G + a I) w = q, and of least squares on the rows themselves.

Here: `solve_moments`, `solve_kernel`, `solve_spectrum`, `solve_iterated`, `solve_positive`; `triangle`, `folded` and
`fold_rows`; `Singular` and `INDEPENDENT`.
Elsewhere: moments are in _moments.py; Ridge picks among the solutions in _ridge.py.
Imports: numpy and pellucid.base; SciPy inside the functions.
"""

from collections.abc import Iterable

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._moments import Moments
from pellucid.linear_model._rows import Rows, is_sparse

EPSILON = float(np.finfo(np.float64).eps)
FOLD_ROWS, FOLD_VALUES = 512, 1 << 20  # rows, by measurement at 20 to 100 columns; numbers: 8 MiB
INDEPENDENT = 1e-8  # share of a column's square; of a dependent one rounding leaves less, and 1e-8 keeps 8 digits


class Singular(Exception):
    """A matrix whose Cholesky factor has no correct digits left; caught by who has another way."""


def solve_moments(known: Moments, alpha: Array, least: float = 0.0) -> Array:
    """w_t = (G + a_t I)^-1 q_t by Cholesky, a factor for each distinct a.   alpha (T,) -> (D, T)

    Raises Singular, also where the part of a column that those before it do not explain is no more than the share
    `least` of its square, and of a.
    """
    slopes = np.empty(known.product.shape)
    for a in np.unique(alpha):
        own = alpha == a
        slopes[:, own] = _solve_lifted(known.gram, known.product[:, own], float(a), known.scale, least)
    return slopes


def solve_kernel(rows: Array, off: Array, alpha: Array) -> Array:
    """w_t = X^T (X X^T + a_t I)^-1 y_t: cheaper than `solve_moments` where N < D.   Raises Singular.

    rows (N, D), off (N, T), both centred and scaled by the roots of the weights; alpha (T,) -> (D, T)
    """
    kernel, dual = rows @ rows.T, np.empty(off.shape)
    for a in np.unique(alpha):
        dual[:, alpha == a] = _solve_lifted(kernel, off[:, alpha == a], float(a), kernel.diagonal())
    return rows.T @ dual


def solve_spectrum(rows: Array, off: Array, alpha: Array, n_rows: int = 0) -> Array:
    """w_t = V diag(s / (s^2 + a_t)) U^T y_t, rows = U diag(s) V^T; directions of no spread get no weight.

    Shapes as in `solve_kernel`; n_rows: how many rows they are the `triangle` of, whose rounding they carry.  Works for
    every rank; a = 0 gives the shortest of the best w.
    """
    from scipy.linalg import svd

    u, s, vt = svd(rows, full_matrices=False)
    spread = s > s[0] * max(n_rows, *rows.shape) * EPSILON
    s = np.where(spread, s, 1.0)
    shrink = np.where(spread, s, 0.0)[:, None] / (s[:, None] ** 2 + alpha)  # (min(N, D), T)
    slopes: Array = vt.T @ (shrink * (u.T @ off))
    return slopes


def solve_iterated(
    rows: Rows, off: Array, centre: Array, root: Array, alpha: Array, tol: float, max_iter: int | None
) -> tuple[Array, int]:
    """w by LSQR, which asks for products with X alone: sparse rows are centred without being filled.

    rows (N, D) scaled by root (N,), off (N, T) centred and scaled -> (D, T), steps of the slowest target.
    Source: Paige and Saunders, ACM Transactions on Mathematical Software 8, 1982.
    """
    from scipy.sparse.linalg import LinearOperator, lsqr

    centred = LinearOperator(
        shape=rows.shape,
        matvec=lambda w: rows @ w - root * float(centre @ w),
        rmatvec=lambda r: rows.T @ r - centre * float(root @ r),
        dtype=np.float64,
    )
    found = [
        lsqr(centred, off[:, t], damp=np.sqrt(alpha[t]), atol=tol, btol=tol, conlim=0.0, iter_lim=max_iter)
        for t in range(off.shape[1])
    ]
    return np.column_stack([one[0] for one in found]), max(int(one[2]) for one in found)


def solve_positive(known: Moments, alpha: Array) -> Array:
    """argmin |y - X w|^2 + a |w|^2 with every w >= 0, from the Cholesky factor of G + a I.   alpha (T,) -> (D, T)

    Raises Singular.  Source: Lawson and Hanson, Solving Least Squares Problems, 1974, chapter 23.
    """
    from scipy.linalg import solve_triangular
    from scipy.optimize import nnls

    slopes = np.empty(known.product.shape)
    for t in range(len(alpha)):
        factor = _factor(known.gram, float(alpha[t]), known.scale)  # upper: factor^T factor = G + a I
        aim = solve_triangular(factor, known.product[:, t], trans="T")
        slopes[:, t] = nnls(factor, aim)[0]
    return slopes


def triangle(rows: Rows, off: Array, centre: Array, root: Array) -> tuple[Array, Array]:
    """R (M, D) and c (M, T) with |c - R w|^2 = |off - root (rows - centre) w|^2 - a rest without w,   M = min(N, D + T)

    rows (N, D), centre (D,), off (N, T) centred and scaled by root (N,).  Only a block of sparse rows is filled.
    """
    n_features = rows.shape[1]
    width = n_features + off.shape[1]

    def under(where: slice) -> Array:
        part = rows[where]
        part = ((part.toarray() if is_sparse(part) else part) - centre) * root[where, None]
        return np.column_stack([part, off[where]])

    known = folded(map(under, fold_rows(rows.shape[0], width)), width)
    return known[:, :n_features], known[:, n_features:]


def folded(blocks: Iterable[Array], width: int) -> Array:
    """R of a QR factorisation of rows (N, width) that come in blocks.   -> (min(N, width), width), float64

        R^T R = X^T X

    By QR of each block under what those before have left: no digit is lost as in X^T X itself.
    Source: Golub and Van Loan, Matrix Computations, 4th edition, section 6.5.3.

    >>> np.abs(folded([np.array([[3.0, 0.0]]), np.array([[4.0, 5.0]])], 2)).tolist()
    [[5.0, 4.0], [0.0, 3.0]]
    """
    known = np.zeros((0, width))
    for part in blocks:
        known = np.asarray(np.linalg.qr(np.vstack([known, part]), mode="r"))
    return known


def fold_rows(n_rows: int, width: int) -> list[slice]:
    """The blocks of rows that `folded` takes least time for.

    Eight times as many rows as columns, of which what those before have left is an eighth more to do, but no more than
    8 MiB, and at least twice as many.
    """
    step = max(FOLD_ROWS, 2 * width, min(8 * width, FOLD_VALUES // width))
    return [slice(start, start + step) for start in range(0, n_rows, step)]


def _solve_lifted(matrix: Array, right: Array, a: float, scale: Array, least: float = 0.0) -> Array:
    from scipy.linalg import cho_solve

    solution: Array = cho_solve((_factor(matrix, a, scale, least), False), right)
    return solution


def _factor(matrix: Array, a: float, scale: Array, least: float = 0.0) -> Array:
    """Upper triangular R with R^T R = matrix + a I, no pivot of which is `least` of its scale (D,) and a, or less."""
    from scipy.linalg import LinAlgError, cholesky

    lifted = matrix.copy()
    np.einsum("ii->i", lifted)[:] += a
    try:
        factor: Array = cholesky(lifted)
    except LinAlgError as error:
        raise Singular from error
    if (factor.diagonal() ** 2 <= max(least, len(lifted) * EPSILON) * (scale + a)).any():
        raise Singular  # what is left of a pivot is the rounding of what was taken off it
    return factor
