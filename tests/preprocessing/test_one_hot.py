"""One-hot encoding: scikit-learn's numbers for every option, round trips, refusals."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import sklearn.preprocessing
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid
from pellucid.errors import DataError, DataWarning, ModelFileError
from pellucid.preprocessing import OneHotEncoder

UNKNOWN = ("error", "ignore", "infrequent_if_exist", "warn")


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Rows to fit on and rows to transform: words with gaps, numbers with gaps, truths; some of the latter unseen."""
    n = draw(st.integers(1, 25))
    word = st.sampled_from(["ant", "bee", "cat", "doe", np.nan])
    number = st.sampled_from([1.0, 2.0, 3.5])
    row = st.tuples(word, number, st.booleans())
    fit = draw(st.lists(row, min_size=n, max_size=n))
    unseen = st.tuples(st.sampled_from(["ant", "elk", np.nan]), st.sampled_from([1.0, 9.0]), st.booleans())
    return np.array(fit, dtype=object), np.array(fit[:3] + draw(st.lists(unseen, max_size=5)), dtype=object)


@settings(deadline=None, max_examples=60)
@given(
    tables(),
    st.sampled_from([None, "first", "if_binary"]),
    st.sampled_from(UNKNOWN),
    st.sampled_from([None, 2, 0.2]),
    st.sampled_from([None, 1, 2, 3]),
)
def test_zeros_and_ones_are_those_of_scikit_learn(case: Any, drop: Any, unknown: Any, least: Any, most: Any) -> None:
    fit, new = case
    options = {"drop": drop, "handle_unknown": unknown, "min_frequency": least, "max_categories": most}
    ours = OneHotEncoder(**options).fit(fit)
    theirs = sklearn.preprocessing.OneHotEncoder(sparse_output=False, **options).fit(fit)
    names = [name.replace("infrequent_sklearn", "infrequent") for name in theirs.get_feature_names_out()]
    assert ours.get_feature_names_out().tolist() == names
    if drop is not None:
        assert ours.drop_idx_ == theirs.drop_idx_.tolist()
    for rows in (fit, new):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                expected = theirs.transform(rows)
            except ValueError:
                with pytest.raises(DataError, match="Found unknown categories"):
                    ours.transform(rows)
                continue
            found = ours.transform(rows)
        np.testing.assert_array_equal(found, expected)
        if found.shape[1] and (
            drop is None or least is most is None
        ):  # scikit-learn's drops the pool by a wrong number
            back, their_back = ours.inverse_transform(found), theirs.inverse_transform(expected)
            assert str(back.tolist()) == str(their_back.tolist()).replace("infrequent_sklearn", "infrequent")


@settings(deadline=None)
@given(tables())
def test_each_row_has_one_light_a_column(case: Any) -> None:
    fit, _ = case
    assert (OneHotEncoder().fit_transform(fit).sum(axis=1) == 3).all()


@settings(deadline=None)
@given(tables(), st.sampled_from([None, "first", "if_binary"]), st.sampled_from([None, 1, 2, 3]))
def test_rows_come_back_the_pooled_as_infrequent(case: Any, drop: Any, most: Any) -> None:
    fit, _ = case
    encoder = OneHotEncoder(drop=drop, max_categories=most).fit(fit)
    out = encoder.transform(fit)
    if not out.shape[1]:
        return
    for d, cells in enumerate(encoder.inverse_transform(out).T.tolist()):
        pool = None if most is None else encoder.infrequent_categories_[d]
        pooled = [] if pool is None else list(map(str, pool))
        assert list(map(str, cells)) == ["infrequent" if str(cell) in pooled else str(cell) for cell in fit[:, d]]


def test_given_categories_keep_their_order_and_refuse_others() -> None:
    encoder = OneHotEncoder(categories=[["low", "high"], [1, 2, 3]]).fit([["low", 2], ["high", 1]])
    assert encoder.get_feature_names_out(["size", "n"]).tolist() == ["size_low", "size_high", "n_1", "n_2", "n_3"]
    assert encoder.transform([["high", 3]]).tolist() == [[0, 1, 0, 0, 1]]
    for categories, message in (
        (
            [["low"], [1, 2]],
            "Found unknown categories \\['high'\\] in column 0 during fit, in 1 of 2 rows .first: row 1",
        ),
        ([["low", "high"]], "it has 1 entries for 2 columns"),
        ([["low", "high", "low"], [1, 2]], "duplicate"),
        ([["low", None, "high"], [1, 2]], "missing value that is not the last"),
    ):
        with pytest.raises(DataError, match=message):
            OneHotEncoder(categories=categories).fit([["low", 2], ["high", 1]])
    with pytest.raises(DataError, match="unsorted numbers"):
        OneHotEncoder(categories=[[2, 1]]).fit(np.array([[1], [2]]))


