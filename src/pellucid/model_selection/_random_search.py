"""Search among settings drawn at random.

Here: `RandomizedSearchCV`.
Elsewhere: the shared part of all searches is in _search.py; the draw is in _parameters.py.
Imports: numpy, pellucid.base, pellucid.persistence, pellucid.random and this package.
"""

from typing import Any, final

import numpy as np

from pellucid.base import SEED, Whole
from pellucid.model_selection._options import SEARCH_LIMITS, SETTINGS
from pellucid.model_selection._parameters import ParameterSampler
from pellucid.model_selection._search import Run, Search
from pellucid.persistence import register
from pellucid.random import Seed


@final
@register("model_selection.RandomizedSearchCV")
class RandomizedSearchCV(Search):
    """`n_iter` settings drawn at random, evaluated by cross-validation; the best is fitted on all rows.

    `param_distributions` maps parameters to lists of values or to distributions with rvs(random_state=...), as
    scipy.stats has them; only lists are drawn without repetition (`ParameterSampler`). Where few of many parameters
    matter, n random settings try n values of each of them, a grid of n points only few: prefer it to a grid of three
    parameters or more. All else, and why best_score_ is too good, as in `GridSearchCV`.
    The same `random_state` draws the same settings.   Source: Bergstra and Bengio, JMLR 13, 2012.

    >>> from pellucid.datasets import load_iris
    >>> from pellucid.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> search = RandomizedSearchCV(LogisticRegression(), {"C": np.logspace(-3, 3, 100)}, n_iter=3, random_state=0)
    >>> len(search.fit(X, y).cv_results_["params"]), search.score(X, y) > 0.9
    (3, True)
    """

    limits = {**SEARCH_LIMITS, "param_distributions": SETTINGS, "n_iter": Whole(low=1), "random_state": SEED}

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Seed = None,
        error_score: float | str = np.nan,
        return_train_score: bool = False,
    ) -> None:
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
        self.pre_dispatch = pre_dispatch
        self.random_state = random_state
        self.error_score = error_score
        self.return_train_score = return_train_score

    def _sampler(self) -> ParameterSampler:
        return ParameterSampler(self.param_distributions, self.n_iter, random_state=self.random_state)

    def _n_settings(self, X: Any, y: Any, n_splits: int) -> int:
        return len(self._sampler())

    def _search(self, run: Run) -> None:
        run.try_all(self._sampler())
