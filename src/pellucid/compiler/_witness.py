"""What Python did while a function was traced, seen by the hook that profilers use.

Here: `Witness`: which code ran, so which names can have been read (`Seen`); which clocks and sources of chance were
asked, and which files were read.
Elsewhere: guards are made of what was read in _reach.py; generators within reach are looked at in _chance.py.
Imports: the standard library, pellucid.errors, pellucid.compiler.
"""

import datetime
import io
import os
import random
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from opcode import opmap
from stat import S_ISREG
from types import CodeType, FrameType
from typing import Any, final

from pellucid.compiler._guards import changed_at
from pellucid.compiler._names import ATTRIBUTES_BY_TEXT, is_users, texts_of
from pellucid.errors import TraceError

_TIMES = ("time", "monotonic", "perf_counter", "process_time", "thread_time")
_CLOCKS = frozenset(
    [name + unit for name in _TIMES for unit in ("", "_ns")] + ["clock_gettime", "localtime", "gmtime", "ctime"]
)
_DATES = frozenset(("now", "utcnow", "today"))
_ENTROPY = frozenset(("urandom", "getrandom"))
_READS = frozenset(("read", "readline", "readlines", "readinto", "readall", "close", "__exit__"))
_WATCHED = _CLOCKS | _DATES | _ENTROPY | _READS
_SEED = random.Random.seed.__code__  # which asks for entropy where nobody can see it
_DRAWING = ("random", "secrets", "uuid", "numpy", "pellucid")  # what may stand between the user and the entropy
_IMPORTING = ("importlib", "_frozen_importlib", "_frozen_importlib_external")
_BUSY_ELSEWHERE = (*_IMPORTING, "numba", "llvmlite", "linecache", "tokenize", "warnings", "inspect", "traceback")
_MATCHING = opmap["MATCH_CLASS"]  # by position, the class says which attributes
_OF_ALL = ("copy", "copyreg", "dataclasses", "json", "pickle", "pprint")  # modules that read all attributes of a thing


@final
@dataclass(frozen=True, slots=True)
class Seen:
    """What ran while a function was traced."""

    codes: frozenset[CodeType]
    users: list[tuple[CodeType, dict[str, Any]]]  # those of the user, and the globals they ran with
    names: frozenset[str]  # that all these look up, and texts of the user's, which may be names
    by_text: bool  # whether attributes may have been read by names that were made at run time
    files: dict[str, Any]  # that were read, and when each was changed last

    def reads(self, name: Any) -> bool:
        """Whether an attribute of this name can have been read."""
        return self.by_text or name in self.names or not isinstance(name, str)


@final
class Witness:
    """Sees what is called in this thread while it is entered; nothing where somebody's profiler has the hook.

    looks: False where nobody's code but ours can be called, which is as well known, and traced in half the time.

    >>> with Witness() as witness:
    ...     _ = random.Random(0)
    >>> "seed" in witness.seen().names, "shuffle" in witness.seen().names
    (True, False)
    """

    def __init__(self, looks: bool = True) -> None:
        self._looks = looks
        self._ran: dict[tuple[int, int], tuple[CodeType, dict[str, Any]]] = {}  # code, and the globals it ran with
        self._last: dict[int, dict[str, Any]] = {}  # the globals each ran with last, by its id
        self._files: dict[str, Any] = {}
        self._asked: list[tuple[str, str]] = []  # what, and by which line
        self._sees = False
        self._root: FrameType | None = None  # which entered it

    def __enter__(self) -> "Witness":
        self._sees, self._root = self._looks and sys.getprofile() is None, sys._getframe(1)
        if self._sees:
            sys.setprofile(self._see)
        return self

    def __exit__(self, *_: object) -> None:
        self._root = None
        if self._sees:
            sys.setprofile(None)

    def seen(self) -> Seen | None:
        """What was seen; None where nothing could be."""
        if not self._sees:
            return None
        codes = frozenset([code for code, _ in self._ran.values()])
        names = {name for code in codes for name in code.co_names}
        users, by_text = [], False
        for code, variables in self._ran.values():
            module = str(variables.get("__name__", ""))
            by_text |= module.partition(".")[0] in _OF_ALL
            if is_users(module):
                users.append((code, variables))
                names.update(texts_of(code))
                by_text |= not ATTRIBUTES_BY_TEXT.isdisjoint(code.co_names) or _MATCHING in code.co_code[::2]
        return Seen(codes, users, frozenset(names), by_text, self._files)

    def check(self) -> None:
        """Raise TraceError where a clock or the system's source of chance was asked."""
        for what, line in self._asked:
            raise TraceError(
                f"compile: the function asks {what}, {line}, and every call would use the answer that the first one "
                "got. Ask before the call and hand it in, or leave this line out of the compiled function."
            )

    def _see(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "call":
            code = frame.f_code  # asked ten thousand times: by id, for a hash takes long
            if self._last.get(id(code)) is not frame.f_globals:
                self._last[id(code)] = variables = frame.f_globals
                self._ran[id(code), id(variables)] = code, variables
            if code is _SEED and frame.f_locals.get("a") is None:
                self._note_chance(frame)
        elif event == "c_call" and called.__name__ in _WATCHED:
            self._look(frame, called)

    def _look(self, frame: FrameType, called: Any) -> None:
        name: str = called.__name__
        home: Any = getattr(called, "__self__", None)
        if name in _READS:
            if isinstance(home, io.IOBase) and not any(_top(f) in _BUSY_ELSEWHERE for f in self._above(frame)):
                self._note_file(home)
        elif name in _ENTROPY:
            if isinstance(home, types.ModuleType):
                self._note_chance(frame)
        elif is_users(_module(frame)) and not any(_top(f) in _IMPORTING for f in self._above(frame)):
            of_dates = isinstance(home, type) and issubclass(home, datetime.date)
            if of_dates if name in _DATES else getattr(home, "__name__", "") == "time":
                self._asked.append((f"a clock, {home.__name__}.{name}", _line(frame)))

    def _above(self, frame: FrameType) -> Iterator[FrameType]:
        """The frame and those that called it, up to the one that entered the witness."""
        at: FrameType | None = frame
        while at is not None and at is not self._root:
            yield at
            at = at.f_back

    def _note_chance(self, frame: FrameType) -> None:
        for f in self._above(frame):
            if is_users(_module(f)):
                self._asked.append(("for random numbers without a seed", _line(f)))
                return
            if _top(f) not in _DRAWING:
                return

    def _note_file(self, file: Any) -> None:
        """Note a file that is read and not written."""
        try:
            path = os.path.abspath(os.fsdecode(file.name))
            if file.readable() and not file.writable() and S_ISREG(os.stat(path).st_mode):
                self._files.setdefault(path, changed_at(path))
        except (AttributeError, TypeError, ValueError, OSError):
            return  # closed already, or in memory


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _top(frame: FrameType) -> str:
    return _module(frame).partition(".")[0]


def _line(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
