"""Maps are learned from rows the classifier has not seen, and say what scikit-learn's say."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.calibration
import sklearn.frozen
import sklearn.naive_bayes
import sklearn.neighbors
from sklearn.datasets import load_breast_cancer, load_iris, make_classification

import pellucid
from pellucid.calibration import CalibratedClassifierCV
from pellucid.ensemble import RandomForestClassifier
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.linear_model import LogisticRegression
from pellucid.model_selection import StratifiedKFold
from pellucid.tree import DecisionTreeClassifier

IRIS, CANCER = load_iris(return_X_y=True), load_breast_cancer(return_X_y=True)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
@pytest.mark.parametrize("ensemble", [True, False])
@pytest.mark.parametrize(("X", "y"), [IRIS, CANCER], ids=["three", "two"])
def test_on_the_same_folds_it_says_what_scikit_learn_says(method: Any, ensemble: bool, X: Any, y: Any) -> None:
    folds = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))
    weight = np.arange(len(y)) % 3 + 1.0
    bayes = sklearn.naive_bayes.GaussianNB()
    options: dict[str, Any] = {"method": method, "ensemble": ensemble, "cv": folds}
    ours = CalibratedClassifierCV(bayes, n_jobs=2, **options).fit(X, y, weight)
    peer = sklearn.calibration.CalibratedClassifierCV(bayes, **options).fit(X, y, weight)
    np.testing.assert_allclose(ours.predict_proba(X), peer.predict_proba(X), atol=1e-4 if method == "sigmoid" else 1e-9)
    assert len(ours.calibrated_classifiers_) == (3 if ensemble else 1)


def test_a_fitted_estimator_is_taken_as_it_is() -> None:
    X, y = CANCER
    held = LogisticRegression(max_iter=10_000).fit(X[:200], y[:200])
    ours = CalibratedClassifierCV(held, cv="prefit").fit(X[200:], y[200:])
    assert ours.calibrated_classifiers_[0].estimator is held
    frozen = sklearn.frozen.FrozenEstimator(held)
    also = CalibratedClassifierCV(frozen).fit(X[200:], y[200:])
    np.testing.assert_allclose(ours.predict_proba(X), also.predict_proba(X), rtol=1e-12)
    with pytest.raises(ParameterError, match="the estimator is not fitted yet"):
        CalibratedClassifierCV(LogisticRegression(), cv="prefit").fit(X, y)


def test_a_tree_that_is_always_sure_learns_doubt() -> None:
    X, y = make_classification(1000, 5, flip_y=0.3, random_state=0)
    tree = DecisionTreeClassifier(random_state=0)
    sure = tree.fit(X[:500], y[:500]).predict_proba(X[500:])[:, 1]
    calm = CalibratedClassifierCV(tree).fit(X[:500], y[:500]).predict_proba(X[500:])[:, 1]
    assert set(sure) == {0.0, 1.0} and ((calm - y[500:]) ** 2).mean() < 0.75 * ((sure - y[500:]) ** 2).mean()


def test_weights_an_estimator_cannot_take_are_for_the_maps_and_that_is_said() -> None:
    with pytest.warns(DataWarning, match="KNeighborsClassifier.fit takes no sample_weight"):
        CalibratedClassifierCV(sklearn.neighbors.KNeighborsClassifier()).fit(*IRIS, np.ones(150))


def test_folds_without_a_class_and_a_single_class_are_errors() -> None:
    X, y = IRIS
    folds = [(np.arange(100), np.arange(100, 150)), (np.arange(100, 150), np.arange(100))]
    with pytest.raises(DataError, match="classes \\[0, 1\\] only, and there are \\[0, 1, 2\\]"):
        CalibratedClassifierCV(DecisionTreeClassifier(), cv=folds).fit(X, y)
    with pytest.raises(DataError, match="y has one class, 0"):
        CalibratedClassifierCV().fit(X[:50], y[:50])


def test_a_saved_model_says_the_same_and_a_foreign_part_is_named(tmp_path: Path) -> None:
    X, y = IRIS
    for method in ("sigmoid", "isotonic"):
        model = CalibratedClassifierCV(RandomForestClassifier(5, random_state=0), method=method, cv=2).fit(X, y)
        pellucid.save(model, tmp_path / "model.pellucid")
        again = pellucid.load(tmp_path / "model.pellucid")
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    with pytest.raises(ModelFileError, match="'estimator' is a sklearn"):
        pellucid.save(CalibratedClassifierCV(sklearn.naive_bayes.GaussianNB()).fit(X, y), tmp_path / "model.pellucid")
