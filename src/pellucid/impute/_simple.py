"""One value a column in place of its missing cells.

Here: `SimpleImputer`.
Elsewhere: tables of anything, and sparse ones, are read by pellucid.preprocessing; values and counts of sparse columns
are in _sparse_columns.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence, pellucid.preprocessing and this package; SciPy is
there already where a sparse matrix is.
"""

import warnings
from collections.abc import Callable
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, OneOf, Traits, is_missing
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.impute._gaps import counts_zero, gaps_in, is_gap, refuse_word
from pellucid.impute._indicator import MissingIndicator, indicator_of
from pellucid.impute._sparse_columns import STATISTICS, distinct
from pellucid.persistence import register
from pellucid.preprocessing._cells import Array, Cells, Coded, fit_cells, known_cells, recoded
from pellucid.preprocessing._sparse import SparseTransformer, entry_columns, is_sparse

Strategy = Literal["mean", "median", "most_frequent", "constant"]
_CALLABLE = Kind(Callable, words="a function")  # type: ignore[arg-type]  # it is a class, to isinstance

_Rows = Any  # numbers (N, D), dense or in CSC; or the columns of a table that holds text, list[Coded]


@final
@register("impute.SimpleImputer")
class SimpleImputer(SparseTransformer):
    """Missing cells become one value of their column: mean, median, most frequent, a constant, or what a function says.

    X (N, D) -> (N, D'): numbers in the dtype they came in; where X holds text ("most_frequent" and "constant" take it),
    an array of objects. Of equally frequent values the smallest is taken. Sparse X comes out sparse, in CSC: what is
    not stored is a known 0, so that its statistics are those of X.toarray(), at the cost of what is stored.

    - `strategy`: "mean", "median", "most_frequent", "constant", or a function of the known numbers (M,) of a column.
    - `missing_values`: what stands for a missing cell; NaN (then None and NA do too), a number, or a text.
    - `fill_value`: the constant; None is 0 for numbers and "missing_value" for text.
    - `add_indicator`: further columns at the end, 1 where a cell was missing, for each column that had such in fit.
    - A column without any known cell is left out with a DataWarning, unless `keep_empty_features` (it becomes 0, or
      the constant).

    Raises ParameterError where a text is to stand for missing numbers; DataError for text where the strategy needs
    numbers, for other columns than fit saw, and for sparse X where 0 is what stands for a missing cell.

    >>> SimpleImputer(strategy="median", add_indicator=True).fit_transform([[1.0], [np.nan], [5.0], [6.0]])
    array([[1., 0.],
           [5., 1.],
           [5., 0.],
           [6., 0.]])
    """

    limits = {
        "missing_values": Kind(object, words="NaN, a number or a text"),
        "strategy": OneOf(Choice("mean", "median", "most_frequent", "constant"), _CALLABLE),
        "fill_value": Kind(object, words="a number, a text or None"),
        "copy": Flag(says="False writes into X where it can"),
        "add_indicator": Flag(),
        "keep_empty_features": Flag(),
    }

    statistics_: Array
    """(D,), what missing cells of each column become; NaN for a column that is left out."""
    indicator_features_: Array
    """Numbers of the columns that had missing cells in fit; only with `add_indicator`."""

    def __init__(
        self,
        *,
        missing_values: Any = np.nan,
        strategy: Strategy | Callable[[Array], float] = "mean",
        fill_value: Any = None,
        copy: bool = True,
        add_indicator: bool = False,
        keep_empty_features: bool = False,
    ) -> None:
        self.missing_values = missing_values
        self.strategy = strategy
        self.fill_value = fill_value
        self.copy = copy
        self.add_indicator = add_indicator
        self.keep_empty_features = keep_empty_features

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn what each column of X (N, D) is to be filled with."""
        self._learn(X)
        return self

    def transform(self, X: Any) -> Any:
        """The rows without gaps.   X (N, D) -> (N, D')"""
        return _table_of(self._pass_on(X))

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """fit(X), then transform(X), with one look at each cell.   X (N, D) -> (N, D')"""
        return _table_of(self._fit_pass_on(X))

    _passes = Cells  # of a table that holds text, to who reads them; made into an array they would be looked up again

    def _pass_on(self, X: Any) -> Any:
        if self.statistics_.dtype.kind == "O":
            cells = known_cells(self, X)
            return self._filled([cells.coded(d) for d in range(self.n_features_in_)])
        self._refuse_gaps_of_zeros(X)
        return self._filled(self._rows(X, layout="csc"))

    def _fit_pass_on(self, X: Any, y: Any = None) -> Any:
        return self._filled(self._learn(X))

    def _learn(self, X: Any) -> _Rows:
        """Learn the statistics; X as it was read."""
        self._begin_fit()
        rows = self._read(X)
        if not isinstance(rows, list):
            refuse_word(self.missing_values, where="SimpleImputer")
            self._check_fill()
        if isinstance(rows, list):
            values = [self._word(codes, cells) for codes, cells in rows]
            flagged = np.array([any(map(self._stands_for_none, cells)) for _, cells in rows])
        elif is_sparse(rows):
            missing = self._is_missing(rows.data)
            values = [self._sparse_statistic(*column) for column in distinct(rows, missing)]
            flagged = np.bincount(entry_columns(rows)[missing], minlength=rows.shape[1])
        else:
            missing = self._is_missing(rows)
            values = [self._statistic(column[~gone]) for column, gone in zip(rows.T, missing.T, strict=True)]
            flagged = missing.sum(axis=0)
        self.statistics_ = np.array(values, dtype=object if isinstance(rows, list) else np.float64)
        if self.add_indicator:
            self.indicator_features_ = np.flatnonzero(flagged)
        return rows

    def _filled(self, rows: _Rows) -> Any:
        kept = np.array([not is_missing(value) for value in self.statistics_.tolist()])
        if not kept.all():
            gone = self._names_in()[~kept].tolist()
            warnings.warn(
                f"SimpleImputer: Skipping features without any observed values: {gone}; nothing can fill them.",
                DataWarning,
                stacklevel=4,
            )
        if isinstance(rows, list):
            return self._filled_words(rows, np.flatnonzero(kept))
        if is_sparse(rows):
            return self._filled_entries(rows, np.flatnonzero(kept))
        missing = self._is_missing(rows)
        out = rows[:, kept] if not kept.all() or self.copy or not rows.flags.writeable else rows
        places, columns = np.nonzero(missing[:, kept])
        out[places, columns] = self.statistics_[kept][columns]
        if self.add_indicator:
            return np.concatenate([out, missing[:, self.indicator_features_].astype(out.dtype)], axis=1)
        return out

    def _filled_entries(self, rows: Any, kept: Array) -> Any:
        """As `_filled`, of rows in CSC, which are our own."""
        missing = self._is_missing(rows.data)
        gaps = rows.copy()
        gaps.data[:] = missing
        gaps.eliminate_zeros()
        rows.data[missing] = self.statistics_[entry_columns(rows)[missing]]
        if not self.add_indicator:
            return rows[:, kept]
        from scipy.sparse import hstack

        return hstack([rows[:, kept], gaps[:, self.indicator_features_]], format="csc")

    def inverse_transform(self, X: Any) -> Array:
        """The rows with their gaps again, which `add_indicator` has noted.   X (N, D') -> (N, D)

        A column that was left out is one of gaps. Raises ParameterError without `add_indicator`, DataError for another
        number of columns.
        """
        if not self.add_indicator:
            raise ParameterError(
                "SimpleImputer: only the indicator knows where the gaps were; set add_indicator=True before fit."
            )
        if is_sparse(X):
            raise DataError("SimpleImputer: inverse_transform puts gaps into dense rows only; give X.toarray().")
        kept = np.flatnonzero([not is_missing(value) for value in self.statistics_.tolist()])
        table, width = np.asarray(X), len(kept) + len(self.indicator_features_)
        if table.ndim != 2 or table.shape[1] != width:
            raise DataError(f"SimpleImputer: X has shape {table.shape}; what transform gives has {width} columns.")
        out = np.full((len(table), self.n_features_in_), self.missing_values, table.dtype)
        out[:, kept] = table[:, : len(kept)]
        gaps = np.zeros(out.shape, bool)
        gaps[:, self.indicator_features_] = table[:, len(kept) :].astype(bool)
        out[gaps] = self.missing_values
        return out

    def _filled_words(self, rows: list[Coded], kept: Array) -> Cells:
        """As `_filled`: the K distinct cells of a column are filled, and each row still has the number of its own."""
        flagged = self.indicator_features_ if self.add_indicator else np.empty(0, np.intp)
        filled = []
        for d in kept:
            codes, cells = rows[d]
            value = self.statistics_[d]
            filled.append(recoded(codes, [value if self._stands_for_none(cell) else cell for cell in cells]))
        for d in flagged:
            codes, cells = rows[d]
            filled.append(recoded(codes, [self._stands_for_none(cell) for cell in cells]))
        return Cells(filled, rows=len(rows[0][0]))

    @property
    def indicator_(self) -> MissingIndicator | None:
        """The fitted MissingIndicator whose columns are appended; None without `add_indicator`."""
        return indicator_of(self) if self.add_indicator else None

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names (D',) of the columns kept, then `missingindicator_<column>` for those of the indicators."""
        names = self._names_in(input_features)
        kept = [name for name, value in zip(names, self.statistics_.tolist(), strict=True) if not is_missing(value)]
        flagged = [f"missingindicator_{names[d]}" for d in self.indicator_features_] if self.add_indicator else []
        return np.array([*kept, *flagged], dtype=object)

    def _read(self, X: Any) -> _Rows:
        """X in fit: floats (N, D), or columns of distinct cells where it holds text and the strategy takes it."""
        self._refuse_gaps_of_zeros(X)
        takes_text = self.strategy in ("most_frequent", "constant")
        if takes_text and not is_sparse(X) and (not isinstance(X, np.ndarray) or X.dtype.kind in "OUS"):
            cells = fit_cells(self, X)
            if any(cells.has_objects(d) and _holds_text(cells.coded(d)) for d in range(cells.shape[1])):
                return [cells.coded(d) for d in range(self.n_features_in_)]
        return self._fit_rows(X, layout="csc")

    def _refuse_gaps_of_zeros(self, X: Any) -> None:
        """Raise DataError for sparse X of which every place that is not stored would be a gap."""
        if is_sparse(X) and counts_zero(self.missing_values):
            raise DataError(
                "SimpleImputer: Imputation not possible when missing_values == 0 and input is sparse. Provide a dense "
                "array instead, X.toarray(): all that is not stored would be filled."
            )

    def _is_missing(self, table: Array) -> Array:
        """Which of the numbers (*) are missing.   -> (*) bool"""
        return gaps_in(table, self.missing_values)

    def _stands_for_none(self, cell: Any) -> bool:
        """Whether a cell of a table with text is missing."""
        return is_gap(cell, self.missing_values)

    def _statistic(self, known: Array) -> Any:
        """What the missing numbers of a column become, from those known; NaN to leave the column out."""
        if len(known) == 0:
            return np.nan if not self.keep_empty_features else self._constant(0) if self.strategy == "constant" else 0
        if self.strategy == "constant":
            return self._constant(0)
        if callable(self.strategy):
            return self.strategy(known)
        if self.strategy == "most_frequent":
            values, counts = np.unique(known, return_counts=True)
            return values[counts.argmax()]
        return np.mean(known, dtype=np.float64) if self.strategy == "mean" else np.median(known)

    def _sparse_statistic(self, values: Array, counts: Array) -> Any:
        """As `_statistic`, from the distinct values (K,) known of a column and their counts (K,)."""
        if isinstance(self.strategy, str) and self.strategy in STATISTICS and len(values):
            return STATISTICS[self.strategy](values, counts)
        return self._statistic(np.repeat(values, counts))

    def _word(self, codes: Array, cells: list[Any]) -> Any:
        """What the missing cells of a column of a table with text become; NaN to leave the column out."""
        known = [code for code, cell in enumerate(cells) if not self._stands_for_none(cell)]
        if not known and not self.keep_empty_features:
            return np.nan
        if self.strategy == "constant":
            return self._constant("missing_value")
        if not known:
            return 0
        rows = np.bincount(codes, minlength=len(cells))
        most = rows[known].max()
        often = [cells[code] for code in known if rows[code] == most]
        try:
            return min(often)
        except TypeError:
            raise DataError(
                f"SimpleImputer: {often[:2]} are equally frequent in one column, and text and numbers have no order; "
                "turn the column into one of them."
            ) from None

    def _constant(self, default: Any) -> Any:
        return default if self.fill_value is None else self.fill_value

    def _check_fill(self) -> None:
        if self.strategy == "constant" and self.fill_value is not None:
            if isinstance(self.fill_value, str) or not np.isscalar(self.fill_value):
                raise ParameterError(
                    f"SimpleImputer: fill_value is {self.fill_value!r}, but the columns are numbers; give a number."
                )

    def _check_storable(self) -> None:
        if callable(self.strategy):
            raise ModelFileError(
                "SimpleImputer: strategy is a Python function, and a model file holds no code; choose one by name."
            )

    def _traits(self) -> Traits:
        text = self.strategy in ("most_frequent", "constant")
        return Traits(missing=is_missing(self.missing_values), text=text, sparse=not counts_zero(self.missing_values))

    def _check_learned(self) -> None:
        width, flagged = self.n_features_in_, vars(self).get("indicator_features_", np.empty(0, np.int64))
        if np.shape(self.statistics_) != (width,) or not np.isin(flagged, np.arange(width)).all():
            raise ModelFileError(f"SimpleImputer: the record has not one value for each of its {width} columns.")


def _table_of(filled: Any) -> Any:
    return filled.table() if isinstance(filled, Cells) else filled


def _holds_text(column: Coded) -> bool:
    """Whether some cell is neither a number nor missing."""
    kinds = {type(cell) for cell in column[1] if not is_missing(cell)}
    return any(not issubclass(kind, int | float | np.number | np.bool_) for kind in kinds)
