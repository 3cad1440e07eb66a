"""Pictures in folders, one folder a class.

Here: `ImageFolder`.
Elsewhere: archives of arrays are read in `_images.py`; pictures are varied in `_augmentations.py`; threads that decode
ahead of use are the loader's (`_loader.py`).
Imports: numpy, pellucid.errors and pellucid.base (limits); Pillow inside the functions.
"""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from pellucid.base import Choice, Flag, Kind, Limit, OneOf, Whole, check_limits
from pellucid.data._ahead import read_ahead
from pellucid.data._dataset import Dataset
from pellucid.errors import DataError, ParameterError

__all__ = ["ImageFolder"]

ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm")
SHOWN_FILES = 10  # corrupt ones named in an error; the rest are counted
WORD_LEVELS = 257  # 16-bit levels to one of 8 bits: 65535 / 255

LIMITS: dict[str, Limit] = {
    "mode": Choice("RGB", "L", says="RGB has three channels, L one of grey"),
    "size": OneOf(Whole(low=1), Kind(tuple, list, words="a pair (height, width)"), Choice(None), says="pixels"),
    "corrupt": Choice("raise", "skip"),
    "check": Flag(),
}
DEFAULTS = {"mode": "RGB", "size": None, "corrupt": "raise", "check": True}


@final
class ImageFolder(Dataset):
    """The pictures root/CLASS/**/FILE; row i is (picture (C, H, W) of uint8, number of its class).

    mode: "RGB", C = 3, or "L" for grey, C = 1; 16-bit grey is scaled to 8 bits, a turn noted by the camera (EXIF) is
    made.  size: (height, width), or one number for both, to which pictures are resized; None leaves them as they are.
    check: decode each picture once, in parallel, before anything else.  Those that cannot be decoded are listed in one
    DataError, or with corrupt="skip" left out and listed in `skipped` with the reason.  Without the check a corrupt
    picture is a DataError when it is asked for.

    classes: names of the folders, sorted; class_to_idx: name -> number; samples: (file, number) a row; targets (N,):
    the numbers.  Files whose ending is not that of a picture, and hidden ones, are not looked at.
    Raises DataError for a root that is no folder, without class folders, or with one that holds no pictures.

    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as root:
    ...     for name, grey in (("dark", 0), ("light", 255)):
    ...         _ = (Path(root) / name).mkdir()
    ...         Image.new("L", (4, 3), grey).save(Path(root) / name / "one.png")
    ...     pictures = ImageFolder(root, mode="L")
    ...     x, y = pictures.batch(np.array([0, 1]))
    >>> pictures.classes, x.shape, x[:, 0, 0, 0].tolist(), y.tolist()
    (('dark', 'light'), (2, 1, 3, 4), [0, 255], [0, 1])
    """

    def __init__(
        self,
        root: str | Path,
        *,
        mode: str = "RGB",
        size: int | Sequence[int] | None = None,
        corrupt: str = "raise",
        check: bool = True,
    ) -> None:
        options = {"mode": mode, "size": size, "corrupt": corrupt, "check": check}
        check_limits("ImageFolder", options, LIMITS, DEFAULTS)
        if corrupt == "skip" and not check:
            raise ParameterError(
                "ImageFolder: corrupt pictures can be skipped only if they are looked for; set check=True."
            )
        self.root, self.mode, self.size = Path(root), mode, _pair(size)
        self.classes = _folders(self.root)
        self.class_to_idx = {name: number for number, name in enumerate(self.classes)}
        self.samples = [
            (file, number) for name, number in self.class_to_idx.items() for file in _files(self.root / name)
        ]
        self.skipped: tuple[tuple[Path, str], ...] = ()
        if check:
            self._check(skip=corrupt == "skip")
        self.targets = np.array([number for _, number in self.samples], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, row: int) -> tuple[NDArray[np.uint8], int]:
        file, number = self.samples[row]
        picture = self._decoded(file)
        if isinstance(picture, str):
            raise DataError(f"{file} cannot be decoded: {picture}. Repair it, or leave it out with corrupt='skip'.")
        return picture, number

    def __repr__(self) -> str:
        return f"ImageFolder({str(self.root)!r}, mode={self.mode!r}, size={self.size!r})"

    def _check(self, skip: bool) -> None:
        """Decode every picture once; list those that cannot be, or leave them out."""
        workers = os.cpu_count() or 1
        fault_of = read_ahead(self._fault, [file for file, _ in self.samples], workers, 4 * workers)
        pairs = list(zip(self.samples, fault_of, strict=True))
        self.skipped = tuple((file, fault) for (file, _), fault in pairs if fault is not None)
        if self.skipped and not skip:
            shown = "; ".join(f"{file.relative_to(self.root)} ({fault})" for file, fault in self.skipped[:SHOWN_FILES])
            more = f"; and {len(self.skipped) - SHOWN_FILES} more" if len(self.skipped) > SHOWN_FILES else ""
            raise DataError(
                f"{self.root}: {len(self.skipped)} of {len(self.samples)} pictures cannot be decoded: {shown}{more}. "
                "Repair or remove them, or leave them out with corrupt='skip'."
            )
        self.samples = [sample for sample, fault in pairs if fault is None]
        empty = sorted(set(self.classes) - {self.classes[number] for _, number in self.samples})
        if empty:
            raise DataError(f"{self.root}: no picture of class {', '.join(empty)} can be decoded. Give some that can.")

    def _fault(self, file: Path) -> str | None:
        picture = self._decoded(file)
        return picture if isinstance(picture, str) else None

    def _decoded(self, file: Path) -> NDArray[np.uint8] | str:
        """The picture (C, H, W), or the reason why there is none."""
        from PIL import Image, ImageOps

        try:
            with Image.open(file) as opened:
                if opened.width * opened.height > (Image.MAX_IMAGE_PIXELS or math.inf):  # Pillow only warns
                    return _bomb(f"{opened.width * opened.height} pixels")
                image = _eight_bits(ImageOps.exif_transpose(opened)).convert(self.mode)
                if self.size is not None:
                    image = image.resize(self.size[::-1], Image.Resampling.BILINEAR)
                array = np.asarray(image)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            return _bomb(str(error).partition(" exceeds")[0].removeprefix("Image size ").strip("()"))
        except Exception as error:  # decoders raise nearly anything: OSError, SyntaxError, struct.error, IndexError
            return str(error).strip() or type(error).__name__
        return np.ascontiguousarray(array[None] if array.ndim == 2 else array.transpose(2, 0, 1))


