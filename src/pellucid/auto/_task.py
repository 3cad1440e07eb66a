"""What is to be predicted: classes or numbers.

Here: `Task`, and `task_of`, which decides it from the target column and says why.
Elsewhere: the column comes from pellucid.data; candidates for each task are in _candidates.py.
Imports: numpy, pellucid.errors, pellucid.data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, final

import numpy as np
from numpy.typing import NDArray

from pellucid.data import Table
from pellucid.errors import DataError, ModelFileError, ParameterError

Array = NDArray[Any]
Kind = Literal["classification", "regression"]
Wanted = Literal["auto", "classification", "regression"]

MOST_CODES = 10  # distinct whole numbers that still look like classes: digits 0 to 9, grades, yes/no as 0/1
FEWEST_OF_A_CLASS = 3  # rows: one to learn from, one to choose by, one to test on
SHOWN = 5  # rows or classes named in an error; the rest is counted


@final
@dataclass(frozen=True)
class Task:
    """Predict `target`: one of `classes`, sorted, or a number, when there are none.

    why: the reason for taking it so, in words.

    >>> print(Task("price", "50 distinct numbers"))
    price is a number (50 distinct numbers)
    """

    target: str
    why: str
    classes: tuple[Any, ...] = ()

    @property
    def kind(self) -> Kind:
        """Its name: "classification" or "regression"."""
        return "classification" if self.classes else "regression"

    def __str__(self) -> str:
        what = f"one of {len(self.classes)} classes" if self.classes else "a number"
        return f"{self.target} is {what} ({self.why})"

    def record(self) -> dict[str, Any]:
        """The task as plain data."""
        return {"kind": self.kind, "target": self.target, "why": self.why, "classes": list(self.classes)}

    @classmethod
    def from_record(cls, record: Any) -> Self:
        """The task of such data, which come from a file.  Raises ModelFileError for data that describe none."""
        if not isinstance(record, Mapping) or record.keys() != {"kind", "target", "why", "classes"}:
            raise ModelFileError("the record's task is not one; the file is damaged, or of another version.")
        classes = record["classes"]
        kinds = {type(label) for label in classes} if isinstance(classes, list) else {None}
        words = isinstance(record["target"], str) and isinstance(record["why"], str)
        if not words or kinds not in (set(), {str}, {int}, {bool}) or len(classes) == 1:
            raise ModelFileError("the record's task has no such target and classes; the file is damaged.")
        task = cls(record["target"], record["why"], tuple(classes))
        if task.kind != record["kind"] or sorted(set(classes)) != classes:
            raise ModelFileError("the record's classes do not fit its task; the file is damaged.")
        return task


def check_wanted(wanted: str) -> None:
    """Raise ParameterError unless `wanted` is one of the tasks that can be asked for."""
    if wanted not in ("auto", "classification", "regression"):
        raise ParameterError(f"task is {wanted!r}; it must be 'auto', 'classification' or 'regression'.")


def task_of(table: Table, target: str, wanted: Wanted) -> tuple[Task, Array]:
    """The task that a column poses, and its values: labels (N,) of text, bool or int, or numbers (N,) in float64.

    Words and truths are classes; so are at most 10 distinct whole numbers; other numbers are numbers. `wanted`
    overrides.  Raises ColumnError for a column that is not there, DataError for missing targets (with their rows), for
    a single class, for a constant number, and for words where numbers are wanted.

    >>> from pellucid.data import as_table
    >>> task, y = task_of(as_table({"y": ["no", "yes"] * 3}), "y", "auto")
    >>> print(task, y.dtype.kind)
    y is one of 2 classes (the column holds words) U
    """
    values, kind = table.column(target), table.kinds[target]
    _check_present(values, target, table.report.source)
    if kind == "number":
        return _of_numbers(values, target, wanted)
    if wanted == "regression":
        first = values.tolist()[0]
        raise DataError(
            f"the target {target!r} holds {_PLURALS[kind]} such as {first!r}, and a regression predicts numbers; "
            "leave the task out, or name another target."
        )
    return _of_labels(values, target, f"the column holds {_PLURALS[kind]}")


def labels_task(labels: Array, target: str) -> tuple[Task, Array]:
    """The task of labels that came as an array (N,) beside images: always classes."""
    if labels.dtype.kind == "f":
        labels = _whole(labels, target)
    return _of_labels(labels, target, "labels of images")


def _of_numbers(values: Array, target: str, wanted: Wanted) -> tuple[Task, Array]:
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise DataError(f"the target {target!r} is infinite in data row {row + 1}; correct or remove such rows.")
    distinct = np.unique(values)
    whole = bool((distinct == np.floor(distinct)).all())
    if wanted == "classification" or (wanted == "auto" and whole and len(distinct) <= MOST_CODES):
        why = "asked for" if wanted == "classification" else f"{len(distinct)} distinct whole numbers"
        return _of_labels(_whole(values, target), target, why)
    if len(distinct) == 1:
        raise DataError(
            f"the target {target!r} is {distinct[0]:g} in every row; there is nothing to learn. Is it the right column?"
        )
    return Task(target, "asked for" if wanted == "regression" else f"{len(distinct)} distinct numbers"), values


def _of_labels(labels: Array, target: str, why: str) -> tuple[Task, Array]:
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise DataError(
            f"the target {target!r} has only one class, {classes.tolist()[0]!r}, in all {counts[0]} rows; "
            "a classifier needs two or more. Is it the right column?"
        )
    pairs = zip(classes.tolist(), counts.tolist(), strict=True)
    rare = [f"{label!r} ({n})" for label, n in pairs if n < FEWEST_OF_A_CLASS]
    if rare:
        more = f" and {len(rare) - SHOWN} more" if len(rare) > SHOWN else ""
        as_numbers = ", or have the numbers taken as numbers (task regression)" if classes.dtype.kind == "i" else ""
        raise DataError(
            f"the target {target!r} has classes of fewer than {FEWEST_OF_A_CLASS} rows: {', '.join(rare[:SHOWN])}"
            f"{more}. Each needs a row to learn from, one to choose by and one to test on: merge such classes, or drop "
            f"their rows{as_numbers}."
        )
    plain = np.array(labels.tolist()) if labels.dtype == object else labels  # only now: NumPy pads every text
    return Task(target, why, tuple(classes.tolist())), plain


def _check_present(values: Array, target: str, source: str) -> None:
    missing = np.array([v is None for v in values]) if values.dtype == object else values != values
    if missing.any():
        rows = np.flatnonzero(missing)
        shown = ", ".join(str(row + 1) for row in rows[:SHOWN])
        more = ", ..." if len(rows) > SHOWN else ""
        raise DataError(
            f"{source}: the target {target!r} is missing in {len(rows)} of {len(values)} rows (data rows {shown}"
            f"{more}); nothing can be learned from a row without it. Fill it in, or remove these rows."
        )


def _whole(values: Array, target: str) -> Array:
    """Whole numbers in int64.  Raises DataError for fractions."""
    fractions = values[values != np.floor(values)]
    if len(fractions):
        raise DataError(
            f"the target {target!r} holds fractions such as {fractions[0]:g}, which are no classes; predict it as a "
            "number (task regression), or cut it into classes first."
        )
    return values.astype(np.int64)


_PLURALS = {"category": "words", "boolean": "truth values"}
