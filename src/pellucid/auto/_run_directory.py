"""The directory a run leaves behind: complete, or not there.

Here: `write_run`.
Elsewhere: the model file is written by pellucid.persistence; what the results hold is decided in _fit.py.
Imports: pellucid.errors, pellucid.persistence.
"""

import json
import secrets
import shutil
from pathlib import Path
from typing import Any

from pellucid.auto._model import Model
from pellucid.errors import ParameterError
from pellucid.persistence._atomic import atomic_write
from pellucid.persistence._file import save

MODEL_FILE = "model.pellucid"
RESULTS_FILE = "results.json"


def free_directory(wanted: Path) -> Path:
    """`wanted`, or the first of wanted-2, wanted-3, ... that is not there yet."""
    place, number = wanted, 1
    while place.exists():
        number += 1
        place = wanted.with_name(f"{wanted.name}-{number}")
    return place


def check_free(out: Path) -> None:
    """Raise ParameterError unless `out` can be made: before an hour of work, not after it."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ParameterError(
            f"{out} is there already, and a run never overwrites; name another with --out, or remove it."
        )
    parent = next(place for place in out.absolute().parents if place.exists())
    if not parent.is_dir():
        raise ParameterError(f"{parent} is a file, so {out} cannot be made in it; name another directory with --out.")


def write_run(out: Path, model: Model, results: dict[str, Any]) -> Path:
    """Write the model and the results into the new directory `out`; it takes its name when both are on disk.

    Raises ParameterError when `out` is there and not empty, OSError when the disk refuses.
    """
    check_free(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    making = out.with_name(f".{out.name}-{secrets.token_hex(4)}.tmp")
    making.mkdir()
    try:
        save(model, making / MODEL_FILE)
        text = json.dumps(results, indent=2, ensure_ascii=False, default=_plain)
        with atomic_write(making / RESULTS_FILE) as file:
            file.write(text.encode() + b"\n")
        if out.exists():
            out.rmdir()  # empty, as check_free has seen
        making.rename(out)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return out


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
