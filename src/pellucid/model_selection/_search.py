"""The search for parameters: evaluate settings by cross-validation, fit the best one on all rows.

Here: `Search`, the abstract parent, an estimator itself; `Run`, one search under way.
Elsewhere: which settings are tried is said by _grid_search.py, _random_search.py, _halving.py and _optuna_search.py;
the table of results is in _search_results.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.metrics and this package.
"""

import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from math import nan
from time import perf_counter
from typing import TYPE_CHECKING, Any, NoReturn, Self, final

from pellucid.base import Estimator, Traits, Watch, clone, kin
from pellucid.base._traits import Role
from pellucid.errors import NotFittedError, ParameterError, PellucidWarning
from pellucid.metrics import Scorer, check_scorers
from pellucid.metrics._scorer import takes_weights
from pellucid.model_selection._check_cv import check_cv, splits_of
from pellucid.model_selection._containers import check_same_rows
from pellucid.model_selection._evaluation import (
    Bench,
    Task,
    check_failures,
    check_finite_scores,
    evaluate,
    fit_on,
    in_order,
    score_names,
)
from pellucid.model_selection._given_estimator import is_classifier, is_pairwise, unfitted
from pellucid.model_selection._search_results import SearchResults, Trial, results_of
from pellucid.model_selection._splitter import Array

Splits = Sequence[tuple[Array, Array]]


def _asks(method: str, says: str) -> property:
    """A property that is the method of the best estimator; absent where that has none."""
    return property(lambda search: search._of_best(method), doc=says)


