"""Singular values and vectors of a table, exact or from a random sketch.

Here: `right_svd` (exact), `sketched_svd` (randomised), `lanczos_svd` (ARPACK); `fixed_signs`; `gram` and `sparse_gram`
of centred rows.
Elsewhere: what they mean is in _pca.py and _truncated_svd.py; QR by blocks of rows is in pellucid.linear_model.
Imports: numpy, pellucid.base and pellucid.linear_model; SciPy inside the functions that use it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.base import Choice, Limit, OneOf, Whole
from pellucid.base._tables import Array
from pellucid.linear_model._least_squares import fold_rows, folded
from pellucid.linear_model._rows import Rows, is_sparse

TILE_VALUES = 1 << 20  # numbers centred at once: 8 MiB
NARROW, BLOCK_ROWS = range(16, 65), 256  # features, rows: 128 KiB at most; by measurement, one and two threads
LEVEL_MAX = 100.0  # squared mean by variance: taking one from the other then costs two digits of sixteen
TALL = 4  # rows by columns from which on a QR makes the table so much shorter that it pays; by measurement
NORMALIZER: Limit = Choice("auto", "QR", "LU", "none", says="what keeps powers apart; auto: QR of the short side")
OVERSAMPLES: Limit = Whole(low=1, says="directions drawn beyond those asked for")
POWERS: Limit = OneOf(Whole(low=0), Choice("auto"), says="power iterations; auto: 7 for few components, else 4")

Turn = Callable[[Array], Array]
"""Columns (N, K) made such that they span the same and stay apart."""


def fixed_signs(axes: Array) -> Array:
    """Each row times 1 or -1, so that its largest entry by size, the first at a tie, is positive.   (K, D) -> (K, D)

    A singular vector and its negative fit alike; this is scikit-learn's choice (svd_flip, by rows of V^T).

    >>> fixed_signs(np.array([[1.0, -2.0], [0.5, 0.1]])).tolist()
    [[-1.0, 2.0], [0.5, 0.1]]
    """
    if not axes.shape[1]:
        return axes
    largest = np.abs(axes).argmax(axis=1)
    sign = np.sign(axes[np.arange(len(axes)), largest])
    return axes * np.where(sign == 0, 1.0, sign)[:, None].astype(axes.dtype)


def gram(X: Array, mean: Array) -> Array:
    """(X - mean)^T (X - mean) in float64.   X (N, D), mean (D,) -> (D, D)

    As X^T X - N mean mean^T where that loses two digits at most, otherwise by tiles that are centred first.
    """
    whole = _squared(X).astype(np.float64, copy=False)
    level = len(X) * np.square(mean, dtype=np.float64)
    if X.dtype == np.float64 and (level <= LEVEL_MAX * (whole.diagonal() - level)).all():
        whole -= len(X) * np.outer(mean, mean)
        return whole
    out = np.zeros_like(whole)
    step = max(1, TILE_VALUES // len(out))
    for start in range(0, len(X), step):
        apart = X[start : start + step] - mean
        out += apart.T @ apart
    return out


def _squared(X: Array) -> Array:
    """X^T X.   X (N, D) -> (D, D)

    BLAS's product of a table with itself computes one half and mirrors it, but of few features its general product, of
    rows that stay in the cache, takes less time: a fifth less at 50.
    """
    if X.shape[1] not in NARROW or len(X) <= BLOCK_ROWS or X.dtype != np.float64 or not X.flags.c_contiguous:
        return X.T @ X
    from scipy.linalg.blas import dgemm

    out = np.zeros((X.shape[1], X.shape[1]), order="F")
    for start in range(0, len(X), BLOCK_ROWS):
        part = X[start : start + BLOCK_ROWS].T
        dgemm(1.0, part, part, 1.0, out, trans_b=True, overwrite_c=True)
    return out


def right_svd(A: Array) -> tuple[Array, Array]:
    """All singular values, falling, and right vectors of A, without the left ones.   A (N, D) -> (K,), (K, D)

    Of a tall table by its triangle, which has the same: half the work.
    """
    short = triangle(A) if A.shape[0] > A.shape[1] else A
    _, values, axes = np.linalg.svd(short, full_matrices=False)
    return values, axes


def triangle(A: Array) -> Array:
    """R of A = Q R, which has A's singular values and right vectors.   A (N, D) -> (min(N, D), D)"""
    return folded((A[where] for where in fold_rows(*A.shape)), A.shape[1]).astype(A.dtype, copy=False)


