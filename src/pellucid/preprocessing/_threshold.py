"""Numbers as zeros and ones.

Here: `Binarizer`.
Elsewhere: several bins a column are in _bins.py, zeros and ones of labels in _binarizer.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

from typing import Any, Self, final

import numpy as np

from pellucid.base import Flag, Real, Traits
from pellucid.errors import DataError
from pellucid.persistence import register
from pellucid.preprocessing._scaling import own
from pellucid.preprocessing._sparse import SparseTransformer, is_sparse


@final
@register("preprocessing.Binarizer")
class Binarizer(SparseTransformer):
    """Each number above a threshold becomes 1, each other 0.

        z = 1 if x > threshold, else 0

    X (N, D), dense or sparse -> (N, D) of the same kind, float32 if X is.  O(N D) or O(entries).
    At the default threshold it says of counts which are there.  It learns nothing: fit only notes the columns.
    All but the side of the threshold is lost; several bins (KBinsDiscretizer) keep more.
    Raises DataError for NaN, infinity and text, and for sparse X with a threshold below 0, at which all that is not
    stored would become 1.   Names and numbers are scikit-learn's.

    >>> Binarizer(threshold=1.5).transform([[0.0, 1.5], [2.0, -3.0]])
    array([[0., 0.],
           [1., 0.]])
    """

    limits = {"threshold": Real(), "copy": Flag(says="False writes into X")}

    def __init__(self, *, threshold: float = 0.0, copy: bool = True) -> None:
        self.threshold = threshold
        self.copy = copy

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check X (N, D) and note its columns; there is nothing to learn."""
        self._begin_fit()
        self._fit_rows(X)
        return self

    def transform(self, X: Any, copy: bool | None = None) -> Any:
        """The rows as zeros and ones.   X (N, D) -> (N, D); `copy` takes the place of the parameter, here only."""
        self._check_params()
        rows = self._rows(X)
        if not is_sparse(rows):
            out = own(rows, self.copy if copy is None else copy)
            return np.greater(out, self.threshold, out=out)
        if self.threshold < 0:
            raise DataError(
                f"Binarizer: Cannot binarize a sparse matrix with threshold < 0; threshold is {self.threshold!r}, and "
                "all that is not stored would become 1. Give X.toarray()."
            )
        rows.data[:] = rows.data > self.threshold
        rows.eliminate_zeros()
        return rows

    def _traits(self) -> Traits:
        return Traits(sparse=True, needs_fit=False)
