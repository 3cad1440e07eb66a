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

import numpy as np

from pellucid.errors import ParameterError
from pellucid.metrics._agreement import cohen_kappa_score, matthews_corrcoef
from pellucid.metrics._calibration import expected_calibration_error
from pellucid.metrics._classification import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    fbeta_score,
    hamming_loss,
    jaccard_score,
    precision_score,
    recall_score,
    specificity_score,
    zero_one_loss,
)
from pellucid.metrics._clustering import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    completeness_score,
    fowlkes_mallows_score,
    homogeneity_score,
    mutual_info_score,
    normalized_mutual_info_score,
    rand_score,
    v_measure_score,
)
from pellucid.metrics._deviance import (
    d2_absolute_error_score,
    d2_pinball_score,
    d2_tweedie_score,
    mean_gamma_deviance,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_tweedie_deviance,
)
from pellucid.metrics._hinge import hinge_loss
from pellucid.metrics._inputs import Array
from pellucid.metrics._probability import brier_score_loss, d2_brier_score, d2_log_loss_score, log_loss
from pellucid.metrics._ranking import average_precision_score, roc_auc_score, top_k_accuracy_score
from pellucid.metrics._regression import (
    explained_variance_score,
    max_error,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_log_error,
    median_absolute_error,
    r2_score,
    root_mean_squared_error,
    root_mean_squared_log_error,
)
from pellucid.metrics._relevance import dcg_score, mean_reciprocal_rank, ndcg_score

Needs = Literal["labels", "clusters", "scores", "probabilities", "numbers"]


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
    """What the prediction is: labels, clusters (labels that are only names), scores of which the order counts,
    probabilities, or numbers on the scale of y."""
    greater_is_better: bool
    above_zero: bool = False
    """Whether y and the prediction must be > 0."""
    n_classes: int = 2
    """Fewest classes with which it says something."""

    @property
    def name(self) -> str:
        """The function's name, which is the row's key."""
        return self.function.__name__

    def sample(self, rng: np.random.Generator, n: int = 200) -> tuple[Array, Array]:
        """A target and a middling prediction that the metric takes, to try it on and to hold it to laws.

        >>> METRICS["accuracy_score"].sample(np.random.default_rng(0), 3)
        (array([1, 1, 1]), array([1, 1, 1]))
        """
        if self.needs == "numbers":
            amount = rng.gamma(4.0, size=n)  # > 0, which all metrics of numbers take
            return amount, amount * rng.gamma(9.0, 1 / 9, size=n)
        y = rng.integers(self.n_classes, size=n)
        if self.n_classes > 2:
            odds = np.exp(rng.normal(size=(n, self.n_classes)) + 1.5 * (y[:, None] == np.arange(self.n_classes)))
            return y, odds / odds.sum(axis=1, keepdims=True)
        score = np.round(1 / (1 + np.exp(-rng.normal(size=n) - 2 * y + 1)), 2)
        return y, (score > 0.5).astype(int) if self.needs in ("labels", "clusters") else score


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(accuracy_score, "labels", greater_is_better=True),
        Metric(zero_one_loss, "labels", greater_is_better=False),
        Metric(hamming_loss, "labels", greater_is_better=False),
        Metric(balanced_accuracy_score, "labels", greater_is_better=True),
        Metric(precision_score, "labels", greater_is_better=True),
        Metric(recall_score, "labels", greater_is_better=True),
        Metric(specificity_score, "labels", greater_is_better=True),
        Metric(f1_score, "labels", greater_is_better=True),
        Metric(fbeta_score, "labels", greater_is_better=True),
        Metric(jaccard_score, "labels", greater_is_better=True),
        Metric(matthews_corrcoef, "labels", greater_is_better=True),
        Metric(cohen_kappa_score, "labels", greater_is_better=True),
        Metric(roc_auc_score, "scores", greater_is_better=True),
        Metric(average_precision_score, "scores", greater_is_better=True),
        Metric(top_k_accuracy_score, "scores", greater_is_better=True, n_classes=3),
        Metric(log_loss, "probabilities", greater_is_better=False),
        Metric(brier_score_loss, "probabilities", greater_is_better=False),
        Metric(d2_log_loss_score, "probabilities", greater_is_better=True),
        Metric(d2_brier_score, "probabilities", greater_is_better=True),
        Metric(expected_calibration_error, "probabilities", greater_is_better=False),
        Metric(mean_squared_error, "numbers", greater_is_better=False),
        Metric(root_mean_squared_error, "numbers", greater_is_better=False),
        Metric(mean_absolute_error, "numbers", greater_is_better=False),
        Metric(median_absolute_error, "numbers", greater_is_better=False),
        Metric(mean_absolute_percentage_error, "numbers", greater_is_better=False),
        Metric(mean_squared_log_error, "numbers", greater_is_better=False),
        Metric(root_mean_squared_log_error, "numbers", greater_is_better=False),
        Metric(mean_pinball_loss, "numbers", greater_is_better=False),
        Metric(mean_tweedie_deviance, "numbers", greater_is_better=False),
        Metric(mean_poisson_deviance, "numbers", greater_is_better=False, above_zero=True),
        Metric(mean_gamma_deviance, "numbers", greater_is_better=False, above_zero=True),
        Metric(r2_score, "numbers", greater_is_better=True),
        Metric(explained_variance_score, "numbers", greater_is_better=True),
        Metric(d2_absolute_error_score, "numbers", greater_is_better=True),
        Metric(d2_pinball_score, "numbers", greater_is_better=True),
        Metric(d2_tweedie_score, "numbers", greater_is_better=True),
        Metric(rand_score, "clusters", greater_is_better=True),
        Metric(adjusted_rand_score, "clusters", greater_is_better=True),
        Metric(fowlkes_mallows_score, "clusters", greater_is_better=True),
        Metric(mutual_info_score, "clusters", greater_is_better=True),
        Metric(normalized_mutual_info_score, "clusters", greater_is_better=True),
        Metric(adjusted_mutual_info_score, "clusters", greater_is_better=True),
        Metric(homogeneity_score, "clusters", greater_is_better=True),
        Metric(completeness_score, "clusters", greater_is_better=True),
        Metric(v_measure_score, "clusters", greater_is_better=True),
    )
}
"""Every metric of a target and a prediction that is one number, by name."""

BY_FUNCTION: dict[str, Callable[..., Any]] = {
    function.__name__: function for function in (dcg_score, hinge_loss, max_error, mean_reciprocal_rank, ndcg_score)
}
"""Metrics of a target and a prediction that are no rows; `interval` and `compare` take them as functions."""


def metric_of(metric: str | Callable[..., Any]) -> Metric | None:
    """The row of a metric given by name or as its function; None for a function that is not in the table.

    Raises ParameterError for an unknown name, with the closest known ones.

    >>> metric_of("r2_score").needs
    'numbers'
    """
    if isinstance(metric, str):
        if metric in BY_FUNCTION:
            raise ParameterError(
                f"metric: {metric!r} has no row in METRICS; give the function itself, pellucid.metrics.{metric}."
            )
        if metric not in METRICS:
            near = [name for name in METRICS if metric in name] or get_close_matches(metric, METRICS) or sorted(METRICS)
            raise ParameterError(f"metric: {metric!r} is not known; did you mean {' or '.join(near)}?")
        return METRICS[metric]
    row = METRICS.get(getattr(metric, "__name__", ""))
    return row if row is not None and row.function is metric else None
