"""The commands, their arguments and their help, as Typer reads them from signatures.

Here: `command_line`, and a function for each command, which returns what is to stand on stdout.
Elsewhere: what a command does is in _fit.py and _predict.py, imported when it runs: help must not wait for NumPy.
Imports: Typer; so this module itself is imported when a command line is read, and not before.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid._version import __version__

app = typer.Typer(
    name="pellucid",
    help="Machine learning you can see through.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class TaskName(StrEnum):
    """What --task can ask for."""

    AUTO = "auto"
    CLASSIFICATION = "classification"
    REGRESSION = "regression"


def command_line() -> Any:
    """The commands as one object with a `main`."""
    return typer.main.get_command(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pellucid {__version__}")
        raise typer.Exit


@app.callback()
def everywhere(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version, and leave.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but the result.")] = False,
) -> None:
    """Machine learning you can see through."""
    context.obj = {"quiet": quiet}


@app.command(short_help="Learn to predict a column, and say honestly how well.")
def fit(
    context: typer.Context,
    data: Annotated[
        str,
        typer.Argument(
            metavar="FILE_OR_DATASET",
            help="A table (CSV, Parquet ..), an .npz of images, or one of breast_cancer, diabetes, digits, iris, wine.",
        ),
    ],
    target: Annotated[str | None, typer.Option(metavar="COLUMN", help="The column to predict.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A new directory for the model and the results. [default: runs/NAME]"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same result.")] = 0,
    task: Annotated[TaskName, typer.Option(help="How to take the target.")] = TaskName.AUTO,
    json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> str:
    """Learn to predict a column of a table, or the labels of images, and say honestly how well.

    Rows are split once into training, validation and test parts. Candidates from a baseline to a network are fitted on
    the training rows and compared on the validation rows; the best is tested once, beside the baseline. DIR then holds
    model.pellucid and results.json.
    """
    from pellucid.cli._fit import run_fit

    return run_fit(data, target, out, seed, task.value, json, context.obj["quiet"])


@app.command(short_help="Predict with a model that fit has left.")
def predict(
    context: typer.Context,
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model.pellucid that `pellucid fit` has written.")],
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Rows like those it learned from; the target column may be missing.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="OUT.csv", help="Where to write. [default: standard output]")
    ] = None,
) -> str:
    """Predict with a model: a CSV with the column prediction and, for classes, a column of probabilities for each."""
    from pellucid.cli._predict import run_predict

    return run_predict(model, file, out, context.obj["quiet"])
