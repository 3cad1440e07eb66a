"""Packed files are unpacked by their first bytes, and damaged ones are named."""

import gzip
import io
import lzma

import polars as pl
import pytest

from pellucid.data import Table, _packing, read_table, scan_table
from pellucid.data._packing import _openers, most_unpacked
from pellucid.errors import DataError, ParameterError

CSV = "x,word\n1,ä\n2.5,\n"


def rows(table: Table) -> list[tuple[object, ...]]:
    return table.frame.rows()


def fault(path, **options) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    return str(caught.value)


@pytest.mark.parametrize("packing", ["gzip", "zstd", "bzip2", "xz"])
def test_packed_files_are_unpacked_whatever_their_name(write, tmp_path, packing):
    buffer = io.BytesIO()
    with _openers()[packing](buffer, "wb") as file:
        file.write(CSV.encode())
    packed = buffer.getvalue()
    table = read_table(write("table.csv", packed))
    assert rows(table) == [(1.0, "ä"), (2.5, None)]
    assert table.report.notes == (f"unpacked from {packing}",)
    assert read_table(write("twice", packed + packed)).column("x").tolist() == ["1", "2.5", "x", "1", "2.5"]
    assert f"is a damaged {packing} file" in fault(write("cut.csv", packed[:-6]))


def test_packed_parquet_and_packed_utf_16_are_read_too(write):
    buffer = io.BytesIO()
    pl.DataFrame({"x": [1, 2]}).write_parquet(buffer)
    assert rows(read_table(write("a", gzip.compress(buffer.getvalue())))) == [(1.0,), (2.0,)]
    table = read_table(write("b", lzma.compress(CSV.encode("utf-16"))))
    assert table.report.notes == ("unpacked from xz", "decoded from utf-16-le")


def test_a_packed_file_with_nothing_inside_is_empty(write):
    assert "is a gzip file with nothing inside (0 bytes)" in fault(write("a.csv.gz", gzip.compress(b"")))


def test_a_word_that_begins_like_a_packed_file_is_a_word(write):
    assert read_table(write("a.csv", "BZhang,x\n1,2\n")).columns == ("BZhang", "x")


@pytest.mark.parametrize("packing", ["gzip", "zstd", "bzip2", "xz"])
def test_a_small_file_that_unpacks_to_very_much_is_refused_until_that_is_allowed(write, monkeypatch, packing):
    monkeypatch.setattr(_packing, "FREE_BYTES", 10_000)
    monkeypatch.setattr(_packing, "PART_BYTES", 1000)
    buffer = io.BytesIO()
    with _openers()[packing](buffer, "wb") as file:
        file.write(b"x\n" + b"1\n" * 200_000)
    path = write("bomb.csv", buffer.getvalue())
    message = fault(path)
    assert "bomb.csv unpacks to more than " in message
    assert "packed ones: it may be a decompression bomb" in message
    assert "give the number of bytes to allow, such as unpacked=10**11" in message
    assert len(read_table(path, unpacked=400_002)) == 200_000
    assert "unpacks to more than 400,001 bytes" in fault(path, unpacked=400_001)
    assert len(read_table(path, rows=5)) == 5  # piece by piece there is no need of a guard
    assert sum(len(batch) for batch in scan_table(path)) == 200_000


def test_a_packed_typed_file_is_held_whole_and_guarded_in_a_stream_too(write, monkeypatch):
    monkeypatch.setattr(_packing, "FREE_BYTES", 10_000)
    buffer = io.BytesIO()
    pl.DataFrame({"x": [0.0] * 200_000}).write_ipc(buffer)
    path = write("a.arrow.gz", gzip.compress(buffer.getvalue()))
    with pytest.raises(DataError, match="may be a decompression bomb"):
        list(scan_table(path))
    assert sum(len(batch) for batch in scan_table(path, unpacked=10**7)) == 200_000


def test_what_may_come_out_of_a_file_grows_with_it_up_to_a_limit():
    assert [most_unpacked(packed, None) for packed in (10, 10**7, 10**12)] == [2**28, 200 * 10**7, 2**34]
    assert most_unpacked(10, 10**12) == 10**12


@pytest.mark.parametrize("unpacked", [0, True, 1e9])
def test_bytes_to_allow_are_a_whole_number(write, unpacked):
    with pytest.raises(ParameterError, match="unpacked is .*; give a number of bytes >= 1"):
        read_table(write("a.csv", CSV), unpacked=unpacked)
