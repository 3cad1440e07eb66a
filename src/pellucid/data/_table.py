"""Tables: named columns of numbers, truths and words, and the account of how they were read.

Here: `Table`, `ReadingReport`, `read_table` (a CSV or Parquet file) and `as_table` (a frame or arrays one holds).
Elsewhere: reading CSV is in `_csv.py`, taking over frames in `_frames.py`, deciding kinds in `_kinds.py`.
Imports: numpy, pellucid.errors; Polars inside the functions.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.data._csv import read_csv
from pellucid.data._files import read_bytes
from pellucid.data._frames import frame_of
from pellucid.data._kinds import MISSING, ColumnKind, ColumnReport, Source, settle
from pellucid.errors import ColumnError, DataError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["ReadingReport", "Table", "as_table", "read_table"]

PARQUET = b"PAR1"  # first and last four bytes of the format


@final
@dataclass(frozen=True)
class ReadingReport:
    """How a table was read: its source, its rows then, remarks on the whole, and one report a column.

    `str` gives it as lines to print.
    """

    source: str
    rows: int
    notes: tuple[str, ...]
    columns: tuple[ColumnReport, ...]

    def __str__(self) -> str:
        head = f"{self.source}: {self.rows} rows, {len(self.columns)} columns"
        return "\n".join([head, *(f"  {line}" for line in (*self.notes, *map(str, self.columns)))])


@final
@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of equal length, each a number, a boolean or a category; made by `read_table` and `as_table`.

    frame: the Polars frame behind it, with Float64, Boolean and String columns and null for a missing cell.
    report: how the columns were read; it stays that of the whole source when rows are taken.

    >>> table = as_table({"size": [1.0, None, 3.0], "colour": ["red", "blue", None]})
    >>> table
    Table(3 rows; size number, colour category)
    >>> table.column("size"), table.column("colour")
    (array([ 1., nan,  3.]), array(['red', 'blue', None], dtype=object))
    """

    frame: pl.DataFrame
    report: ReadingReport

    def __len__(self) -> int:
        return self.frame.height

    def __repr__(self) -> str:
        return f"Table({len(self)} rows; {', '.join(f'{name} {kind}' for name, kind in self.kinds.items())})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self.frame.columns)

    @property
    def kinds(self) -> dict[str, ColumnKind]:
        """Name -> "number", "boolean" or "category", in the order of the columns."""
        return {column.name: column.kind for column in self.report.columns}

    def column(self, name: str) -> NDArray[Any]:
        """One column as a new array (N,).

        Numbers: float64, missing NaN.  Categories: object, str or None.  Booleans: bool, or object with None where some
        are missing.  Raises ColumnError, with the closest names, for a name the table does not have.
        """
        self._known([name])
        return self.frame[name].to_numpy(writable=True)

    def select(self, names: str | Iterable[str]) -> Table:
        """The table of these columns, in this order; ColumnError for a name it does not have."""
        wanted = self._known([names] if isinstance(names, str) else names)
        reports = {column.name: column for column in self.report.columns}
        report = replace(self.report, columns=tuple(reports[name] for name in wanted))
        return Table(self.frame.select(wanted), report)

    def drop(self, names: str | Iterable[str]) -> Table:
        """The table without these columns; ColumnError for a name it does not have."""
        unwanted = set(self._known([names] if isinstance(names, str) else names))
        return self.select([name for name in self.columns if name not in unwanted])

    def take(self, rows: ArrayLike) -> Table:
        """The table of these rows, by number (negative ones count from the end) or by a mask of length N.

        Raises DataError for a number outside the table or a mask of another length.

        >>> as_table({"x": [5.0, 6.0, 7.0]}).take([2, 0]).column("x")
        array([7., 5.])
        """
        chosen = np.asarray(rows)
        if chosen.dtype == bool and chosen.shape == (len(self),):
            chosen = np.flatnonzero(chosen)
        elif chosen.size == 0:
            chosen = np.empty(0, np.int64)
        if chosen.ndim != 1 or not np.issubdtype(chosen.dtype, np.integer):
            raise DataError(
                f"take: rows is {chosen.dtype} {chosen.shape}; give row numbers (M,), or a mask ({len(self)},)."
            )
        outside = chosen[(chosen < -len(self)) | (chosen >= len(self))]
        if len(outside):
            raise DataError(f"take: row {outside[0]} is outside a table of {len(self)} rows.")
        return Table(self.frame[np.where(chosen < 0, chosen + len(self), chosen)], self.report)

    def _known(self, names: Iterable[str]) -> list[str]:
        names = list(names)
        for name in names:
            if name not in self.frame.columns:
                raise ColumnError(unknown_column(name, self.columns, self.report.source))
        return names


