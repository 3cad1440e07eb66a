"""Search led by Optuna: what was tried decides what is tried next.

Here: `OptunaSearchCV`.
Elsewhere: the shared part of all searches is in _search.py; Optuna is imported when a search begins.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence, pellucid.random and this package.
"""

import warnings
from collections.abc import Mapping, Sequence
from math import isfinite
from time import perf_counter
from typing import Any, final

import numpy as np

from pellucid.base import SEED, Choice, Kind, OneOf, Real, Whole
from pellucid.errors import ParameterError
from pellucid.model_selection._options import SEARCH_LIMITS
from pellucid.model_selection._parameters import check_values
from pellucid.model_selection._search import Run, Search
from pellucid.persistence import register
from pellucid.random import Seed, integer_seed


@final
@register("model_selection.OptunaSearchCV")
class OptunaSearchCV(Search):
    """`n_trials` settings that an Optuna sampler proposes, each in the light of the scores before it.

    `param_distributions` maps parameters to lists of values (of any kind) or to Optuna's distributions, such as
    optuna.distributions.FloatDistribution(1e-3, 1e3, log=True). `sampler` is one of Optuna's; None is its
    tree-structured Parzen estimator, seeded by `random_state`: it models where good and bad settings lie, and proposes
    where good ones are likelier. Its first ten settings are drawn at random.
    `batch_size` settings are proposed at once, without knowing of each other, and evaluated over joblib on `n_jobs`;
    results depend on the batch size, and not on `n_jobs`. After `timeout` seconds no batch is begun: a guard, which
    makes the result depend on the machine. A setting that fails is told to the sampler as such.
    `study_` is Optuna's record, for its pictures; a saved file does not hold it. With several scores `refit` names the
    one that decides. Other parameters, and why best_score_ is too good, as in `GridSearchCV`.
    Raises ImportError where Optuna is not installed, ParameterError for a distribution that is none.
    Source: Bergstra, Bardenet, Bengio and Kegl, NeurIPS 2011; Akiba and others, KDD 2019.

    >>> from pellucid.datasets import load_iris
    >>> from pellucid.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> search = OptunaSearchCV(LogisticRegression(), {"C": [0.001, 1.0, 10.0]}, n_trials=4, cv=3, random_state=0)
    >>> len(search.fit(X, y).cv_results_["params"]), search.best_score_ > 0.9
    (4, True)
    """

    limits = {
        **{name: limit for name, limit in SEARCH_LIMITS.items() if name != "pre_dispatch"},
        "param_distributions": Kind(dict, words="a mapping of parameter to values or to an Optuna distribution"),
        "n_trials": Whole(low=1),
        "batch_size": Whole(low=1, says="settings proposed at once"),
        "timeout": OneOf(Real(0.0, open_low=True), Choice(None), says="seconds"),
        "sampler": Kind(object, words="an Optuna sampler, or None"),
        "random_state": SEED,
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Mapping[str, Any],
        *,
        n_trials: int = 10,
        batch_size: int = 1,
        timeout: float | None = None,
        sampler: Any = None,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        random_state: Seed = None,
        error_score: float | str = np.nan,
        return_train_score: bool = False,
    ) -> None:
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_trials = n_trials
        self.batch_size = batch_size
        self.timeout = timeout
        self.sampler = sampler
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
        self.random_state = random_state
        self.error_score = error_score
        self.return_train_score = return_train_score

    @property
    def study_(self) -> Any:
        """Optuna's study of the last fit; None before, and after loading from a file, which does not hold it."""
        return vars(self).get("_study")

    def _n_settings(self, X: Any, y: Any, n_splits: int) -> int:
        return self.n_trials

    def _search(self, run: Run) -> None:
        if run.key is None:
            raise ParameterError("OptunaSearchCV: refit must name the score that the sampler is told, of several.")
        begun, done = perf_counter(), 0
        space = distributions_of(self.param_distributions)
        study = self._study = new_study(self.sampler, integer_seed(self.random_state) % 2**32)
        while done < self.n_trials and (self.timeout is None or done == 0 or perf_counter() - begun < self.timeout):
            asked = [study.ask(space) for _ in range(min(self.batch_size, self.n_trials - done))]
            settings = [self._setting(trial.params) for trial in asked]
            for trial, tried in zip(asked, run.try_all(settings), strict=True):
                score = tried.means(run.instead).get(run.key, run.instead)
                if isfinite(score):
                    study.tell(trial, score)
                else:
                    study.tell(trial, state=_failed())
            done += len(asked)

    def _setting(self, proposed: Mapping[str, Any]) -> dict[str, Any]:
        """The values that a proposal stands for: of lists it names places."""
        given = self.param_distributions
        return {name: given[name][v] if is_listed(given[name]) else v for name, v in proposed.items()}


def distributions_of(param_distributions: Mapping[str, Any]) -> dict[str, Any]:
    """An Optuna distribution for each parameter; of a list, one of its places, so that values may be anything.

    Raises ParameterError for what is neither list nor distribution, ImportError where Optuna is not installed.

    >>> distributions_of({"loss": ["hinge", "log"]})
    {'loss': CategoricalDistribution(choices=(0, 1))}
    """
    try:
        from optuna.distributions import BaseDistribution, CategoricalDistribution
    except ImportError as error:
        raise ImportError("OptunaSearchCV needs Optuna; install it: pip install optuna.") from error
    space: dict[str, Any] = {}
    for name, given in param_distributions.items():
        if is_listed(given):
            check_values(name, given)
            space[name] = CategoricalDistribution(range(len(given)))
        elif isinstance(given, BaseDistribution):
            space[name] = given
        else:
            raise ParameterError(
                f"OptunaSearchCV: {name!r} is {given!r}; give a list of values, or a distribution such as "
                "optuna.distributions.FloatDistribution(0.1, 10.0, log=True)."
            )
    return space


def is_listed(values: Any) -> bool:
    """Whether the values of a parameter are listed one by one."""
    return isinstance(values, Sequence | np.ndarray) and not isinstance(values, str | bytes)


def new_study(sampler: Any, seed: int) -> Any:
    """A study of Optuna's in memory, without its announcement."""
    import optuna

    said = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*constant_liar", optuna.exceptions.ExperimentalWarning)  # before 5.0
            own = optuna.samplers.TPESampler(seed=seed, constant_liar=True) if sampler is None else sampler
        return optuna.create_study(direction="maximize", sampler=own)
    finally:
        optuna.logging.set_verbosity(said)


def _failed() -> Any:
    from optuna.trial import TrialState

    return TrialState.FAIL
