"""Unions: scikit-learn's FeatureUnion as the oracle."""

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse
import sklearn.base
import sklearn.pipeline
import sklearn.preprocessing

import pellucid
from pellucid.base import clone
from pellucid.errors import ColumnError, DataError, ModelFileError, NotFittedError, ParameterError
from pellucid.pipeline import FeatureUnion, make_union
from pellucid.preprocessing import MaxAbsScaler, MinMaxScaler, OneHotEncoder, StandardScaler

X = np.random.default_rng(0).normal(size=(20, 2))
MEMBERS = [("z", StandardScaler()), ("none", "drop"), ("same", "passthrough"), ("range", MinMaxScaler())]


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
@pytest.mark.parametrize("weights", [None, {"z": 10.0, "same": -1}])
def test_it_gives_the_numbers_and_names_of_scikit_learn_for_any_number_of_jobs(n_jobs: Any, weights: Any) -> None:
    ours = FeatureUnion(clone(MEMBERS), n_jobs=n_jobs, transformer_weights=weights)
    theirs = sklearn.pipeline.FeatureUnion(clone(MEMBERS), transformer_weights=weights)
    np.testing.assert_array_equal(ours.fit_transform(X), theirs.fit_transform(X))
    np.testing.assert_array_equal(ours.fit(X).transform(X), theirs.transform(X))
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()


def test_a_sparse_part_makes_the_whole_sparse() -> None:
    parts = [("hot", OneHotEncoder(sparse_output=True)), ("z", StandardScaler())]
    both = FeatureUnion(parts).fit_transform(np.round(X))
    assert scipy.sparse.issparse(both) and both.format == "csr"
    dense = FeatureUnion([("hot", OneHotEncoder()), ("z", StandardScaler())]).fit_transform(np.round(X))
    np.testing.assert_array_equal(both.toarray(), dense)


def test_a_sparse_part_whose_cells_are_all_filled_makes_the_whole_sparse_too() -> None:
    full = FeatureUnion([("same", "passthrough"), ("abs", MaxAbsScaler())]).fit_transform(scipy.sparse.csr_array(X))
    assert scipy.sparse.issparse(full) and full.nnz == full.shape[0] * full.shape[1]


class Picks(sklearn.base.TransformerMixin, sklearn.base.BaseEstimator):  # type: ignore[misc]
    """A transformer as many write them: its fit learns nothing, so that nobody can tell whether it was called."""

    def fit(self, X: Any, y: Any = None) -> Any:
        return self

    def transform(self, X: Any) -> Any:
        return np.asarray(X)[:, :1]

    def get_feature_names_out(self, names: Any = None) -> Any:
        return ["first"]


def test_a_member_that_learns_nothing_is_fitted_once_the_union_is() -> None:
    union = FeatureUnion([("z", StandardScaler()), ("pick", Picks())])
    with pytest.raises(NotFittedError):
        union.transform(X)
    assert union.fit(X).transform(X).shape == (20, 3)
    with pytest.raises(NotFittedError):
        union.set_params(z=StandardScaler()).transform(X)


def test_names_are_taken_as_given_where_no_member_knows_how_many_columns_there_are() -> None:
    union = FeatureUnion([("same", "passthrough"), ("pick", Picks())]).fit(X)
    assert union.get_feature_names_out(["a", "b"]).tolist() == ["same__a", "same__b", "pick__first"]


def test_with_nothing_kept_there_are_rows_and_no_columns() -> None:
    assert FeatureUnion([("none", "drop")]).fit_transform(X).shape == (20, 0)


def test_what_is_passed_through_is_a_copy() -> None:
    same = FeatureUnion([("self", "passthrough")]).fit_transform(X)
    assert np.array_equal(same, X) and not np.shares_memory(same, X)


def test_names_without_prefix_must_be_unique() -> None:
    union = FeatureUnion([("z", StandardScaler())], verbose_feature_names_out=False).fit(X)
    assert union.get_feature_names_out(["a", "b"]).tolist() == ["a", "b"]
    twice = FeatureUnion(MEMBERS, verbose_feature_names_out=False).fit(X)
    with pytest.raises(DataError, match=r"\['x0', 'x1'\] are not unique"):
        twice.get_feature_names_out()


