"""A stream is cut where a record ends, whatever stands in its cells."""

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pellucid.data import _blocks
from pellucid.data._blocks import csv_blocks, json_blocks
from pellucid.data._csv import read_csv
from pellucid.errors import DataError


def blocks(raw: bytes, size: int) -> list[tuple[list[tuple[str | None, ...]], list[int]]]:
    found = csv_blocks(io.BytesIO(raw), "file.csv", None, None, size)
    return [(text.frame.rows(), [text.line(row) for row in range(text.frame.height)]) for text in found]


def test_a_block_ends_with_a_record_and_knows_its_lines():
    raw = b'\n\na,b\n1,"x\ny"\n2,z\n3,w\n'
    assert blocks(raw, 14) == [
        ([("1", "x\ny")], [4]),
        ([("2", "z"), ("3", "w")], [6, 7]),
    ]
    assert [row for rows, _ in blocks(raw, 1) for row in rows] == [("1", "x\ny"), ("2", "z"), ("3", "w")]


@settings(max_examples=500, deadline=None)
@example("1,\n 1", 1)
@example(',\n""', 1)
@example("1,2\n\n\n\n3,4", 1)
@given(st.text(alphabet='a1,"\n\r ', max_size=60), st.integers(1, 30))
def test_blocks_together_are_the_file_or_its_error(soup, size):
    raw = b"c,d\n" + soup.encode()
    try:
        text = read_csv(raw, "file.csv", ",")
    except DataError:
        with pytest.raises(DataError):
            list(csv_blocks(io.BytesIO(raw), "file.csv", ",", None, size))
        return
    found = list(csv_blocks(io.BytesIO(raw), "file.csv", ",", None, size))
    strip = [[(cell or "").strip() for cell in row] for block in found for row in block.frame.rows()]
    assert strip == [[(cell or "").strip() for cell in row] for row in text.frame.rows()]
    lines = [block.line(row) for block in found for row in range(block.frame.height)]
    assert lines == [text.line(row) for row in range(text.frame.height)]


def test_a_record_without_end_is_a_fault_before_it_fills_the_memory(monkeypatch):
    monkeypatch.setattr(_blocks, "RECORD_BYTES", 1000)
    with pytest.raises(DataError, match="hold no whole record; is a quote"):
        blocks(b'a,b\n1,"' + b"x\n" * 5000, 10)


def test_json_lines_are_cut_at_line_ends_and_keep_their_numbers():
    raw = b'{"x": 1}\n\n\n{"x": 2}\n{"x": 3}'
    found = list(json_blocks(io.BytesIO(raw), "a.jsonl", 10))
    assert [value for frame, _ in found for value in frame["x"].to_list()] == [1, 2, 3]
    assert [line for _, lines in found for line in lines] == [1, 4, 5]
