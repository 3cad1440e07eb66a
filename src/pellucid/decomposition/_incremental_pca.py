"""Principal component analysis of tables that come in pieces.

Here: `IncrementalPCA`.  Elsewhere: of tables in memory, _pca.py; what both are after fit, _axes.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.linear_model, pellucid.persistence, pellucid.preprocessing and
this package.
"""

from collections.abc import Iterator
from typing import Any, Self, final

import numpy as np

from pellucid.base import Choice, Flag, OneOf, Traits, Watch, Whole
from pellucid.base._tables import Array
from pellucid.decomposition._axes import PrincipalAxes
from pellucid.decomposition._svd import fixed_signs, right_svd
from pellucid.errors import DataError, ParameterError
from pellucid.linear_model._rows import is_sparse
from pellucid.persistence import register
from pellucid.preprocessing._moments import Moments, merged, moments_of

BATCH_ROWS = 5  # rows a feature in a batch; scikit-learn's


@register("decomposition.IncrementalPCA")
@final
class IncrementalPCA(PrincipalAxes):
    """PCA that sees the rows in batches, and keeps K directions between them.

        U S V^T = SVD of  [ S V of the rows before        ]  K rows
                          [ batch - mean of the batch     ]  B rows
                          [ sqrt(n B / (n + B)) (mean before - mean of the batch) ]

    of which the first K are kept; n rows before, B in the batch.  X (N, D) -> components_ (K, D).  Memory (K + B) D and
    time N D (K + B), B = `batch_size` or 5 D; `partial_fit` takes a piece as one batch, so that a table need not fit in
    memory.  With K = D nothing is left out and the axes are PCA's to rounding; otherwise what a batch leaves out is
    gone, and a direction that is faint in each batch is missed even if it adds up.  Batches should look alike: shuffled
    rows, not sorted ones.  Scales decide, as in PCA.  Sparse batches are made dense, one at a time.
    After each batch the axes are there for callbacks; Ctrl-C keeps those of the batches seen.
    Raises ParameterError for more components than features or than rows of the first batch.
    Source: Ross, Lim, Lin and Yang, International Journal of Computer Vision 77, 2008.

    >>> X = np.array([[-1.0, -2.0], [0.0, 0.0], [1.0, 2.0], [2.0, 4.0]])
    >>> model = IncrementalPCA(n_components=1).partial_fit(X[:2]).partial_fit(X[2:])
    >>> model.components_.round(3).tolist(), model.n_samples_seen_
    ([[0.447, 0.894]], 4)
    """

    limits = {
        "n_components": OneOf(Whole(low=1), Choice(None), says="None: as many as the first batch allows"),
        "whiten": Flag(says="each component is given variance 1"),
        "copy": Flag(says="not looked at: X is never written into"),
        "batch_size": OneOf(Whole(low=1), Choice(None), says="rows; None: five times the features"),
    }

    n_samples_seen_: int
    var_: Array
    """(D,), variances of the features, of the population."""
    batch_size_: int
    """Rows of a batch in fit."""

    def __init__(
        self,
        n_components: int | None = None,
        *,
        whiten: bool = False,
        copy: bool = True,
        batch_size: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.whiten = whiten
        self.copy = copy
        self.batch_size = batch_size

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the axes of rows X (N, D), batch by batch."""
        self._begin_fit()
        rows = self._fit_rows(X, layout="csr")
        self.batch_size_ = self.batch_size or BATCH_ROWS * rows.shape[1]
        batches = list(_batches(rows.shape[0], self.batch_size_, self.n_components or 0))
        with Watch(self, len(batches)) as watch:
            for batch in batches:
                self._learn(rows[batch])
                if watch.step(explained=float(self.explained_variance_ratio_.sum())):
                    break
        if "components_" not in vars(self):
            raise KeyboardInterrupt  # nothing was learned yet
        return self

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Learn from more rows, as one batch, keeping what is known from those before."""
        self._check_params()
        first = "components_" not in vars(self)
        self._learn(self._fit_rows(X) if first else self._rows(X))
        return self

    def _learn(self, rows: Any) -> None:
        batch = (rows.toarray() if is_sparse(rows) else rows).astype(np.float64, copy=False)
        first = "components_" not in vars(self)
        k = self._wanted(*batch.shape) if first else self.n_components_
        seen = moments_of(batch, None)
        stack = batch - seen.mean
        if not first:
            n, b = self.n_samples_seen_, len(batch)
            shift = np.sqrt(n * b / (n + b)) * (self.mean_ - seen.mean)
            stack = np.vstack([self.singular_values_[:, None].astype(np.float64) * self.components_, stack, shift])
            seen = merged(Moments(np.full(len(shift), float(n)), self.mean_, self.var_), seen)
        values, axes = right_svd(stack)
        self._take(k, values, fixed_signs(axes), seen, rows.dtype)

    def _wanted(self, n_rows: int, n_features: int) -> int:
        if n_rows < 2:
            raise DataError("IncrementalPCA: the first batch has n_samples=1 row; give it two rows or more.")
        k = self.n_components or min(n_rows, n_features)
        if k > n_features:
            raise ParameterError(
                f"IncrementalPCA: n_components={k} invalid for n_features={n_features}; there are as many axes as "
                "features at most."
            )
        if k > n_rows:
            raise ParameterError(
                f"IncrementalPCA: n_components={k} must be less or equal to the batch number of samples {n_rows} for "
                "the first partial_fit call; give a larger first batch."
            )
        return k

    def _take(self, k: int, values: Array, axes: Array, seen: Moments, dtype: Any) -> None:
        n = int(seen.weight[0])
        variance = values**2 / (n - 1)
        total = float(seen.variance.sum()) * n / (n - 1)
        self.n_components_, self.n_samples_seen_ = k, n
        self.mean_, self.var_ = seen.mean, seen.variance
        self.components_, self.singular_values_ = np.ascontiguousarray(axes[:k]).astype(dtype), values[:k].astype(dtype)
        self.explained_variance_ = variance[:k].astype(dtype)
        self.explained_variance_ratio_ = (variance[:k] / total if total > 0 else np.zeros(k)).astype(dtype)
        self.noise_variance_ = float(variance[k:].mean()) if len(variance) > k else 0.0

    def _traits(self) -> Traits:
        return Traits(sparse=True)


def _batches(n_rows: int, size: int, least: int) -> Iterator[slice]:
    """Parts of `size` rows; the last takes what would be less than `least`.

    >>> [(part.start, part.stop) for part in _batches(11, 4, 4)]
    [(0, 4), (4, 11)]
    """
    start = 0
    while start < n_rows:
        end = start + size
        end = n_rows if end + least > n_rows else end
        yield slice(start, end)
        start = end
