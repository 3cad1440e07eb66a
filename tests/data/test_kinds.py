"""What a column is, and that every step to it is written down."""

import datetime
import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data._kinds import settle
from pellucid.data._tally import MISSING, Source
from pellucid.errors import DataError

TEXT = Source("file.csv", lambda row: f"line {row + 2}", parses=True)
TYPED = Source("the frame", lambda row: f"row {row}", parses=False)


def read(cells, source=TEXT, wanted=None):
    series, report = settle(pl.Series("x", cells), source, wanted)
    return series.to_list(), report


def test_a_column_of_numbers_is_numbers():
    values, report = read(["1", "-2.5", "+3e2", ".5", "1E-3", None])
    assert values == [1.0, -2.5, 300.0, 0.5, 0.001, None]
    assert (report.kind, report.why) == ("number", "all 5 known cells are numbers")
    assert (report.missing, report.coercions) == ({"": 1}, {})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_a_float_written_by_python_is_read_back_exactly(numbers):
    values, report = read([repr(number) for number in numbers])
    assert report.kind == "number"
    assert values == numbers


@pytest.mark.parametrize("word", [word for word in MISSING if word])
def test_each_word_for_missing_is_missing_among_numbers_and_among_words_and_is_counted(word):
    values, report = read(["1", f" {word} ", word, "3", None, ""])
    assert values == [1.0, None, None, 3.0, None, None]
    assert report.missing == {word: 2, "": 2}
    assert report.coercions == {"surrounding spaces removed": 1}
    values, report = read(["red", word, "blue"])
    assert values == ["red", None, "blue"]
    assert (report.kind, report.missing) == ("category", {word: 1})


def test_words_for_missing_can_be_chosen_even_numbers():
    source = Source("file.csv", str, parses=True, missing=("-999",))
    values, report = read(["1", "-999", "", "3"], source)
    assert values == [1.0, None, None, 3.0]
    assert report.missing == {"-999": 1, "": 1}
    assert read(["a", "None"], source)[0] == ["a", "None"]


def test_one_stray_word_makes_a_category_and_is_named_with_its_line():
    values, report = read([*map(str, range(15)), "abc", *map(str, range(484))])
    assert report.kind == "category"
    assert report.why == "1 of 500 cells is not numbers, first at line 17: 'abc'"
    assert values[15] == "abc"
    assert values[0] == "0"


def test_several_stray_words_are_counted_and_a_long_one_is_cut():
    _, report = read(["1", "2", "x" * 50, "3", "4", "y", "5"])
    assert report.why == f"2 of 7 cells are not numbers, first at line 4: '{'x' * 40}...', line 7: 'y'"


def test_words_are_a_category_told_by_how_many_differ():
    _, report = read(["red", "blue", None, "red"])
    assert (report.kind, report.why) == ("category", "2 different words")


@pytest.mark.parametrize("cells", [["true", "FALSE", "True"], [" true", "false ", "TRUE"]])
def test_true_and_false_are_booleans_in_any_case(cells):
    values, report = read([*cells, "?"])
    assert values[3] is None
    assert values[0] is True
    assert (report.kind, report.why) == ("boolean", "all 3 known cells are true or false")


@pytest.mark.parametrize("cells", [["yes", "no"], ["t", "f"], ["true", "maybe"], ["on", "off"]])
def test_other_pairs_of_words_stay_categories(cells):
    assert read(cells)[1].kind == "category"


def test_zero_and_one_are_numbers():
    assert read(["0", "1", "1"])[1].kind == "number"


def test_a_column_without_a_known_cell_is_missing_numbers():
    values, report = read([None, "?", " "])
    assert values == [None] * 3
    assert (report.kind, report.why) == ("number", "all 3 cells are missing")
    assert report.missing == {"": 2, "?": 1}


def test_what_parsing_loses_is_counted():
    _, report = read(["00123", "45", "-07"])
    assert (report.kind, report.coercions) == ("number", {"leading zeros dropped": 2})
    _, report = read(["9007199254740992", "9007199254740993", "3"])
    assert report.coercions == {"whole number rounded to float64": 1}
    assert read([2**53, 2**53 + 1], TYPED)[1].coercions == {"whole number rounded to float64": 1}
    assert read(["1e300", "12345678901234567.5"])[1].coercions == {}
    values, report = read(["1e400", "-inf", "2"])
    assert values == [math.inf, -math.inf, 2.0]
    assert report.coercions == {"infinite": 1, "too large for float64, read as infinite": 1}


def test_ordinary_decimals_lose_nothing():
    assert read(["0.5", "00.5", "0", "-0", "10"])[1].coercions == {}


@pytest.mark.parametrize("odd", ["1_000", "0x1", "1d3", "１", "--1", "1e", ".", "1,000", "12 %", "+nan", "nAn"])
def test_what_is_not_a_plain_number_is_a_word(odd):
    assert read(["1", "2", odd])[1].kind == "category"


