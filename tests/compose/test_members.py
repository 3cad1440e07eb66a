"""The rules for estimators inside others."""

from typing import Any

import numpy as np
import pytest
import sklearn.linear_model
import sklearn.preprocessing

from pellucid.compose._members import (
    Named,
    check_rows,
    fit_transform,
    form_read,
    fresh,
    in_turn,
    is_fitted,
    params_by_member,
    shared_traits,
    traits_of,
    transform,
)
from pellucid.errors import ParameterError
from pellucid.impute import SimpleImputer
from pellucid.linear_model import LinearRegression
from pellucid.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from pellucid.preprocessing._cells import Cells
from pellucid.preprocessing._ones import Ones


def test_named_members_are_items_attributes_and_completions() -> None:
    held = Named(scale=1, items=2)
    assert held.scale == 1 and held["items"] == 2 and "scale" in dir(held)
    assert callable(held.items)  # a dict's own attribute comes first
    with pytest.raises(AttributeError, match="there is no 'model' among scale, items"):
        _ = held.model


@pytest.mark.parametrize("rows", [["ab"], [("a",)], [(1, None)], [("a", None, None)], [None]], ids=str)
def test_what_is_no_row_is_shown_beside_the_form_of_a_row(rows: Any) -> None:
    with pytest.raises(ParameterError, match=r"steps has the entry .*; each must be a tuple \(name, estimator\)"):
        check_rows(rows, 2, where="Pipeline", parameter="steps", own=[])


def test_fitted_is_asked_in_each_librarys_way() -> None:
    X = [[0.0], [1.0]]
    for kind in (StandardScaler, sklearn.preprocessing.StandardScaler):
        assert [is_fitted(kind()), is_fitted(kind().fit(X))] == [False, True]
    assert is_fitted(sklearn.preprocessing.FunctionTransformer())  # it has nothing to learn
    assert is_fitted("passthrough")

    class Bare:
        pass

    bare = Bare()
    assert not is_fitted(bare)
    bare.mean_ = 1.0  # type: ignore[attr-defined]
    assert is_fitted(bare)


def test_traits_of_scikit_learns_estimators_are_read_from_their_tags() -> None:
    assert traits_of(sklearn.preprocessing.StandardScaler()).missing
    assert traits_of(sklearn.preprocessing.OneHotEncoder()).text
    assert not traits_of(sklearn.linear_model.LinearRegression()).missing
    assert traits_of(sklearn.linear_model.LinearRegression()).many_targets
    assert not traits_of(object()).missing


def test_members_together_accept_no_more_than_each() -> None:
    assert shared_traits([StandardScaler(), MinMaxScaler()]).missing
    assert not shared_traits([StandardScaler(), LinearRegression()]).missing
    assert not shared_traits([StandardScaler(), OneHotEncoder()]).text
    assert shared_traits(["passthrough", OneHotEncoder()]).text


def test_an_argument_may_itself_have_the_mark_in_its_name() -> None:
    parted = params_by_member({"outer__inner__weight": 1}, ["outer"], where="fit")
    assert parted == {"outer": {"inner__weight": 1}}


def test_a_transformer_without_fit_transform_is_fitted_and_asked() -> None:
    class Plain:
        def fit(self, X: Any, y: Any = None) -> "Plain":
            self.shift = min(X)
            return self

        def transform(self, X: Any) -> Any:
            return [x - self.shift for x in X]

    assert fit_transform(Plain(), [3, 5], None, {}) == [0, 2]


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
def test_results_come_in_the_order_of_the_work(n_jobs: int | None) -> None:
    assert in_turn([lambda i=i: i for i in range(9)], n_jobs) == list(range(9))  # type: ignore[misc]


def test_words_have_no_copies() -> None:
    scaler = StandardScaler()
    assert fresh("drop") == "drop" and fresh(scaler) is not scaler


def test_a_form_is_given_only_to_a_taker_that_reads_it_and_only_by_who_has_it() -> None:
    words = [["a"], [None], ["b"]]
    imputer, encoder = SimpleImputer(strategy="most_frequent").fit(words), OneHotEncoder().fit([["a"], ["b"]])
    assert isinstance(transform(imputer, words, Cells), Cells)
    assert isinstance(transform(encoder, [["b"]], Ones), Ones)
    assert isinstance(fit_transform(OneHotEncoder(), [["b"]], None, {}, Ones), Ones)
    given = [transform(imputer, words), transform(imputer, words, Ones), transform(encoder, [["b"]], Cells)]
    given += [transform(OneHotEncoder(sparse_output=True).fit(words), words, Ones).toarray()]
    assert {type(table) for table in given} == {np.ndarray}
    theirs = sklearn.preprocessing.OneHotEncoder(sparse_output=False)
    assert isinstance(fit_transform(theirs, [["b"]], None, {}, Ones), np.ndarray)
    assert form_read(encoder) is Cells
    assert form_read(imputer) is form_read(theirs) is form_read(None) is form_read("passthrough") is None
