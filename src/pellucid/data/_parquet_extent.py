"""The sizes that a Parquet file declares.

Here: `parquet_extents`, one `Extent` a row group, and `ThriftReader`, which reads its headers.
Elsewhere: they are compared with what is allowed in `_extent.py`; the cells are read by Polars in `_typed.py`.
Imports: the standard library.

Source: the Parquet format, parquet.thrift, and "Thrift compact protocol encoding".
"""

import base64
import binascii
from typing import Any, final

from pellucid.data._arrow_extent import FlatTable, bytes_a_row
from pellucid.data._extent import CELL_BYTES, MOST_DEEP, Bytes, Extent, check_ratio, whole_number

MARK = b"PAR1"
TAIL_BYTES = 4 + len(MARK)  # the length of the footer, and the mark again
CODECS = ("none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4")
ARROW_SCHEMA = b"ARROW:schema"  # how writers of Arrow keep the types that Parquet lacks
BOOLS, BYTE, WHOLES, DOUBLE, BINARY, LISTS, MAP, STRUCT = (1, 2), 3, (4, 5, 6), 7, 8, (9, 10), 11, 12  # on the wire
WIDEST = 10  # bytes of a variable-length number of 64 bits
MOST_FIELDS = 1 << 15

FLAG, WHOLE, TEXT = BOOLS, WHOLES, (BINARY,)
Kind = Any  # one of those, or a dict of the fields of a struct, or a list of the kind of its items
Struct = dict[int, Any]

# Every field whose kind Polars takes for granted, for it does not look at the kind that stands there.
_UNIT: Kind = {1: {}, 2: {}, 3: {}}
_TIME: Kind = {1: FLAG, 2: _UNIT}
_TYPE: Kind = dict.fromkeys((1, 2, 3, 4, 6, 11, 12, 13, 14, 15), {}) | {5: {1: WHOLE, 2: WHOLE}, 7: _TIME, 8: _TIME}
_ELEMENT: Kind = dict.fromkeys((1, 2, 3, 5, 6, 7, 8, 9), WHOLE) | {4: TEXT, 10: _TYPE | {10: {1: (BYTE,), 2: FLAG}}}
_STATISTICS: Kind = {1: TEXT, 2: TEXT, 3: WHOLE, 4: WHOLE, 5: TEXT, 6: TEXT, 7: FLAG, 8: FLAG}
_NOTE: Kind = {1: TEXT, 2: TEXT}
_CHUNK: Kind = dict.fromkeys((1, 4, 5, 6, 7, 9, 10, 11, 14, 15), WHOLE) | {
    2: [WHOLE],
    3: [TEXT],
    8: [_NOTE],
    12: _STATISTICS,
    13: [{1: WHOLE, 2: WHOLE, 3: WHOLE}],
}
_COLUMN: Kind = {1: TEXT, 2: WHOLE, 3: _CHUNK, 4: WHOLE, 5: WHOLE, 6: WHOLE, 7: WHOLE, 9: TEXT}
_GROUP: Kind = {1: [_COLUMN], 2: WHOLE, 3: WHOLE, 4: [{1: WHOLE, 2: FLAG, 3: FLAG}], 5: WHOLE, 6: WHOLE, 7: WHOLE}
FOOTER: Kind = {1: WHOLE, 2: [_ELEMENT], 3: WHOLE, 4: [_GROUP], 5: [_NOTE], 6: TEXT, 7: [{1: {}}], 9: TEXT}
PAGE: Kind = {
    1: WHOLE,
    2: WHOLE,
    3: WHOLE,
    4: WHOLE,
    5: {1: WHOLE, 2: WHOLE, 3: WHOLE, 4: WHOLE, 5: _STATISTICS},
    7: {1: WHOLE, 2: WHOLE, 3: FLAG},
    8: dict.fromkeys(range(1, 7), WHOLE) | {7: FLAG, 8: _STATISTICS},
}


def parquet_extents(raw: Bytes) -> list[Extent]:
    """What the pages of each row group unpack to; ValueError for a page that the bytes cannot hold."""
    end = len(raw) - TAIL_BYTES
    if raw[max(0, end + 4) :] != MARK:
        raise ValueError("its last bytes are missing")
    length = whole_number(raw, end, "<I")
    if length > end:
        raise ValueError(f"its footer of {length:,} bytes stands in {len(raw):,}")
    footer = ThriftReader(raw, end - length, end).struct(FOOTER)
    groups = footer.get(4, [])
    if any(group.get(3, 0) < 0 for group in groups) or sum(group.get(3, 0) for group in groups) != footer.get(3, 0):
        raise ValueError("its groups of rows do not add up to its rows")
    width = _bytes_a_row(footer)
    return [_extent(raw, group, width) for group in groups]


def _bytes_a_row(footer: Struct) -> int:
    """What the columns of fixed width take in one row; ValueError for columns too deep within each other."""
    width, open_ = 0, [1]  # how many columns are still to come at each depth
    for element in footer.get(2, []):
        while open_ and open_[-1] == 0:
            open_.pop()
        children = element.get(5, 0)
        width += element.get(2, 0)
        if not open_ or min(children, element.get(2, 0)) < 0 or len(open_) > MOST_DEEP:
            raise ValueError(f"its columns do not form a tree of at most {MOST_DEEP} levels")
        open_[-1] -= 1
        open_.append(children)
    for note in footer.get(5, []):
        if note.get(1) == ARROW_SCHEMA:
            try:
                message = base64.b64decode(note.get(2, b""))
            except binascii.Error as error:
                raise ValueError(f"its Arrow schema is not base64: {error}") from error
            schema = FlatTable.root(message[8:]).table(2)  # after the mark and the length of a message
            width += bytes_a_row(schema) if schema is not None else 0
    return width


