"""A transformed target: scikit-learn's regressor as the oracle."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.compose
import sklearn.linear_model

import pellucid
from pellucid.compose import TransformedTargetRegressor
from pellucid.errors import DataWarning, ModelFileError, NotFittedError, ParameterError
from pellucid.linear_model import LinearRegression, LogisticRegression
from pellucid.pipeline import Pipeline
from pellucid.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 2))
Y = np.exp(X @ [1.0, -0.5] + 0.1 * RNG.normal(size=30))

SETTINGS: list[dict[str, Any]] = [
    {},
    {"func": np.log, "inverse_func": np.exp},
    {"transformer": MinMaxScaler()},
]


@pytest.mark.parametrize("given", SETTINGS, ids=str)
@pytest.mark.parametrize("y", [Y, np.stack([Y, 2 * Y + 1], axis=1), Y[:, None]], ids=["one", "two", "a column"])
def test_it_predicts_scikit_learns_numbers_in_the_shape_of_y(given: dict[str, Any], y: Any) -> None:
    ours = TransformedTargetRegressor(LinearRegression(), **given).fit(X, y)
    theirs = sklearn.compose.TransformedTargetRegressor(sklearn.linear_model.LinearRegression(), **given).fit(X, y)
    assert ours.predict(X).shape == y.shape
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-10)
    assert ours.n_features_in_ == 2 and abs(ours.score(X, y) - theirs.score(X, y)) < 1e-10


def test_arguments_of_fit_and_parameters_reach_the_regressor() -> None:
    steps = Pipeline([("scale", StandardScaler()), ("model", LinearRegression())])
    weights = np.arange(30) % 3
    held = TransformedTargetRegressor(steps).set_params(regressor__model__fit_intercept=False)
    held.fit(X, Y, model__sample_weight=weights)
    alone = LinearRegression(fit_intercept=False).fit(StandardScaler().fit_transform(X), Y, sample_weight=weights)
    np.testing.assert_allclose(held.predict(X), alone.predict(StandardScaler().fit_transform(X)))
    assert not steps.__sklearn_is_fitted__()  # it fits copies


def test_functions_that_do_not_lead_back_are_told_of_unless_that_is_meant() -> None:
    wrong = TransformedTargetRegressor(LinearRegression(), func=np.sqrt, inverse_func=np.log)
    with pytest.warns(DataWarning, match="not strictly inverse of each other. If that is meant, set check_inverse"):
        wrong.fit(X, Y)
    wrong.set_params(check_inverse=False).fit(X, Y)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"func": np.log}, "func and inverse_func come together"),
        ({"func": np.log, "inverse_func": np.exp, "transformer": StandardScaler()}, "cannot both be set"),
        ({"transformer": LogisticRegression()}, "'transformer' is LogisticRegression.* cannot transform"),
        ({"regressor": StandardScaler()}, "give an estimator with fit and predict"),
        ({"regressor": LinearRegression}, "is the class LinearRegression; give an instance"),
    ],
)
def test_parts_that_will_not_do_are_refused(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ParameterError, match=complaint):
        TransformedTargetRegressor(**{"regressor": LinearRegression(), **given}).fit(X, Y)


def test_a_saved_one_predicts_the_same_bits_and_functions_are_refused(tmp_path: Path) -> None:
    fitted = TransformedTargetRegressor(LinearRegression(), transformer=StandardScaler()).fit(X, Y)
    pellucid.save(fitted, tmp_path / "model.pellucid")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "model.pellucid").predict(X), fitted.predict(X))
    functions = TransformedTargetRegressor(LinearRegression(), func=np.log, inverse_func=np.exp).fit(X, Y)
    with pytest.raises(ModelFileError, match="func and inverse_func are code"):
        pellucid.save(functions, tmp_path / "never.pellucid")


def test_a_record_whose_regressor_cannot_predict_is_refused() -> None:
    record = TransformedTargetRegressor(LinearRegression()).fit(X, Y).to_record()
    record["state"]["regressor_"] = OneHotEncoder()
    with pytest.raises(ModelFileError, match="regressor_ has no predict"):
        TransformedTargetRegressor.from_record(record)


def test_before_fit_there_is_nothing_to_predict_with() -> None:
    with pytest.raises(NotFittedError, match="call fit first"):
        TransformedTargetRegressor(LinearRegression()).predict(X)


def test_a_regressor_whose_fit_gives_nothing_is_kept() -> None:
    class Silent(sklearn.linear_model.LinearRegression):  # type: ignore[misc]
        def fit(self, X: Any, y: Any) -> None:
            super().fit(X, y)

    assert TransformedTargetRegressor(Silent()).fit(X, Y).predict(X).shape == Y.shape
