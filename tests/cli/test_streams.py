"""What goes to stdout and stderr, and how."""

import io
import sys
from typing import Any

import pytest

from pellucid.cli._streams import give_up_stdout, printable, show, tell


def test_a_result_is_written_as_utf_8_whatever_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    print("before, ", end="")
    show("é, ☃ and a name that is not Unicode: \udcff\n")
    assert raw.getvalue() == "before, é, ☃ and a name that is not Unicode: ".encode() + b"\xff\n"


def test_a_stand_in_that_knows_text_only_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stand_in)
    show("é\n")
    assert stand_in.getvalue() == "é\n"
    give_up_stdout()


def test_talk_is_one_line_without_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    tell("first\n  second\x1b[31m\x07\u202e")
    assert capsys.readouterr().err == "first second\\x1b[31m\\x07\\u202e\n"


@pytest.mark.parametrize("text", ["plain", "é ☃ 漢字", "it's 100 %"])
def test_what_can_be_printed_stays(text: str) -> None:
    assert printable(text) == text


def test_talk_to_nobody_is_lost_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> Any:
            raise BrokenPipeError

    for stream in (Gone(), io.StringIO()):
        if isinstance(stream, io.StringIO) and not isinstance(stream, Gone):
            stream.close()
        monkeypatch.setattr(sys, "stderr", stream)
        tell("hello")
