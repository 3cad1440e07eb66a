"""Tables made from frames: columns, rows, and errors that help."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pellucid.data import Table, as_table
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


def test_importing_the_layer_loads_no_heavy_package():
    code = (
        "import sys, pellucid.data; "
        "print(sorted({'polars', 'narwhals', 'pandas', 'scipy', 'pyarrow', 'rich'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / "src")
    assert found.stdout.strip() == "[]"