def _bomb(size: str) -> str:
    """The reason not to decode a picture of more pixels than Pillow takes for harmless."""
    from PIL import Image

    return (
        f"it has {size}, more than {Image.MAX_IMAGE_PIXELS}, and may be a decompression bomb; if you trust it, set "
        "PIL.Image.MAX_IMAGE_PIXELS to as many, or make it smaller"
    )


def _eight_bits(image: Any) -> Any:
    """The image with levels of 8 bits; Pillow itself would cut off those of 16 bits above 255."""
    from PIL import Image

    if image.mode == "F":
        raise ValueError("its levels are floats, of a range that is not known; convert it to 8 bits")
    if not image.mode.startswith("I"):
        return image
    levels = np.asarray(image).astype(np.int64)
    if levels.min(initial=0) < 0 or levels.max(initial=0) > 65535:
        raise ValueError("its levels are not of 16 bits; convert it to 8 bits")
    return Image.fromarray(((levels + WORD_LEVELS // 2) // WORD_LEVELS).astype(np.uint8))


def _pair(size: int | Sequence[int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    pair = (size, size) if isinstance(size, int) else tuple(size)
    if len(pair) != 2 or not all(Whole(low=1).admits(side) for side in pair):
        raise ParameterError(f"ImageFolder: size is {size!r}; give (height, width) in pixels, such as (28, 28).")
    return int(pair[0]), int(pair[1])


def _folders(root: Path) -> tuple[str, ...]:
    if not root.is_dir():
        kind = "is a file" if root.exists() else "does not exist"
        raise DataError(f"{root} {kind}; a folder with one folder of pictures for each class was expected.")
    found = tuple(sorted(entry.name for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith(".")))
    if not found:
        raise DataError(f"{root} holds no folders; put the pictures of each class into a folder of its name.")
    return found


def _files(folder: Path) -> list[Path]:
    found = sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in ENDINGS and not file.name.startswith(".") and file.is_file()
    )
    if not found:
        raise DataError(f"{folder} holds no pictures ({', '.join(ENDINGS)}). Remove the folder, or fill it.")
    return found
