"""Pictures in folders: classes by name, channels first, corrupt ones listed and never passed over in silence."""

import numpy as np
import pytest

from pellucid.data import Augmented, DataLoader, ImageFolder, RandomRotation
from pellucid.errors import DataError, ParameterError

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def root(tmp_path):
    """Two classes of three 6 x 5 pictures each, in several formats, with files between them that are no pictures."""
    rng = np.random.default_rng(0)
    for name in ("dog", "cat"):
        (tmp_path / name / "more").mkdir(parents=True)
        for place in ("a.png", "b.bmp", "more/c.TIFF"):
            Image.fromarray(rng.integers(256, size=(6, 5, 3), dtype=np.uint8)).save(tmp_path / name / place)
        (tmp_path / name / "notes.txt").write_text("no picture")
        (tmp_path / name / ".hidden.png").write_bytes(b"")
    (tmp_path / ".cache").mkdir()
    (tmp_path / "readme.md").write_text("no folder")
    return tmp_path


def test_rows_are_the_pictures_of_each_class_in_the_order_of_their_names(root):
    pictures = ImageFolder(root)
    assert pictures.classes == ("cat", "dog")
    assert pictures.class_to_idx == {"cat": 0, "dog": 1}
    assert [str(file.relative_to(root)) for file, _ in pictures.samples[:3]] == [
        "cat/a.png",
        "cat/b.bmp",
        "cat/more/c.TIFF",
    ]
    assert pictures.targets.tolist() == [0, 0, 0, 1, 1, 1]
    picture, number = pictures[4]
    np.testing.assert_array_equal(picture, np.asarray(Image.open(root / "dog" / "b.bmp")).transpose(2, 0, 1))
    assert (picture.dtype, picture.shape, number) == (np.uint8, (3, 6, 5), 1)


def test_grey_pictures_have_one_channel_and_sizes_are_height_and_width(root):
    assert ImageFolder(root, mode="L")[0][0].shape == (1, 6, 5)
    assert ImageFolder(root, size=(12, 7))[0][0].shape == (3, 12, 7)
    assert ImageFolder(root, mode="L", size=4)[0][0].shape == (1, 4, 4)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_mode_become_eight_bits(tmp_path, mode):
    (tmp_path / "a").mkdir()
    if mode == "I;16":
        Image.fromarray(np.array([[0, 257, 65535]], np.uint16)).save(tmp_path / "a" / "x.png")
        assert ImageFolder(tmp_path, mode="L")[0][0].tolist() == [[[0, 1, 255]]]
    else:
        Image.new("RGB", (3, 2), "white").convert(mode).save(tmp_path / "a" / "x.tif")
        assert ImageFolder(tmp_path)[0][0].tolist() == np.full((3, 2, 3), 255).tolist()


def test_a_turn_noted_by_the_camera_is_made(tmp_path):
    (tmp_path / "a").mkdir()
    image, exif = Image.fromarray(np.array([[0, 128, 255]], np.uint8)), Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn clockwise to see it right
    image.save(tmp_path / "a" / "x.png", exif=exif)
    assert ImageFolder(tmp_path, mode="L")[0][0].tolist() == [[[0], [128], [255]]]


@pytest.fixture
def damaged(root):
    """The same with a cut, an empty and a false picture."""
    whole = (root / "cat" / "a.png").read_bytes()
    (root / "cat" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (root / "dog" / "empty.jpg").write_bytes(b"")
    (root / "dog" / "false.jpg").write_text("this is text")
    return root


def test_all_corrupt_pictures_are_listed_in_one_error(damaged):
    with pytest.raises(DataError) as caught:
        ImageFolder(damaged)
    message = str(caught.value)
    assert "3 of 9 pictures cannot be decoded: cat/cut.png (" in message
    assert "dog/empty.jpg (" in message
    assert "dog/false.jpg (" in message
    assert message.endswith("Repair or remove them, or leave them out with corrupt='skip'.")


def test_corrupt_pictures_are_left_out_only_when_asked_and_then_listed(damaged):
    pictures = ImageFolder(damaged, corrupt="skip")
    assert len(pictures) == len(pictures.targets) == 6
    assert [file.name for file, _ in pictures.skipped] == ["cut.png", "empty.jpg", "false.jpg"]
    assert all(reason for _, reason in pictures.skipped)
    assert ImageFolder(damaged, corrupt="skip", mode="L").batch(np.arange(6))[0].shape == (6, 1, 6, 5)


def test_without_the_check_a_corrupt_picture_is_named_when_it_is_asked_for(damaged):
    pictures = ImageFolder(damaged, check=False)
    assert (len(pictures), pictures.skipped) == (9, ())
    with pytest.raises(DataError, match=r"cut\.png cannot be decoded: ") as caught:
        list(DataLoader(pictures, batch_size=2, num_workers=2))
    assert caught.value.__notes__ == ["This was row 2 of ImageFolder."]


def test_a_class_of_which_nothing_can_be_decoded_is_an_error_even_when_skipping(root):
    for file in (root / "dog").rglob("*.*"):
        file.write_bytes(b"")
    with pytest.raises(DataError, match="no picture of class dog can be decoded"):
        ImageFolder(root, corrupt="skip")


def test_a_loader_gives_the_same_varied_pictures_for_any_number_of_workers(root):
    rows = Augmented(ImageFolder(root), RandomRotation(30.0), seed=1)

    def epochs(workers: int) -> list[list[list[int]]]:
        loader = DataLoader(rows, batch_size=4, shuffle=True, seed=2, num_workers=workers)
        return [[part.tolist() for part in batch] for _ in range(2) for batch in loader]

    assert epochs(0) == epochs(1) == epochs(3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "CMYK"}, "mode is 'CMYK'; it must be 'RGB' or 'L'"),
        ({"size": 0}, "size is 0"),
        ({"size": (3, 3, 3)}, r"size is \(3, 3, 3\); give \(height, width\)"),
        ({"corrupt": "ignore"}, "corrupt is 'ignore'"),
        ({"corrupt": "skip", "check": False}, "only if they are looked for"),
    ],
)
def test_options_outside_their_limits_are_refused(root, options, message):
    with pytest.raises(ParameterError, match=message):
        ImageFolder(root, **options)


def test_folders_that_hold_no_classes_or_no_pictures_are_refused(tmp_path):
    with pytest.raises(DataError, match="does not exist; a folder with one folder"):
        ImageFolder(tmp_path / "nowhere")
    with pytest.raises(DataError, match="holds no folders; put the pictures of each class"):
        ImageFolder(tmp_path)
    (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match="a holds no pictures"):
        ImageFolder(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="is a file; a folder"):
        ImageFolder(tmp_path / "file")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("most", [29, 14])  # a warning of Pillow's, and from twice the number on its error
def test_a_picture_of_too_many_pixels_is_refused_in_our_words(root, monkeypatch, most):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)
    pictures = ImageFolder(root, check=False)
    with pytest.raises(DataError, match=rf"a\.png cannot be decoded: it has 30 pixels, more than {most}, and may be a"):
        pictures[0]
    with pytest.raises(
        DataError, match="6 of 6 pictures .* set PIL.Image.MAX_IMAGE_PIXELS to as many, or make it smal"
    ):
        ImageFolder(root)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    assert len(ImageFolder(root)) == 6


def test_pillows_warning_as_an_error_is_our_error_too(root, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 29)
    with pytest.raises(DataError, match="it has 30 pixels, more than 29, and may be a decompression bomb"):
        ImageFolder(root, check=False)[0]
