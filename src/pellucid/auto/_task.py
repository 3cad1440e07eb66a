"""What is to be predicted: classes or numbers.

Here: `Task`, and `task_of`, which decides it from the target column and says why.
Elsewhere: the column comes from pellucid.data; candidates for each task are in _candidates.py.
Imports: numpy, pellucid.errors, pellucid.data.
"""

from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from pellucid.data import Table
from pellucid.errors import DataError

Array = NDArray[Any]
Kind = Literal["classification", "regression"]

MOST_CODES = 10  # distinct whole numbers that still look like classes: digits 0 to 9, grades, yes/no as 0/1
SHOWN = 5


@final
@dataclass(frozen=True)
class Task:
    """Predict `target`: one of `classes`, or a number.

    why: the reason for taking it so, in words.
    """

    kind: Kind
    target: str
    why: str
    classes: tuple[Any, ...] = ()

    def __str__(self) -> str:
        what = f"one of {len(self.classes)} classes" if self.kind == "classification" else "a number"
        return f"{self.target}: {what} ({self.why})"


def task_of(table: Table, target: str, wanted: Literal["auto", "classification", "regression"]) -> tuple[Task, Array]:
    """The task that a column poses, and its values: labels (N,) of text, bool or int, or numbers (N,) in float64.

    Words and truths are classes; so are at most 10 distinct whole numbers; other numbers are numbers. `wanted`
    overrides.  Raises ColumnError for a column that is not there, DataError for missing targets (with their rows), for
    a single class, for a constant number, and for words where numbers are wanted.
    """
    values, kind = table.column(target), table.kinds[target]
    _check_present(values, target, table)
    if kind != "number":
        if wanted == "regression":
            raise DataError(
                f"the target {target!r} holds {kind} values such as {values[0]!r}; regression needs numbers."
            )
        return _classes(np.array(values.tolist()), target, f"the column holds {_plural(kind)}")
    distinct = np.unique(values)
    whole = bool((distinct == np.floor(distinct)).all())
    few = whole and len(distinct) <= MOST_CODES
    if wanted == "classification" or (wanted == "auto" and few):
        if not whole:
            raise DataError(
                f"the target {target!r} holds fractions such as {_fraction(distinct)}; these are no classes."
            )
        why = "asked for" if wanted == "classification" else f"{len(distinct)} distinct whole numbers"
        return _classes(values.astype(np.int64), target, why)
    if len(distinct) == 1:
        raise DataError(f"the target {target!r} is {distinct[0]:g} in every row; there is nothing to learn.")
    why = "asked for" if wanted == "regression" else f"{len(distinct)} distinct numbers"
    return Task("regression", target, why), values


def labels_task(labels: Array, target: str) -> tuple[Task, Array]:
    """The task of labels that came as an array: always classes."""
    if labels.dtype.kind == "f" and not (labels == np.floor(labels)).all():
        raise DataError(f"{target} holds fractions such as {_fraction(labels)}; images are classified, not measured.")
    return _classes(labels.astype(np.int64) if labels.dtype.kind == "f" else labels, target, "labels of the images")


def _classes(labels: Array, target: str, why: str) -> tuple[Task, Array]:
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise DataError(
            f"the target {target!r} has only one class, {classes.tolist()[0]!r}, in all {counts[0]} rows; "
            "a classifier needs two or more. Is it the right column?"
        )
    rare = [f"{label!r} ({n})" for label, n in zip(classes.tolist(), counts.tolist(), strict=True) if n < 3]
    if rare:
        more = f" and {len(rare) - SHOWN} more" if len(rare) > SHOWN else ""
        raise DataError(
            f"the target {target!r} has classes with fewer than 3 rows: {', '.join(rare[:SHOWN])}{more}. Each class "
            "needs a row to learn from, one to choose by and one to test on: merge or drop such classes"
            + (", or take the numbers as numbers (task regression)." if classes.dtype.kind in "iu" else ".")
        )
    return Task("classification", target, why, tuple(classes.tolist())), labels


def _check_present(values: Array, target: str, table: Table) -> None:
    missing = np.array([v is None for v in values]) if values.dtype == object else values != values
    if missing.any():
        rows = np.flatnonzero(missing)
        shown = ", ".join(str(row + 1) for row in rows[:SHOWN])
        raise DataError(
            f"the target {target!r} is missing in {len(rows)} of {len(table)} rows (data rows {shown}"
            f"{', ...' if len(rows) > SHOWN else ''}); a row without a target cannot be learned from. Remove these rows, "
            "or fill the target in."
        )


def _fraction(values: Array) -> str:
    return f"{values[values != np.floor(values)][0]:g}"


def _plural(kind: str) -> str:
    return {"category": "words", "boolean": "truth values"}[kind]
