"""Tables of anything, column by column, as encoders and imputers take them.

Here: `Cells` and `read_cells`; `fit_cells` and `known_cells`, of an estimator that learns and that has learned; `coded`
and `recoded`, a column as its distinct cells.
Elsewhere: tables of numbers only are read by pellucid.base.check_table, whole data sets by pellucid.data.
Imports: numpy, pellucid.base, pellucid.errors; Narwhals and Polars inside the functions that read frames.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from pellucid.base import check_columns, check_table, is_frame
from pellucid.base._tables import read_frame
from pellucid.errors import DataError

if TYPE_CHECKING:
    import narwhals as nw

Array = NDArray[Any]


Coded = tuple[Array, list[Any]]
"""Of a column: the number (N,) of each cell among its distinct cells, and these K cells."""

_FEW = 1 / 8  # share of the rows; with more distinct words than that, looking for them costs more than it saves
_FIRST = 1 / 16  # share of the rows in which all words of a column of categories are mostly met


@final
class Cells:
    """D columns of N cells: numbers and truths in the dtype they came in, all else as objects.

    given: each column, (N,) or as `coded` gives it; names (D,), where X was a frame with names; rows: N, where there
    may be no column. What was not given is made when it is asked for, so that a column whose cells are known by number
    is not made for who asks for these.

    >>> cells = Cells([(np.array([1, 0, 1]), ["a", "b"]), np.array([2.0, 3.0, 2.0])])
    >>> cells.column(0).tolist(), cells.coded(1)[1], cells.shape
    (['b', 'a', 'b'], [2.0, 3.0], (3, 2))
    """

    def __init__(self, given: Sequence[Array | Coded], names: Array | None = None, rows: int = 0) -> None:
        self._given, self.names = list(given), names
        for first in self._given[:1]:
            rows = len(first[0] if isinstance(first, tuple) else first)
        self.shape = (rows, len(self._given))

    @property
    def columns(self) -> list[Array]:
        """All columns, (N,) each."""
        return [self.column(d) for d in range(len(self._given))]

    def column(self, d: int) -> Array:
        """Column d, (N,)."""
        given = self._given[d]
        return _objects(given[1])[given[0]] if isinstance(given, tuple) else given

    def coded(self, d: int) -> Coded:
        """The distinct cells of column d."""
        return self.held(d) or coded(self.column(d))

    def held(self, d: int) -> Coded | None:
        """The distinct cells of column d where they are known already."""
        given = self._given[d]
        return given if isinstance(given, tuple) else None

    def has_objects(self, d: int) -> bool:
        """Whether column d is one of objects."""
        given = self._given[d]
        return isinstance(given, tuple) or given.dtype.kind == "O"

    def table(self) -> Array:
        """(N, D) of objects."""
        out = np.empty(self.shape, dtype=object)
        for d in range(out.shape[1]):
            out[:, d] = self.column(d)
        return out


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


def recoded(codes: Array, cells: list[Any]) -> Coded:
    """The column as `coded` would give it, where some of the K cells have become equal.

    >>> recoded(np.array([0, 1, 2]), ["a", "b", "a"])
    (array([0, 1, 0]), ['a', 'b'])
    """
    number: dict[Any, int] = {}
    places = [number.setdefault(cell, len(number)) for cell in cells]
    return (codes if len(number) == len(cells) else np.array(places)[codes]), list(number)


def read_cells(X: Any, *, where: str) -> Cells:
    """X, a list of rows, a two-dimensional array or a frame, as columns; NaN, None and NA may stand for missing cells.

    Raises DataError for sparse, complex and infinite values and for other numbers of axes than two.

    >>> [column.dtype.name for column in read_cells([["a", 1], ["b", 2]], where="doctest").columns]
    ['object', 'object']
    """
    if isinstance(X, Cells):  # from the step before
        cells = X
    elif is_frame(X):
        cells = _frame_cells(X, where)
    else:
        array = _array(X, where)
        if array.dtype.kind in "US" and not hasattr(X, "dtype"):
            array = np.array(X, dtype=object)  # NumPy would turn the numbers of mixed rows into text
        if array.dtype.kind not in "OUSTb" or array.ndim != 2 or hasattr(X, "tocsr"):
            check_table(X, where=where, missing=True)  # words every error there can be; the dtype stays as it came
        cells = Cells([_plain(column) for column in array.T])
    if 0 in cells.shape:
        missing = "0 feature(s)" if cells.shape[1] == 0 else "0 row(s)"
        raise DataError(f"{where}: X has {missing} (shape={cells.shape}) while a minimum of 1 is required.")
    return cells


def fit_cells(estimator: Any, X: Any) -> Cells:
    """The cells of X (N, D), in fit: the estimator notes their width and, where they have some, their names."""
    cells = read_cells(X, where=type(estimator).__name__)
    estimator.n_features_in_ = cells.shape[1]
    if cells.names is not None:
        estimator.feature_names_in_ = cells.names
    return cells


def known_cells(estimator: Any, X: Any) -> Cells:
    """The cells of X (N, D), whose columns are those that fit saw; DataError for others."""
    where = type(estimator).__name__
    cells = read_cells(X, where=where)
    width, seen = np.empty((0, cells.shape[1])), vars(estimator).get("feature_names_in_")
    check_columns(width, cells.names, estimator.n_features_in_, seen, where=where)
    return cells


def _array(X: Any, where: str) -> Array:
    try:
        return np.asarray(X)
    except ValueError:
        check_table(X, where=where)  # says which lengths the rows have
        raise


def _frame_cells(X: Any, where: str) -> Cells:
    frame = read_frame(X, where=where)
    names = frame.columns
    named = all(isinstance(name, str) for name in names)
    columns = [_words(series) or _plain(series.to_numpy()) for series in frame.iter_columns()]
    return Cells(columns, np.array(names, dtype=object) if named else None)


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
    gaps = column.null_count()
    for rows in (int(_FIRST * len(column)), len(column)):
        distinct = column.head(rows).unique().drop_nulls()
        if len(distinct) > _FEW * len(column):
            return None
        coded = column.cast(pl.Enum(distinct), strict=rows == len(column)).to_physical()
        if coded.null_count() == gaps:  # else the other rows hold words that the first lack
            break
    codes = coded.cast(pl.UInt32).fill_null(len(distinct)) if gaps else coded
    return codes.to_numpy(), distinct.to_list() + [None] * (gaps > 0)


def _objects(cells: list[Any]) -> Array:
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


def _plain(column: Array) -> Array:
    """Text of fixed width as objects, which can be of any width."""
    return column.astype(object) if column.dtype.kind in "UST" else column
