"""Packed files are unpacked by their first bytes, and damaged ones are named."""

import gzip
import io
import lzma

import polars as pl
import pytest

from pellucid.data import Table, read_table
from pellucid.data._packing import _openers
from pellucid.errors import DataError

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
