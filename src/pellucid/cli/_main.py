"""One run of the command line, from the words a person typed to an exit code.

Here: `main`.
Elsewhere: the commands are declared in _app.py; how a failure is worded is in _failures.py.
Imports: the standard library and this package; Typer through _app.py, when it runs.
"""

import sys
import warnings
from collections.abc import Sequence

from pellucid.cli._failures import DONE, Stopped, describe, exit_code
from pellucid.cli._interrupts import stopping_on_signals
from pellucid.cli._streams import give_up_stdout, show, tell

_ANYWHERE = ("--debug", "--quiet")  # may stand before or after the command


def main(args: Sequence[str] | None = None) -> int:
    """Run `pellucid` with these arguments, those of the process when None; returns the exit code.

    >>> main(["--version"])  # doctest: +ELLIPSIS
    pellucid ...
    0
    """
    flags, words = _apart(sys.argv[1:] if args is None else list(args))
    try:
        with stopping_on_signals(), warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: None if "--quiet" in flags else tell(f"note: {message}")
            return _run([*flags, *words] or ["--help"])
    except (Exception, Stopped) as error:
        if "--debug" in flags:
            import traceback

            traceback.print_exception(error)
        tell(f"pellucid: {describe(error)}")
        return exit_code(error)


def _run(words: list[str]) -> int:
    from pellucid.cli._app import command_line

    answer = command_line().main(args=words, prog_name="pellucid", standalone_mode=False)
    if isinstance(answer, int):  # --help, --version and the like have said what they had to say
        return answer
    try:
        show(answer or "")
    except BrokenPipeError:  # the reader has seen enough, as `| head` does
        give_up_stdout()
        return DONE
    except OSError:
        give_up_stdout()
        raise
    return DONE


def _apart(words: list[str]) -> tuple[list[str], list[str]]:
    """The flags that hold for every command, and all other words; what follows -- is no flag."""
    end = words.index("--") if "--" in words else len(words)
    flags = [word for word in words[:end] if word in _ANYWHERE]
    return flags, [word for word in words[:end] if word not in _ANYWHERE] + words[end:]
