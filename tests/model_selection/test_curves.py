"""Curves: scikit-learn's numbers, sizes and times."""

from typing import Any

import numpy as np
import pytest
import sklearn.model_selection
import sklearn.naive_bayes
from sklearn.linear_model import LogisticRegression

from pellucid.errors import DataError, ParameterError, PellucidWarning
from pellucid.model_selection import learning_curve, validation_curve
from pellucid.model_selection._curves import sizes_of
from pellucid.naive_bayes import GaussianNB

RNG = np.random.default_rng(3)
X = RNG.normal(size=(90, 3))
Y = (X[:, 0] + RNG.normal(size=90) > 0).astype(int)


@pytest.mark.parametrize("sizes", [None, [0.3, 1.0], [40, 10, 40, 72]], ids=str)
def test_a_learning_curve_is_that_of_scikit_learn(sizes: Any) -> None:
    given = {} if sizes is None else {"train_sizes": sizes}
    if sizes == [40, 10, 40, 72]:
        with pytest.warns(RuntimeWarning, match="Removed duplicate"):
            theirs = sklearn.model_selection.learning_curve(LogisticRegression(), X, Y, scoring="neg_log_loss", **given)
    else:
        theirs = sklearn.model_selection.learning_curve(LogisticRegression(), X, Y, scoring="neg_log_loss", **given)
    ours = learning_curve(LogisticRegression(), X, Y, scoring="neg_log_loss", **given)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_shuffling_helps_sorted_rows_and_obeys_its_seed() -> None:
    order = np.argsort(Y, kind="stable")
    given: dict[str, Any] = {"train_sizes": [10, 72], "shuffle": True, "return_times": True}
    one, same = (learning_curve(LogisticRegression(), X[order], Y[order], random_state=0, **given) for _ in range(2))
    assert one[2].tolist() == same[2].tolist() and np.isfinite(one[2]).all()
    assert len(one) == 5 and (one[3] > 0).all() and one[4].shape == (2, 5)
    with pytest.warns(PellucidWarning, match="5 of 10 evaluations failed"):
        plain = learning_curve(LogisticRegression(), X[order], Y[order], train_sizes=[10, 72])
    assert np.isnan(plain[2][0]).all() and np.isfinite(plain[2][1]).all()


def test_a_validation_curve_is_that_of_scikit_learn() -> None:
    given: dict[str, Any] = {"param_name": "C", "param_range": [0.01, 1.0, 100.0], "cv": 3, "scoring": "neg_log_loss"}
    ours = validation_curve(LogisticRegression(), X, Y, **given)
    theirs = sklearn.model_selection.validation_curve(LogisticRegression(), X, Y, **given)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_what_gives_no_curve_is_refused() -> None:
    for wrong in ([], [0.0], [1.5], [0], [99], [[1]], ["a"]):
        with pytest.raises(ParameterError, match="give shares in"):
            sizes_of(wrong, 72)
    with pytest.raises(ParameterError, match="param_range has no values"):
        validation_curve(LogisticRegression(), X, Y, param_name="C", param_range=[])
    with pytest.raises(DataError, match="All the 5 fits failed"):
        validation_curve(LogisticRegression(), X, Y, param_name="C", param_range=[-1.0])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_model_that_learns_on_gives_the_curve_of_scikit_learn(n_jobs: int) -> None:
    asked: dict[str, Any] = {"train_sizes": [20, 40, 60], "cv": 3, "exploit_incremental_learning": True}
    ours = learning_curve(GaussianNB(), X, Y, n_jobs=n_jobs, **asked)
    theirs = sklearn.model_selection.learning_curve(sklearn.naive_bayes.GaussianNB(), X, Y, **asked)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_only_what_can_learn_on_is_asked_to_and_a_failure_ends_it() -> None:
    asked: dict[str, Any] = {"exploit_incremental_learning": True}
    with pytest.raises(ParameterError, match="LogisticRegression has no partial_fit"):
        learning_curve(LogisticRegression(), X, Y, **asked)
    broken, splits = X.copy(), [(np.arange(60), np.arange(60, 90))]
    broken[40] = np.nan
    with pytest.warns(PellucidWarning, match="2 of 3 evaluations failed"):
        _, train, _ = learning_curve(GaussianNB(), broken, Y, train_sizes=[30, 50, 60], cv=splits, **asked)
    assert np.isfinite(train[0]).all() and np.isnan(train[1:]).all()
