"""Logistic regression, for two classes and for many.

Here: `LogisticRegression`.
Elsewhere: what it minimises is in _logistic_objective.py, by what in _solvers.py, _lasso_solvers.py and
_row_solvers.py.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.random and pellucid.base; SciPy and Numba inside the
solvers.
"""

import math
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import (
    SEED,
    Choice,
    Flag,
    Kind,
    Limit,
    OneOf,
    Real,
    Watch,
    Whole,
    check_labels,
    check_resumes,
    check_weights,
    class_weights,
    kin,
    last_fit,
)
from pellucid.base._tables import Array
from pellucid.errors import ConvergenceWarning, DataError
from pellucid.linear_model._lasso_solvers import lbfgs_lasso, newton_lasso
from pellucid.linear_model._linear import LinearClassifier
from pellucid.linear_model._logistic_objective import ManyClasses, Objective, TwoClasses
from pellucid.linear_model._row_solvers import gd, saga, sgd
from pellucid.linear_model._rows import Rows, is_sparse
from pellucid.linear_model._solvers import Minimum, Report, lbfgs, newton
from pellucid.persistence import register
from pellucid.random import Seed, generator

Solver = Literal["auto", "lbfgs", "newton-cholesky", "gd", "sgd", "saga"]

NEWTON_WORK_MAX = 2e8  # multiplications a step, some 30 ms on one core; beyond, L-BFGS is done before a few such steps


