"""Splits: rows to learn from, rows to choose by, rows to test on.

Here: `split_rows`, the deal of row numbers under everything; single splits of any container; folds.
Elsewhere: metrics are in pellucid.metrics; batches of a training loop in pellucid.data.
Imports: numpy, pellucid.base, pellucid.errors and pellucid.random; SciPy inside one function.
"""

from pellucid.model_selection._folds import Folds, KFold, StratifiedKFold
from pellucid.model_selection._rows import split_rows
from pellucid.model_selection._split import train_test_split, train_val_test_split

__all__ = [
    "Folds",
    "KFold",
    "split_rows",
    "StratifiedKFold",
    "train_test_split",
    "train_val_test_split",
]
