"""Missing cells from the rows most like theirs.

Here: `KNNImputer`; `gap_distances`, Euclid's distance over what two rows both know.
Elsewhere: one value a column is in _simple.py; neighbours for predictions are in pellucid.neighbors.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.

Source: Troyanskaya and others, "Missing value estimation methods for DNA microarrays", Bioinformatics 17(6), 2001;
numbers as in scikit-learn.
"""

import warnings
from collections.abc import Callable
from typing import Any, Literal, Self, final

import numpy as np
from numpy.typing import NDArray

from pellucid.base import Choice, Flag, Kind, OneOf, Real, Traits, Transformer, Whole, is_missing
from pellucid.errors import DataError, DataWarning, ModelFileError
from pellucid.impute._indicator import MissingIndicator, indicator_of
from pellucid.persistence import register

Array = NDArray[Any]

CHUNK_CELLS = 2**20  # of distances at a time: 8 MiB, and as much again three times over while they are made
_CALLABLE = Kind(Callable, words="a function")  # type: ignore[arg-type]  # it is a class, to isinstance


@final
@register("impute.KNNImputer")
class KNNImputer(Transformer):
    """Each missing cell becomes the mean of its column over the nearest rows of fit that know it.

        x_id = sum_j w_j x_jd / sum_j w_j,    j the k rows nearest to i among those with x_jd,
        |i - j|^2 = D / D_ij sum_(d known in both) (x_id - x_jd)^2,    D_ij their number

    X (N, D) -> (N, D'), float32 if X is.  fit stores its M rows; transform costs O(N' M D), N' the rows with a gap.
    Distances mix the units of all columns, so scale first; among very many columns all rows are about equally far.

    - `n_neighbors`: k, fewer where fewer rows know the column.
    - `weights`: w, "uniform" for 1, "distance" for 1 / |i - j| (rows at distance 0 then count alone), or a function of
      the distances (N', k).  `metric`: "nan_euclidean", or a function of two rows and `missing_values`.
    - `missing_values`: what stands for a missing cell, NaN or a number.
    - `add_indicator`: further columns at the end, 1 where a cell was missing, for each column that had such in fit.
    - A column without a known cell in fit is left out with a DataWarning, unless `keep_empty_features`: it becomes 0.

    A row that shares no known column with any that could give gets the column's mean.
    Raises DataError for infinity, text and other columns than fit saw; a function cannot be stored in a model file.

    >>> KNNImputer(n_neighbors=2).fit_transform([[1.0, 2.0], [2.0, 4.0], [3.0, np.nan], [9.0, 8.0]])
    array([[1., 2.],
           [2., 4.],
           [3., 3.],
           [9., 8.]])
    """

    limits = {
        "missing_values": OneOf(Kind(float, words="NaN"), Real(), Choice(None)),
        "n_neighbors": Whole(low=1, says="a mean needs a row"),
        "weights": OneOf(Choice("uniform", "distance"), _CALLABLE),
        "metric": OneOf(Choice("nan_euclidean"), _CALLABLE),
        "copy": Flag(says="False writes into X where it can"),
        "add_indicator": Flag(),
        "keep_empty_features": Flag(),
    }

    rows_: Array
    """(M, D), the rows of fit, NaN where a cell was missing."""
    indicator_features_: Array
    """Numbers of the columns that had missing cells in fit; only with `add_indicator`."""

    def __init__(
        self,
        *,
        missing_values: float = np.nan,
        n_neighbors: int = 5,
        weights: Literal["uniform", "distance"] | Callable[[Array], Array] = "uniform",
        metric: Literal["nan_euclidean"] | Callable[..., float] = "nan_euclidean",
        copy: bool = True,
        add_indicator: bool = False,
        keep_empty_features: bool = False,
    ) -> None:
        self.missing_values = missing_values
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.metric = metric
        self.copy = copy
        self.add_indicator = add_indicator
        self.keep_empty_features = keep_empty_features

    def fit(self, X: Any, y: Any = None) -> Self:
        """Store the rows X (M, D) to take values from."""
        self._begin_fit()
        self.rows_ = self._with_gaps(self._fit_table(X), copy=True)
        if self.add_indicator:
            self.indicator_features_ = np.flatnonzero(np.isnan(self.rows_).any(axis=0))
        return self

    def transform(self, X: Any) -> Array:
        """The rows without gaps.   X (N, D) -> (N, D')"""
        donors = self.rows_
        table = self._with_gaps(self._table(X), copy=self.copy)
        missing, kept = np.isnan(table), self._kept()
        self._warn_left_out(kept)
        gaps = np.flatnonzero((missing & ~self._empty()).any(axis=1))
        chunk = max(1, CHUNK_CELLS // len(donors))
        for start in range(0, len(gaps), chunk):
            rows = gaps[start : start + chunk]
            self._fill(table, missing, rows, self._distances(table[rows]))
        table[:, self._empty()] = 0
        out = table if kept.all() else table[:, kept]
        if self.add_indicator:
            return np.concatenate([out, missing[:, self.indicator_features_].astype(out.dtype)], axis=1)
        return out

    def _fill(self, table: Array, missing: Array, rows: Array, distance: Array) -> None:
        """Fill in these rows of the table.   rows (R,), distance (R, M) from them to the rows of fit"""
        for d in np.flatnonzero(missing[rows].any(axis=0) & ~self._empty()):
            gap = missing[rows, d]
            giving = np.flatnonzero(~np.isnan(self.rows_[:, d]))
            table[rows[gap], d] = self._means(distance[np.ix_(gap, giving)], self.rows_[giving, d])

    def _means(self, distance: Array, values: Array) -> Array:
        """Of each row the mean over its nearest; over all where no distance is known.   (R, G), (G,) -> (R,)"""
        k = min(self.n_neighbors, len(values))
        nearest = np.argpartition(distance, k - 1, axis=1)[:, :k]  # NaN comes last
        near = np.take_along_axis(distance, nearest, axis=1)
        weight = np.where(np.isnan(near), 0.0, self._weights(near))
        with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0 where no distance is known, replaced below
            means = (weight * values[nearest]).sum(axis=1) / weight.sum(axis=1)
        return np.where(np.isnan(distance).all(axis=1), values.mean(dtype=np.float64), means)

    def _weights(self, near: Array) -> Array:
        """w of the nearest rows.   distances (R, k) -> (R, k)"""
        if callable(self.weights):
            weight: Any = self.weights(near)
            if weight is None:  # as in scikit-learn
                return np.ones(near.shape)
            if np.shape(weight) != near.shape:
                raise DataError(
                    f"KNNImputer: weights gave an array of shape {np.shape(weight)} for distances of shape "
                    f"{near.shape}; it must give a weight for each distance."
                )
            return np.asarray(weight, np.float64)
        if self.weights == "uniform":
            return np.ones_like(near)
        same = near == 0
        with np.errstate(divide="ignore"):
            return np.where(same.any(axis=1, keepdims=True), same, 1 / near)

    def _distances(self, rows: Array) -> Array:
        """From rows (R, D) to those of fit.   -> (R, M), NaN where nothing is known of both"""
        if not callable(self.metric):
            return gap_distances(rows, self.rows_)
        given = [self._as_given(table) for table in (rows, self.rows_)]
        pairs = [[self.metric(a, b, missing_values=self.missing_values) for b in given[1]] for a in given[0]]
        return np.array(pairs, np.float64)

    def _with_gaps(self, table: Array, *, copy: bool) -> Array:
        """The table with NaN for what stands for a missing cell; one of its own where `copy`, or where it must be."""
        own = table.copy() if copy or not table.flags.writeable else table
        if not is_missing(self.missing_values):
            own[own == self.missing_values] = np.nan
        return own

    def _as_given(self, table: Array) -> Array:
        return table if is_missing(self.missing_values) else np.where(np.isnan(table), self.missing_values, table)

    def _empty(self) -> Array:
        """Which columns had no known cell in fit.   -> (D,)"""
        known = ~np.isnan(self.rows_)
        return known.sum(axis=0) == 0

    def _kept(self) -> Array:
        """Which columns come out.   -> (D,)"""
        return np.ones(self.n_features_in_, bool) if self.keep_empty_features else ~self._empty()

    def _warn_left_out(self, kept: Array) -> None:
        if not kept.all():
            gone = self._names_in()[~kept].tolist()
            warnings.warn(
                f"KNNImputer: Skipping features without any observed values: {gone}; no row can give them.",
                DataWarning,
                stacklevel=3,
            )

    @property
    def indicator_(self) -> MissingIndicator | None:
        """The fitted MissingIndicator whose columns are appended; None without `add_indicator`."""
        return indicator_of(self) if self.add_indicator else None

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names (D',) of the columns kept, then `missingindicator_<column>` for those of the indicators."""
        kept, names = self._kept(), self._names_in(input_features)
        flagged = [f"missingindicator_{names[d]}" for d in self.indicator_features_] if self.add_indicator else []
        return np.array([*names[kept], *flagged], dtype=object)

    def _traits(self) -> Traits:
        return Traits(missing=is_missing(self.missing_values))

    def _check_storable(self) -> None:
        for name in ("weights", "metric"):
            if callable(getattr(self, name)):
                raise ModelFileError(
                    f"KNNImputer: {name} is a Python function, and a model file holds no code; choose one by name."
                )

    def _check_learned(self) -> None:
        width, flagged = self.n_features_in_, vars(self).get("indicator_features_", np.empty(0, np.int64))
        whole = isinstance(self.rows_, np.ndarray) and self.rows_.dtype.kind == "f" and self.rows_.ndim == 2
        if not whole or self.rows_.shape[1] != width or not len(self.rows_):
            raise ModelFileError(f"KNNImputer: the record has no rows of {width} columns; it is damaged.")
        if not np.isin(flagged, np.arange(width)).all():
            raise ModelFileError("KNNImputer: the record flags columns that are not there; it is damaged.")


def gap_distances(a: Array, b: Array) -> Array:
    """Euclid's distance over the columns that both rows know, scaled up to all.   (R, D), (M, D) -> (R, M)

        d_ij^2 = D / D_ij sum_(d known in both) (a_id - b_jd)^2,    NaN where D_ij = 0

    In float64 and by differences, so that equal rows are at distance 0 however far they are from the origin.

    >>> gap_distances(np.array([[3.0, np.nan], [np.nan, np.nan]]), np.array([[0.0, 5.0], [1.0, np.nan]])).round(3)
    array([[4.243, 2.828],
           [  nan,   nan]])
    """
    total = np.zeros((len(a), len(b)))
    known_a, known_b = ~np.isnan(a), ~np.isnan(b)
    gap = np.empty_like(total)
    for d in range(a.shape[1]):
        np.subtract(a[:, d, None], b[None, :, d], out=gap, dtype=np.float64)
        np.square(gap, out=gap)
        if not (known_a[:, d].all() and known_b[:, d].all()):
            np.nan_to_num(gap, copy=False, nan=0.0, posinf=np.inf)
        total += gap
    both = known_a.astype(np.float64) @ known_b.T.astype(np.float64)  # exact: counts of at most D
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(total / np.where(both > 0, both, np.nan) * a.shape[1])