@register("linear_model.LogisticRegression")
@final
class LogisticRegression(LinearClassifier):
    """Class probabilities from weighted sums of the features.

        p = sigmoid(z), z = b + x . w                 two classes: p is the chance of classes_[1]
        p = softmax(z), z_k = b_k + x . w_k           K > 2 classes

        (w, b) = argmin  C sum_i s_i l(z_i, y_i) + r |w|_1 + (1 - r) |w|^2 / 2,     l = -log p_y

    X (N, D), y (N,) -> coef_ (1, D) or (K, D), intercept_ (1,) or (K,).  s are the weights of the rows, r is
    `l1_ratio`, 1 with penalty="l1"; with r > 0 many w are 0.  Rows may be dense or SciPy's sparse.  The intercepts are
    not penalised; for K > 2 a constant added to all of them changes nothing, and the ones with sum 0 are taken.

    solver, and what a step of it costs; g is the gradient and H the Hessian of the objective:

        newton-cholesky   w <- w - H^-1 g.  N D^2 K^2 multiplications, a handful of steps: few features
        lbfgs             H from the last steps.  N D K, and N D^2 once; tens of steps: everything else.  auto takes the
                          cheaper of these two
        gd                w <- w - g / L.  N D K: each step along the gradient of all rows, to be watched; thousands of
                          steps where features depend on each other
        sgd               N D K an epoch, a step for each row: near the minimum in few epochs, exact in none
        saga              N D K an epoch, a step for each row with a memory of N K slopes: exact, and the fastest of the
                          three where the penalty is not weak

    Sparse rows cost their stored entries in place of N D.  The last three step in standardised features (sparse rows
    are scaled, not centred), which changes the path and not the minimum.  Callbacks see every step, or epoch, with the
    model in the state it left.  With warm_start a fit begins where the last one ended, also one that Ctrl-C ended: it
    leads to the same minimum, along a path of C in fewer steps.

    It assumes that log odds are sums: what features do only together, or along a curve, has to be made a feature first;
    strongly correlated features share their weight by the penalty alone, so that no single w is to be trusted.

    Classes that a plane can separate have no minimum without the penalty (C = inf): the weights grow until the
    tolerance calls the probabilities good enough.  Rows of weight 0 are as if they were not there, so that a class of
    only such rows is not among `classes_`.  Computed in float64; a float32 table gets float32 coefficients.

    Raises DataError for fewer than two classes, for input that is not finite numbers, and where a warm start meets
    other classes or another number of features than the last fit; what that had learned then stays.  Gives a
    ConvergenceWarning when `max_iter` ends the search.  Source: Hastie, Tibshirani and Friedman, The Elements of
    Statistical Learning, section 4.4.

    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"])
    >>> model.predict([[0.5], [2.5]]).tolist(), model.predict_proba([[1.5]]).round(6).tolist()
    (['no', 'yes'], [[0.5, 0.5]])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "penalty": Choice("l2", "l1", "elasticnet", None, says="None is the same as C=inf"),
        "l1_ratio": Real(0.0, 1.0, says="share of the penalty on |w|, unless it is l1; the rest is on w^2"),
        "C": Real(low=0.0, open_low=True, infinite=True, says="weight of the data against the penalty"),
        "tol": Real(
            low=0.0,
            open_low=True,
            says="on the gradient of the mean loss, features standardised; sgd: also on what an epoch gains",
        ),
        "fit_intercept": Flag(says="whether to learn b; otherwise it is 0"),
        "class_weight": OneOf(
            Choice("balanced", None),
            Kind(Mapping, words="a mapping of label to weight"),
            says="balanced: each class weighs the same",
        ),
        "solver": Choice(
            *("auto", "lbfgs", "newton-cholesky", "gd", "sgd", "saga"),
            says="auto: newton-cholesky while its steps are cheap, then lbfgs",
        ),
        "max_iter": Whole(low=1, says="steps; of sgd and saga epochs"),
        "random_state": SEED,
        "warm_start": Flag(says="whether to begin where the last fit ended"),
    }

    coef_: Array
    intercept_: Array
    n_iter_: int
    """Steps the solver took in the last fit; of sgd and saga epochs."""

    def __init__(
        self,
        penalty: Literal["l2", "l1", "elasticnet"] | None = "l2",
        *,
        C: float = 1.0,
        l1_ratio: float = 0.0,
        tol: float = 1e-5,
        fit_intercept: bool = True,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        solver: Solver = "auto",
        max_iter: int = 1000,
        random_state: Seed = None,
        warm_start: bool = False,
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.solver = solver
        self.max_iter = max_iter
        self.random_state = random_state
        self.warm_start = warm_start

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn w and b from rows X (N, D) and labels y (N,); row i counts sample_weight[i] times."""
        with last_fit(self, "coef_") as last:
            self._begin_fit()
            table = self._fit_rows(X)
            objective = self._objective(table, y, sample_weight)
            state = Minimum(self._first_point(last, objective.shape))
            minimise = self._minimiser(objective)
            with Watch(self, self.max_iter) as watch:
                minimise(objective, state, self.tol, self.max_iter, self._reporter(watch, table.dtype))
            self._take(state, table.dtype)
        if not state.converged and state.steps >= self.max_iter:
            self._warn_of_the_limit()
        return self

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, in the order of `classes_`.   X (N, D) -> (N, K), rows sum to 1"""
        proba: Array = np.exp(self.predict_log_proba(X))
        return proba

    def predict_log_proba(self, X: Any) -> Array:
        """log(predict_proba(X)), finite where the probability itself rounds to 0.   X (N, D) -> (N, K)"""
        z = self._scores(X)
        if z.shape[1] == 1:
            z = z * _SIGNS.astype(z.dtype)  # (N, 2)
            logs: Array = -np.logaddexp(0.0, -z)
            return logs
        z = z - z.max(axis=1, keepdims=True)
        return z - np.log(np.exp(z).sum(axis=1, keepdims=True))

    @property
    def odds_ratios_(self) -> Array:
        """e^coef_: by what the odds of a class are multiplied for each unit that a feature rises, the others held."""
        with np.errstate(over="ignore"):
            ratios: Array = np.exp(self.coef_)
        return ratios

    def _objective(self, table: Rows, y: Any, sample_weight: Any) -> Objective:
        """What is to be minimised; notes the classes."""
        where = type(self).__name__
        self.classes_, codes = check_labels(y, table.shape[0], where=where)
        weights = check_weights(sample_weight, table.shape[0], where=where)
        weights = class_weights(self.class_weight, self.classes_, codes, weights, where=where)
        if weights is None:
            weights = np.ones(table.shape[0])
        elif not weights.all():
            counts = weights > 0
            table, weights = table[counts], weights[counts]
            present, codes = np.unique(codes[counts], return_inverse=True)
            self.classes_ = self.classes_[present]
        if len(self.classes_) < 2:
            raise DataError(
                f"{where}: y has one class, {self.classes_.tolist()[0]!r}, among the rows that count; "
                "two or more are needed to tell apart."
            )
        total = weights.sum()
        strength = 0.0 if self.penalty is None else 1.0 / (self.C * total)
        kind = TwoClasses if len(self.classes_) == 2 else ManyClasses
        rows = table.astype(np.float64, copy=False)
        rows = rows if is_sparse(rows) else np.ascontiguousarray(rows)
        ratio = self._ratio()
        objective = kind(rows, codes, weights / total, strength * (1.0 - ratio), self.fit_intercept)
        objective.lasso = strength * ratio
        return objective

    def _first_point(self, last: Mapping[str, Any], shape: tuple[int, int]) -> Array:
        """w where the last fit ended, or 0.   -> (R, D+1).  Raises DataError for other features or classes."""
        w = np.zeros(shape)
        if last:
            check_resumes(type(self).__name__, "n_features_in_", last["n_features_in_"], self.n_features_in_)
            check_resumes(type(self).__name__, "the classes", last["classes_"].tolist(), self.classes_.tolist())
            w[:, : self.n_features_in_] = last["coef_"]
            if self.fit_intercept:
                w[:, self.n_features_in_] = last["intercept_"]
        return w

    def _ratio(self) -> float:
        """Share of the penalty on |w|_1."""
        return 1.0 if self.penalty == "l1" else float(self.l1_ratio)

    def _minimiser(self, objective: Objective) -> Callable[[Objective, Minimum, float, int, Report], None]:
        if self.solver == "gd":
            return gd
        if self.solver in ("sgd", "saga"):
            return partial(sgd if self.solver == "sgd" else saga, chance=generator(self.random_state))
        if self.solver == "auto":
            width = math.prod(objective.shape)
            cheap = (objective.X.shape[0] + width) * width**2 <= NEWTON_WORK_MAX
        else:
            cheap = self.solver == "newton-cholesky"
        if objective.lasso > 0.0:
            return newton_lasso if cheap else lbfgs_lasso
        return newton if cheap else lbfgs

    def _reporter(self, watch: Watch, dtype: Any) -> Report:
        """Tells callbacks of each step, with the estimator in the state that step left."""

        def report(state: Minimum, slope: float) -> bool:
            if self.callbacks:
                self._take(state, dtype)
            return watch.step(loss=state.value, gradient=slope)

        return report

    def _take(self, state: Minimum, dtype: Any) -> None:
        """Set what a minimiser has found as what was learned."""
        n_features = self.n_features_in_
        w = state.w.copy()
        if len(w) > 1:
            first = n_features if self._ratio() > 0.0 else 0  # with |w| in the penalty only the intercepts are free
            w[:, first:] -= w[:, first:].mean(axis=0)
        w = w.astype(dtype, copy=False)
        self.coef_ = np.ascontiguousarray(w[:, :n_features])
        self.intercept_ = w[:, n_features] if self.fit_intercept else np.zeros(len(w), dtype)
        self.n_iter_ = state.steps

    def _warn_of_the_limit(self) -> None:
        message = (
            f"LogisticRegression: {self.n_iter_} steps (max_iter) did not reach tol={self.tol}. "
            "Raise max_iter or tol, or strengthen the penalty (a smaller C): without one, classes that a plane "
            "separates have no minimum."
        )
        if self.solver in ("gd", "sgd", "saga"):
            message += " Steps of solver='auto' see the curvature, and few are needed."
        warnings.warn(kin(ConvergenceWarning, message), stacklevel=3)


_SIGNS = np.array([-1.0, 1.0])  # of z for classes_[0] and classes_[1]
