"""Could the score be chance?

Here: `permutation_test_score`.
Elsewhere: the interval of a score is in pellucid.metrics; how important a column is, in pellucid.inspection.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.metrics, pellucid.random and this package.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.base import Whole
from pellucid.errors import DataError, ParameterError
from pellucid.metrics import check_scoring
from pellucid.model_selection._check_cv import check_cv, splits_of
from pellucid.model_selection._containers import check_same_rows, n_rows, take_rows
from pellucid.model_selection._cross_validation import run_all
from pellucid.model_selection._evaluation import Bench, Task, in_order
from pellucid.model_selection._given_estimator import is_classifier
from pellucid.model_selection._splitter import Array, group_numbers
from pellucid.random import Seed, generator


def permutation_test_score(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    cv: Any = None,
    n_permutations: int = 100,
    n_jobs: int | None = None,
    random_state: Seed = 0,
    verbose: int = 0,
    scoring: Any = None,
    params: Mapping[str, Any] | None = None,
) -> tuple[float, Array, float]:
    """The score, the scores when the targets are shuffled, and the chance of one so good without any connection.

        p = (1 + number of the P shuffled scores >= score) / (1 + P)

    X of N rows, y (N,); score is the mean over the splits. Gives score, permutation_scores (P,), p; P + 1
    cross-validations. With `groups` (N,) targets are shuffled inside each group, and groups go to the splitter.
    A small p says that y depends on X in a way the estimator finds; not that it predicts well, and nothing of other
    rows. p is never below 1 / (1 + P). Targets that depend on one another, as in time, make it too small.
    Other parameters as in `cross_validate`; the same `random_state` shuffles alike, whatever n_jobs is. Splits are
    made anew for each shuffle, because those by class depend on y.
    Raises ParameterError for no shuffles, DataError for no y; errors of the estimator come through.
    Source: Ojala and Garriga, JMLR 11, 2010, test 1.

    >>> from pellucid.datasets import load_iris
    >>> from pellucid.linear_model import LogisticRegression
    >>> score, shuffled, p = permutation_test_score(
    ...     LogisticRegression(), *load_iris(return_X_y=True), n_permutations=19, random_state=0)
    >>> round(score, 2), shuffled.shape, p
    (0.97, (19,), 0.05)
    """
    if not Whole(low=1).admits(n_permutations):
        raise ParameterError(
            f"permutation_test_score: n_permutations is {n_permutations!r}; it must be {Whole(low=1)}."
        )
    if y is None:
        raise DataError("permutation_test_score: y is None; there is nothing to shuffle.")
    check_same_rows(X, y, groups, where="permutation_test_score")
    n = n_rows(X)
    group = None if groups is None else group_numbers(groups, n, where="permutation_test_score")[1]
    bench = Bench(estimator, X, y, {"score": check_scoring(estimator, scoring)}, dict(params or {}), "raise")
    streams = generator(random_state).spawn(n_permutations)
    orders = [np.arange(n), *(shuffled(n, group, stream) for stream in streams)]
    calls = ((bench, order, cv, groups) for order in orders)
    scores = np.array(list(in_order(score_of_order, calls, n_jobs=n_jobs, verbose=verbose)))
    score, others = float(scores[0]), scores[1:]
    return score, others, float((1 + (others >= score).sum()) / (1 + n_permutations))


def score_of_order(bench: Bench, order: Array, cv: Any, groups: Any) -> float:
    """The mean score over the splits, the targets taken in this order.   order (N,)"""
    y = take_rows(bench.y, order)
    splits = splits_of(check_cv(cv, y, classifier=is_classifier(bench.estimator)), bench.X, y, groups)
    mixed = Bench(bench.estimator, bench.X, y, bench.scorers, bench.fit_params, bench.error_score)
    outcomes = run_all(mixed, [Task(*pair) for pair in splits], n_jobs=1)
    return float(np.mean([outcome.test["score"] for outcome in outcomes]))


def shuffled(n: int, group: Array | None, chance: np.random.Generator) -> Array:
    """0..n-1 in random order, each staying within its group where there are groups.   group (N,) -> (N,)

    >>> order = shuffled(4, np.array([0, 1, 0, 1]), np.random.default_rng(0))
    >>> sorted(order[[0, 2]].tolist()), sorted(order[[1, 3]].tolist())
    ([0, 2], [1, 3])
    """
    if group is None:
        return chance.permutation(n)
    order = np.arange(n)
    for g in np.unique(group):
        own = np.flatnonzero(group == g)
        order[own] = chance.permutation(own)
    return order
