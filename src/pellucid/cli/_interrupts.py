"""Ctrl-C and termination, as an exception that passes through everything.

Here: `stopping_on_signals`.
Elsewhere: what is then said, and the exit code, are in _failures.py.
Imports: the standard library and this package.

In a program of one's own Ctrl-C ends a fit and keeps what was learned; from a shell it means "leave". So it is raised
here as another exception than KeyboardInterrupt, which estimators catch.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pellucid.cli._failures import Stopped


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Inside, the first SIGINT or SIGTERM raises Stopped; a second ends the process at once. Main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    raise Stopped(number)
