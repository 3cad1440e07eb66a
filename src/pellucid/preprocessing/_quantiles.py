"""Percentiles of columns that may have gaps.

Here: `percentiles`, linear between the neighbours in rank, as NumPy defines it.
Elsewhere: what is made of them is in _robust.py, _quantile_transformer.py and _bins.py.
Imports: numpy and this package.
"""

from typing import Any

import numpy as np

from pellucid.preprocessing._sparse import Array, is_sparse


def percentiles(rows: Any, q: Array) -> Array:
    """The q-th percentiles of the known entries of each column.   rows (N, D), q (Q,) within [0, 100] -> (Q, D)

        value at rank h = (n - 1) q / 100:   x_(floor h) + (h - floor h) (x_(floor h + 1) - x_(floor h))

    A column without a known entry has NaN.  Of CSC rows, what is not stored counts as 0.  O(D N log N).

    >>> percentiles(np.array([[1.0, np.nan], [2.0, np.nan], [5.0, np.nan]]), np.array([0.0, 25.0])).tolist()
    [[1.0, nan], [1.5, nan]]
    """
    if is_sparse(rows):
        return np.stack([np.percentile(_known(column), q) for column in dense_columns(rows)], axis=1)
    if not np.isnan(rows).any():
        whole: Array = np.percentile(rows, q, axis=0)
        return whole
    known = [_known(column) for column in rows.T]
    return np.stack([np.percentile(k, q) if len(k) else np.full(len(q), np.nan) for k in known], axis=1)


def dense_columns(rows: Any) -> list[Array]:
    """The D columns of CSC rows, each (N,), the stored entries first and the zeros after them: their order is lost."""
    columns = np.zeros((rows.shape[1], rows.shape[0]), rows.dtype)
    for d, (start, end) in enumerate(zip(rows.indptr[:-1], rows.indptr[1:], strict=True)):
        columns[d, : end - start] = rows.data[start:end]
    return list(columns)


def _known(column: Array) -> Array:
    return column[~np.isnan(column)]
