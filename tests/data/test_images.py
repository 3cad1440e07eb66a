"""Pictures from NPZ archives: shapes made one, faults named, nothing unpickled."""

import io
import zipfile

import numpy as np
import pytest

from pellucid.data import ImageArrays, read_images
from pellucid.errors import DataError


def write(path, **arrays):
    np.savez(path, **arrays)
    return path


@pytest.fixture
def place(tmp_path):
    return tmp_path / "images.npz"


def fault(path, **options) -> str:
    with pytest.raises(DataError) as caught:
        read_images(path, **options)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_mnist_reads_with_its_test_part(shared_data):
    images = read_images(shared_data / "mnist10k.npz")
    assert images.x.shape == images.x_test.shape == (10000, 28, 28)
    assert images.x.dtype == np.uint8
    assert set(images.y) == set(range(10))
    assert images.y.dtype == np.int64
    assert images.report == ()
    assert len(images) == 10000


@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", "f8", "?", ">f4"])
def test_pictures_keep_their_numbers_and_dtype(place, dtype):
    x = np.arange(24).reshape(2, 3, 4).astype(dtype)
    images = read_images(write(place, x=x, y=[0, 1], unrelated=np.array(["z"])))
    np.testing.assert_array_equal(images.x, x)
    assert images.x.dtype == np.dtype(dtype)
    assert (images.x_test, images.y_test) == (None, None)


@pytest.mark.parametrize("shape", [(2, 1, 5, 6), (2, 3, 5, 6), (2, 16, 5, 6), (2, 3, 3, 3), (2, 1, 5, 1)])
def test_channels_in_front_stay_there(place, shape):
    images = read_images(write(place, x=np.zeros(shape, np.uint8), y=[0, 1]))
    assert images.x.shape == shape
    assert images.report == ()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels_at_the_end_move_to_the_front_and_the_report_says_so(place, channels):
    x = np.arange(2 * 5 * 6 * channels, dtype=np.uint8).reshape(2, 5, 6, channels)
    images = read_images(write(place, x=x, y=[0, 1]))
    np.testing.assert_array_equal(images.x, x.transpose(0, 3, 1, 2))
    assert images.report == (f"x (2, 5, 6, {channels}) was taken as (N, H, W, C) and turned into (N, C, H, W)",)


@pytest.mark.parametrize(
    ("y", "kept"),
    [
        (np.array([3, 4], np.uint8), [3, 4]),
        (np.array(["cat", "dog"]), ["cat", "dog"]),
        (np.array([0.5, 1.5]), [0.5, 1.5]),
        (np.array([[1], [0]]), [1, 0]),
        (np.array([True, False]), [True, False]),
    ],
)
def test_labels_may_be_class_numbers_words_or_values(place, y, kept):
    assert read_images(write(place, x=np.zeros((2, 3, 3)), y=y)).y.tolist() == kept


def test_flattened_labels_are_reported(place):
    assert read_images(write(place, x=np.zeros((2, 3, 3)), y=[[1], [0]])).report == ("y (2, 1) was flattened to (2,)",)


def test_labels_may_be_absent_only_where_pictures_are_to_be_predicted(place):
    write(place, x=np.zeros((2, 3, 3)))
    assert "holds x but no y; each picture needs its label" in fault(place)
    assert read_images(place, labelled=False).y is None
    write(place, x_train=np.zeros((2, 3, 3)), y_train=[0, 1], x_test=np.zeros((1, 3, 3)))
    assert "holds x_test but no y_test" in fault(place)
    images = read_images(place, labelled=False)
    assert (images.y.tolist(), images.x_test.shape, images.y_test) == ([0, 1], (1, 3, 3), None)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": [1]}, "holds a; exactly one of 'x' and 'x_train' was expected"),
        ({"x": [1], "x_train": [1]}, "holds x, x_train; exactly one"),
        ({"x": np.zeros((2, 9)), "y": [0, 1]}, r"x is \(2, 9\); give pictures as \(N, H, W\)"),
        ({"x": np.zeros((0, 3, 3)), "y": []}, r"x is \(0, 3, 3\); .* none of them 0"),
        ({"x": np.zeros((2, 3, 0)), "y": [0, 1]}, r"x is \(2, 3, 0\)"),
        ({"x": np.zeros((2, 3, 3), complex), "y": [0, 1]}, "x is complex128; pictures must be numbers"),
        ({"x": np.full((2, 3, 3), "a"), "y": [0, 1]}, "x is <U1; pictures must be numbers"),
        ({"x": np.zeros((2, 3, 3)), "y": [0, 1, 2]}, "x has 2 pictures, y 3 labels"),
        ({"x": np.zeros((2, 3, 3)), "y": np.eye(2)}, r"y is \(2, 2\); give one label a picture, \(N,\)\. .*argmax"),
        ({"x": np.zeros((2, 3, 3)), "y": [0.0, np.nan]}, "y has 1 labels that are NaN or infinite, first at 1"),
        ({"x": np.zeros((2, 3, 3)), "y": [b"a", b"b"]}, "y is .S1; labels must be numbers or words"),
        (
            {"x_train": np.zeros((2, 3, 3)), "y_train": [0, 1], "x_test": np.zeros((2, 4, 3)), "y_test": [0, 1]},
            r"pictures of x_test are \(4, 3\), those of x_train \(3, 3\)",
        ),
    ],
)
def test_arrays_that_are_no_labelled_pictures_are_refused_by_name(place, arrays, message):
    with pytest.raises(DataError, match=message):
        read_images(write(place, **arrays))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_no_numbers_are_named_by_picture(place, bad):
    x = np.zeros((5, 2, 2), np.float32)
    x[[2, 4], 1, 0] = bad
    assert "x has 2 pictures with NaN or infinite pixels, first picture 2" in fault(write(place, x=x, y=np.arange(5)))


