"""How a run is told to a person: bars on a terminal, one line for each step elsewhere, nothing when quiet.

Here: `progress_for`, which picks; `Lines` and `Bars`.
Elsewhere: the moments of a run are pellucid.auto.Progress's, those of a fit pellucid.base.Callback's.
Imports: pellucid.auto, pellucid.base and this package; Rich inside the class that draws with it.
"""

import os
import sys
from collections.abc import Mapping
from typing import Any, final

from pellucid.auto import Progress
from pellucid.base import Callback
from pellucid.cli._streams import printable, tell


def progress_for(quiet: bool) -> Progress:
    """Bars where stderr is a terminal that can redraw a line, lines elsewhere; NO_COLOR is Rich's to respect."""
    if quiet:
        return Progress()
    return Bars() if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" else Lines()


@final
class Lines(Progress):
    """One line for each stage and each step: for logs, pipes and dumb terminals."""

    def say(self, text: str) -> None:
        tell(text)

    def candidate(self, name: str) -> Callback:
        return _StepLines(name)


@final
class _StepLines(Callback):
    def __init__(self, name: str) -> None:
        self._name, self._of = name, ""

    def on_fit_begin(self, estimator: Any, steps: int | None) -> None:
        self._of = "" if steps is None else f"/{steps}"

    def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> None:
        tell(f"{self._name} {step}{self._of}: {_shown(values)}")


@final
class Bars(Progress):
    """A bar for the candidate being fitted, with the numbers of its last step; it goes when the candidate is done."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[values]}", markup=False),
        )
        self._drawn = RichProgress(*columns, console=Console(stderr=True), transient=True)

    def say(self, text: str) -> None:
        self._drawn.console.print(printable(text), markup=False, highlight=False)

    def candidate(self, name: str) -> Callback:
        self._drawn.start()
        return _StepBar(name, self._drawn)

    def close(self) -> None:
        self._drawn.stop()


@final
class _StepBar(Callback):
    def __init__(self, name: str, drawn: Any) -> None:
        self._name, self._drawn, self._task = name, drawn, None

    def on_fit_begin(self, estimator: Any, steps: int | None) -> None:
        self._task = self._drawn.add_task(self._name, total=steps, values="")

    def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> None:
        self._drawn.update(self._task, completed=step, values=_shown(values))

    def on_fit_end(self, estimator: Any) -> None:
        self._drawn.remove_task(self._task)


def _shown(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in values.items())
