"""Columns of whatever table a user holds: read one, put others in its place.

Here: `TableColumns`, around an array or a frame; the frame keeps its kind, so that any estimator takes the result.
Elsewhere: rows are taken in pellucid.model_selection.
Imports: numpy, pellucid.base and pellucid.errors; Narwhals inside the functions that meet frames.
"""

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from pellucid.base import is_frame, is_missing, read_frame
from pellucid.base._tables import Array
from pellucid.errors import ColumnError, DataError


@final
class TableColumns:
    """A table (N, D) whose columns can be read and replaced, by number or, where they have some, by name.

    >>> table = TableColumns([[1.0, 5.0], [2.0, 6.0]], where="doctest")
    >>> table.with_values({0: np.array([7.0, 8.0])}).tolist(), table.values(1).tolist()
    ([[7.0, 5.0], [8.0, 6.0]], [5.0, 6.0])
    """

    def __init__(self, X: Any, *, where: str, names: Any = None) -> None:
        self.where = where
        self.framed = is_frame(X)
        if self.framed:
            self._frame = read_frame(X, where=where)
            self.n_rows, self.n_columns = self._frame.shape
            self.names = list(self._frame.columns)
        else:
            self._array = np.asarray(X.toarray() if hasattr(X, "toarray") else X)
            if self._array.ndim != 2:
                raise DataError(f"{where}: X has {self._array.ndim} axes, and a table has 2; give rows of columns.")
            self.n_rows, self.n_columns = self._array.shape
            self.names = [] if names is None else list(names)
        if self.n_rows == 0:
            raise DataError(f"{where}: X has 0 rows while a minimum of 1 is required.")

    def place(self, feature: Any) -> int:
        """The number of a column; ColumnError where there is none of that name or number."""
        if isinstance(feature, str) and feature in self.names:
            return self.names.index(feature)
        if isinstance(feature, int | np.integer) and 0 <= feature < self.n_columns:
            return int(feature)
        known = ", ".join(map(str, self.names)) if self.names else f"0 to {self.n_columns - 1}"
        raise ColumnError(f"{self.where}: there is no column {feature!r}; there are {known}.")

    def values(self, d: int) -> Array:
        """Column d as numbers, NaN where missing, or as Python objects where it holds anything else.   -> (N,)"""
        if self.framed:
            column = self._frame.get_column(self.names[d])
            if column.dtype.is_numeric():
                return np.asarray(column.to_numpy(), dtype=np.float64)
            return np.array([None if is_missing(cell) else cell for cell in column.to_list()], dtype=object)
        cells: Array = self._array[:, d]
        return cells.astype(np.float64) if cells.dtype.kind in "biuf" else cells.astype(object)

    def with_rows(self, columns: Mapping[int, Array]) -> Any:
        """The table in which entry i of column d is what stood in row columns[d][i]."""
        if not self.framed:
            table = self._array.copy()
            for d, rows in columns.items():
                table[:, d] = self._array[rows, d]
            return table
        # not frame[name], which is a row where names are numbers
        held = {d: self._frame.get_column(self.names[d]) for d in columns}
        moved = [held[d][rows.tolist()].alias(self.names[d]) for d, rows in columns.items()]
        return self._replaced(moved)

    def with_values(self, columns: Mapping[int, Array]) -> Any:
        """The table in which columns[d] (N,) stands in the place of column d.

        Values that are not numbers must be among those of the column, so that it stays of its kind.
        """
        if not self.framed:
            kinds = [self._array.dtype, *(new.dtype for new in columns.values())]
            table = self._array.astype(np.result_type(*kinds) if all(k.kind in "biuf" for k in kinds) else object)
            for d, new in columns.items():
                table[:, d] = new
            return table
        import narwhals as nw

        series = []
        for d, new in columns.items():
            name = self.names[d]
            if new.dtype.kind in "biuf":
                series.append(nw.new_series(name, new, backend=nw.get_native_namespace(self._frame)))
            else:
                first = {cell: row for row, cell in reversed(list(enumerate(self.values(d).tolist())))}
                series.append(self._frame.get_column(name)[[first[cell] for cell in new.tolist()]].alias(name))
        return self._replaced(series)

    def take(self, rows: Array) -> Any:
        """These rows, as a table of the same kind."""
        return self._frame[rows.tolist()].to_native() if self.framed else self._array[rows]

    def _replaced(self, series: list[Any]) -> Any:
        """The frame with new columns; pandas would join them by the labels of rows, which are those of other rows."""
        native = self._frame.to_native()
        if hasattr(native, "iloc"):
            copy = native.copy()
            for new in series:
                copy[new.name] = new.to_native().set_axis(native.index)
            return copy
        return self._frame.with_columns(series).to_native()
