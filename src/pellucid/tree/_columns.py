"""Tables for trees: numbers, missing values and categories, each cell as the rank of its value in its column.

Here: `TakesCategories`, what an estimator inherits to read such tables; `Table`, `Coded` and `code_table`;
`Columns` and `lay_columns`.
Elsewhere: tables of numbers alone are read in pellucid.base.
Imports: numpy, pellucid.errors, pellucid.ops and pellucid.base; Narwhals inside the functions that read frames, a
kernel, and Numba with it, inside `as_bytes`, `code_table` and `lay_columns`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, final

import numpy as np

from pellucid.base import Estimator, check_columns, check_finite, is_frame, is_missing, read_frame, read_table
from pellucid.base._tables import Array, is_array
from pellucid.errors import DataError
from pellucid.ops._memory import LINE, empty_on_line
from pellucid.tree._ranks import MISSING, rank

BLOCK_CELLS = 1 << 15  # most tables of other numbers are left after so many
NO_VALUE = np.int64(2**31 - 1)  # the same among Columns
ROW_CELLS = 8  # a vector of 32 bytes
NARROW = 64  # columns
SAMPLE_ROWS = 1000
NO_BITS = np.empty((0, 1), np.uint64)  # of a table whose filled cells are not noted
CELLS = (np.dtype(np.float64), np.dtype(np.float32), np.dtype(np.uint8))
"""What rows that walk through trees may be made of: others are rare, and for each the walks are compiled once more."""

BLOCK_ROWS = 128  # read several times while they are near; of 784 columns 800 KB


class Table(NamedTuple):
    """A table as codes, whole numbers in the order of the values: codes (D, N), and the one that stands for no value.

    category (D,) bool; size (D,): how many categories there are, 0 for numbers.
    Where all numbers are 0, 1, ... or 255 the codes are themselves, as uint8, as are the numbers of bins; by_row (N, D)
    holds them once more.  Otherwise they are ranks among the distinct values, uint32, and by_row is (0, D).
    filled: see `filled_bits`; NO_BITS where it is of no use.
    """

    codes: Array
    by_row: Array
    filled: Array
    size: Array
    category: Array
    missing: np.uint32


@final
@dataclass(frozen=True)
class Coded:
    """A table as codes, for compiled code, and the numbers that thresholds are made of.

    lowest and highest (D, M): the values that a code stands for where codes are uint8; otherwise both are the table
    itself, a column a row: its distinct values would take as much memory once more.
    """

    table: Table
    lowest: Array
    highest: Array

    def thresholds(self, feature: Array, ends: Array) -> Array:
        """Halfway between the values on the two sides of cuts, and below the upper one whatever the rounding.

        feature (M,), ends (M, 2) -> (M,).  An end is a code where codes are uint8, otherwise a row that has the value;
        -1 above the highest: inf.  NaN for categories.
        """
        low, high = ends.T
        bottom, top = self.highest[feature, low], self.lowest[feature, high]
        middle = 0.5 * bottom + 0.5 * top
        middle = np.where((bottom <= middle) & (middle < top), middle, bottom)
        middle[high < 0] = np.inf
        middle[self.table.category[feature]] = np.nan
        return middle


class MixedTable(Table):
    """A table of which some columns are categories: a kind of its own, so that others do not wait for the code they
    need."""

    __slots__ = ()


class BinnedTable(Table):
    """A table of few codes, whose rows are counted by code: a kind of its own for the same reason."""

    __slots__ = ()


class MixedBinnedTable(Table):
    """A table of few codes of which some columns are categories."""

    __slots__ = ()


class ByteTable(Table):
    """A table of bytes whose rows are tallied, see _tally_kernels.py."""

    __slots__ = ()


class Columns(NamedTuple):
    """A table as whole numbers in the order of its values, by_row (N, >= D) and by_column (D, >= N).

    uint8 where all numbers are 0, 1, ... or 255: then they are themselves.  Otherwise int32: codes, see `codes_of`;
    NO_VALUE for none.  Categories are their numbers in either case.
    order (N,): which row of the table stands where, those of a class side by side; (0,) where they stand as they came.
    numbers (N, D): the table itself, where numbers may differ and have one code; otherwise (0, D).
    category (D,) bool, size (D,): how many categories there are, 0 for numbers.
    filled: as in Table.
    present: no cell is missing.  movable: rows of by_row can be moved about by themselves, as they end in their own
    number, and in nothing but zeros up to a multiple of ROW_CELLS; see _row_kernels.py.
    """

    by_row: Array
    by_column: Array
    order: Array
    filled: Array
    numbers: Array
    size: Array
    category: Array
    present: bool
    movable: bool


class MixedColumns(Columns):
    """Columns of which some are categories; as MixedTable."""

    __slots__ = ()


class ByteColumns(Columns):
    """Columns of bytes whose rows are counted, see _block_kernels.py."""

    __slots__ = ()


class TakesCategories(Estimator):
    """An estimator whose tables may hold text and categories beside numbers, and cells without a value.

    A column of a frame that is text or categorical is learned as the sorted list of its distinct values; what was not
    there at fit is later taken as missing.
    """

    categories_: list[Any]
    """For each column: its categories (sorted, text), or None for numbers."""

    def _column_names(self) -> list[str]:
        noted = vars(self).get("feature_names_in_")
        return [f"x{f}" for f in range(self.n_features_in_)] if noted is None else [str(name) for name in noted]

    def _fit_mixed(self, X: Any) -> Array:
        """X as numbers (N, D), categories by their place in the list, NaN where missing; notes what it saw."""
        if not (texts := _text_columns(X, type(self).__name__)):
            table = self._fit_table(X).astype(np.float64, copy=False)
            self.categories_ = [None] * table.shape[1]
            return table
        frame = read_frame(X, where=type(self).__name__)
        self.categories_ = [_categories(frame.get_column(name)) if name in texts else None for name in frame.columns]
        table, names = _encode(frame, self.categories_, type(self).__name__)
        check_finite(table, names, where=type(self).__name__, missing=True)
        self.n_features_in_, self.feature_names_in_ = table.shape[1], names
        return table

    def _fit_cells(self, X: Any) -> Array:
        """X as `_fit_mixed` gives it, or as uint8 where all its cells are 0, 1, ... or 255.

        Whoever has seen that has seen that they are finite.  Bins are made of float64.
        """
        where = type(self).__name__
        if vars(self).get("max_bins") is not None or _text_columns(X, where):
            return self._fit_mixed(X)
        table, names = (X, None) if _are_bytes(X) else read_table(X, where=where)
        small = as_bytes(table)
        if small is None:
            check_finite(table, names, where=where, missing=True)
            table = table.astype(np.float64, copy=False)
        self.n_features_in_, self.categories_ = table.shape[1], [None] * table.shape[1]
        if names is not None:
            self.feature_names_in_ = names
        return table if small is None else small

    def _mixed(self, X: Any) -> Array:
        """X as at fit, in the columns fit saw; a category fit did not see is missing; X may be sparse."""
        table, check = self._cells(X)
        check()
        return table.astype(np.float64, copy=False)

    def _cells(self, X: Any) -> tuple[Array, Callable[[], None]]:
        """X as `_mixed` gives it, or as it is where trees can walk by that; and what refuses infinite cells.

        Whoever looks at all cells anyway calls the second only if there are such.
        """
        if hasattr(X, "toarray"):
            X = X.toarray()  # a tree asks for single cells, and row by row most of them
        where = type(self).__name__
        if all(known is None for known in self.categories_):
            table, names = X, None
            if not is_array(X, self.n_features_in_, CELLS):
                table, names = read_table(X, where=where)
                check_columns(table, names, self.n_features_in_, vars(self).get("feature_names_in_"), where=where)
            return table, partial(check_finite, table, names, where=where, missing=True)
        if not is_frame(X):
            told = [
                name for name, known in zip(self.feature_names_in_, self.categories_, strict=True) if known is not None
            ]
            raise DataError(
                f"{where}: X is {type(X).__name__}, and fit saw a frame with the categories {', '.join(told[:5])}; "
                "give a frame with the same columns."
            )
        frame = read_frame(X, where=where)
        seen = np.array(frame.columns, dtype=object)
        check_columns(np.empty((0, len(seen))), seen, self.n_features_in_, self.feature_names_in_, where=where)
        table, names = _encode(frame, self.categories_, where)
        return table, partial(check_finite, table, names, where=where, missing=True)


def code_table(table: Array, categories: list[Any] | None = None) -> Coded:
    """The codes of a table, see Table.   table (N, D), NaN where missing

    >>> code_table(np.array([[5.0], [7.0], [np.nan], [5.0]])).table.codes.tolist()
    [[0, 1, 4294967295, 0]]
    """
    n_rows, n_features = table.shape
    size = np.array([0 if known is None else len(known) for known in categories or [None] * n_features])
    if not size.any() and (small := as_bytes(table)) is not None:
        same = np.broadcast_to(np.arange(256.0), (n_features, 256))
        return Coded(Table(_turned(small), small, filled_bits(small), size, size > 0, MISSING), same, same)
    codes = np.empty((n_features, n_rows), np.uint32)
    for f in range(n_features):
        if categories is not None and categories[f] is not None:
            codes[f] = np.where(np.isnan(table[:, f]), float(MISSING), table[:, f])
        else:
            rank(table[:, f], codes[f])
    by_row = np.empty((0, n_features), np.uint32)
    kind = MixedTable if size.any() else Table
    return Coded(kind(codes, by_row, NO_BITS, size, size > 0, MISSING), table.T, table.T)


def lay_columns(table: Array, categories: list[Any] | None = None, labels: Array | None = None) -> Columns:
    """A table (N, D), NaN where missing, its rows and its columns each in one piece.

    labels (N,): class numbers, in the order of which rows of bytes are laid.

    >>> lay_columns(np.array([[5.0, 1.0], [7.0, 0.0]]), [None, np.array(["a", "b"])]).size.tolist()
    [0, 2]
    """
    n_rows, n_features = table.shape
    size = np.array([0 if known is None else len(known) for known in categories or [None] * n_features])
    cells, numbers, present, movable = as_bytes(table), np.empty((0, n_features)), True, False
    order = np.empty(0, np.int64)
    if cells is not None:
        if labels is not None:
            order = np.argsort(labels.astype(np.min_scalar_type(labels.max())), kind="stable")  # small ones by digits
            cells = cells.take(order, axis=0)
        columns = _turned(cells, LINE)
    else:
        from pellucid.tree._bundles import Held
        from pellucid.tree._lay_kernels import Laid, lay_codes

        movable = n_features < NARROW and not size.any()
        width = -(-(n_features + 1) // ROW_CELLS) * ROW_CELLS if movable else n_features
        cells = empty_on_line((n_rows, width), np.int32)  # a row of 96 bytes lies on 2 lines of the cache, never on 3
        columns = np.empty((n_features, n_rows), np.int32)
        table = np.ascontiguousarray(table)
        exact, present = lay_codes(Held(Laid(table, cells, columns)))
        if not exact:
            numbers = table
        for f in np.flatnonzero(size):
            known = ~np.isnan(table[:, f])
            cells[known, f] = columns[f, known] = table[known, f]
        movable = movable and present and (exact or _told_apart(table))
    kind = MixedColumns if size.any() else Columns
    return kind(cells, columns, order, filled_bits(cells), numbers, size, size > 0, present, movable)


def _told_apart(table: Array) -> bool:
    """Whether codes tell apart what numbers do, but for one pair of neighbours in a hundred: in each column of a sample
    of the rows, as timestamps may have a thousand values to a float32."""
    sample = np.sort(table[:: max(1, len(table) // SAMPLE_ROWS)], axis=0)
    codes = codes_of(sample)
    differ, same = sample[1:] > sample[:-1], codes[1:] == codes[:-1]
    return bool(((differ & same).sum(axis=0) * 100 <= differ.sum(axis=0)).all())


def codes_of(numbers: Array) -> Array:
    """For each float64 the place, in the order of all float32, of the largest that is not above it; NO_VALUE for NaN.

    Of two numbers that with the higher code is the larger.

    >>> codes_of(np.array([-1e-300, 0.0, 1e-300, -0.0, np.nan])).tolist()
    [-2, 0, 0, 0, 2147483647]
    """
    numbers = numbers + 0.0  # -0.0 would have a place of its own
    with np.errstate(over="ignore", under="ignore"):
        near = numbers.astype(np.float32)
    bits = near.view(np.int32)
    codes = bits ^ ((bits >> 31) & np.int32(NO_VALUE))
    codes -= near > numbers
    codes[np.isnan(near)] = NO_VALUE
    return codes


def as_bytes(table: Array) -> Array | None:
    """The same numbers as uint8, an eighth of the memory; None where some are none of 0, 1, ..., 255.

    >>> as_bytes(np.array([[3.0, 255.0]])).dtype.name, as_bytes(np.array([[0.5]])), as_bytes(np.array([[np.nan]]))
    ('uint8', None, None)
    """
    if table.dtype == np.uint8:
        return np.ascontiguousarray(table)
    from pellucid.tree._cell_kernels import to_bytes

    out, rows = np.empty(table.shape, np.uint8), max(1, BLOCK_CELLS // table.shape[1])
    for begin in range(0, len(table), rows):
        block = np.ascontiguousarray(table[begin : begin + rows])
        if not to_bytes(block.ravel(), out[begin : begin + rows].ravel()):
            return None
    return out


def filled_bits(cells: Array) -> Array:
    """Which cells are not 0, for tables of bytes that are wide and mostly 0.   (N, D) -> (N, words) uint64, or NO_BITS

    Cell f of a row is bit f % 64 of word f // 64, counted from the lowest.  Features that are 0 in all rows of a node
    are found by few of these words, where they would be 28 cells of each row.
    """
    n_rows, n_features = cells.shape
    if cells.dtype != np.uint8 or n_features < NARROW:
        return NO_BITS
    from pellucid.tree._cell_kernels import note_filled

    filled = np.empty((n_rows, -(-n_features // 64)), np.uint64)
    return filled if 2 * note_filled(cells.ravel(), n_features, filled) <= cells.size else NO_BITS


def _turned(rows: Array, whole: int = 1) -> Array:
    """uint8 (N, D) -> (D, N), N up to a multiple of `whole`."""
    from pellucid.tree._cell_kernels import turn_bytes

    columns = empty_on_line((rows.shape[1], -(-len(rows) // whole) * whole), np.uint8)
    turn_bytes(rows, columns, np.empty(len(columns), np.uint64))
    return columns


def _are_bytes(X: Any) -> bool:
    return type(X) is np.ndarray and X.dtype == np.uint8 and X.ndim == 2 and X.size > 0


def _text_columns(X: Any, where: str) -> set[str]:
    """Names of the columns of a frame that hold text or categories; none for what is no frame."""
    if type(X) is np.ndarray or not is_frame(X):
        return set()
    import narwhals as nw

    def is_text(column: Any) -> bool:
        if column.dtype in (nw.Object, nw.Unknown):
            return any(isinstance(cell, str) for cell in column.to_list())
        return column.dtype in (nw.String, nw.Categorical, nw.Enum)

    return {column.name for column in read_frame(X, where=where).iter_columns() if is_text(column)}


def _categories(column: Any) -> Array:
    """The distinct values of a column, as sorted text."""
    return np.array(sorted({str(cell) for cell in column.unique().to_list() if not is_missing(cell)}), dtype=np.str_)


def _encode(frame: Any, categories: list[Any], where: str) -> tuple[Array, Array]:
    """A frame as numbers (N, D), and its column names."""
    names = list(frame.columns)
    table = np.empty((len(frame), len(names)))
    places = [d for d, known in enumerate(categories) if known is None]
    if places:
        table[:, places] = read_table(frame[:, places].to_native(), where=where)[0]
    for d, known in enumerate(categories):
        if known is not None:
            place = {text: float(c) for c, text in enumerate(known.tolist())}
            cells = frame.get_column(names[d]).to_list()
            table[:, d] = [np.nan if is_missing(cell) else place.get(str(cell), np.nan) for cell in cells]
    if len(frame) == 0:
        raise DataError(f"{where}: X has 0 row(s) while a minimum of 1 is required.")
    return table, np.array(names, dtype=object)
