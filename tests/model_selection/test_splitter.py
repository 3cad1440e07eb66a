"""What all splitters share: they print as the call that made them, refuse what is wrong, and work on both sides."""

import inspect
from typing import Any

import numpy as np
import pytest
import sklearn.linear_model
import sklearn.model_selection

import pellucid.model_selection as ours
from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.model_selection import Splitter
from pellucid.model_selection._splitter import group_numbers

KINDS = [
    kind
    for kind in (getattr(ours, name) for name in ours.__all__)
    if isinstance(kind, type) and issubclass(kind, Splitter) and not inspect.isabstract(kind)
]


def made(kind: Any) -> Any:
    if kind is ours.PredefinedSplit:
        return kind([k % 3 for k in range(60)])
    if kind in (ours.LeavePOut, ours.LeavePGroupsOut):
        return kind(1)  # of 60 rows there are 1770 pairs
    random = "random_state" in inspect.signature(kind).parameters and not issubclass(kind, ours.Folds)
    return kind(random_state=0) if random else kind()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_scikit_learn_takes_it_and_gives_its_number_of_scores(kind: Any) -> None:
    rng = np.random.default_rng(0)
    X, y, groups = rng.normal(size=(60, 2)), np.arange(60) % 2, np.arange(60) // 5
    splitter = made(kind)
    groups = groups if "Group" in kind.__name__ else None  # the others warn of groups, as those of scikit-learn
    model = sklearn.linear_model.LogisticRegression()
    scores = sklearn.model_selection.cross_val_score(model, X, y, cv=splitter, groups=groups, scoring="accuracy")
    assert len(scores) == splitter.get_n_splits(X, y, groups) == len(list(splitter.split(X, y, groups)))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_it_has_the_parameters_and_defaults_of_scikit_learn(kind: Any) -> None:
    theirs = inspect.signature(getattr(sklearn.model_selection, kind.__name__)).parameters
    assert {n: p.default for n, p in inspect.signature(kind).parameters.items()} == {
        n: p.default for n, p in theirs.items()
    }


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_it_prints_as_the_call_that_made_it_and_checks_every_limit_when_it_splits(kind: Any) -> None:
    splitter = made(kind)
    again = eval(repr(splitter), {kind.__name__: kind})  # noqa: S307  # our own words
    assert repr(again) == repr(splitter)
    for name, limit in kind.limits.items():
        for value in limit.outside():
            with pytest.raises((ParameterError, DataError)):
                wrong = made(kind)
                setattr(wrong, name, value)
                wrong.split(
                    np.zeros((60, 1)), np.arange(60) % 2, np.arange(60) // 5 if "Group" in kind.__name__ else None
                )


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if "Group" not in kind.__name__], ids=lambda kind: kind.__name__
)
def test_groups_that_are_not_heeded_are_warned_of_where_the_call_stands(kind: Any) -> None:
    with pytest.warns(DataWarning, match=f"{kind.__name__}: the groups parameter is ignored") as told:
        made(kind).split(np.zeros((60, 1)), np.arange(60) % 2, np.arange(60) // 5)
    assert [warning.filename for warning in told] == [__file__]


def test_groups_are_asked_for_one_a_row_and_none_missing() -> None:
    for groups, message in (
        (None, "groups is None"),
        ([1, 2], r"groups has shape \(2,\) for 3 rows"),
        ([1.0, float("nan"), 2.0], "1 rows have no group, the first is row 1"),
        (np.array(["a", None, "b"], dtype=object), "the first is row 1"),
        (np.array(["a", 1, "b"], dtype=object), "mixes kinds"),
    ):
        with pytest.raises(DataError, match=message):
            group_numbers(groups, 3, where="here")
