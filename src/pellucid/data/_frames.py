"""Frames and arrays people already hold, as one Polars frame with plain types.

Here: `frame_of`, for pandas, Polars and Arrow frames (by way of Narwhals) and for dicts of arrays.
Elsewhere: what kind each column then is, is decided in `_kinds.py`.
Imports: numpy, pellucid.errors, pellucid.base; Polars and Narwhals inside the functions.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.base import is_missing
from pellucid.errors import DataError

if TYPE_CHECKING:
    import polars as pl

SHOWN_LENGTHS = 5


def frame_of(data: Any) -> pl.DataFrame:
    """The same columns as a Polars frame; a Polars frame is taken as it is.

    Raises DataError for what is no table, for columns that differ in length or mix types, and for equal names.
    """
    import polars as pl

    if isinstance(data, pl.DataFrame):
        frame = data
    else:
        named = list(data.items()) if isinstance(data, Mapping) else _arrays_of_frame(data)
        columns = [_series(str(name), values) for name, values in named]
        _check_fit(columns)
        frame = pl.DataFrame(columns)
    if frame.width == 0:
        raise DataError("as_table: there are no columns. Give at least one.")
    return frame


def _arrays_of_frame(data: Any) -> list[tuple[Any, NDArray[Any]]]:
    import narwhals as nw

    try:
        frame = nw.from_native(data, eager_only=True)
    except (TypeError, ValueError) as error:  # ValueError: equal names
        raise DataError(
            f"as_table: {type(data).__name__} cannot be used as a table: {error}. Give a pandas, Polars or Arrow frame "
            "with different column names, or a dict of arrays."
        ) from error
    return [(column.name, column.to_numpy()) for column in frame.iter_columns()]


def _check_fit(columns: Sequence[pl.Series]) -> None:
    """DataError for equal names (1 and "1" are equal as text) and for unequal lengths."""
    lengths = {column.name: column.len() for column in columns}
    if len(lengths) < len(columns):
        raise DataError("as_table: two columns have the same name as text. Give each its own name.")
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name!r} {length}" for name, length in list(lengths.items())[:SHOWN_LENGTHS])
        raise DataError(f"as_table: columns differ in length: {shown}. Give each the same number of rows.")


def _series(name: str, values: Any) -> pl.Series:
    """One column (N,) of numbers, truths, text or times; DataError for anything else."""
    import polars as pl

    if isinstance(values, str | bytes | Mapping) or not hasattr(values, "__len__"):
        raise DataError(
            f"as_table: column {name!r} is a {type(values).__name__}; give an array or list, one value a row."
        )
    if isinstance(values, np.ma.MaskedArray) or not hasattr(values, "__array__"):
        return series_of_cells(name, list(values.tolist() if isinstance(values, np.ma.MaskedArray) else values))
    array = np.asarray(values)
    if array.ndim != 1:
        raise DataError(f"as_table: column {name!r} has shape {array.shape}; a column has one axis. Split it up.")
    if array.dtype.kind in "biufU":
        native = array.astype(array.dtype.newbyteorder("="), copy=False)
        wide = native.dtype.kind == "f" and native.dtype.itemsize > 8  # long double, which Polars has not
        return pl.Series(name, np.ascontiguousarray(native.astype(np.float64) if wide else native))
    if array.dtype.kind in "Mm":
        return pl.Series(name, array.astype(f"{array.dtype.kind}8[us]"))
    return series_of_cells(name, array.tolist())


def series_of_cells(
    name: str, cells: Sequence[Any], source: str = "as_table", where: Callable[[int], str] = "row {}".format
) -> pl.Series:
    """A column of Python objects, all of one sort beside the missing ones (None, NaN, NaT, NA).

    Raises DataError, with the source, the column and the places of the first cells, for other columns.
    """
    import polars as pl

    plain = [None if is_missing(cell) else cell for cell in cells]
    first_of: dict[str, int] = {}
    count_of: Counter[str] = Counter()
    for row, cell in enumerate(plain):
        if cell is not None:
            sort = _sort(cell)
            first_of.setdefault(sort, row)
            count_of[sort] += 1
    if len(first_of) > 1:
        found = ", ".join(f"{sort} (first in {where(row)}, {count_of[sort]} in all)" for sort, row in first_of.items())
        raise DataError(f"{source}: column {name!r} mixes {found}. Turn it into one sort first.")
    sort = next(iter(first_of), "number")
    if sort == "truth":
        return pl.Series(name, [None if cell is None else bool(cell) for cell in plain], dtype=pl.Boolean)
    if sort == "number" and all(cell is None or type(cell) is int and abs(cell) < 2**63 for cell in plain):
        return pl.Series(name, plain, dtype=pl.Int64)  # whether float64 holds them is counted when they are settled
    if sort == "number":
        return pl.Series(name, [None if cell is None else _float(cell) for cell in plain], dtype=pl.Float64)
    if sort == "text":
        return _series_of_words(name, plain, source, where)
    if sort in ("time", "duration"):
        return pl.Series(name, plain)
    raise DataError(
        f"{source}: column {name!r} holds {sort} (first in {where(first_of[sort])}); a column must hold numbers, "
        "truths, text or times. Drop it, or turn it into such columns first."
    )


def _series_of_words(name: str, cells: Sequence[Any], source: str, where: Callable[[int], str]) -> pl.Series:
    import polars as pl

    try:
        return pl.Series(name, [None if cell is None else str(cell) for cell in cells], dtype=pl.String)
    except UnicodeEncodeError as error:
        row = next(row for row, cell in enumerate(cells) if cell is not None and _is_halved(str(cell)))
        raise DataError(
            f"{source}: column {name!r} holds half a surrogate pair (first in {where(row)}), which no text has. "
            "Decode it again from its source."
        ) from error


def _is_halved(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _float(number: Any) -> float:
    """The nearest float64; a whole number beyond its range is infinite, as 1e400 is in a file."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _sort(cell: object) -> str:
    """number, truth, text, time, duration, or the name of the type."""
    if isinstance(cell, bool | np.bool_):
        return "truth"
    if isinstance(cell, int | float | np.integer | np.floating):
        return "number"
    if isinstance(cell, str):
        return "text"
    if isinstance(cell, date):
        return "time"
    if isinstance(cell, timedelta):
        return "duration"
    return type(cell).__name__
