"""The sizes that an Arrow file or stream declares.

Here: `arrow_extents`, one `Extent` a record batch, and `bytes_a_row` of a schema.
Elsewhere: they are compared with what is allowed in `_extent.py`; the cells are read by Polars in `_typed.py`.
Imports: numpy.

Source: the Arrow columnar format, "Serialization and Interprocess Communication", with Message.fbs, Schema.fbs and
File.fbs; tables, vtables and vectors as in the FlatBuffers internals.
"""

from collections.abc import Iterator
from typing import Any, final

import numpy as np

from pellucid.data._extent import CELL_BYTES, MOST_DEEP, Bytes, Extent, check_ratio, whole_number

FILE_MARK = b"ARROW1"
TAIL_BYTES = 4 + len(FILE_MARK)  # of a file: the length of the footer, and the mark again
MESSAGE_MARK = 0xFFFFFFFF
SCHEMA, DICTIONARY, BATCH = 1, 2, 3  # MessageHeader
FIXED_BINARY, FIXED_LIST = 15, 16  # Type
CODECS = {0: "lz4", 1: "zstd"}  # CompressionType
STRUCT = np.dtype([("first", "<i8"), ("second", "<i8")])  # FieldNode (cells, nulls) and Buffer (place, bytes)
BLOCK = np.dtype([("place", "<i8"), ("message", "<i4"), ("gap", "<i4"), ("body", "<i8")])
PREFIX_BYTES = 8  # before every packed buffer: what it unpacks to, or -1 where it is not packed


def arrow_extents(raw: Bytes) -> list[Extent]:
    """What each record batch and dictionary unpacks to; ValueError for a message that the bytes cannot hold."""
    return list(_extents_of_file(raw) if raw[: len(FILE_MARK)] == FILE_MARK else _extents_of_stream(raw))


def bytes_a_row(schema: "FlatTable") -> int:
    """What the columns of fixed width alone take in one row, or in one item of a column within columns.

    ValueError for columns too deep within each other, and for more of them than the bytes can hold.
    """
    total, seen = 0, 0
    todo = [(field, 1, 0) for field in schema.tables(1)]
    while todo:
        field, times, depth = todo.pop()
        kind, details = field.number(2, "<B"), field.table(3)
        if kind in (FIXED_BINARY, FIXED_LIST) and details is not None:
            times *= details.number(0, "<i")
            if times < 0:
                raise ValueError("a fixed width is below 0")
            total += times
        seen += 1
        if depth > MOST_DEEP or seen > len(schema.raw):
            raise ValueError(f"its columns lie more than {MOST_DEEP} deep within each other")
        todo.extend((child, times, depth + 1) for child in field.tables(5))
    return total


@final
class FlatTable:
    """A table of a flatbuffer; its fields have numbers, and one that is absent is 0, None or empty."""

    __slots__ = ("at", "raw", "slots")

    def __init__(self, raw: bytes, at: int) -> None:
        self.raw, self.at = raw, at
        self.slots = at - whole_number(raw, at, "<i")
        whole_number(raw, self.slots, "<H")

    @classmethod
    def root(cls, raw: bytes) -> "FlatTable":
        """The table that the whole buffer is."""
        return cls(raw, whole_number(raw, 0, "<I"))

    def number(self, field: int, form: str) -> int:
        """A whole number."""
        at = self._place(field)
        return whole_number(self.raw, at, form) if at else 0

    def table(self, field: int) -> "FlatTable | None":
        """A table within this one."""
        at = self._place(field)
        return FlatTable(self.raw, at + whole_number(self.raw, at, "<I")) if at else None

    def tables(self, field: int) -> "list[FlatTable]":
        """A vector of tables."""
        begin, count = self._vector(field, 4)
        places = (begin + 4 * item for item in range(count))
        return [FlatTable(self.raw, at + whole_number(self.raw, at, "<I")) for at in places]

    def structs(self, field: int, kind: np.dtype[Any]) -> np.ndarray[Any, Any]:
        """A vector of structs."""
        begin, count = self._vector(field, kind.itemsize)
        return np.frombuffer(self.raw, kind, count, begin) if count else np.empty(0, kind)

    def _vector(self, field: int, size: int) -> tuple[int, int]:
        at = self._place(field)
        if not at:
            return 0, 0
        at += whole_number(self.raw, at, "<I")
        count = whole_number(self.raw, at, "<I")
        if at + 4 + count * size > len(self.raw):
            raise ValueError(f"a list of {count:,} items stands in {len(self.raw):,} bytes")
        return at + 4, count

    def _place(self, field: int) -> int:
        slot = 4 + 2 * field
        if slot + 2 > whole_number(self.raw, self.slots, "<H"):
            return 0
        shift = whole_number(self.raw, self.slots + slot, "<H")
        return self.at + shift if shift else 0


