"""Splits that leave out one thing at a time, or P: rows, groups, or what the user numbered.

Here: `LeaveOneOut`, `LeavePOut`, `LeaveOneGroupOut`, `LeavePGroupsOut`, `PredefinedSplit`.
Elsewhere: folds are in _folds.py.
Imports: numpy, pellucid.base, pellucid.errors and this package.
"""

from collections.abc import Iterator
from itertools import combinations
from math import comb
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike

from pellucid.base import Kind, Whole
from pellucid.errors import DataError
from pellucid.model_selection._containers import n_rows
from pellucid.model_selection._splitter import Array, Splitter, group_numbers


@final
class LeaveOneOut(Splitter):
    """Each row is tested on alone; N fits.

    The estimate has little bias, and often more variance than five or ten folds, because the N models are nearly one
    and the same. A metric of one row is what is averaged: AUC and R^2 of one row are undefined; use
    `cross_val_predict` and judge all predictions together.

    >>> [(train.tolist(), test.tolist()) for train, test in LeaveOneOut().split("abc")]
    [([1, 2], [0]), ([0, 2], [1]), ([0, 1], [2])]
    """

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Array, Array]]:
        self._heeds_no(groups)
        n = self.get_n_splits(X)
        rows = np.arange(n)
        return ((np.delete(rows, row), rows[row : row + 1]) for row in range(n))

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """N, the rows of X.  Raises DataError for fewer than two."""
        if X is None:
            raise DataError("LeaveOneOut: the number of splits is that of the rows; give X.")
        n = n_rows(X)
        if n < 2:
            raise DataError(f"LeaveOneOut: {n} row(s) can not be split; give two or more.")
        return n


@final
class LeavePOut(Splitter):
    """Each set of p rows is tested on; N! / (p! (N - p)!) fits, which is many: 4950 for two of 100 rows.

    The test sets overlap. With p = 2 each has a pair to rank: the mean over pairs of one row of each class estimates
    the AUC with little bias.   Raises ParameterError for p < 1, DataError unless p < N.
    Source: Airola et al., Computational Statistics and Data Analysis 55, 2011 (pairs). The splits are scikit-learn's.

    >>> [(train.tolist(), test.tolist()) for train, test in LeavePOut(2).split("abc")]
    [([2], [0, 1]), ([1], [0, 2]), ([0], [1, 2])]
    """

    limits = {"p": Whole(low=1, says="rows that are tested on at a time")}

    def __init__(self, p: int) -> None:
        self.p = p
        self._check()

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Array, Array]]:
        self._check()
        self._heeds_no(groups)
        n = self._n_rows(X)
        rows = np.arange(n)
        return ((np.delete(rows, test), rows[list(test)]) for test in combinations(range(n), self.p))

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of sets of p rows.  Raises DataError unless p < N."""
        return comb(self._n_rows(X), self.p)

    def _n_rows(self, X: Any) -> int:
        if X is None:
            raise DataError("LeavePOut: the number of splits is that of the sets of p rows; give X.")
        n = n_rows(X)
        if n <= self.p:
            raise DataError(f"LeavePOut: {n} row(s) leave none to learn from when {self.p} are tested on; lower p.")
        return n


@final
class LeaveOneGroupOut(Splitter):
    """Each group is tested on alone, by a model that saw all the others; G fits.

    groups (N,), taken in sorted order.  Raises DataError for no groups, or a single one.

    >>> groups = ["bob", "ann", "bob"]
    >>> [test.tolist() for train, test in LeaveOneGroupOut().split(groups, groups=groups)]
    [[1], [0, 2]]
    """

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Array, Array]]:
        names, group = group_numbers(groups, n_rows(X), where="LeaveOneGroupOut")
        if len(names) < 2:
            raise DataError("LeaveOneGroupOut: all rows are of one group; there must be two or more.")
        return ((np.flatnonzero(group != g), np.flatnonzero(group == g)) for g in range(len(names)))

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of groups."""
        return len(group_numbers(groups, len(groups) if groups is not None else 0, where="LeaveOneGroupOut")[0])


@final
class LeavePGroupsOut(Splitter):
    """Each set of `n_groups` groups is tested on, by a model that saw all the others; G! / (P! (G - P)!) fits.

    groups (N,), taken in sorted order.  Raises ParameterError for n_groups < 1, DataError for no groups, and unless
    there are more than `n_groups`.   The splits are scikit-learn's.

    >>> groups = ["bob", "ann", "bob", "cid"]
    >>> [test.tolist() for train, test in LeavePGroupsOut(2).split(groups, groups=groups)]
    [[0, 1, 2], [1, 3], [0, 2, 3]]
    """

    limits = {"n_groups": Whole(low=1, says="groups that are tested on at a time")}

    def __init__(self, n_groups: int) -> None:
        self.n_groups = n_groups
        self._check()

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Array, Array]]:
        self._check()
        names, group = group_numbers(groups, n_rows(X), where="LeavePGroupsOut")
        if len(names) <= self.n_groups:
            raise DataError(
                f"LeavePGroupsOut: {len(names)} group(s) leave none to learn from when {self.n_groups} are tested on; "
                "lower n_groups."
            )
        chosen = (np.isin(group, test) for test in combinations(range(len(names)), self.n_groups))
        return ((np.flatnonzero(~tested), np.flatnonzero(tested)) for tested in chosen)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of sets of `n_groups` groups."""
        given = group_numbers(groups, len(groups) if groups is not None else 0, where="LeavePGroupsOut")[0]
        return comb(len(given), self.n_groups)


@final
class PredefinedSplit(Splitter):
    """The folds the user gives: row i is tested on in fold test_fold[i]; -1 is a row that is only learned from.

    test_fold (N,) whole numbers. With -1 for training and 0 for validation rows, a search uses one fixed validation
    set.  Raises DataError for other numbers, and where X has another number of rows.   The splits are scikit-learn's.

    >>> [(train.tolist(), test.tolist()) for train, test in PredefinedSplit([0, 1, -1, 1]).split()]
    [([1, 2, 3], [0]), ([0, 2], [1, 3])]
    """

    limits = {"test_fold": Kind(object, words="a fold for each row, or -1")}

    def __init__(self, test_fold: ArrayLike) -> None:
        self.test_fold = test_fold

    def split(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[tuple[Array, Array]]:
        self._heeds_no(groups)
        fold = self._fold()
        if X is not None and n_rows(X) != len(fold):
            raise DataError(
                f"PredefinedSplit: test_fold numbers {len(fold)} rows, X has {n_rows(X)}; they must be equal."
            )
        return ((np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in np.unique(fold[fold >= 0]))

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of different folds, -1 not counted."""
        fold = self._fold()
        return len(np.unique(fold[fold >= 0]))

    def _fold(self) -> Array:
        fold = np.asarray(self.test_fold)
        if fold.dtype.kind == "f" and (fold == np.floor(fold)).all():  # whole numbers that stood beside missing cells
            fold = fold.astype(np.int64)
        if fold.ndim != 1 or fold.dtype.kind not in "iu" or not (fold >= -1).all() or not (fold >= 0).any():
            raise DataError(
                "PredefinedSplit: test_fold must hold one whole number a row, the fold 0, 1, ... that tests it, or -1 "
                "for none; and some row must be tested."
            )
        return fold
