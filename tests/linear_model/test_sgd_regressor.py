"""Steps are scikit-learn's, row by row; pieces add up; the end is near least squares."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import SGDRegressor as Oracle

from pellucid.errors import DataError, ModelFileError
from pellucid.linear_model import LinearRegression, SGDRegressor
from pellucid.linear_model._sgd_state import RESIDUAL_LOSSES


def sample() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 4)) * (rng.random((80, 4)) < 0.7)
    return X, X @ [1.0, -2.0, 0.0, 0.5] + 0.1 * rng.normal(size=80) + 1.0


@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("penalty", ["l2", "l1", None])
@pytest.mark.parametrize("loss", RESIDUAL_LOSSES)
def test_every_loss_takes_scikit_learns_steps(loss: str, penalty: Any, sparse: bool, average: bool) -> None:
    if penalty == "l1" and average:
        pytest.skip("scikit-learn's mean leaves out what l1 takes off; ours is held to NumPy in test_sgd_kernels.py")
    X, y = sample()
    weight = np.random.default_rng(1).uniform(0.5, 2.0, 80)
    shared: dict[str, Any] = {"loss": loss, "penalty": penalty, "average": average, "alpha": 0.01, "random_state": 0}
    shared |= {"shuffle": False, "tol": None, "max_iter": 4}
    rows = csr_array(X) if sparse else X
    model, oracle = SGDRegressor(**shared).fit(rows, y, weight), Oracle(**shared).fit(rows, y, sample_weight=weight)
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(model.intercept_, oracle.intercept_, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(model.predict(rows), oracle.predict(rows), rtol=1e-9, atol=1e-10)


def test_pieces_are_as_at_once_and_many_epochs_come_near_least_squares() -> None:
    X, y = sample()
    once, pieces = SGDRegressor(shuffle=False).partial_fit(X, y), SGDRegressor(shuffle=False)
    for rows in np.array_split(np.arange(80), 5):
        pieces.partial_fit(X[rows], y[rows])
    np.testing.assert_allclose(pieces.coef_, once.coef_, rtol=1e-12)
    long = SGDRegressor(penalty=None, average=4000, eta0=0.05, max_iter=500, tol=None, random_state=0).fit(X, y)
    np.testing.assert_allclose(long.coef_, LinearRegression().fit(X, y).coef_, atol=0.02)


def test_early_stopping_and_warm_start_go_on() -> None:
    X, y = sample()
    model = SGDRegressor(early_stopping=True, warm_start=True, random_state=0, eta0=0.05).fit(X, y)
    first = model.score(X, y)
    assert model.fit(X, y).score(X, y) >= first - 0.01 > 0.9
    with pytest.raises(DataError, match=f"had n_features_in_ {X.shape[1]}, and this one has {X.shape[1] - 1}"):
        model.fit(X[:, 1:], y)
    assert model.score(X, y) > 0.9


def test_a_record_whose_parts_do_not_fit_is_refused() -> None:
    record = SGDRegressor(random_state=0).fit(*sample()).to_record()
    record["state"]["coef_"] = np.zeros(3)
    with pytest.raises(
        ModelFileError, match=r"SGDRegressor: coef_ and intercept_ in the record are \(\(3,\), \(1,\)\)"
    ):
        SGDRegressor.from_record(record)
