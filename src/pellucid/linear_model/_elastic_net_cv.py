"""Lasso and elastic net that choose their penalty on rows they have not learned from.

Here: `LassoCV`, `ElasticNetCV`, and `ChosenLine`, the choice they share.
Elsewhere: penalties in a row are in _paths.py, folds in _choosing.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence, pellucid.random and this package; joblib inside.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import Choice, Kind, Limit, OneOf, Real, Traits, Watch, Whole, check_targets, check_weights
from pellucid.base._tables import Array
from pellucid.linear_model._choosing import CV, folds_of
from pellucid.linear_model._coordinate_descent import Descent, Prepared, squares_of
from pellucid.linear_model._elastic_net import SEARCH_LIMITS, Precompute, Selection
from pellucid.linear_model._linear import LinearRegressor
from pellucid.linear_model._paths import falling, follow
from pellucid.linear_model._rows import Rows
from pellucid.persistence import register
from pellucid.random import Seed, generator

CHOICE_LIMITS: Mapping[str, Limit] = {
    "eps": Real(0.0, 1.0, open_low=True, says="the weakest penalty, as a share of the strongest"),
    "alphas": OneOf(
        Whole(low=1), Kind(np.ndarray, list, tuple, words="numbers >= 0"), says="penalties to try, or how many"
    ),
    **SEARCH_LIMITS,
    "cv": CV,
    "n_jobs": OneOf(Whole(), Choice(None), says="folds at a time, by joblib; -1: as many as there are cores"),
}


class ChosenLine(LinearRegressor):
    """A line whose penalty has the smallest mean squared error over folds; a subclass says which ratios are tried."""

    eps: float
    alphas: Any
    fit_intercept: bool
    precompute: Precompute
    max_iter: int
    tol: float
    cv: Any
    n_jobs: int | None
    positive: bool
    random_state: Seed
    selection: Selection

    alpha_: float
    """The penalty of the line."""
    alphas_: Array
    """Penalties that were tried (A,), strongest first; (R, A) where several ratios were."""
    mse_path_: Array
    """Mean squared errors (A, F) on the rows each of F folds left out; (R, A, F) where several ratios were tried."""
    n_iter_: int
    """Sweeps over the features for the line itself."""
    dual_gap_: float
    """By how much its objective is above its minimum, at most."""

    @abstractmethod
    def _ratios(self) -> Array:
        """The shares of the penalty on |w|_1 that are tried (R,)."""

    def _note_ratio(self, ratio: float) -> None:
        """Keep the ratio that was chosen."""

    @final
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Choose the penalty and learn w and b from rows X (N, D) and targets y (N,)."""
        self._begin_fit()
        rows = self._fit_rows(X)
        where = type(self).__name__
        aim = check_targets(y, rows.shape[0], where=where).astype(np.float64)
        weights = check_weights(sample_weight, rows.shape[0], where=where)
        ratios, folds = self._ratios(), folds_of(self.cv, rows, aim, weights)
        whole = self._prepare(rows, aim, weights)
        grid = np.stack([falling(whole.squares[0], r, self.eps, self.alphas, where) for r in ratios])  # (R, A)
        errors, importance = np.zeros((*grid.shape, len(folds))), np.ones(len(folds))
        done = 0
        with Watch(self, len(folds)) as watch:
            for f, (error, total) in enumerate(self._walk(folds, rows, aim, weights, ratios, grid)):
                errors[:, :, f], importance[f] = error, total
                done = f + 1
                if self.callbacks:
                    self._choose(whole, ratios, grid, errors[:, :, :done], importance[:done], rows.dtype)
                if watch.step(error=float(errors[:, :, f].min())):
                    break
        errors, importance = (errors[:, :, :done], importance[:done]) if done else (errors, importance)
        self._choose(whole, ratios, grid, errors, importance, rows.dtype)
        return self

    def _choose(
        self, whole: Prepared, ratios: Array, grid: Array, errors: Array, importance: Array, dtype: Any
    ) -> None:
        """Set the best penalty over the folds so far, and its line on all rows."""
        mean = errors @ importance / importance.sum()  # (R, A)
        r, a = np.unravel_index(int(mean.argmin()), mean.shape)
        several = len(ratios) > 1
        self.alpha_, self.alphas_ = float(grid[r, a]), grid if several else grid[0]
        self.mse_path_ = errors if several else errors[0]
        self._note_ratio(float(ratios[r]))
        line = self._line(whole, float(ratios[r]), grid[r, a : a + 1])[0]
        self.n_iter_, self.dual_gap_ = line.sweeps, line.gap / whole.squares[0].total
        self._take_line(line.w, whole.level[0], whole.centre, dtype)

    def _prepare(self, rows: Rows, aim: Array, weights: Array | None) -> Prepared:
        if weights is not None and not weights.all():
            rows, aim, weights = rows[weights > 0], aim[weights > 0], weights[weights > 0]
        return squares_of(rows, aim[:, None], weights, self.fit_intercept, self.precompute)

    def _line(self, prepared: Prepared, ratio: float, alphas: Array) -> list[Descent]:
        chance = generator(self.random_state) if self.selection == "random" else None
        return follow(prepared.squares[0], alphas, ratio, self.positive, self.tol, self.max_iter, chance)

    def _walk(
        self,
        folds: list[tuple[Array, Array]],
        rows: Rows,
        aim: Array,
        weights: Array | None,
        ratios: Array,
        grid: Array,
    ) -> Any:
        """For each fold, as it is done, in order: squared errors (R, A) on the rows left out; 0 where none counts."""
        from joblib import Parallel, delayed

        def one(train: Array, test: Array) -> tuple[Array, float]:
            prepared = self._prepare(rows[train], aim[train], None if weights is None else weights[train])
            share = None if weights is None else weights[test]
            if share is not None and not share.any():
                return np.zeros(grid.shape), 0.0
            errors = np.empty(grid.shape)
            for r, ratio in enumerate(ratios):
                w = np.column_stack([line.w for line in self._line(prepared, float(ratio), grid[r])])  # (D, A)
                predicted = rows[test] @ w + (prepared.level[0] - prepared.centre @ w)
                errors[r] = np.average((aim[test, None] - predicted) ** 2, axis=0, weights=share)
            return errors, 1.0

        return Parallel(n_jobs=self.n_jobs, prefer="threads", return_as="generator")(
            delayed(one)(train, test) for train, test in folds
        )

    def _traits(self) -> Traits:
        return Traits(sparse=True)


