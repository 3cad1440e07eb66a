"""Progress for people: lines for logs, bars for terminals."""

import io
import os
import re
import sys
from typing import Any

import pytest

from pellucid.auto import Progress
from pellucid.cli._progress import Bars, Lines, _StepBar, progress_for


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "term", "quiet", "kind"),
    [
        (True, "xterm", False, Bars),
        (True, "dumb", False, Lines),
        (False, "xterm", False, Lines),
        (True, "xterm", True, Progress),
        (False, "xterm", True, Progress),
    ],
)
def test_bars_are_for_terminals_that_can_redraw(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, term: str, quiet: bool, kind: type
) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal() if terminal else io.StringIO())
    monkeypatch.setenv("TERM", term)
    assert type(progress_for(quiet)) is kind


def walk(progress: Progress) -> None:
    """What a run of one candidate of two steps tells."""
    progress.say("a column\x1b[31m [bold]y[/bold]")
    callback = progress.candidate("mlp")
    callback.on_fit_begin(None, 2)  # type: ignore[arg-type]
    for step, loss in ((1, 0.5), (2, 0.25)):
        callback.on_step_end(None, step, {"loss": loss, "validation_loss": 2 * loss})  # type: ignore[arg-type]
    callback.on_fit_end(None)  # type: ignore[arg-type]
    progress.say("mlp: done")
    progress.close()


def test_lines_are_one_for_each_stage_and_each_step(capsys: pytest.CaptureFixture[str]) -> None:
    walk(Lines())
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "a column\\x1b[31m [bold]y[/bold]",
        "mlp 1/2: loss 0.5, validation_loss 1",
        "mlp 2/2: loss 0.25, validation_loss 0.5",
        "mlp: done",
    ]


def drawn(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "120", **environment}.items():
        monkeypatch.setenv(name, value)
    bars = Bars()
    monkeypatch.setattr(_StepBar, "on_fit_end", lambda *_: bars._drawn.refresh())  # else it is gone before it is drawn
    walk(bars)
    return terminal.getvalue()


def test_bars_show_candidate_steps_and_numbers_and_say_stages_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = drawn(monkeypatch)
    assert "a column\\x1b[31m [bold]y[/bold]" in text
    assert "mlp: done" in text
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    assert "2/2" in last and "loss 0.25, validation_loss 0.5" in last
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h")  # the cursor is back


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = r"\x1b\[[0-9;]*3[0-9]m|\x1b\[38;"
    assert re.search(coloured, drawn(monkeypatch))
    assert re.search(coloured, drawn(monkeypatch, NO_COLOR="1")) is None


def test_a_fit_without_known_steps_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    callback = Lines().candidate("logistic")
    callback.on_fit_begin(None, None)  # type: ignore[arg-type]
    callback.on_step_end(None, 1, {"loss": 1.0})  # type: ignore[arg-type]
    assert capsys.readouterr().err == "logistic 1: loss 1\n"


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are a thing of Unix")
def test_on_a_terminal_a_run_draws_bars_and_its_result_stays_plain(spawn: Any) -> None:
    ours, theirs = os.openpty()
    terminal = {"TERM": "xterm-256color", "COLUMNS": "100"}
    with spawn("fit", "wine", "--out", "run", stderr=theirs, environment=terminal) as child:
        os.close(theirs)
        text = b""
        try:
            while part := os.read(ours, 65536):
                text += part
        except OSError:  # the other end is closed
            pass
        result = child.stdout.read()
        assert child.wait(timeout=60) == 0
    os.close(ours)
    assert b"\x1b[" in text
    assert "\x1b" not in result
    assert result.startswith("cultivar is one of 3 classes")
