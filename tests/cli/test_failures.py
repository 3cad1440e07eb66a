"""Errors as paragraphs and exit codes."""

import errno
import signal

import pytest

from pellucid.cli._failures import Misuse, Stopped, describe, exit_code
from pellucid.errors import ColumnError, DataError, ModelFileError, ParameterError


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Misuse("x"), 2),
        (ParameterError("x"), 2),
        (DataError("x"), 1),
        (ColumnError("x"), 1),
        (ModelFileError("x"), 1),
        (caused(DataError("x"), FileNotFoundError()), 2),
        (caused(DataError("x"), IsADirectoryError()), 2),
        (caused(DataError("x"), PermissionError()), 1),
        (OSError(errno.ENOSPC, "full"), 1),
        (ZeroDivisionError(), 1),
        (MemoryError(), 1),
        (Stopped(signal.SIGINT), 130),
        (Stopped(signal.SIGTERM), 143),
    ],
    ids=repr,
)
def test_each_error_has_its_exit_code(error: BaseException, code: int) -> None:
    assert exit_code(error) == code


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ColumnError("t.csv has no column 'a'."), "t.csv has no column 'a'."),
        (
            OSError(errno.EACCES, "Permission denied", "runs"),
            "runs: permission denied. Change its permissions, or name",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "no space left on device. Make room"),
        (FileExistsError("x is a device, pipe or socket"), "x is a device, pipe or socket. Check the path"),
        (MemoryError(), "the data do not fit in memory. Give fewer rows"),
        (Stopped(signal.SIGINT), "stopped by Ctrl-C; nothing was left half-written"),
        (Stopped(signal.SIGTERM), "stopped by a signal; nothing was left half-written"),
        (
            KeyError("who"),
            "this is a mistake in pellucid, not in your data: KeyError: 'who'. Run the command again with",
        ),
    ],
    ids=repr,
)
def test_each_error_says_what_and_what_to_do_next(error: BaseException, text: str) -> None:
    assert describe(error).startswith(text)
