"""Folds: every row is tested on once, by a model that has not seen it.

Here: `KFold` and `StratifiedKFold`, and `Folds`, what all folds share.
Elsewhere: folds that keep groups together are in _group_folds.py, repeated ones in _repeats.py, single splits in
_split.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.random and this package.
"""

import warnings
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, final

import numpy as np

from pellucid.base import SEED, Flag, Whole, check_labels
from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.model_selection._containers import n_rows
from pellucid.model_selection._splitter import Array, Splitter
from pellucid.random import Seed, generator


class Folds(Splitter):
    """Rows numbered by the fold that tests them; a subclass says how.

    >>> class EveryOther(Folds):
    ...     def fold_of_rows(self, X, y=None, groups=None):
    ...         return np.arange(len(X)) % self.n_splits
    >>> [test.tolist() for train, test in EveryOther(2).split(["a", "b", "c"])]
    [[0, 2], [1]]
    """

    limits = {
        "n_splits": Whole(low=2, says="one fold is tested on, the others are learned from"),
        "shuffle": Flag(),
        "random_state": SEED,
    }

    def __init__(self, n_splits: int = 5, *, shuffle: bool = False, random_state: Seed = None) -> None:
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state

    @abstractmethod
    def fold_of_rows(self, X: Any, y: Any = None, groups: Any = None) -> Array:
        """The fold 0..n_splits-1 that tests each row.   X of N rows, y (N,), groups (N,) -> (N,)"""

    @final
    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Array, Array]]:
        """Row numbers (train, test) of each fold, ascending."""
        fold = self.fold_of_rows(X, y, groups)
        return ((np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(self.n_splits))

    @final
    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of folds; what is passed is not looked at."""
        return self.n_splits

    @final
    def _generator(self, n: int) -> np.random.Generator | None:
        """Checks parameters against n rows; gives what to shuffle with, None for not at all."""
        name = type(self).__name__
        self._check()
        if not self.shuffle and self.random_state is not None:
            raise ParameterError(
                f"{name}: random_state={self.random_state!r} does nothing without shuffle=True; set both."
            )
        if n < 2:
            raise DataError(f"{name}: n_samples={n}; folds need two rows or more, some to learn from, some to test on.")
        if self.n_splits > n:
            raise DataError(f"{name}: {n} rows can not be split into {self.n_splits} folds; use at most n_splits={n}.")
        return generator(self.random_state) if self.shuffle else None


def check_stratified(name: str, classes: Array, rows: Array, n_splits: int) -> None:
    """Raise DataError when no class can be in every fold, warn when some cannot.   classes (K,), rows of each (K,)"""
    if rows.max() < n_splits:
        raise DataError(f"{name}: no class has as many as {n_splits} rows; use at most n_splits={rows.max()}.")
    if rows.min() < n_splits:
        rare = ", ".join(f"{classes[k].item()!r} ({rows[k]})" for k in np.flatnonzero(rows < n_splits)[:5])
        warnings.warn(
            f"{name}: {rare} have fewer rows than the {n_splits} folds; some folds will lack them.",
            DataWarning,
            stacklevel=4,
        )


@final
class KFold(Folds):
    """K folds of equal size: within one row, the larger ones first.

    Without `shuffle`, consecutive rows. `split(X)` gives (train, test) row numbers, K times.
    Raises DataError for fewer rows than folds.   Without shuffling the folds are scikit-learn's.

    >>> [test.tolist() for train, test in KFold(3).split(range(7))]
    [[0, 1, 2], [3, 4], [5, 6]]
    """

    def fold_of_rows(self, X: Any, y: Any = None, groups: Any = None) -> Array:
        self._heeds_no(groups, deep=4)
        n = n_rows(X)
        chance = self._generator(n)
        fold = np.empty(n, np.int64)
        sizes = np.full(self.n_splits, n // self.n_splits) + (np.arange(self.n_splits) < n % self.n_splits)
        order = np.arange(n) if chance is None else chance.permutation(n)
        fold[order] = np.repeat(np.arange(self.n_splits), sizes)
        return fold


@final
class StratifiedKFold(Folds):
    """K folds of equal size with equally many rows of each class: both within one row.

    y (N,) labels. Without `shuffle`, the rows of a class are dealt out in their order.
    A class of fewer rows than folds is absent from some, with a DataWarning; raises DataError when every class is so
    small.   Without shuffling the folds are scikit-learn's.

    >>> y = ["a", "a", "a", "b", "b", "b"]
    >>> [test.tolist() for train, test in StratifiedKFold(3).split(y, y)]
    [[0, 3], [1, 4], [2, 5]]
    """

    def fold_of_rows(self, X: Any, y: Any = None, groups: Any = None) -> Array:
        self._heeds_no(groups, deep=4)
        n = n_rows(X)
        chance = self._generator(n)
        if y is None:
            raise DataError("StratifiedKFold: y is None; give the labels to stratify by, or use KFold.")
        classes, codes = check_labels(y, n, where="StratifiedKFold")
        rows = np.bincount(codes)
        check_stratified("StratifiedKFold", classes, rows, self.n_splits)
        rank = np.argsort(np.argsort(np.unique(codes, return_index=True)[1]))  # classes in the order they appear
        dealt = np.sort(rank[codes])  # row i of this goes to fold i modulo K: equal sizes, and equal shares
        counts = np.stack([np.bincount(dealt[k :: self.n_splits], minlength=len(rows)) for k in range(self.n_splits)])
        order = np.arange(n) if chance is None else chance.permutation(n)
        by_class = order[np.argsort(rank[codes][order], kind="stable")]
        fold = np.empty(n, np.int64)
        fold[by_class] = np.repeat(np.tile(np.arange(self.n_splits), len(rows)), counts.T.ravel())
        return fold
