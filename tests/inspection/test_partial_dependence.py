"""The means along a grid are scikit-learn's."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.ensemble
import sklearn.inspection
from scipy.stats.mstats import mquantiles
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from pellucid.ensemble import RandomForestRegressor
from pellucid.errors import ColumnError, ParameterError
from pellucid.inspection import partial_dependence
from pellucid.inspection._partial_dependence import quantile
from pellucid.linear_model import LinearRegression
from pellucid.svm import LinearSVC
from pellucid.tree import DecisionTreeRegressor

X, Y = load_diabetes(return_X_y=True)
FOREST = sklearn.ensemble.RandomForestRegressor(5, random_state=0).fit(X, Y)


@pytest.mark.parametrize("features", [[2], [1], [2, 1], 8])
@pytest.mark.parametrize("weighted", [False, True])
def test_averages_and_rows_of_a_regressor_are_scikit_learns(features: Any, weighted: bool) -> None:
    w = np.arange(len(Y)) % 3 + 0.5 if weighted else None
    options: dict[str, Any] = {"kind": "both", "grid_resolution": 7, "sample_weight": w}
    ours = partial_dependence(FOREST, X, features, **options)
    peer = sklearn.inspection.partial_dependence(FOREST, X, features, method="brute", **options)
    np.testing.assert_allclose(ours.average, peer.average, rtol=1e-10)
    np.testing.assert_allclose(ours.individual, peer.individual, rtol=1e-10)
    for a, b in zip(ours.grid_values, peer.grid_values, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("data", [load_iris, load_breast_cancer], ids=["three", "two"])
@pytest.mark.parametrize("response_method", ["auto", "decision_function"])
def test_of_classifiers_too(data: Any, response_method: Any) -> None:
    A, b = data(return_X_y=True)
    model = sklearn.ensemble.GradientBoostingClassifier(n_estimators=5, random_state=0).fit(A, b)
    options: dict[str, Any] = {"response_method": response_method, "grid_resolution": 5}
    peer = sklearn.inspection.partial_dependence(model, A, [0], method="brute", **options)
    np.testing.assert_allclose(partial_dependence(model, A, 0, **options).average, peer.average, rtol=1e-10)


def test_of_a_linear_model_it_is_the_line() -> None:
    model = LinearRegression().fit(X, Y)
    seen = partial_dependence(model, X, 2)
    assert seen.average is not None and seen.individual is None
    slope = np.diff(seen.average[0]) / np.diff(seen.grid_values[0])
    np.testing.assert_allclose(slope, model.coef_[2], rtol=1e-9)


def test_in_frames_columns_go_by_name_and_text_takes_each_of_its_values() -> None:
    for kind in (pd.DataFrame, pl.DataFrame):
        frame = kind({"colour": ["red", "blue", "red", None], "size": [1.0, 2.0, 3.0, 4.0]})
        model = DecisionTreeRegressor().fit(frame, [5.0, 1.0, 5.0, 1.0])
        seen = partial_dependence(model, frame, "colour")
        assert seen["grid_values"][0].tolist() == ["blue", "red"] and seen["average"].tolist() == [[1.0, 5.0]]
        both = partial_dependence(model, frame, ["size", "colour"], custom_values={"size": [0, 9]})
        assert both.average.tolist() == [[[1.0, 5.0], [1.0, 5.0]]]


def test_named_categories_are_all_asked_however_many_they_are() -> None:
    model = RandomForestRegressor(3, random_state=0).fit(X, Y)
    seen = partial_dependence(model, X, [4], categorical_features=[4], grid_resolution=3)
    assert len(seen.grid_values[0]) == len(np.unique(X[:, 4]))


def test_the_quantile_is_that_of_scipys_plotting_positions() -> None:
    values = np.random.default_rng(0).normal(size=31)
    for p in (0.0, 0.05, 0.5, 0.95, 1.0):
        np.testing.assert_allclose(quantile(values, p), mquantiles(values, p)[0])


def test_what_will_not_do_is_named() -> None:
    model = LinearRegression().fit(X, Y)
    with pytest.raises(ColumnError, match="there is no column 10; there are 0 to 9"):
        partial_dependence(model, X, 10)
    with pytest.raises(ParameterError, match="response_method is for classifiers"):
        partial_dependence(model, X, 0, response_method="predict_proba")
    with pytest.raises(ParameterError, match="give two shares"):
        partial_dependence(model, X, 0, percentiles=(0.9, 0.1))
    with pytest.raises(ParameterError, match="LinearSVC has no predict_proba; calibrate it"):
        partial_dependence(LinearSVC().fit(X, Y > 100), X, 0, response_method="predict_proba")
    flat = np.column_stack([np.r_[np.zeros(990), np.arange(10.0)], np.arange(1000.0)])
    with pytest.raises(ParameterError, match="percentiles .* are too close"):
        partial_dependence(LinearRegression().fit(flat, flat[:, 0]), flat, 0, grid_resolution=5)


def test_of_two_targets_each_has_its_curve() -> None:
    line = LinearRegression().fit(X, np.stack([Y, -2 * Y], axis=1))
    average = partial_dependence(line, X, [2], grid_resolution=5).average
    assert average is not None and average.shape == (2, 5)
    peer = sklearn.inspection.partial_dependence(line, X, [2], grid_resolution=5, method="brute")
    np.testing.assert_allclose(average, peer.average, rtol=1e-10)
