"""Object code on disk, so that a program is compiled once and not once a process.

Here: `key_of` a program, `key_for` other code, `kept`, what the cache holds for a key, and `keep`.
Elsewhere: what is kept is made in _machine.py.
Imports: the standard library, numpy, llvmlite, pellucid.persistence, pellucid.compiler.

A file is named by everything its code depends on: the program, the constants in it, this package's own source, LLVM and
the processor's features.  It begins with a hash of its name and the rest, so a damaged or misplaced one is noticed and
made anew.  Nothing goes wrong where files cannot be written or read: then the code is made again.
"""

import hashlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import time

import llvmlite
import llvmlite.binding as llvm

from pellucid._version import __version__
from pellucid.compiler._program import Constant, Program
from pellucid.compiler.native._machine import Processor, processor
from pellucid.persistence._atomic import UNFINISHED, atomic_write
from pellucid.persistence._caches import cache_dir

MOST_BYTES = 256 << 20  # of all files; the oldest go first
LEFT_SECONDS = 3600  # a file that is still unfinished then was left by a process that was killed
_SUFFIX = ".code"
_HASH = hashlib.sha256


def directory() -> Path:
    """The folder of the files."""
    return cache_dir() / "code"


def key_of(program: Program) -> str:
    """The name of a program's code: equal for programs with the same code only."""
    constants = (x.array.tobytes() for node in program.nodes for x in node.values() if isinstance(x, Constant))
    return key_for(program.text().encode(), *constants)


def key_for(*made_from: bytes) -> str:
    """The name of the code that is made from this and from nothing else but the surroundings."""
    made = _HASH(_surroundings(processor()))
    for part in made_from:
        made.update(part)
    return made.hexdigest()


@cache
def _surroundings(here: Processor) -> bytes:
    """What code depends on besides the program."""
    own = Path(__file__).parent
    made = _HASH()
    for path in sorted([*own.glob("*.py"), own.parent / "_program.py"]):
        made.update(path.read_bytes())
    versions = __version__, llvmlite.__version__, str(llvm.llvm_version_info)
    made.update(repr((versions, here)).encode())
    return made.digest()


def kept(key: str) -> bytes | None:
    """The code kept under a key; None when there is none, or it is damaged."""
    try:
        content = (directory() / f"{key}{_SUFFIX}").read_bytes()
    except OSError:
        return None
    size = _HASH().digest_size
    code = content[size:]
    return code if code and _seal(key, code) == content[:size] else None


def keep(key: str, code: bytes) -> None:
    """Keep code under a key, and let the oldest go when there is too much; nothing where that cannot be done."""
    folder = directory()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(folder / f"{key}{_SUFFIX}") as file:
            file.write(_seal(key, code) + code)
        _make_room(folder)


def _seal(key: str, code: bytes) -> bytes:
    """What a file begins with; one that was given another's name does not fit it."""
    return _HASH(key.encode() + code).digest()


def _make_room(folder: Path) -> None:
    for path in folder.glob(UNFINISHED):
        with suppress(OSError):
            if path.stat().st_mtime < time() - LEFT_SECONDS:
                path.unlink()
    files = []
    for path in folder.glob(f"*{_SUFFIX}"):
        with suppress(OSError):  # another process may have taken it away
            files.append((path.stat().st_mtime, path.stat().st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= MOST_BYTES:
            break
        with suppress(OSError):
            path.unlink()
        total -= size
