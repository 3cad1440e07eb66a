"""Numbers that Polars reads as such are what the text would have been settled to; other files are left to the text."""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pellucid.data import _csv, _foreseen, read_table
from pellucid.data._foreseen import begins_with_space, begins_with_zero, read_foreseen
from pellucid.errors import DataError

USUAL = ["1", "-2.5", "", "0.1", "-0.5", "3e2", "10"]
ODD = [
    *("007", "-07", "+5", "-0", "00.5", "1.", ".5", "1e400", "-1e400", "inf", "NaN", "9007199254740993", "1e-400"),
    *("?", "x", " 7", "7 ", " ", "\t1", "true", "2020-01-01", "3,14", "1_000", "0x10", "1d5", "é"),
]


def every(name: str) -> bool:
    return True


def told(path, **options):
    """The cells and the report, or the error."""
    try:
        table = read_table(path, **options)
    except DataError as error:
        return str(error)
    return table.frame, table.report


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.tuples(*[st.sampled_from(USUAL) | st.sampled_from(USUAL + ODD)] * width), min_size=1, max_size=8
        )
    ),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from([{}, {"missing": ["1"]}, {"kinds": {"c0": "category"}}, {"kinds": {"c0": "number"}}]),
    st.sampled_from([0, 20]),
)
@example([("1",)] * 6 + [("\t1",)], ",", "\r\n", False, {}, 20)
def test_both_ways_give_the_same_cells_reports_and_errors(tmp_path, rows, mark, end, last, options, tried):
    lines = [[f"c{at}" for at in range(len(rows[0]))], *rows]
    path = tmp_path / "a.csv"
    path.write_bytes((end.join(mark.join(line) for line in lines) + end * last).encode())
    by_text = told(path, separator=mark, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_foreseen, "LEAST_BYTES", 0)
        patch.setattr(_foreseen, "TRIED_BYTES", tried)
        patch.setattr(_foreseen, "BLOCK_BYTES", 4)
        foreseen = told(path, separator=mark, **options)
    if isinstance(by_text, str):
        assert foreseen == by_text
        return
    assert foreseen[0].equals(by_text[0], null_equal=True)
    assert foreseen[0].schema == by_text[0].schema
    assert foreseen[1] == by_text[1]


def test_polars_makes_the_same_floats_of_the_cells_of_a_file_as_of_text_but_for_spaces_before_them():
    rng = np.random.default_rng(0)
    digits = [f"{x:.{d}g}" for d in range(1, 18) for x in rng.normal(size=40) * 10.0 ** rng.integers(-300, 300, 40)]
    soup = ["".join(rng.choice([*"01+-.eEinfa_ "], n)) for n in rng.integers(1, 6, 2000)]
    for cell in dict.fromkeys([*digits, *soup]):
        if cell.startswith(" "):
            continue
        by_text = pl.Series([cell]).cast(pl.Float64, strict=False)[0]
        try:
            read = pl.read_csv(
                f"{cell}|\n".encode(), separator="|", has_header=False, schema=dict.fromkeys("ab", pl.Float64)
            )
        except pl.exceptions.PolarsError:
            assert by_text is None, cell
            continue
        assert by_text == read["a"][0] or (by_text != by_text and read["a"][0] != read["a"][0]), cell


def test_a_large_file_of_numbers_words_and_holes_is_read_so(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30_000, 3))
    x[rng.random(x.shape) < 0.1] = np.nan
    frame = pl.DataFrame(dict(zip("abc", x.T, strict=True))).fill_nan(None)
    frame = frame.with_columns(pl.Series("word", rng.choice(["red", "?", "blue"], len(x))))
    frame.write_csv(tmp_path / "a.csv")
    raw = (tmp_path / "a.csv").read_bytes()
    found = read_foreseen(raw, ",", frame.columns, len(x), every)
    assert found is not None and found.schema == {**dict.fromkeys("abc", pl.Float64), "word": pl.String}
    monkeypatch.setattr("pellucid.data._csv._read_plain", lambda *_: None)
    monkeypatch.setattr("pellucid.data._csv._read_careful", None)  # it is not taken
    table = read_table(tmp_path / "a.csv")
    np.testing.assert_array_equal(np.column_stack([table.column(name) for name in "abc"]), x)
    assert table.report.columns[0].missing == {"": int(np.isnan(x[:, 0]).sum())}
    assert list(table.report.columns[3].missing) == ["?"]


@pytest.mark.parametrize("last", ["late", "007", " 7", "inf", "9007199254740993"])
def test_a_cell_that_comes_late_and_wants_a_word_said_sends_the_file_back_to_text(last):
    raw = b"x,y\n" + b"1,2.5\n" * 200_000 + f"1,{last}\n".encode()
    assert read_foreseen(raw[: -len(last) - 3], ",", ["x", "y"], 200_000, every) is not None
    assert read_foreseen(raw, ",", ["x", "y"], 200_001, every) is None
    text = _csv.read_csv(raw, "a.csv", plain=every)
    assert text.frame.row(-1)[1] == last or text.frame.dtypes[1] == pl.Float64  # compiled code may be there, and sure


def test_what_is_small_has_no_numbers_or_other_rows_is_left_alone():
    raw = b"x,y\n" + b"1,a\n" * (1 << 18)
    assert read_foreseen(raw, ",", ["x", "y"], 1 << 18, every) is not None
    assert read_foreseen(raw, ",", ["x", "y"], 7, every) is None
    assert read_foreseen(raw, ",", ["x", "y"], 1 << 18, lambda name: name == "y") is None
    assert read_foreseen(raw[:1000], ",", ["x", "y"], 249, every) is None


@pytest.mark.parametrize("block", [1, 4, 64])
def test_where_a_block_ends_changes_nothing(monkeypatch, block):
    monkeypatch.setattr(_foreseen, "BLOCK_BYTES", block)
    for head in range(9):
        start = b"a;b\n" + b"1" * head
        assert not begins_with_zero(start + b";0.5\n10;2020-01-01\n0;-0.01\n", ";")
        assert not begins_with_space(start + b";a b\n1 ;2\n", ";")
        for odd in (b";07", b"\n00", b";-07", b"\n+01\n"):
            assert begins_with_zero(start + odd, ";")
        for odd in (b"; 1", b"\n 1;2\n"):
            assert begins_with_space(start + odd, ";")
