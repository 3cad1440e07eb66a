"""One thing left out at a time: the splits of scikit-learn."""

from typing import Any

import numpy as np
import pytest
import sklearn.model_selection as theirs

from pellucid.errors import DataError, ParameterError
from pellucid.model_selection import LeaveOneGroupOut, LeaveOneOut, LeavePGroupsOut, LeavePOut, PredefinedSplit

GROUPS = np.random.default_rng(0).permutation(np.repeat(["z", "a", "m"], [3, 5, 1]))
FOLD = [2, 0, -1, 2, 5, 0, -1, 0, 2]


@pytest.mark.parametrize(
    ("ours", "oracle"),
    [
        (LeaveOneOut(), theirs.LeaveOneOut()),
        (LeaveOneGroupOut(), theirs.LeaveOneGroupOut()),
        *((LeavePOut(p), theirs.LeavePOut(p)) for p in (1, 2, 8)),
        *((LeavePGroupsOut(n), theirs.LeavePGroupsOut(n)) for n in (1, 2)),
        (PredefinedSplit(FOLD), theirs.PredefinedSplit(FOLD)),
    ],
    ids=repr,
)
def test_the_splits_are_those_of_scikit_learn(ours: Any, oracle: Any) -> None:
    X = np.zeros((9, 1))
    asked = GROUPS if "Group" in repr(oracle) else None  # the others warn of groups
    pairs = list(ours.split(X, None, asked))
    assert len(pairs) == ours.get_n_splits(X, None, GROUPS) == oracle.get_n_splits(X, None, GROUPS)
    for one, other in zip(pairs, oracle.split(X, None, asked), strict=True):
        assert [part.tolist() for part in one] == [part.tolist() for part in other]


def test_folds_may_be_whole_numbers_kept_as_floats() -> None:
    pairs = PredefinedSplit(np.array(FOLD, np.float64)).split()
    assert [test.tolist() for _, test in pairs] == [test.tolist() for _, test in PredefinedSplit(FOLD).split()]


def test_what_cannot_be_split_is_refused() -> None:
    for ask, message in (
        (lambda: LeaveOneOut().split([1]), "1 row"),
        (lambda: LeaveOneOut().get_n_splits(), "give X"),
        (lambda: LeaveOneGroupOut().split([1, 2], groups=["a", "a"]), "all rows are of one group"),
        (lambda: LeaveOneGroupOut().get_n_splits(), "groups is None"),
        (lambda: LeavePOut(2).split([1, 2]), "leave none to learn from when 2 are tested on"),
        (lambda: LeavePOut(2).get_n_splits(), "give X"),
        (lambda: LeavePGroupsOut(2).split([1, 2], groups=["a", "b"]), "2 group.s. leave none to learn from"),
        (lambda: LeavePGroupsOut(1).get_n_splits(), "groups is None"),
        (lambda: PredefinedSplit([0.5, 1.0]).split(), "one whole number a row"),
        (lambda: PredefinedSplit([-1, -1]).split(), "some row must be tested"),
        (lambda: PredefinedSplit([0, 1]).split([1, 2, 3]), "numbers 2 rows, X has 3"),
    ):
        with pytest.raises(DataError, match=message):
            ask()


def test_at_least_one_thing_is_left_out() -> None:
    for ask, name in ((LeavePOut, "p"), (LeavePGroupsOut, "n_groups")):
        with pytest.raises(ParameterError, match=f"{ask.__name__}.*{name}.*0"):
            ask(0)
