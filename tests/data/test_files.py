"""A name that cannot be read is answered with what is there instead."""

import os
import re

import pytest

from pellucid.data._files import read_bytes, read_pages
from pellucid.errors import DataError


def fault(path) -> str:
    with pytest.raises(DataError) as caught:
        read_bytes(path, "a table")
    return str(caught.value)


def test_a_file_comes_back_whole(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a\n1\n")
    assert read_bytes(tmp_path / "a.csv", "a table") == b"a\n1\n"


def test_the_rest_of_an_open_file_is_read_though_it_grows_or_shrinks_meanwhile(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(b"abc" * 10_000)
    for length in (30_000, 29_999, 5, 40_000):
        with path.open("rb") as file:
            assert file.read(3) == b"abc"
            monkeypatch.setattr("os.fstat", lambda _, size=length: os.stat_result([0] * 6 + [size, 0, 0, 0]))
            assert read_pages(file, "a.csv").tobytes() == b"abc" * 9_999
            monkeypatch.undo()


def test_an_unknown_file_is_answered_with_the_closest_names(tmp_path):
    for name in ("Titanic.csv", "titanic_test.csv", "iris.csv"):
        (tmp_path / name).write_text("x")
    message = fault(tmp_path / "titanik.csv")
    assert message.startswith(f"{tmp_path / 'titanik.csv'} does not exist in {tmp_path}. Did you mean Titanic.csv")
    assert "no name there is close to it" in fault(tmp_path / "qqqqqq")


def test_an_unknown_folder_is_named(tmp_path):
    assert f"there is no folder {tmp_path / 'nowhere'}" in fault(tmp_path / "nowhere" / "a.csv")


def test_a_folder_is_answered_with_the_files_it_holds(tmp_path):
    assert "is a folder, not a table. It holds no files." in fault(tmp_path)
    for number in range(7):
        (tmp_path / f"{number}.csv").write_text("x")
    assert "It holds 0.csv, 1.csv, 2.csv, 3.csv, 4.csv and 2 more. Name one of the files." in fault(tmp_path)


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "a.csv").touch()
    assert "is empty (0 bytes); a table was expected" in fault(tmp_path / "a.csv")


def test_a_name_no_file_can_have_is_a_data_error_too(tmp_path):
    assert "cannot be read" in fault(tmp_path / "a\0b")
    assert "cannot be read" in fault(tmp_path / ("a" * 5000))


def test_a_path_through_a_file_is_a_data_error(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    assert re.search("there is no folder|cannot be read", fault(tmp_path / "a.csv" / "b.csv"))


def test_a_file_one_may_not_read_is_a_data_error(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    (tmp_path / "a.csv").chmod(0)
    if os.access(tmp_path / "a.csv", os.R_OK):
        pytest.skip("this user may read everything")
    assert "cannot be read: Permission denied. Check its permissions." in fault(tmp_path / "a.csv")
