"""How well a recipe for models does on rows it has not seen.

Here: `cross_validate` and `cross_val_score`; `CrossValidation`, the answer, which says what its spread means.
Elsewhere: predictions instead of scores are in _cross_val_predict.py; splits in their own modules; scorers and the
interval of one model on one test set in pellucid.metrics.
Imports: numpy, pellucid.errors, pellucid.metrics and this package.
"""

from collections.abc import Mapping, Sequence
from math import nan, sqrt
from typing import Any, final

import numpy as np

from pellucid.errors import ParameterError
from pellucid.metrics import check_scorers
from pellucid.model_selection._check_cv import check_cv, splits_of
from pellucid.model_selection._containers import check_same_rows
from pellucid.model_selection._evaluation import (
    Bench,
    Outcome,
    Task,
    check_failures,
    evaluate,
    in_order,
    score_names,
)
from pellucid.model_selection._given_estimator import is_classifier
from pellucid.model_selection._splitter import Array

SPREAD_MEANS = (
    "The scores are of models fitted on part of the rows: they tell of the recipe at that size, not of one model. "
    "Their standard deviation tells how much folds differ; it is not the error of the mean, nor does dividing by the "
    "root of their number make it one: the folds share most of their training rows, so the scores are not independent. "
    "`standard_error` corrects for that roughly. If this table was used to choose, the best of it is too good: judge "
    "the choice on rows that had no part in it."
)
"""What the spread over folds means, and what it does not."""


@final
class CrossValidation(dict[str, Any]):
    """Scores and times by name, one entry a split; a dict as scikit-learn's, which can also be asked for a summary.

    >>> result = CrossValidation({"test_score": np.array([0.8, 0.9])}, train_rows=[90, 90], test_rows=[10, 10])
    >>> result.summary()[0]["mean"].round(3), result.summary()[0]["standard_error"].round(3)
    (np.float64(0.85), np.float64(0.055))
    """

    caution = SPREAD_MEANS

    def __init__(self, values: Mapping[str, Any], *, train_rows: Sequence[int], test_rows: Sequence[int]) -> None:
        super().__init__(values)
        self.train_rows, self.test_rows = list(train_rows), list(test_rows)

    def summary(self) -> list[dict[str, Any]]:
        """One row a score: its mean, the standard deviation over splits, and a standard error of the mean.

            standard_error^2 = (1 / S + n_test / n_train) sum_s (a_s - mean)^2 / (S - 1)

        over S splits; the second term stands for the training rows that splits share. It is a rule of thumb: no
        estimate from one cross-validation is right for all data (Bengio and Grandvalet, JMLR 5, 2004).
        Source: Nadeau and Bengio, Machine Learning 52, 2003, for splits drawn at random.
        """
        share = sum(self.test_rows) / sum(self.train_rows)
        rows = []
        for name, scores in self.items():
            if name.startswith("test_"):
                n = len(scores)
                spread = np.std(scores, ddof=1) if n > 1 else nan
                error = sqrt(1 / n + share) * spread
                rows.append(
                    {
                        "score": name.removeprefix("test_"),
                        "mean": np.mean(scores),
                        "standard_deviation": spread,
                        "standard_error": error,
                        "splits": n,
                    }
                )
        return rows

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (dict(self), self.train_rows, self.test_rows)


