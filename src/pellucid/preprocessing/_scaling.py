"""Columns of numbers on a common scale.

Here: `StandardScaler` (mean 0, variance 1) and `MinMaxScaler` (a given range).
Elsewhere: moments are in _moments.py, sparse rows are read in _sparse.py; whole tables with text are in _vectorizer.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.

Names and numbers are scikit-learn's. NaN is a missing value: not counted, and still NaN afterwards.
"""

from collections.abc import Callable
from typing import Any, Self, final

import numpy as np

from pellucid.base import Flag, Kind, Traits, Transformer, check_weights
from pellucid.errors import ModelFileError, ParameterError
from pellucid.persistence import register
from pellucid.preprocessing._moments import Array, Moments, merged, moments_of, sparse_moments_of
from pellucid.preprocessing._sparse import SparseTransformer, entry_columns, is_sparse


@final
@register("preprocessing.StandardScaler")
class StandardScaler(SparseTransformer):
    """Each column minus its mean, divided by its standard deviation.

        z = (x - m) / s,    s = sqrt(mean (x - m)^2), or 1 for a constant column

    X (N, D) -> (N, D), float32 if X is. `with_mean` and `with_std` leave a part out; sparse X stays sparse, and needs
    `with_mean=False`: shifted zeros would no longer be zeros. `partial_fit` takes the rows in pieces and ends with the
    same numbers. A column counts as constant when its variance is within the rounding of computing it, so that
    0.1 + 0.2 and 0.3 do not become one standard deviation apart.
    Raises DataError for infinity, text, other columns than fit saw, and sparse rows that are to be centred.

    >>> scaler = StandardScaler().fit([[0.0, 5.0], [2.0, 5.0], [4.0, 5.0]])
    >>> scaler.mean_, scaler.scale_.round(4), scaler.transform([[4.0, 6.0]]).round(4)
    (array([2., 5.]), array([1.633, 1.   ]), array([[1.2247, 1.    ]]))
    """

    limits = {"copy": Flag(says="False writes into X"), "with_mean": Flag(), "with_std": Flag()}

    mean_: Any
    """(D,), or None where neither mean nor deviation is used."""
    var_: Any
    """(D,), of the population, or None without `with_std`."""
    scale_: Any
    """(D,), what is divided by, or None without `with_std`."""
    n_samples_seen_: Any
    """Rows, or their weight: a number, or (D,) where missing values make columns differ."""

    def __init__(self, *, copy: bool = True, with_mean: bool = True, with_std: bool = True) -> None:
        self.copy = copy
        self.with_mean = with_mean
        self.with_std = with_std

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn mean and deviation of each column, of rows X (N, D) with weights (N,)."""
        self._begin_fit()
        return self.partial_fit(X, y, sample_weight)

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from more rows, keeping what is known from those before."""
        self._check_params()
        first = "n_samples_seen_" not in vars(self)
        self._refuse_shift(X, "with_mean")
        rows = self._fit_rows(X, layout="csc") if first else self._rows(X, layout="csc")
        weights = check_weights(sample_weight, rows.shape[0], where=type(self).__name__)
        idle = not (self.with_mean or self.with_std)
        if idle and not is_sparse(rows):
            weights = None  # scikit-learn counts these by rows, and sparse ones by weight
        seen = sparse_moments_of(rows, weights) if is_sparse(rows) else moments_of(rows, weights)
        if idle:
            self.mean_ = self.var_ = self.scale_ = None
            self._count(seen.weight + (0 if first else self.n_samples_seen_), weights)
            return self
        if not first:
            seen = merged(self._seen(), seen)
        self.mean_ = seen.mean
        self.var_ = seen.variance if self.with_std else None
        self.scale_ = _scale(seen) if self.with_std else None
        self._count(seen.weight, weights)
        return self

    def transform(self, X: Any, copy: bool | None = None) -> Any:
        """The rows on the new scale.   X (N, D) -> (N, D); `copy` takes the place of the parameter, here only."""
        if is_sparse(X):
            return self._scaled(X, np.divide)
        out = own(self._table(X), self.copy if copy is None else copy)
        if self.with_mean:
            out -= self.mean_
        if self.with_std:
            out /= self.scale_
        return out

    def inverse_transform(self, X: Any, copy: bool | None = None) -> Any:
        """The rows on their original scale, x = z s + m.   X (N, D) -> (N, D); `copy` as in transform."""
        if is_sparse(X):
            return self._scaled(X, np.multiply)
        out = own(self._table(X), self.copy if copy is None else copy)
        if self.with_std:
            out *= self.scale_
        if self.with_mean:
            out += self.mean_
        return out

    def _scaled(self, X: Any, turn: Callable[..., Any]) -> Any:
        """Sparse rows, each stored entry divided or multiplied by the deviation of its column."""
        scale = self.scale_
        self._refuse_shift(X, "with_mean")
        rows = self._rows(X)
        if self.with_std:
            turn(rows.data, scale[entry_columns(rows)], out=rows.data)
        return rows

    def _seen(self) -> Moments:
        weight = np.broadcast_to(np.asarray(self.n_samples_seen_, np.float64), (self.n_features_in_,))
        variance = np.zeros(self.n_features_in_) if self.var_ is None else self.var_
        return Moments(weight, self.mean_, variance)

    def _count(self, seen: Array, row_weight: Array | None) -> None:
        """Note the rows seen (D,), in whole numbers where each counts once."""
        weight = seen.astype(np.int64) if row_weight is None else seen
        self.n_samples_seen_ = weight[0] if weight.min() == weight.max() else weight

    def _traits(self) -> Traits:
        return Traits(missing=True, sparse=not self.with_mean)

    def _check_learned(self) -> None:
        used = ["mean_"] * self.with_mean + ["scale_", "var_"] * self.with_std
        check_widths("StandardScaler", [getattr(self, name) for name in used], self.n_features_in_)


