"""Files that are whole or absent.

Here: `atomic_write`: temporary file beside the target, write, flush, fsync, rename, fsync the directory.
Elsewhere: what is written into model files is in _file.py.
Imports: the standard library only.
"""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

UNFINISHED = ".pellucid-*.tmp"  # the name of a file that is being written, or that a killed process left


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A binary file to write in; it takes its place at `path` when the block ends well, and not at all otherwise.

    Readers see the old content or the new one, never a part: also when the block raises, the disk is full, Ctrl-C is
    pressed or the process is killed (which may leave a `.pellucid-*.tmp` behind). Of two writers the last to finish
    wins. A link is followed, and an existing file keeps its permissions.
    Raises what the operating system raises, as OSError; FileExistsError when `path` is there but not a regular file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_write(f"{folder}/note.txt") as file:
    ...         _ = file.write(b"all of it")
    ...     print(Path(folder, "note.txt").read_text(), os.listdir(folder))
    all of it ['note.txt']
    """
    target = Path(os.path.realpath(path))  # renaming onto a link would replace the link and leave its target old
    mode = _mode_of_regular(target)
    name = UNFINISHED.replace("*", secrets.token_hex(8))
    temporary = target.with_name(name)  # same directory: a rename cannot cross disks
    try:
        with open(temporary, "xb") as file:
            if mode is not None:
                os.chmod(temporary, mode)
            yield file
            file.flush()
            os.fsync(file.fileno())  # before the rename: else a power cut can leave the new name on empty blocks
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):  # the first error is the one to tell; it is on its way up
            os.unlink(temporary)
        raise
    _fsync_directory(target.parent)


def _mode_of_regular(target: Path) -> int | None:
    """Permission bits of the file at `target`, None where there is none yet."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(f"{target} is a directory; give the path of a file")
    if not stat.S_ISREG(mode):  # a rename would replace a device such as /dev/null by a file
        raise FileExistsError(f"{target} is a device, pipe or socket; only regular files are replaced")
    return stat.S_IMODE(mode)


def _fsync_directory(directory: Path) -> None:
    """Make the rename itself survive a power cut."""
    if os.name == "nt":  # Windows opens no directories; its rename is journalled
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
