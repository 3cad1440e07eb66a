"""Columns made uniform or normal by their ranks.

Here: `QuantileTransformer`.
Elsewhere: percentiles are in _quantiles.py; smooth ways towards a normal shape are in _power.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence, pellucid.random and this package.
"""

import warnings
from collections.abc import Callable
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import SEED, Choice, Flag, OneOf, Traits, Whole
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.persistence import register
from pellucid.preprocessing._normal import normal_quantile, normal_share
from pellucid.preprocessing._quantiles import percentiles
from pellucid.preprocessing._sparse import Array, SparseTransformer, is_sparse
from pellucid.random import Seed, generator

EDGE = 1e-7  # of [0, 1]; closer to either end counts as the end, so that no normal value is infinite; scikit-learn's


@final
@register("preprocessing.QuantileTransformer")
class QuantileTransformer(SparseTransformer):
    """Each value replaced by the share of fit's values below it, on demand as a normal variate.

        u = F(x),  z = u ("uniform")  or  Phi^-1(u) ("normal"),    F linear between Q quantiles of the column

    A value that fit saw many times gets the middle of its jump in F.  X (N, D) -> (N, D), float32 if X is.
    Fit O(D N log N), transform O(N D log Q).  Any order-keeping change of a column leaves z as it was, so outliers are
    harmless; distances within a column, and straight-line relations between columns, are lost.

    - `n_quantiles`: Q, at most N (a larger one is cut to N, with a DataWarning) and at most `subsample`.
    - `subsample`: rows drawn (by `random_state`) to find the quantiles of; None for all.
    - Sparse X must not be negative and what is not stored stays 0; `ignore_implicit_zeros` leaves it out of F, too.

    NaN is a missing value: not counted, and still NaN afterwards.
    Raises ParameterError for more quantiles than `subsample`, DataError for negative sparse entries, infinity, text and
    other columns than fit saw.   Names and numbers are scikit-learn's, but for the rows drawn.

    >>> QuantileTransformer(n_quantiles=3).fit_transform([[1.0], [10.0], [1000.0]]).ravel()
    array([0. , 0.5, 1. ])
    """

    limits = {
        "n_quantiles": Whole(low=1),
        "output_distribution": Choice("uniform", "normal"),
        "ignore_implicit_zeros": Flag(says="of sparse X"),
        "subsample": OneOf(Whole(low=1), Choice(None)),
        "random_state": SEED,
        "copy": Flag(says="False writes into X"),
    }

    n_quantiles_: int
    quantiles_: Array
    """(Q, D), values of each column, ascending."""
    references_: Array
    """(Q,), the shares they stand for, from 0 to 1."""

    def __init__(
        self,
        *,
        n_quantiles: int = 1000,
        output_distribution: Literal["uniform", "normal"] = "uniform",
        ignore_implicit_zeros: bool = False,
        subsample: int | None = 10_000,
        random_state: Seed = None,
        copy: bool = True,
    ) -> None:
        self.n_quantiles = n_quantiles
        self.output_distribution = output_distribution
        self.ignore_implicit_zeros = ignore_implicit_zeros
        self.subsample = subsample
        self.random_state = random_state
        self.copy = copy

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the quantiles of each column of X (N, D)."""
        self._begin_fit()
        if self.subsample is not None and self.n_quantiles > self.subsample:
            raise ParameterError(
                f"QuantileTransformer: n_quantiles is {self.n_quantiles}; the number of quantiles cannot be greater "
                f"than subsample={self.subsample}; lower the one or raise the other."
            )
        rows = self._fit_rows(X, layout="csc")
        self._refuse_negative(rows)
        n = rows.shape[0]
        self._warn(n, is_sparse(rows))
        self.n_quantiles_ = min(self.n_quantiles, n)
        self.references_ = np.linspace(0, 1, self.n_quantiles_)
        q, chance = self.references_ * 100, generator(self.random_state)
        if is_sparse(rows):
            self.quantiles_ = np.stack([np.nanpercentile(c, q) for c in self._stored_columns(rows, chance)], axis=1)
            return self
        if self.subsample is not None and self.subsample < n:
            rows = rows[chance.choice(n, self.subsample, replace=False)]
        self.quantiles_ = percentiles(rows, q)
        return self

    def _stored_columns(self, rows: Any, chance: np.random.Generator) -> list[Array]:
        """What the quantiles of each column are taken of: stored entries, and zeros unless they are ignored."""
        columns = []
        for start, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
            stored = rows.data[start:end]
            n = len(stored) if self.ignore_implicit_zeros else rows.shape[0]
            if self.subsample is not None and len(stored) > self.subsample:
                drawn = self.subsample * len(stored) // n
                stored, n = chance.choice(stored, drawn, replace=False), self.subsample
            columns.append(np.append(stored, np.zeros(max(n, 1) - len(stored), stored.dtype)))
        return columns

    def transform(self, X: Any) -> Any:
        """The rows on the new scale.   X (N, D) -> (N, D)"""
        return self._changed(X, self._forward, signed=False)

    def inverse_transform(self, X: Any) -> Any:
        """The quantiles that shares (or normal variates) stand for.   X (N, D) -> (N, D), within fit's values"""
        return self._changed(X, self._backward, signed=True)

    def _changed(self, X: Any, change: Callable[[Array, Array], Array], *, signed: bool) -> Any:
        """X with each column, or what of it is stored, changed by its quantiles."""
        quantiles = self.quantiles_
        rows = self._rows(X, layout="csc")
        if not is_sparse(rows):
            out = rows if not self.copy and rows.flags.writeable else np.empty_like(rows)
            for d, quantile in enumerate(quantiles.T):
                out[:, d] = change(rows[:, d].astype(np.float64), quantile)
            return out
        if not signed:
            self._refuse_negative(rows)
        for d, quantile in enumerate(quantiles.T):
            stored = slice(rows.indptr[d], rows.indptr[d + 1])
            rows.data[stored] = change(rows.data[stored].astype(np.float64), quantile)
        return rows

    def _forward(self, x: Array, quantile: Array) -> Array:
        """(N,) of values, (Q,) -> (N,).  Interpolated from below and from above: they differ where quantiles repeat."""
        share = np.interp(x, quantile, self.references_)
        share = 0.5 * (share - np.interp(-x, -quantile[::-1], -self.references_[::-1]))
        room = EDGE if self.output_distribution == "normal" else 0.0
        share[x + room > quantile[-1] if room else x == quantile[-1]] = 1.0
        share[x - room < quantile[0] if room else x == quantile[0]] = 0.0
        share[np.isnan(x)] = np.nan
        if not room:
            return share
        inner = EDGE - np.spacing(1)
        z: Array = np.clip(normal_quantile(share), *normal_quantile(np.array([inner, 1 - inner])))
        return z

    def _backward(self, z: Array, quantile: Array) -> Array:
        """(N,) of shares or normal variates, (Q,) -> (N,) of values"""
        normal = self.output_distribution == "normal"
        share = normal_share(z) if normal else z
        x: Array = np.interp(share, self.references_, quantile)
        x[share + EDGE > 1 if normal else share == 1] = quantile[-1]
        x[share - EDGE < 0 if normal else share == 0] = quantile[0]
        x[np.isnan(z)] = np.nan
        return x

    def _refuse_negative(self, rows: Any) -> None:
        if is_sparse(rows) and not self.ignore_implicit_zeros and (rows.data < 0).any():
            raise DataError(
                "QuantileTransformer only accepts non-negative sparse matrices: below 0, the zeros would no longer be "
                "zeros. Set ignore_implicit_zeros=True, or give X.toarray()."
            )

    def _warn(self, n: int, sparse: bool) -> None:
        if self.n_quantiles > n:
            warnings.warn(
                f"QuantileTransformer: n_quantiles ({self.n_quantiles}) is greater than the total number of samples "
                f"({n}); it is set to n_samples.",
                DataWarning,
                stacklevel=3,
            )
        if self.ignore_implicit_zeros and not sparse:
            warnings.warn(
                "QuantileTransformer: 'ignore_implicit_zeros' takes effect only with sparse matrix; X is dense.",
                DataWarning,
                stacklevel=3,
            )

    def _traits(self) -> Traits:
        return Traits(missing=True, sparse=True)

    def _check_learned(self) -> None:
        shape = (self.n_quantiles_, self.n_features_in_)
        if np.shape(self.quantiles_) != shape or np.shape(self.references_) != shape[:1]:
            raise ModelFileError("QuantileTransformer: the record has not quantiles for each of its columns.")
