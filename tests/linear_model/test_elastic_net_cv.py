"""The chosen penalties and their errors are scikit-learn's; interruption keeps a choice."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import ElasticNetCV as OracleNet
from sklearn.linear_model import LassoCV as OracleLasso

from pellucid.base import Callback
from pellucid.errors import ConvergenceWarning, DataError
from pellucid.linear_model import ElasticNetCV, LassoCV
from pellucid.model_selection import KFold


def sample() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 6)) * (rng.random((60, 6)) < 0.7)
    return X, X @ (rng.normal(size=6) * (np.arange(6) % 2)) + rng.normal(size=60) + 2.0


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("sparse", [True, False])
def test_the_lassos_choice_is_scikit_learns(sparse: bool, weighted: bool) -> None:
    X, y = sample()
    weights = np.random.default_rng(1).uniform(0.5, 2.0, 60) if weighted else None
    shared: dict[str, Any] = {"alphas": 20, "tol": 1e-12, "max_iter": 50_000, "cv": 4}
    oracle = OracleLasso(**shared).fit(X, y, weights)
    model = LassoCV(**shared).fit(csr_array(X) if sparse else X, y, weights)
    np.testing.assert_allclose(model.alphas_, oracle.alphas_, rtol=1e-9)
    np.testing.assert_allclose(model.mse_path_, oracle.mse_path_, rtol=1e-5)
    assert model.alpha_ == pytest.approx(oracle.alpha_)
    np.testing.assert_allclose(model.coef_, oracle.coef_, atol=1e-6)
    np.testing.assert_allclose(model.intercept_, oracle.intercept_, atol=1e-6)


def test_weights_of_one_choose_as_no_weights_do_where_folds_are_of_unequal_size() -> None:
    rng = np.random.RandomState(0)
    X = rng.rand(10, 5)
    y = X.sum(axis=1) + rng.rand(10)
    plain = LassoCV(tol=1e-6, cv=3).fit(X, y)
    assert LassoCV(tol=1e-6, cv=3).fit(X, y, np.ones(10)).alpha_ == plain.alpha_


def test_the_nets_choice_among_ratios_is_scikit_learns() -> None:
    X, y = sample()
    shared: dict[str, Any] = {"alphas": 15, "tol": 1e-12, "max_iter": 50_000, "l1_ratio": [0.2, 0.7, 1.0]}
    oracle, model = OracleNet(**shared).fit(X, y), ElasticNetCV(**shared).fit(X, y)
    assert (model.l1_ratio_, model.alpha_) == pytest.approx((oracle.l1_ratio_, oracle.alpha_))
    np.testing.assert_allclose(model.mse_path_, oracle.mse_path_, rtol=1e-5)
    np.testing.assert_allclose(model.coef_, oracle.coef_, atol=1e-6)


def test_the_number_of_jobs_changes_nothing_and_folds_can_be_given() -> None:
    X, y = sample()
    one = LassoCV(alphas=10, cv=KFold(3, shuffle=True, random_state=0)).fit(X, y)
    two = LassoCV(alphas=10, cv=KFold(3, shuffle=True, random_state=0), n_jobs=2).fit(X, y)
    np.testing.assert_array_equal(one.mse_path_, two.mse_path_)
    np.testing.assert_array_equal(one.coef_, two.coef_)


def test_an_interrupted_choice_is_made_by_the_folds_that_were_done() -> None:
    class Impatient(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            assert np.isfinite(estimator.predict(sample()[0])).all()
            if step == 2:
                raise KeyboardInterrupt

    with pytest.warns(ConvergenceWarning, match="LassoCV: interrupted after step 2"):
        model = LassoCV(alphas=10).set_callbacks(Impatient()).fit(*sample())
    assert model.interrupted_ and model.mse_path_.shape == (10, 2)
    assert model.alpha_ == model.alphas_[model.mse_path_.mean(axis=1).argmin()]


def test_folds_without_weights_to_learn_from_are_named() -> None:
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(20, 3)), np.where(np.arange(20) == 3, 1.0, 0.0)
    with pytest.raises(DataError, match="rows that fold 0 learns from; shuffle the rows"):
        LassoCV(cv=3).fit(X, X[:, 0], weights)
