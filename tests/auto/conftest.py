"""Runs that several tests look at, and runs without a network for those that do not need one."""

import pytest

from pellucid.auto import Result, _problem, fit


@pytest.fixture(scope="session")
def wine() -> Result:
    """The standard run on wine, seed 0."""
    return fit("wine", seed=0)


@pytest.fixture
def without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the baseline and the linear model are tried."""
    monkeypatch.setattr(_problem, "CLASSIFIERS", _problem.CLASSIFIERS[:2])
    monkeypatch.setattr(_problem, "REGRESSORS", _problem.REGRESSORS[:2])
