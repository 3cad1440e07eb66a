"""Ordinal encoding: scikit-learn's numbers for every option, round trips, refusals."""

from typing import Any

import numpy as np
import pytest
import sklearn.preprocessing
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError, ParameterError
from pellucid.preprocessing import OrdinalEncoder


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n = draw(st.integers(1, 25))
    row = st.tuples(st.sampled_from(["ant", "bee", "cat", "doe", np.nan]), st.sampled_from([1.0, 2.0, 3.5]))
    fit = draw(st.lists(row, min_size=n, max_size=n))
    unseen = st.tuples(st.sampled_from(["ant", "elk"]), st.sampled_from([1.0, 9.0]))
    return np.array(fit, dtype=object), np.array(fit[:3] + draw(st.lists(unseen, max_size=5)), dtype=object)


@settings(deadline=None, max_examples=60)
@given(
    tables(),
    st.sampled_from([None, -1, np.nan, 70]),
    st.sampled_from([np.nan, -2, 80]),
    st.sampled_from([None, 2, 0.2]),
    st.sampled_from([None, 1, 2, 3]),
)
def test_numbers_are_those_of_scikit_learn(case: Any, unknown: Any, missing: Any, least: Any, most: Any) -> None:
    fit, new = case
    options = {
        "unknown_value": unknown,
        "encoded_missing_value": missing,
        "min_frequency": least,
        "max_categories": most,
    }
    options["handle_unknown"] = "error" if unknown is None else "use_encoded_value"
    ours = OrdinalEncoder(**options).fit(fit)
    theirs = sklearn.preprocessing.OrdinalEncoder(**options).fit(fit)
    for rows in (fit, new):
        try:
            expected = theirs.transform(rows)
        except ValueError:
            with pytest.raises(DataError, match="Found unknown categories"):
                ours.transform(rows)
            continue
        np.testing.assert_array_equal(ours.transform(rows), expected)
        if least is most is None and not (np.isnan(expected).any() and unknown is not None and np.isnan(unknown)):
            assert str(ours.inverse_transform(expected).tolist()) == str(theirs.inverse_transform(expected).tolist())


@settings(deadline=None)
@given(tables(), st.sampled_from([np.nan, -2]), st.sampled_from([None, 1, 2, 3]))
def test_rows_come_back_the_pooled_as_infrequent(case: Any, missing: Any, most: Any) -> None:
    fit, _ = case
    encoder = OrdinalEncoder(encoded_missing_value=missing, max_categories=most).fit(fit)
    for d, cells in enumerate(encoder.inverse_transform(encoder.transform(fit)).T.tolist()):
        pool = None if most is None else encoder.infrequent_categories_[d]
        pooled = [] if pool is None else list(map(str, pool))
        assert list(map(str, cells)) == ["infrequent" if str(cell) in pooled else str(cell) for cell in fit[:, d]]


def test_categories_in_a_given_order_are_numbered_in_it() -> None:
    encoder = OrdinalEncoder(categories=[["low", "mid", "high"]]).fit([["mid"]])
    assert encoder.transform([["high"], ["low"]]).tolist() == [[2.0], [0.0]]
    assert encoder.inverse_transform([[1.0]]).tolist() == [["mid"]]
    assert OrdinalEncoder(dtype=np.int32).fit_transform([[5], [3]]).dtype == np.int32


def test_special_numbers_must_be_free_and_of_the_dtype() -> None:
    rows = [["a"], ["b"], [None]]
    for options, message in (
        ({"handle_unknown": "use_encoded_value"}, "unknown_value should be an integer or np.nan"),
        ({"unknown_value": 5}, "and None otherwise; got 5"),
        (
            {"handle_unknown": "use_encoded_value", "unknown_value": 1},
            "unknown_value=1 is already used .* use 2 or more",
        ),
        ({"encoded_missing_value": 0}, "encoded_missing_value=0 is already used"),
        ({"dtype": np.int64}, "missing values in column 0; for dtype"),
        (
            {"handle_unknown": "use_encoded_value", "unknown_value": np.nan, "dtype": np.int64},
            "should be a float dtype",
        ),
    ):
        with pytest.raises(ParameterError, match=message):
            OrdinalEncoder(**options).fit(rows)


def test_numbers_of_no_category_can_not_be_inverted() -> None:
    encoder = OrdinalEncoder().fit([["a"], ["b"]])
    for number in (2.0, -1.0, 0.5, np.nan):
        with pytest.raises(DataError, match="in row 1 of column 0 is the number of no category"):
            encoder.inverse_transform([[0.0], [number]])
    with pytest.raises(DataError, match="Expected 1 columns, got 2"):
        encoder.inverse_transform([[0.0, 1.0]])
