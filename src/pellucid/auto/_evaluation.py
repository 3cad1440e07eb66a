"""How a model is judged: the metrics of a task, plain for choosing, with intervals for reporting.

Here: `answers`, `scores`, `intervals`, `rests_on_one_row`, and which number decides.
Elsewhere: the metrics and their intervals are pellucid.metrics'.
Imports: numpy, pellucid.metrics and this package.
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.auto._task import Task
from pellucid.metrics import METRICS, interval

Array = NDArray[Any]

DECIDING = {"classification": "log_loss", "regression": "root_mean_squared_error"}
"""The validation number that chooses, the smaller the better: proper for probabilities, in the target's own unit."""

HEADLINE = {"classification": "accuracy_score", "regression": "r2_score"}
"""The number a one-line summary shows."""

HALF = 0.5  # of a loss; what one row carries beyond, all others together do not outweigh

Asked = tuple[str, Array, Array, dict[str, Any]]


def answers(model: Any, x: Any, task: Task) -> Array:
    """What a model says of rows, in the form its metrics need: probabilities (N, K), or numbers (N,)."""
    return np.asarray(model.predict_proba(x) if task.classes else model.predict(x))


def scores(task: Task, y: Array, answer: Array) -> dict[str, float]:
    """Every metric of the task on rows with targets y (N,).

    >>> scores(Task("y", "by hand", ("no", "yes")), np.array(["no", "yes"]), np.array([[0.75, 0.25], [0.5, 0.5]]))
    {'accuracy_score': 0.5, 'balanced_accuracy_score': 0.5, 'roc_auc_score': 1.0, 'log_loss': 0.4904146265058631}
    """
    asked = _asked(task, y, answer)
    return {name: float(METRICS[name].function(wanted, said, **options)) for name, wanted, said, options in asked}


def intervals(task: Task, y: Array, answer: Array, seed: int) -> dict[str, dict[str, Any]]:
    """Every metric of the task with its 95 % interval, as plain data."""
    asked = _asked(task, y, answer)
    return {name: asdict(interval(name, wanted, said, seed=seed, **options)) for name, wanted, said, options in asked}


def rests_on_one_row(task: Task, y: Array, answer: Array) -> str | None:
    """A sentence where one row carries more than half of the deciding loss, None elsewhere.

    The interval of such a loss is a guess at how often rows like it come, made from one.

    >>> rests_on_one_row(Task("y", "by hand"), np.zeros(9), np.array([0.5] * 8 + [9.0]))
    '1 of 9 test rows carries 98 % of the squared error; its interval rests on that row'
    """
    if task.classes:
        told = answer[np.arange(len(y)), np.searchsorted(np.array(task.classes), y)]
        what, loss = "log loss", -np.log(np.maximum(told, np.finfo(np.float64).eps))
    else:
        what, loss = "squared error", (answer - y) ** 2
    total, most = loss.sum(), loss.max()
    if not most > HALF * total:
        return None
    return f"1 of {len(y)} test rows carries {100 * most / total:.0f} % of the {what}; its interval rests on that row"


def _asked(task: Task, y: Array, answer: Array) -> Iterator[Asked]:
    """Each metric with what it is to be given; labels as class numbers, which spares comparing words."""
    if not task.classes:
        for name in ("root_mean_squared_error", "mean_absolute_error", "r2_score"):
            yield name, y, answer, {}
        return
    code = np.searchsorted(np.array(task.classes), y)
    for name in ("accuracy_score", "balanced_accuracy_score"):
        yield name, code, answer.argmax(axis=1), {}
    if len(task.classes) == 2 and 0 < code.sum() < len(code):  # else there is no pair to rank
        yield "roc_auc_score", code, answer[:, 1], {}
    yield "log_loss", code, answer, {"labels": np.arange(len(task.classes))}
