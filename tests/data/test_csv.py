"""Reading CSV: every cell accounted for, every fault named with its line."""

import csv
import io
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data import _csv
from pellucid.data._csv import read_csv
from pellucid.errors import DataError, ParameterError

FILE = "file.csv"


def cells(raw: bytes, separator: str | None = None) -> list[tuple[str | None, ...]]:
    return read_csv(raw, FILE, separator).frame.rows()


def fault(raw: bytes) -> str:
    with pytest.raises(DataError) as caught:
        read_csv(raw, FILE)
    return str(caught.value)


def test_plain_text_comes_back_cell_by_cell():
    text = read_csv(b'a,b\n1,"x, y"\n,"say ""hi"""\n', FILE)
    assert text.frame.columns == ["a", "b"]
    assert text.frame.rows() == [("1", "x, y"), (None, 'say "hi"')]
    assert text.notes == ()


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_kind_of_line_end_is_read(end):
    assert cells(end.join([b"a,b", b"1,2", b"3,4", b""])) == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize(("mark", "name"), [("\t", "tab"), (";", "semicolon"), ("|", "bar")])
def test_other_separators_are_found_and_noted(mark, name):
    raw = mark.join(["a", "b, with comma", "c"]) + "\n" + mark.join(["1", "2", "3"]) + "\n"
    text = read_csv(raw.encode(), FILE)
    assert text.frame.rows() == [("1", "2", "3")]
    assert text.notes == (f"the separator is {name}",)


def test_a_decimal_comma_does_not_make_the_comma_a_separator():
    assert cells(b"x;y\n1,5;2,5\n3,25;4,0\n") == [("1,5", "2,5"), ("3,25", "4,0")]


def test_separators_inside_quotes_do_not_count_when_the_separator_is_guessed():
    assert cells(b'name,note\nann,"a;b;c"\nbob,"d;e;f"\n') == [("ann", "a;b;c"), ("bob", "d;e;f")]


def test_the_separator_can_be_given():
    assert cells(b"a:b\n1:2\n", ":") == [("1", "2")]
    with pytest.raises(ParameterError, match="separator is '::'; it must be one ASCII character"):
        read_csv(b"a::b\n", FILE, "::")


def test_one_column_needs_no_separator():
    assert cells(b"a\n1\n2\n") == [("1",), ("2",)]


def test_a_byte_order_mark_is_skipped_and_noted():
    text = read_csv(b'\xef\xbb\xbf"a",b\n1,2\n', FILE)
    assert text.frame.columns == ["a", "b"]
    assert text.notes == ("a byte order mark at the start was skipped",)


def test_blank_lines_are_skipped_and_noted_and_lines_still_counted():
    text = read_csv(b"\na,b\n\n1,2\n   \n3,4\n\n", FILE)
    assert text.frame.rows() == [("1", "2"), ("3", "4")]
    assert text.blank == 4
    assert [text.line(row) for row in range(2)] == [4, 6]


def test_an_empty_quoted_cell_of_a_single_column_is_a_row_and_a_blank_line_is_not():
    text = read_csv(b'a\n1\n\n""\n2\n', FILE)
    assert text.frame.rows() == [("1",), ("",), ("2",)]
    assert [text.line(row) for row in range(3)] == [2, 4, 5]


def test_a_quote_inside_an_unquoted_cell_is_just_a_quote():
    assert cells(b'size,n\n5" pipe,1\n6" pipe,2\n') == [('5" pipe', "1"), ('6" pipe', "2")]


def test_spaces_between_separator_and_quote_do_not_break_the_cell():
    assert cells(b'a, "b"\n1, "x, y"\n') == [("1", "x, y")]


def test_spaces_around_names_are_dropped():
    assert read_csv(b" a , b\n1,2\n", FILE).frame.columns == ["a", "b"]


def test_a_header_that_looks_like_data_is_noted():
    assert read_csv(b"5.1,setosa\n4.9,setosa\n", FILE).notes == (
        "the first line was taken as column names, but has '5.1'",
    )


def test_line_numbers_count_newlines_inside_quotes():
    text = read_csv(b'a,b\n"x\ny\nz",1\n2,3\n', FILE)
    assert [text.line(row) for row in range(2)] == [2, 5]


def test_ragged_rows_are_named_by_line():
    raw = b'a,b,c\n1,2,3\n"p\nq",2\n4,5,6\n7,8,9,10\n1\n2\n3,4,5\n'
    message = fault(raw)
    assert message.startswith("file.csv: 4 rows do not have the 3 cells of the header: ")
    assert "line 3 has 2, line 6 has 4, line 7 has 1, and 1 more" in message
    assert 'a cell that holds a comma must stand in double quotes (")' in message


def test_a_single_ragged_row_far_down_a_big_file_is_found():
    rows = [b"1,2,3"] * 200_000
    rows[123_456] = b"1,2"
    assert "1 row does not have the 3 cells of the header: line 123458 has 2." in fault(b"\n".join([b"a,b,c", *rows]))


def test_a_row_that_is_short_at_the_very_end_is_not_filled_up():
    assert "line 3 has 1" in fault(b"a,b\n1,2\n3")


def test_a_quote_that_is_never_closed_is_named_by_the_line_it_opens_on():
    assert fault(b'a,b\n1,2\n3,"x\n4,5\n') == (
        'file.csv: in the row that starts on line 3 a quote (") is opened and not closed. Close or remove it.'
    )
    assert "starts on line 3 a quote" in fault(b'a,b\n1,2\n3,"x\n' + b"4,5\n" * 100_000)


