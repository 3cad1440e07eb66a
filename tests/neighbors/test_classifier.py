"""KNeighborsClassifier, against scikit-learn's."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.neighbors

import pellucid
from pellucid.errors import DataError, ModelFileError
from pellucid.neighbors import KNeighborsClassifier


def problem(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X, Q = rng.normal(size=(300, 4)), rng.normal(size=(80, 4))
    return X, rng.integers(3, size=300), np.vstack([Q, X[:5]])  # some queries lie on rows


@pytest.mark.parametrize("weights", ["uniform", "distance", lambda d: np.exp(-d)])
@pytest.mark.parametrize("algorithm", ["auto", "brute", "kd_tree", "ball_tree"])
def test_probabilities_are_those_of_scikit_learn(weights: Any, algorithm: Any) -> None:
    X, y, Q = problem()
    ours = KNeighborsClassifier(7, weights=weights, algorithm=algorithm).fit(X, y)
    theirs = sklearn.neighbors.KNeighborsClassifier(7, weights=weights, algorithm="kd_tree").fit(X, y)
    # its brute force takes distances from products: on some processors 1e-8 between a row and itself
    np.testing.assert_allclose(ours.predict_proba(Q), theirs.predict_proba(Q), atol=1e-12)
    np.testing.assert_array_equal(ours.predict(Q), theirs.predict(Q))


def test_a_tie_of_votes_goes_to_the_label_that_sorts_first() -> None:
    assert KNeighborsClassifier(2).fit([[0.0], [1.0]], ["b", "a"]).predict([[0.1]]).tolist() == ["a"]


def test_neighbours_that_all_weigh_nothing_are_an_error() -> None:
    model = KNeighborsClassifier(1, weights=np.zeros_like).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(DataError, match="all neighbours of 2 rows have weight 0"):
        model.predict([[0.0], [3.0]])


def test_more_neighbours_than_rows_is_an_error_at_predict() -> None:
    model = KNeighborsClassifier(5).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(DataError, match="n_neighbors = 5, n_samples_fit = 2"):
        model.predict([[0.0]])


def test_digits_are_told_as_scikit_learn_tells_them(shared_data: Path) -> None:
    with np.load(shared_data / "mnist10k.npz") as held:
        X, y = held["x_train"][:2000].reshape(2000, -1).astype(float), held["y_train"][:2000]
        Q = held["x_test"][:300].reshape(300, -1).astype(float)
    ours, theirs = KNeighborsClassifier().fit(X, y), sklearn.neighbors.KNeighborsClassifier().fit(X, y)
    np.testing.assert_array_equal(ours.kneighbors(Q)[1], theirs.kneighbors(Q)[1])
    np.testing.assert_array_equal(ours.predict(Q), theirs.predict(Q))


@pytest.mark.parametrize("given", [{}, {"metric": "cosine"}, {"algorithm": "kd_tree", "p": 1}, {"p": 3}])
def test_a_loaded_model_predicts_where_numba_and_scipy_cannot_be_imported(given: Any, tmp_path: Path) -> None:
    X, y, Q = problem()
    model = KNeighborsClassifier(weights="distance", **given).fit(X, y)
    pellucid.save(model, tmp_path / "m")
    np.savez(tmp_path / "x.npz", Q=Q, proba=model.predict_proba(Q))
    code = (
        "import sys\n"
        "for name in ('numba', 'scipy', 'joblib'): sys.modules[name] = None\n"
        "import numpy as np, pellucid\n"
        f"m, held = pellucid.load({str(tmp_path / 'm')!r}), np.load({str(tmp_path / 'x.npz')!r})\n"
        "np.testing.assert_allclose(m.predict_proba(held['Q']), held['proba'], rtol=0, atol=1e-6)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_labels_beyond_the_classes_are_refused(tmp_path: Path) -> None:
    model = KNeighborsClassifier(1).fit([[0.0], [1.0]], [0, 1])
    model.codes_ = np.array([0, 7])
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="one of its classes"):
        pellucid.load(tmp_path / "m")
