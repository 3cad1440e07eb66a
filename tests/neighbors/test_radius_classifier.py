"""RadiusNeighborsClassifier, against scikit-learn's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.neighbors

import pellucid
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.neighbors import RadiusNeighborsClassifier


def problem(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.uniform(size=(300, 3))
    Q = np.concatenate([X[:5], rng.uniform(0.2, 0.8, (45, 3)), [[9.0, 9.0, 9.0], [-5.0, 0.0, 0.0]]])
    return X, rng.choice(["a", "b", "c"], size=300, p=[0.2, 0.5, 0.3]), Q


@pytest.mark.parametrize("outlier_label", ["most_frequent", "a"])
@pytest.mark.parametrize("algorithm", ["brute", "kd_tree", "ball_tree"])
@pytest.mark.parametrize(
    ("weights", "metric"),
    [
        *(
            (weights, metric)
            for weights in ("uniform", "distance")
            for metric in ("euclidean", "manhattan", "chebyshev")
        ),
        (lambda far: 1.0 - far, "euclidean"),
    ],
)
def test_probabilities_and_labels_are_those_of_scikit_learn(
    weights: Any, metric: str, algorithm: Any, outlier_label: str
) -> None:
    X, y, Q = problem()
    given: dict[str, Any] = {"weights": weights, "metric": metric, "outlier_label": outlier_label}
    ours = RadiusNeighborsClassifier(0.4, algorithm=algorithm, **given).fit(X, y)
    peer = sklearn.neighbors.RadiusNeighborsClassifier(0.4, algorithm="kd_tree", **given).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(Q), peer.predict_proba(Q), atol=1e-12)
    np.testing.assert_array_equal(ours.predict(Q), peer.predict(Q))
    assert [ours.outlier_label_] == peer.outlier_label_


def test_a_row_without_neighbours_is_an_error_unless_it_has_a_label() -> None:
    X, y, Q = problem()
    with pytest.raises(DataError, match=r"2 rows have no neighbour within 0\.4, the first is row 50"):
        RadiusNeighborsClassifier(0.4).fit(X, y).predict(Q)


def test_a_label_that_is_not_in_y_is_predicted_with_probabilities_of_zero_and_a_warning() -> None:
    model = RadiusNeighborsClassifier(1.0, outlier_label="elsewhere").fit([[0.0], [1.0]], ["no", "yes"])
    assert model.predict([[0.1], [9.0], [1.8]]).tolist() == ["no", "elsewhere", "yes"]
    with pytest.warns(DataWarning, match="1 rows have no neighbour within 1.0, and their label 'elsewhere'"):
        assert model.predict_proba([[0.0], [9.0]]).tolist() == [[0.5, 0.5], [0.0, 0.0]]
    numbers = RadiusNeighborsClassifier(1.0, outlier_label=-1).fit([[0.0], [1.0]], [4, 5])
    assert numbers.predict([[9.0], [-0.5]]).tolist() == [-1, 4]


@pytest.mark.parametrize(("label", "y"), [("x", [0, 1]), (3, ["a", "b"]), (True, [0, 1]), (1, [True, False])])
def test_a_label_of_another_kind_is_refused(label: Any, y: list[Any]) -> None:
    with pytest.raises(ParameterError, match=r"outlier_label is .*; give one of that kind"):
        RadiusNeighborsClassifier(outlier_label=label).fit([[0.0], [1.0]], y)


def test_neighbours_that_all_weigh_nothing_are_an_error() -> None:
    model = RadiusNeighborsClassifier(1.0, weights=np.zeros_like, outlier_label=0).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(DataError, match="all neighbours of 1 rows have weight 0"):
        model.predict([[0.0], [7.0]])


def test_labels_beyond_the_classes_are_refused(tmp_path: Path) -> None:
    model = RadiusNeighborsClassifier(1.0).fit([[0.0], [1.0]], [0, 1])
    model.codes_ = np.array([0, 7])
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="one of its classes"):
        pellucid.load(tmp_path / "m")
