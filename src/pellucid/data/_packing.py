"""Compressed files, told by their first bytes.

Here: `unpack` for bytes in memory, `open_unpacked` for a file read piece by piece; gzip, zstd, bzip2 and xz; and
`most_unpacked`, the guard against small files that unpack to more than memory holds.
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
FREE_BYTES = 1 << 28  # 256 MiB may come out of any file ...
MOST_RATIO = 200  # ... more only as so many times the packed bytes: tables reach 5 to 50, bombs 1000 and more ...
MOST_BYTES = 1 << 34  # ... and without being asked for never more than 16 GiB
PART_BYTES = 1 << 22  # unpacked between two looks at the sum


def packing_of(start: bytes) -> str | None:
    """Which packing a file that begins with these bytes has; None for a plain one."""
    return next((name for mark, name in PACKINGS.items() if start.startswith(mark)), None)


def most_unpacked(packed: int, allowed: int | None) -> int:
    """How many bytes may come out of so many packed ones; `allowed` where that was given."""
    return allowed if allowed is not None else min(MOST_BYTES, max(FREE_BYTES, MOST_RATIO * packed))


def bomb(file: str, packed: int, most: int) -> str:
    """The sentence for a file that unpacks to more than `most` bytes."""
    return (
        f"{file} unpacks to more than {most:,} bytes, from {packed:,} packed ones: it may be a decompression bomb. If "
        "you trust it, give the number of bytes to allow, such as unpacked=10**11."
    )


def unpack(raw: bytes, file: str, allowed: int | None = None) -> tuple[bytes, tuple[str, ...]]:
    """The bytes inside and a note, or the bytes themselves where they are not packed.

    Raises DataError for a damaged or truncated file, for one with nothing inside, and for one that unpacks to more than
    `allowed` bytes; None is 256 MiB, or 200 times the packed bytes, but not above 16 GiB.

    >>> unpack(gzip.compress(b"a,b"), "a.csv.gz")
    (b'a,b', ('unpacked from gzip',))
    """
    packing = packing_of(raw[:MARK_BYTES])
    if packing is None:
        return raw, ()
    with Unpacked(io.BytesIO(raw), file, packing, allowed) as stream:
        plain = stream.read()
    if not plain:
        raise DataError(f"{file} is a {packing} file with nothing inside (0 bytes). Was its export cut off?")
    return plain, (f"unpacked from {packing}",)


@final
class Unpacked(io.RawIOBase):
    """A packed file, read piece by piece; a fault in it is a DataError, and so is too much of it asked for at once."""

    def __init__(self, below: Any, file: str, packing: str, allowed: int | None = None) -> None:
        super().__init__()
        self.below, self.file, self.packing, self.allowed = _Counted(below), file, packing, allowed
        self.stream = _openers()[packing](self.below)

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes of what is inside, at most `size`; below 0 all of them, as many as are allowed."""
        if size >= 0:
            return self._part(size)
        whole, count = io.BytesIO(), 0
        while part := self._part(PART_BYTES):
            count += whole.write(part)
            most = most_unpacked(self.below.count, self.allowed)
            if count > most:
                raise DataError(bomb(self.file, self.below.count, most))
        return whole.getvalue()

    def _part(self, size: int) -> bytes:
        try:
            return bytes(self.stream.read(size))
        except _faults() as error:
            raise DataError(_damaged(self.file, self.packing, error)) from error

    def close(self) -> None:
        """Close the unpacker; the file below belongs to who opened it."""
        self.stream.close()
        super().close()


@final
class _Counted(io.RawIOBase):
    """A stream that counts the bytes read from it."""

    def __init__(self, stream: Any) -> None:
        super().__init__()
        self.stream, self.count = stream, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        part = bytes(self.stream.read(size))
        self.count += len(part)
        return part


def open_unpacked(stream: Any, file: str, start: bytes, allowed: int | None = None) -> Any:
    """A reader of what is inside a file that begins with `start`, or the stream itself where it is not packed."""
    packing = packing_of(start)
    return stream if packing is None else Unpacked(stream, file, packing, allowed)


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
