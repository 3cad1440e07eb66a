"""Frames with names out of transformers: which, for whom, and what can be none."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.base
import sklearn.pipeline

from pellucid.base import clone
from pellucid.base._frames_out import framed
from pellucid.compose import ColumnTransformer
from pellucid.errors import DataError, ParameterError
from pellucid.impute import SimpleImputer
from pellucid.linear_model import LogisticRegression
from pellucid.pipeline import FeatureUnion, Pipeline, make_pipeline
from pellucid.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler

TABLE = pd.DataFrame({"age": [20.0, None, 60.0], "sex": ["f", "m", "f"]}, index=["ann", "bob", "cat"])
AGES = pd.DataFrame({"age": [20.0, 40.0, 60.0]}, index=["ann", "bob", "cat"])


def both() -> ColumnTransformer:
    filled = make_pipeline(SimpleImputer(), StandardScaler())
    return ColumnTransformer([("number", filled, ["age"]), ("word", OneHotEncoder(), ["sex"])])


def test_a_pandas_frame_has_the_names_of_the_outputs_and_the_labels_of_the_rows() -> None:
    arrays, frames = both().fit(TABLE), both().set_output(transform="pandas")
    for out in (frames.fit_transform(TABLE), frames.fit(TABLE).transform(TABLE)):
        assert isinstance(out, pd.DataFrame)
        assert out.columns.tolist() == arrays.get_feature_names_out().tolist()
        assert out.index.tolist() == ["ann", "bob", "cat"]
        np.testing.assert_array_equal(out.to_numpy(), arrays.transform(TABLE))


def test_a_polars_frame_comes_out_of_whatever_came_in() -> None:
    scaler = StandardScaler().set_output(transform="polars").fit(AGES)
    for rows in (AGES, pl.from_pandas(AGES), AGES.to_numpy(), AGES.to_numpy().tolist()):
        assert scaler.transform(rows).equals(pl.DataFrame({"age": [-1.5, 0.0, 1.5]}) * np.sqrt(2 / 3))


def test_columns_keep_their_kinds_where_words_and_numbers_come_out() -> None:
    filled = SimpleImputer(strategy="most_frequent")
    assert filled.set_output(transform="polars").fit_transform(TABLE).dtypes == [pl.Float64, pl.String]
    kinds = filled.set_output(transform="pandas").fit_transform(TABLE).dtypes
    assert kinds["age"] == np.float64 and kinds["sex"] != np.float64


def test_names_go_through_a_pipeline_to_a_step_that_asks_for_them() -> None:
    again = ColumnTransformer([("few", "passthrough", ["number__age", "word__sex_f"])])
    model = Pipeline([("both", both()), ("again", again), ("model", LogisticRegression())])
    model.set_output(transform="pandas").fit(TABLE, [0, 1, 1])
    assert model[-1].feature_names_in_.tolist() == ["few__number__age", "few__word__sex_f"]
    assert model[:-1].transform(TABLE).columns.tolist() == model[:-1].get_feature_names_out().tolist()
    union = FeatureUnion([("z", StandardScaler()), ("range", MinMaxScaler())]).set_output(transform="pandas")
    assert union.fit_transform(AGES).columns.tolist() == ["z__age", "range__age"]
    theirs = sklearn.pipeline.make_pipeline(StandardScaler(), MinMaxScaler()).set_output(transform="pandas")
    assert theirs.fit_transform(AGES)["age"].tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("copy", [clone, sklearn.base.clone])
def test_copies_give_the_same_and_the_default_is_arrays_again(copy: Any) -> None:
    scaler = copy(StandardScaler().set_output(transform="pandas"))
    assert isinstance(scaler.fit_transform(AGES), pd.DataFrame)
    assert isinstance(scaler.set_output().transform(AGES), pd.DataFrame)
    assert isinstance(scaler.set_output(transform="default").transform(AGES), np.ndarray)


def test_a_function_without_names_of_its_own_keeps_those_that_came_in() -> None:
    logs = FunctionTransformer("log1p", validate=True).set_output(transform="pandas")
    assert logs.fit_transform(AGES).columns.tolist() == ["age"]
    assert logs.fit_transform(AGES.to_numpy()).columns.tolist() == ["x0"]


def test_what_can_be_no_frame_is_said_with_a_way_out() -> None:
    with pytest.raises(ParameterError, match="transform is 'arrow'; it must be 'default', 'pandas', 'polars' or None"):
        StandardScaler().set_output(transform="arrow")
    sparse = OneHotEncoder(sparse_output=True).set_output(transform="pandas")
    with pytest.raises(DataError, match="output is sparse, and a pandas frame is not. Ask for a dense one"):
        sparse.fit_transform(TABLE[["sex"]])
    with pytest.raises(DataError, match="each name once, and these occur twice: x"):
        framed(np.ones((1, 2)), ["x", "x"], "polars", None, "here")
