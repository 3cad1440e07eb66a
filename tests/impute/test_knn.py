"""Filling in from the nearest rows: scikit-learn's numbers, ties, weights, empty columns, refusals."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import sklearn.impute
import sklearn.metrics.pairwise
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.impute import KNNImputer
from pellucid.impute._knn import gap_distances


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Rows to fit and new rows with gaps: numbers of all sizes or small whole ones, which tie; empty columns too."""
    n = draw(st.integers(1, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    tied, share = draw(st.booleans()), draw(st.sampled_from([0.0, 0.2, 0.7]))
    both = []
    for rows in (n, 6):
        x = rng.integers(-2, 3, (rows, 4)).astype(float) if tied else rng.normal(size=(rows, 4)) * [1, 10, 0.1, 1]
        both.append(np.where(rng.random(x.shape) < share, np.nan, x))
    if draw(st.booleans()):
        both[0][:, draw(st.integers(0, 3))] = np.nan
    return both[0], both[1]


OPTIONS = st.fixed_dictionaries(
    {
        "n_neighbors": st.sampled_from([1, 2, 5, 40]),
        "weights": st.sampled_from(["uniform", "distance"]),
        "add_indicator": st.booleans(),
        "keep_empty_features": st.booleans(),
    }
)


@settings(deadline=None, max_examples=200)
@given(tables(), OPTIONS)
def test_numbers_are_those_of_scikit_learn(case: Any, options: dict[str, Any]) -> None:
    x, new = case
    ours, theirs = KNNImputer(**options), sklearn.impute.KNNImputer(**options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # columns left out; masked values of nothing
        ours.fit(x)
        theirs.fit(x)
        for rows in (x, new):
            np.testing.assert_allclose(ours.transform(rows), theirs.transform(rows), rtol=1e-9, atol=1e-9)
        assert len(ours.get_feature_names_out()) == ours.transform(x).shape[1]
    if not options["keep_empty_features"]:  # scikit-learn 1.9 leaves out names of columns that it keeps
        assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()


@settings(deadline=None)
@given(tables())
def test_distances_are_those_of_scikit_learn(case: Any) -> None:
    a, b = case
    wanted = sklearn.metrics.pairwise.nan_euclidean_distances(a, b)
    np.testing.assert_allclose(gap_distances(a, b), wanted, rtol=1e-9, atol=1e-6)  # theirs cancel: sqrt(1e-16 x^2)


def test_rows_far_from_the_origin_are_as_far_from_each_other_as_near_it() -> None:
    x = np.random.default_rng(0).integers(0, 5, (8, 3)).astype(float)
    np.testing.assert_array_equal(gap_distances(x + 2.0**40, x + 2.0**40), gap_distances(x, x))


def test_a_chunk_at_a_time_gives_what_all_at_once_do(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).normal(size=(40, 3))
    x[::3, 1] = np.nan
    whole = KNNImputer().fit_transform(x)
    monkeypatch.setattr("pellucid.impute._knn.CHUNK_CELLS", 50)
    np.testing.assert_array_equal(KNNImputer().fit_transform(x), whole)


def test_functions_serve_as_weights_and_as_metric_but_are_not_stored(tmp_path: Path) -> None:
    x = np.array([[0.0, 1.0], [1.0, 2.0], [5.0, 9.0], [0.5, np.nan]])
    options: dict[str, Any] = {
        "weights": lambda near: 1 / (1 + near),
        "metric": lambda a, b, missing_values: abs(a[0] - b[0]),
        "n_neighbors": 3,
    }
    wanted = sklearn.impute.KNNImputer(**options).fit_transform(x)
    imputer = KNNImputer(**options)
    np.testing.assert_allclose(imputer.fit_transform(x), wanted, rtol=1e-12)
    with pytest.raises(ModelFileError, match="weights is a Python function.*choose one by name"):
        pellucid.save(imputer, tmp_path / "imputer.pellucid")


def test_another_number_can_stand_for_missing() -> None:
    x = np.array([[1.0, -1.0], [1.0, 4.0], [9.0, 6.0]])
    assert KNNImputer(missing_values=-1, n_neighbors=1).fit_transform(x).tolist() == [[1, 4], [1, 4], [9, 6]]
    assert x[0, 1] == -1
    with pytest.raises(DataError, match="missing values .NaN."):
        KNNImputer(missing_values=-1).fit([[np.nan], [1.0]])
    with pytest.raises(ParameterError, match="missing_values is 'x'"):
        KNNImputer(missing_values="x").fit([[1.0]])  # type: ignore[arg-type]  # the mistake is the test


def test_a_column_without_a_known_cell_is_left_out_and_said_so() -> None:
    frame = pandas.DataFrame({"age": [1.0, 3.0], "gone": [np.nan, np.nan]})
    imputer = KNNImputer(add_indicator=True).fit(frame)
    with pytest.warns(DataWarning, match=r"Skipping features without any observed values: \['gone'\]"):
        assert imputer.transform(frame).tolist() == [[1, 1], [3, 1]]
    assert imputer.get_feature_names_out().tolist() == ["age", "missingindicator_gone"]
    assert KNNImputer(keep_empty_features=True).fit_transform(frame).tolist() == [[1, 0], [3, 0]]


def test_the_input_is_left_alone_unless_it_may_be_written_into() -> None:
    x = np.array([[1.0, 2.0], [1.0, np.nan]])
    imputer = KNNImputer().fit(x)
    imputer.transform(x)
    assert np.isnan(x[1, 1])
    KNNImputer(copy=False).fit(x).transform(x)
    assert x[1, 1] == 2


def test_float32_stays_float32() -> None:
    x = np.array([[1.0, 2.0], [1.5, np.nan]], np.float32)
    assert KNNImputer().fit_transform(x).dtype == np.float32


def test_damaged_records_are_refused() -> None:
    imputer = KNNImputer(add_indicator=True).fit([[1.0, np.nan], [2.0, 3.0]])
    for learned, damage in (("rows_", np.ones((2, 3))), ("rows_", "x"), ("indicator_features_", np.array([7]))):
        record = imputer.to_record()
        record["state"][learned] = damage
        with pytest.raises(ModelFileError, match="KNNImputer: the record"):
            KNNImputer.from_record(record)


def test_real_gaps_are_filled_better_than_by_the_median(shared_data: Path) -> None:
    frame = pandas.read_csv(shared_data / "penguins.csv").select_dtypes("number").dropna()
    x = ((frame - frame.mean()) / frame.std()).to_numpy()
    hidden = np.random.default_rng(0).random(x.shape) < 0.1
    gaps = np.where(hidden, np.nan, x)
    errors = [
        np.abs(imputer.fit_transform(gaps) - x)[hidden].mean()
        for imputer in (KNNImputer(), pellucid.impute.SimpleImputer(strategy="median"))
    ]
    assert errors[0] < 0.6 * errors[1]


def test_a_function_of_weights_may_give_none_for_equal_ones_but_not_another_shape() -> None:
    x = [[np.nan, 2.0], [4.0, 3.0], [5.0, 6.0]]
    assert KNNImputer(weights=lambda distance: None).fit_transform(x).tolist() == KNNImputer().fit_transform(x).tolist()
    with pytest.raises(DataError, match="weights gave an array of shape .2,. for distances of shape"):
        KNNImputer(weights=lambda distance: np.ones(2)).fit_transform(x)
