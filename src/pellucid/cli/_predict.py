"""`pellucid predict`: a model file and a file of rows in, a CSV out.

Here: `run_predict`.
Elsewhere: the models are pellucid.auto's, reading pellucid.data's.
Imports: numpy, pellucid.auto, pellucid.data, pellucid.errors, pellucid.persistence and this package; Polars inside the
function that writes. This module is imported when the command runs.
"""

from pathlib import Path
from typing import Any

import numpy as np

from pellucid.auto import ImageModel, Progress, TableModel
from pellucid.auto._source import place_of
from pellucid.cli._failures import Misuse
from pellucid.cli._progress import progress_for
from pellucid.data import read_images, read_table
from pellucid.errors import ModelFileError, ParameterError
from pellucid.persistence import atomic_write
from pellucid.persistence._file import load


def run_predict(model_file: Path, file: str, out: Path | None, quiet: bool) -> str:
    """Predict each row of the file; writes to `out` and gives nothing to print, or gives the CSV."""
    if out is not None:
        _check_writable(out)
    model, talk = _model_in(model_file), progress_for(quiet)
    text, n_rows = _as_csv(model, _data_in(place_of(file), model, talk))
    if out is None:
        return text
    with atomic_write(out) as target:
        target.write(text.encode())
    talk.say(f"{n_rows} predictions of {model.task.target} in {out}")
    return ""


def _model_in(file: Path) -> TableModel | ImageModel:
    """The model; raises Misuse when there is no file, ModelFileError when it holds something else."""
    try:
        model = load(file)
    except ModelFileError as error:
        if not file.is_file():
            raise Misuse(str(error)) from error
        raise
    if not isinstance(model, TableModel | ImageModel):
        raise ModelFileError(
            f"{file} holds a {type(model).__name__}, not what `pellucid fit` writes; use it from Python: "
            "pellucid.load(path).predict(X)."
        )
    return model


def _data_in(place: Path, model: TableModel | ImageModel, talk: Progress) -> Any:
    """What the file holds, as the model reads it: a table, or all images that are there."""
    if isinstance(model, TableModel):
        return read_table(place, kinds=model.kinds)
    images = read_images(place, labelled=False)
    if images.x_test is None:
        return images.x
    talk.say(
        f"{place} has two parts: the {len(images.x)} images of x_train come first, then {len(images.x_test)} of x_test"
    )
    return np.concatenate([images.x, images.x_test])


def _as_csv(model: TableModel | ImageModel, data: Any) -> tuple[str, int]:
    """The CSV, and its rows: `prediction`, and for classes `probability_<class>`."""
    import polars as pl

    if not model.classes:
        columns = {"prediction": model.predict(data)}
    else:
        proba = model.predict_proba(data)
        names = [str(label) for label in model.classes]
        columns = {"prediction": np.array(names)[proba.argmax(axis=1)]}
        columns |= {f"probability_{name}": proba[:, k] for k, name in enumerate(names)}
    return pl.DataFrame(columns).write_csv(), len(columns["prediction"])


def _check_writable(out: Path) -> None:
    """Raise ParameterError for a place where no file can be written, before the work."""
    if out.is_dir():
        raise ParameterError(f"{out} is a directory; give the path of the CSV file to write.")
    if not out.absolute().parent.is_dir():
        raise ParameterError(f"{out} cannot be written: there is no directory {out.parent}; make it first.")
