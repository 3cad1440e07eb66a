"""Words read as numbers with a point or a comma, as dates, as truths: the values, and what was changed."""

import datetime
import io
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data import Table, read_table
from pellucid.errors import DataError

CSV = "x,word\n1,ä\n2.5,\n"


def rows(table: Table) -> list[tuple[object, ...]]:
    return table.frame.rows()


def fault(path, **options) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    return str(caught.value)


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


def test_numbers_beyond_float64_are_infinite_and_counted(write):
    table = read_table(write("a.csv", "x,y\n1e400,inf\n-1e400,2\n3,3\n"))
    assert table.column("x").tolist() == [np.inf, -np.inf, 3.0]
    assert table.report.columns[0].coercions == {"too large for float64, read as infinite": 2}
    assert table.report.columns[1].coercions == {"infinite": 1}
