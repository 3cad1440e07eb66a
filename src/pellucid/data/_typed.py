"""Tables whose cells come with their types: Parquet, Arrow and JSON Lines.

Here: `read_parquet`, `read_arrow`, `read_json_lines` (bytes in, a frame out), `slices` of a file too large for that,
and how a file is recognised as one.
Elsewhere: text tables are in `_csv.py`; what a file may unpack to is found in `_extent.py`; what kind each column then
is, is decided in `_kinds.py`.
Imports: pellucid.errors; Polars inside the functions.

JSON Lines are read by the standard library: Polars 2.1 turns a column of numbers and words into words, and a second
value under one name disappears, both without a sign.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.data._arrow_extent import arrow_extents
from pellucid.data._extent import CELL_BYTES, Bytes, check_extents
from pellucid.data._frames import series_of_cells
from pellucid.data._parquet_extent import MARK as PARQUET
from pellucid.data._parquet_extent import parquet_extents
from pellucid.errors import DataError

if TYPE_CHECKING:
    import polars as pl

ARROW_FILE = b"ARROW1\0\0"
ARROW_STREAM = b"\xff\xff\xff\xff"  # the mark before every message of a stream since Arrow 0.15
JSON_LINES = (".jsonl", ".ndjson", ".jsonlines")  # endings; other files are known by their first line
SHOWN_LINES = 3


def read_parquet(raw: bytes, file: str, allowed: int | None = None) -> pl.DataFrame:
    """The frame in a Parquet file, of at most `allowed` bytes by its own account; None is for what `unpack` allows.

    Raises DataError for a damaged file, a larger one, and one without rows or columns.
    """
    import polars as pl

    return _frame(lambda: pl.read_parquet(raw), raw, file, allowed)


def read_arrow(raw: bytes, file: str, allowed: int | None = None) -> pl.DataFrame:
    """The frame in an Arrow file (Feather 2) or stream, under the rules of `read_parquet`."""
    import polars as pl

    if raw.startswith(ARROW_FILE):
        return _frame(lambda: pl.read_ipc(raw), raw, file, allowed)
    return _frame(lambda: pl.read_ipc_stream(raw), raw, file, allowed)


def slices(path: Path, file: str, size: int, allowed: int | None = None) -> Iterator[tuple[int, pl.DataFrame]]:
    """A Parquet or Arrow file in frames of about `size` bytes, each with the number of its first row.

    `allowed` is for each group of rows or batch of the file, which is what Polars unpacks at once.
    """
    import polars as pl

    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        what = _format_of(raw)
        _check(raw, file, allowed, together=False)
    with faults_named(file, what):
        lazy = pl.scan_parquet(path) if what == "Parquet" else pl.scan_ipc(path)
        width, rows = len(lazy.collect_schema()), int(lazy.select(pl.len()).collect().item())
        _check_extent(width, rows, file)
        step = max(1, size // (CELL_BYTES * width))
        for row in range(0, rows, step):
            yield row, lazy.slice(row, step).collect()


def _frame(read: Callable[[], pl.DataFrame], raw: bytes, file: str, allowed: int | None) -> pl.DataFrame:
    _check(raw, file, allowed, together=True)
    with faults_named(file, _format_of(raw)):
        frame = read()
    _check_extent(frame.width, frame.height, file)
    return frame


def _check(raw: Bytes, file: str, allowed: int | None, together: bool) -> None:
    what = _format_of(raw)
    with faults_named(file, what):
        check_extents((parquet_extents if what == "Parquet" else arrow_extents)(raw), file, allowed, together)


def _format_of(raw: Bytes) -> str:
    return "Parquet" if raw[: len(PARQUET)] == PARQUET else "Arrow"


@contextmanager
def faults_named(file: str, what: str) -> Iterator[None]:
    """Whatever Polars raises about the bytes of a file, as a DataError that names it."""
    import polars as pl

    try:
        yield
    except DataError:
        raise
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, TypeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise DataError(
            f"{file} is a damaged {what} file: {reason}. Was its transfer cut off? Fetch it again."
        ) from error


def _check_extent(width: int, rows: int, file: str) -> None:
    if width == 0 or rows == 0:
        raise DataError(f"{file} has {width} columns and {rows} rows; at least one of each was expected.")


def is_json_lines(start: bytes, name: str) -> bool:
    """Whether a file is JSON Lines: by the ending of its name, or because its first line is a JSON object."""
    if name.lower().endswith(JSON_LINES):
        return True
    first = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return first.startswith(b"{") and first[1:].lstrip()[:1] in (b'"', b"}")


def read_json_lines(raw: bytes, file: str, line: int = 1) -> tuple[pl.DataFrame, list[int]]:
    """The frame of the objects in `raw`, one a line, and the line each row stands on; `raw` begins on line `line`.

    Columns are the names, in the order in which they first occur; a name that an object lacks is missing there, as null
    is.  Raises DataError, with line numbers, for lines that are no JSON objects, for a name given twice in one object,
    and for a column that mixes sorts or holds lists or objects.
    """
    import polars as pl

    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    faults: list[str] = []
    for at, text in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=line):
        if not text.strip():
            continue
        try:
            rows.append(_object(text))
            lines.append(at)
        except (ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
            faults.append(f"line {at}: {_reason(error)}")
    if faults:
        more = f", and {len(faults) - SHOWN_LINES} more" if len(faults) > SHOWN_LINES else ""
        are = "line is" if len(faults) == 1 else "lines are"
        raise DataError(
            f"{file}: {len(faults)} {are} no JSON object: {'; '.join(faults[:SHOWN_LINES])}{more}. "
            'Write one object a line, such as {"a": 1, "b": "x"}.'
        )
    names = dict.fromkeys(name for row in rows for name in row)
    if not names:
        raise DataError(f"{file} has {len(names)} columns and {len(rows)} rows; at least one of each was expected.")
    columns = [
        series_of_cells(name, [row.get(name) for row in rows], file, lambda row: f"line {lines[row]}") for name in names
    ]
    return pl.DataFrame(columns), lines


def _object(text: bytes) -> dict[str, Any]:
    found = json.loads(text.decode("utf-8"), object_pairs_hook=_pairs)
    if not isinstance(found, dict):
        raise ValueError(f"it is a {type(found).__name__}")
    if "\\u" in text.decode("utf-8"):  # the one way to write half a character
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    return found


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the name {next(name for name in names if names.count(name) > 1)!r} stands there twice")
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    if isinstance(error, UnicodeError):
        return f"not UTF-8 ({error.reason})" if isinstance(error, UnicodeDecodeError) else "half a surrogate pair"
    return "too deep" if isinstance(error, RecursionError) else str(error)
