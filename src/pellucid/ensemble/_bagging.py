"""Copies of one model, each fitted to rows and columns of its own draw.

Here: `BaggingClassifier`, `BaggingRegressor`.
Elsewhere: trees that also draw the features of each node are in _forest.py; fits that go on from the one before begin
in _warm_start.py.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence, pellucid.base, pellucid.compose, pellucid.tree
and this package; joblib where n_jobs asks for it.
"""

import warnings
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import (
    SEED,
    Choice,
    Classifier,
    Flag,
    Kind,
    Limit,
    OneOf,
    Real,
    Regressor,
    Traits,
    Watch,
    Whole,
    available_if,
    check_labels,
    check_targets,
    check_weights,
)
from pellucid.base._tables import Array
from pellucid.compose._members import check_storable, in_turn, traits_of
from pellucid.ensemble._forest import N_JOBS
from pellucid.ensemble._parts import (
    check_learned_parts,
    check_part,
    codes_of,
    counting_rows,
    fit_part,
    rows_asked,
    seeded,
    shares,
)
from pellucid.ensemble._warm_start import ANEW, WARM_START, Growing
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.persistence import register
from pellucid.random import Seed, generator
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

_SHARE = Real(0.0, 1.0, open_low=True)

BAGGING_LIMITS: dict[str, Limit] = {
    "estimator": Kind(object, words="an estimator, or None for a decision tree"),
    "n_estimators": Whole(low=1, says="copies"),
    "max_samples": OneOf(Whole(low=1), _SHARE, Choice(None), says="rows a copy draws, or a share; None: as many"),
    "max_features": OneOf(Whole(low=1), _SHARE, says="columns a copy draws, or a share"),
    "bootstrap": Flag(says="whether rows are drawn with replacement"),
    "bootstrap_features": Flag(says="whether columns are drawn with replacement"),
    "oob_score": Flag(says="whether rows are scored by the copies that did not draw them"),
    "warm_start": WARM_START,
    "n_jobs": N_JOBS,
    "random_state": SEED,
}


