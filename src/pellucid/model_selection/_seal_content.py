"""What rows hold, as one hash, whatever container they came in.

Here: `fingerprint`, the SHA-256 of the values of containers and the names of their columns.
Elsewhere: the seal that stands on it is in _seal.py.
Imports: numpy, pellucid.base, pellucid.data, pellucid.errors; Polars and Narwhals inside the functions.

Values are hashed column by column in a form of their own: numbers and truths as little-endian float64 (whole numbers
that float64 cannot hold: in digits), text as UTF-8, times in microseconds, one mark for every missing cell. So int32,
int64 and float64 of equal values agree, -0.0 with 0.0, None with NaN, a categorical with its text; 1 and "1" do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from pellucid.base import is_frame, is_missing
from pellucid.data import Table
from pellucid.data._frames import frame_of
from pellucid.errors import DataError
from pellucid.model_selection._containers import n_rows

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[Any]

HEAD = b"pellucid rows 1\n"  # the version: raised when the same rows would hash otherwise
EXACT_WHOLE = 2**53  # every whole number up to here is a float64 of its own
NO_TIME = np.int64(-(2**63))  # the mark of a missing time, as NumPy's NaT is


@final
@dataclass(frozen=True)
class Fingerprint:
    """The hash of N rows in hexadecimal, N, and for each container its columns' names, None where it has none."""

    sha256: str
    rows: int
    columns: list[list[str] | None]


def fingerprint(containers: tuple[Any, ...]) -> Fingerprint:
    """The hash of the values of containers of N rows each; the order of rows, columns and containers counts.

    Names of columns are given beside the hash and not in it, so that an array and the frame made of it agree.
    Raises DataError for containers without rows, of different N, and for cells that are no number, text or time.

    >>> array = fingerprint((np.array([[1, 2], [3, 4]]),))
    >>> frame = fingerprint(({"a": [1.0, 3.0], "b": [2, 4]},))
    >>> array.sha256 == frame.sha256, array.columns, frame.columns
    (True, [None], [['a', 'b']])
    """
    read = [_columns_of(container) for container in containers]
    lengths = {rows for rows, _, _ in read}
    if len(lengths) != 1 or 0 in lengths:
        found = ", ".join(str(rows) for rows, _, _ in read) or "nothing"
        raise DataError(f"seal: got {found} rows; give containers of the same number of rows, one or more.")
    total = hashlib.sha256(HEAD)
    for rows, _, columns in read:
        parts = 0
        for kind, *buffers in columns:
            total.update(kind)
            for buffer in buffers:
                total.update(np.ascontiguousarray(buffer).data)
            parts += 1
        total.update(f"end of {rows} x {parts}\n".encode())
    return Fingerprint(total.hexdigest(), lengths.pop(), [names for _, names, _ in read])


Canonical = tuple[Any, ...]  # a tag of its kind, then arrays of bytes


def _columns_of(container: Any) -> tuple[int, list[str] | None, Iterator[Canonical]]:
    """N, the names of the columns, and their canonical forms, made one after another."""
    if isinstance(container, Table) or isinstance(container, dict) or is_frame(container):
        frame = _polars(container)
        return frame.height, list(map(str, frame.columns)), (_of_series(series) for series in frame)
    if hasattr(container, "tocsr"):
        raise DataError("seal: sparse rows are not sealed; give a dense array, X.toarray().")
    column = _polars_column(container)
    if column is not None:
        return len(column), None, iter([_of_series(column)])
    array = _array(container)
    if array.dtype.kind in "biuf" and array.dtype.itemsize <= 8:
        return len(array), None, (_of_numbers(array[:, d]) for d in range(array.shape[1]))
    frame = frame_of({str(d): array[:, d] for d in range(array.shape[1])})
    return len(array), None, (_of_series(series) for series in frame)


def _polars(container: Any) -> pl.DataFrame:
    """A Polars frame of the same cells; whole numbers with gaps stay whole, which NumPy's form would round."""
    import narwhals as nw
    import polars as pl

    if isinstance(container, Table):
        return container.frame
    frame = frame_of(container)  # raises for what is no table
    native = nw.from_native(container, pass_through=True)
    if not isinstance(native, nw.DataFrame) or native.implementation.is_polars():
        return frame
    gaps = [column for column in native.iter_columns() if column.dtype.is_integer() and column.null_count()]
    cells = {column.name: [None if is_missing(cell) else int(cell) for cell in column.to_list()] for column in gaps}
    return frame.with_columns(pl.Series(str(name), whole) for name, whole in cells.items())


