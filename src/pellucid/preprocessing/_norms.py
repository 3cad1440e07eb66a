"""Rows of unit length.

Here: `Normalizer`.
Elsewhere: columns are scaled in _scaling.py, _max_abs.py and _robust.py.
Imports: numpy, pellucid.base, pellucid.persistence and this package.
"""

from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Traits
from pellucid.persistence import register
from pellucid.preprocessing._max_abs import nonzero
from pellucid.preprocessing._scaling import own
from pellucid.preprocessing._sparse import Array, SparseTransformer, is_sparse


@final
@register("preprocessing.Normalizer")
class Normalizer(SparseTransformer):
    """Each row divided by its length; a row of zeros stays one.

        z_i = x_i / |x_i|,    |x| = sqrt(sum_d x_d^2) ("l2"),  sum_d |x_d| ("l1")  or  max_d |x_d| ("max")

    X (N, D), dense or sparse -> (N, D) of the same kind, float32 if X is.  O(N D) or O(entries).
    It keeps the direction of a row, as of counts of words, and takes away its size; where columns have different units
    that size means nothing, and columns want scaling instead.  It learns nothing: fit only notes the columns.
    Raises DataError for NaN, infinity and text.   Names and numbers are scikit-learn's.

    >>> Normalizer().transform([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """

    limits = {"norm": Choice("l1", "l2", "max"), "copy": Flag(says="False writes into X")}

    def __init__(self, norm: Literal["l1", "l2", "max"] = "l2", *, copy: bool = True) -> None:
        self.norm = norm
        self.copy = copy

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check X (N, D) and note its columns; there is nothing to learn."""
        self._begin_fit()
        self._fit_rows(X)
        return self

    def transform(self, X: Any) -> Any:
        """The rows at length 1.   X (N, D) -> (N, D)"""
        self._check_params()
        rows = self._rows(X, layout="csr")
        if not is_sparse(rows):
            out = own(rows, self.copy)
            out /= nonzero(_dense_lengths(out, self.norm))[:, None]
            return out
        row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        length = _sparse_lengths(rows, row, self.norm)
        rows.data /= np.where(length > 0, length, 1)[row]
        return rows

    def _traits(self) -> Traits:
        return Traits(sparse=True, needs_fit=False)


def _dense_lengths(table: Array, norm: str) -> Array:
    """(N, D) -> (N,)"""
    if norm == "l2":
        return np.sqrt(np.einsum("nd,nd->n", table, table))
    size = np.abs(table)
    length: Array = size.sum(axis=1) if norm == "l1" else size.max(axis=1)
    return length


def _sparse_lengths(rows: Any, row: Array, norm: str) -> Array:
    """rows (N, D) in CSR, row (entries,) -> (N,) in float64"""
    size = np.abs(rows.data).astype(np.float64)
    if norm == "max":
        length = np.zeros(rows.shape[0])
        np.maximum.at(length, row, size)
        return length
    total = np.bincount(row, weights=size if norm == "l1" else size * size, minlength=rows.shape[0])
    return total if norm == "l1" else np.sqrt(total)
