"""Every class at a glance.

Here: `classification_report`, precision, recall, F1 and rows of each class and their averages, as text or as data.
Elsewhere: the numbers are those of _classification.py; a report with intervals is pellucid.auto's.
Imports: numpy, pellucid.errors and this package.
"""

from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError
from pellucid.metrics._classification import precision_recall_fscore_support
from pellucid.metrics._inputs import class_list, codes, distinct
from pellucid.metrics._inputs import labels as checked_labels
from pellucid.metrics._label_pairs import Average, ZeroDivision, indicators, is_matrix

COLUMNS = ("precision", "recall", "f1-score", "support")


@overload
def classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    target_names: Sequence[str] | None = None,
    sample_weight: ArrayLike | None = None,
    digits: int = 2,
    output_dict: Literal[False] = False,
    zero_division: ZeroDivision = "warn",
) -> str: ...
@overload
def classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    target_names: Sequence[str] | None = None,
    sample_weight: ArrayLike | None = None,
    digits: int = 2,
    output_dict: Literal[True],
    zero_division: ZeroDivision = "warn",
) -> dict[str, Any]: ...
def classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    target_names: Sequence[str] | None = None,
    sample_weight: ArrayLike | None = None,
    digits: int = 2,
    output_dict: bool = False,
    zero_division: ZeroDivision = "warn",
) -> str | dict[str, Any]:
    """Precision, recall, F1 and true rows of each class, and their averages.

    y_true, y_pred (N,), or matrices (N, K) of 0 and 1 where a row has several labels -> text; with output_dict=True a
    dict: name of the class -> its four numbers, then "accuracy" (a number), "macro avg" and "weighted avg". Where
    `labels` leaves out classes that occur, "micro avg" stands in the place of the accuracy; also for several labels a
    row, which have a "samples avg" besides. `target_names` names the classes, in the order of `labels`.
    Raises DataError when there are not as many names as classes, and as `precision_score` does.

    >>> print(classification_report(["ant", "bee", "bee"], ["ant", "bee", "ant"]))
                  precision    recall  f1-score   support
    <BLANKLINE>
             ant       0.50      1.00      0.67         1
             bee       1.00      0.50      0.67         2
    <BLANKLINE>
        accuracy                           0.67         3
       macro avg       0.75      0.75      0.67         3
    weighted avg       0.83      0.67      0.67         3
    <BLANKLINE>
    """
    several = is_matrix(y_true)
    if several:
        present = np.arange(indicators(y_true, "y_true").shape[1])
    else:
        present = distinct(checked_labels(y_true, "y_true"), checked_labels(y_pred, "y_pred"))
    classes = present if labels is None else class_list(labels)
    names = [str(label) for label in classes.tolist()] if target_names is None else [str(n) for n in target_names]
    if len(names) != len(classes):
        raise DataError(
            f"classification_report: {len(names)} target_names for {len(classes)} classes; give one each, or say "
            "labels=[...] too."
        )
    whole = not several and bool((codes(present, classes if labels is None else np.sort(classes)) >= 0).all())

    def numbers(average: Average) -> tuple[Any, ...]:
        return precision_recall_fscore_support(
            y_true,
            y_pred,
            labels=classes,
            average=average,
            sample_weight=sample_weight,
            zero_division=zero_division,
        )

    each = numbers(None)
    rows = dict(zip(names, zip(*(part.tolist() for part in each), strict=True), strict=True))
    support = each[3].sum().item()
    averages: dict[str, Average] = {"accuracy" if whole else "micro avg": "micro"}
    averages |= {"macro avg": "macro", "weighted avg": "weighted", **({"samples avg": "samples"} if several else {})}
    below = {name: (*numbers(average)[:3], support) for name, average in averages.items()}
    return _as_dict(rows, below) if output_dict else _as_text(rows, below, digits)


def _as_dict(rows: dict[str, Any], below: dict[str, Any]) -> dict[str, Any]:
    report: dict[str, Any] = {name: dict(zip(COLUMNS, map(float, row), strict=True)) for name, row in rows.items()}
    report |= {name: dict(zip(COLUMNS, map(float, row), strict=True)) for name, row in below.items()}
    if "accuracy" in below:
        report["accuracy"] = float(below["accuracy"][2])
    return report


def _as_text(rows: dict[str, Any], below: dict[str, Any], digits: int) -> str:
    width = max(len(name) for name in (*rows, "weighted avg"))
    width = max(width, digits)
    lines = [" " * width + " " + "".join(f" {name:>9}" for name in COLUMNS), ""]
    lines += [_line(name, row, width, digits) for name, row in rows.items()]
    lines += [""]
    lines += [_line(name, row, width, digits) for name, row in below.items()]
    return "\n".join(lines) + "\n"


def _line(name: str, row: Sequence[Any], width: int, digits: int) -> str:
    shares = [f"{share:>9.{digits}f}" for share in row[:3]]
    if name == "accuracy":
        shares[:2] = [" " * 9] * 2
    return f"{name:>{width}} " + "".join(f" {text}" for text in (*shares, f"{row[3]:>9}"))
