"""Tables: named columns of numbers, truths and words, and the account of how they were read.

Here: `Table`, `ReadingReport`, and `as_table` (a frame or arrays one holds).
Elsewhere: `read_table` is in `_reading.py`, taking over frames in `_frames.py`, deciding kinds in `_kinds.py`.
Imports: numpy, pellucid.errors; Polars inside the functions.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.data._frames import frame_of
from pellucid.data._kinds import ColumnReport, settle_all
from pellucid.data._readings import ColumnKind
from pellucid.data._tally import MISSING, Source
from pellucid.errors import ColumnError, DataError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["ReadingReport", "Table", "as_table"]


@final
@dataclass(frozen=True)
class ReadingReport:
    """How a table was read: its source, its rows then, remarks on the whole, and one report a column.

    `str` gives it as lines to print.

    >>> print(as_table({"size": [1.5, None]}).report)
    the frame: 2 rows, 1 columns
      size: number, of type Float64; 1 missing ('null' x 1)
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

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.frame.columns)  # kept: a table may have 100,000 columns

    def _known(self, names: Iterable[str]) -> list[str]:
        names = list(names)
        for name in names:
            if name not in self._names:
                raise ColumnError(unknown_column(name, self.columns, self.report.source))
        return names


def unknown_column(name: str, columns: Sequence[str], source: str) -> str:
    """The sentence for a column that is not there, with the closest ones that are."""
    lower = {column.lower(): column for column in columns}
    near = [lower[match] for match in difflib.get_close_matches(str(name).lower(), lower, n=3)]
    hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"It has {', '.join(map(repr, columns))}."
    return f"{source} has no column {name!r}. {hint}"


def as_table(data: Any, *, missing: Sequence[str] = MISSING, kinds: Mapping[str, ColumnKind] | None = None) -> Table:
    """A table of what one already holds: a pandas, Polars or Arrow frame, a dict of arrays (N,), or a Table (as it is).

    Types are believed: text stays text even where it looks like numbers.  `missing` and `kinds` as in `read_table`.
    Raises DataError for columns of different lengths, with two axes, or of other things than numbers, truths and text.

    >>> as_table({"x": np.arange(3), "known": [True, None, False], "word": ["a", "?", "b"]}).report.columns[2].missing
    {'?': 1}
    """
    if isinstance(data, Table):
        return data
    return settled(frame_of(data), Source("the frame", row_number, False, tuple(missing)), (), kinds)


def settled(
    frame: pl.DataFrame, source: Source, notes: tuple[str, ...], kinds: Mapping[str, ColumnKind] | None
) -> Table:
    """The table of a frame as it was found, with each column settled: by its kind in `kinds`, or by its cells."""
    import polars as pl

    pairs = settle_all(frame, source, kinds or {})
    report = ReadingReport(source.name, frame.height, notes, tuple(column for _, column in pairs))
    return Table(pl.DataFrame([series for series, _ in pairs]), report)


def row_number(row: int) -> str:
    """Where row `row` of a typed source is found."""
    return f"row {row}"
