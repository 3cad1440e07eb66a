"""Tables read from files of every known format: kinds, reports, and errors that name file, column, lines and remedy."""

import datetime
import gzip
import io
import lzma
import sys
import zlib

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data import Table, as_table, read_table
from pellucid.data._packing import _openers
from pellucid.errors import DataError, ParameterError, PellucidError

CSV = "x,word\n1,ä\n2.5,\n"


def rows(table: Table) -> list[tuple[object, ...]]:
    return table.frame.rows()


def fault(path, **options) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    return str(caught.value)


@pytest.fixture
def write(tmp_path):
    """A function that writes bytes or text under a name and gives the path."""

    def writer(name: str, content: bytes | str):
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path / name

    return writer


def test_titanic_reads_with_its_kinds_and_missing_cells(shared_data):
    table = read_table(shared_data / "titanic.csv")
    kinds = table.kinds
    assert len(table) == 891
    assert [name for name, kind in kinds.items() if kind == "boolean"] == ["adult_male", "alone"]
    assert [name for name, kind in kinds.items() if kind == "number"] == [
        *("survived", "pclass", "age", "sibsp", "parch", "fare")
    ]
    missing = {column.name: column.missing for column in table.report.columns if column.missing}
    assert missing == {"age": {"": 177}, "embarked": {"": 2}, "deck": {"": 688}, "embark_town": {"": 2}}
    assert np.isnan(table.column("age")).sum() == 177
    assert "  deck: category, 7 different words; 688 missing ('' x 688)" in str(table.report).splitlines()


def test_adult_reads_its_question_marks_as_missing(shared_data):
    table = read_table(shared_data / "adult_train.csv")
    assert len(table) == 32561
    missing = {column.name: column.missing for column in table.report.columns if column.missing}
    assert missing == {"workclass": {"?": 1836}, "occupation": {"?": 1843}, "native_country": {"?": 583}}
    assert table.column("age").sum() == 1256257
    assert sorted(set(table.column("income"))) == ["<=50K", ">50K"]


@pytest.mark.parametrize(
    ("file", "rows", "numbers"),
    [("penguins.csv", 344, 4), ("mpg.csv", 398, 7), ("diamonds.csv", 53940, 7), ("adult_test.csv", 16281, 6)],
)
def test_other_real_files_read_without_a_word(shared_data, file, rows, numbers):
    table = read_table(shared_data / file)
    assert len(table) == rows
    assert sum(kind == "number" for kind in table.kinds.values()) == numbers
    assert table.report.notes == ()
    assert all(column.coercions == {} for column in table.report.columns)


@pytest.mark.parametrize("file", ["titanic.csv", "penguins.csv", "mpg.csv", "diamonds.csv"])
def test_pandas_reads_the_same_columns(shared_data, file):
    pd = pytest.importorskip("pandas")
    ours, theirs = read_table(shared_data / file), pd.read_csv(shared_data / file)
    assert ours.columns == tuple(theirs.columns)
    for name in ours.columns:
        if ours.kinds[name] == "category":
            assert ours.column(name).tolist() == [None if pd.isna(cell) else cell for cell in theirs[name]]
        else:
            # pandas' own number reader may be one unit in the last place off
            np.testing.assert_allclose(ours.column(name).astype(float), theirs[name].astype(float), rtol=1e-15)


def test_a_frame_of_pandas_and_its_file_have_the_same_kinds(shared_data):
    pd = pytest.importorskip("pandas")
    path = shared_data / "titanic.csv"
    assert as_table(pd.read_csv(path)).kinds == read_table(path).kinds


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


def test_kinds_of_training_are_kept_for_a_file_that_looks_otherwise(tmp_path):
    (tmp_path / "new.csv").write_text("code,age\n1,\n2,?\n")
    assert read_table(tmp_path / "new.csv").kinds == {"code": "number", "age": "number"}
    table = read_table(tmp_path / "new.csv", kinds={"code": "category", "age": "category", "absent": "number"})
    assert table.column("code").tolist() == ["1", "2"]
    assert table.column("age").tolist() == [None, None]


def test_a_cell_that_does_not_fit_its_kind_is_named_with_its_line(tmp_path):
    (tmp_path / "new.csv").write_text('word,age\n"two\nlines",30\nx,old\n')
    with pytest.raises(DataError, match=r"new\.csv: column 'age' must be a number, but 1 of 2 .* at line 4: 'old'"):
        read_table(tmp_path / "new.csv", kinds={"age": "number"})


