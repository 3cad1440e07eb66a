"""Saving to and loading from model files.

Here: `save` and `load`, and what the metadata of a file says: its format, the version of that, and who wrote it.
Elsewhere: the tree of values is in _record.py, the bytes in _layout.py, the rename in _atomic.py; threats: SECURITY.md.
Imports: numpy and pellucid.errors.
"""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np

from pellucid._version import __version__
from pellucid.errors import ModelFileError
from pellucid.persistence._atomic import atomic_write
from pellucid.persistence._foreign import recognise
from pellucid.persistence._json import parse
from pellucid.persistence._kinds import kind_of
from pellucid.persistence._layout import (
    CODES,
    METADATA,
    Array,
    bytes_of,
    checksum,
    header_of,
    read_array,
    read_header,
    slots_for,
)
from pellucid.persistence._record import array_of, decode, encode, is_tensor

FORMAT = "pellucid"
FORMAT_VERSION = 1  # raised when an older pellucid could not read, or would misread, what this one writes
_OUR_METADATA = {"format_version", "pellucid_version", "record"}  # "format" alone also stands in files of PyTorch


def save(obj: object, path: str | os.PathLike[str]) -> None:
    """Write `obj` to `path` as one model file, whole or not at all.

    `obj` is a model, optimizer or estimator of pellucid, or a list, tuple or dict of such, arrays and plain values.
    A dict of arrays alone (a `state_dict`) becomes a plain safetensors file under its own names, for PyTorch too.
    The same object gives the same bytes. An existing file is replaced in one step, as `persistence.atomic_write` says.
    Raises ModelFileError, and writes nothing, for what a file cannot hold (naming its place) and when the disk refuses.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save({"weight": np.eye(2), "epochs": 3}, f"{folder}/model.pellucid")
    ...     load(f"{folder}/model.pellucid")
    {'weight': array([[1., 0.],
           [0., 1.]]), 'epochs': 3}
    """
    with _told(f"save: {type(obj).__name__} to {os.fspath(path)}"):
        arrays, metadata = _contents(obj)
        slots = slots_for(arrays)
        if metadata:
            metadata["crc32"] = checksum(slots, metadata, arrays)
        header = header_of(slots, metadata)
        with atomic_write(path) as file:
            file.write(header)
            for slot in slots:
                file.write(bytes_of(arrays[slot.name]))


def load(path: str | os.PathLike[str]) -> Any:
    """What `save` wrote to `path`; for any other safetensors file, its arrays by name.

    Safe on files of unknown origin: nothing in a file is run or imported, and sizes are checked before memory is taken.
    Arrays come writable and in the machine's byte order, bfloat16 ones as float32.
    Raises ModelFileError when the file is missing, damaged, cut short, of another format, or from a newer pellucid.

    >>> load("model.pelucid")
    Traceback (most recent call last):
    ...
    pellucid.errors.ModelFileError: load: model.pelucid: there is no such file.
    """
    with _told(f"load: {os.fspath(path)}"), _opened(Path(path)) as (file, size):
        slots, metadata = read_header(file, size)
        ours = not _OUR_METADATA.isdisjoint(metadata)
        if ours:
            _check_version(metadata)
        arrays = {slot.name: read_array(file, slot) for slot in slots}
        if not ours:
            return arrays
        if metadata.pop("crc32", None) != checksum(slots, metadata, arrays):
            raise ModelFileError("its content does not match its checksum; it was damaged. Copy or save it again.")
        return decode(parse(metadata.get("record", ""), "its record"), arrays)


def _contents(obj: object) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and metadata of the file for `obj`; no metadata means a plain safetensors file."""
    if isinstance(obj, Mapping) and obj and all(_is_array(value) for value in obj.values()):
        return _state(obj), {}
    document, arrays = encode(obj)
    record = json.dumps(document, allow_nan=False, separators=(",", ":"))
    written_by = {"format": FORMAT, "format_version": str(FORMAT_VERSION), "pellucid_version": __version__}
    return arrays, written_by | {"record": record}


def _is_array(value: object) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.name in CODES
    return is_tensor(value) and kind_of(type(value)) is None


def _state(obj: Mapping[Any, Any]) -> dict[str, Array]:
    """The arrays of a state_dict under its own names."""
    arrays = {}
    for name, value in obj.items():
        if not isinstance(name, str) or name == METADATA:
            raise ModelFileError(f"{name!r} cannot name an array in a safetensors file; use another string.")
        array = array_of(value, repr(name))
        if array.dtype.name not in CODES:
            raise ModelFileError(f"{name!r} is an array of {array.dtype}; stored are {', '.join(CODES)}. Cast it.")
        arrays[name] = array
    return arrays


def _check_version(metadata: Mapping[str, str]) -> None:
    """Refuse a file that a later pellucid wrote in a way this one does not know."""
    if metadata.get("format") != FORMAT:
        raise ModelFileError(f"its format is not {FORMAT!r}, while the rest says so; it was damaged.")
    version, writer = metadata.get("format_version", ""), metadata.get("pellucid_version", "of unknown version")[:40]
    if not (version.isascii() and version.isdigit() and len(version) < 10) or int(version) == 0:
        raise ModelFileError(f"its format version is {version[:20]!r}, which is no number from 1 up; it was damaged.")
    if int(version) > FORMAT_VERSION:
        raise ModelFileError(
            f"it was written by pellucid {writer} in format version {version}; this pellucid, {__version__}, reads "
            f"versions up to {FORMAT_VERSION}. Upgrade: pip install --upgrade pellucid"
        )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BufferedReader, int]]:
    """The file at `path`, at its start, and its size; refuses what is not a model file by what it looks like."""
    if not path.exists():
        raise ModelFileError(f"there is no such file.{_beside(path)}")
    if path.is_dir():
        raise ModelFileError("it is a directory; give the path of the model file in it.")
    if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for a writer
        raise ModelFileError("it is a device, pipe or socket; give the path of a regular file.")
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            raise ModelFileError("it is empty. Copy or save it again.")
        head = file.read(64)
        if head[8:9] != b"{":
            meaning = recognise(head) or "not a safetensors file, or one that was cut short or damaged."
            raise ModelFileError(f"it is {meaning}")
        file.seek(0)
        yield file, size


def _beside(path: Path) -> str:
    """The names in the same directory that are closest to the one asked for."""
    if not path.parent.is_dir():
        return f" Nor is there a directory {path.parent}."
    near = get_close_matches(path.name, sorted(os.listdir(path.parent)), n=3)
    return f" Closest in {path.parent}: {', '.join(near)}." if near else ""


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Every failure inside as one ModelFileError that starts with `what`."""
    try:
        yield
    except ModelFileError as error:
        raise ModelFileError(f"{what}: {error}") from error.__cause__
    except OSError as error:
        raise ModelFileError(
            f"{what}: {error.strerror or error}; check the path, its permissions and the disk."
        ) from error
    except MemoryError as error:
        raise ModelFileError(f"{what}: it does not fit in memory.") from error
