"""What principal axes stand for: there and back, covariance, density."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import pellucid
from pellucid.decomposition import PCA
from pellucid.errors import DataError, ModelFileError, ParameterError, ShapeError


def turned(n_rows: int = 200, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_rows, 6)) * [5, 3, 2, 1, 0.5, 0.1] @ rng.normal(size=(6, 6)) + 4.0


@pytest.mark.parametrize("whiten", [False, True])
def test_there_and_back_with_all_components_is_the_row_itself(whiten: bool) -> None:
    X = turned()
    model = PCA(whiten=whiten).fit(X)
    np.testing.assert_allclose(model.inverse_transform(model.transform(X)), X, rtol=1e-10)
    with pytest.raises(ShapeError, match="X has 2 columns, and there are 6 components"):
        model.inverse_transform(X[:, :2])


def test_whitened_components_have_variance_one_and_no_covariance() -> None:
    z = PCA(n_components=4, whiten=True).fit_transform(turned())
    np.testing.assert_allclose(np.cov(z.T), np.eye(4), atol=1e-9)


@pytest.mark.parametrize("given", [{}, {"n_components": 2}, {"n_components": 2, "whiten": True}, {"n_components": 0}])
def test_the_density_is_that_of_the_covariance_it_gives(given: dict[str, Any]) -> None:
    X = turned()
    model = PCA(**given).fit(X)
    covariance = model.get_covariance()
    np.testing.assert_allclose(model.get_precision() @ covariance, np.eye(6), atol=1e-8)
    wanted = multivariate_normal(X.mean(axis=0), covariance).logpdf(X)
    np.testing.assert_allclose(model.score_samples(X), wanted, rtol=1e-9)
    assert model.score(X) == pytest.approx(wanted.mean(), rel=1e-9)
    if not given:
        np.testing.assert_allclose(covariance, np.cov(X.T), rtol=1e-9, atol=1e-12)


def test_directions_without_variance_have_no_density() -> None:
    model = PCA().fit(np.column_stack([turned(), np.full(200, 7.0)]))
    with pytest.raises(ParameterError, match="some directions have no variance, .* smaller n_components"):
        model.score_samples(np.zeros((1, 7)))


def test_rows_far_from_zero_keep_their_digits() -> None:
    X = np.round(turned() * 64) / 64  # exact also beside 2^30
    near, far = PCA().fit(X), PCA().fit(X + 2.0**30)
    np.testing.assert_allclose(far.transform(X + 2.0**30), near.transform(X), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(far.explained_variance_, near.explained_variance_, rtol=1e-9)


def test_another_width_and_damaged_records_are_refused(tmp_path: Path) -> None:
    model = PCA(2).fit(turned())
    with pytest.raises(DataError, match="X has 3 features, but PCA is expecting 6"):
        model.transform(np.zeros((1, 3)))
    model.components_ = model.components_[:1]
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="components, mean and variances in the record"):
        pellucid.load(tmp_path / "m")
