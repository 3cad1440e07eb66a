"""Candidates fitted on the training rows, judged on the validation rows, and two of them on the test rows.

Here: `Trial`, `compare`, `best_of`, `judge_once`.
Elsewhere: which candidates there are is in _candidates.py; the numbers they are judged by in _evaluation.py.
Imports: numpy, pellucid.errors and this package.
"""

import warnings
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, final

import numpy as np

from pellucid.auto._candidates import Candidate
from pellucid.auto._evaluation import DECIDING, HEADLINE, answers, intervals, rests_on_one_row, scores
from pellucid.auto._problem import Problem
from pellucid.auto._progress import Progress
from pellucid.auto._task import Task
from pellucid.errors import DataError


@final
@dataclass(frozen=True)
class Trial:
    """One candidate, fitted and judged on the validation rows; `validation` is empty where it could not be fitted."""

    candidate: Candidate
    estimator: Any
    validation: dict[str, float]
    seconds: float
    notes: list[str] = field(default_factory=list)

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended its fit."""
        return bool(vars(self.estimator).get("interrupted_", False))

    def record(self) -> dict[str, Any]:
        """The trial as plain data."""
        return {
            "name": self.candidate.name,
            "says": self.candidate.says,
            "estimator": repr(self.estimator),
            "validation": self.validation,
            "steps": vars(self.estimator).get("n_iter_"),
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
            "notes": self.notes,
        }


def compare(problem: Problem, seeds: np.random.SeedSequence, progress: Progress) -> list[Trial]:
    """A trial of each candidate, in order, the baseline first; after an interrupted one no other is begun.

    A candidate that the data defeat (a loss that overflows, say) is passed over with its reason; when only the
    baseline is left, that reason is raised as the DataError it is.
    """
    trials: list[Trial] = []
    failure: DataError | None = None
    for candidate, seed in zip(problem.candidates, seeds.generate_state(len(problem.candidates)), strict=True):
        try:
            trial = _try(problem, candidate, int(seed), progress)
        except DataError as error:
            failure = error
            trial = Trial(candidate, candidate.make(int(seed)), {}, 0.0, [str(error)])
        trials.append(trial)
        progress.say(_told(trial, problem.task))
        if trial.interrupted:
            progress.say("interrupted: the run concludes with what has been learned by now")
            break
    if failure is not None and not any(trial.validation for trial in trials[1:]):
        raise failure
    return trials


def best_of(trials: list[Trial], task: Task) -> Trial:
    """The trial with the least deciding number; of equals the earlier, which is the simpler."""
    return min((trial for trial in trials if trial.validation), key=lambda trial: trial.validation[DECIDING[task.kind]])


def judge_once(problem: Problem, best: Trial, baseline: Trial, seed: int) -> dict[str, dict[str, Any]]:
    """Open the test part, once, for both: metrics with their intervals by candidate, the best first.

    Where the loss of the best rests on one row the problem's cautions say so.
    """
    rows = problem.parts.open_test()
    y = problem.y[rows]
    said = {
        trial.candidate.name: answers(trial.estimator, problem.rows(rows, trial.candidate), problem.task)
        for trial in (best, baseline)
    }
    caution = rests_on_one_row(problem.task, y, said[best.candidate.name])
    problem.cautions += [] if caution is None else [caution]
    return {name: intervals(problem.task, y, answer, seed) for name, answer in said.items()}


def _try(problem: Problem, candidate: Candidate, seed: int, progress: Progress) -> Trial:
    learn, judge = problem.parts.train, problem.parts.validation
    x, x_judge = problem.rows(learn, candidate), problem.rows(judge, candidate)
    estimator = candidate.make(seed).set_callbacks(progress.candidate(candidate.name))
    watched = {"X_val": x_judge, "y_val": problem.y[judge]} if candidate.watches else {}
    began = perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(x, problem.y[learn], **watched)
    estimator.set_callbacks()
    found = scores(problem.task, problem.y[judge], answers(estimator, x_judge, problem.task))
    return Trial(
        candidate, estimator, found, perf_counter() - began, list(dict.fromkeys(str(w.message) for w in caught))
    )


def _told(trial: Trial, task: Task) -> str:
    """A line on a finished trial."""
    if not trial.validation:
        return f"{trial.candidate.name}: passed over; {trial.notes[0]}"
    numbers = ", ".join(f"{name} {trial.validation[name]:.4g}" for name in (DECIDING[task.kind], HEADLINE[task.kind]))
    return f"{trial.candidate.name}: validation {numbers} ({trial.seconds:.1f} s)"
