"""The sizes in Parquet files: found in whole files, and refused where the bytes cannot hold them."""

import io
import struct

import polars as pl
import pytest

from pellucid.data._extent import CELL_BYTES
from pellucid.data._parquet_extent import FOOTER, MARK, ThriftReader, parquet_extents

ROWS = 60
FRAME = pl.DataFrame({"x": [1.5, None, 3.0] * 20, "word": ["a", None, "bc"] * 20})


def written(compression: str = "uncompressed", **options) -> bytes:
    FRAME.write_parquet(buffer := io.BytesIO(), compression=compression, **options)
    return buffer.getvalue()


def whole(value: int) -> bytes:
    """A signed number as Thrift's compact protocol writes it."""
    value, found = value << 1 if value >= 0 else (~value << 1) | 1, b""
    while value > 127:
        found += bytes([value & 127 | 128])
        value >>= 7
    return found + bytes([value])


def thrift(fields: dict) -> bytes:
    """A struct of numbers, structs (dict) and lists of structs, in that protocol; the fields have numbers."""
    found, last = b"", 0
    for number, value in sorted(fields.items()):
        kind = 12 if isinstance(value, dict) else 9 if isinstance(value, list) else 6
        found += bytes([(number - last) << 4 | kind])
        if kind == 9:
            found += bytes([len(value) << 4 | 12]) + b"".join(map(thrift, value))
        else:
            found += thrift(value) if kind == 12 else whole(value)
        last = number
    return found + b"\0"


def file_of(page: dict, *, rows: int = ROWS, group_rows: int = ROWS, size: int | None = None, codec: int = 6) -> bytes:
    """A file of one column that has one page, of which there is the header and ten bytes."""
    body = thrift(page) + bytes(10)
    chunk = {4: codec, 5: ROWS, 7: len(body) if size is None else size, 9: len(MARK)}
    footer = {2: [{5: 1}, {1: 5}], 3: rows, 4: [{1: [{3: chunk}], 3: group_rows}]}
    # Field 4 of a chunk is its codec, 5 its cells, 7 its bytes, 9 its place; the numbers are those of parquet.thrift.
    raw = thrift(footer)
    return MARK + body + raw + struct.pack("<I", len(raw)) + MARK


PAGE = {1: 0, 2: 480, 3: 10, 5: {1: ROWS, 2: 0, 3: 3, 4: 3}}  # 480 bytes, packed into 10


@pytest.mark.parametrize("compression", ["uncompressed", "snappy", "gzip", "lz4", "zstd"])
def test_a_row_group_takes_at_least_eight_bytes_a_cell_however_it_is_packed(compression):
    (extent,) = parquet_extents(written(compression))
    assert extent.unpacked >= ROWS * FRAME.width * CELL_BYTES
    assert extent.packed <= len(written(compression))


def test_row_groups_are_counted_one_by_one():
    assert len(parquet_extents(written(row_group_size=25))) == 3


def test_a_file_made_by_hand_is_read():
    assert parquet_extents(file_of(PAGE))[0].unpacked == 480


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (file_of(PAGE | {2: 1 << 30}), "10 bytes packed by zstd cannot hold 1,073,741,824"),
        (file_of(PAGE | {2: -1}), "10 bytes packed by zstd cannot hold -1"),
        (file_of(PAGE | {2: 480}, codec=0), "10 bytes packed by none cannot hold 480"),
        (file_of(PAGE | {3: 1 << 40}), "a page of 1,099,511,627,776 bytes and 60 cells stands in"),
        (file_of(PAGE | {3: -1}), "a page of -1 bytes"),
        (file_of(PAGE | {5: {1: -5}}), "a page of 10 bytes and -5 cells"),
        (file_of(PAGE | {5: {1: 5}}), "a column of 60 cells has pages of 5"),
        (file_of(PAGE | {5: 7}), "a value of kind 6 in place of another"),
        (file_of(PAGE, rows=ROWS + 1), "its groups of rows do not add up to its rows"),
        (file_of(PAGE, rows=-1, group_rows=-1), "its groups of rows do not add up to its rows"),
        (file_of(PAGE, size=1 << 40), "a column of 1,099,511,627,776 bytes stands in a file of"),
        (MARK + struct.pack("<I", 1 << 30) + MARK, "its footer of 1,073,741,824 bytes stands in 12"),
        (written()[:-1], "its last bytes are missing"),
        (MARK, "place -4 is outside of its 4 bytes"),
    ],
)
def test_a_size_that_the_bytes_cannot_hold_is_refused(raw, message):
    with pytest.raises(ValueError, match=message):
        parquet_extents(raw)


def test_rows_that_no_page_holds_count_as_well():
    many = parquet_extents(file_of(PAGE, rows=10**12, group_rows=10**12))
    assert many[0].unpacked >= 10**12 * CELL_BYTES


@pytest.mark.parametrize("value", [0, 1, 0x40, 0x7F, 0x80, 0xFF])
def test_any_one_byte_may_be_any_other_and_nothing_but_a_value_error_escapes(value):
    raw, refused = written(), 0
    for at in range(len(raw)):
        spoilt = bytearray(raw)
        spoilt[at] = value
        try:
            parquet_extents(bytes(spoilt))
        except ValueError:
            refused += 1
    assert 0 < refused < len(raw)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"\x15", "a header is cut off"),
        (b"\x05\x01\x02\0", "a header has a field -1"),
        (b"\x15" + b"\xff" * 12, "a number in a header does not end"),
        (b"\x18\x05a", "a word of 5 bytes stands in 1"),
        (b"\x19\xf5\xff\x7f", "a list of 16,383 items stands in 0 bytes"),
        (b"\x1b\x7f\x66", "a map of 127 items stands in 0 bytes"),
        (b"\x1d\0", "a value of kind 13, which there is not"),
        (b"\x1c" * 100, "a header is nested too deep"),
        (b"\x19\x19" * 100, "a list of"),
    ],
)
def test_a_header_that_is_none_is_refused(raw, message):
    with pytest.raises(ValueError, match=message):
        ThriftReader(raw, 0, len(raw)).struct({})


def test_every_kind_of_value_is_read_or_passed_over():
    fields = (
        b"\x11\x12\x13\x07\x16\x03\x17" + bytes(8) + b"\x18\x01a\x19\x21\x01\x02\x1b\x01\x68\x02\x01b\x1b\0\x1c\0\0"
    )
    found = ThriftReader(fields, 0, len(fields)).struct({})
    assert found == {1: True, 2: False, 3: 7, 4: -2, 5: bytes(8), 6: b"a", 7: [1, 2], 8: None, 9: None, 10: {}}


def test_the_footer_of_a_file_has_the_kinds_that_are_known_of_its_fields():
    raw = written()
    (length,) = struct.unpack("<I", raw[-8:-4])
    footer = ThriftReader(raw, len(raw) - 8 - length, len(raw) - 8).struct(FOOTER)
    assert footer[3] == ROWS
    assert [element[4] for element in footer[2]][1:] == [b"x", b"word"]
