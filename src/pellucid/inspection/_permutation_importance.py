"""How much a model's score falls when a column is shuffled.

Here: `permutation_importance`, `PermutationImportance`.
Elsewhere: importances that trees note while they grow are their `feature_importances_`.
Imports: numpy, pellucid.base, pellucid.random, pellucid.metrics, pellucid.compose and this package.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np

from pellucid.base import OneOf, Real, Whole, check_limits, check_weights
from pellucid.base._tables import Array
from pellucid.compose._members import in_turn
from pellucid.ensemble._forest import N_JOBS
from pellucid.errors import DataError, ParameterError
from pellucid.inspection._table_columns import TableColumns
from pellucid.metrics import check_scorers, scores_of
from pellucid.model_selection._containers import take_rows
from pellucid.random import Seed, generator

_LIMITS = {
    "n_repeats": Whole(low=1, says="shuffles of each column"),
    "max_samples": OneOf(Whole(low=1), Real(0.0, 1.0, open_low=True), says="rows to score, or a share of them"),
    "n_jobs": N_JOBS,
}


@final
@dataclass(frozen=True)
class PermutationImportance:
    """Falls of the score, for D columns and R shuffles.

    >>> PermutationImportance(np.array([[0.2, 0.4]])).importances_mean.round(3).tolist()
    [0.3]
    """

    importances: Array
    """(D, R)."""

    @property
    def importances_mean(self) -> Array:
        """Mean over the shuffles (D,)."""
        return np.asarray(self.importances.mean(axis=1))

    @property
    def importances_std(self) -> Array:
        """Standard deviation over the shuffles (D,); that of the mean is sqrt(R - 1) times smaller."""
        return np.asarray(self.importances.std(axis=1))

    def __getitem__(self, name: str) -> Array:
        """One of the three by name, as of scikit-learn's Bunch."""
        if name not in ("importances", "importances_mean", "importances_std"):
            raise KeyError(name)
        held: Array = getattr(self, name)
        return held


def permutation_importance(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    scoring: Any = None,
    n_repeats: int = 5,
    n_jobs: int | None = None,
    random_state: Seed = None,
    sample_weight: Any = None,
    max_samples: float = 1.0,
) -> PermutationImportance | dict[str, PermutationImportance]:
    """By how much shuffling a column lowers the score of a fitted model.

        I_dr = s(X, y) - s(X with column d in random order, y)

    X (N, D), an array or a frame of any kind, text included; y (N,) -> importances (D, R).  `scoring` is a name, a
    callable, or None for the estimator's own score; several, as a list or dict, give one answer each, by name.  Every
    column has a stream of random numbers of its own: the result does not depend on `n_jobs`.  `max_samples` rows, drawn
    anew for each column, are scored.

    Cost: D R predictions of all rows.  Use rows the model has not learned from, or noise it knows by heart looks
    important.  Of columns that say the same each looks unimportant, since the model still has the other; and shuffling
    one of them makes rows that cannot be.  Raises ParameterError, DataError and ColumnError for what will not do.
    Source: Breiman, Random forests, Machine Learning 45, 2001; Fisher, Rudin and Dominici, JMLR 20, 2019.

    >>> from pellucid.linear_model import LinearRegression
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> model = LinearRegression().fit(X, X[:, 0])
    >>> permutation_importance(model, X, X[:, 0], random_state=0).importances_mean.round(1).tolist()
    [2.1, 0.0]
    """
    where = "permutation_importance"
    given = {"n_repeats": n_repeats, "max_samples": max_samples, "n_jobs": n_jobs}
    check_limits(where, given, _LIMITS, {"n_repeats": 5, "max_samples": 1.0, "n_jobs": None})
    table = TableColumns(X, where=where)
    if len(y) != table.n_rows:
        raise DataError(f"{where}: X has {table.n_rows} rows and y has {len(y)}; give one target for each row.")
    weights = check_weights(sample_weight, table.n_rows, where=where)
    n_drawn = int(max_samples) if isinstance(max_samples, int | np.integer) else max(1, int(max_samples * table.n_rows))
    if n_drawn > table.n_rows:
        raise ParameterError(f"{where}: max_samples is {n_drawn}, and there are {table.n_rows} rows.")
    scorers = check_scorers(estimator, scoring)
    seeds = np.random.SeedSequence(int(generator(random_state).integers(2**63))).spawn(table.n_columns)
    score = partial(_score, scorers, estimator, y if not isinstance(y, list) else np.asarray(y), weights)
    before = score(table, np.arange(table.n_rows), {})
    work = [partial(_shuffled, score, table, d, n_drawn, n_repeats, seed) for d, seed in enumerate(seeds)]
    columns = in_turn(work, n_jobs)
    falls = {
        name: PermutationImportance(np.array([[value - after[name] for after in column] for column in columns]))
        for name, value in before.items()
    }
    return falls["score"] if list(falls) == ["score"] else falls


def _shuffled(
    score: Any, table: TableColumns, d: int, n_drawn: int, n_repeats: int, seed: np.random.SeedSequence
) -> list[dict[str, float]]:
    """Scores with column d in R random orders."""
    rng = np.random.default_rng(seed)
    rows = np.arange(table.n_rows)
    if n_drawn < table.n_rows:
        rows = np.sort(rng.choice(table.n_rows, size=n_drawn, replace=False))
    out = []
    for _ in range(n_repeats):
        moved = np.arange(table.n_rows)
        moved[rows] = rng.permutation(rows)
        out.append(score(table, rows, {d: moved}))
    return out


def _score(
    scorers: Any, estimator: Any, y: Any, weights: Array | None, table: TableColumns, rows: Array, moved: Any
) -> dict[str, float]:
    X = table.with_rows(moved)
    if len(rows) < table.n_rows:
        X, y = TableColumns(X, where=table.where).take(rows), take_rows(y, rows)
    options = {} if weights is None else {"sample_weight": weights[rows]}
    return scores_of(scorers, estimator, X, y, **options)