class BaseBagging(Growing):
    """What both share; abstract."""

    grows = ("n_estimators", "copies")

    estimator: Any
    n_estimators: int
    max_samples: float | None
    max_features: float
    bootstrap: bool
    bootstrap_features: bool
    oob_score: bool
    n_jobs: int | None

    estimators_: list[Any]
    """The fitted copies."""
    estimators_samples_: list[Any]
    """The rows each copy drew, by number, one as often as it was drawn."""
    estimators_features_: list[Any]
    """The columns each copy drew."""
    oob_score_: float
    """Accuracy or R^2 of rows, each predicted by the copies that did not draw it."""

    @property
    def estimator_(self) -> Any:
        """The model that is copied, unfitted."""
        return self._default() if self.estimator is None else self.estimator

    @abstractmethod
    def _default(self) -> Any:
        """The model that is copied where none is given."""

    @abstractmethod
    def _said(self, part: Any, table: Array) -> Array:
        """What one copy says.   (N, D') -> (N, M)"""

    @abstractmethod
    def _score_left_out(self, y: Array, weights: Array | None, means: Array, known: Array) -> None:
        """Note what copies say of rows that they did not draw: means (N, M), where `known` (N,)."""

    @final
    def _bag(self, table: Array, y: Array, weights: Array | None, before: Mapping[str, Any]) -> None:
        """Fit the copies, each on its draw.   table (N, D), y (N,); a row is drawn by its weight

        before: what the fit had learned that this one goes on from.
        """
        where = type(self).__name__
        self._check_alike(before, table)
        held = before.get("estimators_", [])
        self._check_adds(len(held))
        model = self.estimator_
        check_part("estimator", model, str(self.role), where=where)
        if self.oob_score and not self.bootstrap:
            raise ParameterError(f"{where}: oob_score is for rows drawn with replacement only; set bootstrap=True.")
        root = np.random.SeedSequence(int(generator(self._draw_seed(before)).integers(2**63)))
        more = root.spawn(self.n_estimators)[len(held) :]
        draws = [self._draw(np.random.default_rng(seed), table.shape, weights) for seed in more]
        if not more:
            scored = "oob_score_" in before or not self.oob_score
            self._keep(before, self._all_there() if scored else "")
            if scored:
                return
        self.estimators_ = [*held]
        self.estimators_samples_ = [*before.get("estimators_samples_", [])]
        self.estimators_features_ = [*before.get("estimators_features_", [])]
        if self.oob_score:
            self._check_reach(len(table))
        at_once = 1 if self.n_jobs is None else self.n_jobs if self.n_jobs > 0 else self.n_estimators
        with Watch(self, len(more)) as watch:
            for begin in range(0, len(more), at_once):
                some = draws[begin : begin + at_once]
                work = [partial(_fit_one, model, table, y, *draw, where) for draw in some]
                fitted = in_turn(work, self.n_jobs)
                enough = False
                for part, (rows, columns, _) in zip(fitted, some, strict=True):
                    self.estimators_samples_.append(rows)
                    self.estimators_features_.append(columns)
                    self.estimators_ = [*self.estimators_, part]
                    if enough := watch.step():
                        break
                if enough:
                    break
        done = len(self.estimators_)  # of rows drawn for a copy more, where Ctrl-C came in between
        del self.estimators_samples_[done:], self.estimators_features_[done:]
        if not self.estimators_:
            raise KeyboardInterrupt
        if self.oob_score:
            self._score_left_out(y, weights, *self._left_out(table))

    @final
    def _check_reach(self, n_rows: int) -> None:
        """Raise DataError where a copy of an earlier fit drew a row that there is not."""
        last = max((int(rows.max()) for rows in self.estimators_samples_), default=-1)
        if last >= n_rows:
            raise DataError(
                f"{type(self).__name__}: the copies that are there drew from {last + 1} rows or more, and X has "
                f"{n_rows} that count; which of them they left out is not known: give the rows of the fit before, "
                f"leave oob_score out, {ANEW}."
            )

    @final
    def _draw(
        self, rng: np.random.Generator, shape: tuple[int, ...], weights: Array | None
    ) -> tuple[Array, Array, np.random.Generator]:
        """Rows and columns of one copy, and what its own random numbers come from."""
        where = type(self).__name__
        n_rows, n_columns = _count(self.max_samples, shape[0]), _count(self.max_features, shape[1])
        for name, wanted, there, again in (
            ("max_samples", n_rows, shape[0], self.bootstrap),
            ("max_features", n_columns, shape[1], self.bootstrap_features),
        ):
            if wanted > there and not (again and name == "max_samples"):
                raise ParameterError(f"{where}: {name} is {wanted}, and there are {there}; give at most that many.")
        p = None if weights is None else weights / weights.sum()
        if p is None and self.bootstrap:
            rows = rng.integers(shape[0], size=n_rows)
        else:
            rows = rng.choice(shape[0], size=n_rows, replace=self.bootstrap, p=p)
        columns = rng.choice(shape[1], size=n_columns, replace=self.bootstrap_features)
        return np.sort(rows), np.sort(columns), rng

    @final
    def _all_said(self, table: Array) -> Array:
        """Mean over the copies.   (N, D) -> (N, M)"""
        pairs = zip(self.estimators_, self.estimators_features_, strict=True)
        work = [partial(_ask, self._said, part, table, columns) for part, columns in pairs]
        total: Array = np.sum(in_turn(work, self.n_jobs), axis=0)
        return total / len(work)

    @final
    def _left_out(self, table: Array) -> tuple[Array, Array]:
        """Mean over the copies that did not draw a row (N, M), NaN where all did; where it is known (N,)."""
        n_rows = len(table)
        sums: Array | None = None
        times = np.zeros(n_rows)
        for part, drawn, columns in zip(
            self.estimators_, self.estimators_samples_, self.estimators_features_, strict=True
        ):
            rows = np.setdiff1d(np.arange(n_rows), drawn)
            if len(rows) == 0:
                continue
            said = self._said(part, table[np.ix_(rows, columns)])
            sums = np.zeros((n_rows, said.shape[1])) if sums is None else sums
            sums[rows] += said
            times[rows] += 1
        known = times > 0
        if not known.all():
            text = f"{type(self).__name__}: {int((~known).sum())} rows were drawn by every copy and have no "
            warnings.warn(DataWarning(f"{text}out-of-bag score. Raise n_estimators."), stacklevel=5)
        sums = np.zeros((n_rows, 1)) if sums is None else sums
        means = np.full(sums.shape, np.nan)
        means[known] = sums[known] / times[known, None]
        return means, known

    def _traits(self) -> Traits:
        return replace(traits_of(self.estimator_), many_targets=False, text=False, sparse=False, needs_fit=True)

    @final
    def _check_storable(self) -> None:
        fitted = [(f"estimators_[{t}]", part) for t, part in enumerate(vars(self).get("estimators_", []))]
        check_storable([("estimator", self.estimator), *fitted], where=type(self).__name__)

    @final
    def _check_learned(self) -> None:
        where = type(self).__name__
        check_learned_parts(self.estimators_, where=where)
        columns = self.estimators_features_
        good = len(columns) == len(self.estimators_) and all(
            np.asarray(own).dtype.kind == "i" and ((own >= 0) & (own < self.n_features_in_)).all() for own in columns
        )
        if not good:
            raise ModelFileError(f"{where}: estimators_features_ in the record are not columns of its parts.")


