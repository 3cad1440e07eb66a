"""Least squares with a penalty on the sizes of the weights, which sets many of them to zero.

Here: `ElasticNet`, `Lasso`, and `SparseLine`, the fit they share.
Elsewhere: the search is in _coordinate_descent.py; many penalties in a row in _paths.py, the choice among them in
_elastic_net_cv.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence, pellucid.random and this package.
"""

import warnings
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import (
    SEED,
    Choice,
    Flag,
    Limit,
    OneOf,
    Real,
    Watch,
    Whole,
    check_resumes,
    check_weights,
    kin,
    last_fit,
)
from pellucid.base._tables import Array
from pellucid.errors import ConvergenceWarning
from pellucid.linear_model._coordinate_descent import Descent, Penalty, Prepared, descend, growing, squares_of
from pellucid.linear_model._linear import LinearRegressor
from pellucid.linear_model._ridge import target_columns
from pellucid.linear_model._rows import is_sparse
from pellucid.persistence import register
from pellucid.random import Seed, generator

WIDE, TALL = 50, 4
"""Features, and rows for each: below, X^T X as a whole is no dearer than the rows of it that are needed."""

Precompute = bool | Literal["auto"]
Selection = Literal["cyclic", "random"]

SEARCH_LIMITS: Mapping[str, Limit] = {
    "fit_intercept": Flag(says="whether to learn b; otherwise it is 0"),
    "precompute": OneOf(Flag(), Choice("auto"), says="X^T X first; auto: where there are more rows than columns"),
    "max_iter": Whole(low=1, says="sweeps over the features"),
    "tol": Real(low=0.0, says="of the duality gap, as a share of the squares of y"),
    "positive": Flag(says="whether only w >= 0 are looked at"),
    "random_state": SEED,
    "selection": Choice("cyclic", "random", says="the order in which features are visited"),
}