def sketched_svd(
    A: Rows, n_components: int, *, n_oversamples: int, n_iter: int | str, normalizer: str, rng: np.random.Generator
) -> tuple[Array, Array]:
    """The largest singular values and right vectors of A, nearly.   A (N, D) -> (K,), (K, D)

        Q = orthonormal basis of (A A^T)^q A G,    G (D, K + oversamples) normal draws;    Q^T A = U S V^T

    The q power iterations shrink what belongs to small singular values; `normalizer` keeps the columns from all turning
    into the largest one.  Cost O(N D (K + oversamples) (2 q + 2)).  It works on the shorter side, and where that is so
    short that the triangle of A costs less than the iterations, on the triangle: they only ask for A^T A.
    Source: Halko, Martinsson and Tropp, SIAM Review 53, 2011, algorithms 4.4 and 5.1.
    """
    powers = int(n_iter) if isinstance(n_iter, int | np.integer) else 7 if n_components < 0.1 * min(A.shape) else 4
    wide, size = A.shape[0] < A.shape[1], n_components + n_oversamples
    B = A.T if wide else A
    narrow = not is_sparse(A) and TALL * B.shape[1] <= B.shape[0] and B.shape[1] <= size * (powers + 2)
    C = triangle(B) if narrow else B
    Q = rng.normal(size=(B.shape[1], size)).astype(A.dtype)
    for long, short in _normalizers(normalizer, powers):
        Q = short(_product(C.T, long(_product(C, Q))))
    if not wide:
        B = C  # of the wide one the axes are on the long side
    Q = np.linalg.qr(_product(B, Q))[0]
    left, values, right = np.linalg.svd(np.asarray(_product(B.T, Q).T), full_matrices=False)
    axes = (Q @ left[:, :n_components]).T if wide else right[:n_components]
    return values[:n_components], fixed_signs(axes)


def _product(B: Rows, Q: Array) -> Array:
    """B Q, for few columns.   B (N, D), Q (D, K) -> (N, K)

    As (Q^T B^T)^T where B is dense: with the few first, OpenBLAS takes two thirds to half of the time.
    """
    return B @ Q if is_sparse(B) else (Q.T @ B.T).T


def _normalizers(name: str, powers: int) -> list[tuple[Turn, Turn]]:
    """What is done to the columns on the long and on the short side, for each power.

    By themselves columns lose what is below eps of the largest value with each product, hence "QR" and "LU" after each.
    "auto" spares the long side.  Once columns q_j on the short side stand at right angles and in order, as a QR leaves
    them, A q_j is about sigma_j long, and A^T A q_j loses no more than A q_j does.  Only those of the first turn are
    not in order yet, and would lose what is below sqrt(eps); an LU on the long side is enough for them.
    """
    if name == "auto":
        return [(_as_it_is if turn else _lower, _ordered) for turn in range(powers)]
    both = {"none": _as_it_is, "QR": _orthonormal, "LU": _lower}[name]
    return [(both, both)] * powers


def _as_it_is(Q: Array) -> Array:
    return Q


def _ordered(Q: Array) -> Array:
    """Q of a QR factorisation by the largest entry of R, about that of A: A^T A times it is of A's size, and does not
    overflow or vanish where the squares of A do.   (N, K) -> (N, K)"""
    Q, R = np.linalg.qr(Q)
    return Q / (np.abs(R).max() or 1.0)


def _orthonormal(Q: Array) -> Array:
    """Q of a QR factorisation.   (N, K) -> (N, K)"""
    return np.linalg.qr(Q)[0]


def _lower(Q: Array) -> Array:
    """P L of an LU factorisation: the same space, and all entries within [-1, 1].   (N, K) -> (N, K)"""
    from scipy.linalg import lu

    out: Array = lu(Q, permute_l=True, check_finite=False)[0]
    return out


def lanczos_svd(
    A: Rows, n_components: int, *, mean: Array | None, tol: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    """The largest singular values and right vectors of A - 1 mean^T, by ARPACK.   A (N, D) -> (K,), (K, D)

    A stays as it is, sparse or not; K < min(N, D).  Source: Lehoucq, Sorensen and Yang, ARPACK Users' Guide, 1998.
    """
    from scipy.sparse.linalg import svds

    start = rng.uniform(-1.0, 1.0, size=min(A.shape)).astype(A.dtype)
    _, values, axes = svds(A if mean is None else _offset(A, mean), k=n_components, tol=tol, v0=start)
    return values[::-1].copy(), fixed_signs(axes[::-1])


def _offset(A: Rows, mean: Array) -> Any:
    """A - 1 mean^T as what it does to vectors."""
    from scipy.sparse.linalg import LinearOperator

    return LinearOperator(
        A.shape,
        dtype=A.dtype,
        matvec=lambda v: A @ v - mean @ v,
        matmat=lambda V: A @ V - mean @ V,
        rmatvec=lambda u: A.T @ u - mean * u.sum(),
        rmatmat=lambda U: A.T @ U - np.outer(mean, U.sum(axis=0)),
    )


def sparse_gram(X: Rows, mean: Array) -> Array:
    """The same as `gram` for sparse rows, which stay sparse.   X (N, D) -> (D, D)"""
    product = X.T @ X
    table: Array = product.toarray() if is_sparse(product) else np.asarray(product)
    return table.astype(np.float64) - X.shape[0] * np.outer(mean, mean)
