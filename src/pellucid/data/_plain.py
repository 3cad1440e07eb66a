"""The columns of a CSV file that hold plain numbers, read from its bytes by compiled code on all cores.

Here: `read_plain`, for files that are regular and large enough, and `plain_numbers`, which goes over their bytes.
Elsewhere: the loop over the bytes is in `_number_kernels.py`; all other files and columns are read as text in
`_csv.py`, which is the definition: a column is read here only where `_kinds.py` would make the same numbers of its text
and have no more to say of it.
Imports: numpy; Numba and Polars inside the functions.
"""

from __future__ import annotations

import importlib.util
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
LOADED_BYTES = 1 << 20  # of text from which on compiled code is faster where Numba is loaded ...
COLD_BYTES = 1 << 25  # ... and where it must be: 32 MiB spare the 0.3 s that this takes
PART_BYTES = 1 << 20  # of text a thread; less is not worth its start
COUNTED_BYTES = 1 << 18  # looked at once when lines are counted; half of a 512 KiB second-level cache


@final
@dataclass(frozen=True)
class PlainNumbers:
    """What was found in a regular file.

    rows: records after the header.  columns: position -> its numbers (rows,), NaN where the cell is empty; only those
    whose other cells are plain numbers, at least one.
    """

    rows: int
    columns: dict[int, NDArray[np.float64]]


def read_plain(raw: bytes, mark: str, names: Sequence[str], asked: Callable[[str], bool]) -> pl.DataFrame | None:
    """The frame of a regular file: Float64 columns where `asked` is true and all cells plain numbers, else String ones.

    None where the file is not regular, too small to gain by it, or Polars finds another number of rows.
    """
    import polars as pl

    found = plain_numbers(raw, mark, names, asked) if worthwhile(len(raw)) else None
    if found is None:
        return None
    columns = {d: pl.Series(names[d], values, nan_to_null=True) for d, values in found.columns.items()}
    words = [d for d in range(len(names)) if d not in columns]
    if words:
        try:
            text = pl.read_csv(raw, separator=mark, has_header=False, infer_schema=False, columns=words).slice(1)
        except (pl.exceptions.PolarsError, OSError):  # OSError: text that begins with x^ is taken for zlib's
            return None
        if text.shape != (found.rows, len(words)):
            return None
        columns |= {d: series.alias(names[d]) for d, series in zip(words, text, strict=True)}
    return pl.DataFrame([columns[d] for d in range(len(names))])


def worthwhile(size: int) -> bool:
    """Whether `size` bytes of text are enough for compiled code to pay."""
    if "numba" in sys.modules:
        return size >= LOADED_BYTES
    return size >= COLD_BYTES and importlib.util.find_spec("numba") is not None


def plain_numbers(raw: bytes, mark: str, names: Sequence[str], asked: Callable[[str], bool]) -> PlainNumbers | None:
    """The plain numbers among the columns that `asked` is true of; None if the file is not regular or holds quotes.

    `raw`: UTF-8, one line of `names` first.  Regular: every line has as many cells as there are names and ends in LF or
    CR LF, the last one perhaps not; none is blank.

    >>> plain_numbers(b"a,b,c\\n1,x,\\n-2.5,3,4e2\\n", ",", ["a", "b", "c"], lambda name: True).columns
    {0: array([ 1. , -2.5]), 2: array([ nan, 400.])}
    """
    start = raw.find(b"\n") + 1
    if ord(mark) not in SEPARATORS or not start or start == len(raw) or b'"' in raw or raw[0] in b"\r\n":
        return None
    parts = _parts(raw, start)
    firsts = np.cumsum([0, *(_lines(part) for part in parts)])
    out = np.empty((len(names), firsts[-1]))
    found = _read(parts, ord(mark), firsts, out, np.array([asked(name) for name in names]))
    if found is None:
        return None
    empty, plain = found
    chosen = np.flatnonzero(plain & (empty < firsts[-1])).tolist()
    return PlainNumbers(int(firsts[-1]), {d: out[d] for d in chosen})


def _parts(raw: bytes, start: int) -> list[NDArray[np.uint8]]:
    """The bytes behind the header, cut at ends of lines into a part a core; the last line ends in a newline."""
    whole = np.frombuffer(raw, np.uint8)
    last = raw.rfind(b"\n") + 1
    count = max(1, min(_cores(), (last - start) // PART_BYTES))
    cuts = [start, *(raw.find(b"\n", start + (last - start) * part // count) + 1 for part in range(1, count)), last]
    parts = [whole[begin:end] for begin, end in zip(cuts, cuts[1:], strict=False) if begin < end]
    return parts if last == len(raw) else [*parts, np.frombuffer(raw[last:] + b"\n", np.uint8)]


def _lines(part: NDArray[np.uint8]) -> int:
    newline = ord("\n")
    blocks = range(0, len(part), COUNTED_BYTES)
    return sum(int(np.count_nonzero(part[at : at + COUNTED_BYTES] == newline)) for at in blocks)


def _read(
    parts: Sequence[NDArray[np.uint8]],
    mark: int,
    firsts: NDArray[np.int64],
    out: NDArray[np.float64],
    asked: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]] | None:
    """The empty cells of each column and whether it is plain, from all parts side by side; None if one is irregular."""
    from pellucid.data._number_kernels import IRREGULAR, read_records

    stops = np.isin(np.arange(256), list(b'\n\r"') + [mark])

    def read(at: int) -> tuple[int, NDArray[np.int64], NDArray[np.bool_]]:
        empty, plain = np.zeros(len(asked), np.int64), asked.copy()
        return read_records(parts[at], mark, stops, int(firsts[at]), out, empty, plain), empty, plain

    if len(parts) == 1:
        results = [read(0)]
    else:
        with ThreadPoolExecutor(len(parts)) as pool:
            results = list(pool.map(read, range(len(parts))))
    if any(rows == IRREGULAR for rows, _, _ in results):
        return None
    return np.sum([empty for _, empty, _ in results], axis=0), np.all([plain for _, _, plain in results], axis=0)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
