"""Getting the bytes of a file a person named, or saying why not.

Here: `files_of` (a name, a pattern, or "-" for standard input), `open_bytes`, `read_bytes`, `read_pages`, and the
wording for a name that is not there, a folder, an empty or unreadable file.
Elsewhere: what the bytes mean is decided in `_pieces.py` and `_images.py`.
Imports: numpy, pellucid.errors.
"""

import difflib
import glob
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError

STDIN = Path("-")
SHOWN_NAMES = 5  # names offered when a folder or a wrong name was given; more would hide the sentence


def files_of(path: str | Path) -> list[Path]:
    """The files a name stands for: itself, or, of a pattern with *, ? or [, all that fit it, by name.

    A file whose own name holds such a sign is that file.  Raises DataError for a pattern that no file fits.
    """
    path = Path(path)
    if not glob.has_magic(str(path)) or _is_there(path):
        return [path]
    found = sorted(Path(name) for name in glob.glob(str(path), recursive=True) if Path(name).is_file())
    if not found:
        raise DataError(
            f"no file fits the pattern {path}. Correct it, and put it in quotes if the shell may change it."
        )
    return found


def name_of(path: Path) -> str:
    """What a message calls the file."""
    return "standard input" if path == STDIN else str(path)


@contextmanager
def open_bytes(path: Path, wanted: str) -> Iterator[BinaryIO]:
    """The file, open for reading; DataError, naming what was `wanted`, when there is none or it cannot be read."""
    if path == STDIN:
        yield sys.stdin.buffer
        return
    with _opened(path, wanted) as file:
        yield file


def read_bytes(path: Path, wanted: str) -> bytes:
    """The whole file; DataError, naming what was `wanted`, when there is none, it is a folder, empty or unreadable."""
    with open_bytes(path, wanted) as file:
        try:
            raw = file.read()
        except OSError as error:
            raise DataError(f"{name_of(path)} cannot be read: {error.strerror}.") from error
    if not raw:
        raise DataError(nothing_in(path, wanted))
    return raw


def read_pages(file: BinaryIO, name: str) -> NDArray[np.uint8]:
    """The rest of an open file, in large pages of memory; DataError when it cannot be read.

    NumPy asks for pages of 2 MiB where the system has them; to be given 500 times as many small ones costs more time
    than the reading.
    """
    whole = np.empty(os.fstat(file.fileno()).st_size + 1, np.uint8)  # one more, to see whether it has grown
    try:
        size = file.readinto(whole)  # type: ignore[attr-defined]  # a BufferedReader has it: it fills what it is given
        more = file.read() if size == len(whole) else b""
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}.") from error
    return np.concatenate([whole, np.frombuffer(more, np.uint8)]) if more else whole[:size]


def _opened(path: Path, wanted: str) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise DataError(_absent(path)) from error
    except (IsADirectoryError, PermissionError, NotADirectoryError) as error:  # Windows: a folder is a PermissionError
        if path.is_dir():
            raise DataError(f"{path} is a folder, not {wanted}.{_holds(path)}") from error
        raise DataError(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise DataError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def nothing_in(path: Path, wanted: str) -> str:
    """The sentence for a file of no bytes."""
    return f"{name_of(path)} is empty (0 bytes); {wanted} was expected. Was its export cut off?"


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name no file can have
        return False


def _absent(path: Path) -> str:
    if not path.parent.is_dir():
        return f"{path} does not exist: there is no folder {path.parent}. Correct the path."
    names = {entry.name.lower(): entry.name for entry in path.parent.iterdir()}
    near = [names[match] for match in difflib.get_close_matches(path.name.lower(), names, n=3)]
    folder = path.parent.resolve()
    if not near:
        return f"{path} does not exist in {folder}, and no name there is close to it. Correct the path."
    return f"{path} does not exist in {folder}. Did you mean {' or '.join(near)}?"


def _holds(folder: Path) -> str:
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    if not names:
        return " It holds no files. Name a file."
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return f" It holds {', '.join(names[:SHOWN_NAMES])}{more}. Name one of the files."