def test_words_for_missing_can_be_chosen(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\nNone,-1\nA,5\n")
    table = read_table(tmp_path / "a.csv", missing=["-1"])
    assert table.column("x").tolist() == ["None", "A"]
    np.testing.assert_array_equal(table.column("y"), [np.nan, 5.0])


def test_a_semicolon_file_with_decimal_commas_is_numbers_and_says_so(tmp_path):
    (tmp_path / "euro.csv").write_text("preis;menge\n3,14;2\n2,5;1\n", encoding="utf-8-sig")
    table = read_table(tmp_path / "euro.csv")
    assert table.column("preis").tolist() == [3.14, 2.5]
    assert table.report.notes == ("a byte order mark at the start was skipped", "the separator is semicolon")
    assert table.report.columns[0].coercions == {"decimal comma read as a point": 2}


def test_archives_of_arrays_and_wrong_names_are_answered_with_the_way_on(tmp_path):
    np.savez(tmp_path / "images.npz", x=np.zeros((1, 2, 2)))
    with pytest.raises(DataError, match=r"archive of arrays, not a table\. .*read_images"):
        read_table(tmp_path / "images.npz")
    with pytest.raises(DataError, match=r"Did you mean images\.npz\?"):
        read_table(tmp_path / "imgaes.npz")
    with pytest.raises(DataError, match=r"is a folder, not a table \(CSV, Parquet, Arrow or JSON Lines\)"):
        read_table(str(tmp_path))


def test_a_table_of_very_many_columns_reads_in_a_moment(tmp_path):
    x = np.random.default_rng(0).normal(size=(3, 5000)).round(3)
    header = ",".join(f"c{d}" for d in range(5000))
    np.savetxt(tmp_path / "wide.csv", x, "%.3f", ",", header=header, comments="")
    table = read_table(tmp_path / "wide.csv")
    np.testing.assert_array_equal(np.column_stack([table.column(name) for name in table.columns]), x)


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


def test_files_of_a_pattern_are_read_together_by_name_with_columns_in_any_order(write, tmp_path):
    write("part-2.csv", "y,x\nb,2\n")
    write("part-1.csv", "x,y\n1,a\n")
    write("part-3.csv.gz", gzip.compress(b"x;y\n3,5;c\n"))
    table = read_table(tmp_path / "part-*.csv*")
    assert rows(table) == [(1.0, "a"), (2.0, "b"), (3.5, "c")]
    assert table.report.source == f"{tmp_path / 'part-*.csv*'} (3 files)"
    assert table.report.notes == ("unpacked from gzip", "the separator is semicolon")


def test_places_in_files_of_a_pattern_name_the_file(write, tmp_path):
    write("part-1.csv", "x\n1\n2\n")
    second = write("part-2.csv", 'x\n"3\n"\nold\n')
    assert f"first at {second}, line 4: 'old'" in fault(tmp_path / "part-*.csv", kinds={"x": "number"})


def test_files_of_a_pattern_with_other_columns_or_types_are_named(write, tmp_path):
    one, two = write("1.csv", "x,y\n1,2\n"), write("2.csv", "x,z\n1,2\n")
    assert f"{two} lacks 'y' and has 'z' besides, compared with {one}." in fault(tmp_path / "?.csv")
    pl.DataFrame({"x": [1], "y": [2]}).write_parquet(tmp_path / "3.csv")
    two.unlink()
    assert "are not both text" in fault(tmp_path / "?.csv")
    pl.DataFrame({"x": [1], "y": ["a"]}).write_parquet(tmp_path / "1.csv")
    assert "3.csv: column 'y' holds number from row 0 on, but text before, in" in fault(tmp_path / "?.csv")
    pl.DataFrame({"x": [1.5], "y": [None]}).write_parquet(tmp_path / "1.csv")
    assert rows(read_table(tmp_path / "?.csv")) == [(1.5, None), (1.0, 2.0)]


def test_a_pattern_that_no_file_fits_is_an_error_and_a_name_with_a_bracket_is_a_name(write, tmp_path):
    assert "no file fits the pattern" in fault(tmp_path / "part-*.csv")
    assert rows(read_table(write("data[1].csv", "x\n1\n"))) == [(1.0,)]


def test_a_hyphen_is_standard_input(monkeypatch):
    class Stdin:
        buffer = io.BytesIO(CSV.encode())

    monkeypatch.setattr(sys, "stdin", Stdin)
    table = read_table("-")
    assert rows(table) == [(1.0, "ä"), (2.5, None)]
    assert table.report.source == "standard input"
    assert "standard input is empty (0 bytes)" in fault("-")


def test_the_decimal_sign_can_be_given(write):
    quoted = write("quoted.csv", 'a,b\n"3,14",1\n"-2,5e3",2\n')
    assert read_table(quoted).kinds["a"] == "category"
    assert read_table(quoted, decimal=",").column("a").tolist() == [3.14, -2500.0]
    mixed = write("mixed.csv", "a;b\n1.234;3,5\n5.678;1,25\n")
    assert read_table(mixed, decimal=".").kinds == {"a": "number", "b": "category"}
    assert read_table(mixed, decimal=",").kinds == {"a": "category", "b": "number"}  # 1.234 may be a thousand and more
    assert read_table(mixed).kinds == {"a": "number", "b": "number"}
    single = write("single.csv", "x\n3,14\n2,5\n")
    assert read_table(single, decimal=",").column("x").tolist() == [3.14, 2.5]


def test_a_column_with_commas_and_points_is_not_guessed_to_be_numbers(write):
    table = read_table(write("mixed.csv", "x;y\n1,5;1\n2,5;1\n3.5;1\n4,5;1\n"))
    assert str(table.report.columns[0]) == (
        "x: category, 1 of 4 cells is not numbers with a decimal comma, first at line 4: '3.5'"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimal": ";"}, r"decimal is ';'; it must be '\.' or ','"),
        ({"decimal": ",", "separator": ","}, "',' cannot be both separator and decimal"),
        ({"rows": 0}, "rows is 0; it must be a whole number >= 1"),
        ({"rows": True}, "rows is True"),
        ({"separator": "\0"}, "separator is"),
    ],
)
def test_options_outside_their_limits_are_refused(write, options, message):
    with pytest.raises(ParameterError, match=message):
        read_table(write("a.csv", CSV), **options)


