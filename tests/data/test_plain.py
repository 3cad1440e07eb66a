"""Plain numbers read by compiled code are what the text would have been settled to; other files are left alone."""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pellucid.data import _plain, read_table
from pellucid.data._plain import first_line, is_plain_text, plain_numbers, worthwhile
from pellucid.errors import DataError

pytest.importorskip("numba")

CELLS = [
    "1",
    "-2.5",
    "",
    "",
    "0.1",
    "3e2",
    "?",
    "007",
    "1e400",
    "inf",
    "x",
    " 7",
    "9007199254740993",
    "true",
    "2020-01-01",
]
CELLS += ["2024-02-29", "2023-02-29", "2020-01-01T00:00", "b "]
CELLS += ['"a,b"', '"7"', "0.30000000000000004", "+5", "-0"]


FEW = st.sampled_from(CELLS[:6]) | st.sampled_from(["", "2020-01-01", "1969-07-20"])


def every(name: str) -> bool:
    return True


def told(path, **options):
    """The cells and the report, or the error."""
    try:
        table = read_table(path, **options)
    except DataError as error:
        return str(error)
    return table.frame, table.report


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.tuples(
                *[
                    st.sampled_from(CELLS[:6])
                    | st.sampled_from(["", "2020-01-01", "1969-07-20"])
                    | st.sampled_from(CELLS)
                ]
                * width
            ),
            min_size=1,
            max_size=8,
        )
    ),
    st.sampled_from([",", ";"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "end"]),
    st.sampled_from(
        [{}, {"decimal": ","}, {"missing": ["1"]}, {"kinds": {"c0": "category"}}, {"kinds": {"c0": "number"}}]
    ),
    st.sampled_from([0, 20]),
)
def test_the_compiled_way_and_the_text_way_give_the_same_cells_reports_and_errors(
    tmp_path, rows, mark, end, last, options, tried
):
    if mark in str(options.get("decimal")):
        return
    lines = [[f"c{at}" for at in range(len(rows[0]))], *rows]
    path = tmp_path / "a.csv"
    path.write_bytes((end.join(mark.join(line) for line in lines) + (end if last else "")).encode())
    by_text = told(path, separator=mark, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_plain, "LOADED_BYTES", 0)
        patch.setattr(_plain, "PART_BYTES", 4)
        patch.setattr(_plain, "TRIED_BYTES", tried)
        compiled = told(path, separator=mark, **options)
    if isinstance(by_text, str):
        assert compiled == by_text
        return
    assert compiled[0].equals(by_text[0], null_equal=True)
    assert compiled[0].schema == by_text[0].schema
    assert compiled[1] == by_text[1]


def test_a_large_file_of_numbers_words_and_holes_is_read_the_compiled_way(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50_000, 3))
    x[rng.random(x.shape) < 0.1] = np.nan
    frame = pl.DataFrame(dict(zip("abc", x.T, strict=True))).fill_nan(None)
    frame = frame.with_columns(pl.Series("word", rng.choice(["red", "?", "007"], len(x))))
    frame.write_csv(tmp_path / "a.csv")
    monkeypatch.setattr("pellucid.data._csv.read_fast", None)  # the text way: it is not taken
    table = read_table(tmp_path / "a.csv")
    np.testing.assert_array_equal(np.column_stack([table.column(name) for name in "abc"]), x)
    assert [column.why for column in table.report.columns][:1] == [
        f"all {(~np.isnan(x[:, 0])).sum()} known cells are numbers"
    ]
    assert table.report.columns[0].missing == {"": int(np.isnan(x[:, 0]).sum())}
    assert list(table.report.columns[3].missing) == ["?"]


