"""Arrays in NPY files and NPZ archives, and the tables they make.

Here: `array_of` and `read_array`, which never unpickle and allot nothing for a header that promises too much; and
`table_of_arrays`.
Elsewhere: which arrays are pictures and labels is decided in `_images.py`; what a column is, in `_kinds.py`.
Imports: numpy, pellucid.errors; Polars inside the functions.
"""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.data._frames import frame_of
from pellucid.data._packing import bomb, most_unpacked
from pellucid.errors import DataError

if TYPE_CHECKING:
    import polars as pl

NPY, NPZ = b"\x93NUMPY", b"PK\x03\x04"


def names_of(archive: zipfile.ZipFile) -> list[str]:
    """The names of the arrays in an archive, in its order."""
    return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]


def is_archive(raw: bytes) -> bool:
    """Whether the bytes are an NPZ archive: a zip archive with nothing but arrays in it."""
    if not raw.startswith(NPZ):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return all(name.endswith(".npy") for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False


def array_of(raw: bytes, file: str) -> NDArray[Any]:
    """The array in an NPY file; DataError for a damaged one, or one of Python objects."""
    try:
        _check_header(io.BytesIO(raw), len(raw))
        return np.asarray(np.lib.format.read_array(io.BytesIO(raw), allow_pickle=False))
    except (EOFError, ValueError, OSError) as error:
        raise DataError(
            f"{file} cannot be read as an array: {error}. If it is damaged, write or fetch it anew."
        ) from error


def read_array(archive: zipfile.ZipFile, name: str, file: str, allowed: int | None = None) -> NDArray[Any]:
    """One array of an archive; DataError for a damaged one, one of Python objects, or above the limits of unpacking."""
    entry = archive.getinfo(f"{name}.npy")
    most = most_unpacked(entry.compress_size, allowed)
    if entry.file_size > most:
        raise DataError(bomb(f"{file}: the array {name}", entry.compress_size, most))
    try:
        with archive.open(entry) as opened:
            _check_header(opened, entry.file_size)
        with archive.open(entry) as opened:
            return np.asarray(np.lib.format.read_array(opened, allow_pickle=False))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError) as error:
        # ValueError: no or a wrong header, Python objects; RuntimeError: encrypted, or packed by an unknown method
        raise DataError(
            f"{file}: the array {name} cannot be read: {error}. If the file is damaged, write or fetch it anew; "
            "objects must become plain numbers or words first."
        ) from error


def table_of_arrays(raw: bytes, file: str, allowed: int | None = None) -> pl.DataFrame:
    """The frame of an NPY file or NPZ archive.

    An array (N,) is a column of its name, in an NPY file "x"; x (N, D) is the columns x0, x1, ...; an array of records
    has their fields for columns.  All must have the same length N.
    """
    if raw.startswith(NPY):
        arrays = {"x": array_of(raw, file)}
    else:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            arrays = {name: read_array(archive, name, file, allowed) for name in names_of(archive)}
    columns: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        for column, values in _columns_of(name, array, file).items():
            if column in columns:
                raise DataError(f"{file}: two arrays make a column {column!r}. Give one another name.")
            columns[column] = values
    try:
        frame = frame_of(columns)
    except UnicodeError as error:
        raise DataError(f"{file}: its words are no text ({error}). Decode them again from their source.") from error
    except DataError as error:  # worded for a frame in memory
        raise DataError(str(error).replace("as_table:", f"{file}:")) from error
    if frame.height == 0:
        raise DataError(f"{file} has {frame.width} columns and 0 rows; at least one of each was expected.")
    return frame


def _columns_of(name: str, array: NDArray[Any], file: str) -> dict[str, NDArray[Any]]:
    if array.dtype.names and array.ndim == 1:
        return {field: array[field] for field in array.dtype.names}
    if array.ndim == 1:
        return {name: array}
    if array.ndim == 2:
        return {f"{name}{d}": array[:, d] for d in range(array.shape[1])}
    raise DataError(
        f"{file}: the array {name} is {array.shape}; a table is made of arrays (N,) and (N, D). Pictures are read by "
        "pellucid.data.read_images."
    )


def _check_header(file: IO[bytes], size: int) -> None:
    """ValueError where an NPY file of `size` bytes does not hold what its header promises."""
    shape, dtype = _read_header(file)
    held = size - file.tell()
    if not dtype.hasobject and (math.prod(shape) * dtype.itemsize != held or dtype.itemsize == 0):
        raise ValueError(f"its header says {dtype} {shape}, its data are {held} bytes")


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    try:
        shape, _, dtype = read(file)
    except Exception as error:  # it parses Python: SyntaxError, TokenError, RecursionError, TypeError, ...
        raise ValueError(f"its header is damaged ({error})") from error
    return shape, dtype
