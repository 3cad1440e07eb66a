"""Rosenblatt's rule, worked by hand, against scikit-learn, and Novikoff's bound."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import Perceptron as Oracle

from pellucid.errors import DataError
from pellucid.linear_model import Perceptron


def test_the_rule_is_followed_step_by_step() -> None:
    X, y = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]]), ["no", "yes", "no"]
    model = Perceptron(shuffle=False, tol=None, max_iter=1).fit(X, y)
    # (1, 0) is on the plane: w = (-1, 0), b = -1;  (0, 1): score -1, wrong: w = (-1, 1), b = 0;  (2, 1): -1, right
    assert model.coef_.tolist() == [[-1.0, 1.0]] and model.intercept_.tolist() == [0.0]
    assert model.mistakes_.tolist() == [[2]]
    again = Perceptron(shuffle=False, tol=None, max_iter=2).fit(X, y)
    assert again.mistakes_.tolist() == [[2], [0]]


@pytest.mark.parametrize("options", [{}, {"penalty": "l2"}, {"fit_intercept": False}, {"eta0": 0.1}], ids=repr)
def test_the_weights_are_scikit_learns(options: dict) -> None:
    X, y = load_iris(return_X_y=True)
    shared = {"shuffle": False, "tol": None, "max_iter": 5, **options}
    model, oracle = Perceptron(**shared).fit(X, y), Oracle(**shared).fit(X, y)
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(model.intercept_, oracle.intercept_, rtol=1e-9, atol=1e-9)


def test_separable_classes_need_no_more_mistakes_than_novikoffs_bound() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    side = X @ [0.6, 0.8, 0.0]
    X, side = X[np.abs(side) > 0.2], side[np.abs(side) > 0.2]
    model = Perceptron(fit_intercept=False, tol=None, max_iter=300).fit(X, side > 0)
    assert model.mistakes_.sum() <= (X**2).sum(axis=1).max() / np.abs(side).min() ** 2
    assert model.mistakes_[-1, 0] == 0 and model.score(X, side > 0) == 1.0


def test_partial_fit_adds_to_the_record_of_mistakes() -> None:
    X, y = load_iris(return_X_y=True)
    model = Perceptron().partial_fit(X, y, classes=[0, 1, 2]).partial_fit(X, y)
    assert model.mistakes_.shape == (2, 3)
    assert not hasattr(model, "predict_proba")


def test_warm_fits_of_one_epoch_each_are_one_fit_of_as_many_and_other_classes_are_refused() -> None:
    X, y = load_iris(return_X_y=True)
    shared: Any = {"shuffle": False, "tol": None}
    model = Perceptron(max_iter=1, warm_start=True, **shared)
    for _ in range(5):
        model.fit(X, y)
    np.testing.assert_allclose(model.coef_, Perceptron(max_iter=5, **shared).fit(X, y).coef_, rtol=1e-12)
    with pytest.raises(DataError, match=r"had the classes \[0, 1, 2\], and this one has \[False, True\]"):
        model.fit(X, y > 0)