def _count(given: float | None, there: int) -> int:
    """How many of `there` a parameter means."""
    if given is None:
        return there
    return int(given) if isinstance(given, int | np.integer) else max(1, int(float(given) * there))


def _fit_one(
    model: Any, table: Array, y: Array, rows: Array, columns: Array, rng: np.random.Generator, where: str
) -> Any:
    return fit_part("estimator", seeded(model, rng), table[np.ix_(rows, columns)], y[rows], None, where=where)


def _ask(question: Any, part: Any, table: Array, columns: Array) -> Array:
    return np.asarray(question(part, table if len(columns) == table.shape[1] else table[:, columns]))


def _decides(model: BaseBagging) -> bool:
    return hasattr(model.estimator_, "decision_function")


@register("ensemble.BaggingClassifier")
@final
class BaggingClassifier(Classifier, BaseBagging):
    """The mean of copies of one classifier, each fitted to rows, and perhaps columns, that it drew.

        p(k | x) = 1/T sum_t p_t(k | x);      copy t: rows drawn from 1..N, row i with probability w_i / sum w

    Copies without `predict_proba` vote.  With `bootstrap` a row may come several times, and about 37 % of N draws out
    of N are left out, on which `oob_score` scores the copy; without it rows are drawn once.  Every copy has a stream of
    random numbers of its own, by its number, from which the `random_state` of the model is drawn, too: the result does
    not depend on `n_jobs`, and the first T copies are those of the smaller ensemble.  Callbacks are called after each
    copy; Ctrl-C keeps the copies done.  With `warm_start` a fit adds copies to those of the one before, as a forest
    does trees (RandomForestClassifier); for oob_score row i must be the same in both.

    - `estimator`: ours or scikit-learn's; None is DecisionTreeClassifier().  Rows to predict may be sparse where it
      takes such, as trees do.
    - `max_samples`, `max_features`: what a copy draws, a number or a share.

    X (N, D), y (N,) -> estimators_, T fitted copies.  Cost: T times the model's on its draw.  Assumes a model that
    changes much when rows do, such as a deep tree; the mean of stable ones, such as linear models, is about the model
    itself.  Weights are chances of being drawn: unlike repeated rows they do not raise the number of draws.

    Raises ParameterError for a number above N or D and for oob_score without bootstrap.  Source: Breiman, Bagging
    predictors, Machine Learning 24, 1996; Ho, The random subspace method, IEEE PAMI 20, 1998.

    >>> X, y = [[0.0], [1.0], [8.0], [9.0]], ["no", "no", "yes", "yes"]
    >>> model = BaggingClassifier(n_estimators=20, random_state=0).fit(X, y)
    >>> model.predict([[0.5], [8.5]]).tolist(), len(model.estimators_)
    (['no', 'yes'], 20)
    """

    limits: ClassVar[Mapping[str, Limit]] = BAGGING_LIMITS

    oob_decision_function_: Array
    """Mean shares (N, K) that copies give the rows they did not draw; NaN for rows that every copy drew."""

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 10,
        *,
        max_samples: float | None = None,
        max_features: float = 1.0,
        bootstrap: bool = True,
        bootstrap_features: bool = False,
        oob_score: bool = False,
        warm_start: bool = False,
        n_jobs: int | None = None,
        random_state: Seed = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.bootstrap_features = bootstrap_features
        self.oob_score = oob_score
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the copies on rows X (N, D) and labels y (N,); row i is drawn by sample_weight[i]."""
        with self._beginning() as before:
            where = type(self).__name__
            table = self._fit_table(X)
            classes, codes = check_labels(y, len(table), where=where)
            weights = check_weights(sample_weight, len(table), where=where)
            table, labels, weights = counting_rows(table, classes[codes], weights)
            self.classes_ = np.unique(labels)
            self._bag(table, labels, weights, before)
        return self

    @property
    def n_classes_(self) -> int:
        """K."""
        return len(self.classes_)

    def predict_proba(self, X: Any) -> Array:
        """Mean over the copies of the probability of each class.   X (N, D) -> (N, K), rows sum to 1"""
        _ = self.estimators_  # says what is missing before fit
        return self._all_said(self._table(rows_asked(self.estimator_, X)))

    @available_if(_decides, "the estimator has none")
    def decision_function(self, X: Any) -> Array:
        """Mean of the copies' decisions, whose sign need not be that of `predict`.   X (N, D) -> (N,) or (N, K)

        Raises ParameterError where a copy drew too few classes for its decision to have a column for each.
        """
        parts = self.estimators_
        table = self._table(rows_asked(self.estimator_, X))
        if any(len(part.classes_) != len(self.classes_) for part in parts):
            raise ParameterError(
                "BaggingClassifier: a copy drew rows without one of the classes and has no decision about it; use "
                "predict_proba, or raise max_samples."
            )
        pairs = zip(parts, self.estimators_features_, strict=True)
        return np.mean([np.asarray(part.decision_function(table[:, columns])) for part, columns in pairs], axis=0)

    def _default(self) -> Any:
        return DecisionTreeClassifier()

    def _said(self, part: Any, table: Array) -> Array:
        return shares(part, table, self.classes_, where="BaggingClassifier")

    def _score_left_out(self, y: Array, weights: Array | None, means: Array, known: Array) -> None:
        self.oob_decision_function_ = means
        right = means[known].argmax(axis=1) == codes_of(y, self.classes_, where="BaggingClassifier")[known]
        weight = None if weights is None else weights[known]
        self.oob_score_ = float(np.average(right, weights=weight)) if known.any() else float("nan")


@register("ensemble.BaggingRegressor")
@final
class BaggingRegressor(Regressor, BaseBagging):
    """The mean of copies of one regressor, each fitted to rows, and perhaps columns, that it drew.

        f(x) = 1/T sum_t f_t(x)

    Shapes, draws, cost and assumptions are as for BaggingClassifier.  Source: Breiman, Bagging predictors, Machine
    Learning 24, 1996.

    >>> model = BaggingRegressor(n_estimators=50, random_state=0).fit([[0.0], [1.0], [8.0], [9.0]], [0, 0, 5, 5])
    >>> model.predict([[-3.0], [12.0]]).round().tolist()
    [0.0, 5.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = BAGGING_LIMITS

    oob_prediction_: Array
    """Mean (N,) of what copies say of rows they did not draw; NaN for rows that every copy drew."""

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 10,
        *,
        max_samples: float | None = None,
        max_features: float = 1.0,
        bootstrap: bool = True,
        bootstrap_features: bool = False,
        oob_score: bool = False,
        warm_start: bool = False,
        n_jobs: int | None = None,
        random_state: Seed = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.bootstrap_features = bootstrap_features
        self.oob_score = oob_score
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the copies on rows X (N, D) and targets y (N,); row i is drawn by sample_weight[i]."""
        with self._beginning() as before:
            where = type(self).__name__
            table = self._fit_table(X)
            targets = check_targets(y, len(table), where=where)
            weights = check_weights(sample_weight, len(table), where=where)
            self._bag(*counting_rows(table, targets, weights), before)
        return self

    def predict(self, X: Any) -> Array:
        """Mean over the copies.   X (N, D) -> (N,)"""
        _ = self.estimators_  # says what is missing before fit
        return self._all_said(self._table(rows_asked(self.estimator_, X)))[:, 0]

    def _default(self) -> Any:
        return DecisionTreeRegressor()

    def _said(self, part: Any, table: Array) -> Array:
        return np.asarray(part.predict(table)).reshape(-1, 1)

    def _score_left_out(self, y: Array, weights: Array | None, means: Array, known: Array) -> None:
        self.oob_prediction_ = means[:, 0]
        if not known.any():
            self.oob_score_ = float("nan")
            return
        y, said = y[known], means[known, 0]
        weight = np.ones(len(y)) if weights is None else weights[known]
        spread = float((weight * (y - np.average(y, weights=weight)) ** 2).sum())
        missed = float((weight * (y - said) ** 2).sum())
        self.oob_score_ = 1.0 - missed / spread if spread > 0 else float(missed == 0)
