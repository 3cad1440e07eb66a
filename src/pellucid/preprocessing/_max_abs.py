"""Columns divided by their largest absolute value.

Here: `MaxAbsScaler`.
Elsewhere: scalers that also shift, and so cannot keep zeros, are in _scaling.py; sparse rows are read in _sparse.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

from typing import Any, Self, final

import numpy as np

from pellucid.base import Flag, Traits
from pellucid.persistence import register
from pellucid.preprocessing._scaling import check_widths, own
from pellucid.preprocessing._sparse import Array, SparseTransformer, entry_columns, is_sparse


@final
@register("preprocessing.MaxAbsScaler")
class MaxAbsScaler(SparseTransformer):
    """Each column divided by its largest absolute value, so that it lies within [-1, 1] and 0 stays 0.

        z = x / m,    m = max |x|, or 1 for a column of zeros

    X (N, D), dense or sparse -> (N, D) of the same kind, float32 if X is.  One pass, O(N D) or O(entries).
    NaN is a missing value: not counted, and still NaN afterwards.  Values beyond fit's lie beyond 1, unless `clip`.
    One outlier decides the scale of its whole column; where there are some, RobustScaler is the better choice.
    `partial_fit` takes the rows in pieces.
    Raises DataError for infinity, text and other columns than fit saw.   Names and numbers are scikit-learn's.

    >>> MaxAbsScaler().fit_transform([[1.0, -2.0], [4.0, 0.0]])
    array([[ 0.25, -1.  ],
           [ 1.  ,  0.  ]])
    """

    limits = {"copy": Flag(says="False writes into X"), "clip": Flag()}

    scale_: Array
    """(D,), what is divided by."""
    max_abs_: Array
    """(D,), NaN for a column without a known entry."""
    n_samples_seen_: int

    def __init__(self, *, copy: bool = True, clip: bool = False) -> None:
        self.copy = copy
        self.clip = clip

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the largest absolute value of each column of X (N, D)."""
        self._begin_fit()
        return self.partial_fit(X, y)

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Learn from more rows, keeping what is known from those before."""
        self._check_params()
        first = "n_samples_seen_" not in vars(self)
        rows = self._fit_rows(X) if first else self._rows(X)
        largest = _largest(rows)
        self.max_abs_ = largest if first else np.fmax(self.max_abs_, largest)
        self.n_samples_seen_ = rows.shape[0] + (0 if first else self.n_samples_seen_)
        self.scale_ = nonzero(self.max_abs_)
        return self

    def transform(self, X: Any) -> Any:
        """The rows on the new scale.   X (N, D) -> (N, D)"""
        scale = self.scale_
        rows = self._rows(X)
        if is_sparse(rows):
            rows.data /= scale[entry_columns(rows)]
            entries = rows.data
        else:
            rows = entries = own(rows, self.copy)
            entries /= scale
        if self.clip:
            np.clip(entries, -1.0, 1.0, out=entries)
        return rows

    def inverse_transform(self, X: Any) -> Any:
        """The rows on their original scale, x = z m.   X (N, D) -> (N, D)"""
        scale = self.scale_
        rows = self._rows(X)
        if is_sparse(rows):
            rows.data *= scale[entry_columns(rows)]
            return rows
        out = own(rows, self.copy)
        out *= scale
        return out

    def _traits(self) -> Traits:
        return Traits(missing=True, sparse=True)

    def _check_learned(self) -> None:
        check_widths("MaxAbsScaler", [self.scale_, self.max_abs_], self.n_features_in_)


def nonzero(scale: Array) -> Array:
    """Divisors: `scale`, and 1 where it is zero but for rounding (below 10 eps, scikit-learn's bound).   (D,) -> (D,)

    >>> nonzero(np.array([2.0, 0.0, 1e-16]))
    array([2., 1., 1.])
    """
    return np.where(scale < 10 * np.finfo(scale.dtype).eps, scale.dtype.type(1), scale)


def _largest(rows: Any) -> Array:
    """The largest absolute value of each column, NaN where all are missing.   (N, D) -> (D,)"""
    if not is_sparse(rows):
        largest: Array = np.fmax.reduce(np.abs(rows), axis=0)
        return largest
    column = entry_columns(rows)
    full = np.bincount(column, minlength=rows.shape[1]) == rows.shape[0]  # no zero besides what is stored
    largest = np.where(full, np.nan, 0.0).astype(rows.dtype)
    np.fmax.at(largest, column, np.abs(rows.data))
    return largest
