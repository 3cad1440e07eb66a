"""CSV files as columns of text, every cell accounted for.

Here: `read_csv`, which finds the separator, reads regular files with Polars and all others row by row, and says in
lines and bytes what is wrong with a file.
Elsewhere: which columns are numbers is decided in `_kinds.py`; whether a file is regular, in `_scan.py`.
Imports: numpy, pellucid.errors; Polars inside the function that reads.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from pellucid.data._scan import scan
from pellucid.errors import DataError, ParameterError

if TYPE_CHECKING:
    import polars as pl

SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}  # a tie goes to the earlier one
SNIFF_BYTES = 1 << 16  # the separator is guessed from the records within the first 64 KiB ...
SNIFF_RECORDS = 50  # ... and at most this many of them
SHOWN_LINES = 3  # faulty lines named in an error; the rest are counted
BLOCK_BYTES = 1 << 22  # UTF-8 is checked 4 MiB at a time, so that no second copy of a big file is made

FOREIGN = {
    b"PK\x03\x04": "a zip archive (an Excel workbook is one); save the sheet as CSV, or unpack the archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV",
    b"\x1f\x8b": "gzip-compressed; unpack it with gunzip",
    b"\x28\xb5\x2f\xfd": "zstd-compressed; unpack it",
    b"BZh91AY&SY": "bzip2-compressed; unpack it",
    b"\x93NUMPY": "a NumPy array; write its columns to a CSV with a header",
    b"SQLite format 3": "an SQLite database; export one table as CSV",
    b"ARROW1\0\0": "an Arrow file; write it as Parquet or CSV",
    b"%PDF-": "a PDF document",
    b"<!DOCTYPE": "a web page; perhaps an error page was saved in place of the file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\xff\xfe": "UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as UTF-8",
}


@final
@dataclass(frozen=True)
class TextTable:
    """A CSV file whose cells are still text.

    frame: one String column a name; starts (rows,): the line each row starts on, None when row r is line r + 2.
    """

    frame: pl.DataFrame
    starts: NDArray[np.int64] | None
    separator: str
    notes: tuple[str, ...]

    def line(self, row: int) -> int:
        """The line of the file, from 1, on which data row `row`, from 0, starts."""
        return row + 2 if self.starts is None else int(self.starts[row])


def read_csv(raw: bytes, path: Path, separator: str | None = None) -> TextTable:
    """The text of a CSV file by column; the first record is the header.

    `separator` None: guessed among comma, tab, semicolon and bar.  Blank lines are skipped and noted.  Quoted cells may
    hold separators and newlines (RFC 4180).
    Raises DataError, with line numbers, for bytes that are not UTF-8 text, rows that are not as wide as the header, a
    quote that is not closed, a header with empty or repeated names, and a file without rows.
    """
    _check_bytes(raw, path)
    notes = []
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
        notes.append("a byte order mark at the start was skipped")
    mark = _guess_separator(raw) if separator is None else separator
    if len(mark) != 1 or mark in '"\r\n' or not mark.isascii():
        raise ParameterError(f"read_table: separator is {mark!r}; it must be one ASCII character, such as ';'.")
    if mark != ",":
        notes.append(f"the separator is {SEPARATORS.get(mark, repr(mark))}")
    text = _read_fast(raw, path, mark, notes) or _read_careful(raw, path, mark, notes)
    names = text.frame.columns
    if any(_is_number(name) for name in names):
        found = ", ".join(repr(name) for name in names if _is_number(name))
        return TextTable(
            text.frame, text.starts, mark, (*text.notes, f"the first line was taken as column names, but has {found}")
        )
    return text


def _check_bytes(raw: bytes, path: Path) -> None:
    """DataError unless the bytes are UTF-8 text without NUL."""
    for start, what in FOREIGN.items():
        if raw.startswith(start):
            raise DataError(f"{path} is not CSV text but {what}.")
    nul = raw.find(b"\0")
    if nul >= 0:
        raise DataError(
            f"{path}, {_place(raw, nul)}: a NUL byte, which no text has. The file is damaged, binary, or UTF-16 "
            "without a mark; save it as CSV in UTF-8."
        )
    bad = None if raw.isascii() else _first_bad_byte(raw)
    if bad is not None:
        raise DataError(
            f"{path}, {_place(raw, bad)}: byte 0x{raw[bad]:02X} is not UTF-8. Save the file as UTF-8, for example with "
            f"`iconv -f WINDOWS-1252 -t UTF-8`, if it was written by an older Windows program."
        )


def _first_bad_byte(raw: bytes) -> int | None:
    start = 0
    while start < len(raw):
        stop = raw.find(b"\n", start + BLOCK_BYTES) + 1 or len(raw)  # no character has a newline byte inside
        try:
            raw[start:stop].decode("utf-8")
        except UnicodeDecodeError as error:
            return start + error.start
        start = stop
    return None


def _place(raw: bytes, offset: int) -> str:
    line, before = raw.count(b"\n", 0, offset) + 1, raw.rfind(b"\n", 0, offset)
    return f"line {line}, byte {offset - before} of it (byte {offset + 1} of the file)"


def _guess_separator(raw: bytes) -> str:
    """The candidate that cuts the first records into the most cells, the same number in each; comma if none does."""
    head = raw[:SNIFF_BYTES].decode("utf-8", errors="ignore")
    best, most = ",", 1
    for mark in SEPARATORS:
        lines = csv.reader(io.StringIO(head, newline=""), delimiter=mark, skipinitialspace=True)
        widths = []
        try:
            for record in lines:
                widths += [len(record)] if record else []
                if len(widths) == SNIFF_RECORDS:
                    break
        except csv.Error:
            pass
        if len(raw) > SNIFF_BYTES and len(widths) > 1 and len(widths) < SNIFF_RECORDS:
            widths.pop()  # it may be cut off
        if widths and widths[0] > most and set(widths) == {widths[0]}:
            best, most = mark, widths[0]
    if most > 1:
        return best
    header = head.partition("\n")[0]
    return max(SEPARATORS, key=header.count)


def _read_fast(raw: bytes, path: Path, mark: str, notes: Sequence[str]) -> TextTable | None:
    """A regular file by Polars; None when it is not regular, or when Polars and the scan disagree about its shape."""
    import polars as pl

    found = scan(raw, mark)
    if not found.regular or found.rows < 1:
        return None
    header = next(csv.reader(io.TextIOWrapper(io.BytesIO(raw), "utf-8", newline=""), delimiter=mark))
    names = _checked_header(header, path)
    try:
        frame = pl.read_csv(raw, separator=mark, has_header=False, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None
    if frame.shape != (found.rows + 1, len(names)):
        return None
    frame = frame.slice(1)
    frame.columns = names
    return TextTable(frame, found.starts, mark, tuple(notes))


def _read_careful(raw: bytes, path: Path, mark: str, notes: Sequence[str]) -> TextTable:
    """Any file, record by record; what cannot be read is explained here."""
    import polars as pl

    lines = csv.reader(
        io.TextIOWrapper(io.BytesIO(raw), "utf-8", newline=""), delimiter=mark, skipinitialspace=True, strict=True
    )
    names: list[str] | None = None
    rows: list[list[str]] = []
    starts: list[int] = []
    ragged: list[tuple[int, int]] = []
    blank, line = 0, 1
    try:
        for record in lines:
            if not record or (record == [""] and len(names or ()) != 1):
                blank += 1
            elif names is None:
                names = _checked_header(record, path)
            elif len(record) != len(names):
                ragged.append((line, len(record)))
            else:
                rows.append(record)
                starts.append(line)
            line = lines.line_num + 1
    except csv.Error as error:
        raise DataError(_quoting_fault(path, line, str(error))) from error
    if names is None:
        raise DataError(f"{path} holds nothing but blank lines; a line of column names and rows were expected.")
    if ragged:
        raise DataError(_ragged_fault(path, mark, len(names), ragged))
    if not rows:
        raise DataError(f"{path} has column names ({len(names)}) but no rows. Was its export cut off?")
    if blank:
        notes = [*notes, f"{blank} blank lines were skipped"]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return TextTable(frame, np.asarray(starts, dtype=np.int64), mark, tuple(notes))


def _checked_header(header: Sequence[str], path: Path) -> list[str]:
    """The names without surrounding spaces; DataError for an empty or repeated one."""
    names = [name.strip() for name in header]
    empty = [at for at, name in enumerate(names, start=1) if not name]
    if empty:
        index = " (a column of row numbers written by pandas? Write with index=False)" if empty == [1] else ""
        raise DataError(
            f"{path}, line 1: column {_listed(empty)} of {len(names)} has no name{index}. Name every column."
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"{path}, line 1: the column names {_listed([repr(name) for name in twice])} stand there more than once. "
            "Give each column its own name."
        )
    return names


def _ragged_fault(path: Path, mark: str, width: int, ragged: Sequence[tuple[int, int]]) -> str:
    shown = ", ".join(f"line {line} has {cells}" for line, cells in ragged[:SHOWN_LINES])
    more = f", and {len(ragged) - SHOWN_LINES} more" if len(ragged) > SHOWN_LINES else ""
    rows = "row does" if len(ragged) == 1 else "rows do"
    return (
        f"{path}: {len(ragged)} {rows} not have the {width} cells of the header: {shown}{more}. Correct these lines; "
        f'a cell that holds a {SEPARATORS.get(mark, repr(mark))} must stand in double quotes (").'
    )


def _quoting_fault(path: Path, line: int, reason: str) -> str:
    if "end of data" in reason or "field limit" in reason:
        return (
            f'{path}: in the row that starts on line {line} a quote (") is opened and not closed. Close or remove it.'
        )
    return (
        f'{path}: in the row that starts on line {line} a quote (") closes before the cell ends. Write a quote inside '
        'a quoted cell twice ("").'
    )


def _listed(items: Sequence[object]) -> str:
    more = f" and {len(items) - SHOWN_LINES} more" if len(items) > SHOWN_LINES else ""
    return ", ".join(str(item) for item in items[:SHOWN_LINES]) + more


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
