"""One step of expectation and maximisation."""

import numpy as np
import pytest

from pellucid.mixture._covariance import SHAPES
from pellucid.mixture._em import expect, log_joint, maximise


def test_shares_are_bayes_rule_worked_by_hand() -> None:
    X = np.array([[-1.0], [0.0], [1.0]])
    mixture = maximise(X, np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]), SHAPES["spherical"], 0.0)
    np.testing.assert_allclose(mixture.means.ravel(), [-2 / 3, 2 / 3], atol=1e-12)
    np.testing.assert_allclose(mixture.covariances, [2 / 9, 2 / 9], atol=1e-12)
    density = np.exp(-((X - mixture.means.T) ** 2) * 9 / 4) / np.sqrt(2 * np.pi * 2 / 9)
    logs, share = expect(X, mixture, SHAPES["spherical"])
    np.testing.assert_allclose(logs, np.log(density.mean(axis=1)), rtol=1e-10)
    np.testing.assert_allclose(share, density / density.sum(axis=1, keepdims=True), rtol=1e-10)


def test_rows_far_from_every_gaussian_have_shares_and_finite_logs() -> None:
    mixture = maximise(np.array([[0.0], [1.0], [5.0], [6.0]]), np.eye(2)[[0, 0, 1, 1]], SHAPES["diag"], 0.0)
    logs, share = expect(np.array([[1e6]]), mixture, SHAPES["diag"])
    assert np.isfinite(logs).all() and share.sum() == 1.0


def test_logs_do_not_depend_on_the_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X, share = rng.normal(size=(50, 3)), rng.dirichlet(np.ones(4), size=50)
    mixture = maximise(X, share, SHAPES["full"], 1e-3)
    wanted = log_joint(X, mixture, SHAPES["full"])
    monkeypatch.setattr("pellucid.mixture._em.TILE_VALUES", 21)
    np.testing.assert_allclose(log_joint(X, mixture, SHAPES["full"]), wanted, rtol=1e-12)
