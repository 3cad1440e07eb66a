"""Gradient boosting by histograms.

Here: `HistGradientBoostingClassifier`, `HistGradientBoostingRegressor`.
Elsewhere: the loop they share is in _boosting.py.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence, pellucid.base, pellucid.tree; Numba inside fit.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import (
    Choice,
    Classifier,
    Limit,
    OneOf,
    Real,
    Regressor,
    check_labels,
    check_targets,
    check_weights,
)
from pellucid.base._tables import Array
from pellucid.ensemble._boosting import BOOSTING_LIMITS, BaseBoosting, Held
from pellucid.ensemble._boosting_losses import BinaryLogLoss, LogLoss, Loss, PinballLoss, SquaredError, sigmoid, softmax
from pellucid.errors import DataError, ParameterError
from pellucid.persistence import register
from pellucid.random import Seed
from pellucid.tree._decision_tree import CLASS_WEIGHT, weigh_classes
from pellucid.tree._units import check_squares

_EMPTY = np.empty((0, 0))


@register("ensemble.HistGradientBoostingClassifier")
@final
class HistGradientBoostingClassifier(Classifier, BaseBoosting):
    """Small trees, one after the other, each a step down the gradient of the log loss.

        F <- F + rate * tree,   leaf = -G / (H + l2),   split = argmax  G_l^2/(H_l + l2) + G_r^2/(H_r + l2)
        two classes: p = sigmoid(F);   K > 2: p = softmax(F), one tree for each class a step

    G and H sum the first and second derivatives of the loss over the rows of a leaf, times their weights.  A leaf needs
    min_samples_leaf rows, and an H of a thousandth of a row's mean weight: a common factor of all weights changes
    nothing but what l2_regularization, which is set against H, is worth.  Columns are cut into at most
    `max_bins` bins first, so that a split is searched among sums by bin, those of one child by subtraction.  Missing
    values and unseen categories go where they served best; a column of a frame that is text is split by sets.

    With X_val and y_val given to fit, or early_stopping=True, the steps end where the loss on those rows stops
    falling, and those up to its lowest are kept.  Nothing is set apart unasked.  Callbacks are called after each step
    with the loss; Ctrl-C keeps the steps done.  With `warm_start` a fit keeps the steps and the `seed_` of the one
    before and adds those that max_iter asks for beyond them, making again those that came after the lowest loss: on the
    same rows this comes to the model boosted at once.  Columns, categories and classes must agree.

    X (N, D), y (N,) -> n_iter_ steps.  Cost: N D a level of a tree, which large tables share out among the threads that
    OMP_NUM_THREADS allows, up to four; the trees are the same whatever their number.  Assumes enough rows to fill bins
    and leaves: below some hundreds, or with labels that are often wrong, many steps learn the noise; set a smaller
    learning_rate and stop early.

    Raises DataError for fewer than two classes.  Source: Friedman, Annals of Statistics 29, 2001; Ke et al., LightGBM,
    NeurIPS 2017.

    >>> X, y = [[float(i)] for i in range(80)], ["no"] * 40 + ["yes"] * 40
    >>> model = HistGradientBoostingClassifier(max_iter=30).fit(X, y)
    >>> model.predict([[3.0], [70.0]]).tolist(), model.n_iter_
    (['no', 'yes'], 30)
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "loss": Choice("log_loss"),
        **BOOSTING_LIMITS,
        "class_weight": CLASS_WEIGHT,
    }

    def __init__(
        self,
        loss: Literal["log_loss"] = "log_loss",
        *,
        learning_rate: float = 0.1,
        max_iter: int = 100,
        max_leaf_nodes: int | None = 31,
        max_depth: int | None = None,
        min_samples_leaf: int = 20,
        l2_regularization: float = 0.0,
        max_bins: int = 255,
        warm_start: bool = False,
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-7,
        random_state: Seed = None,
        monotonic_cst: Any = None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
    ) -> None:
        self.loss = loss
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_bins = max_bins
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.random_state = random_state
        self.monotonic_cst = monotonic_cst
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None) -> Self:
        """Boost on rows X (N, D) and labels y (N,); row i counts sample_weight[i] times; stop by X_val and y_val."""
        with self._beginning() as before:
            where = type(self).__name__
            table = self._fit_mixed(X)
            classes, codes = check_labels(y, len(table), where=where)
            weights = check_weights(sample_weight, len(table), where=where)
            self.classes_, codes, weights = weigh_classes(classes, codes, weights, self.class_weight, where)
            if len(self.classes_) < 2:
                raise DataError(
                    f"{where}: y has one class, {self.classes_.tolist()[0]!r}, among the rows that count; "
                    "two or more are needed to tell apart."
                )
            rows, w = counting(len(table), weights)
            held = None if X_val is None or self.early_stopping is False else self._held(X_val, y_val)
            loss = BinaryLogLoss() if len(self.classes_) == 2 else LogLoss(len(self.classes_))
            self._boost(table[rows], codes[rows].astype(np.float64), w, loss, held, before)
        return self

    def decision_function(self, X: Any) -> Array:
        """F: log odds of classes_[1] for two classes, a score a class for more.   X (N, D) -> (N,) or (N, K)"""
        F = self._scores(X)
        return F[:, 0] if F.shape[1] == 1 else F

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, in the order of `classes_`.   X (N, D) -> (N, K), rows sum to 1"""
        F = self._scores(X)
        if F.shape[1] > 1:
            return softmax(F)
        p = sigmoid(F)
        return np.hstack([1.0 - p, p])

    def _held(self, X_val: Any, y_val: Any) -> Held:
        """Validation rows; labels fit did not see are refused."""
        where = f"{type(self).__name__}: X_val"
        table = self._mixed(X_val)
        labels, codes = check_labels(y_val, len(table), where=where)
        place = {label: k for k, label in enumerate(self.classes_.tolist())}
        if unseen := [label for label in labels.tolist() if label not in place]:
            raise DataError(f"{where}: y_val has the label {unseen[0]!r}, which y does not; leave such rows out.")
        y = np.array([place[label] for label in labels.tolist()], dtype=np.float64)[codes]
        return Held(table, y, np.ones(len(y)), _EMPTY)


@register("ensemble.HistGradientBoostingRegressor")
@final
class HistGradientBoostingRegressor(Regressor, BaseBoosting):
    """Small trees, one after the other, each fitted to what is still wrong.

        F <- F + rate * tree,   leaf = sum w (y - F) / (sum w + l2),   minimises  mean w (y - F)^2 / 2
        absolute_error, quantile: leaf = median, or quantile, of the y - F of its rows

    Bins, weights, missing values, categories, early stopping, warm starts, shapes, cost and assumptions
    are as for HistGradientBoostingClassifier; it cannot predict far beyond the targets it saw.

    Raises DataError for targets beyond 1e140 with squared_error.  Source: Friedman, Annals of Statistics 29, 2001.

    >>> X, y = [[float(i)] for i in range(80)], [0.0] * 40 + [10.0] * 40
    >>> HistGradientBoostingRegressor(max_iter=200).fit(X, y).predict([[3.0], [70.0]]).round(3).tolist()
    [0.0, 10.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "loss": Choice("squared_error", "absolute_error", "quantile", says="quantile: of the share `quantile`"),
        "quantile": OneOf(Real(0.0, 1.0), Choice(None), says="share of the targets below the answer"),
        **BOOSTING_LIMITS,
    }

    def __init__(
        self,
        loss: Literal["squared_error", "absolute_error", "quantile"] = "squared_error",
        *,
        quantile: float | None = None,
        learning_rate: float = 0.1,
        max_iter: int = 100,
        max_leaf_nodes: int | None = 31,
        max_depth: int | None = None,
        min_samples_leaf: int = 20,
        l2_regularization: float = 0.0,
        max_bins: int = 255,
        warm_start: bool = False,
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-7,
        random_state: Seed = None,
        monotonic_cst: Any = None,
    ) -> None:
        self.loss = loss
        self.quantile = quantile
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_bins = max_bins
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.random_state = random_state
        self.monotonic_cst = monotonic_cst

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None) -> Self:
        """Boost on rows X (N, D) and targets y (N,); row i counts sample_weight[i] times; stop by X_val and y_val."""
        with self._beginning() as before:
            where = type(self).__name__
            table = self._fit_mixed(X)
            targets = check_targets(y, len(table), where=where).astype(np.float64, copy=False)
            if self.loss == "squared_error":
                check_squares(targets, where=where)
            rows, w = counting(len(table), check_weights(sample_weight, len(table), where=where))
            held = None
            if X_val is not None and self.early_stopping is not False:
                other = self._mixed(X_val)
                y_held = check_targets(y_val, len(other), where=f"{where}: X_val").astype(np.float64, copy=False)
                held = Held(other, y_held, np.ones(len(other)), _EMPTY)
            self._boost(table[rows], targets[rows], w, self._loss(), held, before)
        return self

    def _loss(self) -> Loss:
        if (self.loss == "quantile") != (self.quantile is not None):
            raise ParameterError(f"{type(self).__name__}: quantile goes with loss='quantile', and only with it.")
        if self.loss == "squared_error":
            return SquaredError()
        return PinballLoss(0.5 if self.quantile is None else float(self.quantile))

    def predict(self, X: Any) -> Array:
        """The expected target.   X (N, D) -> (N,)"""
        return self._scores(X)[:, 0]


def counting(n_rows: int, weights: Array | None) -> tuple[Any, Array]:
    """Which rows count (all of them: a slice), and their weights."""
    if weights is None:
        return slice(None), np.ones(n_rows)
    return (slice(None), weights) if weights.all() else (weights > 0, weights[weights > 0])
