"""Whole tables as numbers: finite, named, explained, the same after storing, strict about what changed."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid
from pellucid.data import as_table, read_table
from pellucid.errors import ColumnError, DataError, DataWarning, ModelFileError, NotFittedError
from pellucid.preprocessing import TableVectorizer

COLUMNS: dict[str, list[Any]] = {
    "age": [20.0, None, 40.0, 60.0, 30.0, 50.0, None, 25.0],
    "sex": ["f", "m", "f", "m", "f", "m", "f", None],
    "alone": [True, False, True, None, False, True, True, False],
    "row": [f"r{k}" for k in range(8)],
    "same": [1, 1, 1, 1, 1, 1, 1, 1],
}


def test_tables_frames_and_columns_of_every_kind_give_the_same_numbers() -> None:
    wanted = TableVectorizer().fit_transform(COLUMNS)
    assert np.isfinite(wanted).all()
    frame = pandas.DataFrame(COLUMNS)
    for X in (as_table(COLUMNS), frame, polars.DataFrame(COLUMNS), pyarrow.table(COLUMNS)):
        vectorizer = TableVectorizer().fit(X)
        assert vectorizer.feature_names_in_.tolist() == list(COLUMNS)
        np.testing.assert_array_equal(vectorizer.transform(X), wanted)
        np.testing.assert_array_equal(vectorizer.transform(frame), wanted)
    rows = [list(row) for row in zip(*COLUMNS.values(), strict=True)]
    np.testing.assert_array_equal(TableVectorizer().fit_transform(rows), wanted)


def test_outputs_are_named_in_the_order_of_the_columns_and_explained_as_data() -> None:
    vectorizer = TableVectorizer().fit(COLUMNS)
    names = ["age", "age=(missing)", "sex=f", "sex=m", "alone"]
    assert vectorizer.get_feature_names_out().tolist() == names
    assert vectorizer.transform(COLUMNS).shape == (8, 5)
    rows = vectorizer.explain()
    assert [row.column for row in rows] == list(COLUMNS)
    assert [name for row in rows for name in row.outputs] == names
    assert [row.kind for row in rows] == ["number", "category", "boolean", "category", "number"]
    assert rows[3].treatment == rows[4].treatment == "left out"
    assert str(rows[4]) == "same (number): left out; every known cell is 1"


def test_columns_are_found_by_name_and_further_ones_ignored() -> None:
    vectorizer = TableVectorizer().fit(COLUMNS)
    wanted = vectorizer.transform(COLUMNS)
    mixed = {
        "new": [object()] * 8,
        **{name: COLUMNS[name] for name in ("alone", "sex", "age")},
    }  # what is left out is not needed
    np.testing.assert_array_equal(vectorizer.transform(mixed), wanted)
    np.testing.assert_array_equal(vectorizer.transform(pandas.DataFrame(mixed)), wanted)
    np.testing.assert_array_equal(vectorizer.transform(as_table(COLUMNS).select(["alone", "sex", "age"])), wanted)


def test_columns_are_taken_by_place_where_fit_saw_none_of_their_names() -> None:
    rows = [[20.0, "f", 1], [40.0, "m", 2], [60.0, "f", 3], [80.0, "m", 2]]
    vectorizer = TableVectorizer(min_frequency=1).fit(rows)
    wanted = vectorizer.transform(rows)
    named = dict(zip(("age", "sex", "x0"), zip(*rows, strict=True), strict=True))  # a name that fit gave to another
    for X in ({name: list(cells) for name, cells in named.items()}, pandas.DataFrame(named), as_table(named)):
        np.testing.assert_array_equal(vectorizer.transform(X), wanted)
    whole = TableVectorizer(min_frequency=1).fit([["3"], ["4"], ["3"]])  # whole numbers, as words
    np.testing.assert_array_equal(whole.transform(pandas.DataFrame({"n": [3, 4]})), whole.transform([["3"], ["4"]]))
    for X in ({"age": [20.0]}, pandas.DataFrame({"age": [20.0]}), as_table({"age": [20.0]})):
        with pytest.raises(DataError, match="X has 1 features, but TableVectorizer is expecting 3"):
            vectorizer.transform(X)


@pytest.mark.parametrize("held", [dict, pandas.DataFrame], ids=lambda kind: kind.__name__)
def test_names_that_are_numbers_are_found_as_text(held: Any) -> None:
    rows = held({place: cells for place, cells in enumerate(COLUMNS.values())})
    vectorizer = TableVectorizer().fit(rows)
    np.testing.assert_array_equal(vectorizer.transform(rows), TableVectorizer().fit_transform(COLUMNS))
    with pytest.raises(ColumnError, match="has no column '2'. It has '0', '1'"):
        vectorizer.transform(held({place: cells for place, cells in enumerate(list(COLUMNS.values())[:2])}))


@pytest.mark.parametrize("held", [dict, pandas.DataFrame, polars.DataFrame, as_table], ids=lambda kind: kind.__name__)
def test_a_missing_column_is_named_with_the_closest_there_are(held: Any) -> None:
    vectorizer = TableVectorizer().fit(COLUMNS)
    renamed = {"Age": COLUMNS["age"], "sex": COLUMNS["sex"], "alone": COLUMNS["alone"]}
    with pytest.raises(ColumnError, match="has no column 'age'. Did you mean 'Age'?"):
        vectorizer.transform(held(renamed))


@pytest.mark.parametrize("held", [dict, pandas.DataFrame, polars.DataFrame, as_table], ids=lambda kind: kind.__name__)
def test_words_in_a_column_of_numbers_are_named_with_column_and_row(held: Any) -> None:
    vectorizer = TableVectorizer().fit(COLUMNS)
    with pytest.raises(DataError, match="column 'age' must be a number, .* first at row 1: 'old'"):
        vectorizer.transform(held({**COLUMNS, "age": ["20", "old", "30", "40", "50", "60", "70", "80"]}))


def test_numbers_written_as_words_are_numbers_where_fit_saw_numbers() -> None:
    vectorizer = TableVectorizer().fit(COLUMNS)
    words = {**COLUMNS, "age": [None if age is None else str(age) for age in COLUMNS["age"]]}
    np.testing.assert_array_equal(vectorizer.transform(words), vectorizer.transform(COLUMNS))


def test_whole_numbers_are_the_words_they_would_be_written_as() -> None:
    codes = {"code": ["1", "2", "1", "2", "x", "x"]}
    vectorizer = TableVectorizer().fit(codes)
    for held in (as_table({"code": [2.0, 1.0]}), as_table({"code": [2, 1]}), {"code": [2, 1]}):
        assert vectorizer.transform(held).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_unseen_words_count_as_rare_and_where_none_were_rare_as_nothing() -> None:
    words = ["a"] * 60 + ["b"] * 60 + [f"w{k}" for k in range(12)]
    assert TableVectorizer().fit({"w": words}).transform({"w": ["zebra", "w3", "a"]}).tolist() == [
        [0, 0, 1],
        [0, 0, 1],
        [1, 0, 0],
    ]
    assert TableVectorizer().fit({"w": words[:120]}).transform({"w": ["zebra", None]}).tolist() == [[0, 0], [0, 0]]


def test_dates_are_numbers_with_cycles_whatever_holds_them(tmp_path: Path) -> None:
    days = np.arange("2020-01-01", "2022-06-01", dtype="datetime64[D]")
    frame = pandas.DataFrame({"when": days})
    vectorizer = TableVectorizer().fit(frame)
    circles = [f"when=({part} of {cycle})" for cycle in ("year", "week") for part in ("sin", "cos")]
    assert vectorizer.get_feature_names_out().tolist() == ["when", *circles]
    assert "the place in the year, week as sine and cosine" in str(vectorizer.explain()[0])
    out = vectorizer.transform(frame)
    frame.to_csv(tmp_path / "days.csv", index=False)
    pellucid.save(vectorizer, tmp_path / "days.pellucid")
    for table in (polars.from_pandas(frame), read_table(tmp_path / "days.csv"), {"when": days.astype(str).tolist()}):
        np.testing.assert_array_equal(pellucid.load(tmp_path / "days.pellucid").transform(table), out)


def test_words_without_an_output_are_refused_or_told_as_asked() -> None:
    words = ["a", "b"] * 30
    new = {"w": ["a", "zebra", None, "yak", "zebra"]}
    with pytest.raises(DataError, match=r"column 'w' holds 'zebra', 'yak', .* 2 levels, in 3 of 5 rows .first: row 1"):
        TableVectorizer(handle_unknown="error").fit({"w": words}).transform(new)
    with pytest.warns(DataWarning, match="They are zeros in all of them"):
        told = TableVectorizer(handle_unknown="warn").fit({"w": words}).transform(new)
    assert told.tolist() == TableVectorizer().fit({"w": words}).transform(new).tolist()
    pooled = TableVectorizer(handle_unknown="error").fit({"w": [*words, *(f"w{k}" for k in range(12))]})
    assert pooled.transform(new)[1].tolist() == [0, 0, 1]


def test_only_the_rows_given_to_fit_are_learned_from() -> None:
    vectorizer = TableVectorizer().fit({"x": [0.0, 1.0, 2.0, 3.0]})
    z = vectorizer.transform({"x": [0.0, 3.0, 300.0]})
    again = vectorizer.transform({"x": [300.0, 0.0, 3.0]})
    np.testing.assert_array_equal(z[[2, 0, 1]], again)
    assert z[:, 0].tolist()[:2] == [pytest.approx(-1.3416, abs=0.02), pytest.approx(1.3416, abs=0.02)]


CELLS = st.one_of(
    st.lists(st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)), min_size=3, max_size=12),
    st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "c", "?", " a"])), min_size=3, max_size=12),
    st.lists(st.one_of(st.none(), st.booleans()), min_size=3, max_size=12),
)


@settings(deadline=None, max_examples=200)
@given(CELLS, CELLS, st.sampled_from(["float64", "float32"]))
def test_whatever_comes_the_output_is_finite_of_one_shape_and_dtype(fit: list[Any], new: list[Any], dtype: Any) -> None:
    spare = [float(k) for k in range(len(fit))]
    vectorizer = TableVectorizer(dtype=dtype).fit({"x": fit, "spare": spare})
    width = len(vectorizer.get_feature_names_out())
    try:
        out = vectorizer.transform({"x": new, "spare": [0.0] * len(new)})
    except DataError as error:
        assert "column 'x' must be a" in str(error)
        return
    assert out.shape == (len(new), width) and out.dtype == dtype
    assert np.isfinite(out).all()


def test_nothing_of_use_is_refused_with_the_reasons() -> None:
    with pytest.raises(
        DataError, match=r"no column is of use in 3 sample\(s\) \('x': every known cell is 1; 'w': 3 different"
    ):
        TableVectorizer().fit({"x": [1.0, 1.0, 1.0], "w": ["a", "b", "c"]})
    with pytest.raises(NotFittedError, match="call fit first"):
        TableVectorizer().transform(COLUMNS)
    with pytest.raises(DataError, match="X has 2 features, but TableVectorizer is expecting 1"):
        TableVectorizer().fit(np.arange(4.0)[:, None]).transform(np.ones((1, 2)))


def test_it_is_stored_and_loaded_with_its_explanation(tmp_path: Path) -> None:
    vectorizer = TableVectorizer(dtype="float32").fit(COLUMNS)
    pellucid.save(vectorizer, tmp_path / "v.pellucid")
    again = pellucid.load(tmp_path / "v.pellucid")
    assert again.explain() == vectorizer.explain()
    np.testing.assert_array_equal(again.transform(COLUMNS), vectorizer.transform(COLUMNS))
    record = vectorizer.to_record()
    record["state"]["columns_"] = ["age"]
    with pytest.raises(ModelFileError, match="columns_ holds something else"):
        TableVectorizer.from_record(record)


def test_real_tables_become_finite_numbers_and_every_column_is_accounted_for(shared_data: Path) -> None:
    for name, target, width in (
        ("titanic", "survived", 31),
        ("penguins", "species", 10),
        ("mpg", "mpg", 9),
        ("diamonds", "price", 26),
    ):
        table = read_table(shared_data / f"{name}.csv").drop(target)
        vectorizer = TableVectorizer().fit(table)
        out = vectorizer.transform(table)
        assert out.shape == (len(table), width) and np.isfinite(out).all()
        assert [row.column for row in vectorizer.explain()] == list(table.columns)


def test_the_census_keeps_its_columns_from_the_training_file_to_the_test_file(shared_data: Path) -> None:
    vectorizer = TableVectorizer().fit(read_table(shared_data / "adult_train.csv").drop("income"))
    for name, n_rows in (("adult_train", 32561), ("adult_test", 16281)):
        out = vectorizer.transform(read_table(shared_data / f"{name}.csv"))
        assert out.shape == (n_rows, 105) and np.isfinite(out).all()
