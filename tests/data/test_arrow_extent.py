"""The sizes in Arrow files: found in whole files, and refused where the bytes cannot hold them."""

import io
import struct

import polars as pl
import pytest

from pellucid.data._arrow_extent import FlatTable, arrow_extents
from pellucid.data._extent import CELL_BYTES, Extent

ROWS = 60
ZSTD = b"\x28\xb5\x2f\xfd"  # begins every packed buffer, behind the bytes it unpacks to
FRAME = pl.DataFrame({"x": [1.5, None, 3.0] * 20, "word": ["a", None, "bc"] * 20})


def written(frame: pl.DataFrame, stream: bool, compression: str = "uncompressed") -> bytes:
    (frame.write_ipc_stream if stream else frame.write_ipc)(buffer := io.BytesIO(), compression=compression)
    return buffer.getvalue()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
def test_a_batch_takes_at_least_eight_bytes_a_cell_however_it_is_packed(stream, compression):
    (extent,) = arrow_extents(written(FRAME, stream, compression))
    assert extent.unpacked >= ROWS * FRAME.width * CELL_BYTES
    plain = arrow_extents(written(FRAME, stream))
    assert abs(extent.unpacked - plain[0].unpacked) <= 64 * FRAME.width * 3  # buffers are filled up to 64 bytes


def test_batches_and_dictionaries_are_counted_one_by_one():
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"few": pa.array(["a", "b", None] * 20).dictionary_encode()})
    for new in (pa.ipc.new_file, pa.ipc.new_stream):
        with new(buffer := io.BytesIO(), table.schema) as file:
            file.write_table(table, max_chunksize=25)
        assert len(arrow_extents(buffer.getvalue())) == 1 + 3  # the dictionary, then 25, 25 and 10 rows


def test_a_column_of_nothing_takes_what_its_rows_take():
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"void": pa.nulls(10**9)})
    with pa.ipc.new_stream(buffer := io.BytesIO(), table.schema) as file:
        file.write_table(table)
    assert arrow_extents(buffer.getvalue()) == [Extent(0, 10**9 * CELL_BYTES)]


def test_items_of_fixed_number_count_once_a_row():
    pa = pytest.importorskip("pyarrow")
    wide = pa.list_(pa.list_(pa.int8(), 1000), 1000)  # a million in one row, and here there is no row that holds them
    with pa.ipc.new_stream(buffer := io.BytesIO(), pa.schema({"x": wide})) as file:
        file.write_batch(pa.record_batch([pa.nulls(2, wide)], names=["x"]))
    assert arrow_extents(buffer.getvalue())[0].unpacked >= 2 * 10**6


@pytest.mark.parametrize("stream", [False, True])
def test_a_packed_size_that_no_packer_reaches_is_refused(stream):
    raw = written(FRAME, stream, "zstd")
    begin, found = raw.find(ZSTD), 0
    while begin >= 0:
        spoilt = bytearray(raw)
        spoilt[begin - 2] = 0x40  # 2^54 bytes more
        with pytest.raises(ValueError, match=r"bytes packed by zstd cannot hold 18,0"):
            arrow_extents(bytes(spoilt))
        begin, found = raw.find(ZSTD, begin + 1), found + 1
    assert found >= FRAME.width


@pytest.mark.parametrize("stream", [False, True])
def test_a_length_that_the_bytes_cannot_hold_is_refused(stream):
    raw = written(FRAME.head(ROWS), stream)
    length = struct.pack("<qq", ROWS, 20)  # of a FieldNode: cells, and those that are null
    assert length in raw
    for cells in (-1, 1 << 54):
        spoilt = raw.replace(length, struct.pack("<qq", cells, 20))
        if cells < 0:
            with pytest.raises(ValueError, match="outside of the"):
                arrow_extents(spoilt)
        else:
            assert arrow_extents(spoilt)[0].unpacked > cells


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("value", [0, 1, 0x40, 0x7F, 0x80, 0xFF])
def test_any_one_byte_may_be_any_other_and_nothing_but_a_value_error_escapes(stream, value):
    raw, refused = written(FRAME, stream, "zstd"), 0
    for at in range(len(raw)):
        spoilt = bytearray(raw)
        spoilt[at] = value
        try:
            arrow_extents(bytes(spoilt))
        except ValueError:
            refused += 1
    assert 0 < refused < len(raw)


def test_a_file_cut_off_anywhere_is_refused():
    raw = written(FRAME, stream=False)
    for end in range(len(b"ARROW1"), len(raw)):
        with pytest.raises(ValueError, match=r"."):
            arrow_extents(raw[:end])


def test_a_stream_cut_off_within_a_batch_is_refused_and_between_two_holds_fewer():
    raw = written(FRAME, stream=True)
    whole, found = arrow_extents(raw), set()
    for end in range(len(raw)):
        try:
            found.add(len(arrow_extents(raw[:end])))
        except ValueError:
            found.add(None)
    assert found == {None, 0, len(whole)}  # the last where only the mark of the end is cut off


def test_a_vector_longer_than_its_bytes_is_refused():
    with pytest.raises(ValueError, match=r"outside of its"):
        FlatTable.root(b"\xff\0\0\0")
