"""Metrics: numbers that judge predictions, each with its interval.

Here: metrics of labels, scores, probabilities, numbers, clusters and lists; curves over thresholds; the report of all
classes; `METRICS`, the table of all that are one number for a target and a prediction; `interval`, which bounds any;
`compare`, which says whether of two predictions one is better; `StreamingMetric`, any of them over batches.
Elsewhere: splits are in pellucid.model_selection; an estimator's own `score` is in pellucid.base.
Imports: numpy, pellucid.errors, pellucid.random and pellucid.persistence; SciPy inside the functions of clusters.

Names, parameters and conventions are scikit-learn's; where it warns of an undefined value, so do these (DataWarning).
"""

from pellucid.metrics._agreement import cohen_kappa_score, matthews_corrcoef
from pellucid.metrics._calibration import calibration_curve, expected_calibration_error
from pellucid.metrics._classification import (
    PrecisionRecall,
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    fbeta_score,
    hamming_loss,
    jaccard_score,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
    specificity_score,
    zero_one_loss,
)
from pellucid.metrics._cluster_shape import (
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_samples,
    silhouette_score,
)
from pellucid.metrics._clustering import (
    HomogeneityCompleteness,
    adjusted_mutual_info_score,
    adjusted_rand_score,
    completeness_score,
    fowlkes_mallows_score,
    homogeneity_completeness_v_measure,
    homogeneity_score,
    mutual_info_score,
    normalized_mutual_info_score,
    rand_score,
    v_measure_score,
)
from pellucid.metrics._compare import Comparison, compare
from pellucid.metrics._curves import (
    CostChoice,
    auc,
    det_curve,
    gain_curve,
    lift_curve,
    precision_recall_curve,
    roc_curve,
    threshold_by_cost,
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
from pellucid.metrics._interval import Interval, interval
from pellucid.metrics._metric import METRICS, Metric, metric_of
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
from pellucid.metrics._report import classification_report
from pellucid.metrics._scorer import (
    Scorer,
    check_scorers,
    check_scoring,
    get_scorer,
    get_scorer_names,
    make_scorer,
    scores_of,
)
from pellucid.metrics._streaming import StreamingMetric

__all__ = [
    "accuracy_score",
    "adjusted_mutual_info_score",
    "adjusted_rand_score",
    "auc",
    "average_precision_score",
    "balanced_accuracy_score",
    "brier_score_loss",
    "calibration_curve",
    "calinski_harabasz_score",
    "check_scorers",
    "check_scoring",
    "classification_report",
    "cohen_kappa_score",
    "compare",
    "Comparison",
    "completeness_score",
    "confusion_matrix",
    "CostChoice",
    "d2_absolute_error_score",
    "d2_brier_score",
    "d2_log_loss_score",
    "d2_pinball_score",
    "d2_tweedie_score",
    "davies_bouldin_score",
    "dcg_score",
    "det_curve",
    "expected_calibration_error",
    "explained_variance_score",
    "f1_score",
    "fbeta_score",
    "fowlkes_mallows_score",
    "gain_curve",
    "get_scorer",
    "get_scorer_names",
    "hamming_loss",
    "hinge_loss",
    "homogeneity_completeness_v_measure",
    "homogeneity_score",
    "HomogeneityCompleteness",
    "interval",
    "Interval",
    "jaccard_score",
    "lift_curve",
    "log_loss",
    "make_scorer",
    "matthews_corrcoef",
    "max_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_gamma_deviance",
    "mean_pinball_loss",
    "mean_poisson_deviance",
    "mean_reciprocal_rank",
    "mean_squared_error",
    "mean_squared_log_error",
    "mean_tweedie_deviance",
    "median_absolute_error",
    "Metric",
    "metric_of",
    "METRICS",
    "mutual_info_score",
    "ndcg_score",
    "normalized_mutual_info_score",
    "precision_recall_curve",
    "precision_recall_fscore_support",
    "precision_score",
    "PrecisionRecall",
    "r2_score",
    "rand_score",
    "recall_score",
    "roc_auc_score",
    "roc_curve",
    "root_mean_squared_error",
    "root_mean_squared_log_error",
    "Scorer",
    "scores_of",
    "silhouette_samples",
    "silhouette_score",
    "specificity_score",
    "StreamingMetric",
    "threshold_by_cost",
    "top_k_accuracy_score",
    "v_measure_score",
    "zero_one_loss",
]
