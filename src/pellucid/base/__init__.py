"""The contract of estimators: parameters, limits, checks of input, what fit leaves behind.

Here: `Estimator` and its roles `Classifier`, `Regressor`, `Transformer`; the limits of hyperparameters; the checks of
tables, targets and weights; callbacks; warm starts.  It is scikit-learn's contract, kept without needing scikit-learn.
Elsewhere: the estimators are in linear_model, neural_network, preprocessing and so on; metrics in pellucid.metrics.
Imports: numpy and pellucid.errors; Narwhals and scikit-learn only inside the functions that meet their objects.
"""

from pellucid.base._available import available_if
from pellucid.base._callbacks import Callback, History, ProgressBar, Watch
from pellucid.base._clone import clone
from pellucid.base._estimator import Estimator
from pellucid.base._kin import kin
from pellucid.base._last_fit import check_resumes, last_fit
from pellucid.base._limits import SEED, Choice, Flag, Kind, Limit, OneOf, Real, Whole, check_limits
from pellucid.base._roles import Classifier, Regressor, Transformer
from pellucid.base._tables import (
    check_columns,
    check_finite,
    check_table,
    count_rows,
    is_frame,
    is_missing,
    read_frame,
    read_table,
)
from pellucid.base._targets import check_labels, check_targets, check_weights, class_weights, same_rows
from pellucid.base._traits import Traits

__all__ = [
    "available_if",
    "Callback",
    "check_columns",
    "check_finite",
    "check_labels",
    "check_limits",
    "check_resumes",
    "check_table",
    "check_targets",
    "check_weights",
    "Choice",
    "class_weights",
    "Classifier",
    "clone",
    "count_rows",
    "Estimator",
    "Flag",
    "History",
    "is_frame",
    "is_missing",
    "kin",
    "Kind",
    "last_fit",
    "Limit",
    "OneOf",
    "ProgressBar",
    "read_frame",
    "read_table",
    "Real",
    "Regressor",
    "same_rows",
    "SEED",
    "Traits",
    "Transformer",
    "Watch",
    "Whole",
]
