"""Searches that try many settings with little, and the better ones with more.

Here: `HalvingGridSearchCV` and `HalvingRandomSearchCV`, and what they share.
Elsewhere: the arithmetic of rounds is in _halving_plan.py, the shared part of all searches in _search.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence, pellucid.random and this package.
"""

from abc import abstractmethod
from collections.abc import Sequence
from math import ceil
from typing import Any, final

import numpy as np

from pellucid.base import SEED, Choice, Flag, Kind, OneOf, Real, Whole, check_labels
from pellucid.errors import ParameterError
from pellucid.model_selection._containers import n_rows
from pellucid.model_selection._given_estimator import is_classifier
from pellucid.model_selection._halving_plan import Plan, plan_rounds, spread_rows
from pellucid.model_selection._options import SEARCH_LIMITS, SETTINGS
from pellucid.model_selection._parameters import ParameterGrid, ParameterSampler
from pellucid.model_selection._search import Run, Search, Splits
from pellucid.model_selection._search_results import SearchResults, Trial
from pellucid.persistence import register
from pellucid.random import Seed, generator

_FEWEST = 2  # rows of each class in each fold of the first round; with fewer a score says nothing, as in scikit-learn

HALVING_LIMITS = {
    **{name: limit for name, limit in SEARCH_LIMITS.items() if name != "pre_dispatch"},
    "factor": Real(1.0, open_low=True, says="1 / factor of the settings go on, with factor times the resources"),
    "resource": Kind(str, words="'n_samples', or the name of a parameter of the estimator"),
    "max_resources": OneOf(Whole(low=1), Choice("auto")),
    "min_resources": OneOf(Whole(low=1), Choice("exhaust", "smallest")),
    "aggressive_elimination": Flag(),
    "random_state": SEED,
}


class HalvingSearch(Search):
    """Successive halving; a subclass says with which settings it begins."""

    n_resources_: list[int]
    """Resources of each round that was finished."""
    n_candidates_: list[int]
    """Settings tried in each round that was finished."""
    n_remaining_candidates_: int
    n_iterations_: int
    """Rounds planned."""
    n_possible_iterations_: int
    n_required_iterations_: int
    min_resources_: int
    max_resources_: int

    factor: float
    resource: str
    max_resources: Any
    min_resources: Any
    aggressive_elimination: bool
    random_state: Seed

    @abstractmethod
    def _settings(self, least: int, most: int) -> Sequence[dict[str, Any]]:
        """The settings of the first round, for resources from `least` to `most`."""

    @final
    def _n_settings(self, X: Any, y: Any, n_splits: int) -> int:
        least, most = self._resources(X, y, n_splits)
        return sum(self._plan(len(self._settings(least, most)), least, most).candidates)

    @final
    def _search(self, run: Run) -> None:
        X, y = run.bench.X, run.bench.y
        if run.key is None or len(run.bench.scorers) > 1:
            raise ParameterError(f"{type(self).__name__}: scoring must be one score, by which settings are dropped.")
        least, most = self._resources(X, y, len(run.splits))
        settings = list(self._settings(least, most))
        if self.resource != "n_samples" and any(self.resource in setting for setting in settings):
            raise ParameterError(
                f"{type(self).__name__}: {self.resource} is the resource and among the parameters to search; take it "
                "out of one of them."
            )
        plan = self._plan(len(settings), least, most)
        self.n_iterations_, self.n_required_iterations_ = len(plan.candidates), plan.n_required
        self.n_possible_iterations_, self.min_resources_, self.max_resources_ = plan.n_possible, plan.least, most
        self.n_resources_, self.n_candidates_ = [], []
        spread = self._spread(run) if self.resource == "n_samples" else run.splits
        for r, resources in enumerate(plan.resources):
            splits = spread
            if self.resource == "n_samples":
                splits = _beginnings(spread, resources / n_rows(X))
            else:
                settings = [{**setting, self.resource: resources} for setting in settings]
            trials = run.try_all(settings, splits, iter=r, n_resources=resources)
            settings = best_of(trials, run.key, run.instead, ceil(len(trials) / self.factor))
            self.n_resources_.append(resources)
            self.n_candidates_.append(len(trials))
            self.n_remaining_candidates_ = len(settings)

    @final
    def _best_of(self, results: SearchResults, name: str) -> int:
        """The best of the last round that was finished; scores of different rounds cannot be compared."""
        last = np.flatnonzero(results["iter"] == max(0, len(self.n_resources_) - 1))
        means = results[f"mean_test_{name}"][last]
        return int(last[np.where(np.isnan(means), -np.inf, means).argmax()])

    @final
    def _plan(self, n: int, least: int, most: int) -> Plan:
        exhaust = self.min_resources == "exhaust"
        return plan_rounds(n, self.factor, least, most, exhaust=exhaust, aggressive=self.aggressive_elimination)

    @final
    def _resources(self, X: Any, y: Any, n_splits: int) -> tuple[int, int]:
        """The least and the most resources, checked."""
        name, of_rows = type(self).__name__, self.resource == "n_samples"
        if not of_rows and self.resource not in self.estimator.get_params():
            raise ParameterError(
                f"{name}: resource={self.resource!r} is no parameter of {type(self.estimator).__name__}; give one that "
                "costs time, such as max_iter, or 'n_samples'."
            )
        if not of_rows and self.max_resources == "auto":
            raise ParameterError(f"{name}: max_resources='auto' is for rows; say how large {self.resource} may become.")
        most = n_rows(X) if self.max_resources == "auto" else int(self.max_resources)
        if of_rows and most > n_rows(X):
            raise ParameterError(f"{name}: max_resources is {most}, and X has {n_rows(X)} rows; give at most these.")
        if isinstance(self.min_resources, str):
            classes = len(check_labels(y, n_rows(X), where=name)[0]) if is_classifier(self.estimator) else 1
            least = n_splits * _FEWEST * classes if of_rows else 1
        else:
            least = int(self.min_resources)
        if least > most:
            raise ParameterError(
                f"{name}: min_resources is {least}, more than max_resources={most}; lower the first, use fewer folds, "
                "or another search."
            )
        return least, most

    @final
    def _spread(self, run: Run) -> Splits:
        """The splits, with their rows in an order of which every beginning is a small copy of the whole."""
        chance, y = generator(self.random_state), run.bench.y
        codes = check_labels(y, n_rows(y), where=type(self).__name__)[1] if is_classifier(self.estimator) else None
        return [(spread_rows(train, codes, chance), spread_rows(test, codes, chance)) for train, test in run.splits]


