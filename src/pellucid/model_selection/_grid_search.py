"""Search through every combination of listed values.

Here: `GridSearchCV`.
Elsewhere: the shared part of all searches is in _search.py; grids are in _parameters.py.
Imports: numpy, pellucid.persistence and this package.
"""

from typing import Any, final

import numpy as np

from pellucid.model_selection._options import SEARCH_LIMITS, SETTINGS
from pellucid.model_selection._parameters import ParameterGrid
from pellucid.model_selection._search import Run, Search
from pellucid.persistence import register


@final
@register("model_selection.GridSearchCV")
class GridSearchCV(Search):
    """Every combination of the listed values, evaluated by cross-validation; the best is fitted on all rows.

        best = argmax_m mean_s score(fit(setting m, training rows of split s), test rows of split s)

    `param_grid` maps parameters (those of inner estimators as name__inner) to lists of values, or is a list of such
    grids. `scoring`, `cv`, `error_score`: see `cross_validate`; with several scorers, `refit` names the one that
    decides, or is a callable that picks a row of `cv_results_`. Ties go to the setting that comes first.
    M settings on S splits cost M S fits and one more; they run over joblib, and results do not depend on `n_jobs`.
    X of N rows, whatever the estimator takes; an estimator of scikit-learn's is as welcome as ours. A file (`save`)
    holds the search and its best estimator where both are ours and values are numbers and text.

    **best_score_ is too good.** It is the greatest of M means, and part of what made it the greatest is luck. For a
    number to report, put the whole search inside an outer cross-validation (nested), or judge it once on rows kept
    apart. Fifty models that toss a coin, and labels that are one:

    >>> from pellucid.dummy import DummyClassifier
    >>> from pellucid.model_selection import cross_val_score
    >>> X, y = np.zeros((100, 1)), np.random.default_rng(99).integers(2, size=100)
    >>> search = GridSearchCV(DummyClassifier(strategy="uniform"), {"random_state": list(range(50))}, cv=3)
    >>> round(search.fit(X, y).best_score_, 2)          # the best of fifty coins; the truth is 0.5
    0.61
    >>> nested = cross_val_score(search, X, y)    # each part searches anew, and is judged on rows it never saw
    >>> float(round(nested.mean(), 2))
    0.49

    Source: Varma and Simon, BMC Bioinformatics 7, 2006; Cawley and Talbot, JMLR 11, 2010.
    """

    limits = {**SEARCH_LIMITS, "param_grid": SETTINGS}

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        error_score: float | str = np.nan,
        return_train_score: bool = False,
    ) -> None:
        self.estimator = estimator
        self.param_grid = param_grid
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
        self.pre_dispatch = pre_dispatch
        self.error_score = error_score
        self.return_train_score = return_train_score

    def _n_settings(self, X: Any, y: Any, n_splits: int) -> int:
        return len(ParameterGrid(self.param_grid))

    def _search(self, run: Run) -> None:
        run.try_all(ParameterGrid(self.param_grid))
