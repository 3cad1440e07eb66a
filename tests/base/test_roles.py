"""What classifiers, regressors and transformers share."""

from typing import Any, Self

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, r2_score

from pellucid.base import Classifier, Regressor, Transformer
from pellucid.errors import DataError, DataWarning, ShapeError


class Echo(Regressor):
    """Predicts its input."""

    one_: int

    def fit(self, X: Any, y: Any) -> Self:
        self._begin_fit()
        self._fit_table(X)
        self.one_ = 1
        return self

    def predict(self, X: Any) -> Any:
        X = self._table(X)
        return X[:, 0] if X.shape[1] == 1 else X


class Half(Classifier):
    """Says that the class is 1 with the chance it is given."""

    def fit(self, X: Any, y: Any) -> Self:
        self._begin_fit()
        self._fit_table(X)
        self.classes_ = np.array(["no", "yes"])
        return self

    def predict_proba(self, X: Any) -> Any:
        X = self._table(X)
        return np.column_stack([1 - X, X])


class Keep(Transformer):
    """Gives back what it gets."""

    one_: int

    def fit(self, X: Any, y: Any = None) -> Self:
        self._begin_fit()
        self._fit_table(X)
        self.one_ = 1
        return self

    def transform(self, X: Any) -> Any:
        return self._table(X)


def test_a_role_alone_is_abstract() -> None:
    for role in (Classifier, Regressor, Transformer):
        with pytest.raises(TypeError, match="abstract"):
            role()


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.0, 4.0]])
@pytest.mark.parametrize("columns", [1, 3])
def test_the_score_of_a_regressor_is_r_squared(weights: list[float] | None, columns: int) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2, 4, columns))
    y = y[:, 0] if columns == 1 else y
    model = Echo().fit(X, y)
    assert model.score(X, y, weights) == pytest.approx(r2_score(y, model.predict(X), sample_weight=weights), abs=1e-14)


def test_a_constant_target_scores_one_when_met_and_zero_when_missed() -> None:
    model = Echo().fit([[1.0], [1.0]], [1.0, 1.0])
    assert model.score([[1.0], [1.0]], [1.0, 1.0]) == 1.0
    assert model.score([[1.0], [2.0]], [1.0, 1.0]) == 0.0


def test_one_row_has_no_r_squared() -> None:
    with pytest.warns(DataWarning, match="R\\^2 needs two rows or more"):
        assert np.isnan(Echo().fit([[1.0]], [1.0]).score([[1.0]], [2.0]))


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.0]])
def test_the_score_of_a_classifier_is_the_share_it_gets_right(weights: list[float] | None) -> None:
    X, y = [[0.1], [0.9], [0.8]], ["no", "no", "yes"]
    model = Half().fit(X, y)
    assert model.score(X, y, weights) == accuracy_score(y, model.predict(X), sample_weight=weights)


def test_a_score_of_other_rows_is_refused() -> None:
    with pytest.raises(DataError, match="Half.score: X has 1 rows and y has 2"):
        Half().fit([[0.1]], ["no"]).score([[0.1]], ["no", "yes"])


def test_the_label_is_the_most_probable_one_and_a_tie_goes_to_the_first() -> None:
    assert Half().fit([[0.1]], ["no"]).predict([[0.5], [0.6]]).tolist() == ["no", "yes"]


def test_the_logarithm_of_an_impossible_class_is_minus_infinity_without_a_warning() -> None:
    assert Half().fit([[0.1]], ["no"]).predict_log_proba([[0.0]]).tolist() == [[0.0, -np.inf]]


def test_names_out_are_those_noted_those_given_or_numbers() -> None:
    import pandas as pd

    plain, named = Keep().fit([[1.0, 2.0]]), Keep().fit(pd.DataFrame({"a": [1.0], "b": [2.0]}))
    assert plain.get_feature_names_out().tolist() == ["x0", "x1"]
    assert plain.get_feature_names_out(["p", "q"]).tolist() == ["p", "q"]
    assert named.get_feature_names_out(["a", "b"]).tolist() == ["a", "b"] == named.get_feature_names_out().tolist()
    with pytest.raises(ShapeError, match=r"should have length equal to number of features \(2\), got shape \(1,\)"):
        plain.get_feature_names_out(["p"])
    with pytest.raises(ShapeError, match="is not equal to feature_names_in_"):
        named.get_feature_names_out(["b", "a"])
