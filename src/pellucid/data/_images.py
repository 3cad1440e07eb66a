"""Pictures with their labels, from an NPZ archive or NPY files.

Here: `ImageArrays` and `read_images`.
Elsewhere: arrays are read in `_arrays.py`, folders of picture files in `_folder.py`, tables in `_reading.py`; scaling
of pixels belongs to pellucid.preprocessing.
Imports: numpy and pellucid.errors.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from pellucid.data._arrays import NPY, array_of, names_of, read_array
from pellucid.data._files import read_bytes
from pellucid.errors import DataError

__all__ = ["ImageArrays", "read_images"]

CHANNELS = (1, 3, 4)  # grey, RGB, RGB with opacity: the lengths an axis of channels is recognised by


@final
@dataclass(frozen=True, eq=False)
class ImageArrays:
    """Pictures x (N, H, W) or (N, C, H, W) with labels y (N,), and perhaps a second, given part for testing.

    report: what was changed or decided while reading, one sentence each.

    >>> ImageArrays(np.zeros((3, 8, 8), np.uint8), np.array([0, 1, 0]))
    ImageArrays(x=(3, 8, 8) uint8, y=(3,) int64)
    """

    x: NDArray[Any]
    y: NDArray[Any] | None
    x_test: NDArray[Any] | None = None
    y_test: NDArray[Any] | None = None
    report: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        named = {"x": self.x, "y": self.y, "x_test": self.x_test, "y_test": self.y_test}
        shown = (f"{name}={array.shape} {array.dtype}" for name, array in named.items() if array is not None)
        return f"ImageArrays({', '.join(shown)})"


def read_images(
    path: str | Path, *, labels: str | Path | None = None, labelled: bool = True, unpacked: int | None = None
) -> ImageArrays:
    """The pictures in an NPZ archive with the arrays `x` and `y`, or `x_train`, `y_train`, `x_test` and `y_test`.

    Or those of an NPY file, with `labels` in another.

    x (N, H, W) or (N, C, H, W), of whole numbers or finite floats, keeps its dtype; (N, H, W, C) with C 1, 3 or 4 is
    turned into (N, C, H, W), and `report` says so.  y (N,) holds class numbers, words or values.  The test part may be
    absent.  `labelled=False`: y may be absent too (pictures to predict).  Other arrays in the archive are not read.
    unpacked: bytes that may come out of a packed array; None allows what `read_table` does.
    Raises DataError for a file that is no such archive, is damaged, or holds Python objects; nothing is ever unpickled.

    >>> from pellucid.datasets import path
    >>> read_images(path("digits"))
    ImageArrays(x=(1797, 8, 8) uint8, y=(1797,) int64)
    """
    path = Path(path)
    raw = read_bytes(path, "an NPZ archive of images")
    if raw.startswith(NPY):
        return _read_npy(raw, path, labels, labelled)
    if labels is not None:
        raise DataError(f"{path} is no NPY file; labels in a file of their own ({labels}) go with one only.")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            train, test = _parts(set(names_of(archive)), path, labelled)
            arrays = {
                name: read_array(archive, name, str(path), unpacked) for name in (*train, *test) if name is not None
            }
    except zipfile.BadZipFile as error:
        raise DataError(_no_archive(path, raw)) from error
    report: list[str] = []
    x, y = _checked_part(arrays, train, path, report)
    if not test:
        return ImageArrays(x, y, report=tuple(report))
    x_test, y_test = _checked_part(arrays, test, path, report)
    if x_test.shape[1:] != x.shape[1:]:
        raise DataError(
            f"{path}: pictures of {test[0]} are {x_test.shape[1:]}, those of {train[0]} {x.shape[1:]}; give equal ones."
        )
    return ImageArrays(x, y, x_test, y_test, tuple(report))


def _parts(
    names: set[str], path: Path, labelled: bool
) -> tuple[tuple[str, str | None], tuple[str, str | None] | tuple[()]]:
    """Names of the arrays of pictures and labels, for training and, where there is one, for testing."""
    train = [name for name in ("x", "x_train") if name in names]
    if len(train) != 1:
        found = ", ".join(sorted(names)) or "no arrays"
        raise DataError(
            f"{path} holds {found}; exactly one of 'x' and 'x_train' was expected, with 'y' or 'y_train' beside it. "
            "Write it with numpy.savez(path, x=images, y=labels)."
        )
    stem = train[0].removeprefix("x")
    return (train[0], _label_name(names, stem, path, labelled)), (
        ("x_test", _label_name(names, "_test", path, labelled)) if "x_test" in names else ()
    )


def _label_name(names: set[str], stem: str, path: Path, labelled: bool) -> str | None:
    if f"y{stem}" in names:
        return f"y{stem}"
    if labelled:
        raise DataError(f"{path} holds x{stem} but no y{stem}; each picture needs its label. Add the array y{stem}.")
    return None


def _read_npy(raw: bytes, path: Path, labels: str | Path | None, labelled: bool) -> ImageArrays:
    """Pictures in one NPY file, labels in another."""
    if labels is None and labelled:
        raise DataError(
            f"{path} is a single array (.npy), without labels. Give them as a second file, labels='y.npy', or put both "
            "in an archive: numpy.savez(path, x=images, y=labels)."
        )
    arrays = {"x": array_of(raw, str(path))}
    if labels is not None:
        arrays["y"] = array_of(read_bytes(Path(labels), "an NPY file of labels"), str(labels))
    report: list[str] = []
    x, y = _checked_part(arrays, ("x", None if labels is None else "y"), path, report)
    return ImageArrays(x, y, report=tuple(report))


def _no_archive(path: Path, raw: bytes) -> str:
    if raw.startswith(b"PK"):
        return f"{path} is a damaged NPZ archive: its end is missing. Was its transfer cut off? Fetch it again."
    return f"{path} is not an NPZ archive. Write one with numpy.savez(path, x=images, y=labels)."


def _checked_part(
    arrays: Mapping[str, NDArray[Any]], names: tuple[str, str | None], path: Path, report: list[str]
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    x = _checked_pictures(arrays[names[0]], names[0], path, report)
    if names[1] is None:
        return x, None
    y = _checked_labels(arrays[names[1]], names[1], path, report)
    if len(x) != len(y):
        raise DataError(
            f"{path}: {names[0]} has {len(x)} pictures, {names[1]} {len(y)} labels; give one label a picture."
        )
    return x, y


def _checked_pictures(x: NDArray[Any], name: str, path: Path, report: list[str]) -> NDArray[Any]:
    """x as (N, H, W) or (N, C, H, W), finite numbers."""
    if x.ndim not in (3, 4) or 0 in x.shape:
        raise DataError(f"{path}: {name} is {x.shape}; give pictures as (N, H, W) or (N, C, H, W), none of them 0.")
    if x.dtype.kind not in "buif":
        raise DataError(f"{path}: {name} is {x.dtype}; pictures must be numbers. Convert them to uint8 or float32.")
    if x.ndim == 4 and x.shape[-1] in CHANNELS and x.shape[1] not in CHANNELS:
        report.append(f"{name} {x.shape} was taken as (N, H, W, C) and turned into (N, C, H, W)")
        x = np.ascontiguousarray(np.moveaxis(x, -1, 1))
    if x.dtype.kind == "f":
        bad = np.flatnonzero(~np.isfinite(x).reshape(len(x), -1).all(axis=1))
        if len(bad):
            raise DataError(
                f"{path}: {name} has {len(bad)} pictures with NaN or infinite pixels, first picture {bad[0]}. "
                "Repair or drop them."
            )
    return x


def _checked_labels(y: NDArray[Any], name: str, path: Path, report: list[str]) -> NDArray[Any]:
    """y as (N,): int64 for whole numbers, text or finite floats as they are."""
    if y.ndim == 2 and y.shape[1] == 1:
        report.append(f"{name} {y.shape} was flattened to ({len(y)},)")
        y = y[:, 0]
    if y.ndim != 1:
        raise DataError(
            f"{path}: {name} is {y.shape}; give one label a picture, (N,). Of one-hot rows take argmax(axis=1)."
        )
    if y.dtype.kind in "ui":
        return y.astype(np.int64)
    if y.dtype.kind not in "bfU":
        raise DataError(f"{path}: {name} is {y.dtype}; labels must be numbers or words. Convert them.")
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        bad = np.flatnonzero(~np.isfinite(y))
        raise DataError(
            f"{path}: {name} has {len(bad)} labels that are NaN or infinite, first at {bad[0]}. Drop these rows."
        )
    return y
