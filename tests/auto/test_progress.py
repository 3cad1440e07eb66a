"""What is told while a run goes on."""

from typing import Any

import pytest

from pellucid.auto import Progress, Result, fit
from pellucid.base import Callback
from pellucid.errors import DataError


class Recorder(Progress):
    def __init__(self) -> None:
        self.events: list[str] = []

    def say(self, text: str) -> None:
        self.events.append("say")

    def candidate(self, name: str) -> Callback:
        self.events.append(name)
        return Steps(self.events)

    def close(self) -> None:
        self.events.append("close")


class Steps(Callback):
    def __init__(self, events: list[str]) -> None:
        self.events = events

    def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
        self.events.append("step")


def test_stages_candidates_and_steps_are_told_in_order_and_the_end_once() -> None:
    progress = Recorder()
    fit("wine", seed=0, progress=progress)
    events = progress.events
    assert [event for event in events if event not in ("say", "step")] == ["baseline", "logistic", "mlp", "close"]
    assert events[:3] == ["say", "say", "baseline"]
    assert "step" in events[events.index("logistic") : events.index("mlp")]
    assert events[-1] == "close"


def test_the_end_is_told_also_of_a_run_that_fails() -> None:
    progress = Recorder()
    with pytest.raises(DataError):
        fit({"x": [1.0] * 30, "y": ["a"] * 30}, "y", progress=progress)
    assert progress.events == ["close"]


def test_watching_changes_nothing(wine: Result) -> None:
    assert fit("wine", seed=0, progress=Recorder()).results["test"] == wine.results["test"]


@pytest.mark.usefixtures("without_network")
def test_the_plain_one_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    fit("wine", seed=0)
    assert capsys.readouterr() == ("", "")
