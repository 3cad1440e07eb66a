"""Rows of numbers, dense or sparse.

Here: `SparseTransformer`, what transformers that take both share; `read_sparse` and `entry_columns`.
Elsewhere: dense tables are checked in pellucid.base.
Imports: numpy, pellucid.base, pellucid.errors; SciPy is there already where a sparse matrix is.

A sparse container stays what it is: a matrix a matrix, an array an array; other layouts become CSR.
"""

from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from pellucid.base import Transformer, check_columns, check_finite, check_table
from pellucid.errors import DataError

Array = NDArray[Any]


def is_sparse(X: Any) -> bool:
    """Whether X is one of SciPy's sparse matrices or arrays.

    >>> is_sparse(np.eye(2))
    False
    """
    return hasattr(X, "tocsr")


def read_sparse(X: Any, *, where: str, missing: bool = False, layout: Literal["csr", "csc"] | None = None) -> Any:
    """X as a sparse container of its own, in CSR or CSC, of float64, or float32 if it came so; stored entries checked.

    `missing` admits NaN.  A place that is stored twice is summed up.   (N, D) -> (N, D)
    Raises DataError for complex, empty and one-dimensional input, and for infinite entries.

    >>> from scipy.sparse import coo_array
    >>> read_sparse(coo_array(np.eye(2, dtype=int)), where="doctest").dtype
    dtype('float64')
    """
    if X.dtype.kind not in "biuf":
        raise DataError(f"{where}: Complex data not supported; X is {X.dtype}, give real numbers.")
    if X.ndim != 2:
        raise DataError(f"{where}: X has {X.ndim} axes, shape {X.shape}, and a table has 2; give X.reshape(1, -1).")
    for count, what in zip(X.shape, ("row(s)", "feature(s)"), strict=True):
        if count == 0:
            raise DataError(f"{where}: X has 0 {what} (shape={X.shape}) while a minimum of 1 is required.")
    kept = layout or (X.format if X.format in ("csr", "csc") else "csr")
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    own = X.asformat(kept).astype(dtype, copy=True)
    own.sum_duplicates()
    check_finite(own.data[:, None], np.array(["the stored entries"]), where=where, missing=missing)
    return own


def entry_columns(rows: Any) -> Array:
    """The column of each stored entry of a CSR or CSC container.   -> (entries,)"""
    if rows.format == "csr":
        return rows.indices
    return np.repeat(np.arange(rows.shape[1]), np.diff(rows.indptr))


class SparseTransformer(Transformer):
    """A transformer of rows of numbers that also takes them sparse.

    >>> from scipy.sparse import csr_array
    >>> class Width(SparseTransformer):
    ...     def fit(self, X, y=None):
    ...         self._fit_rows(X)
    ...         return self
    ...     def transform(self, X):
    ...         return self._rows(X)
    >>> Width().fit(csr_array(np.eye(3))).n_features_in_
    3
    """

    @final
    def _fit_rows(self, X: Any, layout: Literal["csr", "csc"] | None = None) -> Any:
        """X checked, dense or a sparse copy; notes its width and names.  For use in fit."""
        if not is_sparse(X):
            return self._fit_table(X)
        rows = read_sparse(X, where=type(self).__name__, missing=self._traits().missing, layout=layout)
        self.n_features_in_ = rows.shape[1]
        return rows

    @final
    def _rows(self, X: Any, layout: Literal["csr", "csc"] | None = None) -> Any:
        """X checked, dense or a sparse copy, with the columns fit saw; any columns where no fit was needed or done."""
        known = "n_features_in_" in vars(self) or self._traits().needs_fit
        where, missing = type(self).__name__, self._traits().missing
        if not is_sparse(X):
            return self._table(X) if known else check_table(X, where=where, missing=missing)[0]
        width = self.n_features_in_ if known else X.shape[-1]
        rows = read_sparse(X, where=where, missing=missing, layout=layout)
        check_columns(rows, None, width, None, where=where)
        return rows

    @final
    def _refuse_shift(self, X: Any, option: str) -> None:
        """Raise DataError where X is sparse and `option`, by which columns are shifted, is set."""
        if getattr(self, option) and is_sparse(X):
            raise DataError(
                f"{type(self).__name__}: Cannot center sparse matrices, shifted zeros would no longer be zeros; set "
                f"{option}=False, or give X.toarray()."
            )
