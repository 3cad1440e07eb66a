"""The record of a run, as plain data.

Here: `results_of`; `plain`, which brings values to what JSON has; `as_json`, the text of `results.json`.
Elsewhere: it is written to disk in _run_directory.py.
Imports: numpy and this package.
"""

import json
import math
import platform
import sys
from typing import Any

import numpy as np

from pellucid._version import __version__
from pellucid.auto._evaluation import DECIDING
from pellucid.auto._problem import Problem
from pellucid.auto._source import Source
from pellucid.auto._trials import Trial


def results_of(
    source: Source,
    problem: Problem,
    trials: list[Trial],
    best: Trial,
    judged: dict[str, dict[str, Any]],
    seed: int,
    seconds: float,
) -> dict[str, Any]:
    """Everything a reader needs to judge the run, or to make it again."""
    task, split = problem.task, problem.parts.record()
    results = {
        "format": "pellucid results",
        "format_version": 1,
        "pellucid": __version__,
        "data": {"name": source.name, "path": source.path, "sha256": source.sha256, **problem.account()},
        "task": {**task.record(), "text": str(task)},
        "cautions": problem.cautions,
        "seed": seed,
        "split": split,
        "decided_by": f"validation {DECIDING[task.kind]}",
        "candidates": [trial.record() for trial in trials],
        "chosen": best.candidate.name,
        "test": {"rows": split["rows"]["test"], "models": judged},
        "seconds": round(seconds, 3),
        "environment": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "platform": platform.platform(),
            "byteorder": sys.byteorder,
        },
    }
    return dict(plain(results))


def as_json(results: dict[str, Any]) -> str:
    """Strict JSON, indented.

    >>> print(as_json({"loss": float("nan"), "rows": np.int64(3)}))
    {
      "loss": null,
      "rows": 3
    }
    """
    return json.dumps(plain(results), indent=2, ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:
    """Tuples as lists, NumPy's numbers as Python's, None for what is not finite, ? for what is not Unicode in a name.

    >>> plain({"shape": (np.int64(2), np.float64("inf"))})
    {'shape': [2, None]}
    """
    if isinstance(value, dict):
        return {str(name): plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    return None if isinstance(value, float) and not math.isfinite(value) else value
