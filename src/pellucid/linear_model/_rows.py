"""Rows of numbers, dense or sparse.

A sparse table is SciPy's CSR array: sorted columns in each row, no place twice, float64 or float32.  What models ask of
rows (products, means, squares) is spelled so that both kinds answer.

Here: `is_sparse`, `check_sparse`, `as_float64`, `row_scaled`, `column_means`, `column_squares`.
Elsewhere: dense tables are read and checked in pellucid.base; who asks for which is in _linear.py.
Imports: numpy, pellucid.base and pellucid.errors; SciPy inside the functions that meet its objects.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.errors import DataError

Rows = Any
"""Array (N, D), or SciPy's CSR array of that shape."""


def is_sparse(X: Any) -> bool:
    """Whether X is one of SciPy's sparse matrices or arrays.

    >>> from scipy.sparse import csr_array
    >>> is_sparse(csr_array([[0.0, 1.0]])), is_sparse([[0.0, 1.0]])
    (True, False)
    """
    return hasattr(X, "tocsr")


def check_sparse(X: Any, *, where: str) -> Rows:
    """X (N, D) as a CSR array of finite float64, or float32 if it came so; X itself is left as it is.

    Raises DataError for an empty table, complex numbers, and NaN or infinity, naming the first row of those.

    >>> from scipy.sparse import csc_matrix
    >>> check_sparse(csc_matrix([[0, 2], [1, 0]]), where="doctest").toarray().tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    from scipy.sparse import csr_array

    if X.ndim != 2:
        raise DataError(f"{where}: X has {X.ndim} axes, shape {X.shape}, and a table has 2; give X.reshape(1, -1).")
    if X.dtype.kind == "c":
        raise DataError(f"{where}: Complex data not supported; X is {X.dtype}. Give its parts as two tables.")
    for n, what in zip(X.shape, ("row", "feature"), strict=True):
        if n == 0:
            raise DataError(f"{where}: X has 0 {what}(s) (shape={X.shape}) while a minimum of 1 is required.")
    rows = csr_array(X)
    if rows.dtype not in (np.float32, np.float64):
        rows = rows.astype(np.float64)
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    if not np.isfinite(rows.data).all():
        bad = ~np.isfinite(rows.data)
        first = int(np.searchsorted(rows.indptr, np.flatnonzero(bad)[0], side="right")) - 1
        raise DataError(
            f"{where}: X holds {int(bad.sum())} entries that are NaN or inf, first in row {first}; "
            "fill them or drop these rows."
        )
    return rows


def as_float64(rows: Rows) -> Rows:
    """The same rows in float64; those that are so already are not copied."""
    return rows.astype(np.float64, copy=False)


def row_scaled(rows: Rows, factor: Array) -> Rows:
    """diag(factor) X.   rows (N, D), factor (N,) -> (N, D), of the same kind"""
    if not is_sparse(rows):
        scaled: Array = rows * factor[:, None]
        return scaled
    out = rows.copy()
    out.data *= np.repeat(factor, np.diff(rows.indptr))
    return out


def column_means(rows: Rows, weights: Array | None) -> Array:
    """sum_i s_i x_i / sum_i s_i.   rows (N, D), weights (N,) or None for ones -> (D,)"""
    if weights is None and not is_sparse(rows):
        means: Array = rows.mean(axis=0, dtype=np.float64)
        return means
    weights = np.ones(rows.shape[0]) if weights is None else weights
    return np.asarray(weights @ rows).ravel() / weights.sum()


def column_squares(rows: Rows, centre: Array, weights: Array | None) -> Array:
    """sum_i s_i (x_i - centre)^2, centre the mean or zero.   rows (N, D), centre (D,) -> (D,)"""
    if not is_sparse(rows):
        off = rows - centre
        return np.einsum("nd,nd->d", off, off) if weights is None else weights @ np.square(off)
    total = float(rows.shape[0]) if weights is None else float(weights.sum())
    squares = rows.power(2)
    sums = np.asarray(squares.sum(axis=0) if weights is None else weights @ squares).ravel()
    return np.maximum(sums - total * centre**2, 0.0)
