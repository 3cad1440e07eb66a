"""The record of a seal: a small JSON file that outlives the process and counts every opening.

Here: `Opening`, `SealRecord`; `read_record`, `write_record`; `locked`, by which openers take turns.
Elsewhere: what is sealed and when it is opened is in _seal.py.
Imports: pellucid.errors, pellucid.persistence.

The file is replaced as a whole, so a reader never sees half of it. Two openers at once would each read the same count:
a lock on a neighbouring file makes one wait. The system lets go of it when a process dies, so none is left locked.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, final

from pellucid.errors import DataError
from pellucid.persistence import atomic_write

FORMAT = "pellucid seal"
FORMAT_VERSION = 1


@final
@dataclass(frozen=True)
class Opening:
    """When a set was opened (UTC), by which process, and what for in the opener's words."""

    at: str
    process: int
    why: str = ""


@final
@dataclass(frozen=True)
class SealRecord:
    """What is known of a sealed set: hash and number of its rows, names of columns, when sealed, each opening.

    >>> SealRecord("ab", 3, [None], "2026-01-01T00:00:00+00:00").plain()["openings"]
    []
    """

    sha256: str
    rows: int
    columns: list[list[str] | None]
    sealed_at: str
    openings: tuple[Opening, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The record as JSON has it."""
        fields = asdict(self) | {"openings": [asdict(opening) for opening in self.openings]}
        return {"format": FORMAT, "format_version": FORMAT_VERSION, **fields}

    @classmethod
    def of_plain(cls, plain: Any) -> Self:
        """The record of such data.  Raises TypeError, KeyError or ValueError for data that describe none."""
        if plain["format"] != FORMAT or plain["format_version"] != FORMAT_VERSION:
            raise ValueError(f"format {plain['format']!r}, version {plain['format_version']!r}")
        openings = tuple(Opening(str(row["at"]), int(row["process"]), str(row["why"])) for row in plain["openings"])
        sha256, rows, columns, sealed_at = (plain[name] for name in ("sha256", "rows", "columns", "sealed_at"))
        if not (isinstance(sha256, str) and type(rows) is int and isinstance(columns, list)):
            raise TypeError("sha256 is text, rows a whole number and columns a list")
        return cls(sha256, rows, columns, str(sealed_at), openings)


def read_record(path: Path) -> SealRecord | None:
    """The record at `path`, None where there is no file.

    Raises DataError for a file that holds no such record: one that cannot be read has not been shown to be unopened.
    """
    try:
        return SealRecord.of_plain(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, ValueError) as error:  # ValueError: also broken JSON and broken UTF-8
        raise DataError(
            f"seal: {path} is not the record of a seal, or was damaged ({type(error).__name__}: {error}). How often "
            "the set was opened is not known: restore the file, or seal rows that nobody has seen under another name."
        ) from error


def write_record(path: Path, record: SealRecord) -> None:
    """Put the record in place of the one at `path`; OSError when the disk refuses, and the old one stands."""
    with atomic_write(path) as file:
        file.write(json.dumps(record.plain(), indent=2).encode() + b"\n")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """While the block runs no other thread or process is in such a block for the same `path`; they wait.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with locked(Path(folder, "seal.json")):
    ...         print(os.listdir(folder))
    ...     print(os.listdir(folder))
    ['.seal.json.lock']
    []
    """
    place = path.with_name(f".{path.name}.lock")
    handle = _hold(place)
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps the name of an open file: an empty file stays, which harms nobody
            os.unlink(place)
        os.close(handle)  # which lets go of the lock


def _hold(place: Path) -> int:
    """An open, locked handle of the file that is at `place` now: its last holder may have removed the one we met."""
    while True:
        handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _wait_for(handle)
            if os.path.samestat(os.fstat(handle), os.stat(place)):
                return handle
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _wait_for(handle: int) -> None:
        while True:
            with suppress(OSError):  # it gives up after ten seconds
                msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
                return
else:
    import fcntl

    def _wait_for(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)
