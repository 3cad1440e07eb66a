"""How a model is judged: the metrics of a task, plain for choosing, with intervals for reporting.

Here: `scores`, `intervals`, and which number decides.
Elsewhere: the metrics and their intervals are pellucid.metrics'.
Imports: numpy, pellucid.metrics.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.auto._task import Task
from pellucid.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    interval,
    log_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

Array = NDArray[Any]
Judge = Callable[[Array, Array], float]

DECIDING = {"classification": "log_loss", "regression": "root_mean_squared_error"}
"""The validation number that chooses, the smaller the better: proper for probabilities, in the target's own unit."""

HEADLINE = {"classification": "accuracy_score", "regression": "r2_score"}
"""The number a one-line summary shows."""

_OF_LABELS = {"accuracy_score": accuracy_score, "balanced_accuracy_score": balanced_accuracy_score}
_OF_NUMBERS = {
    "root_mean_squared_error": root_mean_squared_error,
    "mean_absolute_error": mean_absolute_error,
    "r2_score": r2_score,
}


def answers(model: Any, x: Any, task: Task) -> Array:
    """What a model says of rows, in the form its metrics need: probabilities (N, K), or numbers (N,)."""
    return np.asarray(model.predict_proba(x) if task.kind == "classification" else model.predict(x))


def scores(task: Task, y: Array, answer: Array) -> dict[str, float]:
    """Every metric of the task on rows with targets y (N,)."""
    return {name: float(metric(y, answer)) for name, metric in _judges(task).items()}


def intervals(task: Task, y: Array, answer: Array, seed: int) -> dict[str, dict[str, Any]]:
    """Every metric of the task with its 95 % interval, as plain data."""
    if task.kind == "regression":
        return {name: asdict(interval(name, y, answer, seed=seed)) for name in _OF_NUMBERS}
    labels = _labels(task, answer)
    found = {name: asdict(interval(name, y, labels, seed=seed)) for name in _OF_LABELS}
    if len(task.classes) == 2:
        found["roc_auc_score"] = asdict(interval("roc_auc_score", y == task.classes[1], answer[:, 1], seed=seed))
    found["log_loss"] = asdict(interval(_mean_log_loss(task), y, answer, stratify=True, seed=seed))
    return found


def _judges(task: Task) -> dict[str, Judge]:
    if task.kind == "regression":
        return dict(_OF_NUMBERS)
    judges: dict[str, Judge] = {
        name: (lambda y, p, metric=metric: metric(y, _labels(task, p)))  # type: ignore[misc]
        for name, metric in _OF_LABELS.items()
    }
    if len(task.classes) == 2:
        judges["roc_auc_score"] = lambda y, p: roc_auc_score(y == task.classes[1], p[:, 1])
    judges["log_loss"] = _mean_log_loss(task)
    return judges


def _mean_log_loss(task: Task) -> Judge:
    """Log-loss that knows all classes, also where some of them are not among the rows."""
    return lambda y, p: float(log_loss(y, p, labels=np.array(task.classes)))


def _labels(task: Task, probabilities: Array) -> Array:
    return np.array(task.classes)[probabilities.argmax(axis=1)]