def cross_validate(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    scoring: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: Mapping[str, Any] | None = None,
    pre_dispatch: int | str = "2*n_jobs",
    return_train_score: bool = False,
    return_estimator: bool = False,
    return_indices: bool = False,
    error_score: float | str = np.nan,
) -> CrossValidation:
    """Fit on the training rows of each split and score on its test rows.

    X of N rows, y (N,), groups (N,) for splitters that need them. `cv`: see `check_cv`. `scoring`: a name of
    `pellucid.metrics.get_scorer_names`, a callable scorer(estimator, X, y), or several as a list or dict; None is the
    estimator's own score. `params` go to `fit`, those of N entries cut to the training rows; scores are not weighted
    by them. Joblib runs the S splits on `n_jobs`; the result does not depend on that.
    Gives arrays (S,) "test_<name>" ("test_score" for one scorer), "fit_time" and "score_time" in seconds, and where
    asked "train_<name>", "estimator" and "indices". A split that fails counts as `error_score`, with a warning;
    "raise" lets the error through. Ctrl-C ends it without a result.
    Raises DataError when every fit fails, ParameterError for an unknown scorer.

    **What the spread over folds means.** Each score is of another model, fitted on fewer rows than you have. Their
    standard deviation says how much folds differ. It is not the error of their mean: folds share training rows, so
    the scores are not independent, and dividing by the root of their number gives intervals that are too narrow.
    `result.summary()` corrects roughly, `result.caution` says this in words, and `metrics.interval` on a test set kept
    apart gives an interval of one model.

    >>> from pellucid.datasets import load_iris
    >>> from pellucid.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> result = cross_validate(LogisticRegression(), X, y, scoring=["accuracy", "neg_log_loss"])
    >>> sorted(result), result["test_accuracy"].round(2).tolist()
    (['fit_time', 'score_time', 'test_accuracy', 'test_neg_log_loss'], [0.97, 1.0, 0.93, 0.97, 1.0])
    >>> [row["score"] for row in result.summary()]
    ['accuracy', 'neg_log_loss']
    """
    check_same_rows(X, y, groups, where="cross_validate")
    check_error_score(error_score, "cross_validate")
    splits = splits_of(check_cv(cv, y, classifier=is_classifier(estimator)), X, y, groups)
    scorers = check_scorers(estimator, scoring)
    bench = Bench(estimator, X, y, scorers, dict(params or {}), error_score, return_train_score, return_estimator)
    outcomes = run_all(
        bench, [Task(*pair) for pair in splits], n_jobs=n_jobs, verbose=verbose, pre_dispatch=pre_dispatch
    )
    check_failures(outcomes, error_score, where="cross_validate")
    values: dict[str, Any] = {
        "fit_time": np.array([outcome.fit_seconds for outcome in outcomes]),
        "score_time": np.array([outcome.score_seconds for outcome in outcomes]),
    }
    if return_estimator:
        values["estimator"] = [outcome.estimator for outcome in outcomes]
    if return_indices:
        train, test = zip(*splits, strict=True)
        values["indices"] = {"train": train, "test": test}
    for name in score_names(outcomes, scorers):
        values[f"test_{name}"] = scores_by_name(outcomes, name, "test", error_score)
        if return_train_score:
            values[f"train_{name}"] = scores_by_name(outcomes, name, "train", error_score)
    train_rows, test_rows = ([len(pair[part]) for pair in splits] for part in (0, 1))
    return CrossValidation(values, train_rows=train_rows, test_rows=test_rows)


def cross_val_score(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    scoring: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: Mapping[str, Any] | None = None,
    pre_dispatch: int | str = "2*n_jobs",
    error_score: float | str = np.nan,
) -> Array:
    """The test score of each split.   X of N rows, y (N,) -> (S,)

    Parameters, errors, and what the spread means and does not: see `cross_validate`. One scorer only.

    >>> from pellucid.datasets import load_iris
    >>> from pellucid.linear_model import LogisticRegression
    >>> cross_val_score(LogisticRegression(), *load_iris(return_X_y=True), cv=3).round(2).tolist()
    [0.98, 0.96, 0.98]
    """
    if not (scoring is None or isinstance(scoring, str) or callable(scoring)):
        raise ParameterError(f"cross_val_score: scoring is {scoring!r}; give one scorer, or use cross_validate.")
    result = cross_validate(
        estimator,
        X,
        y,
        groups=groups,
        scoring=scoring,
        cv=cv,
        n_jobs=n_jobs,
        verbose=verbose,
        params=params,
        pre_dispatch=pre_dispatch,
        error_score=error_score,
    )
    if "test_score" not in result:
        raise ParameterError("cross_val_score: the scorer gives several numbers; use cross_validate.")
    scores: Array = result["test_score"]
    return scores


def run_all(
    bench: Bench, tasks: Sequence[Task], *, n_jobs: int | None, verbose: int = 0, pre_dispatch: int | str = "2*n_jobs"
) -> list[Outcome]:
    """The outcomes of all tasks; raises KeyboardInterrupt when Ctrl-C ended one of the fits."""
    outcomes = []
    calls = ((bench, task) for task in tasks)
    for outcome in in_order(evaluate, calls, n_jobs=n_jobs, verbose=verbose, pre_dispatch=pre_dispatch):
        if outcome.interrupted:
            raise KeyboardInterrupt
        outcomes.append(outcome)
    return outcomes


def scores_by_name(outcomes: Sequence[Outcome], name: str, part: str, error_score: float | str) -> Array:
    """One score of each outcome, `error_score` where it is missing.   -> (len(outcomes),)"""
    instead = nan if isinstance(error_score, str) else float(error_score)
    return np.array([getattr(outcome, part).get(name, instead) for outcome in outcomes], dtype=np.float64)


def check_error_score(error_score: Any, where: str) -> None:
    """Raise ParameterError unless it is a number or "raise"."""
    if not (isinstance(error_score, int | float | np.number) or error_score == "raise"):
        raise ParameterError(f'{where}: error_score is {error_score!r}; it must be a number, NaN, or "raise".')


def _rebuilt(values: dict[str, Any], train_rows: list[int], test_rows: list[int]) -> CrossValidation:
    return CrossValidation(values, train_rows=train_rows, test_rows=test_rows)
