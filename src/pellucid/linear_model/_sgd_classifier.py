"""Classifiers that learn a row at a time.

Here: `SGDClassifier`, and `StepClassifier`, which the Perceptron shares.
Elsewhere: epochs are in _sgd.py, regression in _sgd_regressor.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence, pellucid.random and this package.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import (
    Choice,
    Kind,
    Limit,
    OneOf,
    Real,
    check_labels,
    check_resumes,
    check_weights,
    class_weights,
    last_fit,
)
from pellucid.base._tables import Array
from pellucid.errors import DataError, ParameterError
from pellucid.linear_model._linear import LinearClassifier, only_if
from pellucid.linear_model._sgd import RATE_LIMITS, STEP_LIMITS, Descending, Penalty, Rate
from pellucid.linear_model._sgd_state import MARGIN_LOSSES, RESIDUAL_LOSSES
from pellucid.persistence import register
from pellucid.random import Seed

LOSSES = MARGIN_LOSSES | RESIDUAL_LOSSES
PROBABLE = ("log_loss", "modified_huber")
CLASS_WEIGHT_LIMIT = OneOf(
    Choice("balanced", None), Kind(Mapping, words="a mapping of label to weight"), says="balanced: each weighs the same"
)

ClassWeight = Mapping[Any, float] | Literal["balanced"] | None


class StepClassifier(Descending, LinearClassifier):
    """A classifier with one score for two classes, and one against the rest for each of more."""

    class_weight: ClassWeight
    warm_start: bool

    @final
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from rows X (N, D) and labels y (N,) until an epoch gains less than tol, or max_iter epochs.

        With warm_start it begins with the weights of the last fit, at the rate of a first step.  Raises DataError where
        that had other classes or another number of features; what that had learned then stays.
        """
        where = type(self).__name__
        with last_fit(self, "coef_") as last:
            self._begin_fit()
            self._check_rate()
            rows = self._fit_rows(X)
            self.classes_, codes = check_labels(y, rows.shape[0], where=where)
            if last:
                check_resumes(where, "n_features_in_", last["n_features_in_"], self.n_features_in_)
                check_resumes(where, "the classes", last["classes_"].tolist(), self.classes_.tolist())
            self._begin(self._count_scores(), rows.shape[1], last.get("coef_"), last.get("intercept_"))
            aims, weights = self._aims(codes, sample_weight)
            self._note(self._run(rows, aims, weights, self.max_iter, once=False), anew=True)
        return self

    @final
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """One epoch over some rows, going on from what was learned; the first call names all `classes` there will be.

        In pieces it is as at once, with shuffle=False.  Raises DataError for labels that are not among the classes.
        """
        self._check_params()
        self._check_rate()
        where = type(self).__name__
        if self.class_weight == "balanced":
            raise ParameterError(f"{where}: class_weight='balanced' needs all rows at once; give the weights by label.")
        anew = "coef_" not in vars(self)
        if anew:
            if classes is None:
                raise DataError(f"{where}.partial_fit: classes must be passed on the first call to partial_fit.")
            self._begin_fit()
            rows = self._fit_rows(X)
            self.classes_ = check_labels(classes, len(classes), where=where)[0]
            self._begin(self._count_scores(), rows.shape[1], None, None)
        else:
            rows = self._rows(X)
            if classes is not None and not np.array_equal(np.unique(classes), self.classes_):
                raise DataError(f"{where}.partial_fit: classes={classes!r} is not the same as on the last call.")
            if "_going" not in vars(self):  # it was loaded, and goes on from the weights that were kept
                self._begin(self._count_scores(), rows.shape[1], self.coef_, self.intercept_)
        labels, codes = check_labels(y, rows.shape[0], where=where)
        unseen = np.setdiff1d(labels, self.classes_)
        if len(unseen):
            raise DataError(f"{where}.partial_fit: y holds {unseen.tolist()[0]!r}, which is not among the classes.")
        aims, weights = self._aims(np.searchsorted(self.classes_, labels)[codes], sample_weight)
        self._note(self._run(rows, aims, weights, 1, once=True), anew=anew)
        return self

    def _note(self, mistakes: Array, *, anew: bool) -> None:
        """Keep what an estimator wants of its mistakes (E, R)."""

    def _count_scores(self) -> int:
        if len(self.classes_) < 2:
            raise DataError(
                f"{type(self).__name__}: y has one class, {self.classes_.tolist()[0]!r}; "
                "two or more are needed to tell apart."
            )
        return 1 if len(self.classes_) == 2 else len(self.classes_)

    def _aims(self, codes: Array, sample_weight: Any) -> tuple[Array, Array]:
        """-1 or 1 (R, N) for each score, and weights (R, N): c_k s_i for the rows of its own class, s_i for others."""
        where = type(self).__name__
        given = check_weights(sample_weight, len(codes), where=where)
        plain = np.ones(len(codes)) if given is None else given
        weighted = class_weights(self.class_weight, self.classes_, codes, given, where=where)
        if len(self.classes_) == 2:
            return np.where(codes == 1, 1.0, -1.0)[None], (plain if weighted is None else weighted)[None]
        own = codes == np.arange(len(self.classes_))[:, None]  # (K, N)
        return np.where(own, 1.0, -1.0), np.where(own, plain if weighted is None else weighted, plain)

    def _quality(self, scores: Array, aim: Array, weight: Array) -> float:
        return float(np.average((scores > 0) == (aim > 0), weights=weight if weight.any() else None))

    def _set_weights(self, dtype: Any) -> None:
        found = [going.weights(self._schedule()[2]) for going in self._going]
        self.coef_ = np.stack([w for w, _ in found]).astype(dtype)
        self.intercept_ = np.array([b for _, b in found], dtype)


