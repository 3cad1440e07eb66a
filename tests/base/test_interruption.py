"""Ctrl-C is kept until it is asked for."""

import os
import signal
import threading

import pytest

from pellucid.base._interruption import Interruption


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_inside_is_raised_at_the_next_check_and_not_before() -> None:
    reached = False
    with pytest.raises(KeyboardInterrupt), Interruption() as ctrl_c:
        press()
        reached = True
        ctrl_c.check()
    assert reached


def test_ctrl_c_that_was_never_asked_for_is_raised_at_the_end_of_the_block() -> None:
    with pytest.raises(KeyboardInterrupt), Interruption():
        press()


def test_a_second_ctrl_c_is_raised_at_once() -> None:
    with pytest.raises(KeyboardInterrupt), Interruption():
        press()
        press()
        pytest.fail("the second Ctrl-C was kept")


def test_an_error_inside_is_not_hidden_by_a_kept_ctrl_c() -> None:
    with pytest.raises(ZeroDivisionError), Interruption():
        press()
        raise ZeroDivisionError


def test_the_handler_is_given_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_program_that_handles_sigint_itself_keeps_its_handler() -> None:
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        with Interruption() as ctrl_c:
            press()
            ctrl_c.check()
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed == [True]


def test_other_threads_are_left_alone() -> None:
    seen = []

    def work() -> None:
        with Interruption() as ctrl_c:
            ctrl_c.check()
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
