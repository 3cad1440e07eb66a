"""What a file of typed columns says it unpacks to, looked at before anything is unpacked.

Here: `Extent`, `check_extents`, `check_ratio`, and `whole_number`, which reads one number of a file's bytes.
Elsewhere: the extents are found in `_arrow_extent.py` and `_parquet_extent.py`, the limits are those of `_packing.py`.
Imports: pellucid.errors.

Polars asks for as much memory as a file declares, and where there is none Rust ends the whole process: nothing to
catch.  So a length that a damaged byte made 2^54 has to be found here.
"""

import mmap
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from pellucid.data._packing import bomb, most_unpacked
from pellucid.errors import DataError

Bytes = bytes | mmap.mmap

CELL_BYTES = 8  # of a number in memory; words take more or less
MOST_DEEP = 64  # columns within columns; Polars goes down by recursion, which a deep enough file would overflow
RATIOS = {  # bytes that one packed byte can stand for, at the very most
    "none": 1,
    "snappy": 22,  # a copy of 64 bytes takes 3
    "lz4": 255,  # the length of a match grows by 255 a byte
    "gzip": 1032,  # a match of 258 bytes takes 2 bits
    "zstd": 1 << 15,  # a block of 128 KiB of one byte takes 4
}


@final
@dataclass(frozen=True)
class Extent:
    """One part of a file that is read at once: its bytes there, and those that its cells say they take in memory."""

    packed: int
    unpacked: int


def check_extents(extents: Iterable[Extent], file: str, allowed: int | None, together: bool) -> None:
    """DataError where one part, or all of them `together`, unpack to more than `_packing.py` allows so many bytes.

    >>> check_extents([Extent(100, 300), Extent(10, 20)], "a.parquet", None, together=True)
    """
    parts = list(extents)
    if together:
        parts = [Extent(sum(part.packed for part in parts), sum(part.unpacked for part in parts))]
    for part in parts:
        most = max(part.packed, most_unpacked(part.packed, allowed))
        if part.unpacked > most:
            raise DataError(bomb(file, part.packed, most))


def check_ratio(packed: int, unpacked: int, codec: str) -> None:
    """ValueError for a size that no packer reaches from so many bytes."""
    if unpacked < 0 or unpacked > packed * RATIOS.get(codec, unpacked):
        raise ValueError(f"{packed:,} bytes packed by {codec} cannot hold {unpacked:,}")


def whole_number(raw: Bytes, at: int, form: str) -> int:
    """The number that stands at a place; ValueError where there is none.

    >>> whole_number(bytes([1, 1, 0, 0]), 0, "<i")
    257
    """
    if at < 0 or at + struct.calcsize(form) > len(raw):
        raise ValueError(f"place {at} is outside of its {len(raw):,} bytes")
    return int(struct.unpack_from(form, raw, at)[0])
