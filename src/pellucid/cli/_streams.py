"""The two streams: results on stdout, talk on stderr.

Here: `show`, `tell`, `printable`, `give_up_stdout`.
Elsewhere: bars and lines of progress are in _progress.py.
Imports: the standard library.
"""

import os
import sys


def show(text: str) -> None:
    """Write a result to stdout, as UTF-8 whatever the terminal, and see it through.

    Raises OSError when it does not arrive: BrokenPipeError when the reader is gone, others when the disk is full.
    """
    out = getattr(sys.stdout, "buffer", None)
    if out is None:  # a stand-in that knows text only
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        out.write(text.encode("utf-8", "surrogateescape"))  # a file name that is not Unicode comes out as it is
    sys.stdout.flush()


def tell(text: str) -> None:
    """Write one paragraph to stderr; lost quietly when nobody is there to read it."""
    try:
        print(printable(text), file=sys.stderr, flush=True)
    except (OSError, ValueError):  # closed
        pass


def printable(text: str) -> str:
    r"""The text in one line, characters that would steer a terminal shown as escapes.

    >>> printable("a column\nnamed \x1b[31m")
    'a column named \\x1b[31m'
    """
    line = " ".join(text.split())
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)


def give_up_stdout() -> None:
    """Let what is still buffered for stdout go nowhere, so that Python does not try again, and complain, at exit."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):  # no file behind it: nothing will be tried again
        pass
