"""The columns of a CSV file that hold plain numbers or days, read from its bytes by compiled code on all cores.

Here: `read_plain`, for files that are regular and large enough; `plain_numbers`, which goes over their bytes;
`is_plain_text` and `first_line`, which look at them.
Elsewhere: the loop over the bytes is in `_number_kernels.py`; all other files and columns are read as text in
`_csv.py`, which is the definition: a column is read here only where `_kinds.py` would make the same numbers of its text
and have no more to say of it.
Imports: numpy; Numba and Polars inside the functions.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

SEPARATORS = b",;\t|"  # none of them can be part of a number
NEWLINE, ASCII_END = 10, 128
LOADED_BYTES = 1 << 20  # of text from which on compiled code is faster where Numba is loaded ...
COLD_BYTES = 1 << 25  # ... and where it must be: 32 MiB spare the 0.3 s that this takes
PART_BYTES = 1 << 20  # of text a thread; less is not worth its start
COUNTED_BYTES = 1 << 18  # looked at once when lines are counted; half of a 512 KiB second-level cache
TRIED_BYTES = 1 << 14  # of text that show which columns hold words; most that do have one among the first 100 rows


@final
@dataclass(frozen=True)
class PlainNumbers:
    """What was found in a regular file.

    rows: records after the header.  columns: position -> its numbers (rows,), NaN where the cell is empty; only those
    whose other cells are plain numbers, at least one, or all dates, for which `days` (since 1970-01-01) has the
    position.  words: the text of some other columns, a mark behind each cell, and which they are; bare: which of the
    other columns have no cell that begins or ends with a space.
    """

    rows: int
    columns: dict[int, NDArray[np.float64]]
    days: frozenset[int] = frozenset()
    words: tuple[bytes, tuple[int, ...]] = (b"", ())
    bare: frozenset[int] = frozenset()


def read_plain(
    raw: bytes | NDArray[np.uint8], mark: str, names: Sequence[str], asked: Callable[[str], bool]
) -> tuple[pl.DataFrame, frozenset[str]] | None:
    """The frame of a regular file, and the names of text columns without surrounding spaces.

    Columns are Float64 or Date where `asked` is true and all cells are plain numbers or days, else String.
    None where the file is not regular, too small to gain by it, or Polars finds another number of rows.
    """
    import polars as pl

    found = plain_numbers(raw, mark, names, asked) if worthwhile(len(raw)) else None
    if found is None:
        return None
    columns = {d: pl.Series(names[d], values, nan_to_null=True) for d, values in found.columns.items()}
    columns |= {d: columns[d].cast(pl.Int32).cast(pl.Date) for d in found.days}
    text, copied = found.words
    other = tuple(d for d in range(len(names)) if d not in columns and d not in copied)
    for source, header, places, positions in (
        (text, 0, tuple(range(len(copied))), copied),
        (raw, 1, other, other),
    ):
        if positions:
            words = _words(bytes(source), mark, header, places, found.rows)
            if words is None:
                return None
            columns |= {d: series.alias(names[d]) for d, series in zip(positions, words, strict=True)}
    return pl.DataFrame([columns[d] for d in range(len(names))]), frozenset(names[d] for d in found.bare)


def _words(raw: bytes, mark: str, header: int, places: Sequence[int], rows: int) -> pl.DataFrame | None:
    """The columns at `places` as text, behind so many lines of header; None where Polars finds other rows than we."""
    import polars as pl

    try:
        text = pl.read_csv(raw, separator=mark, has_header=False, infer_schema=False, columns=list(places))
    except (pl.exceptions.PolarsError, OSError):  # OSError: text that begins with x^ is taken for zlib's
        return None
    return text.slice(header) if text.shape == (rows + header, len(places)) else None


def worthwhile(size: int) -> bool:
    """Whether `size` bytes of text are enough for compiled code to pay."""
    if "numba" in sys.modules:
        return size >= LOADED_BYTES
    return size >= COLD_BYTES and importlib.util.find_spec("numba") is not None


def plain_numbers(
    raw: bytes | NDArray[np.uint8], mark: str, names: Sequence[str], asked: Callable[[str], bool]
) -> PlainNumbers | None:
    """The plain numbers among the columns that `asked` is true of; None if the file is not regular or holds quotes.

    `raw`: UTF-8, one line of `names` first.  Regular: every line has as many cells as there are names and ends in LF or
    CR LF, the last one perhaps not; none is blank.

    >>> plain_numbers(b"a,b,c\\n1,x,\\n-2.5,3,4e2\\n", ",", ["a", "b", "c"], lambda name: True).columns
    {0: array([ 1. , -2.5]), 2: array([ nan, 400.])}
    """
    from pellucid.data._number_kernels import DAY, IRREGULAR, NUMBER, QUOTE, WORD

    whole = np.frombuffer(raw, np.uint8)
    start = _next_line(whole, 0)
    if ord(mark) not in SEPARATORS or start == len(whole) or whole[0] in b"\r\n" or QUOTE in whole[:start]:
        return None
    held = np.array([NUMBER if asked(name) else WORD for name in names], np.int8)
    tried = _read_part(_start(whole, start), ord(mark), 0, None, held)
    if tried.rows == IRREGULAR:
        return None
    held[tried.kind == WORD] = WORD
    parts = _parts(whole, start)
    firsts = np.cumsum([0, *(_lines(part) for part in parts)])
    out = np.empty((len(names), firsts[-1]))
    found = _read(parts, ord(mark), firsts, out, held)
    if any(part.rows == IRREGULAR for part in found):
        return None
    known = np.array([part.rows - part.empty for part in found])  # (parts, D), as are the kinds
    kinds = np.array([part.kind for part in found])
    number, day = (((kinds == kind) | (known == 0)).all(axis=0) & (known.sum(axis=0) > 0) for kind in (NUMBER, DAY))
    text = ~(number | day)
    return PlainNumbers(
        int(firsts[-1]),
        {d: out[d] for d in np.flatnonzero(~text).tolist()},
        frozenset(np.flatnonzero(day).tolist()),
        (b"".join(part.words for part in found), tuple(np.flatnonzero(held == WORD).tolist())),
        frozenset(np.flatnonzero(text & np.all([part.bare for part in found], axis=0)).tolist()),
    )


def _start(whole: NDArray[np.uint8], start: int) -> NDArray[np.uint8]:
    """Some records behind the header; the last one ends in a newline."""
    return _closed(whole[start : _next_line(whole, start + TRIED_BYTES)])


def _parts(whole: NDArray[np.uint8], start: int) -> list[NDArray[np.uint8]]:
    """The bytes behind the header, cut at ends of lines into a part a core; the last line ends in a newline."""
    size = len(whole)
    count = max(1, min(_cores(), (size - start) // PART_BYTES))
    cuts = [start, *(_next_line(whole, start + (size - start) * part // count) for part in range(1, count)), size]
    if whole[-1] != NEWLINE:  # the last line is a part of its own, so that no more than it is copied
        cuts.insert(-1, max(start, _last_line(whole)))
    return [_closed(whole[begin:end]) for begin, end in itertools.pairwise(sorted(cuts)) if begin < end]


def _closed(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The lines, and a newline behind the last one where it has none."""
    return part if part[-1] == NEWLINE else np.append(part, np.uint8(NEWLINE))


