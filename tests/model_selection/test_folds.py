"""Folds: every row tested once, sizes and classes even, scikit-learn's own folds without shuffling."""

from typing import Any

import numpy as np
import pytest
import sklearn.linear_model
import sklearn.model_selection
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.model_selection import Folds, KFold, StratifiedKFold


@st.composite
def labels(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    k = draw(st.integers(2, 5))
    counts = draw(st.lists(st.integers(k, 12), min_size=1, max_size=4))
    y = np.array(["d", "a", "c", "b"])[np.repeat(np.arange(len(counts)), counts)]
    return np.random.default_rng(draw(st.integers(0, 99))).permutation(y), k


@given(labels(), st.booleans(), st.sampled_from([KFold, StratifiedKFold]))
def test_every_row_is_tested_once_and_folds_are_even(case: tuple[np.ndarray, int], shuffle: bool, kind: Any) -> None:
    y, k = case
    folds = kind(k, shuffle=shuffle, random_state=0 if shuffle else None)
    pairs = list(folds.split(y, y))
    assert len(pairs) == folds.get_n_splits() == k
    assert sorted(np.concatenate([test for _, test in pairs]).tolist()) == list(range(len(y)))
    sizes = [len(test) for _, test in pairs]
    assert max(sizes) - min(sizes) <= 1
    for train, test in pairs:
        assert sorted([*train, *test]) == list(range(len(y)))
        if kind is StratifiedKFold:
            for label in set(y):
                assert abs((y[test] == label).sum() - (y == label).sum() / k) < 1


@given(labels())
def test_without_shuffling_the_folds_are_those_of_scikit_learn(case: tuple[np.ndarray, int]) -> None:
    y, k = case
    for ours, theirs in (
        (KFold(k), sklearn.model_selection.KFold(k)),
        (StratifiedKFold(k), sklearn.model_selection.StratifiedKFold(k)),
    ):
        for one, other in zip(ours.split(y, y), theirs.split(y, y), strict=True):
            assert [part.tolist() for part in one] == [part.tolist() for part in other]


def test_shuffling_is_fixed_by_the_seed_and_differs_between_seeds() -> None:
    y = np.tile([0, 1], 20)
    for kind in (KFold, StratifiedKFold):
        one, same, other = (kind(4, shuffle=True, random_state=seed).fold_of_rows(y, y) for seed in (0, 0, 1))
        assert (one == same).all() and (one != other).any()


def test_scikit_learn_takes_our_folds() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), rng.integers(2, size=60)
    model = sklearn.linear_model.LogisticRegression()
    ours = sklearn.model_selection.cross_val_score(model, X, y, cv=StratifiedKFold(4))
    theirs = sklearn.model_selection.cross_val_score(model, X, y, cv=sklearn.model_selection.StratifiedKFold(4))
    assert ours.tolist() == theirs.tolist()


def test_a_rare_class_is_warned_of_and_a_set_of_rare_classes_refused() -> None:
    y = ["a"] * 6 + ["b"] * 2
    with pytest.warns(DataWarning, match=r"'b' \(2\) have fewer rows than the 3 folds"):
        list(StratifiedKFold(3).split(y, y))
    with pytest.raises(DataError, match="no class has as many as 5 rows; use at most n_splits=4"):
        list(StratifiedKFold(5).split([0] * 8, ["a"] * 4 + ["b"] * 4))


def test_parameters_are_checked_when_it_splits() -> None:
    rows = range(10)
    for folds, message in (
        (KFold(1), "n_splits is 1; it must be a whole number >= 2"),
        (KFold(11), "10 rows can not be split into 11 folds; use at most n_splits=10"),
        (KFold(random_state=0), "random_state=0 does nothing without shuffle=True"),
        (KFold(shuffle="yes"), "shuffle is 'yes'"),  # type: ignore[arg-type]
        (StratifiedKFold(), "y is None"),
    ):
        with pytest.raises((ParameterError, DataError), match=message):
            folds.split(rows)


def test_it_prints_as_the_call_that_made_it() -> None:
    folds: Folds = KFold(3, shuffle=True, random_state=1)
    assert repr(folds) == "KFold(n_splits=3, shuffle=True, random_state=1)"
