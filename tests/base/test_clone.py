"""Clones: unfitted, equal in parameters, sharing nothing that learns."""

from typing import Any

import numpy as np
import sklearn.base
import sklearn.linear_model

from pellucid.base import clone
from pellucid.linear_model import LogisticRegression
from pellucid.pipeline import Pipeline
from pellucid.preprocessing import StandardScaler

X, y = np.array([[0.0], [1.0], [2.0]]), [0, 0, 1]


def test_a_clone_is_what_scikit_learns_clone_gives() -> None:
    for model in (
        LogisticRegression(C=3.0).fit(X, y),
        sklearn.linear_model.Ridge(alpha=3.0).fit(X, y),
        Pipeline([("scale", StandardScaler()), ("model", LogisticRegression(C=2.0))]).fit(X, y),
    ):
        ours, theirs = clone(model), sklearn.base.clone(model)
        assert repr(ours.get_params()) == repr(theirs.get_params()) == repr(model.get_params())
        assert not any(name.endswith("_") for name in vars(ours))


def test_containers_are_cloned_item_by_item() -> None:
    scaler = StandardScaler().fit(X)
    held: dict[str, Any] = {"rows": [("scale", scaler)], "one": (scaler,), "words": {"a"}}
    again = clone(held)
    assert again["rows"][0][0] == "scale" and again["words"] == {"a"}
    assert {id(scaler)}.isdisjoint([id(again["rows"][0][1]), id(again["one"][0])])


def test_what_has_no_parameters_is_copied_deeply() -> None:
    array = np.ones(2)
    again = clone(array)
    assert again is not array and np.array_equal(again, array)


def test_an_estimator_of_others_is_rebuilt_from_its_parameters() -> None:
    class Foreign:
        def __init__(self, inner: Any = None) -> None:
            self.inner = inner

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            return {"inner": self.inner}

    model = Foreign(StandardScaler(with_mean=False))
    again = clone(model)
    assert type(again) is Foreign and again.inner is not model.inner and not again.inner.with_mean


def test_classes_stay_classes() -> None:
    assert clone([StandardScaler]) == [StandardScaler]
