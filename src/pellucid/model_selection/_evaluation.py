"""One evaluation, many times over: fit on some rows, score on others, and say what it took.

Here: `Bench`, what all evaluations have in common; `Task`, one of them; `Outcome`, what came of it; `evaluate`, and
`evaluate_growing` for estimators that learn on; `in_order`, which runs calls over joblib and gives their results in the
order of the calls, so that nothing depends on n_jobs.
Elsewhere: cross-validation is in _cross_validation.py, curves in _curves.py, searches in _search.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.metrics and this package; joblib inside `in_order`.
"""

import warnings
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import signature
from itertools import pairwise
from time import perf_counter
from typing import Any, TypeVar, final

import numpy as np

from pellucid.base import clone, kin
from pellucid.errors import DataError, DataWarning, PellucidWarning
from pellucid.metrics import scores_of
from pellucid.model_selection._containers import n_rows, take_rows, take_square
from pellucid.model_selection._given_estimator import is_pairwise, unfitted, was_interrupted
from pellucid.model_selection._splitter import Array

R = TypeVar("R")


@final
@dataclass(frozen=True)
class Bench:
    """What all evaluations have in common: the data, the scorers, and what to do about failures."""

    estimator: Any
    X: Any
    y: Any
    scorers: Mapping[str, Any]
    fit_params: Mapping[str, Any] = field(default_factory=dict)
    error_score: float | str = np.nan
    return_train_score: bool = False
    return_estimator: bool = False
    score_weight: Any = None  # (N,) of the rows, for the scorers that `weighted` names
    weighted: tuple[str, ...] = ()


@final
@dataclass(frozen=True)
class Task:
    """Rows to fit on and rows to score on, for one setting of parameters."""

    train: Array
    test: Array
    params: Mapping[str, Any] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class Outcome:
    """What one evaluation gave; scores by name are missing where something failed."""

    test: dict[str, float]
    train: dict[str, float]
    fit_seconds: float
    score_seconds: float
    failures: tuple[str, ...] = ()
    interrupted: bool = False
    estimator: Any = None


def evaluate(bench: Bench, task: Task) -> Outcome:
    """Fit a clone on the training rows of `task` and score it on the test rows.

    Whatever the estimator or a scorer raises is noted in the outcome, or raised with error_score="raise".
    """
    begun = perf_counter()
    estimator = unfitted(bench.estimator)
    try:
        fit(estimator, bench, task)
    except Exception as error:
        if bench.error_score == "raise":
            raise
        return Outcome({}, {}, perf_counter() - begun, 0.0, (_told(error),))
    fitted = perf_counter()
    test, failures = _scores(bench, estimator, task)
    scored = perf_counter()
    train: dict[str, float] = {}
    if bench.return_train_score:
        train, more = _scores(bench, estimator, replace(task, test=task.train))
        failures = [*failures, *more]
    kept = estimator if bench.return_estimator else None
    interrupted = was_interrupted(estimator)
    return Outcome(test, train, fitted - begun, scored - fitted, tuple(failures), interrupted, kept)


def evaluate_growing(bench: Bench, task: Task, sizes: Sequence[int], classes: Array | None) -> list[Outcome]:
    """Learn on by `partial_fit` until the first `sizes` of the training rows are known, and score at each; sizes rise.

    `classes` are all there are, for a classifier. What is raised ends it, as in `evaluate`, for the sizes that follow.
    """
    estimator = unfitted(bench.estimator)
    known = {} if classes is None else {"classes": classes}
    outcomes: list[Outcome] = []
    for start, size in pairwise([0, *sizes]):
        begun = perf_counter()
        X, y, options = _part(bench, estimator, task.train[start:size])
        try:
            estimator.partial_fit(X, **({} if y is None else {"y": y}), **known, **options)
        except Exception as error:
            if bench.error_score == "raise":
                raise
            return outcomes + [Outcome({}, {}, perf_counter() - begun, 0.0, (_told(error),))] * (
                len(sizes) - len(outcomes)
            )
        fitted = perf_counter()
        test, failures = _scores(bench, estimator, task)
        scored = perf_counter()
        train, more = _scores(bench, estimator, replace(task, test=task.train[:size]))
        outcomes.append(Outcome(test, train, fitted - begun, scored - fitted, (*failures, *more)))
    return outcomes


def fit(estimator: Any, bench: Bench, task: Task) -> None:
    """Fit on the training rows of `task`, with its parameters, and with the rows of what has one entry a row."""
    if task.params:
        estimator.set_params(**{name: clone(value) for name, value in task.params.items()})
    X, y, options = _part(bench, estimator, task.train)
    fit_on(estimator, X, y, options)


def rows_of(bench: Bench, estimator: Any, task: Task) -> Any:
    """X of the test rows of `task`; for an estimator that takes what each row is to each other one, (test, train)."""
    return take_square(bench.X, task.test, task.train) if is_pairwise(estimator) else take_rows(bench.X, task.test)


