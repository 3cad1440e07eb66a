"""Tables read from files of every known format: kinds, reports, and errors that name file, column, lines and remedy."""

import datetime
import io
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


def test_a_table_of_very_many_columns_reads_in_a_moment(tmp_path):
    x = np.random.default_rng(0).normal(size=(3, 5000)).round(3)
    header = ",".join(f"c{d}" for d in range(5000))
    np.savetxt(tmp_path / "wide.csv", x, "%.3f", ",", header=header, comments="")
    table = read_table(tmp_path / "wide.csv")
    np.testing.assert_array_equal(np.column_stack([table.column(name) for name in table.columns]), x)


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
    def full(*_: object, **options: object) -> None:
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
    for save in (np.savez, np.savez_compressed):
        save(buffer := io.BytesIO(), x=np.eye(2), word=np.array(["a", "b"]))
        files.append(buffer.getvalue())
    np.save(buffer := io.BytesIO(), np.eye(2))
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
        "unpacked": st.sampled_from([1, 1000, 10**9]),
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
