"""`pellucid fit`: the standard pipeline from a shell.

Here: `run_fit`, and the report it prints.
Elsewhere: the pipeline is pellucid.auto's; progress is shown by _progress.py.
Imports: pellucid.auto, pellucid.errors and this package; so this module is imported when the command runs.
"""

import shlex
from pathlib import Path
from typing import Any

from pellucid.auto import Result, fit
from pellucid.auto._results import as_json
from pellucid.auto._run_directory import MODEL_FILE, RESULTS_FILE, check_free, free_directory, write_run
from pellucid.auto._source import IMAGES, place_of
from pellucid.cli._failures import Misuse
from pellucid.cli._progress import progress_for
from pellucid.errors import ColumnError

RUNS = "runs"  # the directory of runs that were not given one


def run_fit(data: str, target: str | None, out: Path | None, seed: int, task: Any, as_record: bool, quiet: bool) -> str:
    """Fit, write the run directory, and give what is to be printed: the report, or the results as JSON."""
    check_free(_place(data, out))
    try:
        result = fit(data, target, seed=seed, task=task, progress=progress_for(quiet))
    except ColumnError as error:  # the target: no other column is asked for by name
        raise Misuse(str(error)) from error
    results = {**result.results, "command": command_of(data, result.results, task)}
    where = write_run(_place(data, out), result.model, results)
    return f"{as_json(results)}\n" if as_record else report(result, where, place_of(data).suffix.lower() == IMAGES)


def _place(data: str, out: Path | None) -> Path:
    """The directory of the run: the one asked for, or one that is free by now."""
    return free_directory(Path(RUNS, place_of(data).stem)) if out is None else out


def command_of(data: str, results: dict[str, Any], task: str) -> str:
    """The command that makes the run again, target and seed spelt out.

    >>> command_of("my data.csv", {"task": {"target": "y"}, "seed": 0}, "auto")
    "pellucid fit 'my data.csv' --target y --seed 0"
    """
    asked = [] if task == "auto" else ["--task", task]
    return shlex.join(
        ["pellucid", "fit", data, "--target", results["task"]["target"], *asked, "--seed", str(results["seed"])]
    )


def report(result: Result, where: Path, images: bool) -> str:
    """What was found, where it lies, and how to go on."""
    model, new = where / MODEL_FILE, "NEW.npz" if images else "NEW.csv"
    places = [
        f"model    {model}",
        f"results  {where / RESULTS_FILE}",
        f"predict  pellucid predict {shlex.quote(str(model))} {new} -o predictions.csv",
    ]
    return "\n".join([str(result), "", *places, ""])