@pytest.mark.parametrize("frame", [pd.DataFrame, pa.table])
def test_frames_keep_their_names(frame: Any) -> None:
    union = make_union(StandardScaler(), MinMaxScaler()).fit(frame({"a": X[:, 0], "b": X[:, 1]}))
    assert union.feature_names_in_.tolist() == ["a", "b"] and union.n_features_in_ == 2
    assert union.get_feature_names_out().tolist()[0] == "standardscaler__a"
    mixed = FeatureUnion([("self", "passthrough"), ("z", StandardScaler())]).fit(frame({"a": X[:, 0]}))
    assert mixed.transform(frame({"a": X[:, 0]})).shape == (20, 2)


def test_a_member_is_found_and_set_by_its_name() -> None:
    union = FeatureUnion(clone(MEMBERS)).set_params(z__with_mean=False, none=MinMaxScaler())
    assert union["z"] is union.named_transformers.z and not union["z"].with_mean
    assert repr(union["none"]) == "MinMaxScaler()"
    with pytest.raises(ColumnError, match="there is no transformer 'y'; it has z, none, same, range"):
        _ = union["y"]


def test_arguments_of_fit_go_to_the_member_they_name() -> None:
    weights = np.arange(20) % 2
    union = make_union(StandardScaler(), MinMaxScaler()).fit(X, standardscaler__sample_weight=weights)
    np.testing.assert_allclose(union["standardscaler"].mean_, X[1::2].mean(axis=0))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"transformer_weights": {"q": 1.0}}, "names 'q', which is no transformer; they are z"),
        ({"transformer_list": [("a", object())]}, "cannot transform"),
        ({"transformer_list": ["drop"]}, "has the entry 'drop'; each must be a tuple"),
    ],
)
def test_members_and_weights_that_will_not_do_are_refused(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ParameterError, match=complaint):
        FeatureUnion(**{"transformer_list": [("z", StandardScaler())], **given}).fit(X)


def test_verbose_tells_each_member() -> None:
    with contextlib.redirect_stderr(io.StringIO()) as told:
        FeatureUnion(clone(MEMBERS), verbose=True).fit(X)
    assert [line.split(",")[0] for line in told.getvalue().splitlines()] == [
        f"[FeatureUnion] (step {i} of 3) Processing {name}" for i, name in enumerate(("z", "same", "range"), start=1)
    ]


def test_before_fit_and_after_a_fit_that_failed_there_is_nothing_to_transform_with() -> None:
    union = FeatureUnion(clone(MEMBERS))
    with pytest.raises(NotFittedError):
        union.transform(X)
    union.fit(X)
    with pytest.raises(DataError):
        union.fit(np.array([["text"]], dtype=object))
    with pytest.raises(NotFittedError, match="its last fit failed"):
        union.transform(X)
    with pytest.raises(ModelFileError, match="did not end"):
        pellucid.save(union, "never.pellucid")


def test_a_saved_union_gives_the_same_bits_and_names_what_cannot_be_saved(tmp_path: Path) -> None:
    union = FeatureUnion(clone(MEMBERS), transformer_weights={"z": 2.0}).fit(X)
    pellucid.save(union, tmp_path / "union.pellucid")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "union.pellucid").transform(X), union.transform(X))
    foreign = FeatureUnion([("theirs", sklearn.preprocessing.StandardScaler())]).fit(X)
    with pytest.raises(ModelFileError, match="FeatureUnion: 'theirs' is a sklearn"):
        pellucid.save(foreign, tmp_path / "never.pellucid")


def test_a_frame_keeps_the_dtype_that_each_transformer_gave_a_column() -> None:
    frame = pd.DataFrame({"n": [1, 2, 3], "x": [1.5, 2.0, 3.0]}, index=[5, 6, 7])
    union = FeatureUnion([("same", "passthrough"), ("z", StandardScaler())])
    out = union.set_output(transform="pandas").fit_transform(frame)
    assert [str(dtype) for dtype in out.dtypes] == ["int64", "float64", "float64", "float64"]
    assert out.columns.tolist() == ["same__n", "same__x", "z__n", "z__x"] and out.index.tolist() == [5, 6, 7]
    pd.testing.assert_frame_equal(union.transform(frame), out)
