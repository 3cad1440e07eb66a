"""What went wrong, as one paragraph and an exit code.

Here: `describe`, `exit_code`, and the exceptions of the command line itself.
Elsewhere: most wordings come from where the error was raised.
Imports: the standard library, pellucid.errors.
"""

import errno
import signal
from typing import final

from pellucid.errors import ParameterError, PellucidError

DONE, FAILED, MISUSED, SIGNALLED = 0, 1, 2, 128  # a signal adds its number, as shells have it: Ctrl-C is 130


@final
class Misuse(PellucidError):
    """The words typed ask for what is not there: a file, a column, an option."""


@final
class Stopped(BaseException):
    """A signal asked the process to stop; no Exception, so that nothing on the way takes it for its own failure."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def exit_code(error: BaseException) -> int:
    """The exit code that an error stands for.

    >>> exit_code(Misuse("no such file")), exit_code(ValueError()), exit_code(Stopped(2))
    (2, 1, 130)
    """
    if isinstance(error, Stopped):
        return SIGNALLED + error.number
    if isinstance(error, Misuse | ParameterError) or _absent_file(error):
        return MISUSED
    return int(getattr(error, "exit_code", FAILED))  # Typer's errors bring theirs


def describe(error: BaseException) -> str:
    """What, where, and what to do next.

    >>> describe(OSError(28, "No space left on device", "runs/iris"))
    'runs/iris: no space left on device. Make room, or name another place.'
    """
    if isinstance(error, Stopped):
        return f"stopped by {'Ctrl-C' if error.number == signal.SIGINT else 'a signal'}; nothing was left half-written."
    if isinstance(error, PellucidError):
        return str(error)
    if hasattr(error, "format_message"):  # Typer's: an option or argument that is unknown, missing or malformed
        return f"{str(error.format_message()).rstrip('.')}. See: {_help_of(error)}"
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or str(error)
        return f"{place}{reason[:1].lower()}{reason[1:]}. {_REMEDIES.get(error.errno, 'Check the path and the disk.')}"
    if isinstance(error, MemoryError):
        return "the data do not fit in memory. Give fewer rows, or a machine with more memory."
    return (
        f"this is a mistake in pellucid, not in your data: {type(error).__name__}: {error}. "
        "Run the command again with --debug to see where, and please report it with what that shows."
    )


_REMEDIES: dict[int | None, str] = {
    errno.ENOSPC: "Make room, or name another place.",
    errno.EACCES: "Change its permissions, or name another place.",
    errno.EPERM: "Change its permissions, or name another place.",
    errno.EROFS: "Name a place that can be written to.",
}


def _help_of(error: BaseException) -> str:
    """The command whose help explains the mistake."""
    path = getattr(getattr(error, "ctx", None), "command_path", "pellucid")
    return f"{path} --help"


def _absent_file(error: BaseException) -> bool:
    """Whether the error says that a file the person named is not there, or is a folder."""
    return isinstance(error.__cause__, FileNotFoundError | IsADirectoryError | NotADirectoryError)
