"""One quick look over the bytes of a CSV file: is it as regular as the fast reader takes for granted?

Here: `scan`, which counts records, compares their widths and checks the quotes in a few vector operations a block.
Elsewhere: reading the file, and the slow look that explains what is wrong with it, are in `_csv.py`.
Imports: numpy only.

The fast reader fills up short rows without a word, takes a blank line for a row and keeps a lone carriage return as
text.  So it only gets files for which `scan` has excluded all that.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 1 << 18  # its masks and positions together stay within 1 or 2 MiB, near the second-level cache
QUOTE, NEWLINE, RETURN = b'"\n\r'
NONE = np.empty(0, np.int64)


@final
@dataclass(frozen=True)
class Scan:
    """What the look found.

    regular: every record has the header's number of cells, quotes stand only around whole cells, lines end in LF or
    CR LF, none is blank.  If not, the other fields say nothing.
    rows: records after the header.
    starts (rows,): the line (from 1) on which each row starts; None when row r is line r + 2.
    """

    regular: bool
    rows: int = 0
    starts: NDArray[np.int64] | None = None


def scan(raw: bytes, separator: str) -> Scan:
    """Look over a whole file in blocks.

    A byte is inside quotes when an odd number of quotes stand before it; a doubled quote inside a cell counts twice,
    so the rule needs no exception (RFC 4180).  Separators and newlines count outside only.

    >>> scan(b'a,b\\n1,"x,y"\\n2,"p\\nq"\\n3,z\\n', ",")
    Scan(regular=True, rows=3, starts=array([2, 3, 5]))
    >>> scan(b"a,b\\n1\\n", ",").regular
    False
    """
    if raw.startswith((b"\n", b"\r\n")):
        return Scan(regular=False)
    whole = np.frombuffer(raw, np.uint8)
    mark = ord(separator)
    quoted, returned = b'"' in raw, b"\r" in raw  # asked once: looking for what is not there costs a third of the time
    width, inside, cells, lines = 0, 0, 1, 0  # of the header; quote parity; of the record so far; newlines so far
    ends: list[NDArray[np.int64]] = []  # per record, the line (from 0) it ends on
    for start in range(0, len(raw), BLOCK_BYTES):
        block = whole[start : start + BLOCK_BYTES]
        quotes = np.flatnonzero(block == QUOTE) if quoted else NONE
        newlines = np.flatnonzero(block == NEWLINE)
        outside = newlines
        if inside or len(quotes):
            outside, counts = _outside(quotes, newlines, np.flatnonzero(block == mark), inside)
        else:
            counts = np.add.reduceat(
                block == mark, np.append(0, newlines), dtype=np.int32
            )  # 64 bits take twice the time
        widths = counts[:-1] + 1
        if len(outside):
            widths[0] += cells - 1
            width = width or int(widths[0])
            cells = 1 + int(counts[-1])
        else:
            cells += int(counts[-1])
        if not (
            (widths == width).all()
            and _quotes_are_regular(whole, start + quotes, inside, mark)
            and (not returned or _returns_are_regular(whole, start + np.flatnonzero(block == RETURN)))
            and (width > 1 or _no_line_is_blank(whole, start + outside))
        ):
            return Scan(regular=False)
        ends.append(lines + (np.searchsorted(newlines, outside) if quoted else np.arange(len(newlines))))
        lines += len(newlines)
        inside = (inside + len(quotes)) % 2
    unfinished = len(raw) > 0 and raw[-1] != NEWLINE  # the last record has no newline
    if inside or (unfinished and width and cells != width):
        return Scan(regular=False)
    end = np.concatenate(ends) if ends else np.empty(0, np.int64)
    rows = len(end) - 1 + unfinished
    starts = end[:rows] + 2 if len(end) != lines else None
    return Scan(regular=True, rows=rows, starts=starts)


def _outside(
    quotes: NDArray[np.int64], newlines: NDArray[np.int64], marks: NDArray[np.int64], inside: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The M newlines outside quotes, and how many marks outside stand before each and behind the last.  -> (M + 1,)"""
    newlines, marks = (at[(np.searchsorted(quotes, at) + inside) % 2 == 0] for at in (newlines, marks))
    return newlines, np.diff(np.searchsorted(marks, newlines), prepend=0, append=len(marks))


def _quotes_are_regular(whole: NDArray[np.uint8], quotes: NDArray[np.int64], inside: int, mark: int) -> bool:
    """Opening quotes stand at the start of a cell, closing ones at its end, or either beside another quote."""
    opening, closing = quotes[inside::2], quotes[1 - inside :: 2]
    before = whole[opening[opening > 0] - 1]
    after = whole[closing[closing < len(whole) - 1] + 1]
    opens = (before == mark) | (before == NEWLINE) | (before == QUOTE)
    closes = (after == mark) | (after == NEWLINE) | (after == RETURN) | (after == QUOTE)
    return bool(opens.all() and closes.all())


def _returns_are_regular(whole: NDArray[np.uint8], returns: NDArray[np.int64]) -> bool:
    """Every carriage return is followed by a newline."""
    return len(returns) == 0 or (int(returns[-1]) < len(whole) - 1 and bool((whole[returns + 1] == NEWLINE).all()))


def _no_line_is_blank(whole: NDArray[np.uint8], ends: NDArray[np.int64]) -> bool:
    """No record that ends at `ends` is empty; asked only where there is one column, for the width tells elsewhere."""
    last = whole[ends - 1]
    return bool((np.where(last == RETURN, whole[ends - 2], last) != NEWLINE).all())
