"""Tables of anything, column by column, as encoders and imputers take them.

Here: `Cells` and `read_cells`; `coded`, a column as its distinct cells.
Elsewhere: tables of numbers only are read by pellucid.base.check_table, whole data sets by pellucid.data.
Imports: numpy, pellucid.base, pellucid.errors; Narwhals and Polars inside the functions that read frames.
"""

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pellucid.base import check_table, is_frame
from pellucid.errors import DataError

if TYPE_CHECKING:
    import narwhals as nw

Array = NDArray[Any]


Coded = tuple[Array, list[Any]]
"""Of a column: the number (N,) of each cell among its distinct cells, and these K cells."""

_FEW = 1 / 8  # share of the rows; with more distinct words than that, looking for them costs more than it saves


class Cells(NamedTuple):
    """D columns of N cells: numbers and truths in the dtype they came in, all else as objects."""

    columns: list[Array]
    names: Array | None
    """(D,) where X was a frame with names."""
    held: dict[int, Coded] = {}
    """What `coded` would give, by the number of the column, where reading has found it out."""

    def coded(self, d: int) -> Coded:
        """The distinct cells of column d."""
        return self.held.get(d) or coded(self.columns[d])


def coded(column: Array) -> tuple[Array, list[Any]]:
    """The number of each cell among the distinct cells, and these in the order in which they first come.

    column (N,) -> (N,) of int, K cells. Numbers that are equal are one cell; missing ones of several kinds are several.
    One look-up a cell is all: whatever is asked of categories is then asked of K cells and not of N.
    Raises DataError for cells that are lists.

    >>> codes, cells = coded(np.array(["b", None, "a", "b"], dtype=object))
    >>> codes.tolist(), cells
    ([0, 1, 2, 0], ['b', None, 'a'])
    """
    if column.dtype.kind != "O":
        values, codes = np.unique(column, return_inverse=True)
        return codes, values.astype(object).tolist()
    number: defaultdict[Any, int] = defaultdict(count().__next__)
    cells = column.tolist()
    try:
        return np.fromiter(map(number.__getitem__, cells), np.intp, len(cells)), list(number)
    except TypeError:
        raise DataError("column: holds cells that are no single values (lists, dicts); give text or numbers.") from None


def read_cells(X: Any, *, where: str) -> Cells:
    """X, a list of rows, a two-dimensional array or a frame, as columns; NaN, None and NA may stand for missing cells.

    Raises DataError for sparse, complex and infinite values and for other numbers of axes than two.

    >>> [column.dtype.name for column in read_cells([["a", 1], ["b", 2]], where="doctest").columns]
    ['object', 'object']
    """
    if is_frame(X):
        cells = _frame_cells(X)
    else:
        array = _array(X, where)
        if array.dtype.kind in "US" and not hasattr(X, "dtype"):
            array = np.array(X, dtype=object)  # NumPy would turn the numbers of mixed rows into text
        if array.dtype.kind not in "OUSTb" or array.ndim != 2 or hasattr(X, "tocsr"):
            check_table(X, where=where, missing=True)  # words every error there can be; the dtype stays as it came
        cells = Cells([_plain(column) for column in array.T], None)
    if not cells.columns or not len(cells.columns[0]):
        shape = (len(cells.columns[0]) if cells.columns else 0, len(cells.columns))
        missing = "0 feature(s)" if shape[1] == 0 else "0 row(s)"
        raise DataError(f"{where}: X has {missing} (shape={shape}) while a minimum of 1 is required.")
    return cells


def _array(X: Any, where: str) -> Array:
    try:
        return np.asarray(X)
    except ValueError:
        check_table(X, where=where)  # says which lengths the rows have
        raise


def _frame_cells(X: Any) -> Cells:
    import narwhals as nw

    frame = nw.from_native(X, eager_only=True)
    names = frame.columns
    named = all(isinstance(name, str) for name in names)
    held: dict[int, Coded] = {}
    columns = []
    for d, series in enumerate(frame.iter_columns()):
        words = _words(series)
        if words is None:
            columns.append(_plain(series.to_numpy()))
        else:
            held[d] = words
            columns.append(_objects(words[1])[words[0]])
    return Cells(columns, np.array(names, dtype=object) if named else None, held)


def _words(series: "nw.Series[Any]") -> Coded | None:
    """The distinct words of a column of text, found by Polars; None where the cells are Python's already, or too many.

    A word that is met often is then one object, which is quick to make and to look up.
    """
    import narwhals as nw

    if series.dtype != nw.String or str(getattr(series.to_native(), "dtype", "")) == "object":
        return None
    import polars as pl

    try:
        column = series.to_polars()
    except ImportError:  # pandas needs PyArrow for that
        return None
    distinct = column.unique().drop_nulls()
    if len(distinct) > _FEW * len(column):
        return None
    codes = column.cast(pl.Enum(distinct)).to_physical().cast(pl.Int64).fill_null(len(distinct)).to_numpy()
    return codes, distinct.to_list() + [None] * (column.null_count() > 0)


def _objects(cells: list[Any]) -> Array:
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


def _plain(column: Array) -> Array:
    """Text of fixed width as objects, which can be of any width."""
    return column.astype(object) if column.dtype.kind in "UST" else column
