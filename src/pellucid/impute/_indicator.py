"""Where cells were missing, as columns of their own.

Here: `MissingIndicator`; `indicator_of`, that of an imputer.
Elsewhere: imputers append the same columns with `add_indicator`, in _simple.py and _knn.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence, pellucid.preprocessing and this package; SciPy for
sparse output only.
"""

from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, OneOf, Traits, is_missing
from pellucid.errors import DataError, ModelFileError
from pellucid.impute._gaps import counts_zero, gaps_in, refuse_word
from pellucid.persistence import register
from pellucid.preprocessing._cells import Array, fit_cells, known_cells
from pellucid.preprocessing._sparse import SparseTransformer, entry_columns, is_sparse

_SHOWN = 5  # columns named before the rest is counted


@final
@register("impute.MissingIndicator")
class MissingIndicator(SparseTransformer):
    """For each column that had missing cells in fit, a column that is True where they are.

        z_ij = True if x_i,d(j) is missing, else False;    d = features_

    X (N, D) of numbers or text, dense or sparse -> (N, D') of bool.  It stands beside an imputer, in a FeatureUnion or
    ColumnTransformer: that a cell was missing may itself tell of the target.

    - `missing_values`: what stands for a missing cell; NaN (then None and NA do too), a number, or a text.
    - `features`: "missing-only", columns that had missing cells in fit, or "all".
    - `sparse`: whether the output is, in CSC; "auto" is as X.
    - `error_on_new`: transform refuses missing cells in columns that had none in fit; else it passes over them.

    Raises DataError for those, for other columns than fit saw, and for sparse X where 0 is what stands for a missing
    cell; ParameterError where a text does, among numbers.   Names and numbers are scikit-learn's.

    >>> indicator = MissingIndicator().fit([[np.nan, 1.0, 3.0], [4.0, 0.0, np.nan]])
    >>> indicator.transform([[5.0, 1.0, np.nan], [np.nan, 2.0, 3.0]])
    array([[False,  True],
           [ True, False]])
    """

    limits = {
        "missing_values": Kind(object, words="NaN, a number or a text"),
        "features": Choice("missing-only", "all"),
        "sparse": OneOf(Flag(), Choice("auto")),
        "error_on_new": Flag(),
    }

    features_: Array
    """(D',), the numbers of the columns that come out."""

    def __init__(
        self,
        *,
        missing_values: Any = np.nan,
        features: Literal["missing-only", "all"] = "missing-only",
        sparse: bool | Literal["auto"] = "auto",
        error_on_new: bool = True,
    ) -> None:
        self.missing_values = missing_values
        self.features = features
        self.sparse = sparse
        self.error_on_new = error_on_new

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn which columns of X (N, D) have missing cells."""
        self._learn(X)
        return self

    def transform(self, X: Any) -> Any:
        """Where cells are missing.   X (N, D) -> (N, D') of bool"""
        learned = self.features_
        gaps = self._gaps(X, fit=False)
        new = np.setdiff1d(_columns_with(gaps), learned)
        if len(new) and self.features == "missing-only" and self.error_on_new:
            names = self._names_in()[new].tolist()
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            raise DataError(
                f"MissingIndicator: The features {names[:_SHOWN]}{more} have missing values in transform but have no "
                "missing values in fit; fit on rows with gaps in them, or set error_on_new=False or features='all'."
            )
        return self._given(gaps[:, learned])

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """fit(X), then transform(X), with one look at each cell.   X (N, D) -> (N, D') of bool"""
        gaps = self._learn(X)
        return self._given(gaps[:, self.features_])

    def _learn(self, X: Any) -> Any:
        self._begin_fit()
        gaps = self._gaps(X, fit=True)
        self.features_ = np.arange(self.n_features_in_) if self.features == "all" else _columns_with(gaps)
        return gaps

    def _gaps(self, X: Any, *, fit: bool) -> Any:
        """Which cells of X are missing, X checked.   -> (N, D) of bool, in CSC where X is sparse"""
        if is_sparse(X):
            return self._sparse_gaps(X, fit=fit)
        cells = (fit_cells if fit else known_cells)(self, X)
        columns = range(cells.shape[1])
        if not any(map(cells.has_objects, columns)):
            refuse_word(self.missing_values, where="MissingIndicator")
            return gaps_in(self._fit_table(X) if fit else self._table(X), self.missing_values)
        found = [cells.coded(d) if cells.has_objects(d) else cells.column(d) for d in columns]
        return np.stack([gaps_in(column, self.missing_values) for column in found], axis=1)

    def _sparse_gaps(self, X: Any, *, fit: bool) -> Any:
        if counts_zero(self.missing_values):
            raise DataError(
                "MissingIndicator: Sparse input with missing_values=0 is not supported. Provide a dense array instead, "
                "X.toarray(): all that is not stored would be missing."
            )
        refuse_word(self.missing_values, where="MissingIndicator")
        rows = self._fit_rows(X, layout="csc") if fit else self._rows(X, layout="csc")
        rows.data[:] = gaps_in(rows.data, self.missing_values)
        rows.eliminate_zeros()
        return rows.astype(bool)

    def _given(self, gaps: Any) -> Any:
        """As `sparse` asks."""
        if self.sparse == "auto" or self.sparse == is_sparse(gaps):
            return gaps
        if not self.sparse:
            return gaps.toarray()
        from scipy.sparse import csc_array

        return csc_array(gaps)

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names (D',): `missingindicator_<column>`."""
        learned = self.features_
        return np.array([f"missingindicator_{name}" for name in self._names_in(input_features)[learned]], dtype=object)

    def _traits(self) -> Traits:
        return Traits(
            missing=is_missing(self.missing_values),
            text=True,
            sparse=not counts_zero(self.missing_values),
            keeps_dtypes=(),
        )

    def _check_learned(self) -> None:
        if np.ndim(self.features_) != 1 or not np.isin(self.features_, np.arange(self.n_features_in_)).all():
            raise ModelFileError(
                f"MissingIndicator: the record names columns beyond the {self.n_features_in_} there are; it is damaged."
            )


def _columns_with(gaps: Any) -> Array:
    """The numbers of the columns that have missing cells.   (N, D) -> (M,)"""
    if is_sparse(gaps):
        return np.unique(entry_columns(gaps))
    return np.flatnonzero(gaps.any(axis=0))


def indicator_of(imputer: Any) -> MissingIndicator:
    """The indicator, fitted, of the columns that an imputer flags.

    >>> from pellucid.impute import SimpleImputer
    >>> indicator_of(SimpleImputer(add_indicator=True).fit([[1.0, 2.0], [3.0, np.nan]])).features_
    array([1])
    """
    indicator = MissingIndicator(missing_values=imputer.missing_values, error_on_new=False)
    indicator.features_, indicator.n_features_in_ = imputer.indicator_features_, imputer.n_features_in_
    if "feature_names_in_" in vars(imputer):
        indicator.feature_names_in_ = imputer.feature_names_in_
    return indicator