class SparseLine(LinearRegressor):
    """A line found by coordinate descent; a subclass says which share of its penalty is on |w|."""

    alpha: float
    fit_intercept: bool
    precompute: Precompute
    max_iter: int
    tol: float
    warm_start: bool
    positive: bool
    random_state: Seed
    selection: Selection

    n_iter_: Any  # int for y (N,), list of int for y (N, K)
    """Sweeps over the features."""
    dual_gap_: Any  # float for y (N,), Array (K,) for y (N, K)
    """By how much the objective is above its minimum, at most."""

    @abstractmethod
    def _ratio(self) -> float:
        """Share of the penalty that is on |w|_1."""

    @final
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn w and b from rows X (N, D) and targets y (N,) or (N, K); row i counts sample_weight[i] times.

        With warm_start it begins where the last fit ended.  Raises DataError where that had other numbers of features
        or targets; what it had learned then stays.
        """
        with last_fit(self, "coef_") as last:
            self._begin_fit()
            rows = self._fit_rows(X)
            where = type(self).__name__
            aims, alone = target_columns(y, rows.shape[0], where=where)
            weights = check_weights(sample_weight, rows.shape[0], where=where)
            if weights is not None and not weights.all():
                counts = weights > 0
                rows, aims, weights = rows[counts], aims[counts], weights[counts]
            few = (
                self.precompute == "auto"
                and not is_sparse(rows)
                and rows.shape[0] >= TALL * rows.shape[1] >= WIDE * TALL
            )
            if few:
                prepared = growing(rows, aims, weights, self.fit_intercept)
            else:
                prepared = squares_of(rows, aims, weights, self.fit_intercept, self.precompute)
            states = [Descent(w) for w in self._start(last, aims.shape[1])]
            with Watch(self) as watch:
                self._search(prepared, states, lambda: self._take(states, prepared, alone, rows.dtype), watch)
            self._take(states, prepared, alone, rows.dtype)
        if not self.interrupted_ and any(not one.converged and one.sweeps >= self.max_iter for one in states):
            self._warn_of_the_limit()
        return self

    def _start(self, last: Mapping[str, Any], n_targets: int) -> Array:
        """Where to begin (T, D): where the last fit ended, which must have had as many columns and targets."""
        start = np.zeros((n_targets, self.n_features_in_))
        if last:
            before, where = np.atleast_2d(last["coef_"]), type(self).__name__
            check_resumes(where, "n_features_in_", before.shape[1], self.n_features_in_)
            check_resumes(where, "n_targets", len(before), n_targets)
            start[:] = before
        return np.maximum(start, 0.0) if self.positive else start

    def _search(self, prepared: Prepared, states: list[Descent], take: Callable[[], None], watch: Watch) -> None:
        chance = generator(self.random_state) if self.selection == "random" else None
        for squares, state in zip(prepared.squares, states, strict=True):
            strength = self.alpha * squares.total
            penalty = Penalty(strength * self._ratio(), strength * (1.0 - self._ratio()), self.positive)

            def report(state: Descent, total: float = squares.total) -> bool:
                if self.callbacks:
                    take()
                return watch.step(loss=state.value / total, gap=state.gap / total)

            descend(squares, penalty, state, self.tol, self.max_iter, report=report, chance=chance)

    def _take(self, states: list[Descent], prepared: Prepared, alone: bool, dtype: Any) -> None:
        """Set what was found so far as what was learned."""
        slopes = np.column_stack([one.w for one in states])
        gaps = [one.gap / squares.total for one, squares in zip(states, prepared.squares, strict=True)]
        sweeps = [one.sweeps for one in states]
        if alone:
            self._take_line(slopes[:, 0], prepared.level[0], prepared.centre, dtype)
            self.dual_gap_, self.n_iter_ = gaps[0], sweeps[0]
        else:
            self._take_line(slopes, prepared.level, prepared.centre, dtype)
            self.dual_gap_, self.n_iter_ = np.array(gaps), sweeps

    def _warn_of_the_limit(self) -> None:
        message = (
            f"{type(self).__name__}: {self.max_iter} sweeps (max_iter) left a duality gap of "
            f"{np.max(self.dual_gap_):.3g}, above tol={self.tol}. Raise max_iter or tol, scale the features "
            "(pellucid.preprocessing.StandardScaler), or strengthen the penalty (a larger alpha)."
        )
        warnings.warn(kin(ConvergenceWarning, message), stacklevel=3)


@register("linear_model.ElasticNet")
@final
class ElasticNet(SparseLine):
    """The weighted sum of few features that is close to the target.

        (w, b) = argmin  1/(2 S) sum_i s_i (y_i - b - x_i . w)^2 + alpha (r |w|_1 + (1 - r)/2 |w|^2),    S = sum_i s_i

    r is `l1_ratio`: 1 is the lasso, 0 a ridge.  X (N, D), y (N,) -> coef_ (D,), intercept_;  y (N, K) -> coef_ (K, D),
    intercept_ (K,), each target by itself.  The intercept is not penalised.

    One weight after the other is set to its best value, w_j <- soft(x_j . r + h_j w_j, S alpha r) / (h_j + S alpha
    (1 - r)), until the duality gap shows the objective within tol |y|^2 / S of its minimum.  N D A multiplications
    once, for the rows of X^T X of the A features that get a weight, and D a step after that, or N a step where columns
    outnumber rows.

    Assumes that few features matter, and their effects add up.  The penalty is one for all features: scale them first,
    or those on large scales are kept for their scale.  Of columns that are nearly equal, the lasso keeps one,
    whichever; a share of the ridge keeps them together.

    Gives a ConvergenceWarning when `max_iter` ends the search.  Source: Zou and Hastie, Journal of the Royal
    Statistical Society B 67, 2005; Friedman, Hastie and Tibshirani, Journal of Statistical Software 33, 2010.

    >>> model = ElasticNet(alpha=0.1, l1_ratio=0.5).fit([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0]], [1.0, 3.0, 5.0])
    >>> model.coef_.round(6).tolist()
    [1.790698, 0.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "alpha": Real(low=0.0, says="weight of the penalty"),
        "l1_ratio": Real(0.0, 1.0, says="share of the penalty on |w|, the rest is on w^2"),
        "warm_start": Flag(says="whether to begin where the last fit ended"),
        **SEARCH_LIMITS,
    }

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        l1_ratio: float = 0.5,
        fit_intercept: bool = True,
        precompute: Precompute = "auto",
        max_iter: int = 1000,
        tol: float = 1e-4,
        warm_start: bool = False,
        positive: bool = False,
        random_state: Seed = None,
        selection: Selection = "cyclic",
    ) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    def _ratio(self) -> float:
        return self.l1_ratio


@register("linear_model.Lasso")
@final
class Lasso(SparseLine):
    """The weighted sum of few features that is close to the target: `ElasticNet` with l1_ratio = 1.

        (w, b) = argmin  1/(2 S) sum_i s_i (y_i - b - x_i . w)^2 + alpha |w|_1,    S = sum_i s_i

    Shapes, search, cost and assumptions are those of `ElasticNet`.  Of D features at most N get a weight.
    Source: Tibshirani, Journal of the Royal Statistical Society B 58, 1996.

    >>> model = Lasso(alpha=0.5).fit([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0]], [1.0, 3.0, 5.0])
    >>> model.coef_.round(6).tolist(), round(model.intercept_, 6)
    ([1.25, 0.0], 1.75)
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "alpha": Real(low=0.0, says="weight of the penalty"),
        "warm_start": Flag(says="whether to begin where the last fit ended"),
        **SEARCH_LIMITS,
    }

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        fit_intercept: bool = True,
        precompute: Precompute = "auto",
        max_iter: int = 1000,
        tol: float = 1e-4,
        warm_start: bool = False,
        positive: bool = False,
        random_state: Seed = None,
        selection: Selection = "cyclic",
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    def _ratio(self) -> float:
        return 1.0
