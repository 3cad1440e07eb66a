"""Where cells were missing: scikit-learn's columns and names, text, sparse rows, refusals."""

from typing import Any

import numpy as np
import pandas
import polars
import pytest
import scipy.sparse
import sklearn.impute
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.impute import KNNImputer, MissingIndicator, SimpleImputer
from pellucid.pipeline import FeatureUnion


@settings(deadline=None, max_examples=150)
@given(
    st.integers(0, 2**32),
    st.sampled_from(["missing-only", "all"]),
    st.sampled_from([True, False, "auto"]),
    st.sampled_from([np.nan, -1]),
    st.sampled_from([np.asarray, scipy.sparse.csr_array, scipy.sparse.csc_array, scipy.sparse.coo_matrix]),
)
def test_columns_and_names_are_those_of_scikit_learn(
    seed: int, features: Any, sparse: Any, gap: float, hold: Any
) -> None:
    rng = np.random.default_rng(seed)
    fit, new = (np.where(rng.random((n, 4)) < 0.2, gap, rng.integers(0, 3, (n, 4))) for n in (6, 5))
    options = {"features": features, "sparse": sparse, "missing_values": gap, "error_on_new": False}
    ours, theirs = MissingIndicator(**options), sklearn.impute.MissingIndicator(**options)
    np.testing.assert_array_equal(ours.fit(hold(fit)).features_, theirs.fit(hold(fit)).features_)
    pairs = [(house.transform(hold(new)), house.fit_transform(hold(fit))) for house in (ours, theirs)]
    for one, other in zip(*pairs, strict=True):
        assert scipy.sparse.issparse(one) == scipy.sparse.issparse(other)
        assert one.dtype == other.dtype == bool
        tables = [table.toarray() if scipy.sparse.issparse(table) else table for table in (one, other)]
        np.testing.assert_array_equal(*tables)
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()


def test_text_has_gaps_too_in_rows_and_frames_of_every_kind() -> None:
    words: list[Any] = ["b", None, "a"]
    data = {"word": words, "n": [1.0, 2.0, None], "whole": [1, 2, 3]}
    for X in (pandas.DataFrame(data), polars.DataFrame(data), [list(row) for row in zip(*data.values(), strict=True)]):
        indicator = MissingIndicator().fit(X)
        assert indicator.transform(X).tolist() == [[False, False], [True, False], [False, True]]
    assert MissingIndicator().fit(polars.DataFrame(data)).get_feature_names_out().tolist() == [
        *("missingindicator_word", "missingindicator_n")
    ]
    asked = MissingIndicator(missing_values="?", features="all").fit_transform([["?", 1], ["a", 2]])
    assert asked.tolist() == [[True, False], [False, False]]


def test_it_gives_the_columns_that_an_imputer_appends() -> None:
    X = np.array([[1.0, np.nan, 2.0], [np.nan, 3.0, 4.0]])
    both = FeatureUnion([("fill", SimpleImputer()), ("gaps", MissingIndicator())])
    np.testing.assert_array_equal(both.fit_transform(X), SimpleImputer(add_indicator=True).fit_transform(X))


@pytest.mark.parametrize("imputer", [SimpleImputer, KNNImputer])
def test_an_imputer_shows_the_indicator_whose_columns_it_appends(imputer: Any) -> None:
    X = pandas.DataFrame({"a": [1.0, np.nan, 3.0], "b": [1.0, 2.0, 3.0]})
    fitted = imputer(add_indicator=True).fit(X)
    np.testing.assert_array_equal(fitted.indicator_.transform(X)[:, 0], fitted.transform(X)[:, -1])
    assert fitted.indicator_.get_feature_names_out().tolist() == ["missingindicator_a"]
    assert imputer().fit(X).indicator_ is None


def test_gaps_where_fit_saw_none_are_refused_by_name_unless_asked() -> None:
    frame = pandas.DataFrame({"age": [1.0, np.nan], "fare": [3.0, 4.0]})
    new = pandas.DataFrame({"age": [1.0, 2.0], "fare": [np.nan, 4.0]})
    with pytest.raises(
        DataError, match=r"The features \['fare'\] have missing values in transform but have no missing"
    ):
        MissingIndicator().fit(frame).transform(new)
    assert MissingIndicator(error_on_new=False).fit(frame).transform(new).tolist() == [[False], [False]]
    assert MissingIndicator(features="all").fit(frame).transform(new)[:, 1].tolist() == [True, False]


def test_what_cannot_be_used_is_refused_in_words() -> None:
    rows = scipy.sparse.csr_array(np.eye(2))
    with pytest.raises(DataError, match="Sparse input with missing_values=0 is not supported"):
        MissingIndicator(missing_values=0).fit(rows)
    for numbers in (np.eye(2), [[1, 2]], rows):
        with pytest.raises(ParameterError, match="missing_values is the text '-1', and X holds numbers"):
            MissingIndicator(missing_values="-1").fit(numbers)
    with pytest.raises(DataError, match="missing values .NaN."):
        MissingIndicator(missing_values=-1).fit([[np.nan], [1.0]])
    indicator = MissingIndicator(features="all").fit(np.eye(2))
    for wide in (np.ones((1, 3)), [["a", "b", "c"]], scipy.sparse.csr_array(np.ones((1, 3)))):
        with pytest.raises(DataError, match="expecting 2 features"):
            indicator.transform(wide)
    record = indicator.to_record()
    record["state"]["features_"] = np.array([5])
    with pytest.raises(ModelFileError, match="columns beyond the 2"):
        MissingIndicator.from_record(record)
