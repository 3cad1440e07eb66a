"""A user's cv becomes pairs of row numbers."""

import numpy as np
import pytest
from sklearn.model_selection import ShuffleSplit

from pellucid.errors import DataError, ParameterError
from pellucid.linear_model._choosing import CV, folds_of
from pellucid.model_selection import KFold

X = np.zeros((10, 2))


def test_a_number_none_a_splitter_and_pairs_are_all_taken() -> None:
    assert len(folds_of(None, X, X)) == 5 and len(folds_of(3, X, X)) == 3
    assert len(folds_of(KFold(4), X, X)) == 4 and len(folds_of(ShuffleSplit(2), X, X)) == 2
    pairs = folds_of([([0, 1], [2])], X, X)
    assert [side.tolist() for side in pairs[0]] == [[0, 1], [2]]


def test_folds_without_rows_are_refused() -> None:
    for cv in ([], [([0], [])]):
        with pytest.raises(ParameterError, match="gives no folds"):
            folds_of(cv, X, X)


def test_splitters_are_within_the_limit_and_text_of_no_meaning_is_not() -> None:
    assert all(CV.admits(cv) for cv in (None, 2, KFold(3), ShuffleSplit(2), [([0], [1])]))
    assert not any(CV.admits(cv) for cv in (1, 2.5, True))


def test_folds_that_learn_from_nothing_that_weighs_are_refused() -> None:
    weights = np.where(np.arange(10) < 2, 1.0, 0.0)
    with pytest.raises(DataError, match="sample_weight is 0 for all rows that fold 0 learns from"):
        folds_of(5, X, X, weights)
    with pytest.raises(DataError, match="sample_weight is 0 for all rows that a fold tests on"):
        folds_of([([0, 1], [2])], X, X, weights)
    assert len(folds_of(10, X, X, weights)) == 10
