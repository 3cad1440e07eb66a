"""Compressed files, told by their first bytes.

Here: `unpack` for bytes in memory, `open_unpacked` for a file read piece by piece; gzip, zstd, bzip2 and xz.
Elsewhere: what the unpacked bytes mean is decided in `_pieces.py`.
Imports: pellucid.errors; the packers of the standard library and, before Python 3.14, backports.zstd, inside the
functions.
"""

import bz2
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable
from typing import Any, final

from pellucid.errors import DataError

PACKINGS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ\0": "xz"} | {
    b"BZh%d1AY&SY" % level: "bzip2"
    for level in range(1, 10)  # with the mark of its first block; BZh alone may be a word
}
MARK_BYTES = max(map(len, PACKINGS))


def packing_of(start: bytes) -> str | None:
    """Which packing a file that begins with these bytes has; None for a plain one."""
    return next((name for mark, name in PACKINGS.items() if start.startswith(mark)), None)


def unpack(raw: bytes, file: str) -> tuple[bytes, tuple[str, ...]]:
    """The bytes inside and a note, or the bytes themselves where they are not packed.

    Raises DataError for a damaged or truncated file, and for one with nothing inside.

    >>> unpack(gzip.compress(b"a,b"), "a.csv.gz")
    (b'a,b', ('unpacked from gzip',))
    """
    packing = packing_of(raw[:MARK_BYTES])
    if packing is None:
        return raw, ()
    try:
        plain: bytes = _openers()[packing](io.BytesIO(raw)).read()
    except _faults() as error:
        raise DataError(_damaged(file, packing, error)) from error
    if not plain:
        raise DataError(f"{file} is a {packing} file with nothing inside (0 bytes). Was its export cut off?")
    return plain, (f"unpacked from {packing}",)


@final
class Unpacked(io.RawIOBase):
    """A packed file, read piece by piece; a fault in it is a DataError."""

    def __init__(self, stream: Any, file: str, packing: str) -> None:
        super().__init__()
        self.stream, self.file, self.packing = stream, file, packing

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes of what is inside, at most `size`."""
        try:
            return bytes(self.stream.read(size))
        except _faults() as error:
            raise DataError(_damaged(self.file, self.packing, error)) from error

    def close(self) -> None:
        """Close the unpacker; the file below belongs to who opened it."""
        self.stream.close()
        super().close()


def open_unpacked(stream: Any, file: str, start: bytes) -> Any:
    """A reader of what is inside a file that begins with `start`, or the stream itself where it is not packed."""
    packing = packing_of(start)
    return stream if packing is None else Unpacked(_openers()[packing](stream), file, packing)


def _damaged(file: str, packing: str, error: Exception) -> str:
    return f"{file} is a damaged {packing} file: {error}. Was its transfer cut off? Fetch it again."


def _openers() -> dict[str, Callable[[Any], Any]]:
    return {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open, "zstd": _zstd().open}


def _zstd() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:  # the same code for older Pythons; goes when 3.14 is the oldest
        from backports import zstd
    return zstd


def _faults() -> tuple[type[Exception], ...]:
    return (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError, _zstd().ZstdError)
