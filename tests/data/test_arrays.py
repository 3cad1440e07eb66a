"""Tables in NumPy's files: every array a column, or one a column of it; never unpickled."""

import io
import zipfile

import numpy as np
import pytest

from pellucid.data import _packing, read_images, read_table, scan_table
from pellucid.errors import DataError


def fault(path, **options) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.fixture
def npy(tmp_path):
    def save(array):
        np.save(tmp_path / "a.npy", array)
        return tmp_path / "a.npy"

    return save


@pytest.fixture
def npz(tmp_path):
    def save(**arrays):
        np.savez_compressed(tmp_path / "a.npz", **arrays)
        return tmp_path / "a.npz"

    return save


@pytest.mark.parametrize("dtype", ["f8", "f4", ">i2", "u1", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_columns_of_an_array_are_numbered(npy, dtype, order):
    x = np.arange(12).reshape(4, 3).astype(dtype, order=order)
    table = read_table(npy(x))
    assert table.columns == ("x0", "x1", "x2")
    assert set(table.kinds.values()) == {"boolean" if dtype == "?" else "number"}
    np.testing.assert_array_equal(np.column_stack([table.column(name) for name in table.columns]), x)


def test_arrays_of_an_archive_are_columns_by_their_names(npz):
    x = np.array([[1.0, np.nan], [3.0, 4.0]])
    day = np.array(["1970-01-02", "NaT"], "M8[D]")
    table = read_table(npz(x=x, y=np.array(["red", "?"]), day=day))
    assert table.kinds == {"x0": "number", "x1": "number", "y": "category", "day": "number"}
    assert table.frame.rows() == [(1.0, None, "red", 86400.0), (3.0, 4.0, None, None)]
    assert [column.missing for column in table.report.columns] == [{}, {"NaN": 1}, {"?": 1}, {"null": 1}]


def test_records_have_their_fields_for_columns_and_one_axis_makes_one_column(npy):
    table = read_table(npy(np.array([(1, "a"), (2, "b")], dtype=[("n", "i4"), ("word", "U3")])))
    assert table.frame.rows() == [(1.0, "a"), (2.0, "b")]
    assert read_table(npy(np.arange(3))).columns == ("x",)


def test_the_first_rows_and_batches_are_those_of_the_whole(npz):
    path = npz(x=np.arange(10.0).reshape(5, 2), y=np.arange(5))
    assert len(read_table(path, rows=2)) == 2
    assert [len(batch) for batch in scan_table(path, rows=2)] == [2, 2, 1]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros((2, 3, 3))}, r"the array x is \(2, 3, 3\); .* Pictures are read by pellucid.data.read_images"),
        ({"x": np.zeros(2), "y": np.zeros(3)}, "columns differ in length: 'x' 2, 'y' 3"),
        ({"x": np.zeros((2, 1)), "x0": np.zeros(2)}, "two arrays make a column 'x0'"),
        ({"x": np.zeros((0, 2))}, "has 2 columns and 0 rows"),
        ({"x": np.zeros(2, complex)}, "column 'x' holds complex"),
        ({"x": np.float64(3)}, r"the array x is \(\)"),
        ({"x": np.array([{}, []], dtype=object)}, "the array x cannot be read: Object arrays cannot be loaded"),
    ],
)
def test_arrays_that_make_no_table_are_named_with_the_way_on(npz, arrays, message):
    with pytest.raises(DataError, match=message):
        read_table(npz(**arrays))


def test_a_file_cut_anywhere_is_a_data_error(npy, npz):
    for path in (npy(np.arange(6.0).reshape(3, 2)), npz(x=np.arange(20), y=np.arange(20))):
        whole = path.read_bytes()
        for length in range(4, len(whole), 11):
            path.write_bytes(whole[:length])
            fault(path)


def test_other_zip_archives_are_said_to_be_such(tmp_path):
    with zipfile.ZipFile(tmp_path / "sheet.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    assert "a zip archive (an Excel workbook is one)" in fault(tmp_path / "sheet.xlsx")


def test_an_array_that_unpacks_to_far_more_than_it_takes_is_refused_until_it_is_allowed(npz, monkeypatch):
    monkeypatch.setattr(_packing, "FREE_BYTES", 10_000)
    path = npz(x=np.zeros((40_000, 2)))
    message = fault(path)
    assert "the array x unpacks to more than" in message
    assert "give the number of bytes to allow, such as unpacked=10**11" in message
    assert len(read_table(path, unpacked=10**6)) == 40_000
    path = npz(x=np.zeros((400, 20, 20)), y=np.zeros(400))
    with pytest.raises(DataError, match="the array x unpacks to more than .* it may be a decompression bomb"):
        read_images(path)
    assert len(read_images(path, unpacked=10**7)) == 400


def test_a_header_that_promises_more_than_there_is_allots_nothing(tmp_path):
    buffer = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": (10**6, 10**6, 10**3)}
    np.lib.format.write_array_header_1_0(buffer, header)
    (tmp_path / "a.npy").write_bytes(buffer.getvalue() + b"12")
    assert "its header says uint8 (1000000, 1000000, 1000), its data are 2 bytes" in fault(tmp_path / "a.npy")


@pytest.mark.parametrize(
    "header", ["{'descr': '<f8', 'fortran_order': False, 'shape': (2\n", "{[}", "(" * 200, "\0" * 20]
)
def test_a_damaged_header_is_a_data_error(tmp_path, header):
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
    assert "cannot be read as an array: its header is damaged" in fault(tmp_path / "a.npy")


def test_cells_of_no_bytes_are_refused_however_many_the_header_promises(tmp_path):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<U0", "fortran_order": False, "shape": (10**15,)})
    (tmp_path / "a.npy").write_bytes(buffer.getvalue())
    assert "cannot be read as an array: its header says <U0" in fault(tmp_path / "a.npy")