def _extents_of_file(raw: Bytes) -> Iterator[Extent]:
    """By the footer, as Polars reads: the schema, and where the dictionaries and batches stand."""
    end = len(raw) - TAIL_BYTES
    if raw[max(0, end + 4) :] != FILE_MARK:
        raise ValueError("its last bytes are missing")
    length = whole_number(raw, end, "<i")
    footer = FlatTable.root(_part(raw, end - length, length))
    schema = footer.table(1)
    width = bytes_a_row(schema) if schema is not None else 0
    for field in (2, 3):
        for place, meta, _, body in footer.structs(field, BLOCK).tolist():
            message, _ = _message(raw, place)
            if min(meta, body) < 0 or place + meta + body > len(raw):
                raise ValueError(f"a batch of {body:,} bytes stands in a file of {len(raw):,}")
            yield from _extents(message, raw, place + meta, width)


def _extents_of_stream(raw: Bytes) -> Iterator[Extent]:
    """One message after the other, until an empty one or the end."""
    at, width = 0, 0
    while at + 8 <= len(raw):
        message, begin = _message(raw, at)
        if message is None:
            return
        body = message.number(3, "<q")
        if not 0 <= body <= len(raw) - begin:
            raise ValueError(f"a message of {body:,} bytes stands in {len(raw) - begin:,}")
        schema = message.table(2)
        if schema is not None and message.number(1, "<B") == SCHEMA:
            width = max(width, bytes_a_row(schema))
        yield from _extents(message, raw, begin, width)
        at = begin + body


def _message(raw: Bytes, at: int) -> tuple[FlatTable | None, int]:
    """The message at a place, None for an empty one, and where its body begins."""
    if whole_number(raw, at, "<I") == MESSAGE_MARK:  # absent before Arrow 0.15
        at += 4
    length = whole_number(raw, at, "<i")
    return FlatTable.root(_part(raw, at + 4, length)) if length else None, at + 4 + length


def _part(raw: Bytes, begin: int, length: int) -> bytes:
    if not 0 <= length <= len(raw) - begin or begin < 0:
        raise ValueError(f"{length:,} bytes from place {begin:,} on are outside of its {len(raw):,}")
    return raw[begin : begin + length]


def _extents(message: FlatTable | None, raw: Bytes, begin: int, width: int) -> Iterator[Extent]:
    """What the batch or dictionary in a message takes, its body beginning at a place; nothing for other messages."""
    what, header = (message.number(1, "<B"), message.table(2)) if message is not None else (0, None)
    batch = header.table(1) if header is not None and what == DICTIONARY else header
    if batch is None or what not in (DICTIONARY, BATCH):
        return
    lengths, buffers = batch.structs(1, STRUCT)["first"], batch.structs(2, STRUCT)
    places, sizes = buffers["first"], buffers["second"]
    left = len(raw) - begin
    if (lengths < 0).any() or (sizes < 0).any() or (places < 0).any() or (places > left - sizes).any():
        raise ValueError(f"a column lies outside of the {left:,} bytes of its batch")
    packing = batch.table(3)
    inside = sizes if packing is None else _unpacked(raw, begin + places, sizes, packing.number(0, "<b"))
    cells = sum(lengths.tolist())
    rows = max([batch.number(0, "<q"), *lengths.tolist()])
    yield Extent(sum(sizes.tolist()), max(sum(inside.tolist()), cells * CELL_BYTES, rows * width))


def _unpacked(raw: Bytes, places: Any, sizes: Any, codec: int) -> Any:
    """What each packed buffer says it holds, in front of its bytes."""
    packed = np.flatnonzero(sizes >= PREFIX_BYTES)
    there = (places[packed, None] + np.arange(PREFIX_BYTES)).ravel()
    found = sizes.copy()
    said = np.frombuffer(raw, np.uint8)[there].view("<i8")
    found[packed] = np.where(said == -1, sizes[packed] - PREFIX_BYTES, said)
    name = CODECS.get(codec, "none")
    for size, inside in zip(sizes[packed].tolist(), found[packed].tolist(), strict=True):
        check_ratio(size, inside, name)
    return found
