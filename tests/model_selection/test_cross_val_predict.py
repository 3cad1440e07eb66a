"""Answers about unseen rows: scikit-learn's, in the order of the rows, with a column for each class."""

from typing import Any

import numpy as np
import pytest
import sklearn.linear_model
import sklearn.model_selection
from scipy.sparse import coo_array, csc_array, csr_array, csr_matrix
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_predict as sklearn_cross_val_predict
from sklearn.svm import LinearSVC

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.linear_model import LogisticRegression
from pellucid.model_selection import KFold, ShuffleSplit, cross_val_predict
from pellucid.preprocessing import StandardScaler

RNG = np.random.default_rng(3)
X = RNG.normal(size=(90, 3))
CODES = np.digitize(X[:, 0] + RNG.normal(size=90), [-0.5, 0.5])
LOGISTIC = sklearn.linear_model.LogisticRegression()


@pytest.mark.parametrize("labels", [[7, 3, 5], ["b", "c", "a"], [0, 1, 1]], ids=str)
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
def test_answers_are_those_of_scikit_learn(method: Any, labels: list[Any]) -> None:
    y = np.array(labels)[CODES]
    splits = list(sklearn.model_selection.KFold(4, shuffle=True, random_state=0).split(X))
    ours = cross_val_predict(LOGISTIC, X, y, cv=splits, method=method)
    theirs = sklearn.model_selection.cross_val_predict(LOGISTIC, X, y, cv=splits, method=method)
    if method == "predict":
        assert ours.tolist() == theirs.tolist()
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", ["predict_proba", "predict_log_proba", "decision_function"])
def test_a_class_that_a_fold_lacks_gets_its_column_as_in_scikit_learn(method: Any) -> None:
    y = np.sort(np.arange(90) % 4)
    with pytest.warns(RuntimeWarning):
        theirs = sklearn.model_selection.cross_val_predict(LOGISTIC, X, y, cv=KFold(4), method=method)
    with pytest.warns(DataWarning, match="lack a class"):
        ours = cross_val_predict(LOGISTIC, X, y, cv=KFold(4), method=method)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_a_decision_without_a_column_for_each_class_is_refused() -> None:
    with pytest.raises(DataError, match="has no column for each"):
        with pytest.warns(DataWarning):
            cross_val_predict(LinearSVC(), X, np.sort(np.arange(90) % 3), cv=KFold(3), method="decision_function")


def test_numbers_several_targets_and_our_own_estimators() -> None:
    model = sklearn.linear_model.LinearRegression()
    for y in (X[:, 0] * 2, X[:, :2] * 3):
        theirs = sklearn.model_selection.cross_val_predict(model, X, y, cv=3)
        np.testing.assert_allclose(cross_val_predict(model, X, y, cv=3), theirs)
    assert cross_val_predict(LogisticRegression(), X, CODES).shape == (90,)
    assert cross_val_predict(StandardScaler(), X, cv=3, method="transform").shape == (90, 3)


def test_rows_tested_never_or_twice_and_unknown_methods_are_refused() -> None:
    with pytest.raises(DataError, match=r"row \d+ is tested \d+ times; each row must be, once"):
        cross_val_predict(LOGISTIC, X, CODES, cv=ShuffleSplit(3, random_state=0))
    with pytest.raises(ParameterError, match="method='guess'"):
        cross_val_predict(LOGISTIC, X, CODES, method="guess")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="LinearSVC has no method predict_proba"):
        cross_val_predict(LinearSVC(), X, CODES, method="predict_proba")


def test_a_list_of_answers_one_a_target_comes_back_as_such_a_list() -> None:
    y = np.stack([X[:, 1] > 0, CODES], axis=1).astype(int)
    forest = RandomForestClassifier(5, random_state=0)
    asked: dict[str, Any] = {"cv": KFold(4), "method": "predict_proba"}
    ours, theirs = (house(forest, X, y, **asked) for house in (cross_val_predict, sklearn_cross_val_predict))
    assert [part.shape for part in ours] == [(90, 2), (90, 3)]
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


class Sparse(LogisticRegression):
    """Answers in a sparse matrix of one of SciPy's kinds."""

    def __init__(self, kind: Any = csr_array) -> None:
        super().__init__()
        self.kind = kind

    def predict_proba(self, X: Any) -> Any:
        return self.kind(super().predict_proba(X))

    def predict(self, X: Any) -> Any:
        return self.predict_proba(X)


@pytest.mark.parametrize("kind", [csr_array, csc_array, coo_array, csr_matrix])
def test_sparse_answers_stay_sparse_in_the_order_of_the_rows(kind: Any) -> None:
    wanted = cross_val_predict(LogisticRegression(), X, CODES, cv=KFold(4), method="predict_proba")
    for method in ("predict", "predict_proba"):
        out = cross_val_predict(Sparse(kind), X, CODES, cv=KFold(4), method=method)
        assert type(out) is kind
        np.testing.assert_array_equal(out.toarray(), wanted)
    theirs = sklearn_cross_val_predict(Sparse(kind), X, CODES, cv=sklearn.model_selection.KFold(4))
    np.testing.assert_array_equal(theirs.toarray(), wanted)


def test_sparse_answers_of_folds_that_lack_a_class_are_filled_up() -> None:
    rows, codes = X[np.argsort(CODES, kind="stable")], np.sort(CODES)
    with pytest.warns(DataWarning, match="lack a class"):
        out = cross_val_predict(Sparse(), rows, codes, cv=KFold(3), method="predict_proba")
    with pytest.warns(DataWarning, match="lack a class"):
        wanted = cross_val_predict(LogisticRegression(), rows, codes, cv=KFold(3), method="predict_proba")
    np.testing.assert_array_equal(out, wanted)