@register("linear_model.LassoCV")
@final
class LassoCV(ChosenLine):
    """`Lasso` with the alpha that predicts rows best that it has not learned from.

        alpha_ = argmin_a  mean over folds of the mean of (y_i - b_a - x_i . w_a)^2 over the rows i of the fold

    For each of F folds the lines (w_a, b_a) of all A alphas are found by `Lasso` on the other rows, each from where the
    one before ended; the best alpha is used for the line on all rows.  Assumptions are those of `Lasso`.
    X (N, D), y (N,) -> coef_ (D,), intercept_, alpha_, mse_path_ (A, F).

    Folds are consecutive rows: shuffle rows that come sorted, or give `cv`.  The mean error of the alpha that was
    chosen is a little too good a guess for new rows, as it is the smallest of many.  Cost: F times that of a path.
    Interrupted, it chooses by the folds that were done.
    Source: Friedman, Hastie and Tibshirani, Journal of Statistical Software 33, 2010.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(60, 5))
    >>> model = LassoCV(alphas=20).fit(X, X[:, 0] + 0.1 * rng.normal(size=60))
    >>> model.coef_.round(2).tolist(), model.mse_path_.shape
    ([1.01, 0.0, 0.01, 0.0, 0.01], (20, 5))
    """

    limits: ClassVar[Mapping[str, Limit]] = CHOICE_LIMITS

    def __init__(
        self,
        *,
        eps: float = 1e-3,
        alphas: Any = 100,
        fit_intercept: bool = True,
        precompute: Precompute = "auto",
        max_iter: int = 1000,
        tol: float = 1e-4,
        cv: Any = None,
        n_jobs: int | None = None,
        positive: bool = False,
        random_state: Seed = None,
        selection: Selection = "cyclic",
    ) -> None:
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.tol = tol
        self.cv = cv
        self.n_jobs = n_jobs
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    def _ratios(self) -> Array:
        return np.ones(1)


@register("linear_model.ElasticNetCV")
@final
class ElasticNetCV(ChosenLine):
    """`ElasticNet` with the alpha, and of several l1_ratio the one, that predicts rows best it has not learned from.

    As `LassoCV`, for each of R ratios and at R times its cost; assumptions are those of `ElasticNet`.  With several
    mse_path_ is (R, A, F) and alphas_ (R, A), since each ratio has its own strongest alpha.
    X (N, D), y (N,) -> coef_ (D,), intercept_, alpha_, l1_ratio_.
    Source: Zou and Hastie, Journal of the Royal Statistical Society B 67, 2005.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(60, 5))
    >>> model = ElasticNetCV(l1_ratio=[0.5, 1.0], alphas=20).fit(X, X[:, 0] + 0.1 * rng.normal(size=60))
    >>> model.l1_ratio_, model.mse_path_.shape
    (1.0, (2, 20, 5))
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "l1_ratio": OneOf(
            Real(0.0, 1.0), Kind(np.ndarray, list, tuple, words="several of them"), says="share of the penalty on |w|"
        ),
        **CHOICE_LIMITS,
    }

    l1_ratio_: float
    """The ratio that was chosen."""

    def __init__(
        self,
        *,
        l1_ratio: Any = 0.5,
        eps: float = 1e-3,
        alphas: Any = 100,
        fit_intercept: bool = True,
        precompute: Precompute = "auto",
        max_iter: int = 1000,
        tol: float = 1e-4,
        cv: Any = None,
        n_jobs: int | None = None,
        positive: bool = False,
        random_state: Seed = None,
        selection: Selection = "cyclic",
    ) -> None:
        self.l1_ratio = l1_ratio
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.tol = tol
        self.cv = cv
        self.n_jobs = n_jobs
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    def _ratios(self) -> Array:
        return np.atleast_1d(np.asarray(self.l1_ratio, dtype=np.float64))

    def _note_ratio(self, ratio: float) -> None:
        self.l1_ratio_ = ratio
