"""Tables read from real files and made from frames: columns, kinds, reports, and errors that help."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pellucid.data import Table, as_table, read_table
from pellucid.errors import ColumnError, DataError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def table() -> Table:
    return as_table({"size": [1.0, None, 3.0], "colour": ["red", "blue", None], "sold": [True, False, True]})


def test_columns_come_as_new_arrays_of_their_kind(table):
    size = table.column("size")
    np.testing.assert_array_equal(size, [1.0, np.nan, 3.0])
    size[0] = 99.0
    assert table.column("size")[0] == 1.0
    assert table.column("colour").tolist() == ["red", "blue", None]
    assert table.column("sold").dtype == bool
    assert as_table({"x": [True, None]}).column("x").tolist() == [True, None]


def test_a_column_without_missing_cells_can_be_written_to_as_well():
    column = as_table({"x": np.arange(3.0)}).column("x")
    column += 1
    assert column.tolist() == [1.0, 2.0, 3.0]


def test_an_unknown_column_is_answered_with_the_closest(table):
    with pytest.raises(ColumnError, match=r"the frame has no column 'Colour '\. Did you mean 'colour'\?"):
        table.column("Colour ")
    with pytest.raises(KeyError, match=r"no column 'zzz'\. It has 'size', 'colour', 'sold'\."):
        table.drop("zzz")
    with pytest.raises(ColumnError):
        table.select(["size", "weight"])


def test_select_and_drop_keep_columns_kinds_and_reports_together(table):
    assert table.select(["sold", "size"]).columns == ("sold", "size")
    assert table.drop("size").columns == ("colour", "sold")
    assert table.drop(["size", "colour"]).kinds == {"sold": "boolean"}
    assert table.select("size").report.columns[0].missing == {"null": 1}
    assert table.select(name for name in ("size",)).columns == ("size",)


def test_take_follows_numpys_indexing(table):
    x = np.arange(10.0)
    big = as_table({"x": x})
    for rows in ([3, 3, 0], [-1, 2], [], x > 6, np.array([1], dtype=np.uint8), range(2, 5)):
        np.testing.assert_array_equal(big.take(rows).column("x"), x[np.asarray(rows, dtype=None if len(rows) else int)])
    assert len(table.take([])) == 0
    assert table.take([1, 1]).kinds == table.kinds


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([3], "row 3 is outside a table of 3 rows"),
        ([-4], "row -4 is outside a table of 3 rows"),
        ([True, False], r"rows is bool \(2,\); give row numbers \(M,\), or a mask \(3,\)"),
        ([0.0], r"rows is float64 \(1,\)"),
        ([[0]], r"rows is int64 \(1, 1\)"),
    ],
)
def test_take_refuses_rows_that_are_not_there(table, rows, message):
    with pytest.raises(DataError, match=message):
        table.take(rows)


def test_a_table_cannot_be_changed_by_accident(table):
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.frame = None


def test_length_and_repr(table):
    assert len(table) == 3
    assert repr(table) == "Table(3 rows; size number, colour category, sold boolean)"


def test_a_table_is_its_own_table(table):
    assert as_table(table) is table


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


def test_parquet_is_read_by_its_content_whatever_its_name(tmp_path):
    frame = pl.DataFrame({"x": [1, None, 3], "word": ["a", "?", None], "sold": [True, False, None]})
    frame.write_parquet(tmp_path / "table.data")
    table = read_table(tmp_path / "table.data")
    assert table.kinds == {"x": "number", "word": "category", "sold": "boolean"}
    assert table.report.columns[1].missing == {"?": 1, "null": 1}


def test_a_damaged_or_empty_parquet_file_is_a_data_error(tmp_path):
    pl.DataFrame({"x": [1.0] * 1000}).write_parquet(tmp_path / "good.parquet")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "good.parquet").read_bytes()[:200])
    with pytest.raises(DataError, match="damaged Parquet file"):
        read_table(tmp_path / "cut.parquet")
    pl.DataFrame({"x": []}).write_parquet(tmp_path / "empty.parquet")
    with pytest.raises(DataError, match="1 columns and 0 rows"):
        read_table(tmp_path / "empty.parquet")


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


def test_archives_of_arrays_and_wrong_names_are_answered_with_the_way_on(tmp_path):
    np.savez(tmp_path / "images.npz", x=np.zeros((1, 2, 2)))
    with pytest.raises(DataError, match=r"archive of arrays, not a table\. .*read_images"):
        read_table(tmp_path / "images.npz")
    with pytest.raises(DataError, match=r"Did you mean images\.npz\?"):
        read_table(tmp_path / "imgaes.npz")
    with pytest.raises(DataError, match="is a folder, not a CSV or Parquet table"):
        read_table(str(tmp_path))


def test_a_table_of_very_many_columns_reads_in_a_moment(tmp_path):
    x = np.random.default_rng(0).normal(size=(3, 5000)).round(3)
    header = ",".join(f"c{d}" for d in range(5000))
    np.savetxt(tmp_path / "wide.csv", x, "%.3f", ",", header=header, comments="")
    table = read_table(tmp_path / "wide.csv")
    np.testing.assert_array_equal(np.column_stack([table.column(name) for name in table.columns]), x)


def test_importing_the_layer_loads_no_heavy_package():
    code = (
        "import sys, pellucid.data; "
        "print(sorted({'polars', 'narwhals', 'pandas', 'scipy', 'pyarrow', 'rich'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / "src")
    assert found.stdout.strip() == "[]"
