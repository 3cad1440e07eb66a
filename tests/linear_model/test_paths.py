"""Paths agree with scikit-learn's and with the line of each penalty by itself."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import enet_path as oracle_path

from pellucid.errors import ParameterError
from pellucid.linear_model import ElasticNet, enet_path, lasso_path


def sample() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 6)) * (rng.random((40, 6)) < 0.7)
    return X, X @ rng.normal(size=6) + rng.normal(size=40)


@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize("sparse", [True, False])
def test_the_path_is_scikit_learns(sparse: bool, positive: bool) -> None:
    X, y = sample()
    alphas, weights, gaps = enet_path(
        csr_array(X) if sparse else X, y, l1_ratio=0.6, alphas=20, tol=1e-14, positive=positive, max_iter=100_000
    )
    wanted = oracle_path(X, y, l1_ratio=0.6, alphas=alphas, tol=1e-14, positive=positive, max_iter=100_000)
    np.testing.assert_allclose(alphas, wanted[0], rtol=1e-12)
    np.testing.assert_allclose(weights, wanted[1], atol=1e-6)
    assert alphas[0] == pytest.approx(np.abs(X.T @ y).max() / 40 / 0.6) and alphas[-1] == pytest.approx(alphas[0] / 1e3)
    assert (gaps <= 1e-14 * (y @ y)).all()
    np.testing.assert_allclose(weights[:, 0], 0.0, atol=1e-14)


def test_each_column_is_the_line_of_its_penalty() -> None:
    X, y = sample()
    alphas, weights, _ = lasso_path(X, y, alphas=[0.5, 0.01, 0.1], tol=1e-13)
    assert alphas.tolist() == [0.5, 0.1, 0.01]
    for alpha, w in zip(alphas, weights.T, strict=True):
        alone = ElasticNet(alpha, l1_ratio=1.0, fit_intercept=False, tol=1e-13).fit(X, y)
        np.testing.assert_allclose(w, alone.coef_, atol=1e-6)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"alphas": []}, "give numbers >= 0"),
        ({"alphas": [-1.0]}, "give numbers >= 0"),
        ({"alphas": 0}, "whole number >= 1"),
        ({"l1_ratio": 0.0}, "with l1_ratio=0 every penalty leaves some weight"),
        ({"l1_ratio": 1.5}, "l1_ratio is 1.5"),
        ({"eps": 0.0}, "eps is 0.0"),
    ],
)
def test_arguments_outside_their_limits_are_refused(given: dict, told: str) -> None:
    with pytest.raises(ParameterError, match=f"enet_path: .*{told}"):
        enet_path(*sample(), **given)