def _next_line(whole: NDArray[np.uint8], at: int) -> int:
    """Where the line behind the one that stands at `at` begins; the end of the file where there is none."""
    for begin in range(at, len(whole), COUNTED_BYTES):
        ends = whole[begin : begin + COUNTED_BYTES] == NEWLINE
        if ends.any():
            return begin + int(ends.argmax()) + 1
    return len(whole)


def _last_line(whole: NDArray[np.uint8]) -> int:
    """Where the last line begins."""
    for end in range(len(whole), 0, -COUNTED_BYTES):
        ends = np.flatnonzero(whole[max(0, end - COUNTED_BYTES) : end] == NEWLINE)
        if len(ends):
            return max(0, end - COUNTED_BYTES) + int(ends[-1]) + 1
    return 0


def first_line(raw: bytes | NDArray[np.uint8]) -> bytes:
    """The first line of a file, with its end."""
    whole = np.frombuffer(raw, np.uint8)
    return whole[: _next_line(whole, 0)].tobytes()


def is_plain_text(whole: NDArray[np.uint8]) -> bool:
    """Whether all bytes are ASCII, none NUL."""
    blocks = (whole[at : at + COUNTED_BYTES] for at in range(0, len(whole), COUNTED_BYTES))
    return all(block.max() < ASCII_END and block.min() > 0 for block in blocks)


def _lines(part: NDArray[np.uint8]) -> int:
    blocks = range(0, len(part), COUNTED_BYTES)
    return sum(int(np.count_nonzero(part[at : at + COUNTED_BYTES] == NEWLINE)) for at in blocks)


@final
@dataclass(frozen=True)
class _Part:
    """What `read_records` found in a part of the file; columns as there."""

    rows: int
    empty: NDArray[np.int64]
    kind: NDArray[np.int8]
    words: bytes
    bare: NDArray[np.bool_]


def _read(
    parts: Sequence[NDArray[np.uint8]],
    mark: int,
    firsts: NDArray[np.int64],
    out: NDArray[np.float64],
    held: NDArray[np.int8],
) -> list[_Part]:
    """All parts, side by side."""

    def read(at: int) -> _Part:
        return _read_part(parts[at], mark, int(firsts[at]), out, held)

    if len(parts) == 1:
        return [read(0)]
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(read, range(len(parts))))


def _read_part(
    part: NDArray[np.uint8], mark: int, first: int, out: NDArray[np.float64] | None, held: NDArray[np.int8]
) -> _Part:
    """One part, whose first row is row `first` of `out`; columns begin as what they are held to be."""
    from pellucid.data._number_kernels import WORD, WORD_BYTES, read_records

    stops = np.isin(np.arange(256), [*b'\n\r"', mark])
    lines = _lines(part)
    if out is None:
        out = np.empty((len(held), lines))
    empty, kind, bare = np.zeros(len(held), np.int64), held.copy(), np.ones(len(held), bool)
    room = len(part) + lines + WORD_BYTES if (held == WORD).any() else 0  # a newline a row may come on top
    words = np.empty(room, np.uint8)
    rows, written = read_records(part, mark, stops, first, out, empty, kind, words, bare)
    return _Part(rows, empty, kind, words[:written].tobytes(), bare)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
