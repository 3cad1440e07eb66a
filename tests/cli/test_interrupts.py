"""Signals become an exception that estimators do not catch."""

import os
import signal
import threading

import pytest

from pellucid.cli._failures import Stopped
from pellucid.cli._interrupts import stopping_on_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_raises_stopped_and_its_handler_is_given_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Stopped) as caught, stopping_on_signals():
        os.kill(os.getpid(), number)
    assert caught.value.number == number
    assert signal.getsignal(number) is before


def test_a_second_signal_would_end_the_process_at_once() -> None:
    with stopping_on_signals():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except Stopped:
            assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL


def test_stopped_is_neither_an_exception_nor_a_keyboard_interrupt() -> None:
    assert not issubclass(Stopped, Exception | KeyboardInterrupt)


def test_other_threads_are_left_alone() -> None:
    seen = []

    def work() -> None:
        with stopping_on_signals():
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