def test_decimal_commas_are_numbers_only_where_the_comma_does_not_separate():
    cells = ["3,14", "-2,5e3", "7", " 1,0"]
    values, report = read(cells, Source("file.csv", str, parses=True, decimal="either"))
    assert values == [3.14, -2500.0, 7.0, 1.0]
    assert report.coercions == {"surrounding spaces removed": 1, "decimal comma read as a point": 3}
    assert read(cells)[1].kind == "category"
    mixed = Source("file.csv", str, parses=True, decimal="either")
    assert read(["3,14", "1,000,000"], mixed)[1].kind == "category"


def test_typed_text_is_believed_to_be_text_and_the_doubt_is_said():
    values, report = read(["01", "02", "?", None], TYPED)
    assert values == ["01", "02", None, None]
    assert (report.kind, report.missing) == ("category", {"?": 1, "null": 1})
    assert report.why == "text, though all 2 known cells would read as numbers"


@pytest.mark.parametrize(
    ("series", "kind", "values"),
    [
        (pl.Series("x", [1, None, 3], dtype=pl.Int8), "number", [1.0, None, 3.0]),
        (pl.Series("x", [1.5, math.nan, None]), "number", [1.5, None, None]),
        (pl.Series("x", [True, None, False]), "boolean", [True, None, False]),
        (pl.Series("x", ["a", None], dtype=pl.Categorical), "category", ["a", None]),
        (pl.Series("x", ["a", "b"], dtype=pl.Enum(["b", "a"])), "category", ["a", "b"]),
        (pl.Series("x", [None, None], dtype=pl.Null), "number", [None, None]),
        (pl.Series("x", [datetime.date(1970, 1, 2), None]), "number", [86400.0, None]),
        (pl.Series("x", [datetime.datetime(1970, 1, 1, 0, 0, 1, 500000)]), "number", [1.5]),
        (pl.Series("x", [datetime.timedelta(minutes=2)]), "number", [120.0]),
        (pl.Series("x", [datetime.time(0, 1, 0)]), "number", [60.0]),
        (pl.Series("x", ["1.10"]).cast(pl.Decimal(10, 2)), "number", [1.1]),
    ],
)
def test_typed_columns_are_believed(series, kind, values):
    settled, report = settle(series, TYPED)
    assert report.kind == kind
    assert settled.to_list() == values


def test_missing_values_of_typed_columns_are_counted_by_sort():
    assert read([1.0, math.nan, None, None], TYPED)[1].missing == {"null": 2, "NaN": 1}


def test_columns_of_other_things_are_refused_by_name():
    with pytest.raises(DataError, match=r"the frame: column 'x' holds List\(Int64\); .* Drop it"):
        read([[1], [2]], TYPED)


def test_a_wanted_kind_is_kept_for_cells_that_would_read_otherwise():
    assert read(["1", "2"], wanted="category")[0] == ["1", "2"]
    assert read(["?", "?"], wanted="category")[1].kind == "category"
    assert read([None, None], wanted="boolean")[1].kind == "boolean"
    assert read(["1", "?"], wanted="number")[0] == [1.0, None]
    assert read(["1", "2"], TYPED, wanted="number")[0] == [1.0, 2.0]
    assert read([1, 0], TYPED, wanted="boolean")[0] == [True, False]
    assert read([True, False], TYPED, wanted="number")[0] == [1.0, 0.0]
    assert read([1, None], TYPED, wanted="category")[0] == ["1", None]


@pytest.mark.parametrize(
    ("cells", "source", "wanted", "message"),
    [
        (
            ["1", "abc", "x"],
            TEXT,
            "number",
            r"file.csv: column 'x' must be a number, but 2 of 3 .* line 3: 'abc', line 4: 'x'\.",
        ),
        (["true", "no"], TEXT, "boolean", r"must be a boolean, but 1 of 2 cells is not true or false, first at line 3"),
        ([0, 2], TYPED, "boolean", r"must be a boolean, but 1 of 2 cells is not true or false, first at row 1: 2.0"),
    ],
)
def test_cells_that_do_not_fit_the_wanted_kind_are_an_error_with_their_place(cells, source, wanted, message):
    with pytest.raises(DataError, match=message):
        read(cells, source, wanted)


def test_a_report_prints_as_one_line():
    report = read([" 1", "?", None, "3"])[1]
    assert (
        str(report)
        == "x: number, all 2 known cells are numbers; 2 missing ('?' x 1, '' x 1); 1 x surrounding spaces removed"
    )


def test_days_beyond_every_calendar_are_their_seconds():
    assert settle(pl.Series("x", [2**31 - 1], dtype=pl.Int32).cast(pl.Date), TYPED)[0].to_list() == [
        (2**31 - 1) * 86400.0
    ]
