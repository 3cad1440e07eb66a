"""Scores as a curve: over the number of training rows, or over one parameter.

Here: `learning_curve` and `validation_curve`.
Elsewhere: one evaluation is in _evaluation.py; searches over several parameters in _search.py; pictures are drawn from
these numbers elsewhere.
Imports: numpy, pellucid.errors, pellucid.metrics, pellucid.random and this package.

T ticks, S splits.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import ParameterError
from pellucid.metrics import check_scoring
from pellucid.model_selection._check_cv import check_cv, splits_of
from pellucid.model_selection._containers import check_same_rows
from pellucid.model_selection._cross_validation import check_error_score, run_all, scores_by_name
from pellucid.model_selection._evaluation import Bench, Outcome, Task, check_failures, evaluate_growing, in_order
from pellucid.model_selection._given_estimator import is_classifier
from pellucid.model_selection._splitter import Array
from pellucid.random import Seed, generator

TENTHS = (0.1, 0.325, 0.55, 0.775, 1.0)  # five even steps from a tenth to the whole, as in scikit-learn


def learning_curve(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    train_sizes: ArrayLike = TENTHS,
    cv: Any = None,
    scoring: Any = None,
    exploit_incremental_learning: bool = False,
    n_jobs: int | None = None,
    pre_dispatch: int | str = "all",
    verbose: int = 0,
    shuffle: bool = False,
    random_state: Seed = None,
    error_score: float | str = np.nan,
    return_times: bool = False,
    params: Mapping[str, Any] | None = None,
) -> tuple[Array, ...]:
    """Training and test scores of models fitted on more and more rows: would more data help?

    `train_sizes` (T,): shares in (0, 1] of the smallest training part, or counts; sizes that round to the same count
    are one. Each size is the first rows of each training part, or of that part shuffled once with `random_state`:
    sorted rows need `shuffle`. Other parameters as in `cross_validate`; T S fits, or S with
    `exploit_incremental_learning`: each model then learns on from size to size by `partial_fit`.
    Gives train_sizes (T,), train_scores (T, S), test_scores (T, S), and with `return_times` fit_times, score_times.
    Where both curves have met, more rows of the kind will not help; where a gap is left, they may. The spread over
    splits is not an error bar: see `cross_validate`.
    Raises ParameterError for sizes that are none, and for an estimator that is to learn on and has no `partial_fit`;
    DataError where every fit fails.

    >>> from pellucid.datasets import load_iris
    >>> from pellucid.linear_model import LogisticRegression
    >>> sizes, train, test = learning_curve(
    ...     LogisticRegression(), *load_iris(return_X_y=True), train_sizes=[20, 60, 120], shuffle=True, random_state=0)
    >>> sizes.tolist(), test.shape
    ([20, 60, 120], (3, 5))
    """
    check_same_rows(X, y, groups, where="learning_curve")
    check_error_score(error_score, "learning_curve")
    splits = splits_of(check_cv(cv, y, classifier=is_classifier(estimator)), X, y, groups)
    sizes = sizes_of(train_sizes, min(len(train) for train, _ in splits))
    if shuffle:
        chance = generator(random_state)
        splits = [(chance.permutation(train), test) for train, test in splits]
    bench = _bench(estimator, X, y, scoring, params, error_score)
    if exploit_incremental_learning:
        grown = _grown(bench, splits, sizes.tolist(), n_jobs=n_jobs, verbose=verbose, pre_dispatch=pre_dispatch)
        outcomes = [outcomes[t] for t in range(len(sizes)) for outcomes in grown]
    else:
        tasks = [Task(train[:size], test) for size in sizes.tolist() for train, test in splits]
        outcomes = run_all(bench, tasks, n_jobs=n_jobs, verbose=verbose, pre_dispatch=pre_dispatch)
    check_failures(outcomes, error_score, where="learning_curve")
    train_scores, test_scores = _grids(outcomes, len(sizes), error_score)
    if not return_times:
        return sizes, train_scores, test_scores
    fit_times = np.array([outcome.fit_seconds for outcome in outcomes]).reshape(len(sizes), -1)
    score_times = np.array([outcome.score_seconds for outcome in outcomes]).reshape(len(sizes), -1)
    return sizes, train_scores, test_scores, fit_times, score_times


def _grown(bench: Bench, splits: Sequence[tuple[Array, Array]], sizes: list[int], **how: Any) -> list[list[Outcome]]:
    """The outcomes at each size, of one model a split that learns on.   -> S lists of T"""
    if not hasattr(bench.estimator, "partial_fit"):
        raise ParameterError(
            f"learning_curve: {type(bench.estimator).__name__} has no partial_fit, which exploit_incremental_learning "
            "needs; leave that False."
        )
    classes = np.unique(np.asarray(bench.y)) if is_classifier(bench.estimator) else None
    calls = ((bench, Task(train, test), sizes, classes) for train, test in splits)
    return list(in_order(evaluate_growing, calls, **how))


def validation_curve(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    param_name: str,
    param_range: Sequence[Any] | Array,
    groups: Any = None,
    cv: Any = None,
    scoring: Any = None,
    n_jobs: int | None = None,
    pre_dispatch: int | str = "all",
    verbose: int = 0,
    error_score: float | str = np.nan,
    params: Mapping[str, Any] | None = None,
) -> tuple[Array, Array]:
    """Training and test scores for each value of one parameter: too simple, or too free?

    `param_range` (T,) values of `param_name`, inner estimators' as name__inner. Gives train_scores (T, S) and
    test_scores (T, S). Where both are low the model is too simple; where they part it is too free. The best test score
    of the curve is too good to report: see `GridSearchCV`. Other parameters and errors as in `cross_validate`.

    >>> from pellucid.datasets import load_iris
    >>> from pellucid.linear_model import LogisticRegression
    >>> train, test = validation_curve(
    ...     LogisticRegression(), *load_iris(return_X_y=True), param_name="C", param_range=[0.001, 1.0])
    >>> train.mean(axis=1).round(2).tolist(), test.shape
    ([0.74, 0.98], (2, 5))
    """
    check_same_rows(X, y, groups, where="validation_curve")
    check_error_score(error_score, "validation_curve")
    values = list(param_range)
    if not values:
        raise ParameterError("validation_curve: param_range has no values; give at least one.")
    splits = splits_of(check_cv(cv, y, classifier=is_classifier(estimator)), X, y, groups)
    tasks = [Task(train, test, {param_name: value}) for value in values for train, test in splits]
    bench = _bench(estimator, X, y, scoring, params, error_score)
    outcomes = run_all(bench, tasks, n_jobs=n_jobs, verbose=verbose, pre_dispatch=pre_dispatch)
    check_failures(outcomes, error_score, where="validation_curve")
    train_scores, test_scores = _grids(outcomes, len(values), error_score)
    return train_scores, test_scores


def sizes_of(train_sizes: ArrayLike, most: int) -> Array:
    """Different numbers of rows, rising, from shares of `most` or counts.

    >>> sizes_of([0.1, 0.11, 1.0], 50).tolist(), sizes_of([30, 10], 50).tolist()
    ([5, 50], [10, 30])
    """
    given = np.asarray(train_sizes)
    shares = given.dtype.kind == "f"
    sound = given.ndim == 1 and given.size > 0 and given.dtype.kind in "iuf"
    if not (sound and (given > 0).all() and (given <= (1 if shares else most)).all()):
        raise ParameterError(
            f"learning_curve: train_sizes is {train_sizes!r}; give shares in (0, 1] of the training rows, or numbers "
            f"of rows from 1 to {most}."
        )
    counts = np.maximum(1, (given * most).astype(np.int64)) if shares else given
    return np.unique(counts)


def _bench(
    estimator: Any, X: Any, y: Any, scoring: Any, params: Mapping[str, Any] | None, error_score: float | str
) -> Bench:
    scorers = {"score": check_scoring(estimator, scoring)}
    return Bench(estimator, X, y, scorers, dict(params or {}), error_score, return_train_score=True)


def _grids(outcomes: Sequence[Outcome], n_ticks: int, error_score: float | str) -> tuple[Array, Array]:
    """Training and test scores, each (T, S)."""
    train, test = (scores_by_name(outcomes, "score", part, error_score) for part in ("train", "test"))
    return train.reshape(n_ticks, -1), test.reshape(n_ticks, -1)
