"""What linear models share: scores of dense and sparse rows, the deciding sign, conditional methods, sound records."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix, csr_array

from pellucid.errors import DataError, ModelFileError
from pellucid.linear_model import Ridge
from pellucid.linear_model._linear import LinearClassifier, only_if

X = np.array([[0.0, 2.0], [1.0, 0.0], [3.0, -1.0]])


class Given(LinearClassifier):
    """A classifier that is told its weights."""

    def fit(self, X, y, coef=((1.0, -1.0),), intercept=(0.0,)):
        self._begin_fit()
        self._fit_rows(X)
        self.classes_ = np.unique(y)
        self.coef_, self.intercept_ = np.array(coef), np.array(intercept)
        return self

    @only_if(lambda model: len(model.classes_) > 2, "two classes have none")
    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)


def test_two_classes_are_told_by_the_sign_and_more_by_the_largest_score() -> None:
    two = Given().fit(X, ["a", "b", "a"])
    assert two.decision_function(X).tolist() == [-2.0, 1.0, 4.0]
    assert two.predict(X).tolist() == ["a", "b", "b"]
    many = Given().fit(X, ["a", "b", "c"], coef=[[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]], intercept=[0.0, 0.0, 2.0])
    assert many.decision_function(X).shape == (3, 3)
    assert many.predict(X).tolist() == ["a", "c", "b"]


def test_sparse_rows_get_the_scores_of_dense_ones() -> None:
    model = Given().fit(csr_array(X), ["a", "b", "a"])
    for rows in (csr_array(X), csc_matrix(X)):
        assert model.decision_function(rows).tolist() == model.decision_function(X).tolist()
    with pytest.raises(DataError, match="X has 3 features, but Given is expecting 2"):
        model.predict(csr_array((2, 3)))


def test_a_conditional_method_is_there_only_while_its_condition_holds() -> None:
    two, many = Given().fit(X, ["a", "b", "a"]), Given().fit(X, ["a", "b", "c"])
    assert not hasattr(two, "predict_proba") and many.predict_proba(X).shape == (3, 3)


def test_a_record_whose_parts_do_not_fit_is_refused() -> None:
    record = Ridge().fit(X, [1.0, 2.0, 3.0]).to_record()
    record["state"]["coef_"] = np.zeros(3)
    with pytest.raises(ModelFileError, match=r"Ridge: coef_ in the record is \(3,\), not \(2,\)"):
        Ridge.from_record(record)
    record = Given().fit(X, ["a", "b", "a"]).to_record()
    record["state"]["intercept_"] = np.zeros(2)
    with pytest.raises(ModelFileError, match=r"Given: coef_ and intercept_ .* not \(\(1, 2\), \(1,\)\)"):
        Given.from_record(record)
