"""Metrics: numbers that judge predictions, each with its interval.

Here: metrics of labels, scores, probabilities and numbers; the table `METRICS` of them; `interval`, which bounds any.
Elsewhere: splits are in pellucid.model_selection; an estimator's own `score` is in pellucid.base.
Imports: numpy, pellucid.errors and pellucid.random.

Names, parameters and conventions are scikit-learn's; where it warns of an undefined value, so do these (DataWarning).
"""

from pellucid.metrics._classification import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
)
from pellucid.metrics._interval import Interval, interval
from pellucid.metrics._metric import METRICS, Metric, metric_of
from pellucid.metrics._probability import brier_score_loss, log_loss
from pellucid.metrics._ranking import average_precision_score, roc_auc_score, roc_curve
from pellucid.metrics._regression import (
    mean_absolute_error,
    mean_squared_error,
    median_absolute_error,
    r2_score,
    root_mean_squared_error,
)

__all__ = [
    "accuracy_score",
    "average_precision_score",
    "balanced_accuracy_score",
    "brier_score_loss",
    "confusion_matrix",
    "f1_score",
    "Interval",
    "interval",
    "log_loss",
    "mean_absolute_error",
    "mean_squared_error",
    "median_absolute_error",
    "Metric",
    "metric_of",
    "METRICS",
    "precision_score",
    "r2_score",
    "recall_score",
    "roc_auc_score",
    "roc_curve",
    "root_mean_squared_error",
]