def test_python_objects_are_never_unpickled(place):
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (pytest.fail, ("a pickle was opened",))

    trap = np.empty(2, dtype=object)
    trap[:] = [Trap(), Trap()]
    message = fault(write(place, x=np.zeros((2, 3, 3)), y=trap))
    assert "the array y cannot be read: Object arrays cannot be loaded" in message


def test_a_header_that_promises_more_than_there_is_allots_nothing(place):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "|u1", "fortran_order": False, "shape": (10**6, 10**6, 10**3)}
    )
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("x.npy", buffer.getvalue() + b"12")
        archive.writestr("y.npy", buffer.getvalue() + b"12")
    assert "its header says uint8 (1000000, 1000000, 1000), its data are 2 bytes" in fault(place)


def test_a_file_cut_anywhere_is_a_data_error(place):
    rng = np.random.default_rng(0)
    np.savez_compressed(place, x=rng.integers(256, size=(20, 8, 8), dtype=np.uint8), y=np.arange(20))
    whole = place.read_bytes()
    for length in range(1, len(whole) - 1, 37):
        place.write_bytes(whole[:length])
        fault(place)


def test_a_file_with_a_wrong_byte_is_the_same_pictures_or_a_data_error(place):
    rng = np.random.default_rng(0)
    np.savez_compressed(place, x=rng.integers(256, size=(5, 8, 8), dtype=np.uint8), y=np.arange(5))
    whole, right = place.read_bytes(), read_images(place)
    for at in range(0, len(whole), 5):
        place.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            images = read_images(place)
        except DataError:
            continue
        np.testing.assert_array_equal(images.x, right.x)  # the byte was one nobody reads, such as a date
        np.testing.assert_array_equal(images.y, right.y)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a,b\n1,2\n", "is not an NPZ archive"),
        (b"\x93NUMPY\x01\x00", "is a single array (.npy), without labels. Give them as a second file"),
        (b"PK\x03\x04" + bytes(50), "is a damaged NPZ archive"),
        (b"", "is empty"),
    ],
)
def test_other_files_are_told_apart(place, raw, message):
    place.write_bytes(raw)
    assert message in fault(place)


def test_repr_shows_shapes():
    images = ImageArrays(np.zeros((3, 2, 2), np.uint8), np.arange(3))
    assert repr(images) == "ImageArrays(x=(3, 2, 2) uint8, y=(3,) int64)"


def test_pictures_and_labels_may_be_two_files_of_one_array_each(tmp_path):
    x = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", ["cat", "dog"])
    images = read_images(tmp_path / "x.npy", labels=tmp_path / "y.npy")
    np.testing.assert_array_equal(images.x, x)
    assert images.y.tolist() == ["cat", "dog"]
    assert read_images(tmp_path / "x.npy", labelled=False).y is None


def test_faults_of_single_arrays_name_their_file(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((2, 3, 3)))
    np.save(tmp_path / "y.npy", [0, 1, 2])
    with pytest.raises(DataError, match="x has 2 pictures, y 3 labels"):
        read_images(tmp_path / "x.npy", labels=tmp_path / "y.npy")
    (tmp_path / "y.npy").write_bytes((tmp_path / "y.npy").read_bytes()[:-3])
    with pytest.raises(DataError, match=r"y\.npy cannot be read as an array: its header says int64 \(3,\)"):
        read_images(tmp_path / "x.npy", labels=tmp_path / "y.npy")
    np.save(tmp_path / "o.npy", np.array([{}, []], dtype=object))
    with pytest.raises(DataError, match="Object arrays cannot be loaded"):
        read_images(tmp_path / "o.npy", labelled=False)
    np.savez(tmp_path / "a.npz", x=np.zeros((2, 3, 3)), y=[0, 1])
    with pytest.raises(DataError, match="labels in a file of their own .* go with one only"):
        read_images(tmp_path / "a.npz", labels=tmp_path / "y.npy")
