"""Search led by Optuna: led by the scores, fixed by seed and batch, silent, and honest about failures."""

import sys
from typing import Any

import numpy as np
import optuna
import pytest
from joblib import parallel_config
from optuna.distributions import FloatDistribution, IntDistribution

from pellucid.base import Regressor, Whole
from pellucid.errors import ParameterError, PellucidWarning
from pellucid.linear_model import LogisticRegression
from pellucid.model_selection import OptunaSearchCV, cross_val_score
from pellucid.model_selection._optuna_search import distributions_of

RNG = np.random.default_rng(3)
X = RNG.normal(size=(60, 3))
Y = (X[:, 0] + RNG.normal(size=60) > 0).astype(int)


class Guess(Regressor):
    """Says a * b, whatever it is shown."""

    limits = {"a": Whole(), "b": Whole()}
    told_: float

    def __init__(self, a: Any = 0, b: Any = 1) -> None:
        self.a, self.b = a, b

    def fit(self, X: Any, y: Any) -> Any:
        self.told_ = self.a * self.b
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.told_)


def guessing(**given: Any) -> OptunaSearchCV:
    space = {"a": FloatDistribution(-10.0, 10.0), "b": [1.0, -1.0]}
    return OptunaSearchCV(Guess(), space, scoring="neg_mean_squared_error", cv=2, **{"random_state": 0, **given})


def test_later_settings_are_better_than_the_first_because_scores_lead_it() -> None:
    found = guessing(n_trials=60).fit(X, np.full(60, 7.0))
    missed = np.abs([setting["a"] * setting["b"] - 7.0 for setting in found.cv_results_["params"]])
    assert np.median(missed[-20:]) < np.median(missed[:10]) / 3
    assert found.best_score_ == pytest.approx(-(missed.min() ** 2))


def test_the_same_seed_and_batch_give_the_same_settings_whatever_n_jobs_is() -> None:
    one = guessing(n_trials=14, batch_size=4).fit(X, np.full(60, 7.0))
    with parallel_config(backend="threading"):
        many = guessing(n_trials=14, batch_size=4, n_jobs=3).fit(X, np.full(60, 7.0))
    other = guessing(n_trials=14, batch_size=4, random_state=1).fit(X, np.full(60, 7.0))
    assert one.cv_results_["params"] == many.cv_results_["params"] != other.cv_results_["params"]


def test_values_of_lists_may_be_anything_and_scores_are_those_of_cross_validation() -> None:
    space = {"C": np.logspace(-2, 2, 9), "class_weight": [None, "balanced", {0: 2.0}]}
    found = OptunaSearchCV(LogisticRegression(), space, n_trials=5, cv=3, random_state=0).fit(X, Y)
    for k, setting in enumerate(found.cv_results_["params"]):
        assert any(setting["class_weight"] == value for value in space["class_weight"])
        assert (
            found.cv_results_["mean_test_score"][k] == cross_val_score(LogisticRegression(**setting), X, Y, cv=3).mean()
        )
    assert found.predict(X).shape == (60,) and len(found.study_.trials) == 5


def test_a_setting_that_fails_is_told_as_such_and_the_search_goes_on() -> None:
    search = OptunaSearchCV(LogisticRegression(), {"C": [-1.0, 1.0]}, n_trials=8, cv=2, random_state=0)
    with pytest.warns(PellucidWarning, match="evaluations failed"):
        search.fit(X, Y)
    states = [trial.state.name for trial in search.study_.trials]
    assert set(states) == {"FAIL", "COMPLETE"} and search.best_params_ == {"C": 1.0}


def test_a_sampler_may_be_given_a_timeout_ends_it_and_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    said = optuna.logging.get_verbosity()
    found = guessing(n_trials=3, sampler=optuna.samplers.RandomSampler(seed=0)).fit(X, Y)
    assert len(found.cv_results_["params"]) == 3
    assert len(guessing(n_trials=50, timeout=1e-9).fit(X, Y).cv_results_["params"]) == 1
    assert optuna.logging.get_verbosity() == said
    printed = capsys.readouterr()
    assert printed.out == printed.err == ""


def test_what_cannot_be_searched_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(distributions_of({"n": IntDistribution(1, 3)})) == ["n"]
    for wrong, message in ((3, "'C' is 3; give a list of values, or a distribution"), ([], "'C' has no values")):
        with pytest.raises(ParameterError, match=message):
            OptunaSearchCV(LogisticRegression(), {"C": wrong}).fit(X, Y)
    with pytest.raises(ParameterError, match="refit must name the score"):
        OptunaSearchCV(LogisticRegression(), {"C": [1.0]}, scoring=["f1", "accuracy"], refit=False).fit(X, Y)
    assert guessing().study_ is None
    monkeypatch.setitem(sys.modules, "optuna.distributions", None)
    with pytest.raises(ImportError, match="needs Optuna; install it: pip install optuna"):
        guessing().fit(X, Y)
