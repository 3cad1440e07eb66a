"""What keeps rows apart, flattens them, and judges epochs."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from pellucid.errors import DataError
from pellucid.linear_model import SGDClassifier, SGDRegressor
from pellucid.linear_model._sgd import _flat


def test_rows_are_flattened_as_the_kernel_reads_them() -> None:
    X = np.array([[1.0, 2.0], [0.0, 3.0]])
    data, _, start, sparse = _flat(X)
    assert (data.tolist(), start.tolist(), sparse) == ([1.0, 2.0, 0.0, 3.0], [0, 2, 4], False)
    data, place, start, sparse = _flat(csr_array(X))
    assert (data.tolist(), place.tolist(), start.tolist(), sparse) == ([1.0, 2.0, 3.0], [0, 1, 1], [0, 2, 3], True)


def test_of_each_class_the_same_share_is_kept_apart_and_no_row_is_on_both_sides() -> None:
    model = SGDClassifier(early_stopping=True, validation_fraction=0.2)
    aims = np.where(np.arange(100) < 30, 1.0, -1.0)[None]
    train, test = model._kept_apart(aims, np.ones((1, 100)), np.random.default_rng(0), False)
    assert sorted([*train, *test]) == list(range(100))
    assert (len(test), abs((test < 30).sum() - 6) <= 1) == (20, True)


def test_rows_of_weight_zero_are_never_met() -> None:
    weights = np.array([[1.0, 0.0, 2.0]])
    train, test = SGDRegressor()._kept_apart(np.zeros((1, 3)), weights, np.random.default_rng(0), False)
    assert train.tolist() == [0, 2] and not len(test)


def test_keeping_all_rows_apart_is_refused() -> None:
    with pytest.raises(DataError, match="leaves none to learn from"):
        SGDRegressor(early_stopping=True, validation_fraction=0.99).fit([[0.0], [1.0]], [0.0, 1.0])


def test_the_adaptive_rate_falls_before_it_ends() -> None:
    X, y = np.linspace(-1, 1, 50)[:, None], np.linspace(-1, 1, 50) > 0.1
    model = SGDClassifier("log_loss", learning_rate="adaptive", eta0=0.5, random_state=0).fit(X, y)
    assert model._going[0].eta <= 1e-6 and model._going[0].finished