@pytest.mark.parametrize("n", [1, 2, 3, 50_000])
def test_the_first_rows_alone_are_those_of_the_whole(write, tmp_path, n):
    text = "x,word\n" + "".join(f'{row},"w\n{row % 7}"\n' for row in range(40_000))
    whole = pl.DataFrame({"x": np.arange(40_000), "word": [f"w\n{row % 7}" for row in range(40_000)]})
    whole.write_parquet(tmp_path / "a.parquet")
    whole.write_ipc(tmp_path / "a.arrow")
    whole.write_ndjson(tmp_path / "a.jsonl")
    write("a.csv", text)
    write("a.csv.gz", zlib.compress(text.encode(), wbits=31))
    for name in ("a.csv", "a.csv.gz", "a.parquet", "a.arrow", "a.jsonl"):
        table = read_table(tmp_path / name, rows=n)
        assert rows(table) == whole.head(n).cast({"x": pl.Float64}).rows()
        assert table.report.rows == min(n, 40_000)


def test_rows_behind_those_asked_for_are_not_looked_at(write):
    text = "x,y\n" + "1,2\n" * 600_000 + "ragged\n"
    assert len(read_table(write("a.csv", text), rows=5)) == 5
    assert "line 600002 has 1" in fault(write("a.csv", text))


def test_carriage_returns_alone_end_lines_and_faults_still_have_their_line(write):
    assert rows(read_table(write("mac.csv", b"x,y\r1,a\r2,b\r"))) == [(1.0, "a"), (2.0, "b")]
    assert "line 3, byte 3 of it" in fault(write("mac.csv", b"x,y\r1,a\r2,\xff\r"))
    assert "line 3 has 1" in fault(write("mac.csv", b"x,y\r1,a\r2\r"))


def test_nul_bytes_are_counted_and_utf_16_without_a_mark_is_named_as_a_remedy(write):
    message = fault(write("a.csv", CSV.encode("utf-16-le")))
    assert "line 1, byte 2 of it (byte 2 of the file): a NUL byte, which no text has (and " in message
    assert "give encoding='utf-16-le'" in message
    assert rows(read_table(write("a.csv", CSV.encode("utf-16-le")), encoding="utf-16-le"))[0] == (1.0, "ä")


def test_dates_in_iso_form_are_seconds_and_the_report_says_so(write):
    text = (
        "day,moment,zone,odd,word\n1970-01-02,1970-01-01T00:00:01.5,1970-01-01 01:00+01:00,2023-02-30,1.2.2020\n"
        "?,1970-01-01 00:01,1970-01-01T00:00:00Z,2023-02-28,x\n2000-02-29,,1970-01-01T00:00:00-0030,2023-03-01,y\n"
    )
    table = read_table(write("dates.csv", text))
    assert table.column("day")[[0, 2]].tolist() == [86400.0, 951782400.0]
    assert table.column("moment")[:2].tolist() == [1.5, 60.0]
    assert table.column("zone").tolist() == [0.0, 0.0, 1800.0]
    assert table.report.columns[0].why == "all 2 known cells are dates"
    assert table.report.columns[0].coercions == {"date turned into seconds since 1970-01-01": 2}
    assert table.report.columns[3].why == "1 of 3 cells is not dates, first at line 2: '2023-02-30'"
    assert table.kinds["word"] == "category"


