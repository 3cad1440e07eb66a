"""Folds that keep groups together: rows of one patient, user or day are never on both sides.

Here: `GroupKFold`, folds of even size; `StratifiedGroupKFold`, folds of even classes.
Elsewhere: folds without groups are in _folds.py; one group at a time in _left_out.py; random groups in
_shuffle_splits.py.
Imports: numpy, pellucid.base, pellucid.errors and this package.

N rows, G groups, K classes, F folds.
"""

from typing import Any, final

import numpy as np

from pellucid.base import check_labels
from pellucid.errors import DataError
from pellucid.model_selection._containers import n_rows
from pellucid.model_selection._folds import Folds, check_stratified
from pellucid.model_selection._splitter import Array, group_numbers


@final
class GroupKFold(Folds):
    """F folds of nearly equal size; all rows of a group are in one fold.

    groups (N,). Without `shuffle` the largest group goes first, each into the fold that has the fewest rows then
    (Graham's rule: the largest fold has at most 4/3 of the least possible); with it, groups are dealt at random,
    equally many a fold, whatever their sizes. Cost O(N log N + G F).
    Raises DataError for fewer groups than folds.   Without shuffling the folds are scikit-learn's.
    Source: Graham, SIAM Journal on Applied Mathematics 17, 1969.

    >>> groups = ["ann", "ann", "ann", "bob", "cat", "cat"]
    >>> [test.tolist() for train, test in GroupKFold(2).split(groups, groups=groups)]
    [[0, 1, 2], [3, 4, 5]]
    """

    def fold_of_rows(self, X: Any, y: Any = None, groups: Any = None) -> Array:
        n = n_rows(X)
        chance = self._generator(n)
        group = group_numbers(groups, n, where="GroupKFold")[1]
        size = np.bincount(group)  # (G,)
        check_enough_groups("GroupKFold", len(size), self.n_splits)
        fold_of_group = np.empty(len(size), np.int64)
        if chance is not None:
            for k, dealt in enumerate(np.array_split(chance.permutation(len(size)), self.n_splits)):
                fold_of_group[dealt] = k
            return fold_of_group[group]
        filled = np.zeros(self.n_splits)
        for g in np.argsort(size, kind="stable")[::-1]:  # of equal groups the last goes first, as in scikit-learn
            lightest = filled.argmin()
            fold_of_group[g] = lightest
            filled[lightest] += size[g]
        return fold_of_group[group]


@final
class StratifiedGroupKFold(Folds):
    """F folds with all rows of a group in one of them, and the shares of the classes as even as groups allow.

        fold of g = argmin_f mean_k std_f' (n_f'k / n_k),   n_f'k counted as if g were in f

    y (N,) labels, groups (N,). Groups of the most uneven classes choose first; ties go to the fold with fewest rows.
    `shuffle` changes the order among groups that are alike in this. A greedy rule: better divisions may exist, and few
    large groups leave little choice. Cost O(G F^2 K).
    Raises DataError for fewer groups than folds and where every class is too small; a class of fewer rows than folds
    warns.   Without shuffling the folds are scikit-learn's.

    >>> y = ["a", "b", "a", "b", "a", "b", "a", "b"]
    >>> groups = [1, 1, 2, 2, 3, 3, 4, 4]
    >>> [test.tolist() for train, test in StratifiedGroupKFold(2).split(y, y, groups)]
    [[0, 1, 4, 5], [2, 3, 6, 7]]
    """

    def fold_of_rows(self, X: Any, y: Any = None, groups: Any = None) -> Array:
        name, n = "StratifiedGroupKFold", n_rows(X)
        chance = self._generator(n)
        if y is None:
            raise DataError(f"{name}: y is None; give the labels to stratify by, or use GroupKFold.")
        classes, codes = check_labels(y, n, where=name)
        check_stratified(name, classes, np.bincount(codes), self.n_splits)
        names, group = group_numbers(groups, n, where=name)
        check_enough_groups(name, len(names), self.n_splits)
        counts = np.zeros((len(names), len(classes)))
        np.add.at(counts, (group, codes), 1)
        order = np.arange(len(names)) if chance is None else chance.permutation(len(names))
        fold_of_group = np.empty(len(names), np.int64)
        fold_of_group[order] = deal_groups(counts[order], self.n_splits)
        return fold_of_group[group]


def deal_groups(counts: Array, n_folds: int) -> Array:
    """The fold of each group.   counts (G, K) rows of each class -> (G,)

    >>> deal_groups(np.array([[2, 0], [0, 2], [1, 1], [1, 1]]), 2).tolist()
    [0, 1, 0, 1]
    """
    total = counts.sum(axis=0)
    filled = np.zeros((n_folds, counts.shape[1]))  # (F, K)
    own_fold = np.eye(n_folds)[:, :, None]  # (F, F, 1): in the f-th possibility, fold f is the one that gets more
    fold = np.empty(len(counts), np.int64)
    for g in np.argsort(-counts.std(axis=1), kind="stable"):
        possible = filled + own_fold * counts[g]  # (F, F, K)
        unevenness = (possible / total).std(axis=1).mean(axis=1)
        rows = filled.sum(axis=1)
        best = 0
        for f in range(1, n_folds):
            tied = np.isclose(unevenness[f], unevenness[best])
            if unevenness[f] < unevenness[best] or (tied and rows[f] < rows[best]):
                best = f
        filled[best] += counts[g]
        fold[g] = best
    return fold


def check_enough_groups(name: str, n_groups: int, n_splits: int) -> None:
    """Raise DataError for fewer groups than folds."""
    if n_groups < n_splits:
        raise DataError(f"{name}: {n_groups} groups can not be split into {n_splits} folds; use n_splits={n_groups}.")
