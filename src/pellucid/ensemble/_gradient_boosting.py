"""Gradient boosting with exact trees.

Here: `GradientBoostingClassifier`, `GradientBoostingRegressor`.
Elsewhere: what both share, fit among it, is in _stagewise.py; for more than some ten thousand rows the boosters of
_hist_gradient_boosting.py are many times faster.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence, pellucid.base, pellucid.tree and this package.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import (
    Choice,
    Classifier,
    Limit,
    Real,
    Regressor,
    check_labels,
    check_targets,
    check_weights,
)
from pellucid.base._tables import Array
from pellucid.ensemble._boosting_losses import sigmoid, softmax
from pellucid.ensemble._gradient_losses import Absolute, Deviance, GradientLoss, Huber, Quantile, Squared
from pellucid.ensemble._parts import counting_rows, shares
from pellucid.ensemble._stagewise import GRADIENT_BOOSTING_LIMITS, BaseGradientBoosting
from pellucid.errors import DataError
from pellucid.persistence import register
from pellucid.random import Seed
from pellucid.tree._units import check_squares


@register("ensemble.GradientBoostingClassifier")
@final
class GradientBoostingClassifier(Classifier, BaseGradientBoosting):
    """Small trees, one after the other, each fitted to what the probabilities still miss.

        r_ik = [y_i = k] - p_k(x_i);    F_k <- F_k + rate * tree_k,  tree_k grown on r_k by squared error
        leaf = c sum w r / sum w p (1 - p),    c = 1 for two classes, (K - 1) / K for more
        two classes: one tree a step, p = sigmoid(F);   K > 2: one a class, p = softmax(F)

    Splits are exact, or with max_bins between bins, and found as in DecisionTreeRegressor: missing values and, in
    frames, text are taken as they are.
    With `subsample` below 1 each step draws rows without replacement, and those left out say in `oob_improvement_` what
    it is worth.  With `n_iter_no_change` a share of the rows is set apart, and the steps end where none of the last
    so many lowered the loss there by more than `tol`.  Callbacks are called after each step with these numbers; after
    each the model can predict; Ctrl-C keeps the steps done.  With `warm_start` a fit keeps the steps, their scores and
    the `seed_` of the one before and adds those that n_estimators asks for beyond them: on the same rows this comes to
    the model boosted at once.  Columns, categories and classes must agree.

    - `init`: what F begins with: None is the log odds of the classes, "zero" nothing, or an estimator's probabilities.

    X (N, D), y (N,) -> estimators_, a row of trees a step.  Cost: N D log N once, then N D a level of each tree.
    Assumes labels that are mostly right: deep trees and many steps learn the wrong ones by heart.  Beyond some ten
    thousand rows use HistGradientBoostingClassifier.

    Raises DataError for fewer than two classes.  Source: Friedman, Greedy function approximation, Annals of Statistics
    29, 2001; Stochastic gradient boosting, Computational Statistics and Data Analysis 38, 2002.

    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]], ["a", "a", "b", "b", "a", "a"]
    >>> model = GradientBoostingClassifier(n_estimators=20).fit(X, y)
    >>> model.predict(X).tolist() == y, bool((np.diff(model.train_score_) < 0).all())
    (True, True)
    """

    limits: ClassVar[Mapping[str, Limit]] = {"loss": Choice("log_loss"), **GRADIENT_BOOSTING_LIMITS}

    def __init__(
        self,
        *,
        loss: Literal["log_loss"] = "log_loss",
        learning_rate: float = 0.1,
        n_estimators: int = 100,
        subsample: float = 1.0,
        min_samples_split: float = 2,
        min_samples_leaf: float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_depth: int | None = 3,
        min_impurity_decrease: float = 0.0,
        init: Any = None,
        random_state: Seed = None,
        max_features: float | Literal["sqrt", "log2"] | None = None,
        max_leaf_nodes: int | None = None,
        warm_start: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int | None = None,
        tol: float = 1e-4,
        ccp_alpha: float = 0.0,
        max_bins: int | None = None,
    ) -> None:
        self.loss = loss
        self.learning_rate = learning_rate
        self.n_estimators = n_estimators
        self.subsample = subsample
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_depth = max_depth
        self.min_impurity_decrease = min_impurity_decrease
        self.init = init
        self.random_state = random_state
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.warm_start = warm_start
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.ccp_alpha = ccp_alpha
        self.max_bins = max_bins

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Boost on rows X (N, D) and labels y (N,); row i counts sample_weight[i] times."""
        with self._beginning() as before:
            where = type(self).__name__
            table = self._fit_mixed(X)
            classes, codes = check_labels(y, len(table), where=where)
            weights = check_weights(sample_weight, len(table), where=where)
            table, labels, weights = counting_rows(table, classes[codes], weights)
            self.classes_, codes = np.unique(labels, return_inverse=True)
            if len(self.classes_) < 2:
                raise DataError(
                    f"{where}: y has one class, {self.classes_.tolist()[0]!r}, among the rows that count; "
                    "two or more are needed to tell apart."
                )
            w = np.ones(len(labels)) if weights is None else weights
            self._boost(table, labels, codes.astype(np.float64), w, Deviance(len(self.classes_)), before)
        return self

    @property
    def n_classes_(self) -> int:
        """K."""
        return len(self.classes_)

    def decision_function(self, X: Any) -> Array:
        """F: log odds of classes_[1] for two classes, a score a class for more.   X (N, D) -> (N,) or (N, K)"""
        return _narrow(self._scores(X))

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, in the order of `classes_`.   X (N, D) -> (N, K), rows sum to 1"""
        return _probabilities(self._scores(X))

    def staged_decision_function(self, X: Any) -> Iterator[Array]:
        """`decision_function` after each step."""
        return (_narrow(F) for F in self._staged_scores(X))

    def staged_predict_proba(self, X: Any) -> Iterator[Array]:
        """`predict_proba` after each step."""
        return (_probabilities(F) for F in self._staged_scores(X))

    def staged_predict(self, X: Any) -> Iterator[Array]:
        """`predict` after each step."""
        return (self.classes_[p.argmax(axis=1)] for p in self.staged_predict_proba(X))

    def _first(self, table: Array) -> Array:
        p = np.clip(shares(self.init_, table, self.classes_, where=type(self).__name__), 1e-7, 1.0)
        logs = np.log(p)
        return logs[:, 1:] - logs[:, :1] if p.shape[1] == 2 else logs - logs.mean(axis=1, keepdims=True)


@register("ensemble.GradientBoostingRegressor")
@final
class GradientBoostingRegressor(Regressor, BaseGradientBoosting):
    """Small trees, one after the other, each fitted to what is still wrong.

        F <- F + rate * tree,  the tree grown on r = -dl/dF by squared error, its leaves then set to the best for l
        squared_error: r = y - F, leaf = mean;    absolute_error: r = sign(y - F), leaf = median of y - F
        quantile: l = alpha (y - F) if y > F else (1 - alpha) (F - y), leaf = alpha-quantile of y - F
        huber: squared up to the alpha-quantile of |y - F|, absolute beyond it

    Shapes, subsampling, early stopping, callbacks, `init`, cost and assumptions are as for GradientBoostingClassifier.
    It cannot predict far beyond the targets it saw.  absolute_error and huber resist outliers; quantile with alpha 0.05
    and 0.95 makes the ends of a 90 % interval, whose coverage must be checked on other rows.

    Raises DataError for targets beyond 1e140 with squared_error and huber: their squares overflow.
    Source: Friedman, Greedy function approximation, Annals of Statistics 29, 2001.

    >>> X, y = [[float(i)] for i in range(20)], [0.0] * 10 + [10.0] * 10
    >>> GradientBoostingRegressor(n_estimators=200).fit(X, y).predict([[3.0], [17.0]]).round(3).tolist()
    [0.0, 10.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "loss": Choice("squared_error", "absolute_error", "huber", "quantile"),
        **GRADIENT_BOOSTING_LIMITS,
        "alpha": Real(0.0, 1.0, open_low=True, open_high=True, says="the quantile of huber and quantile"),
    }

    def __init__(
        self,
        *,
        loss: Literal["squared_error", "absolute_error", "huber", "quantile"] = "squared_error",
        learning_rate: float = 0.1,
        n_estimators: int = 100,
        subsample: float = 1.0,
        min_samples_split: float = 2,
        min_samples_leaf: float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_depth: int | None = 3,
        min_impurity_decrease: float = 0.0,
        init: Any = None,
        random_state: Seed = None,
        max_features: float | Literal["sqrt", "log2"] | None = None,
        alpha: float = 0.9,
        max_leaf_nodes: int | None = None,
        warm_start: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int | None = None,
        tol: float = 1e-4,
        ccp_alpha: float = 0.0,
        max_bins: int | None = None,
    ) -> None:
        self.loss = loss
        self.learning_rate = learning_rate
        self.n_estimators = n_estimators
        self.subsample = subsample
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_depth = max_depth
        self.min_impurity_decrease = min_impurity_decrease
        self.init = init
        self.random_state = random_state
        self.max_features = max_features
        self.alpha = alpha
        self.max_leaf_nodes = max_leaf_nodes
        self.warm_start = warm_start
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.ccp_alpha = ccp_alpha
        self.max_bins = max_bins

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Boost on rows X (N, D) and targets y (N,); row i counts sample_weight[i] times."""
        with self._beginning() as before:
            where = type(self).__name__
            table = self._fit_mixed(X)
            targets = check_targets(y, len(table), where=where).astype(np.float64, copy=False)
            if self.loss in ("squared_error", "huber"):
                check_squares(targets, where=where)
            weights = check_weights(sample_weight, len(table), where=where)
            table, targets, weights = counting_rows(table, targets, weights)
            w = np.ones(len(targets)) if weights is None else weights
            losses: dict[str, GradientLoss] = {
                "squared_error": Squared(),
                "absolute_error": Absolute(),
                "huber": Huber(self.alpha),
                "quantile": Quantile(self.alpha),
            }
            self._boost(table, targets, targets, w, losses[self.loss], before)
        return self

    def predict(self, X: Any) -> Array:
        """The target.   X (N, D) -> (N,)"""
        return self._scores(X)[:, 0]

    def staged_predict(self, X: Any) -> Iterator[Array]:
        """`predict` after each step."""
        return (F[:, 0] for F in self._staged_scores(X))

    def _first(self, table: Array) -> Array:
        return np.asarray(self.init_.predict(table), dtype=np.float64).reshape(-1, 1).copy()


def _narrow(F: Array) -> Array:
    return F[:, 0] if F.shape[1] == 1 else F


def _probabilities(F: Array) -> Array:
    if F.shape[1] > 1:
        return softmax(F)
    p = sigmoid(F)
    return np.hstack([1.0 - p, p])
