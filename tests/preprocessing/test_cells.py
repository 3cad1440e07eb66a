"""Tables of anything as columns of cells."""

import numpy as np
import pandas
import polars
import pyarrow
import pytest
import scipy.sparse

from pellucid.base import is_missing
from pellucid.errors import DataError
from pellucid.preprocessing import OrdinalEncoder
from pellucid.preprocessing._cells import Cells, coded, fit_cells, known_cells, read_cells, recoded


def test_rows_arrays_and_frames_give_the_same_cells() -> None:
    rows = [["a", 1], ["b", 2], [None, 3]]
    data = {"word": ["a", "b", None], "number": [1, 2, 3]}
    for X in (rows, np.array(rows, dtype=object), pandas.DataFrame(data), polars.DataFrame(data), pyarrow.table(data)):
        word, number = read_cells(X, where="test").columns
        assert word[:2].tolist() == ["a", "b"] and word.dtype == object
        assert number.tolist() == [1, 2, 3]


def test_numbers_keep_their_dtype_and_names_are_noted() -> None:
    frame = pandas.DataFrame({"i": np.arange(2, dtype=np.int16), "f": np.ones(2, np.float32), "b": [True, False]})
    cells = read_cells(frame, where="test")
    assert [column.dtype.name for column in cells.columns] == ["int16", "float32", "bool"]
    assert cells.names is not None and cells.names.tolist() == ["i", "f", "b"]
    assert read_cells(np.ones((2, 2)), where="test").names is None


def test_categories_of_frames_are_their_words() -> None:
    for column in (
        pandas.DataFrame({"c": pandas.Categorical(["x", "y"])}),
        polars.DataFrame({"c": polars.Series(["x", "y"], dtype=polars.Categorical)}),
    ):
        assert read_cells(column, where="test").columns[0].tolist() == ["x", "y"]


def test_long_text_is_not_cut() -> None:
    column = read_cells(np.array([["a"], ["b"]]), where="test").columns[0]
    column[0] = "a long word"
    assert column[0] == "a long word"


def test_what_is_no_table_is_refused() -> None:
    for X, message in (
        ([1, 2, 3], "Reshape your data"),
        (np.ones((1, 2, 3)), "3 axes"),
        (scipy.sparse.csr_array(np.eye(2)), "sparse"),
        ([[np.inf], [1.0]], "infinite"),
        ([[1 + 2j]], "Complex data not supported"),
        (np.empty((0, 3)), r"0 row\(s\)"),
        (polars.DataFrame(), r"0 feature\(s\)"),
        ([["a"], ["b", "c"]], "different lengths"),
    ):
        with pytest.raises(DataError, match=message):
            read_cells(X, where="test")


def test_frames_with_one_name_twice_or_without_rows_yet_are_refused() -> None:
    with pytest.raises(DataError, match=r"test: X has several columns of one name .*'a' 2 times"):
        read_cells(pandas.DataFrame([[1, "x"], [2, "y"]], columns=["a", "a"]), where="test")
    with pytest.raises(DataError, match=r"test: X is a lazy frame, .* give X.collect\(\)"):
        read_cells(polars.LazyFrame({"a": ["x"]}), where="test")


def test_distinct_cells_come_in_order_and_lead_back_to_the_column() -> None:
    column = np.array(["b", None, "a", "b", np.nan], dtype=object)
    codes, cells = coded(column)
    assert cells[:3] == ["b", None, "a"] and len(cells) == 4
    assert codes.tolist() == [0, 1, 2, 0, 3]
    codes, cells = coded(np.array([2, 1, 2]))
    assert [cells[code] for code in codes] == [2, 1, 2]
    with pytest.raises(DataError, match="no single values"):
        coded(np.array([[1], None], dtype=object)[:1])


@pytest.mark.parametrize("few", [True, False], ids=["few words", "many words"])
@pytest.mark.parametrize("gaps", [True, False], ids=["gaps", "no gaps"])
def test_words_of_every_frame_are_the_cells_a_list_of_rows_has(few: bool, gaps: bool) -> None:
    words: list[str | None] = [f"w{i % 3 if few else i}" for i in range(60)]
    if gaps:
        words[4] = None
    wanted = read_cells([[word] for word in words], where="w").columns[0].tolist()
    frames = [polars.DataFrame({"w": words}), pyarrow.table({"w": words})]
    frames += [pandas.DataFrame({"w": pandas.Series(words, dtype=kind)}) for kind in (object, "str", "string")]
    for frame in frames:
        cells = read_cells(frame, where="w")
        assert [None if is_missing(cell) else cell for cell in cells.columns[0].tolist()] == wanted
        codes, distinct = cells.coded(0)
        assert [None if is_missing(distinct[code]) else distinct[code] for code in codes] == wanted
        assert len(set(codes.tolist())) == len(distinct)  # none that no row has


def test_a_word_that_only_the_last_rows_hold_is_found() -> None:
    words = ["a"] * 90 + ["b"] * 9 + ["c"]
    for gaps in ([], [None]):
        codes, distinct = read_cells(polars.DataFrame({"w": words + gaps}), where="w").coded(0)
        assert [distinct[code] for code in codes] == words + gaps and len(distinct) == 3 + len(gaps)


def test_columns_given_by_number_and_by_cell_are_the_same_table() -> None:
    codes, words = np.array([1, 0, 1], np.uint8), ["a", "b"]
    numbered, spelled = Cells([(codes, words)]), Cells([np.array(["b", "a", "b"], dtype=object)])
    assert numbered.shape == spelled.shape == (3, 1)
    assert numbered.table().tolist() == spelled.table().tolist() == [["b"], ["a"], ["b"]]
    assert numbered.held(0) is not None and spelled.held(0) is None
    assert numbered.has_objects(0) and spelled.has_objects(0) and not Cells([np.ones(3)]).has_objects(0)
    assert read_cells(numbered, where="w") is numbered


def test_cells_without_columns_know_their_rows_and_are_no_table() -> None:
    cells = Cells([], rows=3)
    assert cells.shape == (3, 0) and cells.table().shape == (3, 0)
    with pytest.raises(DataError, match=r"0 feature\(s\) \(shape=\(3, 0\)\)"):
        read_cells(cells, where="w")


def test_cells_that_became_equal_are_one() -> None:
    codes, cells = recoded(np.array([0, 1, 2, 3]), ["a", "b", "a", None])
    assert codes.tolist() == [0, 1, 0, 2] and cells == ["a", "b", None]
    same = np.array([1, 0])
    assert recoded(same, ["a", "b"])[0] is same


def test_an_estimator_notes_the_columns_of_fit_and_knows_them_again() -> None:
    table, encoder = pandas.DataFrame({"a": ["x", "y"], "b": [1, 2]}), OrdinalEncoder()
    assert fit_cells(encoder, table).shape == (2, 2)
    assert (encoder.n_features_in_, encoder.feature_names_in_.tolist()) == (2, ["a", "b"])
    assert known_cells(encoder, table).column(0).tolist() == ["x", "y"]
    with pytest.raises(DataError, match="1 features"):
        known_cells(encoder, [["x"]])
    with pytest.raises(DataError, match="feature names"):
        known_cells(encoder, table.rename(columns={"b": "c"}))