@given(st.lists(st.datetimes(datetime.datetime(1, 1, 1)), min_size=1, max_size=5))
def test_a_date_written_by_python_is_the_second_that_python_means(moments):
    path = io.BytesIO(("t\n" + "\n".join(moment.isoformat() for moment in moments)).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", type("Stdin", (), {"buffer": path}))
        read = read_table("-").column("t")
    epoch = datetime.datetime(1970, 1, 1)
    assert read.tolist() == [(moment - epoch) // datetime.timedelta(microseconds=1) / 1e6 for moment in moments]


def test_mixed_types_make_a_category_that_names_the_strays_and_a_wanted_kind_names_them_as_an_error(write):
    cells = ["1"] * 50
    cells[10], cells[20], cells[30], cells[40] = "x", "yes", "1_0", "0x1"
    path = write("mixed.csv", "a\n" + "\n".join(cells))
    found = "4 of 50 cells are not numbers, first at line 12: 'x', line 22: 'yes', line 32: '1_0'"
    assert read_table(path).report.columns[0].why == found
    assert f"column 'a' must be a number, but {found}. Correct these cells" in fault(path, kinds={"a": "number"})


def test_numbers_beyond_float64_are_infinite_and_counted(write):
    table = read_table(write("a.csv", "x,y\n1e400,inf\n-1e400,2\n3,3\n"))
    assert table.column("x").tolist() == [np.inf, -np.inf, 3.0]
    assert table.report.columns[0].coercions == {"too large for float64, read as infinite": 2}
    assert table.report.columns[1].coercions == {"infinite": 1}


def test_a_hundred_thousand_columns_are_read_and_a_fault_among_them_is_named(write):
    width = 100_000
    header = ",".join(f"c{d}" for d in range(width))
    line = ",".join(str(d % 10) for d in range(width))
    table = read_table(write("wide.csv", f"{header}\n{line}\n{line}\n"))
    assert len(table.columns) == width
    assert table.column("c99999").tolist() == [9.0, 9.0]
    assert "line 3 has 99999" in fault(write("wide.csv", f"{header}\n{line}\n{line[:-2]}\n"))
    twice = header.replace("c99999", "c0")
    assert "the column names 'c0' stand there more than once" in fault(write("wide.csv", f"{twice}\n{line}\n"))


def test_what_does_not_fit_into_memory_is_a_data_error_that_names_the_way_on(write, monkeypatch):
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("pellucid.data._pieces.read_csv", full)
    assert "does not fit into memory. Read it in parts with pellucid.data.scan_table" in fault(write("a.csv", CSV))


def _samples() -> list[bytes]:
    """One small file of every format."""
    frame = pl.DataFrame({"x": [1.5, None, 3.0], "word": ["a", "b", None], "day": [datetime.date(2020, 1, 1)] * 3})
    files = [CSV.encode(), CSV.encode("utf-16"), frame.write_csv().encode(), frame.write_ndjson().encode()]
    for writer in (frame.write_parquet, frame.write_ipc, frame.write_ipc_stream):
        buffer = io.BytesIO()
        writer(buffer)
        files.append(buffer.getvalue())
    for packing in ("gzip", "zstd", "bzip2", "xz"):
        buffer = io.BytesIO()
        with _openers()[packing](buffer, "wb") as file:
            file.write(CSV.encode())
        files.append(buffer.getvalue())
    return files


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "separator": st.sampled_from([",", ";", "\t", "x"]),
        "decimal": st.sampled_from([".", ","]),
        "encoding": st.sampled_from(["latin-1", "utf-16", "utf-8", "cp1252", "utf-7", "shift_jis"]),
        "rows": st.integers(1, 4),
        "kinds": st.dictionaries(st.sampled_from(["x", "word"]), st.sampled_from(["number", "boolean", "category"])),
        "missing": st.lists(st.sampled_from(["", "1", "a"]), max_size=2),
    },
)


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(_samples()), OPTIONS)
def test_only_pellucids_own_errors_escape_whatever_the_bytes(data, sample, options):
    raw = bytearray(sample)
    for at in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=3)):
        raw[at] = data.draw(st.integers(0, 255))
    raw = raw[: data.draw(st.integers(0, len(raw)))] if data.draw(st.booleans()) else raw
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", type("Stdin", (), {"buffer": io.BytesIO(bytes(raw))}))
        try:
            table = read_table("-", **options)
        except PellucidError:
            return
    assert len(table) >= 1
    assert table.report.rows == len(table)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=40).map(lambda text: ("a,b\n" + text).encode())), OPTIONS)
def test_only_pellucids_own_errors_escape_from_soup(raw, options):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", type("Stdin", (), {"buffer": io.BytesIO(raw)}))
        try:
            assert len(read_table("-", **options)) >= 1
        except PellucidError:
            pass
