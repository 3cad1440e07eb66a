"""What was given as cv: numbers, splitters, pairs, and what is none of them."""

import numpy as np
import pytest
import sklearn.model_selection

from pellucid.errors import DataError, ParameterError
from pellucid.model_selection import KFold, StratifiedKFold, check_cv
from pellucid.model_selection._check_cv import splits_of


def test_a_number_is_that_many_folds_stratified_for_classes() -> None:
    for y, classifier, kind in (
        ([0, 1, 0, 1], True, StratifiedKFold),
        (["a", "b", "a", "b"], True, StratifiedKFold),
        ([0.0, 1.0, 1.0, 0.0], True, StratifiedKFold),
        ([0.5, 1.0, 1.0, 0.0], True, KFold),
        ([0, 1, 0, 1], False, KFold),
        (np.zeros((4, 2), int), True, KFold),
        (None, True, KFold),
    ):
        theirs = sklearn.model_selection.check_cv(3, y, classifier=classifier)
        ours = check_cv(3, y, classifier=classifier)
        assert type(ours) is kind
        assert type(ours).__name__ == type(theirs).__name__
    assert check_cv(None).n_splits == 5


def test_a_splitter_of_either_house_is_taken_as_it_is_and_pairs_are_kept() -> None:
    for splitter in (KFold(3), sklearn.model_selection.KFold(3)):
        assert check_cv(splitter) is splitter
    kept = check_cv(iter([([0], [1]), ([1], [0])]))
    assert len(list(kept.split())) == len(list(kept.split())) == kept.get_n_splits() == 2


def test_what_is_no_cv_is_refused() -> None:
    for wrong in (1, 0, 2.5, "five", object(), True):
        with pytest.raises(ParameterError, match="must be a number of folds >= 2"):
            check_cv(wrong)


def test_a_pair_without_rows_on_one_side_is_refused() -> None:
    for pairs, message in (([], "gives no splits"), ([([0], [])], "test part of split 0 is empty")):
        with pytest.raises(DataError, match=message):
            splits_of(check_cv(pairs), [1, 2], None, None)
