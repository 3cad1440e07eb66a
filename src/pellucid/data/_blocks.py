"""Text tables that do not fit into memory, in blocks of whole records.

Here: `csv_blocks` and `json_blocks`, which cut a stream of UTF-8 bytes where a record ends, and read each block.
Elsewhere: reading the records is in `_csv.py` and `_typed.py`; streams are opened in `_pieces.py`.
Imports: numpy, pellucid.errors.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data._csv import BYTE_ORDER_MARK, TextTable, checked_separator, guess_separator, read_csv
from pellucid.data._scan import scan
from pellucid.data._typed import read_json_lines
from pellucid.errors import DataError

if TYPE_CHECKING:
    import polars as pl

LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r(?!\Z)|\n)")  # a CR at the very end may be half of a CR LF
RECORD_BYTES = 1 << 28  # 256 MiB without a whole record: that is no cell any more, but a quote that is not closed
QUOTE, NEWLINE = b'"\n'


def csv_blocks(stream: Any, file: str, separator: str | None, decimal: str | None, size: int) -> Iterator[TextTable]:
    """The rows of a CSV stream in blocks of about `size` bytes, each the table that `read_csv` makes of its records.

    Memory is a few times `size`, whatever the length of the stream.  Raises DataError as `read_csv` does, with the
    lines of the whole stream, when the block at fault is reached.
    """
    block, ended = _longer(stream, b"", size)
    mark = checked_separator(separator) or guess_separator(block.removeprefix(BYTE_ORDER_MARK), decimal)
    header, skipped = b"", 0  # in front of every block but the first, which has its own
    while header == b"" or not ended or block.strip(b" \r\n"):
        piece = header + block
        cut = len(piece) if ended else _whole(piece, mark)
        if cut == 0 and not ended:
            block, ended = _longer(stream, block, max(size, 2 * len(block)))
            if len(block) > RECORD_BYTES:
                raise DataError(f'{file}: 256 MiB hold no whole record; is a quote (") opened and not closed?')
            continue
        text = read_csv(piece[:cut], file, mark, decimal, skipped, rest=header != b"")
        if text.frame.height:
            yield text
        skipped += _lines(piece[:cut]) - _lines(header)
        if header == b"":
            header = _first_record(piece, mark)
            skipped -= _lines(header)
        block, ended = _longer(stream, piece[cut:], size)


def json_blocks(stream: Any, file: str, size: int) -> Iterator[tuple[pl.DataFrame, list[int]]]:
    """The rows of JSON Lines in blocks of about `size` bytes, with the line of each; DataError as `read_json_lines`."""
    block, ended, line, some = b"", False, 1, False
    while not ended:
        block, ended = _longer(stream, block, max(size, 2 * len(block)))
        cut = len(block) if ended else block.rfind(b"\n") + 1
        if block[:cut].strip(b" \r\n") or (ended and not some):
            yield read_json_lines(block[:cut], file, line)
            some = True
        line, block = line + block.count(b"\n", 0, cut), block[cut:]


def _longer(stream: Any, block: bytes, size: int) -> tuple[bytes, bool]:
    """The block with as many of the next bytes as make it `size` long, and whether the stream ended."""
    parts, length = [block], len(block)
    while length < size:
        part = stream.read(size - length)
        if not part:
            return b"".join(parts), True
        parts.append(part)
        length += len(part)
    return b"".join(parts), False


def _whole(piece: bytes, mark: str) -> int:
    """How many bytes at the start of `piece` are whole records, a header and a row at least; 0 if there are none."""
    whole = np.frombuffer(piece, np.uint8)
    newlines, quotes = np.flatnonzero(whole == NEWLINE), np.flatnonzero(whole == QUOTE)
    outside = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
    if len(outside):
        cut = int(outside[-1]) + 1
        found = scan(piece[:cut].removeprefix(BYTE_ORDER_MARK), mark)
        if found.regular:
            return cut if found.rows >= 1 else 0
    cut, records = 0, 0
    for end, record in _records(piece, mark):
        cut, records = end, records + _holds_cells(record)
    return cut if records >= 2 else 0


def _records(piece: bytes, mark: str) -> Iterator[tuple[int, list[str]]]:
    """Whole records as the careful reader of `_csv.py` sees them, each with the offset of its end.

    A fault ends the last one at the line of the fault; the reader will name it.
    """
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for line in LINE.finditer(piece):
            taken = line.end()
            yield line.group().decode("utf-8", errors="replace")

    reader = csv.reader(lines(), delimiter=mark, skipinitialspace=True, strict=True)
    try:
        for record in reader:
            yield taken, record
    except csv.Error as error:
        if "end of data" not in str(error):
            yield taken, ["a fault"]


def _first_record(piece: bytes, mark: str) -> bytes:
    start = 0
    for end, record in _records(piece, mark):
        if _holds_cells(record):
            return piece[start:end].removeprefix(BYTE_ORDER_MARK)
        start = end
    return piece  # unreachable: a block that was read has a header


def _holds_cells(record: list[str]) -> bool:
    return bool(record) and record != [""]


def _lines(raw: bytes) -> int:
    """Lines that end within `raw`, in LF, CR LF or CR alone."""
    return raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
