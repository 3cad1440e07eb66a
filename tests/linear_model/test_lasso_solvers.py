"""Both minimisers end where the shortest subgradient vanishes, which is scikit-learn's optimum."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.linear_model import LogisticRegression as Oracle

from pellucid.linear_model import LogisticRegression

SETS = {"iris": load_iris, "breast cancer": load_breast_cancer, "wine": load_wine}
SOLVERS = ["newton-cholesky", "lbfgs"]


def standardised(name: str) -> tuple[np.ndarray, np.ndarray]:
    X, y = SETS[name](return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def cost(model: Any, X: np.ndarray, y: np.ndarray, C: float, ratio: float) -> float:
    own = model.predict_log_proba(X)[np.arange(len(X)), y]
    w = model.coef_
    return float(-C * own.sum() + ratio * np.abs(w).sum() + 0.5 * (1 - ratio) * (w**2).sum())


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("ratio", [0.4, 1.0])
@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("name", SETS)
def test_coefficients_are_those_of_scikit_learns_optimum(name: str, sparse: bool, ratio: float, solver: Any) -> None:
    X, y = standardised(name)
    oracle = Oracle(C=0.3, l1_ratio=ratio, solver="saga", tol=1e-11, max_iter=200_000).fit(X, y)
    penalty: Any = "l1" if ratio == 1.0 else "elasticnet"
    model = LogisticRegression(penalty, C=0.3, l1_ratio=ratio, solver=solver, tol=1e-9, max_iter=20_000)
    model.fit(csr_array(X) if sparse else X, y)
    assert cost(model, X, y, 0.3, ratio) <= cost(oracle, X, y, 0.3, ratio) + 1e-9
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=0, atol=1e-6)
    np.testing.assert_allclose(model.predict_proba(X), oracle.predict_proba(X), rtol=0, atol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_strong_penalty_leaves_no_weight_and_the_shares_of_the_classes(solver: Any) -> None:
    X, y = standardised("wine")
    model = LogisticRegression("l1", C=1e-4, solver=solver, tol=1e-9).fit(X, y)
    assert not model.coef_.any()
    np.testing.assert_allclose(model.predict_proba(X[:1])[0], np.bincount(y) / len(y), atol=1e-6)


def test_odds_ratios_are_what_a_unit_of_a_feature_does_to_the_odds() -> None:
    X, y = standardised("breast cancer")
    model = LogisticRegression("l1", C=0.1).fit(X, y)
    moved = X[:1] + np.eye(X.shape[1])
    odds = model.predict_proba(np.vstack([X[:1], moved]))
    odds = odds[:, 1] / odds[:, 0]
    np.testing.assert_allclose(odds[1:] / odds[0], model.odds_ratios_[0], rtol=1e-6)
    assert (model.odds_ratios_ == 1.0).sum() == (model.coef_ == 0).sum() > 0