def _extent(raw: Bytes, group: Struct, width: int) -> Extent:
    packed, unpacked, rows = 0, 0, group.get(3, 0)
    for column in group.get(1, []):
        chunk = column.get(3, {})
        first, dictionary, size = chunk.get(9, 0), chunk.get(11, 0), chunk.get(7, 0)
        begin = dictionary if dictionary > 0 else first
        if min(begin, size) < 0 or begin + size > len(raw):
            raise ValueError(f"a column of {size:,} bytes stands in a file of {len(raw):,}")
        inside, cells = _pages(raw, begin, begin + size, chunk.get(5, 0), chunk.get(4, 0))
        packed += size
        unpacked += max(inside, cells * CELL_BYTES)
    return Extent(packed, max(unpacked, rows * width, rows * CELL_BYTES))


def _pages(raw: Bytes, at: int, end: int, cells: int, codec: int) -> tuple[int, int]:
    """Bytes and cells in the pages of a column, from one place to another."""
    name = CODECS[codec] if 0 <= codec < len(CODECS) else "none"
    inside = found = stored = 0
    while at < end and found < cells:
        reader = ThriftReader(raw, at, end)
        page = reader.struct(PAGE)
        size, unpacked = page.get(3, -1), page.get(2, -1)
        count = sum(page.get(field, {}).get(1, 0) for field in (5, 8))
        words = page.get(7, {}).get(1, 0)
        if not 0 <= size <= end - reader.at or min(count, words) < 0:
            raise ValueError(f"a page of {size:,} bytes and {count:,} cells stands in {end - reader.at:,} bytes")
        check_ratio(size, unpacked, name)
        inside, found, stored = inside + unpacked, found + count, stored + words
        at = reader.at + size
    if found < cells:
        raise ValueError(f"a column of {cells:,} cells has pages of {found:,}")
    return inside, found + stored


@final
class ThriftReader:
    """Structs in Thrift's compact protocol; `at` is where it stands.

    ValueError for what goes beyond `end`, has another kind than is known of its field, or is nested too deep.

    >>> ThriftReader(bytes([0x15, 0x06, 0x18, 0x01, 0x61, 0x00]), 0, 6).struct({1: WHOLE, 2: TEXT})
    {1: 3, 2: b'a'}
    """

    def __init__(self, raw: Bytes, at: int, end: int) -> None:
        self.raw, self.at, self.end = raw, at, end

    def struct(self, known: Kind, depth: int = 0) -> Struct:
        """The fields, by number."""
        if depth > MOST_DEEP:
            raise ValueError("a header is nested too deep")
        found: Struct = {}
        field = 0
        while head := self._byte():
            field = field + (head >> 4) if head >> 4 else self._signed()
            if not 0 < field < MOST_FIELDS:
                raise ValueError(f"a header has a field {field}")
            kind = head & 15
            found[field] = kind == BOOLS[0] if kind in BOOLS else self._value(kind, known.get(field), depth)
            if kind in BOOLS and known.get(field, FLAG) is not FLAG:
                raise ValueError(f"a header has a field {field} of another kind")
        return found

    def _value(self, kind: int, known: Kind, depth: int) -> Any:
        """A value of a kind; `known` is what it must be, None where that is not known."""
        if kind == STRUCT and (known is None or isinstance(known, dict)):
            return self.struct(known or {}, depth + 1)
        if kind in LISTS and (known is None or isinstance(known, list)):
            return self._list(known[0] if known else None, depth)
        if known is not None and (not isinstance(known, tuple) or kind not in known):
            raise ValueError(f"a header has a value of kind {kind} in place of another")
        if kind in WHOLES:
            return self._signed()
        if kind == BINARY:
            return self._bytes(self._unsigned())
        if kind in (BYTE, *BOOLS):  # a truth within a list takes a byte
            return self._byte()
        if kind == DOUBLE:
            return self._bytes(8)
        if kind == MAP:
            return self._map(depth)
        raise ValueError(f"a header has a value of kind {kind}, which there is not")

    def _list(self, known: Kind, depth: int) -> list[Any]:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._unsigned()
        if count > self.end - self.at or depth > MOST_DEEP:  # an item takes a byte at least
            raise ValueError(f"a list of {count:,} items stands in {self.end - self.at:,} bytes")
        return [self._value(head & 15, known, depth + 1) for _ in range(count)]

    def _map(self, depth: int) -> None:
        count = self._unsigned()
        kinds = self._byte() if count else 0
        if count > self.end - self.at or depth > MOST_DEEP:
            raise ValueError(f"a map of {count:,} items stands in {self.end - self.at:,} bytes")
        for _ in range(count):
            self._value(kinds >> 4, None, depth + 1)
            self._value(kinds & 15, None, depth + 1)

    def _byte(self) -> int:
        at = self.at
        if at >= self.end:
            raise ValueError("a header is cut off")
        self.at = at + 1
        return self.raw[at]

    def _bytes(self, count: int) -> bytes:
        at = self.at
        if count > self.end - at:
            raise ValueError(f"a word of {count:,} bytes stands in {self.end - at:,}")
        self.at = at + count
        return self.raw[at : at + count]

    def _unsigned(self) -> int:
        total = shift = 0
        while (byte := self._byte()) & 128:
            total |= (byte & 127) << shift
            shift += 7
            if shift > 7 * WIDEST:
                raise ValueError("a number in a header does not end")
        return total | byte << shift

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