def test_unknown_cells_name_column_and_rows() -> None:
    frame = pandas.DataFrame({"colour": ["red", "blue"], "n": [1, 2]})
    encoder = OneHotEncoder().fit(frame)
    with pytest.raises(
        DataError, match="'green', 'pink'. in column 'colour' during transform, in 3 of 4 rows .first: row 1"
    ):
        encoder.transform(pandas.DataFrame({"colour": ["red", "green", "pink", "green"], "n": [1, 1, 1, 1]}))
    with pytest.raises(DataError, match="Feature names unseen at fit time:\n- hue"):
        encoder.transform(frame.rename(columns={"colour": "hue"}))
    with pytest.warns(DataWarning, match="columns ..'colour'.. during transform"):
        OneHotEncoder(handle_unknown="warn").fit(frame).transform(frame.assign(colour="green"))


def test_a_category_to_drop_must_be_there_and_frequent() -> None:
    rows = [["a"], ["a"], ["b"]]
    assert OneHotEncoder(drop=["b"]).fit(rows).get_feature_names_out().tolist() == ["x0_a"]
    assert OneHotEncoder(drop=[np.nan]).fit([["a"], [None]]).get_feature_names_out().tolist() == ["x0_a"]
    for options, message in (
        ({"drop": ["z"]}, "not found in the training data"),
        ({"drop": ["a", "b"]}, r"length equal to the number of features \(1\), got 2"),
        ({"drop": ["b"], "min_frequency": 2}, "Unable to drop category 'b' from column 0 because it is infrequent"),
    ):
        with pytest.raises(DataError, match=message):
            OneHotEncoder(**options).fit(rows)


def test_sparse_output_holds_the_same_numbers() -> None:
    rows = [["a", 1], ["b", 2], ["a", 2]]
    dense, sparse = (OneHotEncoder(sparse_output=flag, dtype=np.float32).fit_transform(rows) for flag in (False, True))
    assert sparse.format == "csr" and sparse.dtype == dense.dtype == np.float32
    assert (sparse.toarray() == dense).all()
    assert OneHotEncoder().fit(rows).inverse_transform(sparse).tolist() == rows


def test_zeros_that_stand_for_nothing_can_not_be_inverted() -> None:
    encoder = OneHotEncoder().fit([["a"], ["b"]])
    with pytest.raises(DataError, match=r"Samples \[1\] can not be inverted"):
        encoder.inverse_transform([[1, 0], [0, 0]])
    with pytest.raises(DataError, match="Expected 2 columns, got 3"):
        encoder.inverse_transform([[1, 0, 0]])
    assert OneHotEncoder(handle_unknown="ignore").fit([["a"], ["b"]]).inverse_transform([[0, 0]]).tolist() == [[None]]


def test_words_gaps_and_drops_survive_storing(tmp_path: Path) -> None:
    rows = [["a", 1.5], ["b", np.nan], ["b", 2.0], [None, 2.0]]
    for options in ({"drop": "first"}, {"drop": "if_binary", "handle_unknown": "ignore"}, {"min_frequency": 2}):
        encoder = OneHotEncoder(**options).fit(rows)
        pellucid.save(encoder, tmp_path / "encoder.pellucid")
        again = pellucid.load(tmp_path / "encoder.pellucid")
        assert again.get_feature_names_out().tolist() == encoder.get_feature_names_out().tolist()
        assert again.transform(rows).tolist() == encoder.transform(rows).tolist()


def test_a_damaged_record_is_refused() -> None:
    for learned, damage in (
        ("categories_", [np.array(["a"])]),
        ("categories_", ["ab", "cd"]),
        ("infrequent_categories_", [None]),
        ("drop_idx_", [0, 7]),
        ("drop_idx_", [0]),
    ):
        record = OneHotEncoder(drop="first", min_frequency=1).fit([["a", 1], ["b", 2]]).to_record()
        record["state"][learned] = damage
        with pytest.raises(ModelFileError, match="OneHotEncoder: the record"):
            OneHotEncoder.from_record(record)


def test_names_are_made_as_asked_and_a_function_for_them_stays_out_of_files() -> None:
    encoder = OneHotEncoder(feature_name_combiner=lambda column, category: f"{column}={category}!")
    named = encoder.fit(pandas.DataFrame({"sex": ["f", "m"]}))
    assert named.get_feature_names_out().tolist() == ["sex=f!", "sex=m!"]
    with pytest.raises(ModelFileError, match="feature_name_combiner is a function"):
        named.to_record()
    with pytest.raises(DataError, match="feature_name_combiner gave 1; it must give text"):
        named.set_params(feature_name_combiner=lambda column, category: 1).get_feature_names_out()