def best_of(trials: Sequence[Trial], name: str, instead: float, keep: int) -> list[dict[str, Any]]:
    """The settings of the `keep` best trials, the best last, as in scikit-learn; of equal ones the first are kept."""
    means = np.array([trial.means(instead).get(name, np.nan) for trial in trials])
    order = np.argsort(np.where(np.isnan(means), np.inf, -means), kind="stable")
    return [trials[t].params for t in order[:keep][::-1]]


def _beginnings(splits: Splits, share: float) -> Splits:
    """The first rows of both parts of each split; one at least."""
    return [tuple(rows[: max(1, int(share * len(rows)))] for rows in pair) for pair in splits]  # type: ignore[misc]


@final
@register("model_selection.HalvingGridSearchCV")
class HalvingGridSearchCV(HalvingSearch):
    """Every combination of the listed values on a few rows; the best third on three times as many; and so on.

        settings of round r: ceil(M / factor^r),    resources of round r: min_resources factor^r

    The resource is rows ("n_samples", each round's rows a class-balanced sample that contains the round before) or a
    parameter of the estimator, such as max_iter. `min_resources`: a number, "smallest" (two rows of each class in each
    fold; 1 of a parameter), or "exhaust", so much that the last round uses nearly all. With `aggressive_elimination`
    the first rounds stay at the least until few enough settings are left. For M settings about log_factor(M) rounds of
    equal cost, instead of M times the cost of all rows. Assumes that what is good on little is good on much: strong
    regularisation and small models look better on few rows than they are on many.
    `best_` attributes are of the last round; other parameters, and why best_score_ is too good, as in `GridSearchCV`.
    Raises ParameterError where resources do not suffice for one round, or several scores are given.
    Source: Jamieson and Talwalkar, AISTATS 2016.

    >>> from pellucid.datasets import load_iris
    >>> from pellucid.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> grid = {"C": [0.001, 0.1, 10.0]}
    >>> search = HalvingGridSearchCV(LogisticRegression(), grid, random_state=0).fit(X, y)
    >>> search.n_candidates_, search.n_resources_, search.best_params_
    ([3, 1], [50, 150], {'C': 10.0})
    """

    limits = {**HALVING_LIMITS, "param_grid": SETTINGS}

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: int | str = "auto",
        min_resources: int | str = "exhaust",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: float | str = np.nan,
        return_train_score: bool = True,
        random_state: Seed = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.param_grid = param_grid
        self.factor = factor
        self.resource = resource
        self.max_resources = max_resources
        self.min_resources = min_resources
        self.aggressive_elimination = aggressive_elimination
        self.cv = cv
        self.scoring = scoring
        self.refit = refit
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _settings(self, least: int, most: int) -> Sequence[dict[str, Any]]:
        return list(ParameterGrid(self.param_grid))


@final
@register("model_selection.HalvingRandomSearchCV")
class HalvingRandomSearchCV(HalvingSearch):
    """Settings drawn at random, tried on a few rows; the best third on three times as many; and so on.

    `n_candidates`: settings of the first round, or "exhaust": as many as `min_resources` fits into `max_resources`, so
    that the last round uses nearly all. Draws as in `RandomizedSearchCV`, rounds as in `HalvingGridSearchCV`.
    Raises ParameterError when both n_candidates and min_resources are "exhaust": one must be known.
    Source: Jamieson and Talwalkar, AISTATS 2016.

    >>> from pellucid.datasets import load_iris
    >>> from pellucid.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> drawn = {"C": np.logspace(-3, 3, 100)}
    >>> search = HalvingRandomSearchCV(LogisticRegression(), drawn, random_state=0).fit(X, y)
    >>> search.n_candidates_, search.n_resources_
    ([5, 2], [30, 90])
    """

    limits = {
        **HALVING_LIMITS,
        "param_distributions": SETTINGS,
        "n_candidates": OneOf(Whole(low=1), Choice("exhaust")),
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_candidates: int | str = "exhaust",
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: int | str = "auto",
        min_resources: int | str = "smallest",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: float | str = np.nan,
        return_train_score: bool = True,
        random_state: Seed = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_candidates = n_candidates
        self.factor = factor
        self.resource = resource
        self.max_resources = max_resources
        self.min_resources = min_resources
        self.aggressive_elimination = aggressive_elimination
        self.cv = cv
        self.scoring = scoring
        self.refit = refit
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _settings(self, least: int, most: int) -> Sequence[dict[str, Any]]:
        if self.n_candidates == "exhaust" and self.min_resources == "exhaust":
            raise ParameterError(
                "HalvingRandomSearchCV: n_candidates and min_resources are both 'exhaust'; give one as a number."
            )
        n = most // least if isinstance(self.n_candidates, str) else self.n_candidates
        return list(ParameterSampler(self.param_distributions, n, random_state=self.random_state))
