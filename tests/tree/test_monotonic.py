"""Answers that may move one way only, in trees and forests, against scikit-learn and by their law."""

from typing import Any

import numpy as np
import pytest
import sklearn.tree

from pellucid.ensemble import ExtraTreesClassifier, RandomForestRegressor
from pellucid.errors import ParameterError
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 3))
Y = np.sin(3 * X[:, 0]) - X[:, 1] + RNG.normal(size=400)
SIGNS = [1, -1, 0]
MODELS: list[Any] = [
    DecisionTreeRegressor(monotonic_cst=SIGNS),
    DecisionTreeRegressor(monotonic_cst=SIGNS, criterion="absolute_error", max_leaf_nodes=30),
    DecisionTreeClassifier(monotonic_cst=SIGNS),
    DecisionTreeClassifier(monotonic_cst=SIGNS, criterion="entropy"),
    RandomForestRegressor(5, monotonic_cst=SIGNS, random_state=0),
    ExtraTreesClassifier(5, monotonic_cst=SIGNS, random_state=0),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: f"{type(m).__name__} {m.criterion}")
def test_the_answer_moves_with_a_signed_feature_in_its_sense_only(model: Any) -> None:
    model.fit(X, Y > 0 if hasattr(model, "predict_proba") else Y)
    line = np.linspace(-3, 3, 50)
    free = 0.0
    for start in X[:20]:
        for f, sign in enumerate(SIGNS):
            rows = np.tile(start, (50, 1))
            rows[:, f] = line
            said = model.predict_proba(rows)[:, 1] if hasattr(model, "predict_proba") else model.predict(rows)
            if sign:
                assert (sign * np.diff(said) >= -1e-12).all()
            free = max(free, np.abs(np.diff(said)).max())
    assert free > 0


@pytest.mark.parametrize("signs", [[1, -1, 0], [-1, 0, 1]])
def test_trees_are_those_of_scikit_learn(signs: list[int]) -> None:
    ours = DecisionTreeRegressor(monotonic_cst=signs, min_samples_leaf=5).fit(X, Y)
    peer = sklearn.tree.DecisionTreeRegressor(monotonic_cst=signs, min_samples_leaf=5, random_state=0).fit(X, Y)
    np.testing.assert_allclose(ours.predict(X), peer.predict(X), rtol=1e-9)


def test_signs_that_say_nothing_change_nothing() -> None:
    one, two = (DecisionTreeRegressor(monotonic_cst=signs).fit(X, Y) for signs in (None, [0, 0, 0]))
    np.testing.assert_array_equal(one.tree_.threshold, two.tree_.threshold)


@pytest.mark.parametrize(
    ("signs", "words"),
    [([1, 0], "for each of 3 features"), ([2, 0, 0], "must hold -1, 0 or 1"), ({"age": 1}, "names 'age'")],
)
def test_signs_that_fit_no_features_are_refused(signs: Any, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        DecisionTreeRegressor(monotonic_cst=signs).fit(X, Y)


def test_more_than_two_classes_are_refused() -> None:
    with pytest.raises(ParameterError, match="y has 3 classes"):
        DecisionTreeClassifier(monotonic_cst=SIGNS).fit(X, np.digitize(Y, [-1, 1]))