def _polars_column(container: Any) -> pl.Series | None:
    """A column of Polars, Arrow or pandas as one of Polars, None for anything else."""
    import narwhals as nw
    import polars as pl

    if type(container).__module__.split(".")[0] == "pyarrow":
        return pl.Series(container)
    native = nw.from_native(container, allow_series=True, pass_through=True)
    if not isinstance(native, nw.Series):
        return None
    return _polars(native.alias("0").to_frame().to_native()).to_series()


def _array(container: Any) -> Array:
    """Anything else as an array (N, D): further axes are laid out one after another."""
    n_rows(container)  # raises for what has no rows
    try:
        array = np.asarray(container)
        if array.dtype.kind == "U" and isinstance(container, list | tuple):
            array = np.asarray(container, dtype=object)  # one text turns all its neighbours into text
    except ValueError as error:  # NumPy's word on nested lists of unequal lengths
        raise DataError(f"seal: the rows have different lengths ({error}); give each the same columns.") from error
    if array.ndim == 0:
        raise DataError(f"seal: {type(container).__name__} has no rows; give an array, list, frame or table.")
    return array.reshape(len(array), -1) if len(array) else array.reshape(0, 1)


def _of_numbers(values: Array) -> Canonical:
    """Numbers and truths (N,) of up to 8 bytes, NaN where missing."""
    if values.dtype.kind in "iu" and values.dtype.itemsize == 8 and not _fits(values):
        return _of_text(b"digits\n", [str(value) for value in values.tolist()])
    numbers = values.astype(np.float64) + 0.0  # -0.0 + 0.0 is 0.0
    absent = np.isnan(numbers)
    numbers[absent] = np.nan  # one of the many bit patterns
    return (b"missing\n",) if absent.all() else (b"numbers\n", numbers.astype("<f8"))


def _fits(values: Array) -> bool:
    """Whether float64 holds each of these whole numbers."""
    if not len(values) or (int(values.max()) <= EXACT_WHOLE and int(values.min()) >= -EXACT_WHOLE):
        return True
    return all(int(float(value)) == value for value in values.tolist())


def _of_series(series: pl.Series) -> Canonical:
    """A Polars column of any plain type."""
    import polars as pl

    kind = series.dtype
    if series.null_count() == series.len():
        return (b"missing\n",)
    if isinstance(kind, pl.Categorical | pl.Enum | pl.String):
        return _of_text(b"text\n", series.cast(pl.String).to_list())
    if kind.is_integer() and not _fits(series.drop_nulls().to_numpy()):
        return _of_text(b"digits\n", [None if cell is None else str(cell) for cell in series.to_list()])
    if kind.is_numeric() or kind == pl.Boolean:
        return _of_numbers(series.cast(pl.Float64).to_numpy())
    if kind in (pl.Date, pl.Datetime):
        return _of_times(b"times\n", series.cast(pl.Datetime("us")))
    if kind == pl.Duration:
        return _of_times(b"durations\n", series.cast(pl.Duration("us")))
    if kind == pl.Time:
        return _of_times(b"hours\n", series)
    raise DataError(
        f"seal: column {series.name!r} holds {kind}; a sealed column holds numbers, truths, text or times. "
        "Leave it out, or turn it into such columns first."
    )


def _of_times(tag: bytes, series: pl.Series) -> Canonical:
    return tag, series.to_physical().fill_null(int(NO_TIME)).to_numpy().astype("<i8")


def _of_text(tag: bytes, cells: list[str | None]) -> Canonical:
    """Lengths in bytes, -1 where missing, then all bytes in a row: no two columns give the same."""
    coded = [None if cell is None else cell.encode() for cell in cells]
    lengths = np.array([-1 if cell is None else len(cell) for cell in coded], "<i8")
    return tag, lengths, np.frombuffer(b"".join(cell for cell in coded if cell is not None), np.uint8)