class Search(Estimator):
    """An estimator that looks for the parameters of another; a subclass says which settings it tries.

    After fit it predicts, transforms and scores as its best estimator does, and has the methods that this one has.

    >>> from pellucid.model_selection import GridSearchCV
    >>> issubclass(GridSearchCV, Search)
    True
    """

    cv_results_: SearchResults
    """Columns by name, an entry a setting: times, parameters, scores of each split, their mean, spread and rank."""
    best_estimator_: Any
    """The best setting, fitted on all rows; with `refit`."""
    best_params_: dict[str, Any]
    best_score_: float
    """Mean test score of the best setting. It was the greatest of many, and is too good: see `GridSearchCV`."""
    best_index_: int
    """Its place in the columns of `cv_results_`."""
    n_splits_: int
    refit_time_: float
    """Seconds."""
    multimetric_: bool
    classes_: Array
    """Those of the best estimator, where it has any."""

    estimator: Any
    scoring: Any
    n_jobs: int | None
    refit: Any
    cv: Any
    verbose: int
    error_score: Any
    return_train_score: bool

    predict = _asks("predict", "`predict` of the best estimator.")
    predict_proba = _asks("predict_proba", "`predict_proba` of the best estimator.")
    predict_log_proba = _asks("predict_log_proba", "`predict_log_proba` of the best estimator.")
    decision_function = _asks("decision_function", "`decision_function` of the best estimator.")
    score_samples = _asks("score_samples", "`score_samples` of the best estimator.")
    transform = _asks("transform", "`transform` of the best estimator.")
    inverse_transform = _asks("inverse_transform", "`inverse_transform` of the best estimator.")

    @abstractmethod
    def _search(self, run: "Run") -> None:
        """Call `run.try_all` with settings, once or several times."""

    @abstractmethod
    def _n_settings(self, X: Any, y: Any, n_splits: int) -> int | None:
        """How many settings will be tried; None when that is not known before. Checks what it needs."""

    def _best_of(self, results: SearchResults, name: str) -> int:
        """The row of the best setting by the score `name`."""
        return int(results[f"rank_test_{name}"].argmin())

    def fit(self, X: Any, y: Any = None, *, groups: Any = None, **fit_params: Any) -> Self:
        """Try the settings on splits of X (N, D), y (N,), and fit the best on all rows.

        `groups` (N,) go to the splitter, `fit_params` to the estimator's fit, those with N entries cut to the rows;
        a `sample_weight` among them weighs the scores, too, as in scikit-learn (a PellucidWarning names scorers that
        take none).
        A callback's step is one setting; one that asks to stop, and Ctrl-C, end the search with what was evaluated
        (`interrupted_` says so; splits that were not reached are NaN), and the best of that is fitted.
        Raises DataError when every evaluation fails, KeyboardInterrupt when not one setting was done.
        """
        self._begin_fit()
        where = type(self).__name__
        check_same_rows(X, y, groups, where=where)
        scorers = check_scorers(self.estimator, self.scoring)
        key = self._refit_key(scorers)
        splits = splits_of(check_cv(self.cv, y, classifier=is_classifier(self.estimator)), X, y, groups)
        weight = fit_params.get("sample_weight")
        weighted = () if weight is None else self._weighted(scorers)
        bench = Bench(
            self.estimator,
            X,
            y,
            scorers,
            fit_params,
            self.error_score,
            self.return_train_score,
            score_weight=weight,
            weighted=weighted,
        )
        steps = self._n_settings(X, y, len(splits))
        with Watch(self, steps) as watch:
            run = Run(self, bench, splits, watch, key)
            try:
                self._search(run)
            except _Enough:
                pass
        self._keep(run, splits)
        if self.refit:
            self._refit(X, y, fit_params)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return "cv_results_" in vars(self)  # rounds are noted before

    @final
    def _weighted(self, scorers: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the scorers that weigh rows; warns of the others."""
        able = tuple(name for name, scorer in scorers.items() if takes_weights(scorer, self.estimator))
        if len(able) < len(scorers):
            other = ", ".join(repr(scorer) for name, scorer in scorers.items() if name not in able)
            warnings.warn(
                f"{type(self).__name__}: fits are weighted by sample_weight, but the scores of {other} take no "
                "weights; the choice among the settings counts each row once.",
                PellucidWarning,
                stacklevel=3,
            )
        return able

    @final
    def _keep(self, run: "Run", splits: Splits) -> None:
        """Note what the run gave: the table, and the best of it."""
        outcomes = [outcome for trial in run.trials for outcome in trial.outcomes if outcome is not None]
        if not any(trial.done for trial in run.trials):
            raise KeyboardInterrupt  # nothing to choose from
        check_failures(outcomes, self.error_score, where=type(self).__name__)
        check_finite_scores(outcomes, where=type(self).__name__)
        names = score_names(outcomes, run.bench.scorers)
        begun = [trial for trial in run.trials if trial.begun]
        self.n_splits_ = len(splits)
        self.multimetric_ = names != ["score"]
        self.cv_results_ = results_of(begun, names, run.instead, with_train=self.return_train_score)
        if callable(self.refit):
            self.best_index_ = _row(self.refit(self.cv_results_), len(begun))
        elif run.key is not None:
            if names == ["score"]:  # a callable gave one number, whatever name refit has for it
                run.key = "score"
            if run.key not in names:
                raise ParameterError(f"{type(self).__name__}: refit={self.refit!r} is none of the scores {names}.")
            self.best_index_ = self._best_of(self.cv_results_, run.key)
        else:
            return
        self.best_params_ = begun[self.best_index_].params
        if run.key is not None:
            self.best_score_ = float(self.cv_results_[f"mean_test_{run.key}"][self.best_index_])

    @final
    def _refit(self, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
        begun = perf_counter()
        best = unfitted(self.estimator).set_params(**{name: clone(v) for name, v in self.best_params_.items()})
        fit_on(best, X, y, fit_params)
        self.best_estimator_ = best  # not what fit gives: there are estimators that give nothing
        self.refit_time_ = perf_counter() - begun
        for name in ("n_features_in_", "feature_names_in_", "classes_"):
            if hasattr(best, name):
                setattr(self, name, getattr(best, name))

    @final
    def _refit_key(self, scorers: Mapping[str, Any]) -> str | None:
        """The score that decides; None when a callable does, or nobody."""
        if list(scorers) == ["score"]:
            if not isinstance(self.refit, str) or isinstance(self.scoring, Scorer):
                return "score"
            if callable(self.scoring):
                return self.refit  # it may give several, by name
            if self.refit in ("score", self.scoring):
                return "score"
            raise ParameterError(
                f"{type(self).__name__}: refit={self.refit!r} is none of the scores; scoring={self.scoring!r} is the "
                "only one, for which refit=True is enough."
            )
        if callable(self.refit) or self.refit is False:
            return None
        if self.refit in scorers:
            return str(self.refit)
        raise ParameterError(
            f"{type(self).__name__}: with several scores, refit must name the one that decides: "
            f"{', '.join(map(repr, scorers))}; or be a callable, or False. It is {self.refit!r}."
        )

    @property
    def scorer_(self) -> Any:
        """The scorer, or a dict of them by name."""
        scorers = check_scorers(self.estimator, self.scoring)
        return scorers["score"] if list(scorers) == ["score"] else scorers

    def score(self, X: Any, y: Any = None) -> float:
        """The score that decided, of the best estimator on these rows.   X (N, D), y (N,)"""
        self._of_best("fit")  # says what is missing
        scorer = self.scorer_
        if isinstance(scorer, Mapping):
            if not isinstance(self.refit, str):
                raise ParameterError(f"{type(self).__name__}.score: refit names no score; use `scorer_` yourself.")
            scorer = scorer[self.refit]
        value = scorer(self.best_estimator_, X) if y is None else scorer(self.best_estimator_, X, y)
        return value[self.refit] if isinstance(value, Mapping) else value

    @final
    def _of_best(self, method: str) -> Callable[..., Any]:
        """A method of the best estimator; before fit, one that says so where the estimator has such a method."""
        if not self.refit:
            raise AttributeError(method)
        if "best_estimator_" in vars(self):
            found: Callable[..., Any] = getattr(self.best_estimator_, method)
            return found
        getattr(self.estimator, method)
        return partial(_not_fitted, type(self).__name__, method)

    if not TYPE_CHECKING:  # as in Estimator

        def __getattr__(self, name: str) -> Any:
            """Names the reason why a method of the best estimator is absent."""
            if name in _DELEGATED and "refit" in vars(self):
                owner = type(self).__name__
                if not self.refit:
                    raise AttributeError(f"{owner} was made with refit=False and has no best estimator to {name}.")
                raise AttributeError(f"{owner} has no {name}, because {type(self.estimator).__name__} has none.")
            return super().__getattr__(name)

    # -- what the inner estimator says of itself

    @property
    def role(self) -> Role | None:  # type: ignore[override]  # that of the estimator
        """The role of the estimator."""
        held = getattr(self.estimator, "role", None)
        return "classifier" if held is None and is_classifier(self.estimator) else held

    def _traits(self) -> Traits:
        return (
            self.estimator._traits()
            if isinstance(self.estimator, Estimator)
            else Traits(pairwise=is_pairwise(self.estimator))
        )

    def __sklearn_tags__(self) -> Any:
        from copy import deepcopy

        from sklearn.utils import get_tags

        return deepcopy(get_tags(self.estimator))


_DELEGATED = tuple(name for name, held in vars(Search).items() if isinstance(held, property) and name != "role")


@final
class Run:
    """A search under way: it evaluates settings, keeps every trial, and tells the watch."""

    def __init__(self, search: Search, bench: Bench, splits: Splits, watch: Watch, key: str | None) -> None:
        self.search, self.bench, self.splits, self.watch, self.key = search, bench, splits, watch, key
        self.trials: list[Trial] = []
        self.instead = nan if isinstance(bench.error_score, str) else float(bench.error_score)

    def try_all(self, settings: Iterable[dict[str, Any]], splits: Splits | None = None, **notes: Any) -> list[Trial]:
        """Evaluate settings on the splits, in parallel, and give their trials in the order of the settings."""
        splits = self.splits if splits is None else splits
        trials = [Trial(dict(setting), [None] * len(splits), notes) for setting in settings]
        self.trials.extend(trials)
        places = [(trial, s) for trial in trials for s in range(len(splits))]
        calls = ((self.bench, Task(*splits[s], trial.params)) for trial, s in places)
        n_jobs, verbose = self.search.n_jobs, int(self.search.verbose)
        dispatch = getattr(self.search, "pre_dispatch", "2*n_jobs")
        with closing(in_order(evaluate, calls, n_jobs=n_jobs, verbose=verbose, pre_dispatch=dispatch)) as outcomes:
            for (trial, s), outcome in zip(places, outcomes, strict=True):
                if outcome.interrupted:  # the fit kept quiet about Ctrl-C; its score is not that of a whole fit
                    raise KeyboardInterrupt
                trial.outcomes[s] = outcome
                if trial.done and self.watch.step(**trial.means(self.instead)):
                    raise _Enough
        return trials


class _Enough(Exception):
    """A callback asked to stop."""


def _not_fitted(owner: str, method: str, *args: Any, **kwargs: Any) -> NoReturn:
    raise kin(NotFittedError, f"{owner} is not fitted yet: {method} is that of the best estimator; call fit first.")


def _row(chosen: Any, n: int) -> int:
    """What a callable `refit` chose, checked."""
    if isinstance(chosen, bool) or not hasattr(chosen, "__index__") or not 0 <= chosen.__index__() < n:
        raise ParameterError(f"refit: the callable gave {chosen!r}; it must give a row of cv_results_, 0 to {n - 1}.")
    return int(chosen.__index__())
