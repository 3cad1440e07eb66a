"""Parquet, Arrow and JSON Lines: types are believed, and faults have their lines."""

import datetime

import numpy as np
import polars as pl
import pytest

from pellucid.data import Table, read_table, scan_table
from pellucid.errors import DataError

CSV = "x,word\n1,ä\n2.5,\n"


def rows(table: Table) -> list[tuple[object, ...]]:
    return table.frame.rows()


def fault(path, **options) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    return str(caught.value)


def test_parquet_is_read_by_its_content_whatever_its_name(tmp_path):
    frame = pl.DataFrame({"x": [1, None, 3], "word": ["a", "?", None], "sold": [True, False, None]})
    frame.write_parquet(tmp_path / "table.data")
    table = read_table(tmp_path / "table.data")
    assert table.kinds == {"x": "number", "word": "category", "sold": "boolean"}
    assert table.report.columns[1].missing == {"?": 1, "null": 1}


def test_a_damaged_or_empty_parquet_file_is_a_data_error(tmp_path):
    pl.DataFrame({"x": [1.0] * 1000}).write_parquet(tmp_path / "good.parquet")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "good.parquet").read_bytes()[:200])
    with pytest.raises(DataError, match="damaged Parquet file"):
        read_table(tmp_path / "cut.parquet")
    pl.DataFrame({"x": []}).write_parquet(tmp_path / "empty.parquet")
    with pytest.raises(DataError, match="1 columns and 0 rows"):
        read_table(tmp_path / "empty.parquet")


@pytest.mark.parametrize("stream", [False, True])
def test_arrow_files_and_streams_are_read_by_their_content(tmp_path, stream):
    frame = pl.DataFrame({"x": [1, None, 3], "word": ["a", "?", None], "day": [datetime.date(1970, 1, 2)] * 3})
    (frame.write_ipc_stream if stream else frame.write_ipc)(tmp_path / "table.data")
    table = read_table(tmp_path / "table.data")
    assert rows(table) == [(1.0, "a", 86400.0), (None, None, 86400.0), (3.0, None, 86400.0)]
    whole = (tmp_path / "table.data").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    assert "is a damaged Arrow file" in fault(tmp_path / "cut")


def test_pandas_feather_and_pyarrow_files_are_read(tmp_path):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"x": [1.5, None], "kind": pd.Categorical(["a", "b"])})
    frame.to_feather(tmp_path / "a.feather", compression="zstd")
    assert rows(read_table(tmp_path / "a.feather")) == [(1.5, "a"), (None, "b")]


@pytest.mark.parametrize("write_as", ["write_parquet", "write_ipc", "write_ipc_stream"])
def test_typed_files_that_unpack_to_more_than_is_allowed_are_refused_and_read_when_asked(tmp_path, write_as):
    rows = 1 << 17
    getattr(pl.DataFrame({"x": [0.5] * rows}), write_as)(tmp_path / "a", compression="zstd")
    told = fault(tmp_path / "a", unpacked=rows)
    assert f"a unpacks to more than {rows:,} bytes" in told and "give the number of bytes to allow" in told
    with pytest.raises(DataError, match="unpacks to more than"):
        list(scan_table(tmp_path / "a", unpacked=rows, rows=1))
    assert read_table(tmp_path / "a", unpacked=1 << 21).column("x").tolist() == [0.5] * rows


@pytest.mark.parametrize("stream", [False, True])
def test_an_arrow_buffer_that_says_it_unpacks_to_more_than_any_memory_is_a_data_error(tmp_path, stream):
    """Polars 2.1 asks for what stands there, and where there is so much not Rust ends the process."""
    frame = pl.DataFrame({"x": [1.5] * 60, "word": ["abc", None] * 30})
    (frame.write_ipc_stream if stream else frame.write_ipc)(tmp_path / "whole", compression="zstd")
    raw = bytearray((tmp_path / "whole").read_bytes())
    raw[raw.rfind(b"\x28\xb5\x2f\xfd") - 2] = 0x40  # of the eight bytes before what zstd packed: 2^54 more
    (tmp_path / "a").write_bytes(raw)
    told = r"a is a damaged Arrow file: .* bytes packed by zstd cannot hold 18,.*\. Was its transfer cut off\?"
    with pytest.raises(DataError, match=told):
        read_table(tmp_path / "a")
    with pytest.raises(DataError, match=told):
        list(scan_table(tmp_path / "a"))


def test_a_parquet_header_that_names_a_field_below_zero_is_a_data_error(tmp_path):
    """Polars 2.1 lost its place at one and asked for 2^61 bytes."""
    pl.DataFrame({"x": [1.5] * 60}).write_parquet(tmp_path / "a")
    raw = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(raw[:4] + b"\x05\x01" + raw[6:])
    for read in (read_table, lambda path: list(scan_table(path))):
        with pytest.raises(DataError, match=r"a is a damaged Parquet file: a header has a field -1"):
            read(tmp_path / "a")


def test_json_lines_are_read_with_names_in_order_of_appearance(write):
    lines = '{"x": 1, "word": "a"}\n\n{"word": "?", "sold": true}\r\n{"x": 2.5, "sold": null}\n'
    table = read_table(write("table.txt", lines))
    assert table.kinds == {"x": "number", "word": "category", "sold": "boolean"}
    assert rows(table) == [(1.0, "a", None), (None, None, True), (2.5, None, None)]


def test_json_numbers_follow_the_rules_of_numbers_in_text(write):
    table = read_table(write("a.jsonl", '{"x": 1e400, "n": 9007199254740993}\n{"x": -Infinity, "n": 1}\n'))
    assert table.column("x").tolist() == [np.inf, -np.inf]
    assert table.report.columns[0].coercions == {"infinite": 2}
    assert table.report.columns[1].coercions == {"whole number rounded to float64": 1}
    huge = "9" * 400
    assert read_table(write("a.jsonl", f'{{"x": {huge}}}\n{{"x": 0.5}}')).column("x").tolist() == [np.inf, 0.5]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            '{"x": 1}\n[1]\n5\n{"x": tru}\n{"x"',
            "4 lines are no JSON object: line 2: it is a list; line 3: it is a int;",
        ),
        ('{"x": 1}\n{"x": 1, "y": 2, "x": 3}\n', "line 2: the name 'x' stands there twice"),
        (
            '{"x": 1}\n{"x": "a"}\n{"x": "b"}',
            "column 'x' mixes number (first in line 1, 1 in all), text (first in line 2",
        ),
        ('{"x": 1}\n{"y": [1]}\n', "column 'y' holds list (first in line 2)"),
        ('{"x": "\\ud800"}\n', "line 1: half a surrogate pair"),
        ('{"x": ' + "[" * 100000 + "\n", "line 1: too deep"),
        ('{"x": ' + "9" * 5000 + "}\n", "line 1: Exceeds the limit"),
        ("{}\n{}\n", "has 0 columns and 2 rows"),
        ("\n", "has 0 columns and 0 rows"),
        ('{"x": 1}\n{"x": "\xff"}\n', "line 2: not UTF-8"),
    ],
)
def test_lines_that_are_no_json_objects_are_named(write, lines, message):
    raw = lines.encode("latin-1")
    assert message in fault(write("a.jsonl", raw))


def test_a_csv_whose_header_begins_with_a_brace_is_a_csv(write):
    assert read_table(write("a.csv", "{a},b\n1,2\n")).columns == ("{a}", "b")
