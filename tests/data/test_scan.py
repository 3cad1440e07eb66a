"""The quick look says "regular" only of files that two readers cannot read differently."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data import _scan
from pellucid.data._scan import scan


@pytest.mark.parametrize(
    "raw",
    [
        b"a,b\n1,2\n",
        b"a,b\n1,2",
        b"a,b\r\n1,2\r\n",
        b'a,b\n"1","2"\n',
        b'"a","b"\r\n"1","2"\r\n',
        b'a,b\n"x,y",2\n',
        b'a,b\n"x\ny",2\n',
        b'a,b\n"say ""hi""",2\n',
        b'a,b\n"""",""\n',
        b'a,b\n5" pipe and 6" pipe,2\n'.replace(b'"', b"'"),
        b"a\n1\n",
        b'a\n""\n',
        b"a,b\n,\n",
    ],
)
def test_what_rfc_4180_allows_is_regular(raw):
    found = scan(raw, ",")
    assert found.regular
    assert found.rows == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"a,b\n1\n",
        b"a,b\n1,2,3\n",
        b"a,b\n1,2\n3",
        b"a,b\n\n1,2\n",
        b"a,b\n1,2\n\n",
        b"\na,b\n1,2\n",
        b"a\n1\n\n2\n",
        b"a\r\n1\r\n\r\n2\r\n",
        b"\na\n1\n",
        b"a,b\r1,2\r",
        b"a,b\n1\r,2\n",
        b"a,b\n1,2\r",
        b'a,b\n"1,2\n',
        b'a,b\n5" pipe,2\n',
        b'a,b\n5" pipe,6" pipe\n',
        b'a,b\n"x"y,2\n',
        b'a,b\n"x" ,2\n',
        b'a,b\n ,"x" y\n',
    ],
)
def test_what_readers_differ_about_is_not_regular(raw):
    assert not scan(raw, ",").regular


def test_rows_after_a_quoted_newline_know_their_lines():
    found = scan(b'a,b\n1,2\n"p\n\nq",3\n4,5\n6,7', ",")
    assert found.starts.tolist() == [2, 3, 6, 7]


def test_without_quoted_newlines_no_lines_are_kept():
    assert scan(b'a,b\n"1",2\n3,4\n', ",").starts is None


@pytest.mark.parametrize("block", [1, 2, 3, 7, 64])
def test_the_size_of_a_block_changes_nothing(monkeypatch, block):
    raws = [
        b'name,note\r\nann,"a ""quoted"" word"\r\n"bo\nb","x, y"\r\n,\r\n',
        b'a,b\n1,"2\n',
        b"a,b\n1,2\n3\n",
        b"a,b\n1,2\r\n3,4\r",
        b"one\n1\n2\n\n3\n",
    ]
    whole = [scan(raw, ",") for raw in raws]
    monkeypatch.setattr(_scan, "BLOCK_BYTES", block)
    for raw, expected in zip(raws, whole, strict=True):
        found = scan(raw, ",")
        assert (found.regular, found.rows) == (expected.regular, expected.rows)
        if expected.starts is not None:
            np.testing.assert_array_equal(found.starts, expected.starts)


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet='a1,;"\n\r \t', max_size=40), st.sampled_from([1, 3, 1 << 20]))
def test_of_any_soup_called_regular_the_standard_reader_gives_the_same_rows_and_lines(soup, block):
    raw = soup.encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_scan, "BLOCK_BYTES", block)
        found = scan(raw, ",")
    if not found.regular or not raw:
        return
    reader = csv.reader(io.StringIO(soup, newline=""), strict=True)
    lines, starts, line = [], [], 1
    for record in reader:
        lines.append(record)
        starts.append(line)
        line = reader.line_num + 1
    assert len(lines) == found.rows + 1
    assert {len(record) for record in lines} == {len(lines[0])}
    assert starts[1:] == (list(range(2, found.rows + 2)) if found.starts is None else found.starts.tolist())
