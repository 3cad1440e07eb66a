"""Getting the bytes of a file a person named, or saying why not.

Here: `read_bytes`, and the wording for a name that is not there, a folder, an empty or unreadable file.
Elsewhere: what the bytes mean is decided in `_csv.py`, `_table.py` and `_images.py`.
Imports: pellucid.errors.
"""

import difflib
from pathlib import Path

from pellucid.errors import DataError

SHOWN_NAMES = 5  # names offered when a folder or a wrong name was given; more would hide the sentence


def read_bytes(path: Path, wanted: str) -> bytes:
    """The whole file; DataError, naming what was `wanted`, when there is none, it is a folder, empty or unreadable."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(_absent(path)) from error
    except (IsADirectoryError, PermissionError, NotADirectoryError) as error:  # Windows: a folder is a PermissionError
        if path.is_dir():
            raise DataError(f"{path} is a folder, not {wanted}.{_holds(path)}") from error
        raise DataError(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise DataError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if not raw:
        raise DataError(f"{path} is empty (0 bytes); {wanted} was expected. Was its export cut off?")
    return raw


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