def _part(bench: Bench, estimator: Any, rows: Array) -> tuple[Any, Any, dict[str, Any]]:
    """X, y and the arguments of fit for these rows."""
    X = rows_of(bench, estimator, Task(rows, rows))
    n = n_rows(bench.X)
    options = {name: take_rows(value, rows) if _has_rows(value, n) else value for name, value in _given(bench)}
    return X, None if bench.y is None else take_rows(bench.y, rows), options


def fit_on(estimator: Any, X: Any, y: Any, options: Mapping[str, Any]) -> Any:
    """estimator.fit(X, y, **options), without y where there is none.  Raises DataError where it is needed."""
    if y is not None:
        return estimator.fit(X, y, **options)
    wanted = signature(estimator.fit).parameters.get("y")
    if wanted is not None and wanted.default is wanted.empty:
        raise DataError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None; give the targets of X."
        )
    return estimator.fit(X, **options)


def in_order(
    call: Callable[..., R],
    arguments: Iterable[Sequence[Any]],
    *,
    n_jobs: int | None = None,
    verbose: int = 0,
    pre_dispatch: int | str = "2*n_jobs",
) -> Generator[R, None, None]:
    """The results of call(*a) for each a, in order, as they come; over joblib, in whatever backend is set.

    >>> list(in_order(pow, [(2, 3), (3, 2)]))
    [8, 9]
    """
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=n_jobs, verbose=verbose, pre_dispatch=pre_dispatch, return_as="generator")
    results = parallel(delayed(call)(*given) for given in arguments)
    try:
        for result in results:  # noqa: UP028  # `yield from` would close it out of reach of the filter below
            yield result
    finally:
        with warnings.catch_warnings():  # whoever stops early knows that what is under way is lost
            warnings.filterwarnings("ignore", ".*tasks .*(not used|been cancelled)", UserWarning)
            results.close()


def score_names(outcomes: Iterable[Outcome], scorers: Mapping[str, Any]) -> list[str]:
    """Names of the scores: those that came out, else those of the scorers."""
    return list(dict.fromkeys(name for outcome in outcomes for name in outcome.test)) or list(scorers)


def check_failures(outcomes: Sequence[Outcome], error_score: float | str, *, where: str) -> None:
    """Warn of evaluations that failed, once for all; raise DataError when not one fit succeeded."""
    failed = [outcome for outcome in outcomes if outcome.failures]
    if not failed:
        return
    first = failed[0].failures[0].rstrip(".")
    if len(failed) == len(outcomes) and not any(outcome.test for outcome in outcomes):
        raise DataError(
            f"{where}: All the {len(outcomes)} fits failed; the first said: {first}. "
            'Pass error_score="raise" to see where it arose.'
        )
    message = (
        f"{where}: {len(failed)} of {len(outcomes)} evaluations failed and count as {error_score}; the first said: "
        f'{first}. Pass error_score="raise" to see where it arose.'
    )
    warnings.warn(kin(PellucidWarning, message, "FitFailedWarning"), stacklevel=3)


def check_finite_scores(outcomes: Iterable[Outcome], *, where: str) -> None:
    """Warn of scores that came out as NaN or infinite, once for all: the means and ranks that hold them mean little."""
    scores = [(name, score) for outcome in outcomes for name, score in (*outcome.test.items(), *outcome.train.items())]
    odd = [name for name, score in scores if not np.isfinite(score)]
    if odd:
        warnings.warn(
            f"{where}: {len(odd)} of {len(scores)} scores are non-finite ({', '.join(dict.fromkeys(odd))}); a setting "
            "with NaN among its test scores is ranked last.",
            DataWarning,
            stacklevel=4,
        )


def _scores(bench: Bench, estimator: Any, task: Task) -> tuple[dict[str, float], list[str]]:
    """Scores on the test rows, and what went wrong; one scorer that fails leaves the others standing."""
    X, rows = rows_of(bench, estimator, task), task.test
    y = None if bench.y is None else take_rows(bench.y, rows)
    weight = {} if bench.score_weight is None else {"sample_weight": take_rows(bench.score_weight, rows)}
    try:
        return scores_of(bench.scorers, estimator, X, y, bench.weighted, **weight), []
    except Exception as error:
        if bench.error_score == "raise":
            raise
        if len(bench.scorers) == 1:
            return {}, [_told(error)]
    scores: dict[str, float] = {}
    failures = []
    for name, scorer in bench.scorers.items():
        try:
            scores |= scores_of({name: scorer}, estimator, X, y, bench.weighted, **weight)
        except Exception as error:
            failures.append(_told(error))
    return scores, failures


def _given(bench: Bench) -> Iterable[tuple[str, Any]]:
    return ((name, value) for name, value in bench.fit_params.items() if value is not None)


def _has_rows(value: Any, n: int) -> bool:
    """Whether `value` has an entry for each of the n rows, as weights have."""
    shape = getattr(value, "shape", None)
    if shape is not None:
        return len(shape) > 0 and shape[0] == n
    return isinstance(value, list | tuple) and len(value) == n


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
