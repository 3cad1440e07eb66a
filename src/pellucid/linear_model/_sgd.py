"""Stochastic gradient descent on one score: options by name in, epochs out.

Here: `Descending`, the parent of all estimators that learn a row at a time; the limits of their parameters.
Elsewhere: an epoch is compiled, in _sgd_kernels.py; the state is in _sgd_state.py, the estimators in
_sgd_classifier.py, _sgd_regressor.py and _perceptron.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.random and this package; the kernels inside the functions.
"""

import math
import warnings
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Literal, final

import numpy as np

from pellucid.base import SEED, Choice, Flag, Limit, OneOf, Real, Watch, Whole, kin
from pellucid.base._tables import Array
from pellucid.errors import ConvergenceWarning, DataError, ParameterError
from pellucid.linear_model._linear import LinearModel
from pellucid.linear_model._rows import Rows, as_float64, is_sparse
from pellucid.linear_model._sgd_state import ADAPTIVE, LOSS, MISTAKES, OPTIMAL, RATES, Going, T
from pellucid.random import Seed, generator

SPARSE_INTERCEPT_STEP = 0.01  # of a full one: every row moves the intercept, but few rows each weight; scikit-learn's
ETA_MIN = 1e-6  # "adaptive" ends when its rate is below

Penalty = Literal["l2", "l1", "elasticnet"] | None
Rate = Literal["constant", "optimal", "invscaling", "adaptive", "pa1", "pa2"]

STEP_LIMITS: Mapping[str, Limit] = {
    "penalty": Choice("l2", "l1", "elasticnet", None),
    "alpha": Real(low=0.0, says="weight of the penalty"),
    "l1_ratio": Real(0.0, 1.0, says="share of the elastic net that is on |w|"),
    "fit_intercept": Flag(says="whether to learn b; otherwise it is 0"),
    "max_iter": Whole(low=1, says="epochs"),
    "tol": OneOf(Real(), Choice(None), says="gain of an epoch that counts as one; None: all epochs are run"),
    "shuffle": Flag(says="whether rows are taken in a new order in each epoch"),
    "random_state": SEED,
    "eta0": Real(low=0.0, open_low=True, says="the first step"),
    "early_stopping": Flag(says="whether rows are kept apart to tell when to stop"),
    "validation_fraction": Real(0.0, 1.0, open_low=True, open_high=True, says="share of the rows kept apart"),
    "n_iter_no_change": Whole(low=1, says="epochs without gain before it ends"),
    "warm_start": Flag(says="whether to begin where the last fit ended"),
}
RATE_LIMITS: Mapping[str, Limit] = {
    "learning_rate": Choice(*RATES),
    "power_t": Real(says="of invscaling: step t is eta0 / t^power_t"),
    "average": OneOf(Flag(), Whole(low=0), says="the step from which on weights are averaged; True: the first"),
}


