"""One value a column in place of its missing cells.

Here: `SimpleImputer`.
Elsewhere: tables of anything are read by pellucid.preprocessing.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and pellucid.preprocessing.
"""

import warnings
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, Traits, Transformer, check_columns, is_missing
from pellucid.errors import DataWarning, ModelFileError, ParameterError
from pellucid.persistence import register
from pellucid.preprocessing._categories import categories_of
from pellucid.preprocessing._cells import Array, Cells, read_cells

Strategy = Literal["mean", "median", "most_frequent", "constant"]


@final
@register("impute.SimpleImputer")
class SimpleImputer(Transformer):
    """Missing cells become one value of their column: mean, median, most frequent, or a constant.

    X (N, D) -> (N, D'): numbers in the dtype they came in; where X holds text ("most_frequent" and "constant" take it),
    an array of objects. Of equally frequent values the smallest is taken.

    - `missing_values`: what stands for a missing cell; NaN (then None and NA do too), a number, or a text.
    - `fill_value`: the constant; None is 0 for numbers and "missing_value" for text.
    - `add_indicator`: further columns at the end, 1 where a cell was missing, for each column that had such in fit.
    - A column without any known cell is left out with a DataWarning, unless `keep_empty_features` (it becomes 0, or
      the constant).

    Raises DataError for text where the strategy needs numbers, and for other columns than fit saw.

    >>> SimpleImputer(strategy="median", add_indicator=True).fit_transform([[1.0], [np.nan], [5.0], [6.0]])
    array([[1., 0.],
           [5., 1.],
           [5., 0.],
           [6., 0.]])
    """

    limits = {
        "missing_values": Kind(object, words="NaN, a number or a text"),
        "strategy": Choice("mean", "median", "most_frequent", "constant"),
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
        strategy: Strategy = "mean",
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
        self._begin_fit()
        table = self._rows(X, fit=True)
        self._check_fill(table)
        missing = self._is_missing(table)
        values = [self._statistic(column, gone) for column, gone in zip(table.T, missing.T, strict=True)]
        self.statistics_ = np.array(values, dtype=table.dtype if table.dtype.kind == "O" else np.float64)
        if self.add_indicator:
            self.indicator_features_ = np.flatnonzero(missing.any(axis=0))
        return self

    def transform(self, X: Any) -> Array:
        """The rows without gaps.   X (N, D) -> (N, D')"""
        statistics = self.statistics_
        table = self._rows(X, fit=False)
        missing = self._is_missing(table)
        kept = np.array([not is_missing(value) for value in statistics.tolist()])
        if not kept.all():
            gone = self._names_in()[~kept].tolist()
            warnings.warn(
                f"SimpleImputer: Skipping features without any observed values: {gone}; nothing can fill them.",
                DataWarning,
                stacklevel=2,
            )
        out = table[:, kept] if not kept.all() or self.copy or not table.flags.writeable else table
        rows, columns = np.nonzero(missing[:, kept])
        out[rows, columns] = statistics[kept][columns]
        if self.add_indicator:
            return np.concatenate([out, missing[:, self.indicator_features_].astype(out.dtype)], axis=1)
        return out

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names (D',) of the columns kept, then `missingindicator_<column>` for those of the indicators."""
        names = self._names_in(input_features)
        kept = [name for name, value in zip(names, self.statistics_.tolist(), strict=True) if not is_missing(value)]
        flagged = [f"missingindicator_{names[d]}" for d in self.indicator_features_] if self.add_indicator else []
        return np.array([*kept, *flagged], dtype=object)

    def _rows(self, X: Any, *, fit: bool) -> Array:
        """X as floats (N, D), or as objects where it holds text and the strategy takes it."""
        takes_text = self.strategy in ("most_frequent", "constant")
        was_text = not fit and self.statistics_.dtype.kind == "O"
        if takes_text and (was_text or not isinstance(X, np.ndarray) or X.dtype.kind in "OUS"):
            cells = read_cells(X, where="SimpleImputer")
            if was_text or any(_holds_text(column) for column in cells.columns):
                return self._text_rows(cells, fit=fit)
        return self._fit_table(X) if fit else self._table(X)

    def _text_rows(self, cells: Cells, *, fit: bool) -> Array:
        if fit:
            self.n_features_in_ = len(cells.columns)
            if cells.names is not None:
                self.feature_names_in_ = cells.names
        else:
            width = np.empty((0, len(cells.columns)))
            seen = vars(self).get("feature_names_in_")
            check_columns(width, cells.names, self.n_features_in_, seen, where="SimpleImputer")
        return np.stack([column.astype(object) for column in cells.columns], axis=1)

    def _is_missing(self, table: Array) -> Array:
        """Which cells are missing.   (N, D) -> (N, D) bool"""
        if not is_missing(self.missing_values):
            return np.asarray(table == self.missing_values, dtype=bool)
        if table.dtype.kind == "f":
            return np.isnan(table)
        return np.array([[is_missing(cell) for cell in row] for row in table.tolist()], dtype=bool)

    def _statistic(self, column: Array, missing: Array) -> Any:
        """What the missing cells of one column become; NaN to leave it out.   (N,), (N,)"""
        known = column[~missing]
        if len(known) == 0:
            if not self.keep_empty_features:
                return np.nan
            return self._constant(column) if self.strategy == "constant" else 0
        if self.strategy == "constant":
            return self._constant(column)
        if self.strategy == "most_frequent":
            values, counts = categories_of(known, where="SimpleImputer")
            return values[counts.argmax()]
        return np.mean(known, dtype=np.float64) if self.strategy == "mean" else np.median(known)

    def _constant(self, column: Array) -> Any:
        if self.fill_value is not None:
            return self.fill_value
        return "missing_value" if column.dtype.kind == "O" else 0

    def _check_fill(self, table: Array) -> None:
        if self.strategy == "constant" and self.fill_value is not None and table.dtype.kind == "f":
            if isinstance(self.fill_value, str) or not np.isscalar(self.fill_value):
                raise ParameterError(
                    f"SimpleImputer: fill_value is {self.fill_value!r}, but the columns are numbers; give a number."
                )

    def _traits(self) -> Traits:
        return Traits(missing=is_missing(self.missing_values), text=self.strategy in ("most_frequent", "constant"))

    def _check_learned(self) -> None:
        width, flagged = self.n_features_in_, vars(self).get("indicator_features_", np.empty(0, np.int64))
        if np.shape(self.statistics_) != (width,) or not np.isin(flagged, np.arange(width)).all():
            raise ModelFileError(f"SimpleImputer: the record has not one value for each of its {width} columns.")


def _holds_text(column: Array) -> bool:
    """Whether some cell is neither a number nor missing."""
    if column.dtype.kind != "O":
        return False
    kinds = {type(cell) for cell in column.tolist() if not is_missing(cell)}
    return any(not issubclass(kind, int | float | np.number | np.bool_) for kind in kinds)