def test_text_after_a_closing_quote_is_a_fault():
    assert 'line 2 a quote (") closes before the cell ends' in fault(b'a,b\n"x"y,2\n')


def test_bytes_that_are_not_utf_8_are_named_by_line_and_byte():
    message = fault("name,n\nJosé,1\nRené,2\n".encode("latin-1"))
    assert message.startswith(
        "file.csv, line 2, byte 4 of it (byte 11 of the file): byte 0xE9 is not UTF-8 (and 1 more line)."
    )
    assert "iconv" in message


def test_bad_bytes_beyond_the_first_block_are_found(monkeypatch):
    monkeypatch.setattr(_csv, "BLOCK_BYTES", 16)
    raw = "näme,n\n".encode() + "é,1\n".encode() * 100 + b"\xff,2\n"
    assert "line 102, byte 1 of it" in fault(raw)


def test_text_in_many_scripts_is_utf_8():
    rows = [("naïve", "日本"), ("🙂", "Ω")]
    raw = "a,b\n" + "".join(f"{x},{y}\n" for x, y in rows)
    assert cells(raw.encode()) == rows


def test_nul_bytes_are_named_by_line_and_byte():
    assert fault(b"a,b\n1,2\n3,\x004\n").startswith("file.csv, line 3, byte 3 of it (byte 11 of the file): a NUL byte")


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"PK\x03\x04rest", "a zip archive (an Excel workbook is one)"),
        (b"\x89PNG\r\n", "a PNG picture"),
        (b"FEA1\0\0\0\0", "a Feather file of version 1"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\x93NUMPY\x01", "a NumPy array"),
        (b'[{"a": 1}, {"a": 2}]', "one JSON array; write its objects one a line"),
        (b'[\n  {"a": 1},\n  {"a": 2}\n]', "one JSON array"),
    ],
)
def test_other_formats_are_recognised_by_their_first_bytes(raw, word):
    assert word in fault(raw)


def test_names_must_be_there_and_differ():
    assert "line 1: column 2, 3 of 4 has no name. Name every column." in fault(b"a,,  ,b\n1,2,3,4\n")
    assert "pandas? Write with index=False" in fault(b",a\n0,1\n")
    assert "line 1: the column names 'a', 'b' stand there more than once" in fault(b"a,b,a,c,b\n1,2,3,4,5\n")
    assert "the column names 'a' stand there" in fault(b"a, a\n1,2\n")


@pytest.mark.parametrize("raw", [b"a,b", b"a,b\n", b"a,b\r\n\r\n", b"\xef\xbb\xbfa,b\n"])
def test_a_header_alone_is_not_a_table(raw):
    assert fault(raw) == "file.csv has column names (2) but no rows. Was its export cut off?"


@pytest.mark.parametrize("raw", [b"\n", b"\n\n  \n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_blank_lines_alone_are_not_a_table(raw):
    assert "nothing but blank lines" in fault(raw)


@pytest.mark.parametrize("name", ["x^2", "x\x01"])
def test_a_name_that_begins_like_a_stream_of_zlib_is_a_name(name):
    assert read_csv(f"{name},y\n1,2\n".encode(), FILE).frame.rows() == [("1", "2")]


def test_polars_is_not_believed_when_it_finds_another_shape(monkeypatch):
    polars = pytest.importorskip("polars")
    real = polars.read_csv
    monkeypatch.setattr(polars, "read_csv", lambda *args, **options: real(*args, **options).head(1))
    assert cells(b"a,b\n1,2\n3,4\n") == [("1", "2"), ("3", "4")]


# without the carriage return, which Python before 3.13 leaves unquoted where lines end in LF
words = st.text(alphabet=string.printable.replace("\r", "") + "äß日🙂", max_size=8)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(words, min_size=width, max_size=width), min_size=1, max_size=6)
    ),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_a_csv_writer_writes_is_read_back(rows, quoting, mark, end):
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=mark, quoting=quoting, lineterminator=end)
    writer.writerow([f"c{at}" for at in range(len(rows[0]))])
    writer.writerows(rows)
    read = cells(file.getvalue().encode(), mark)
    # a writer leaves spaces unquoted; the careful reader skips those before a cell, and the columns are stripped anyway
    assert [[(cell or "").strip() for cell in row] for row in read] == [[cell.strip() for cell in row] for row in rows]


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet='ab1,"\n\r ', max_size=60))
def test_the_fast_and_the_careful_way_never_disagree(soup):
    raw = ("c,d\n" + soup).encode()
    fast = _csv.read_fast(raw, FILE, ",")
    if fast is not None:
        careful = _csv._read_careful(raw, FILE, ",")
        strip = [[(cell or "").strip() for cell in row] for row in fast.frame.rows()]
        assert strip == [[(cell or "").strip() for cell in row] for row in careful.frame.rows()]
        assert [fast.line(r) for r in range(len(strip))] == careful.starts.tolist()


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.binary(max_size=80), st.text(alphabet='a1,;"\n\r \t', max_size=80).map(str.encode)))
def test_any_bytes_are_read_or_refused_with_a_data_error(raw):
    try:
        text = read_csv(raw, FILE)
    except DataError:
        return
    assert text.frame.height >= 1
    assert text.frame.width >= 1
