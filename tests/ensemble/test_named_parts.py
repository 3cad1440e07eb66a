"""Parts with names: reached, set, replaced and dropped by them."""

from pathlib import Path

import numpy as np
import pytest
import sklearn.linear_model

import pellucid
from pellucid.ensemble import StackingRegressor, VotingClassifier, VotingRegressor
from pellucid.errors import ModelFileError, ParameterError
from pellucid.linear_model import LinearRegression, Ridge
from pellucid.tree import DecisionTreeRegressor

X = np.random.default_rng(0).normal(size=(40, 3))
y = X @ [1.0, 2.0, 0.0] + 1.0


def model() -> VotingRegressor:
    return VotingRegressor([("line", Ridge(alpha=2.0)), ("tree", DecisionTreeRegressor(random_state=0))])


def test_a_part_is_set_and_replaced_by_its_name() -> None:
    held = model().set_params(line__alpha=7.0, tree=LinearRegression())
    assert held.named_estimators.line.alpha == held.get_params()["line__alpha"] == 7.0
    assert isinstance(held.named_estimators["tree"], LinearRegression)


def test_a_dropped_part_says_nothing() -> None:
    held = model().set_params(tree="drop").fit(X, y)
    np.testing.assert_array_equal(held.predict(X), Ridge(alpha=2.0).fit(X, y).predict(X))
    assert held.named_estimators_.tree == "drop" and len(held.estimators_) == 1


def test_what_was_given_stays_unfitted() -> None:
    given = Ridge()
    held = VotingRegressor([("line", given)]).fit(X, y)
    assert not given.__sklearn_is_fitted__() and held.named_estimators_.line.coef_.shape == (3,)


@pytest.mark.parametrize(
    ("estimators", "said"),
    [
        ([], "the list is empty; at least one is required"),
        ([("line", "drop")], "all of them are 'drop'"),
        ([("line", Ridge()), ("line", Ridge())], "the name 'line' 2 times"),
        ([("a__b", Ridge())], "must not contain __"),
        ([("n_jobs", Ridge())], "a parameter of its own"),
        ([("line", Ridge)], "give an instance of it"),
    ],
    ids=str,
)
def test_names_and_parts_that_will_not_do_are_named(estimators: object, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        VotingRegressor(estimators).fit(X, y)


def test_a_regressor_cannot_vote_for_classes() -> None:
    with pytest.raises(ParameterError, match=r"Ridge \('line'\) should be a classifier; it is a regressor"):
        VotingClassifier([("line", Ridge())]).fit(X, y > 1)


def test_a_part_that_no_file_can_hold_is_named(tmp_path: Path) -> None:
    theirs = sklearn.linear_model.Ridge()
    for held in (VotingRegressor([("theirs", theirs)]), StackingRegressor([("ours", Ridge())], theirs)):
        with pytest.raises(ModelFileError, match="'(theirs|final_estimator)' is a sklearn.linear_model._ridge.Ridge"):
            pellucid.save(held.fit(X, y), tmp_path / "model.pellucid")


def test_a_line_for_each_part_is_written_where_asked(capsys: pytest.CaptureFixture[str]) -> None:
    model().set_params(verbose=True).fit(X, y)
    assert "[VotingRegressor] (part 2 of 2) Fitting tree, total=" in capsys.readouterr().err
