"""CSV files as columns of text, every cell accounted for.

Here: `read_csv`, and `read_large` for bytes in an array, which find the separator, read regular files with Polars and
all others row by row, and say in lines and bytes what is wrong with a file.
Elsewhere: numbers in large files are read in `_plain.py` and `_foreseen.py`; other encodings are turned into UTF-8 in
`_encoding.py`; a file is cut into blocks in `_blocks.py`; which columns are numbers is decided in `_kinds.py`; whether
a file is regular, in `_scan.py`.
Imports: numpy, pellucid.errors; Polars inside the function that reads.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from pellucid.data._foreseen import read_foreseen
from pellucid.data._plain import first_line, is_plain_text, read_plain, worthwhile
from pellucid.data._scan import scan
from pellucid.errors import DataError, ParameterError

if TYPE_CHECKING:
    import polars as pl

SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}  # a tie goes to the earlier one
SNIFF_BYTES = 1 << 16  # the separator is guessed from the records within the first 64 KiB ...
SNIFF_RECORDS = 50  # ... and at most this many of them
SHOWN_LINES = 3  # faulty lines named in an error; the rest are counted
BLOCK_BYTES = 1 << 22  # UTF-8 is checked 4 MiB at a time, so that no second copy of a big file is made
NUL, BYTE_ORDER_MARK = b"\0", b"\xef\xbb\xbf"
LINE_END = re.compile(rb"\r\n|\r|\n")

JSON_ARRAY = "one JSON array; write its objects one a line (JSON Lines), for example with `jq -c '.[]'`"
FOREIGN = {
    b"PK\x03\x04": "a zip archive (an Excel workbook is one); save the sheet as CSV, or unpack the archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV",
    b"\x93NUMPY": "a NumPy array; write its columns to a CSV with a header",
    b"SQLite format 3": "an SQLite database; export one table as CSV",
    b"FEA1\0\0\0\0": "a Feather file of version 1; write it again with pyarrow.feather.write_feather",
    b"Obj\x01": "an Avro file; write it as Parquet or CSV",
    b"%PDF-": "a PDF document",
    b"<!DOCTYPE": "a web page; perhaps an error page was saved in place of the file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    **dict.fromkeys((b"[{", b"[ {", b"[\n", b"[\r\n"), JSON_ARRAY),
}


@final
@dataclass(frozen=True)
class TextTable:
    """A CSV file whose cells are still text.

    frame: a String column a name, or a Float64 or Date one where that was asked for; starts (rows,): the line each row
    starts on, None when row r is line r + 2.
    blank: blank lines that were skipped; skipped: lines between the header and the first row that were left out,
    because they belong to an earlier block.
    bare: columns of which it is known that no cell begins or ends with a space.
    """

    frame: pl.DataFrame
    starts: NDArray[np.int64] | None
    separator: str
    notes: tuple[str, ...]
    blank: int = 0
    skipped: int = 0
    bare: frozenset[str] = frozenset()

    def line(self, row: int) -> int:
        """The line of the file, from 1, on which data row `row`, from 0, starts."""
        return self.skipped + (row + 2 if self.starts is None else int(self.starts[row]))


def read_csv(
    raw: bytes,
    file: str,
    separator: str | None = None,
    decimal: str | None = None,
    skipped: int = 0,
    *,
    rest: bool = False,
    plain: Callable[[str], bool] | None = None,
) -> TextTable:
    """The text of a CSV file by column; the first record is the header.

    `separator` None: guessed among comma, tab, semicolon and bar, the comma last where it is the `decimal` sign.  Blank
    lines are skipped and noted.  Quoted cells may hold separators and newlines (RFC 4180).  `skipped` lines after the
    header were left out of `raw`; they count where a line is named.  `rest`: earlier rows were read already, so that
    there may be none here.  `plain`: whether a column may come as Float64 or Date where all its cells are plain
    numbers or days; None for none.
    Raises DataError, with line numbers, for bytes that are not UTF-8 text, rows that are not as wide as the header, a
    quote that is not closed, a header with empty or repeated names, and a file without rows.
    """
    check_bytes(raw, file, skipped)
    notes = []
    if raw.startswith(BYTE_ORDER_MARK):
        raw = raw[3:]
        notes.append("a byte order mark at the start was skipped")
    mark = checked_separator(separator) or guess_separator(raw, decimal)
    text = (
        _read_plain(raw, file, mark, plain)
        or read_fast(raw, file, mark, plain)
        or _read_careful(raw, file, mark, skipped, rest)
    )
    return _noted(text, notes, skipped)


def read_large(
    whole: NDArray[np.uint8],
    file: str,
    separator: str | None,
    decimal: str | None,
    plain: Callable[[str], bool],
) -> TextTable | None:
    """What `read_csv` makes of a large regular file of ASCII characters; None for all others.

    Where its first bytes mean another format, it is not to be asked.
    """
    if not is_plain_text(whole):
        return None
    mark = checked_separator(separator) or guess_separator(whole[: SNIFF_BYTES + 1].tobytes(), decimal)
    text = _read_plain(whole, file, mark, plain)
    return None if text is None else _noted(text, [], 0)


def _noted(text: TextTable, notes: Sequence[str], skipped: int) -> TextTable:
    """The text with the notes, and those on its separator and names."""
    mark = text.separator
    notes = [*notes] if mark == "," else [*notes, f"the separator is {SEPARATORS.get(mark, repr(mark))}"]
    numbers = [repr(name) for name in text.frame.columns if _is_number(name)]
    if numbers:
        notes.append(f"the first line was taken as column names, but has {_listed(numbers)}")
    return replace(text, notes=tuple(notes), skipped=skipped)


def checked_separator(separator: str | None) -> str | None:
    """The separator; ParameterError unless it is None or one ASCII character that can be one."""
    if separator is None or (len(separator) == 1 and separator.isascii() and separator not in '"\r\n\0'):
        return separator
    raise ParameterError(f"read_table: separator is {separator!r}; it must be one ASCII character, such as ';'.")


def check_bytes(raw: bytes, file: str, skipped: int = 0) -> None:
    """DataError unless the bytes are UTF-8 text without NUL."""
    for start, what in FOREIGN.items():
        if raw.startswith(start):
            raise DataError(f"{file} is not CSV text but {what}.")
    nul = raw.find(b"\0")
    if nul >= 0:
        raise DataError(
            f"{file}, {_place(raw, nul, skipped)}: a NUL byte, which no text has{_more(raw.count(NUL) - 1)}. The "
            "file is damaged, binary, or UTF-16 without a mark; save it as CSV in UTF-8, or give encoding='utf-16-le'."
        )
    bad = None if raw.isascii() else _first_bad_byte(raw)
    if bad is not None:
        lines = raw[bad:].decode("utf-8", errors="surrogateescape").splitlines()
        others = sum(not line.isascii() and not _is_text(line) for line in lines) - 1
        raise DataError(
            f"{file}, {_place(raw, bad, skipped)}: byte 0x{raw[bad]:02X} is not UTF-8{_more(others, ' lines')}. If an "
            "older Windows program wrote the file, give encoding='cp1252', or save it as UTF-8, for example with "
            "`iconv -f WINDOWS-1252 -t UTF-8`."
        )


def _is_text(line: str) -> bool:
    """Whether a line holds no byte that was kept aside by surrogateescape."""
    return not any("\udc80" <= character <= "\udcff" for character in line)


def _more(count: int, what: str = "") -> str:
    return f" (and {count} more{what if count > 1 else what.removesuffix('s')})" if count > 0 else ""


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


def _place(raw: bytes, offset: int, skipped: int) -> str:
    """Line and byte; lines end in LF, CR LF or CR alone."""
    ends = [end.end() for end in LINE_END.finditer(raw, 0, offset)]
    byte = offset - (ends[-1] if ends else 0) + 1
    line = len(ends) + 1 + (skipped if ends else 0)
    return f"line {line}, byte {byte} of it" + ("" if skipped else f" (byte {offset + 1} of the file)")


def guess_separator(raw: bytes, decimal: str | None = None) -> str:
    """The candidate that cuts the first records into the most cells, the same number in each; comma if none does."""
    head = raw[:SNIFF_BYTES].decode("utf-8", errors="ignore")
    candidates = sorted(SEPARATORS, key=lambda mark: mark == decimal)
    best, most = ",", 1
    for mark in candidates:
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
    return max(candidates, key=header.count)


def _read_plain(
    raw: bytes | NDArray[np.uint8], file: str, mark: str, asked: Callable[[str], bool] | None
) -> TextTable | None:
    """A large regular file by compiled code, its plain numbers read already; None for all others."""
    if asked is None or not worthwhile(len(raw)):
        return None
    header = first_line(raw)
    found = None if b'"' in header else read_plain(raw, mark, _names(header, file, mark), asked)
    return None if found is None else TextTable(found[0], None, mark, (), bare=found[1])


def _names(raw: bytes, file: str, mark: str) -> list[str]:
    """The names in the first record of a regular file."""
    return _checked_header(
        next(csv.reader(io.TextIOWrapper(io.BytesIO(raw), "utf-8", newline=""), delimiter=mark)), file
    )


def read_fast(raw: bytes, file: str, mark: str, asked: Callable[[str], bool] | None = None) -> TextTable | None:
    """A regular file by Polars; None when it is not regular, or when Polars and the scan disagree about its shape."""
    import polars as pl

    found = scan(raw, mark)
    if not found.regular or found.rows < 1:
        return None
    names = _names(raw, file, mark)
    if asked is not None and b'"' not in raw:
        foreseen = read_foreseen(raw, mark, names, found.rows, asked)
        if foreseen is not None:
            return TextTable(foreseen, found.starts, mark, ())
    try:
        frame = pl.read_csv(raw, separator=mark, has_header=False, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError):  # OSError: text that begins with x^ is taken for zlib's
        return None
    if frame.shape != (found.rows + 1, len(names)):
        return None
    frame = frame.slice(1)
    frame.columns = names
    return TextTable(frame, found.starts, mark, ())


def _read_careful(raw: bytes, file: str, mark: str, skipped: int = 0, rest: bool = False) -> TextTable:
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
                names = _checked_header(record, file)
            elif len(record) != len(names):
                ragged.append((line + skipped, len(record)))
            else:
                rows.append(record)
                starts.append(line)
            line = lines.line_num + 1
    except csv.Error as error:
        raise DataError(_quoting_fault(file, line + (skipped if names else 0), str(error))) from error
    if names is None:
        raise DataError(f"{file} holds nothing but blank lines; a line of column names and rows were expected.")
    if ragged:
        raise DataError(_ragged_fault(file, mark, len(names), ragged))
    if not rows and not rest:
        raise DataError(f"{file} has column names ({len(names)}) but no rows. Was its export cut off?")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return TextTable(frame, np.asarray(starts, dtype=np.int64), mark, (), blank)


def _checked_header(header: Sequence[str], file: str) -> list[str]:
    """The names without surrounding spaces; DataError for an empty or repeated one."""
    names = [name.strip() for name in header]
    empty = [at for at, name in enumerate(names, start=1) if not name]
    if empty:
        index = " (a column of row numbers written by pandas? Write with index=False)" if empty == [1] else ""
        raise DataError(
            f"{file}, line 1: column {_listed(empty)} of {len(names)} has no name{index}. Name every column."
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"{file}, line 1: the column names {_listed([repr(name) for name in twice])} stand there more than once. "
            "Give each column its own name."
        )
    return names


def _ragged_fault(file: str, mark: str, width: int, ragged: Sequence[tuple[int, int]]) -> str:
    shown = ", ".join(f"line {line} has {cells}" for line, cells in ragged[:SHOWN_LINES])
    more = f", and {len(ragged) - SHOWN_LINES} more" if len(ragged) > SHOWN_LINES else ""
    rows = "row does" if len(ragged) == 1 else "rows do"
    return (
        f"{file}: {len(ragged)} {rows} not have the {width} cells of the header: {shown}{more}. Correct these lines; "
        f'a cell that holds a {SEPARATORS.get(mark, repr(mark))} must stand in double quotes (").'
    )


def _quoting_fault(file: str, line: int, reason: str) -> str:
    if "end of data" in reason or "field limit" in reason:
        return (
            f'{file}: in the row that starts on line {line} a quote (") is opened and not closed. Close or remove it.'
        )
    return (
        f'{file}: in the row that starts on line {line} a quote (") closes before the cell ends. Write a quote inside '
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
