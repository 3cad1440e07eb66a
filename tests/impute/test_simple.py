"""Filling in: scikit-learn's numbers, text, columns without a known cell, refusals."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import polars
import pytest
import scipy.sparse
import sklearn.impute
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.impute import SimpleImputer

STRATEGIES = ("mean", "median", "most_frequent", "constant")


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n = draw(st.integers(1, 20))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    x = np.round(rng.normal(size=(n, 3)), draw(st.sampled_from([0, 6])))
    gaps = rng.random((n, 3)) < draw(st.sampled_from([0.0, 0.3, 0.9]))
    new = np.where(rng.random((4, 3)) < 0.4, np.nan, rng.normal(size=(4, 3)))
    return np.where(gaps, np.nan, x), new


@settings(deadline=None, max_examples=150)
@given(tables(), st.sampled_from(STRATEGIES), st.booleans(), st.booleans(), st.sampled_from([None, 7]))
def test_numbers_are_those_of_scikit_learn(case: Any, strategy: Any, flagged: bool, keep: bool, fill: Any) -> None:
    x, new = case
    options = {"strategy": strategy, "add_indicator": flagged, "keep_empty_features": keep, "fill_value": fill}
    ours, theirs = SimpleImputer(**options), sklearn.impute.SimpleImputer(**options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for rows in (x, new):
            expected = theirs.fit(x).transform(rows)
            np.testing.assert_allclose(ours.fit(x).transform(rows), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ours.statistics_, theirs.statistics_.astype(float), rtol=1e-12, atol=1e-12)
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()


def test_another_number_can_stand_for_missing() -> None:
    x = np.array([[1.0, -1.0], [-1.0, 4.0], [3.0, 6.0]])
    assert SimpleImputer(missing_values=-1).fit_transform(x).tolist() == [[1, 5], [2, 4], [3, 6]]
    with pytest.raises(DataError, match="missing values .NaN."):
        SimpleImputer(missing_values=-1).fit([[np.nan], [1.0]])


@pytest.mark.parametrize("strategy, filled", [("most_frequent", "a"), ("constant", "missing_value")])
def test_text_is_filled_too_in_rows_and_frames_of_every_kind(strategy: Any, filled: str) -> None:
    words: list[Any] = ["b", "a", None, "a"]
    data = {"word": words, "n": [1.0, 2.0, 2.0, None]}
    for X in (pandas.DataFrame(data), polars.DataFrame(data), [list(row) for row in zip(*data.values(), strict=True)]):
        out = SimpleImputer(strategy=strategy).fit_transform(X)
        assert out[:, 0].tolist() == ["b", "a", filled, "a"]
        assert out[3, 1] == (2.0 if strategy == "most_frequent" else "missing_value")
    kept = SimpleImputer(strategy=strategy, missing_values="?").fit_transform([["a"], ["?"], ["a"]])
    assert kept[:, 0].tolist() == ["a", filled, "a"]


def test_text_where_numbers_are_needed_is_refused_with_its_column() -> None:
    with pytest.raises(DataError, match="'word'"):
        SimpleImputer().fit(pandas.DataFrame({"word": ["a", "b"]}))
    with pytest.raises(ParameterError, match="fill_value is 'x', but the columns are numbers"):
        SimpleImputer(strategy="constant", fill_value="x").fit([[1.0]])
    for numbers in ([[1.0], [-1.0]], pandas.DataFrame({"n": [1, -1]}), scipy.sparse.csr_array(np.eye(2))):
        with pytest.raises(ParameterError, match="missing_values is the text '-1', and X holds numbers"):
            SimpleImputer(missing_values="-1").fit(numbers)
    imputer = SimpleImputer(strategy="most_frequent").fit(pandas.DataFrame({"word": ["a", None]}))
    with pytest.raises(DataError, match="expecting 1 features"):
        imputer.transform([["a", "b"]])


def test_a_column_without_a_known_cell_is_left_out_and_said_so() -> None:
    frame = pandas.DataFrame({"age": [1.0, np.nan], "gone": [np.nan, np.nan]})
    imputer = SimpleImputer(add_indicator=True).fit(frame)
    with pytest.warns(DataWarning, match=r"Skipping features without any observed values: \['gone'\]"):
        assert imputer.transform(frame).tolist() == [[1, 0, 1], [1, 1, 1]]
    assert imputer.get_feature_names_out().tolist() == ["age", "missingindicator_age", "missingindicator_gone"]
    kept = SimpleImputer(keep_empty_features=True).fit_transform(frame)
    assert kept.tolist() == [[1, 0], [1, 0]]


def test_the_input_is_left_alone_unless_it_may_be_written_into() -> None:
    x = np.array([[1.0], [np.nan]])
    SimpleImputer().fit_transform(x)
    assert np.isnan(x[1, 0])
    SimpleImputer(copy=False).fit_transform(x)
    assert x[1, 0] == 1


def test_text_survives_storing_and_a_damaged_record_is_refused(tmp_path: Path) -> None:
    rows = [["a", 1.0], [None, 2.0], ["a", None]]
    imputer = SimpleImputer(strategy="most_frequent", add_indicator=True).fit(rows)
    pellucid.save(imputer, tmp_path / "imputer.pellucid")
    again = pellucid.load(tmp_path / "imputer.pellucid")
    assert again.transform(rows).tolist() == imputer.transform(rows).tolist()
    for learned, damage in (("statistics_", np.ones(3)), ("indicator_features_", np.array([5]))):
        record = imputer.to_record()
        record["state"][learned] = damage
        with pytest.raises(ModelFileError, match="SimpleImputer: the record"):
            SimpleImputer.from_record(record)


GAPS = np.array([[1.0, np.nan, np.nan, 4.0], [np.nan, 2.0, np.nan, 5.0], [3.0, 9.0, np.nan, 7.0]])


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.filterwarnings("ignore:.*Skipping features without any observed values")
def test_gaps_come_back_where_the_indicator_noted_them(keep: bool) -> None:
    ours, theirs = (
        house(add_indicator=True, keep_empty_features=keep) for house in (SimpleImputer, sklearn.impute.SimpleImputer)
    )
    filled = ours.fit_transform(GAPS)
    np.testing.assert_array_equal(ours.inverse_transform(filled), GAPS)
    if not keep:  # scikit-learn 1.9 ends in an IndexError where it kept an empty column
        np.testing.assert_array_equal(theirs.fit(GAPS).inverse_transform(filled), GAPS)
    words = SimpleImputer(strategy="most_frequent", add_indicator=True)
    again = words.inverse_transform(words.fit_transform([["a", 1.0], [None, 2.0], ["a", 2.0]]))
    assert again[:, 1].tolist() == [1.0, 2.0, 2.0] and again[[0, 2], 0].tolist() == ["a", "a"] and again[1, 0] != "a"
    with pytest.raises(ParameterError, match="set add_indicator=True"):
        SimpleImputer().fit(GAPS[:, :2]).inverse_transform(GAPS[:, :2])
    with pytest.raises(DataError, match="what transform gives has"):
        ours.inverse_transform(GAPS[:, :1])


def test_a_function_says_what_fills_a_column_and_stays_out_of_files() -> None:
    ours, theirs = (house(strategy=np.max).fit(GAPS[:, :2]) for house in (SimpleImputer, sklearn.impute.SimpleImputer))
    np.testing.assert_array_equal(ours.transform(GAPS[:, :2]), theirs.transform(GAPS[:, :2]))
    with pytest.raises(ModelFileError, match="strategy is a Python function"):
        ours.to_record()


@settings(deadline=None)
@given(tables(), st.sampled_from([*STRATEGIES, np.max]), st.booleans(), st.booleans(), st.sampled_from(["csr", "csc"]))
def test_sparse_rows_are_filled_as_the_same_rows_with_their_zeros(
    case: Any, strategy: Any, flagged: bool, keep: bool, layout: str
) -> None:
    fit, new = (np.where(np.abs(table) < 0.6, 0.0, table) for table in case)
    options = {"strategy": strategy, "add_indicator": flagged, "keep_empty_features": keep}
    hold = getattr(scipy.sparse, f"{layout}_array")
    ours, dense = SimpleImputer(**options), SimpleImputer(**options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        for rows in (fit, new):
            out = ours.fit(hold(fit)).transform(hold(rows))
            assert isinstance(out, scipy.sparse.csc_array)
            np.testing.assert_allclose(out.toarray(), dense.fit(fit).transform(rows), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ours.statistics_, dense.statistics_, rtol=1e-12, atol=1e-12)
    assert ours.get_feature_names_out().tolist() == dense.get_feature_names_out().tolist()


@settings(deadline=None)
@given(tables(), st.sampled_from(["mean", "median", "most_frequent"]), st.booleans(), st.sampled_from([np.nan, -1]))
def test_sparse_rows_are_filled_as_scikit_learn_does(case: Any, strategy: Any, flagged: bool, gap: float) -> None:
    fit, new = (
        scipy.sparse.csr_array(np.where(np.isnan(table), gap, np.where(np.abs(table) < 0.6, 0.0, table)))
        for table in case
    )
    options = {"strategy": strategy, "add_indicator": flagged, "missing_values": gap}
    ours, theirs = (house(**options).fit(fit) for house in (SimpleImputer, sklearn.impute.SimpleImputer))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one, other = (imputer.transform(new) for imputer in (ours, theirs))
    np.testing.assert_allclose(one.toarray(), other.toarray(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ours.statistics_, theirs.statistics_, rtol=1e-12, atol=1e-12)


def test_sparse_rows_whose_zeros_are_gaps_are_refused_and_the_given_ones_stay_as_they_are() -> None:
    rows = scipy.sparse.csc_array([[1.0], [np.nan], [0.0]])
    for use in (SimpleImputer(missing_values=0).fit, SimpleImputer(missing_values=0).fit([[1.0], [0.0]]).transform):
        with pytest.raises(DataError, match="missing_values == 0 and input is sparse"):
            use(rows)
    assert SimpleImputer().fit_transform(rows).toarray().ravel().tolist() == [1.0, 0.5, 0.0]
    assert np.isnan(rows.data[1])
    with pytest.raises(DataError, match="sparse input is not supported here"):
        SimpleImputer(strategy="constant").fit([["a"], [None]]).transform(rows)
    with pytest.raises(DataError, match="into dense rows only"):
        SimpleImputer(add_indicator=True).fit(rows).inverse_transform(rows)
