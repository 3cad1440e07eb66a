"""Trees in words."""

import numpy as np
import polars as pl
import pytest

from pellucid.errors import ParameterError
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor, export_text


def test_the_rules_say_in_words_what_the_tree_does() -> None:
    X = pl.DataFrame({"pet": ["cat", "dog", "cow", "cat"], "age": [1.0, 2.0, None, 9.0]})
    model = DecisionTreeClassifier().fit(X, ["a", "b", "b", "c"])
    rules = {rule.prediction: rule for rule in model.rules()}
    assert sum(rule.rows for rule in model.rules()) == 4
    assert rules["b"].rows == 2 and any(part.startswith("pet in {cow, dog}") for part in rules["b"].conditions)
    assert {rule.prediction for rule in model.rules()} == {"a", "b", "c"}


def test_every_row_keeps_exactly_one_rule() -> None:
    rng = np.random.default_rng(0)
    X = pl.DataFrame({"a": rng.normal(size=80), "b": rng.normal(size=80)})
    model = DecisionTreeRegressor(min_samples_leaf=8).fit(X, rng.normal(size=80))
    predicted, kept = model.predict(X), np.zeros(80, int)
    for rule in model.rules():
        inside = np.ones(80, bool)
        for condition in rule.conditions:
            name, sign, cut = condition.removesuffix(" or missing").split(" ")
            inside &= (X[name].to_numpy() <= float(cut)) == (sign == "<=")
        np.testing.assert_allclose(predicted[inside], rule.prediction)
        assert inside.sum() == rule.rows
        kept += inside
    assert (kept == 1).all()


def test_the_text_is_cut_off_where_it_is_told_to() -> None:
    model = DecisionTreeRegressor().fit([[0.0], [1.0], [4.0], [9.0]], [0.0, 1.0, 8.0, 9.0])
    assert export_text(model, max_depth=1).splitlines() == [
        "|--- x0 <= 2.5",
        "|   |--- ...",
        "|--- x0 > 2.5 or missing",
        "|   |--- ...",
    ]
    with pytest.raises(ParameterError, match="max_depth is -1"):
        export_text(model, max_depth=-1)


def test_a_tree_of_one_leaf_is_one_line() -> None:
    assert export_text(DecisionTreeRegressor().fit([[0.0], [1.0]], [2.0, 2.0])) == "|--- 2.00 (2 rows)"
