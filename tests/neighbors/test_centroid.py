"""NearestCentroid, against scikit-learn's and numbers worked by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.neighbors

import pellucid
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.neighbors import NearestCentroid


def problem(n_classes: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n_classes)
    y = np.concatenate([np.arange(n_classes), rng.integers(n_classes, size=150)])
    return rng.normal(size=(n_classes, 5))[y] + rng.normal(size=(len(y), 5)), y, rng.normal(size=(80, 5))


@pytest.mark.parametrize("priors", ["uniform", "empirical", [0.2, 0.5, 0.3]])
@pytest.mark.parametrize("shrink_threshold", [None, 0.5, 3.0])
@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_centres_and_labels_are_those_of_scikit_learn(metric: Any, shrink_threshold: Any, priors: Any) -> None:
    X, y, Q = problem()
    given: dict[str, Any] = {"metric": metric, "shrink_threshold": shrink_threshold, "priors": priors}
    ours, peer = NearestCentroid(**given).fit(X, y), sklearn.neighbors.NearestCentroid(**given).fit(X, y)
    for name in ("centroids_", "deviations_", "within_class_std_dev_", "class_prior_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(peer, name), atol=1e-13, err_msg=name)
    np.testing.assert_array_equal(ours.predict(Q), peer.predict(Q))
    if metric == "euclidean":
        np.testing.assert_allclose(ours.decision_function(Q), peer.decision_function(Q), rtol=1e-10)


def test_of_two_classes_the_decision_is_one_number_as_with_scikit_learn() -> None:
    X, y, Q = problem(2)
    ours, peer = (kind.fit(X, y) for kind in (NearestCentroid(), sklearn.neighbors.NearestCentroid()))
    np.testing.assert_allclose(ours.decision_function(Q), peer.decision_function(Q), rtol=1e-10)


def test_probabilities_are_those_of_normal_classes_of_one_width() -> None:
    model = NearestCentroid(priors=[0.25, 0.75]).fit([[-1.0], [1.0], [3.0], [5.0]], [0, 0, 1, 1])
    assert model.within_class_std_dev_.tolist() == [np.sqrt(2.0)]  # 4 squares of 1, two degrees of freedom
    density = 0.25 * np.exp(-1.0 / 4), 0.75 * np.exp(-9.0 / 4)  # of x = 1, with variance 2
    np.testing.assert_allclose(model.predict_proba([[1.0]])[0], np.array(density) / sum(density), rtol=1e-14)


def test_a_feature_whose_centres_all_arrive_at_the_mean_tells_no_class() -> None:
    X, y, Q = problem()
    X[:, 2] = np.random.default_rng(0).normal(size=len(X))  # says nothing of the class
    assert not NearestCentroid(shrink_threshold=1e6).fit(X, y).deviations_.any()
    model = NearestCentroid(shrink_threshold=3.0).fit(X, y)
    assert np.flatnonzero(~model.deviations_.any(axis=0)).tolist() == [2]
    moved = Q + [0.0, 0.0, 1.0, 0.0, 0.0]
    np.testing.assert_array_equal(model.predict(moved), model.predict(Q))


def test_features_that_are_constant_within_classes_stay_in_their_unit() -> None:
    model = NearestCentroid().fit([[0.0, 7.0], [3.0, 7.0]], ["a", "b"])  # one row a class: nothing known of the width
    assert model.within_class_std_dev_.tolist() == [0.0, 0.0] and model.deviations_[:, 1].tolist() == [0.0, 0.0]
    assert model.predict([[1.0, 9.0]]).tolist() == ["a"]
    np.testing.assert_allclose(model.predict_proba([[1.0, 9.0]])[0], [1.0, np.exp(-1.5)] / (1.0 + np.exp(-1.5)))


def test_manhattan_gives_no_probabilities_and_says_so() -> None:
    X, y, _ = problem()
    with pytest.raises(AttributeError, match="only metric='euclidean'"):
        NearestCentroid("manhattan").fit(X, y).predict_proba(X)


def test_what_has_no_centres_is_an_error_that_says_why() -> None:
    with pytest.raises(DataError, match="y has one class, 1; two or more"):
        NearestCentroid().fit([[0.0], [1.0]], [1, 1])
    with pytest.raises(DataError, match="all features have zero variance"):
        NearestCentroid().fit([[1.0], [1.0]], [0, 1])


@pytest.mark.parametrize("priors", [[0.5, 0.6], [1.5, -0.5], [1.0], [[0.5, 0.5]]])
def test_priors_that_are_no_probabilities_are_refused(priors: Any) -> None:
    with pytest.raises(ParameterError, match="give 2 numbers >= 0, one a class, whose sum is 1"):
        NearestCentroid(priors=priors).fit([[0.0], [1.0]], [0, 1])


def test_centres_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    for name, value, words in (
        ("centroids_", np.zeros((3, 1)), "fit together"),
        ("centroids_", np.full((2, 1), np.nan), "not finite"),
    ):
        model = NearestCentroid().fit([[0.0], [1.0]], [0, 1])
        setattr(model, name, value)
        pellucid.save(model, tmp_path / "m")
        with pytest.raises(ModelFileError, match=words):
            pellucid.load(tmp_path / "m")
