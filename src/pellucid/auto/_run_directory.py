"""The directory a run leaves behind: complete, or not there.

Here: `check_free`, `free_directory` and `write_run`.
Elsewhere: the model file is written by pellucid.persistence; what the results hold is decided in _results.py.
Imports: pellucid.errors, pellucid.persistence and this package.
"""

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from pellucid.auto._model import Model
from pellucid.auto._results import as_json
from pellucid.errors import ParameterError
from pellucid.persistence import atomic_write
from pellucid.persistence._file import save

MODEL_FILE = "model.pellucid"
RESULTS_FILE = "results.json"


def free_directory(wanted: Path) -> Path:
    """`wanted`, or the first of wanted-2, wanted-3, ... that is not there yet."""
    place, number = wanted, 1
    while os.path.lexists(place):
        number += 1
        place = wanted.with_name(f"{wanted.name}-{number}")
    return place


def check_free(out: Path) -> None:
    """Raise ParameterError unless the directory `out` can be made: before an hour of work, not after it."""
    if os.path.lexists(out) and (not out.is_dir() or any(out.iterdir())):
        raise ParameterError(
            f"{out} is there already, and a run overwrites nothing; name another directory, or remove it."
        )
    parent = next(place for place in out.absolute().parents if os.path.lexists(place))
    if not parent.is_dir():
        raise ParameterError(f"{parent} is not a directory, so {out} cannot be made in it; name another one.")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise ParameterError(f"{out} cannot be made: {parent} may not be written to; name another directory.")


def write_run(out: Path, model: Model, results: dict[str, Any]) -> Path:
    """Write the model and the results into the new directory `out`, which takes its name when both are on disk.

    Raises ParameterError when `out` is there and not empty, OSError or ModelFileError when the disk refuses; then, and
    when interrupted, nothing is left behind, directories made on the way included.
    """
    check_free(out)
    made = [place for place in out.absolute().parents if not place.exists()]  # the deepest first
    making = out.with_name(f".{out.name}-{secrets.token_hex(4)}.tmp")
    try:
        making.mkdir(parents=True)
        save(model, making / MODEL_FILE)
        with atomic_write(making / RESULTS_FILE) as file:
            file.write(as_json(results).encode() + b"\n")
        if out.exists():
            out.rmdir()  # empty, as check_free has seen
        making.rename(out)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        for place in made:
            with suppress(OSError):  # something else has come into it: it stays
                place.rmdir()
        raise
    return out
