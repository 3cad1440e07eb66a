"""Where data come from, and which column is meant."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from pellucid.auto._source import open_source, place_of, target_of
from pellucid.data import ImageArrays, Table, as_table
from pellucid.datasets import path
from pellucid.errors import ColumnError, DataError, ParameterError


def test_a_bundled_set_is_found_by_name_and_knows_its_target() -> None:
    source = open_source("iris")
    assert (source.name, source.path, source.target) == ("iris", "iris", "species")
    assert source.sha256 == hashlib.sha256(path("iris").read_bytes()).hexdigest()


def test_a_file_of_a_bundled_name_goes_before_the_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "iris").write_text("a,b\n1,2\n")
    monkeypatch.chdir(tmp_path)
    assert place_of("iris") == Path("iris")
    source = open_source("iris")
    assert isinstance(source.data, Table)
    assert (source.data.columns, source.target) == (("a", "b"), None)


def test_images_are_known_by_their_suffix() -> None:
    source = open_source(path("digits"))
    assert isinstance(source.data, ImageArrays)


def test_what_is_held_in_memory_has_no_path() -> None:
    for data in (as_table({"a": [1.0]}), {"a": [1.0]}, ImageArrays(np.zeros((1, 2, 2)), np.zeros(1))):
        source = open_source(data)
        assert (source.path, source.sha256, source.target) == (None, None, None)


def test_a_word_that_is_neither_is_told_what_there_is() -> None:
    with pytest.raises(ParameterError, match="'irsi' is neither a file here nor a bundled data set.*iris, wine"):
        open_source("irsi")


def test_a_path_that_is_not_there_is_told_so() -> None:
    with pytest.raises(DataError, match="nowhere/x.csv does not exist"):
        open_source("nowhere/x.csv")


def test_the_target_asked_for_goes_before_the_known_one() -> None:
    source = open_source("iris")
    assert isinstance(source.data, Table)
    assert target_of(source, source.data, None) == "species"
    assert target_of(source, source.data, "sepal length (cm)") == "sepal length (cm)"


def test_an_unknown_target_names_the_closest_columns() -> None:
    source = open_source("iris")
    assert isinstance(source.data, Table)
    with pytest.raises(ColumnError, match="no column 'speices'. Did you mean 'species'"):
        target_of(source, source.data, "speices")


@pytest.mark.parametrize("name", ["target", "Label", "CLASS", "y", "outcome"])
def test_a_column_that_is_called_a_target_is_taken_for_it(name: str) -> None:
    source = open_source({"a": [1.0], name: [2.0]})
    assert isinstance(source.data, Table)
    assert target_of(source, source.data, None) == name


@pytest.mark.parametrize("columns", [["a", "b"], ["y", "label"], [f"c{i}" for i in range(30)]])
def test_where_no_column_is_obvious_the_person_is_asked_and_shown_them(columns: list[str]) -> None:
    source = open_source({name: [1.0] for name in columns})
    assert isinstance(source.data, Table)
    with pytest.raises(ParameterError, match=r"which column .* \(--target COLUMN\); there are " + columns[0]) as caught:
        target_of(source, source.data, None)
    assert ("and 10 more" in str(caught.value)) == (len(columns) == 30)
