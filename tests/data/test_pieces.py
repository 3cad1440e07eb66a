"""A name may stand for one file, for many that fit a pattern, or for standard input."""

import gzip
import io
import sys

import numpy as np
import polars as pl
import pytest

from pellucid.data import Table, read_table
from pellucid.errors import DataError

CSV = "x,word\n1,ä\n2.5,\n"


def rows(table: Table) -> list[tuple[object, ...]]:
    return table.frame.rows()


def fault(path, **options) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    return str(caught.value)


def test_archives_of_arrays_and_wrong_names_are_answered_with_the_way_on(tmp_path):
    np.savez(tmp_path / "images.npz", x=np.zeros((1, 2, 2)))
    with pytest.raises(DataError, match=r"the array x is \(1, 2, 2\); .* read by pellucid.data.read_images"):
        read_table(tmp_path / "images.npz")
    with pytest.raises(DataError, match=r"Did you mean images\.npz\?"):
        read_table(tmp_path / "imgaes.npz")
    with pytest.raises(DataError, match=r"is a folder, not a table \(CSV, Parquet, Arrow, JSON Lines or arrays\)"):
        read_table(str(tmp_path))


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
