"""Candidates tried on validation rows, and two of them tested."""

import warnings
from typing import Any

import numpy as np
import pytest

from pellucid.auto._candidates import BASELINE, Candidate
from pellucid.auto._evaluation import answers, scores
from pellucid.auto._problem import Problem, pose
from pellucid.auto._progress import Progress
from pellucid.auto._source import open_source
from pellucid.auto._trials import Trial, best_of, compare, judge_once
from pellucid.base import Callback
from pellucid.dummy import DummyClassifier
from pellucid.errors import DataError, DataWarning
from pellucid.linear_model import LogisticRegression
from pellucid.neural_network import MLPClassifier

DUMMY = Candidate(BASELINE, lambda seed: DummyClassifier(), "says nothing")
LOGISTIC = Candidate("logistic", lambda seed: LogisticRegression(), "logistic regression")


class Failing(LogisticRegression.__mro__[1]):  # type: ignore[misc]  # a Classifier; LogisticRegression itself is final
    """Cannot be fitted."""

    def fit(self, X: Any, y: Any) -> Any:
        raise DataError("the loss is nan")

    def predict_proba(self, X: Any) -> Any:
        raise AssertionError


class Warning(DummyClassifier.__mro__[1]):  # type: ignore[misc]
    """Warns when it is fitted."""

    def fit(self, X: Any, y: Any) -> Any:
        for _ in range(2):
            warnings.warn("mind the gap", DataWarning, stacklevel=1)
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Any) -> Any:
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


FAILING = Candidate("failing", lambda seed: Failing(), "cannot be fitted")


class Heard(Progress):
    def __init__(self) -> None:
        self.said: list[str] = []
        self.begun: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def candidate(self, name: str) -> Callback:
        self.begun.append(name)
        return Callback()


def wine(*candidates: Candidate) -> Problem:
    problem = pose(open_source("wine"), None, "auto", np.random.default_rng(0))
    problem.candidates = candidates
    return problem


def tried(problem: Problem, progress: Progress | None = None) -> list[Trial]:
    return compare(problem, np.random.SeedSequence(0), progress or Progress())


def test_candidates_are_judged_on_the_validation_rows() -> None:
    problem = wine(DUMMY, LOGISTIC)
    train, judge = problem.parts.train, problem.parts.validation
    model = LogisticRegression().fit(problem.rows(train, LOGISTIC), problem.y[train])
    wanted = scores(problem.task, problem.y[judge], answers(model, problem.rows(judge, LOGISTIC), problem.task))
    assert tried(problem)[1].validation == wanted


def test_the_best_is_that_of_the_least_loss_and_of_equals_the_earlier() -> None:
    task = wine().task

    def trial(name: str, loss: float | None) -> Trial:
        row = {} if loss is None else {"log_loss": loss}
        return Trial(Candidate(name, lambda seed: None, ""), None, row, 0.0)

    trials = [trial("baseline", 1.0), trial("a", 0.5), trial("b", 0.25), trial("c", 0.25), trial("d", None)]
    assert best_of(trials, task).candidate.name == "b"


def test_comparing_does_not_open_the_test_part_and_judging_opens_it_once() -> None:
    problem = wine(DUMMY, LOGISTIC)
    trials = tried(problem)
    assert problem.parts.record()["test_openings"] == 0
    judged = judge_once(problem, trials[1], trials[0], seed=0)
    assert problem.parts.record()["test_openings"] == 1
    assert list(judged) == ["logistic", BASELINE]
    with pytest.warns(DataWarning, match="has now been opened 2 times"):
        assert list(judge_once(problem, trials[0], trials[0], seed=0)) == [BASELINE]


def test_a_candidate_that_cannot_be_fitted_is_passed_over_with_its_reason() -> None:
    heard = Heard()
    trials = tried(wine(DUMMY, FAILING, LOGISTIC), heard)
    assert [bool(trial.validation) for trial in trials] == [True, False, True]
    assert trials[1].record()["notes"] == ["the loss is nan"]
    assert "failing: passed over; the loss is nan" in heard.said
    assert best_of(trials, wine().task).candidate is LOGISTIC


def test_where_nothing_but_the_baseline_can_be_fitted_the_reason_is_raised() -> None:
    with pytest.raises(DataError, match="the loss is nan"):
        tried(wine(DUMMY, FAILING))
    assert len(tried(wine(DUMMY))) == 1


def test_warnings_are_noted_once_and_not_raised() -> None:
    trials = tried(wine(DUMMY, Candidate("warning", lambda seed: Warning(), "warns")))
    assert trials[1].notes == ["mind the gap"]


def test_after_an_interruption_no_other_candidate_is_begun() -> None:
    class Press(Heard):
        def candidate(self, name: str) -> Callback:
            super().candidate(name)
            return Pressing() if name == "mlp" else Callback()

    class Pressing(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            if step == 2:
                raise KeyboardInterrupt

    network = Candidate("mlp", lambda seed: MLPClassifier((4,), random_state=seed), "a network", watches=True)
    heard = Press()
    trials = tried(wine(DUMMY, network, LOGISTIC), heard)
    assert heard.begun == [BASELINE, "mlp"]
    assert trials[-1].interrupted
    assert trials[-1].validation
    assert trials[-1].record()["steps"] == 2
    assert heard.said[-1] == "interrupted: the run concludes with what has been learned by now"


def test_each_candidate_has_a_seed_of_its_own() -> None:
    given: list[int] = []

    def made(seed: int) -> DummyClassifier:
        given.append(seed)
        return DummyClassifier()

    tried(wine(*(Candidate(name, made, "") for name in (BASELINE, "a", "b"))))
    assert len(set(given)) == 3
    first = given[:]
    given.clear()
    tried(wine(*(Candidate(name, made, "") for name in (BASELINE, "a"))))
    assert given == first[:2]  # one more candidate does not move the others
