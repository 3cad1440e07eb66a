"""Means of targets: scikit-learn's numbers, no row's own target, unseen cells, names, refusals."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import sklearn.model_selection
import sklearn.preprocessing
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.model_selection import KFold, ShuffleSplit
from pellucid.preprocessing import TargetEncoder


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns of words and numbers, some rare and some missing; new rows; a target of each type, constant ones too."""
    n = draw(st.integers(6, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    tables = []
    for rows in (n, 5):
        words = np.array(["a", "b", "c", "d", None], dtype=object)[rng.integers(0, 5, rows)]
        tables.append(np.stack([words, rng.integers(0, rows, rows).astype(object)], axis=1))
    y = draw(st.sampled_from(["continuous", "binary", "multiclass", "words", "constant"]))
    targets: dict[str, Any] = {
        "continuous": rng.normal(1e3, 5, n),
        "binary": np.arange(n) % 2,
        "multiclass": np.arange(n) % 3 * 10,
        "words": np.array(["no", "yes", "perhaps"])[np.arange(n) % 3],
        "constant": np.full(n, 2.5),
    }
    return tables[0], tables[1], targets[y]


@settings(deadline=None, max_examples=150)
@given(problems(), st.sampled_from(["auto", 0.0, 2.0, 30]))
def test_numbers_are_those_of_scikit_learn_for_training_rows_and_new_ones(case: Any, smooth: Any) -> None:
    x, new, y = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both say that some classes are rare
        ours, theirs = (
            TargetEncoder(smooth=smooth, cv=KFold(3)),
            sklearn.preprocessing.TargetEncoder(smooth=smooth, cv=sklearn.model_selection.KFold(3)),
        )
        np.testing.assert_allclose(ours.fit_transform(x, y), theirs.fit_transform(x, y), rtol=1e-9)
        np.testing.assert_allclose(ours.transform(new), theirs.transform(new), rtol=1e-9)
    assert ours.target_type_ == theirs.target_type_
    np.testing.assert_allclose(ours.target_mean_, theirs.target_mean_, rtol=1e-12)
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    for one, other in zip(ours.encodings_, theirs.encodings_, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)
    if theirs.classes_ is None:
        assert ours.classes_ is None
    else:
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)


def test_a_number_of_folds_is_dealt_as_scikit_learn_deals_it() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, (30, 1))
    for y in (rng.normal(size=30), rng.integers(0, 2, 30)):
        theirs = sklearn.model_selection.check_cv(4, y, classifier=y.dtype.kind == "i")
        wanted = sklearn.preprocessing.TargetEncoder(cv=theirs).fit_transform(x, y)
        np.testing.assert_allclose(TargetEncoder(cv=4, shuffle=False).fit_transform(x, y), wanted, rtol=1e-12)


def test_no_training_row_knows_its_own_target() -> None:
    x = np.arange(200).reshape(-1, 1)
    y = np.random.default_rng(0).integers(0, 2, 200)
    encoder = TargetEncoder(random_state=0)
    honest = encoder.fit_transform(x, y).ravel()
    assert abs(np.corrcoef(honest, y)[0, 1]) < 0.25
    assert np.corrcoef(encoder.transform(x).ravel(), y)[0, 1] > 0.99


def test_changing_the_targets_of_a_fold_changes_nothing_in_it() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 3, (30, 2)), rng.normal(size=30)
    other = y.copy()
    other[:10] = rng.normal(size=10)
    one, two = (TargetEncoder(cv=KFold(3)).fit_transform(x, targets) for targets in (y, other))
    np.testing.assert_array_equal(one[:10], two[:10])
    assert (one[10:] != two[10:]).all()


def test_the_seed_decides_the_folds() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 3, (40, 1)), rng.normal(size=40)
    one, same, other = (TargetEncoder(random_state=seed).fit_transform(x, y) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_unseen_cells_get_the_overall_mean_and_missing_ones_their_own() -> None:
    frame = pandas.DataFrame({"city": ["a", "a", None, None, "b", "b"]})
    encoder = TargetEncoder(smooth=0.0).fit(frame, [1.5, 2.5, 7.0, 9.0, 4.0, 4.0])
    assert encoder.transform(pandas.DataFrame({"city": ["new", None, "a"]})).ravel().tolist() == [28 / 6, 8.0, 2.0]


def test_cells_outside_given_categories_count_for_none_and_get_the_mean_of_their_folds() -> None:
    x, y = [["a"], ["?"], ["a"], ["?"]], [1.5, 0.0, 3.5, 8.0]
    encoder = TargetEncoder(categories=[["a", "z"]], smooth=0.0, cv=KFold(2))
    assert encoder.fit_transform(x, y).ravel().tolist() == [3.5, 5.75, 1.5, 0.75]
    assert encoder.encodings_[0].tolist() == [2.5, 3.25]


def test_outputs_of_several_classes_are_named_column_by_column() -> None:
    frame = pandas.DataFrame({"city": ["a", "b", "a"] * 2, "size": [1, 2, 2] * 2})
    encoder = TargetEncoder(cv=2, smooth=1.0).fit(frame, ["x", "y", "z"] * 2)
    assert encoder.get_feature_names_out().tolist() == ["city_x", "city_y", "city_z", "size_x", "size_y", "size_z"]
    out = encoder.transform(frame)
    np.testing.assert_allclose(out[:, :3].sum(axis=1), 1, rtol=1e-12)


def test_mistakes_are_told_with_what_to_do() -> None:
    x, y = np.arange(10).reshape(-1, 1) % 3, np.arange(10) % 3
    with pytest.raises(DataError, match="requires y to be passed"):
        TargetEncoder().fit(x)
    with pytest.raises(DataError, match=r"must cover each sample index exactly once; \d+ of 10 rows are not"):
        TargetEncoder(cv=ShuffleSplit(2, random_state=0)).fit_transform(x, y)
    with pytest.raises(DataError, match="target_type is 'binary', y has 3 labels"):
        TargetEncoder(target_type="binary").fit(x, y)
    with pytest.raises(ParameterError, match="cv is 1"):
        TargetEncoder(cv=1).fit(x, y)
    with pytest.raises(DataError, match="y contains NaN"):
        TargetEncoder(target_type="continuous").fit(x, [np.nan] * 10)


def test_it_is_stored_and_loaded_and_a_damaged_record_refused(tmp_path: Path) -> None:
    x, y = [["a"], ["b"], [None], ["b"]], ["k", "l", "m", "k"]
    encoder = TargetEncoder(cv=2).fit(x, y)
    pellucid.save(encoder, tmp_path / "encoder.pellucid")
    again = pellucid.load(tmp_path / "encoder.pellucid")
    np.testing.assert_array_equal(again.transform(x), encoder.transform(x))
    record = encoder.to_record()
    record["state"]["encodings_"] = record["state"]["encodings_"][:-1]
    with pytest.raises(ModelFileError, match="not one number for each category"):
        TargetEncoder.from_record(record)


def test_folds_that_test_no_row_are_refused_as_those_that_leave_some_out() -> None:
    class Nothing:
        def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:
            return iter(())

        def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
            return 0

    with pytest.raises(DataError, match="must cover each sample index exactly once; 4 of 4 rows are not"):
        TargetEncoder(cv=Nothing()).fit_transform([["a"], ["b"], ["a"], ["b"]], [0, 1, 0, 1])
