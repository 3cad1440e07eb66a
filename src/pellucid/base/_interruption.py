"""Ctrl-C between steps, not inside one.

Here: `Interruption`, under which the first Ctrl-C is kept until it is asked for.
Elsewhere: those that ask are the loop of pellucid.train and the epochs of pellucid.compiler; estimators turn the
KeyboardInterrupt into a kept fit (_callbacks.py).
Imports: the standard library only.
"""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self, final


@final
class Interruption:
    """`with Interruption() as ctrl_c: ... ctrl_c.check()` raises KeyboardInterrupt at a check or the end of the block.

    So an update is applied to all weights or to none. A second Ctrl-C is not kept: it interrupts at once, for a step
    that takes too long. Outside the main thread, and where the program handles SIGINT itself, nothing is changed.

    >>> with Interruption() as ctrl_c:
    ...     ctrl_c.check()
    """

    def __init__(self) -> None:
        self._pressed = False
        self._before: Any = None

    def __enter__(self) -> Self:
        ours = threading.current_thread() is threading.main_thread()
        if ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._keep)
        return self

    def _keep(self, number: int, frame: FrameType | None) -> None:
        if self._pressed:
            raise KeyboardInterrupt
        self._pressed = True

    def check(self) -> None:
        """Raise the KeyboardInterrupt that was kept, if there is one."""
        if self._pressed:
            self._pressed = False
            raise KeyboardInterrupt

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if kind is None:
            self.check()