@register("linear_model.SGDClassifier")
@final
class SGDClassifier(StepClassifier):
    """A linear classifier that learns from one row at a time: for very many rows, or rows that keep coming.

        J(w, b) = 1/N sum_i s_i l(y_i, w . x_i + b) + alpha R(w),    y_i = -1 or 1
        w <- w - eta_t (s_i l'(y_i, p_i) x_i + alpha R'(w)),         b <- b - eta_t s_i l'(y_i, p_i)

    loss: hinge max(0, 1 - z), a support vector machine; log_loss log(1 + e^-z), logistic regression; squared_hinge;
    modified_huber, its smooth relative with probabilities; perceptron max(0, -z);  z = y p.  The losses of
    `SGDRegressor` too, on targets -1 and 1.  R: |w|^2 / 2 (l2), |w|_1 (l1) or their mix by l1_ratio (elasticnet).

    eta_t: optimal, 1 / (alpha (t_0 + t)) with Bottou's t_0; invscaling, eta0 / t^power_t; constant, eta0; adaptive,
    eta0 divided by 5 each time epochs no longer gain; pa1, pa2: as far as the row asks, with eta0 the most it may.

    X (N, D), y (N,) -> coef_ (1, D) or (K, D), each of K > 2 classes against the rest.  An epoch costs N D; for sparse
    rows the entries stored, and the intercept takes a hundredth of each step.  Stops when n_iter_no_change epochs did
    not lower the loss by tol; that is near the minimum of J, not at it.

    Assumes features on one scale (StandardScaler): one of size 100 has steps of 10^4 times those of one of size 1,
    and weights overflow, which is a DataError.  Source: Bottou, COMPSTAT 2010; Tsuruoka, Tsujii and Ananiadou, ACL
    2009 (l1); Xu, arXiv 1107.2490, 2011 (averages); Crammer et al., JMLR 7, 2006 (pa1, pa2).

    >>> X, y = [[-2.0], [-1.0], [1.0], [2.0]], ["no", "no", "yes", "yes"]
    >>> model = SGDClassifier(random_state=0).fit(X, y)
    >>> model.predict([[-1.5], [1.5]]).tolist()
    ['no', 'yes']
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "loss": Choice(*LOSSES),
        "epsilon": Real(low=0.0, says="where huber turns straight; what epsilon_insensitive lets pass"),
        "class_weight": CLASS_WEIGHT_LIMIT,
        **STEP_LIMITS,
        **RATE_LIMITS,
    }

    def __init__(
        self,
        loss: str = "hinge",
        *,
        penalty: Penalty = "l2",
        alpha: float = 0.0001,
        l1_ratio: float = 0.15,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        epsilon: float = 0.1,
        random_state: Seed = None,
        learning_rate: Rate = "optimal",
        eta0: float = 0.01,
        power_t: float = 0.5,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        class_weight: ClassWeight = None,
        warm_start: bool = False,
        average: bool | int = False,
    ) -> None:
        self.loss = loss
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.epsilon = epsilon
        self.random_state = random_state
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.power_t = power_t
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.average = average

    @only_if(lambda model: model.loss in PROBABLE, "only the losses log_loss and modified_huber give probabilities")
    def predict_proba(self, X: Any) -> Array:
        """Probability of each class.   X (N, D) -> (N, K), rows sum to 1

        log_loss: sigmoid(z); modified_huber: (clip(z, -1, 1) + 1) / 2 (Zhang, 2002).  For K > 2 those of each score are
        divided by their sum; a row for which all are 0 gets 1 / K each.
        """
        z = self._scores(X)
        p = np.exp(-np.logaddexp(0.0, -z)) if self.loss == "log_loss" else (np.clip(z, -1.0, 1.0) + 1.0) / 2.0
        if p.shape[1] == 1:
            return np.hstack([1.0 - p, p])
        total = p.sum(axis=1, keepdims=True)
        shares: Array = np.where(total > 0, p / np.where(total > 0, total, 1.0), 1.0 / p.shape[1])
        return shares

    @only_if(lambda model: model.loss in PROBABLE, "only the losses log_loss and modified_huber give probabilities")
    def predict_log_proba(self, X: Any) -> Array:
        """log(predict_proba(X)).   X (N, D) -> (N, K); -inf where the probability is 0"""
        with np.errstate(divide="ignore"):
            logs: Array = np.log(self.predict_proba(X))
        return logs

    def _loss(self) -> tuple[int, float]:
        return LOSSES[self.loss], float(self.epsilon)

    def _schedule(self) -> tuple[str, float, int]:
        return self.learning_rate, float(self.power_t), int(self.average)
