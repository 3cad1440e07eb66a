"""Splits, cross-validation and search: rows to learn from, rows to choose by, rows to test on.

Here: `split_rows`, the deal of row numbers under everything; single splits of any container; splitters;
cross-validation, curves and the permutation test; searches for parameters, which are estimators themselves.
Also here: `seal`, a test set that counts its openings, and `find_leaks`, what makes a score too good, as data.
Elsewhere: metrics are in pellucid.metrics; batches of a training loop in pellucid.data.
Imports: numpy, pellucid.base, pellucid.data, pellucid.errors, pellucid.metrics, pellucid.persistence and
pellucid.random; joblib, Optuna, SciPy, Polars and Narwhals inside functions.
"""

from pellucid.model_selection._check_cv import check_cv
from pellucid.model_selection._cross_val_predict import cross_val_predict
from pellucid.model_selection._cross_validation import CrossValidation, cross_val_score, cross_validate
from pellucid.model_selection._curves import learning_curve, validation_curve
from pellucid.model_selection._folds import Folds, KFold, StratifiedKFold
from pellucid.model_selection._grid_search import GridSearchCV
from pellucid.model_selection._group_folds import GroupKFold, StratifiedGroupKFold
from pellucid.model_selection._halving import HalvingGridSearchCV, HalvingRandomSearchCV
from pellucid.model_selection._leak_finding import LEAK_CHECKS, Finding, LeakCheck
from pellucid.model_selection._leaks import find_leaks
from pellucid.model_selection._left_out import (
    LeaveOneGroupOut,
    LeaveOneOut,
    LeavePGroupsOut,
    LeavePOut,
    PredefinedSplit,
)
from pellucid.model_selection._optuna_search import OptunaSearchCV
from pellucid.model_selection._parameters import ParameterGrid, ParameterSampler
from pellucid.model_selection._permutation_test import permutation_test_score
from pellucid.model_selection._random_search import RandomizedSearchCV
from pellucid.model_selection._repeats import RepeatedKFold, RepeatedStratifiedKFold
from pellucid.model_selection._rows import split_rows
from pellucid.model_selection._seal import SealedSet, seal
from pellucid.model_selection._search import Search
from pellucid.model_selection._search_results import SearchResults
from pellucid.model_selection._shuffle_splits import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit
from pellucid.model_selection._split import train_test_split, train_val_test_split
from pellucid.model_selection._splitter import Splitter
from pellucid.model_selection._time_series import TimeSeriesSplit

__all__ = [
    "check_cv",
    "cross_val_predict",
    "cross_val_score",
    "cross_validate",
    "CrossValidation",
    "find_leaks",
    "Finding",
    "Folds",
    "GridSearchCV",
    "GroupKFold",
    "GroupShuffleSplit",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "KFold",
    "LEAK_CHECKS",
    "LeakCheck",
    "learning_curve",
    "LeaveOneGroupOut",
    "LeaveOneOut",
    "LeavePGroupsOut",
    "LeavePOut",
    "OptunaSearchCV",
    "ParameterGrid",
    "ParameterSampler",
    "permutation_test_score",
    "PredefinedSplit",
    "RandomizedSearchCV",
    "RepeatedKFold",
    "RepeatedStratifiedKFold",
    "seal",
    "SealedSet",
    "Search",
    "SearchResults",
    "ShuffleSplit",
    "split_rows",
    "Splitter",
    "StratifiedGroupKFold",
    "StratifiedKFold",
    "StratifiedShuffleSplit",
    "TimeSeriesSplit",
    "train_test_split",
    "train_val_test_split",
    "validation_curve",
]
