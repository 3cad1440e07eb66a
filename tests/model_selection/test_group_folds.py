"""Folds of groups: no group on both sides, scikit-learn's own folds without shuffling."""

from typing import Any

import numpy as np
import pytest
import sklearn.model_selection
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.model_selection import GroupKFold, StratifiedGroupKFold


@st.composite
def grouped(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    k, seed = draw(st.integers(2, 5)), draw(st.integers(0, 99))
    n_groups, n_classes = draw(st.integers(k, 25)), draw(st.integers(1, 4))
    rng = np.random.default_rng(seed)
    groups = np.concatenate([np.arange(n_groups), rng.integers(n_groups, size=draw(st.integers(0, 60)))])
    y = np.concatenate([np.repeat(np.arange(n_classes), k), rng.integers(n_classes, size=len(groups))])
    groups = np.concatenate([groups, rng.integers(n_groups, size=n_classes * k)])
    order = rng.permutation(len(y))
    return np.array(["d", "a", "c", "b"])[y[order]], groups[order], k


@given(grouped(), st.booleans(), st.sampled_from([GroupKFold, StratifiedGroupKFold]))
def test_every_row_is_tested_once_and_no_group_is_on_both_sides(case: Any, shuffle: bool, kind: Any) -> None:
    y, groups, k = case
    pairs = list(kind(k, shuffle=shuffle, random_state=0 if shuffle else None).split(y, y, groups))
    assert sorted(np.concatenate([test for _, test in pairs]).tolist()) == list(range(len(y)))
    for train, test in pairs:
        assert set(groups[train]).isdisjoint(groups[test])
        assert len(train) + len(test) == len(y)


@given(grouped(), st.sampled_from(["GroupKFold", "StratifiedGroupKFold"]))
def test_without_shuffling_the_folds_are_those_of_scikit_learn(case: Any, name: str) -> None:
    y, groups, k = case
    ours = {"GroupKFold": GroupKFold, "StratifiedGroupKFold": StratifiedGroupKFold}[name](k)
    theirs = getattr(sklearn.model_selection, name)(k)
    for one, other in zip(ours.split(y, y, groups), theirs.split(y, y, groups), strict=True):
        assert [part.tolist() for part in one] == [part.tolist() for part in other]


def test_shuffling_is_fixed_by_the_seed_and_differs_between_seeds() -> None:
    y, groups = np.tile([0, 1], 20), np.arange(40) // 2
    for kind in (GroupKFold, StratifiedGroupKFold):
        one, same, other = (kind(4, shuffle=True, random_state=s).fold_of_rows(y, y, groups) for s in (0, 0, 1))
        assert (one == same).all() and (one != other).any()


def test_groups_of_one_row_give_each_fold_each_class_within_one_row() -> None:
    y = np.repeat([0, 1, 2], [30, 12, 9])
    for _, test in StratifiedGroupKFold(3).split(y, y, np.arange(len(y))):
        assert np.abs(np.bincount(y[test]) - [10, 4, 3]).max() <= 1


def test_fewer_groups_than_folds_are_refused_with_what_would_do() -> None:
    for kind in (GroupKFold, StratifiedGroupKFold):
        with pytest.raises(DataError, match="2 groups can not be split into 3 folds; use n_splits=2"):
            kind(3).split(range(8), [0, 1] * 4, [1, 1, 1, 1, 2, 2, 2, 2])
    with pytest.raises(DataError, match="y is None"):
        StratifiedGroupKFold(2).split(range(8), None, [0, 1] * 4)
