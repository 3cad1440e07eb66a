"""The errors of rows left out are those of fits without them, and the choice is scikit-learn's."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import RidgeCV as Oracle

from pellucid.errors import ParameterError
from pellucid.linear_model import Ridge, RidgeCV

ALPHAS = [0.01, 1.0, 30.0]


def sample(n_rows: int = 25, n_features: int = 4, n_targets: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, n_features)) * (rng.random((n_rows, n_features)) < 0.7) + (np.arange(n_features) == 1)
    y = X @ rng.normal(size=(n_features, n_targets or 1)) + 2 * rng.normal(size=(n_rows, n_targets or 1)) + 1.0
    return X, y if n_targets else y[:, 0]


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("shape", [(25, 4), (8, 20)])
def test_each_rows_error_is_that_of_the_line_fitted_without_it(
    shape: tuple[int, int], weighted: bool, fit_intercept: bool, sparse: bool
) -> None:
    X, y = sample(*shape)
    weights = np.random.default_rng(1).uniform(0.5, 2.0, len(X)) if weighted else None
    model = RidgeCV(ALPHAS, fit_intercept=fit_intercept, store_cv_results=True)
    model.fit(csr_array(X) if sparse else X, y, weights)
    for i in range(len(X)):
        others = np.arange(len(X)) != i
        for a, alpha in enumerate(ALPHAS):
            line = Ridge(alpha, fit_intercept=fit_intercept)
            line.fit(X[others], y[others], None if weights is None else weights[others])
            assert model.cv_results_[i, a] == pytest.approx((y[i] - line.predict(X[i : i + 1])[0]) ** 2, rel=1e-7)
    mean = np.average(model.cv_results_, axis=0, weights=weights)
    assert model.alpha_ == ALPHAS[mean.argmin()] and model.best_score_ == pytest.approx(-mean.min())
    np.testing.assert_allclose(model.coef_, Ridge(model.alpha_, fit_intercept=fit_intercept).fit(X, y, weights).coef_)


@pytest.mark.parametrize("n_targets", [None, 3])
@pytest.mark.parametrize("cv", [None, 4])
def test_choice_and_score_are_scikit_learns(cv: int | None, n_targets: int | None) -> None:
    X, y = sample(n_targets=n_targets)
    oracle, model = Oracle(ALPHAS, cv=cv).fit(X, y), RidgeCV(ALPHAS, cv=cv).fit(X, y)
    assert model.alpha_ == oracle.alpha_
    assert model.best_score_ == pytest.approx(oracle.best_score_)
    np.testing.assert_allclose(model.coef_, oracle.coef_, atol=1e-9)


def test_every_target_can_have_its_own_alpha() -> None:
    X, y = sample(n_targets=3)
    oracle = Oracle(ALPHAS, alpha_per_target=True).fit(X, y)
    model = RidgeCV(ALPHAS, alpha_per_target=True).fit(X, y)
    np.testing.assert_array_equal(model.alpha_, oracle.alpha_)
    np.testing.assert_allclose(model.best_score_, oracle.best_score_)
    np.testing.assert_allclose(model.coef_, oracle.coef_, atol=1e-9)


@pytest.mark.parametrize("alphas", [[], [0.0], [-1.0], [np.nan]])
def test_alphas_that_are_not_above_zero_are_refused(alphas: list[float]) -> None:
    with pytest.raises(ParameterError, match="RidgeCV: alphas are"):
        RidgeCV(alphas).fit(*sample())


def test_a_fold_that_tests_on_nothing_that_weighs_is_left_out() -> None:
    X, y = sample()
    n = len(y) // 4
    weights = np.where(np.arange(len(y)) < n, 0.0, 1.0)
    folds = [(np.r_[:k, k + n : len(y)], np.r_[k : k + n]) for k in (0, n, 2 * n)]
    model = RidgeCV(ALPHAS, cv=folds).fit(X, y, weights)
    some = RidgeCV(ALPHAS, cv=folds[1:]).fit(X, y, weights)
    assert model.alpha_ == some.alpha_ and model.best_score_ == some.best_score_