class Descending(LinearModel):
    """An estimator of R scores, each learned by steps along one row's gradient at a time."""

    fit_intercept: bool
    max_iter: int
    tol: float | None
    shuffle: bool
    random_state: Seed
    eta0: float
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int
    alpha: float
    l1_ratio: float
    penalty: Penalty

    n_iter_: int
    """Epochs until the last score was done."""
    t_: float
    """The number of the next step: one more than rows seen."""

    _going: list[Going]

    @abstractmethod
    def _loss(self) -> tuple[int, float]:
        """The kernel's number of the loss, and its width."""

    @abstractmethod
    def _schedule(self) -> tuple[str, float, int]:
        """Learning rate by name, power_t, and the step from which weights are averaged (0: never)."""

    @abstractmethod
    def _quality(self, scores: Array, aim: Array, weight: Array) -> float:
        """How good the scores (n,) of rows kept apart are; larger is better."""

    @abstractmethod
    def _set_weights(self, dtype: Any) -> None:
        """Set coef_ and intercept_ from where the scores stand."""

    @final
    def _begin(self, n_scores: int, n_features: int, coef: Array | None, intercept: Any) -> None:
        """Scores at given weights, or at zero."""
        start = np.zeros((n_scores, n_features)) if coef is None else np.reshape(coef, (n_scores, n_features))
        levels = np.zeros(n_scores) if coef is None else np.reshape(intercept, n_scores)
        t = float(vars(self).get("t_", 1.0)) if coef is not None else 1.0
        self._going = [Going.at(w, float(b), t) for w, b in zip(start, levels, strict=True)]

    @final
    def _run(self, rows: Rows, aims: Array, weights: Array, epochs: int, *, once: bool) -> Array:
        """Epochs over rows (N, D) for aims (R, N) and weights (R, N), until all scores are done; mistakes (E, R).

        `once`, as for partial_fit: one epoch, no rows kept apart, no judgement.
        """
        chance = generator(self.random_state)
        train, test = self._kept_apart(aims, weights, chance, once)
        streams = chance.spawn(len(aims))
        parts, mistakes = _flat(rows), []
        for going in self._going:
            going.eta, going.best, going.waited, going.finished = self.eta0, np.inf, 0, False
        self.n_iter_ = 0
        with Watch(self, epochs) as watch:
            while self.n_iter_ < epochs and not all(going.finished for going in self._going):
                before = [going.state[MISTAKES] for going in self._going]
                told = 0.0
                for going, aim, weight, stream in zip(self._going, aims, weights, streams, strict=True):
                    if not going.finished:
                        order = stream.permutation(train) if self.shuffle else train
                        told += self._epoch(parts, aim, weight, order, going)
                        if not once:
                            self._judge(rows, aim, weight, test, going)
                self.n_iter_ += 1
                self.t_ = float(max(going.state[T] for going in self._going))
                mistakes.append([g.state[MISTAKES] - b for g, b in zip(self._going, before, strict=True)])
                if self.callbacks:
                    self._set_weights(rows.dtype)
                if watch.step(loss=told / len(aims), mistakes=float(np.sum(mistakes[-1]))):
                    break
        self._set_weights(rows.dtype)
        if not once and self.tol is not None and not self.interrupted_ and self.n_iter_ == epochs:
            if not all(going.finished for going in self._going):
                self._warn_of_the_limit()
        return np.array(mistakes, np.int64).reshape(-1, len(aims))

    def _epoch(
        self, parts: tuple[Array, Array, Array, bool], aim: Array, weight: Array, order: Array, going: Going
    ) -> float:
        """One epoch of one score; the mean loss of its rows as they were met."""
        from pellucid.linear_model import _sgd_kernels

        epoch: Any = _sgd_kernels.epoch
        loss, width = self._loss()
        rate, power, average = self._schedule()
        alpha = 0.0 if self.penalty is None else float(self.alpha)
        share = {"l1": 1.0, "elasticnet": float(self.l1_ratio)}.get(self.penalty or "", 0.0)
        intercept_step = (SPARSE_INTERCEPT_STEP if parts[3] else 1.0) * self.fit_intercept
        begin = 0.0
        if RATES[rate] == OPTIMAL:
            begin = _first_step(loss, width, float(self.alpha))
        strength = float(self.alpha)  # the optimal rate looks at alpha also where there is no penalty
        shape: Any = (loss, width, RATES[rate], going.eta, power, begin)
        going.state[LOSS] = 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            rest: Any = (strength, alpha, share, intercept_step, average)
            epoch(*parts, aim, weight, order, *shape, *rest, going.v, going.behind, going.pulled, going.state)
        if not (np.isfinite(going.v).all() and np.isfinite(going.state).all()):
            raise DataError(
                f"{type(self).__name__}: weights overflowed in epoch {self.n_iter_ + 1}; scale the features "
                "(pellucid.preprocessing.StandardScaler) or make eta0 smaller."
            )
        return float(going.state[LOSS] / max(weight[order].sum(), np.finfo(float).tiny))

    def _judge(self, rows: Rows, aim: Array, weight: Array, test: Array, going: Going) -> None:
        """Note whether the epoch gained by tol, and finish the score, or slow it down, after too many that did not."""
        w, b = going.weights(0)
        if len(test):
            told = -self._quality(rows[test] @ w + b, aim[test], weight[test])
        else:
            told = float(going.state[LOSS]) / float(weight.sum()) + self._penalty_of(w)
        if self.tol is not None and told > going.best - self.tol:
            going.waited += 1
        else:
            going.waited = 0
        going.best = min(going.best, told)
        if going.waited < self.n_iter_no_change:
            return
        if RATES[self._schedule()[0]] == ADAPTIVE and going.eta > ETA_MIN:
            going.eta, going.waited = going.eta / 5.0, 0
        else:
            going.finished = True

    def _penalty_of(self, w: Array) -> float:
        if self.penalty is None:
            return 0.0
        share = {"l2": 0.0, "l1": 1.0, "elasticnet": self.l1_ratio}[self.penalty]
        return float(self.alpha * ((1.0 - share) * 0.5 * (w @ w) + share * np.abs(w).sum()))

    def _kept_apart(self, aims: Array, weights: Array, chance: np.random.Generator, once: bool) -> tuple[Array, Array]:
        """Rows to learn from and rows to judge by; of each value of a classifier's aims the same share."""
        counted = np.flatnonzero((weights > 0).any(axis=0))
        if once or not self.early_stopping:
            return counted, np.empty(0, np.intp)
        n_test = math.ceil(self.validation_fraction * len(counted))
        if n_test >= len(counted):
            raise DataError(
                f"{type(self).__name__}: validation_fraction={self.validation_fraction} of {len(counted)} rows leaves "
                "none to learn from; make it smaller, or early_stopping=False."
            )
        mixed = chance.permutation(counted)
        if self.role == "classifier":  # dealt out class by class: every n-th row is kept apart
            codes = aims.argmax(axis=0) if len(aims) > 1 else aims[0]
            mixed = mixed[np.argsort(codes[mixed], kind="stable")]
            place = np.zeros(len(mixed), bool)
            place[np.linspace(0, len(mixed) - 1, n_test).round().astype(np.intp)] = True
            return np.sort(mixed[~place]), np.sort(mixed[place])
        return np.sort(mixed[n_test:]), np.sort(mixed[:n_test])

    def _check_rate(self) -> None:
        """Raise ParameterError for settings that contradict each other."""
        if self._schedule()[0] == "optimal" and self.alpha == 0.0:
            raise ParameterError(
                f"{type(self).__name__}: alpha is 0, and learning_rate='optimal' divides by it; "
                "give an alpha > 0 or another learning_rate."
            )

    def _warn_of_the_limit(self) -> None:
        message = (
            f"{type(self).__name__}: {self.n_iter_} epochs (max_iter) were not enough for tol={self.tol}. "
            "Raise max_iter or tol, or scale the features (pellucid.preprocessing.StandardScaler)."
        )
        warnings.warn(kin(ConvergenceWarning, message), stacklevel=4)


def _flat(rows: Rows) -> tuple[Array, Array, Array, bool]:
    """data, place, start and sparse, as the kernel takes rows."""
    if is_sparse(rows):
        return as_float64(rows).data, rows.indices, rows.indptr, True
    n_rows, n_features = rows.shape
    start = np.arange(n_rows + 1, dtype=np.int32 if rows.size < 2**31 else np.int64) * n_features
    return np.ascontiguousarray(rows, np.float64).ravel(), np.empty(0, np.int32), start, False


def _first_step(loss: int, width: float, alpha: float) -> float:
    """The step number at which Bottou's rate 1 / (alpha t) is that of weights of their typical size."""
    from pellucid.linear_model._sgd_kernels import loss_slope

    typical = math.sqrt(1.0 / math.sqrt(alpha))
    return max(1.0, loss_slope(loss, 1.0, -typical, width)) / (typical * alpha)