def unknown_column(name: str, columns: Sequence[str], source: str) -> str:
    """The sentence for a column that is not there, with the closest ones that are."""
    lower = {column.lower(): column for column in columns}
    near = [lower[match] for match in difflib.get_close_matches(str(name).lower(), lower, n=3)]
    hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"It has {', '.join(map(repr, columns))}."
    return f"{source} has no column {name!r}. {hint}"


def read_table(
    path: str | Path,
    *,
    separator: str | None = None,
    missing: Sequence[str] = MISSING,
    kinds: Mapping[str, ColumnKind] | None = None,
) -> Table:
    """The table in a CSV (UTF-8, header first) or Parquet file, with the report of its reading.

    `separator` None: guessed among comma, tab, semicolon and bar.  `missing`: the words that mean a missing cell, as an
    empty one always does.  `kinds` fixes the kind of some columns (those the file lacks are ignored), so that a file to
    predict is read as the one that was learned from.  With a separator other than the comma, 3,14 is a number.
    Raises DataError, saying where, what and what to do, for anything that is not such a file.

    >>> from pellucid.datasets import path
    >>> read_table(path("diabetes")).select(["age", "bmi", "progression"])
    Table(442 rows; age number, bmi number, progression number)
    """
    path = Path(path)
    raw = read_bytes(path, "a CSV or Parquet table")
    if raw.startswith(PARQUET):
        frame = _read_parquet(raw, path)
        return _settled(frame, Source(str(path), _row_number, False, tuple(missing)), (), kinds)
    if path.suffix.lower() == ".npz":
        raise DataError(f"{path} is an archive of arrays, not a table. Images are read by pellucid.data.read_images.")
    text = read_csv(raw, path, separator)
    source = Source(
        str(path), lambda row: f"line {text.line(row)}", True, tuple(missing), decimal_comma=text.separator != ","
    )
    return _settled(text.frame, source, text.notes, kinds)


def as_table(data: Any, *, missing: Sequence[str] = MISSING, kinds: Mapping[str, ColumnKind] | None = None) -> Table:
    """A table of what one already holds: a pandas, Polars or Arrow frame, a dict of arrays (N,), or a Table (as it is).

    Types are believed: text stays text even where it looks like numbers.  `missing` and `kinds` as in `read_table`.
    Raises DataError for columns of different lengths, with two axes, or of other things than numbers, truths and text.

    >>> as_table({"x": np.arange(3), "known": [True, None, False], "word": ["a", "?", "b"]}).report.columns[2].missing
    {'?': 1}
    """
    if isinstance(data, Table):
        return data
    return _settled(frame_of(data), Source("the frame", _row_number, False, tuple(missing)), (), kinds)


def _settled(
    frame: pl.DataFrame, source: Source, notes: tuple[str, ...], kinds: Mapping[str, ColumnKind] | None
) -> Table:
    import polars as pl

    fixed = kinds or {}
    pairs = [settle(series, source, fixed.get(series.name)) for series in frame.get_columns()]
    report = ReadingReport(source.name, frame.height, notes, tuple(column for _, column in pairs))
    return Table(pl.DataFrame([series for series, _ in pairs]), report)


def _row_number(row: int) -> str:
    return f"row {row}"


def _read_parquet(raw: bytes, path: Path) -> pl.DataFrame:
    import polars as pl

    try:
        frame = pl.read_parquet(raw)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(
            f"{path} is a damaged Parquet file: {error}. Was its transfer cut off? Fetch it again."
        ) from error
    if frame.width == 0 or frame.height == 0:
        raise DataError(f"{path} has {frame.width} columns and {frame.height} rows; at least one of each was expected.")
    return frame
