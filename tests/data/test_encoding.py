"""Text in other encodings is read as the same text, or refused with the way on."""

import pytest

from pellucid.data import Table, read_table
from pellucid.errors import DataError, ParameterError

CSV = "x,word\n1,ä\n2.5,\n"


def rows(table: Table) -> list[tuple[object, ...]]:
    return table.frame.rows()


def fault(path, **options) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_wide_text_is_known_by_its_mark_and_said_to_be_decoded(write, encoding):
    raw = CSV.encode(encoding) if encoding in ("utf-16", "utf-32") else ("\ufeff" + CSV).encode(encoding)
    table = read_table(write("wide.csv", raw))
    assert rows(table) == [(1.0, "ä"), (2.5, None)]
    assert table.report.notes[0].startswith(f"decoded from {encoding}")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ISO-8859-15", "utf-16-le", "utf-16", "cp437", "gb18030"])
def test_other_encodings_are_read_when_asked_for(write, encoding):
    raw = CSV.replace("ä", "ü").encode("utf-16-le" if encoding == "utf-16" else encoding)
    table = read_table(write("old.csv", raw), encoding=encoding)
    assert rows(table) == [(1.0, "ü"), (2.5, None)]
    assert table.report.notes[0].startswith("decoded from ")


def test_without_asking_other_bytes_than_utf_8_are_refused_with_lines_and_both_remedies(write):
    raw = "x,word\n1,a\n2,é\n3,b\n4,è\n5,ê\n".encode("latin-1")
    message = fault(write("old.csv", raw))
    assert "line 3, byte 3 of it (byte 14 of the file): byte 0xE9 is not UTF-8 (and 2 more lines)." in message
    assert "give encoding='cp1252'" in message
    assert "iconv" in message


def test_an_unknown_encoding_is_answered_with_near_ones(write):
    for name in ("latin-7", "hex", "unicode_escape", "utf_16le\0", "idna"):
        with pytest.raises(ParameterError, match="is no text encoding of Python. Did you mean"):
            read_table(write("a.csv", CSV), encoding=name)


def test_bytes_that_are_not_of_the_encoding_are_named_by_their_place(write):
    assert "byte 5 of the file: this is not utf-16-le (truncated data)" in fault(write("a.csv", b"\xff\xfex\0,"))
    assert "this is not cp1252" in fault(write("a.csv", b"a\n\x81\n"), encoding="cp1252")
