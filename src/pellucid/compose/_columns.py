"""Columns of a table by name, number, slice or mask, whatever holds the table.

Here: `Columns`, X as something columns are taken from; `places_of`, what a choice of columns means.
Elsewhere: choosing by dtype is in _selector.py.
Imports: numpy, pellucid.base and pellucid.errors; Narwhals inside the functions that meet frames.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from numbers import Integral
from typing import Any, final

import numpy as np

from pellucid.base import check_table, is_frame, read_frame
from pellucid.errors import ColumnError, DataError, ParameterError

_SHOWN = 10  # columns listed in an error before the rest is counted


@final
class Columns:
    """X (N, D), a frame, an array, a sparse matrix or a list of rows, as something columns are taken from.

    names: of all columns, where X is a frame whose names are text, else None.
    Raises DataError for what is no table, for a lazy frame, for a name used twice and for no rows or columns.

    >>> columns = Columns([["a", 1.5], ["b", 2.5]], where="doctest")
    >>> columns.n_rows, columns.take([1]).tolist(), columns.take([0], one=True).tolist()
    (2, [[1.5], [2.5]], ['a', 'b'])
    """

    def __init__(self, X: Any, *, where: str) -> None:
        self.names: list[str] | None = None
        self._frame = read_frame(X, where=where) if is_frame(X) else None
        if self._frame is not None:
            shape, names = self._frame.shape, self._frame.columns
            if all(isinstance(name, str) for name in names):
                self.names = names
        else:
            self._array = _as_array(X, where)
            shape = self._array.shape
        self.n_rows, self.n_columns = shape
        for count, what in zip(shape, ("row", "feature"), strict=True):
            if count == 0:
                raise DataError(f"{where}: X has 0 {what}(s) (shape={shape}) while a minimum of 1 is required.")

    @contextmanager
    def counted(self, places: Sequence[int]) -> Iterator[None]:
        """Mistakes found in the columns at `places` say which numbers these have in X, where they have no names."""
        try:
            yield
        except DataError as error:
            if self.names is None and list(places) != list(range(len(places))):
                shown = ", ".join(map(str, places[:_SHOWN])) + (", ..." if len(places) > _SHOWN else "")
                count = f"Counted from 0, these columns are {shown} of the whole table."
                error.args = (f"{error} {count}", *error.args[1:])
            raise

    def take(self, places: Sequence[int], *, one: bool = False) -> Any:
        """The columns at `places`, in the kind of table that X is; with `one`, the only one of them as (N,)."""
        if self._frame is not None:
            part = self._frame.get_column(self._frame.columns[places[0]]) if one else self._frame[:, list(places)]
            return part.to_native()
        if hasattr(self._array, "tocsr"):
            return self._array.tocsr()[:, list(places)]
        if one:
            return self._array[:, places[0]]
        return np.take(self._array, places, axis=1)  # row by row in memory, as X; an index would turn it


def _as_array(X: Any, where: str) -> Any:
    if hasattr(X, "tocsr"):
        return X
    array = X if isinstance(X, np.ndarray) else np.asarray(X) if hasattr(X, "dtype") else _rows(X, where)
    if array.ndim != 2:
        check_table(array, where=where)  # says how many axes there are, and what to do
    return array


def _rows(X: Any, where: str) -> Any:
    """A list of rows; with text among them cells stay what they are, where NumPy would make text of numbers."""
    try:
        array = np.asarray(X)
    except ValueError:
        check_table(X, where=where)  # says which lengths the rows have
        raise
    return np.array(X, dtype=object) if array.dtype.kind in "US" else array


def is_one(columns: Any) -> bool:
    """Whether a choice is a bare name or number, which gives one column (N,) and no table.

    >>> is_one("age"), is_one(["age"]), is_one(True)
    (True, False, False)
    """
    return isinstance(columns, str) or (isinstance(columns, Integral) and not isinstance(columns, bool | np.bool_))


def places_of(columns: Any, names: Sequence[str] | None, n_columns: int, *, where: str) -> list[int]:
    """The numbers of the chosen columns, each within 0 to n_columns - 1.

    columns: a name, a number (from the end if negative), a list of either, a slice of either (by names with its end
    included), or a mask of n_columns truths.
    Raises ColumnError for a column that is not there, with the closest one, ParameterError for other choices.

    >>> names = ["age", "job", "pay"]
    >>> [places_of(chosen, names, 3, where="doctest") for chosen in ("pay", [-1, 0], slice("age", "job"))]
    [[2], [2, 0], [0, 1]]
    """
    if is_one(columns):
        return [_place(columns, names, n_columns, where)]
    if isinstance(columns, slice):
        return _places_of_slice(columns, names, n_columns, where)
    chosen = columns.tolist() if hasattr(columns, "tolist") else list(columns) if np.iterable(columns) else [columns]
    if chosen and all(isinstance(item, bool | np.bool_) for item in chosen):
        if len(chosen) != n_columns:
            raise ColumnError(f"{where}: the mask has {len(chosen)} entries and X {n_columns} columns; give one each.")
        return [place for place, lit in enumerate(chosen) if lit]
    kinds = {isinstance(item, str) for item in chosen}
    if not all(map(is_one, chosen)) or len(kinds) > 1:
        raise ParameterError(
            f"{where}: the columns are {columns!r}; they must be all names, all numbers, a mask, a slice or a function."
        )
    return [_place(item, names, n_columns, where) for item in chosen]


def _places_of_slice(columns: slice, names: Sequence[str] | None, n_columns: int, where: str) -> list[int]:
    start, stop = columns.start, columns.stop
    if isinstance(start, str) or isinstance(stop, str):
        start = None if start is None else _place(start, names, n_columns, where)
        stop = None if stop is None else _place(stop, names, n_columns, where) + 1
    return list(range(n_columns)[slice(start, stop, columns.step)])


def _place(column: Any, names: Sequence[str] | None, n_columns: int, where: str) -> int:
    if not isinstance(column, str):
        if not -n_columns <= column < n_columns:
            raise ColumnError(f"{where}: there is no column {column}; X has {n_columns}, numbered from 0.")
        return int(column) % n_columns
    if names is None:
        raise ColumnError(
            f"{where}: there is no column {column!r}, because X has no names. Specifying the columns using strings is "
            "only supported for dataframes; give a frame, or numbers of columns."
        )
    if column not in names:
        raise ColumnError(f"{where}: there is no column {column!r}.{closest(column, names)}")
    return names.index(column) if isinstance(names, list) else list(names).index(column)


def closest(column: str, names: Sequence[str]) -> str:
    """What to do about a column that is not there: the closest name, or all of them.

    >>> closest("agee", ["age", "job"])
    " Did you mean 'age'?"
    """
    by_case = {name.casefold(): name for name in names}
    near = get_close_matches(column.casefold(), by_case, n=1)
    if near:
        return f" Did you mean {by_case[near[0]]!r}?"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f" X has {', '.join(map(repr, names[:_SHOWN]))}{more}."
