"""Tables larger than memory, in batches.

Here: `scan_table` and `TableScan`, which surveys the files once for the kind of each column and then hands out rows.
Elsewhere: tables that fit are read by `read_table` (`_reading.py`), by the same rules; blocks are cut in `_pieces.py`.
Imports: pellucid.errors; Polars inside the functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, final

from pellucid.data._files import STDIN
from pellucid.data._kinds import ColumnReport, settle, text_report
from pellucid.data._pieces import Form, Piece, pieces_of
from pellucid.data._reading import source_of
from pellucid.data._readings import ColumnKind, Reading
from pellucid.data._table import ReadingReport, Table
from pellucid.data._tally import MISSING, Source, Tally, words_of
from pellucid.errors import DataError, ParameterError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["TableScan", "scan_table"]

BLOCK_BYTES = 1 << 23  # 8 MiB of text at once; with its columns and their words about ten times that in memory


def scan_table(
    path: str | Path,
    *,
    rows: int = 65536,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    missing: Sequence[str] = MISSING,
    kinds: Mapping[str, ColumnKind] | None = None,
    unpacked: int | None = None,
) -> TableScan:
    """A table that need not fit into memory: each `iter` gives it anew, in tables of `rows` rows.

    The options are those of `read_table`, and so are kinds, cells and errors: the files are gone through once, when
    the report or the first batch is asked for, to settle what each column is.  With `kinds` for every column that pass
    is left out; only so can standard input be read, which comes once.
    A Parquet or Arrow file is read slice by slice, and `unpacked` is for each of its groups of rows; one that is within
    another packing, or streamed, is held whole.
    Raises ParameterError for `rows` below 1, DataError as `read_table` does.

    >>> from pellucid.datasets import path
    >>> scan = scan_table(path("diabetes"), rows=200)
    >>> [len(batch) for batch in scan], scan.kinds["bmi"]
    ([200, 200, 42], 'number')
    """
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise ParameterError(f"scan_table: rows is {rows!r}; it must be a whole number >= 1.")
    form = Form(separator, decimal, encoding, BLOCK_BYTES, unpacked=unpacked)
    return TableScan(path, form, rows, tuple(missing), dict(kinds or {}))


@final
class TableScan:
    """The batches of a table, made by `scan_table`; what it holds in memory does not grow with the files.

    >>> from pellucid.datasets import path
    >>> scan_table(path("iris"), rows=100).report.rows
    150
    """

    def __init__(
        self, path: str | Path, form: Form, rows: int, missing: tuple[str, ...], kinds: dict[str, ColumnKind]
    ) -> None:
        self.path, self.rows = path, rows
        self._form, self._missing, self._wanted = form, missing, kinds

    @property
    def report(self) -> ReadingReport:
        """How the whole table is read."""
        return self._survey[0]

    @property
    def kinds(self) -> dict[str, ColumnKind]:
        """Name -> "number", "boolean" or "category", in the order of the columns."""
        return {column.name: column.kind for column in self.report.columns}

    def __iter__(self) -> Iterator[Table]:
        import polars as pl

        waiting, height = [], 0
        for piece in pieces_of(self.path, self._form):
            table = self._settled(piece)
            waiting.append(table.frame)
            height += len(table)
            if height >= self.rows:
                frame = pl.concat(waiting)
                for start in range(0, height - self.rows + 1, self.rows):
                    yield Table(frame.slice(start, self.rows), table.report)
                waiting = [frame.slice(height - height % self.rows)]
                height %= self.rows
        if height:
            yield Table(pl.concat(waiting), table.report)

    def _settled(self, piece: Piece) -> Table:
        """A piece with the kinds that were asked for, or else with those of the whole table."""
        import polars as pl

        source = source_of(self.path, piece, 1, self._missing)
        if all(name in self._wanted for name in piece.frame.columns):
            pairs = [settle(series, source, self._wanted[series.name]) for series in piece.frame]
            report = ReadingReport(source.name, piece.frame.height, piece.notes, tuple(pair[1] for pair in pairs))
            return Table(pl.DataFrame([series for series, _ in pairs]), report)
        report, readings = self._survey
        columns = []
        for column in report.columns:
            if column.name not in piece.frame.columns:  # an object of JSON Lines may lack a name
                columns.append(settle(pl.Series(column.name, [None] * piece.frame.height), source, column.kind)[0])
            elif column.name in readings:
                columns.append(self._read(piece, column.name, readings[column.name]))
            else:
                columns.append(settle(piece.frame[column.name], source, column.kind)[0])
        return Table(pl.DataFrame(columns), report)

    def _read(self, piece: Piece, name: str, reading: Reading | None) -> pl.Series:
        words = words_of(piece.frame[name], self._missing)
        if reading is None:
            return words
        values, stray = reading.read(words)
        if stray.any():
            raise DataError(
                f"{piece.file}: column {name!r} held {reading.plural} when the file was first gone through, but does "
                f"not at {piece.where(int(stray.arg_true()[0]))} now. Do not change files while they are read."
            )
        return values

    @cached_property
    def _survey(self) -> tuple[ReadingReport, dict[str, Reading | None]]:
        """The report on the whole table, and the reading of each text column."""
        if Path(self.path) == STDIN:
            raise DataError(
                "scan_table: standard input comes once, so that its columns cannot be settled first. Give the kinds of "
                "all columns, or save it to a file."
            )
        survey = _Survey(self._wanted)
        for piece in pieces_of(self.path, self._form):
            survey.add(piece, source_of(self.path, piece, 1, self._missing))
        return survey.result(self.path)


@final
class _Survey:
    """What a first pass learns: for each column a `Tally`, or, where cells come typed, the report so far."""

    def __init__(self, wanted: Mapping[str, ColumnKind]) -> None:
        self.wanted = wanted
        self.columns: dict[str, Tally | ColumnReport] = {}
        self.rows, self.blank = 0, 0
        self.notes: dict[str, None] = {}
        self.files: dict[str, None] = {}

    def add(self, piece: Piece, source: Source) -> None:
        """Count one more piece."""
        import polars as pl

        for series in piece.frame:
            if isinstance(series.dtype, pl.String | pl.Categorical | pl.Enum):
                self._tally(series.name, source, piece).add(series.cast(pl.String), piece.where)
            else:
                self._add_typed(settle(series, source, self.wanted.get(series.name))[1], piece)
        for name in self.columns.keys() - set(piece.frame.columns):
            self._add_typed(ColumnReport(name, "number", "", {"null": piece.frame.height}), piece)
        self.rows += piece.frame.height
        self.blank += piece.blank
        self.notes |= dict.fromkeys(piece.notes)
        self.files[piece.file] = None

    def result(self, path: str | Path) -> tuple[ReadingReport, dict[str, Reading | None]]:
        """The report on all pieces, and the reading of each text column."""
        readings = {name: column.reading() for name, column in self.columns.items() if isinstance(column, Tally)}
        reports = [
            text_report(column, readings[name]) if isinstance(column, Tally) else column
            for name, column in self.columns.items()
        ]
        notes = (*self.notes, f"{self.blank} blank lines were skipped") if self.blank else tuple(self.notes)
        file = next(iter(self.files)) if len(self.files) == 1 else f"{path} ({len(self.files)} files)"
        return ReadingReport(file, self.rows, notes, tuple(reports)), readings

    def _tally(self, name: str, source: Source, piece: Piece) -> Tally:
        column = self.columns.get(name)
        if isinstance(column, Tally):
            return column
        tally = Tally(name, source, self.wanted.get(name))
        if column is not None and sum(column.missing.values()) < self.rows:
            raise DataError(_two_sorts(piece, name, "category", column.kind))
        if self.rows:  # before, it held no cell
            tally.rows, tally.missing["null"] = self.rows, self.rows
        self.columns[name] = tally
        return tally

    def _add_typed(self, report: ColumnReport, piece: Piece) -> None:
        column, void = self.columns.get(report.name), sum(report.missing.values()) == piece.frame.height
        if isinstance(column, Tally):
            if not void:
                raise DataError(_two_sorts(piece, report.name, report.kind, "category"))
            column.rows += piece.frame.height
            column.missing["null"] += piece.frame.height
            return
        if column is None:
            column = replace(report, missing={"null": self.rows} if self.rows else {}, coercions={})
        void_before = sum(column.missing.values()) == self.rows
        if not void and not void_before and report.kind != column.kind:
            raise DataError(_two_sorts(piece, report.name, report.kind, column.kind))
        told = column if void else report
        missing = dict(Counter(column.missing) + Counter(report.missing))
        coercions = dict(Counter(column.coercions) + Counter(report.coercions))
        self.columns[report.name] = replace(told, why=column.why, missing=missing, coercions=coercions)


def _two_sorts(piece: Piece, name: str, now: ColumnKind, before: ColumnKind) -> str:
    return (
        f"{piece.file}: column {name!r} is a {now} from {piece.begin} on, but a {before} before. Rows that are read "
        "together must have the same sort; turn one into the other first."
    )
