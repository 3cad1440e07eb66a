"""IncrementalPCA, against PCA and scikit-learn's."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import sklearn.decomposition
from scipy.sparse import csc_matrix, csr_array

from pellucid.base import Callback
from pellucid.decomposition import PCA, IncrementalPCA
from pellucid.errors import ConvergenceWarning, DataError, ParameterError

NUMBERS = ("components_", "mean_", "explained_variance_", "explained_variance_ratio_", "singular_values_")


def turned(n_rows: int = 203, n_features: int = 6, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_rows, n_features)) * np.geomspace(9, 0.3, n_features) @ np.linalg.qr(
        rng.normal(size=(n_features, n_features))
    )[0] + rng.normal(size=n_features)


@pytest.mark.parametrize("given", [{}, {"batch_size": 50}, {"n_components": 3, "batch_size": 30}, {"n_components": 2}])
def test_its_numbers_and_signs_are_those_of_scikit_learn(given: dict[str, Any]) -> None:
    X = turned()
    ours, theirs = (kind(**given).fit(X) for kind in (IncrementalPCA, sklearn.decomposition.IncrementalPCA))
    for name in (*NUMBERS, "var_", "noise_variance_", "n_samples_seen_", "n_components_", "batch_size_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-9, atol=1e-10, err_msg=name)
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X), rtol=1e-8, atol=1e-9)


def test_with_all_components_pieces_give_the_axes_of_the_whole() -> None:
    X, model = turned(), IncrementalPCA()
    for part in np.array_split(X, [20, 21, 90, 95]):  # a single row, and fewer rows than features, in later pieces
        model.partial_fit(part)
    whole = PCA().fit(X)
    for name in (*NUMBERS, "noise_variance_"):
        np.testing.assert_allclose(getattr(model, name), getattr(whole, name), rtol=1e-9, atol=1e-10, err_msg=name)
    np.testing.assert_allclose(model.get_covariance(), np.cov(X.T), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("container", [csr_array, csc_matrix])
def test_sparse_rows_give_the_axes_of_dense_ones(container: Any) -> None:
    X = np.random.default_rng(0).poisson(0.5, size=(90, 5)).astype(np.float64)
    dense, sparse = IncrementalPCA(3).fit(X), IncrementalPCA(3).fit(container(X))
    np.testing.assert_allclose(sparse.components_, dense.components_, rtol=1e-10)
    np.testing.assert_allclose(sparse.transform(container(X)), dense.transform(X), rtol=1e-9, atol=1e-10)


def test_rows_far_from_zero_keep_their_variances() -> None:
    X = np.round(turned() * 64) / 64  # exact also beside 2^30
    near, far = IncrementalPCA(batch_size=40).fit(X), IncrementalPCA(batch_size=40).fit(X + 2.0**30)
    np.testing.assert_allclose(far.explained_variance_, near.explained_variance_, rtol=1e-6)


def test_an_interrupted_fit_keeps_the_axes_of_the_batches_seen() -> None:
    class At(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> None:
            assert 0 < values["explained"] <= 1 + 1e-12 and estimator.n_samples_seen_ == 50 * step
            if step == 2:
                raise KeyboardInterrupt

    X = turned()
    model = IncrementalPCA(2, batch_size=50).set_callbacks(At())
    with pytest.warns(ConvergenceWarning, match="interrupted after step 2"):
        model.fit(X)
    wanted = IncrementalPCA(2, batch_size=50).fit(X[:100])
    assert model.interrupted_
    np.testing.assert_array_equal(model.components_, wanted.components_)


@pytest.mark.parametrize(
    ("X", "given", "words"),
    [
        (np.ones((9, 3)), {"n_components": 4}, "n_components=4 invalid for n_features=3"),
        (np.ones((2, 5)), {"n_components": 3}, "batch number of samples 2 for the first partial_fit call"),
        (np.ones((1, 5)), {}, "n_samples=1 row"),
        ([[np.nan, 1.0], [1.0, 2.0]], {}, "IncrementalPCA: X holds 1 missing values"),
        (np.empty((0, 2)), {}, "0 row"),
    ],
)
def test_what_has_no_such_components_is_an_error_that_says_why(X: Any, given: dict[str, Any], words: str) -> None:
    for learn in (IncrementalPCA(**given).fit, IncrementalPCA(**given).partial_fit):
        with pytest.raises((DataError, ParameterError), match=words):
            learn(X)


def test_a_piece_of_another_width_is_refused() -> None:
    model = IncrementalPCA(2).fit(turned())
    with pytest.raises(DataError, match="X has 3 features, but IncrementalPCA is expecting 6"):
        model.partial_fit(np.ones((9, 3)))
