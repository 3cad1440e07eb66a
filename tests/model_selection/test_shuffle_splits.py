"""Random splits: sizes as scikit-learn rounds them, parts apart, classes and groups kept, seeds obeyed."""

from typing import Any

import numpy as np
import pytest
import sklearn.model_selection
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import DataError, ParameterError
from pellucid.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit

SIZES = st.sampled_from([{}, {"test_size": 0.3}, {"train_size": 0.4}, {"test_size": 5, "train_size": 0.5}])
NAMES = ["ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit"]
OURS: dict[str, Any] = dict(zip(NAMES, (ShuffleSplit, StratifiedShuffleSplit, GroupShuffleSplit), strict=True))


@given(st.integers(20, 80), SIZES, st.sampled_from(NAMES), st.integers(0, 9))
def test_parts_are_disjoint_and_of_the_sizes_of_scikit_learn(n: int, sizes: Any, name: str, seed: int) -> None:
    y, groups = np.arange(n) % 2, np.arange(n) if name == "GroupShuffleSplit" else None  # the others warn of groups
    ours = OURS[name](3, random_state=seed, **sizes).split(y, y, groups)
    theirs = getattr(sklearn.model_selection, name)(3, random_state=seed, **sizes).split(y, y, groups)
    for (train, test), (their_train, their_test) in zip(ours, theirs, strict=True):
        assert set(train).isdisjoint(test)
        assert (len(set(train)), len(set(test))) == (len(their_train), len(their_test))


@given(st.integers(20, 80), st.integers(0, 9))
def test_each_class_has_its_share_within_one_row_in_both_parts(n: int, seed: int) -> None:
    y = np.random.default_rng(seed).permutation(np.arange(n) % 4 // 2 + np.arange(n) % 2)
    for train, test in StratifiedShuffleSplit(3, test_size=0.25, random_state=seed).split(y, y):
        for part in (train, test):
            assert np.abs(np.bincount(y[part], minlength=3) - np.bincount(y) * len(part) / n).max() < 1


def test_no_group_is_on_both_sides_and_sizes_are_of_groups() -> None:
    groups = np.repeat(np.arange(10), np.arange(1, 11))
    for train, test in GroupShuffleSplit(8, test_size=0.3, random_state=0).split(groups, groups=groups):
        assert set(groups[train]).isdisjoint(groups[test])
        assert (len(set(groups[train])), len(set(groups[test]))) == (7, 3)


def test_draws_differ_obey_the_seed_and_do_not_depend_on_how_many_there_are() -> None:
    few, many, other = (
        [test.tolist() for _, test in ShuffleSplit(n, random_state=seed).split(range(50))]
        for n, seed in ((2, 0), (6, 0), (2, 1))
    )
    assert many[:2] == few and few != other and few[0] != few[1]


def test_every_row_is_drawn_about_equally_often() -> None:
    tested = np.concatenate([test for _, test in ShuffleSplit(2000, test_size=0.5, random_state=0).split(range(10))])
    assert np.abs(np.bincount(tested) - 1000).max() < 120  # 120 is more than 5 standard deviations, sqrt(2000) / 2


def test_what_cannot_be_met_is_refused() -> None:
    for splitter, error, message in (
        (ShuffleSplit(test_size=1.5), ParameterError, "test_size is 1.5"),
        (ShuffleSplit(test_size=30), ParameterError, "every part needs a row"),
        (StratifiedShuffleSplit(), DataError, "y is None"),
        (GroupShuffleSplit(), DataError, "groups is None"),
    ):
        with pytest.raises(error, match=message):
            splitter.split(range(20))
    with pytest.raises(DataError, match=r"'b' \(1\)"):
        StratifiedShuffleSplit().split(range(5), list("aaaab"))
