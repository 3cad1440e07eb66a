"""The table of metrics: what each one is given, and which way is better.

Here: `Metric`, a row of the table; `METRICS`, the table; `metric_of`, which finds a row by name or function.
Elsewhere: the formulas stand in the modules imported below; _interval.py and model selection read the rows.
Imports: this package and pellucid.errors.

A new metric is a row here; the tests of intervals, weights and row order run over the rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, final

from pellucid.errors import ParameterError
from pellucid.metrics._classification import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    precision_score,
    recall_score,
)
from pellucid.metrics._probability import brier_score_loss, log_loss
from pellucid.metrics._ranking import average_precision_score, roc_auc_score
from pellucid.metrics._regression import (
    mean_absolute_error,
    mean_squared_error,
    median_absolute_error,
    r2_score,
    root_mean_squared_error,
)

Needs = Literal["labels", "scores", "probabilities", "numbers"]


@final
@dataclass(frozen=True)
class Metric:
    """A metric as data.

    >>> METRICS["log_loss"].needs, METRICS["log_loss"].greater_is_better
    ('probabilities', False)
    """

    function: Callable[..., Any]
    """metric(y_true, prediction, *, sample_weight=None, ...) -> a number."""
    needs: Needs
    """What the prediction is: labels, scores of which the order counts, probabilities, or numbers on the scale of y."""
    greater_is_better: bool

    @property
    def name(self) -> str:
        """The function's name, which is the row's key."""
        return self.function.__name__


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(accuracy_score, "labels", greater_is_better=True),
        Metric(balanced_accuracy_score, "labels", greater_is_better=True),
        Metric(precision_score, "labels", greater_is_better=True),
        Metric(recall_score, "labels", greater_is_better=True),
        Metric(f1_score, "labels", greater_is_better=True),
        Metric(roc_auc_score, "scores", greater_is_better=True),
        Metric(average_precision_score, "scores", greater_is_better=True),
        Metric(log_loss, "probabilities", greater_is_better=False),
        Metric(brier_score_loss, "probabilities", greater_is_better=False),
        Metric(mean_squared_error, "numbers", greater_is_better=False),
        Metric(root_mean_squared_error, "numbers", greater_is_better=False),
        Metric(mean_absolute_error, "numbers", greater_is_better=False),
        Metric(median_absolute_error, "numbers", greater_is_better=False),
        Metric(r2_score, "numbers", greater_is_better=True),
    )
}
"""Every metric that is one number, by name."""


def metric_of(metric: str | Callable[..., Any]) -> Metric | None:
    """The row of a metric given by name or as its function; None for a function that is not in the table.

    Raises ParameterError for an unknown name, with the closest known ones.

    >>> metric_of("r2_score").needs
    'numbers'
    """
    if isinstance(metric, str):
        if metric not in METRICS:
            near = [name for name in METRICS if metric in name] or get_close_matches(metric, METRICS) or sorted(METRICS)
            raise ParameterError(f"metric: {metric!r} is not known; did you mean {' or '.join(near)}?")
        return METRICS[metric]
    row = METRICS.get(getattr(metric, "__name__", ""))
    return row if row is not None and row.function is metric else None