def test_a_stray_word_in_the_last_row_of_a_large_file_is_named_with_its_line(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n" + "1.5,2.5\n" * 200_000 + "old,1\n")
    table = read_table(tmp_path / "a.csv")
    assert table.kinds == {"x": "category", "y": "number"}
    assert table.report.columns[0].why == "1 of 200001 cells is not numbers, first at line 200002: 'old'"
    with pytest.raises(DataError, match="column 'x' must be a number, but 1 of 200001 .* at line 200002: 'old'"):
        read_table(tmp_path / "a.csv", kinds={"x": "number"})


@pytest.mark.parametrize(
    "raw",
    [b"a,b", b"a,b\n", b"a,b\n1\n", b"\n1,2\n", b'a,b\n"1",2\n', b"a,b\n1,2\n\n", b"a,b\n1,2\r3,4\n", b"a,b\n1,2,3"],
)
def test_other_than_regular_files_are_left_to_the_text_way(raw):
    assert plain_numbers(raw, ",", ["a", "b"], every) is None


def test_a_separator_that_could_be_part_of_a_number_is_left_to_the_text_way():
    assert plain_numbers(b"a5b\n152\n", "5", ["a", "b"], every) is None


@pytest.mark.parametrize("at", [0, 99, 100, 250, 299])
def test_plain_text_has_no_nul_and_nothing_beyond_ascii(monkeypatch, at):
    monkeypatch.setattr(_plain, "COUNTED_BYTES", 100)
    whole = np.full(300, ord("x"), np.uint8)
    assert is_plain_text(whole)
    for byte, plain in ((0, False), (1, True), (127, True), (128, False), (255, False)):
        whole[at] = byte
        assert is_plain_text(whole) is plain


@pytest.mark.parametrize("counted", [1, 3, 1000])
def test_the_first_line_is_found_block_by_block(monkeypatch, counted):
    monkeypatch.setattr(_plain, "COUNTED_BYTES", counted)
    assert first_line(b"a,bb,c\n1\n") == b"a,bb,c\n"
    assert first_line(b"a,bb,c") == b"a,bb,c"
    found = plain_numbers(b"a,bb,c\n1,2,3\n4,5,6", ",", ["a", "bb", "c"], every)
    np.testing.assert_array_equal([found.columns[d] for d in range(3)], [[1, 4], [2, 5], [3, 6]])


@pytest.mark.parametrize("name", ["naïve", "nul\0"])
def test_a_large_file_that_is_not_all_ascii_is_read_by_way_of_its_bytes(tmp_path, name):
    (tmp_path / "a.csv").write_text(f"{name},x\n" + "1.5,2\n" * 200_000, encoding="utf-8")
    if "\0" in name:
        with pytest.raises(DataError, match="line 1, byte 4 of it .*: a NUL byte"):
            read_table(tmp_path / "a.csv")
    else:
        assert read_table(tmp_path / "a.csv").frame[name].sum() == 300_000


@pytest.mark.parametrize("part", [1, 2, 5, 1 << 20])
def test_the_number_of_parts_changes_nothing(monkeypatch, part):
    monkeypatch.setattr(_plain, "PART_BYTES", part)
    monkeypatch.setattr(_plain, "_cores", lambda: 7)
    raw = b"a,b,c\n" + b"".join(b"%d,,%d.5\n" % (row, row) for row in range(100)) + b"100,7,x"
    found = plain_numbers(raw, ",", list("abc"), every)
    assert (found.rows, sorted(found.columns)) == (101, [0, 1])
    np.testing.assert_array_equal(found.columns[0], np.arange(101.0))
    np.testing.assert_array_equal(found.columns[1], [np.nan] * 100 + [7.0])


def test_numba_is_loaded_for_large_files_alone(monkeypatch):
    assert worthwhile(1 << 20) and not worthwhile(1 << 19)
    monkeypatch.delitem(_plain.sys.modules, "numba")
    assert worthwhile(1 << 25) and not worthwhile(1 << 24)
    monkeypatch.setattr(_plain.importlib.util, "find_spec", lambda name: None)
    assert not worthwhile(1 << 30)


def test_days_and_words_of_a_large_file_are_read_the_compiled_way(tmp_path, monkeypatch):
    days = np.datetime64("1600-02-28") + np.arange(200_000)
    rows = [f"{day},{'' if at % 3 else day},w{at % 7}, v\n" for at, day in enumerate(days)]
    (tmp_path / "a.csv").write_text("day,gap,word,edge\n" + "".join(rows))
    by_text = read_table(tmp_path / "a.csv", kinds={"day": "number"}, missing=["", "1"])  # a number that is missing
    monkeypatch.setattr("pellucid.data._csv.read_fast", None)
    table = read_table(tmp_path / "a.csv")
    assert table.frame.equals(by_text.frame, null_equal=True) and table.report == by_text.report
    assert table.report.columns[3].coercions == {"surrounding spaces removed": len(days)}
    found = plain_numbers((tmp_path / "a.csv").read_bytes(), ",", ["day", "gap", "word", "edge"], every)
    assert (found.days, found.words[1], found.bare) == ({0, 1}, (2, 3), {2})


def test_a_word_that_comes_late_is_read_as_text(tmp_path):
    rows = "".join(f"{at},v{at % 5},2020-01-01\n" for at in range(100_000))
    (tmp_path / "a.csv").write_text("x,word,day\n" + rows + "late,v,later\n")
    table = read_table(tmp_path / "a.csv")
    assert table.kinds == {"x": "category", "word": "category", "day": "category"}
    assert table.frame.row(-1) == ("late", "v", "later") and table.frame.row(7) == ("7", "v2", "2020-01-01")
    assert table.report.columns[2].why == "1 of 100001 cells is not dates, first at line 100002: 'later'"
