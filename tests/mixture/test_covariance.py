"""The four shapes of covariance: estimates, factors and densities, against their definitions."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from pellucid.mixture._covariance import SHAPES

NAMES = sorted(SHAPES)
K, D = 3, 4


def shares(n_rows: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X, share = rng.normal(size=(n_rows, D)) * [1, 2, 3, 4] + 5.0, rng.dirichlet(np.ones(K), size=n_rows)
    mass = share.sum(axis=0)
    return X, share, mass, share.T @ X / mass[:, None]


def whole(name: str, covariances: np.ndarray, k: int) -> np.ndarray:
    """The covariance (D, D) of Gaussian k."""
    one = covariances if name == "tied" else covariances[k]
    return one if np.ndim(one) == 2 else np.diag(np.broadcast_to(one, D))


@pytest.mark.parametrize("name", NAMES)
def test_estimates_are_weighted_means_of_products(name: str) -> None:
    X, share, mass, means = shares()
    found = SHAPES[name].estimate(X, share, mass, means, 0.5)
    each = [((X - means[k]) * share[:, k, None]).T @ (X - means[k]) for k in range(K)]
    wanted: Any = {
        "full": [e / m for e, m in zip(each, mass, strict=True)],
        "tied": sum(each) / len(X),
        "diag": [np.diag(e / m) for e, m in zip(each, mass, strict=True)],
        "spherical": [np.trace(e / m) / D for e, m in zip(each, mass, strict=True)],
    }[name]
    ridge = 0.5 * np.eye(D) if name in ("full", "tied") else 0.5
    np.testing.assert_allclose(found, np.array(wanted) + ridge, rtol=1e-11)
    assert found.shape == SHAPES[name].shape(K, D)


@pytest.mark.parametrize("name", NAMES)
def test_factors_go_there_and_back(name: str) -> None:
    shape, (X, share, mass, means) = SHAPES[name], shares()
    covariances = shape.estimate(X, share, mass, means, 0.0)
    factor = shape.factor(covariances)
    np.testing.assert_allclose(shape.covariances(factor), covariances, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(shape.factor_of(shape.precisions(factor)), factor, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_log_densities_are_those_of_scipy(name: str) -> None:
    shape, (X, share, mass, means) = SHAPES[name], shares()
    covariances = shape.estimate(X, share, mass, means, 0.0)
    found = shape.log_density(X, means, shape.factor(covariances))
    for k in range(K):
        wanted = multivariate_normal(means[k], whole(name, covariances, k)).logpdf(X)
        np.testing.assert_allclose(found[:, k], wanted, rtol=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_draws_have_the_covariance(name: str) -> None:
    shape, (X, share, mass, means) = SHAPES[name], shares()
    covariances = shape.estimate(X, share, mass, means, 0.0)
    drawn = shape.drawn(np.eye(D), covariances, 1)  # rows of the matrix that normal draws are multiplied by
    np.testing.assert_allclose(drawn.T @ drawn, whole(name, covariances, 1), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_positive_is_told(name: str) -> None:
    with pytest.raises(np.linalg.LinAlgError):
        SHAPES[name].factor(np.zeros(SHAPES[name].shape(K, D)))


def test_free_numbers_are_counted() -> None:
    assert {name: SHAPES[name].free(K, D) for name in NAMES} == {"full": 30, "tied": 10, "diag": 12, "spherical": 3}