def check_widths(owner: str, learned: list[Any], width: int) -> None:
    """Raise ModelFileError unless each is (D,) of floats."""
    if not all(isinstance(a, np.ndarray) and a.shape == (width,) and a.dtype.kind == "f" for a in learned):
        raise ModelFileError(f"{owner}: the record has not one number for each of its {width} columns; it is damaged.")


def own(table: Array, copy: bool) -> Array:
    """An array to write into: a copy, or the table itself where that was asked for and can be."""
    return table.copy() if copy or not table.flags.writeable else table


def _scale(seen: Moments) -> Array:
    """Standard deviations, 1 where the variance is rounding.   -> (D,)"""
    return np.where(is_rounding(seen), 1.0, np.sqrt(seen.variance))


def is_rounding(seen: Moments) -> Array:
    """Which columns are constant but for rounding; False where nothing is known.   -> (D,)

    The bound is that of the error of the two-pass variance, n eps v + (n m eps)^2, from the source of `moments_of`.
    """
    eps = np.finfo(np.float64).eps
    rounding = seen.weight * eps * seen.variance + np.square(seen.weight * seen.mean * eps)
    constant: Array = seen.variance <= rounding
    return constant


@final
@register("preprocessing.MinMaxScaler")
class MinMaxScaler(Transformer):
    """Each column shifted and stretched so that its smallest and largest value become those of `feature_range`.

        z = (x - min) / (max - min) * (high - low) + low

    X (N, D) -> (N, D), float32 if X is. A constant column becomes `low`. Values beyond what fit saw lie beyond the
    range, unless `clip`. `partial_fit` takes the rows in pieces.
    Raises ParameterError for a range that is empty, DataError for infinity, text and other columns than fit saw.

    >>> MinMaxScaler().fit_transform([[1.0], [2.0], [5.0]]).ravel()
    array([0.  , 0.25, 1.  ])
    """

    limits = {
        "feature_range": Kind(tuple, words="a tuple (low, high)"),
        "copy": Flag(says="False writes into X"),
        "clip": Flag(),
    }

    min_: Array
    """(D,), what is added after `scale_`."""
    scale_: Array
    """(D,), what is multiplied by."""
    data_min_: Array
    data_max_: Array
    data_range_: Array
    n_samples_seen_: int

    def __init__(self, feature_range: tuple[float, float] = (0, 1), *, copy: bool = True, clip: bool = False) -> None:
        self.feature_range = feature_range
        self.copy = copy
        self.clip = clip

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the smallest and largest value of each column."""
        self._begin_fit()
        return self.partial_fit(X, y)

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Learn from more rows, keeping what is known from those before."""
        self._check_params()
        low, high = self._range()
        first = "n_samples_seen_" not in vars(self)
        table = self._fit_table(X) if first else self._table(X)
        smallest, largest = np.fmin.reduce(table, axis=0), np.fmax.reduce(table, axis=0)  # NaN only where all are
        if not first:
            smallest, largest = np.fmin(self.data_min_, smallest), np.fmax(self.data_max_, largest)
        self.n_samples_seen_ = len(table) + (0 if first else self.n_samples_seen_)
        self.data_min_, self.data_max_, self.data_range_ = smallest, largest, largest - smallest
        constant = self.data_range_ < 10 * np.finfo(self.data_range_.dtype).eps  # scikit-learn's bound
        self.scale_ = (high - low) / np.where(constant, 1, self.data_range_)
        self.min_ = low - smallest * self.scale_
        return self

    def transform(self, X: Any) -> Array:
        """The rows in the new range.   X (N, D) -> (N, D)"""
        out = own(self._table(X), self.copy)
        out *= self.scale_
        out += self.min_
        return np.clip(out, *self._range(), out=out) if self.clip else out

    def inverse_transform(self, X: Any) -> Array:
        """The rows in their original range, x = (z - min_) / scale_.   X (N, D) -> (N, D)"""
        out = own(self._table(X), self.copy)
        out -= self.min_
        out /= self.scale_
        return out

    def _range(self) -> tuple[float, float]:
        if len(self.feature_range) != 2 or not self.feature_range[0] < self.feature_range[1]:
            raise ParameterError(
                f"MinMaxScaler: feature_range is {self.feature_range!r}; it must be (low, high) with low < high. "
                "The default is feature_range=(0, 1)."
            )
        return self.feature_range

    def _traits(self) -> Traits:
        return Traits(missing=True)

    def _check_learned(self) -> None:
        learned = [self.min_, self.scale_, self.data_min_, self.data_max_, self.data_range_]
        check_widths("MinMaxScaler", learned, self.n_features_in_)
