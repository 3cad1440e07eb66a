"""Adaptive boosting: one weak model after the other, each on the rows that those before it got wrong.

Here: `AdaBoostClassifier`, `AdaBoostRegressor`.
Elsewhere: boosting along a gradient is in _gradient_boosting.py and, by histograms, in _hist_gradient_boosting.py.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence, pellucid.base, pellucid.compose, pellucid.tree
and this package.
"""

from abc import abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import (
    SEED,
    Choice,
    Classifier,
    Estimator,
    Kind,
    Limit,
    Real,
    Regressor,
    Traits,
    Watch,
    Whole,
    check_labels,
    check_targets,
    check_weights,
)
from pellucid.base._tables import Array
from pellucid.compose._members import check_storable, traits_of
from pellucid.ensemble._boosting_losses import softmax
from pellucid.ensemble._parts import (
    check_learned_parts,
    check_part,
    check_takes_weights,
    codes_of,
    counting_rows,
    fit_part,
    rows_asked,
    seeded,
)
from pellucid.errors import DataError, ModelFileError
from pellucid.persistence import register
from pellucid.random import Seed, generator
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

ADA_BOOST_LIMITS: dict[str, Limit] = {
    "estimator": Kind(object, words="an estimator, or None for a small decision tree"),
    "n_estimators": Whole(low=1, says="the most parts there may be"),
    "learning_rate": Real(low=0.0, open_low=True, says="factor of every part's say"),
    "random_state": SEED,
}


class BaseAdaBoost(Estimator):
    """What both share; abstract."""

    estimator: Any
    n_estimators: int
    learning_rate: float
    random_state: Seed

    estimators_: list[Any]
    """The fitted parts, in their order."""
    estimator_weights_: Array
    """The say of each part (T,)."""
    estimator_errors_: Array
    """What each part got wrong, by the weights it was fitted with (T,)."""

    @property
    def estimator_(self) -> Any:
        """The model that is boosted, unfitted."""
        return self._default() if self.estimator is None else self.estimator

    @property
    def feature_importances_(self) -> Array:
        """Mean (D,) of the parts' importances, by their say.  AttributeError where parts have none."""
        return np.average([part.feature_importances_ for part in self.estimators_], axis=0, weights=self._say())

    @abstractmethod
    def _default(self) -> Any:
        """The model that is boosted where none is given."""

    @abstractmethod
    def _step(
        self, part: Any, table: Array, y: Array, w: Array, rng: np.random.Generator
    ) -> tuple[Any, float, float, Array | None] | None:
        """Fit one more part on weights w (N,), sum 1: itself, its error, its say, the next weights; None: no use.

        No next weights: the part leaves nothing to learn.
        """

    @final
    def _boost(self, table: Array, y: Array, weights: Array | None) -> None:
        """Fit the parts, one step of the watch each."""
        rng = generator(self.random_state)
        w: Array | None = np.ones(len(y)) if weights is None else weights
        self.estimators_, self.estimator_weights_, self.estimator_errors_ = [], np.empty(0), np.empty(0)
        with Watch(self, self.n_estimators) as watch:
            while len(self.estimators_) < self.n_estimators and w is not None:
                made = self._step(seeded(self.estimator_, rng), table, y, w / w.sum(), rng)
                if made is None:
                    break
                part, error, say, w = made
                self.estimators_ = [*self.estimators_, part]
                self.estimator_weights_ = np.append(self.estimator_weights_, say)
                self.estimator_errors_ = np.append(self.estimator_errors_, error)
                if watch.step(error=error, weight=say):
                    break
        if not self.estimators_:
            raise KeyboardInterrupt

    @final
    def _say(self) -> Array:
        return self.estimator_weights_

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
        if np.shape(self.estimator_weights_) != (len(self.estimators_),):
            raise ModelFileError(f"{where}: estimator_weights_ in the record are not one number a part.")


@register("ensemble.AdaBoostClassifier")
@final
class AdaBoostClassifier(Classifier, BaseAdaBoost):
    """Weak classifiers, each fitted with more weight on the rows that those before it got wrong.

        e_t = sum_i w_i [h_t(x_i) != y_i],    a_t = rate (log((1 - e_t) / e_t) + log(K - 1))
        w_i <- w_i exp(a_t [h_t(x_i) != y_i]),  then w sums to 1 again
        F_k(x) = sum_t a_t ([h_t(x) = k] - [h_t(x) != k] / (K - 1)) / sum_t a_t,    prediction: argmax_k F_k

    This is SAMME: each step lowers the mean of exp(-F) as much as one more part can.  It ends early where a part errs
    nowhere (a_t = 1), or no less than chance would (that part is not kept).  Callbacks are called after each part with
    its error and say; Ctrl-C keeps the parts done.  `estimator` is ours or scikit-learn's and must take sample_weight;
    None is DecisionTreeClassifier(max_depth=1).  Rows to predict may be sparse where it takes such, as trees do.

    X (N, D), y (N,) -> estimators_, T parts, with estimator_weights_ a and estimator_errors_ e (T,).
    Cost: T times that of a part.  Assumes labels that can be trusted: a wrong one gains weight at each step until the
    parts bend to it.  Probabilities are a softmax of F, sharper or flatter than the truth (pellucid.calibration).

    Raises DataError for one class, and where the first part is no better than chance.  Source: Zhu, Zou, Rosset and
    Hastie, Multi-class AdaBoost, Statistics and Its Interface 2, 2009.

    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]], ["a", "a", "b", "b", "a", "a"]
    >>> model = AdaBoostClassifier(n_estimators=10).fit(X, y)
    >>> model.score(X, y), model.estimator_errors_[:2].round(3).tolist()
    (1.0, [0.333, 0.25])
    """

    limits: ClassVar[Mapping[str, Limit]] = ADA_BOOST_LIMITS

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_estimators: int = 50,
        learning_rate: float = 1.0,
        random_state: Seed = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Boost on rows X (N, D) and labels y (N,); row i begins with weight sample_weight[i]."""
        self._begin_fit()
        where = type(self).__name__
        check_part("estimator", self.estimator_, "classifier", where=where)
        check_takes_weights("estimator", self.estimator_, where=where)
        table = self._fit_table(X)
        classes, codes = check_labels(y, len(table), where=where)
        weights = check_weights(sample_weight, len(table), where=where)
        table, labels, weights = counting_rows(table, classes[codes], weights)
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2:
            raise DataError(
                f"{where}: y has one class, {self.classes_.tolist()[0]!r}, among the rows that count; "
                "two or more are needed to tell apart."
            )
        self._boost(table, labels, weights)
        return self

    @property
    def n_classes_(self) -> int:
        """K."""
        return len(self.classes_)

    def decision_function(self, X: Any) -> Array:
        """F, or for two classes F_1 - F_0, above 0 for classes_[1].   X (N, D) -> (N,) or (N, K)"""
        return _narrow(self._last(X))

    def predict(self, X: Any) -> Array:
        """The label with the largest F; a tie goes to the one that sorts first.   X (N, D) -> (N,)"""
        return self._label(self.decision_function(X))

    def predict_proba(self, X: Any) -> Array:
        """softmax(F / (K - 1)).   X (N, D) -> (N, K), rows sum to 1"""
        return softmax(self._last(X) / (len(self.classes_) - 1))

    def staged_decision_function(self, X: Any) -> Iterator[Array]:
        """`decision_function` of the first part, the first two, and so on."""
        return (_narrow(F) for F in self._stages(X))

    def staged_predict(self, X: Any) -> Iterator[Array]:
        """`predict` of the first part, the first two, and so on."""
        return (self._label(_narrow(F)) for F in self._stages(X))

    def staged_predict_proba(self, X: Any) -> Iterator[Array]:
        """`predict_proba` of the first part, the first two, and so on."""
        return (softmax(F / (len(self.classes_) - 1)) for F in self._stages(X))

    def _stages(self, X: Any) -> Iterator[Array]:
        """F (N, K) after each part."""
        parts = self.estimators_
        table = self._table(rows_asked(self.estimator_, X))
        total, n_classes = np.zeros((len(table), len(self.classes_))), len(self.classes_)
        said = 0.0
        for part, say in zip(parts, self._say(), strict=True):
            codes = codes_of(part.predict(table), self.classes_, where="AdaBoostClassifier")
            total -= say / (n_classes - 1)
            total[np.arange(len(table)), codes] += say + say / (n_classes - 1)
            said += say
            yield total / said

    def _last(self, X: Any) -> Array:
        """F (N, K) after all parts."""
        return deque(self._stages(X), maxlen=1)[0]

    def _label(self, decision: Array) -> Array:
        codes = (decision > 0).astype(np.int64) if decision.ndim == 1 else decision.argmax(axis=1)
        return self.classes_[codes]

    def _default(self) -> Any:
        return DecisionTreeClassifier(max_depth=1)

    def _step(
        self, part: Any, table: Array, y: Array, w: Array, rng: np.random.Generator
    ) -> tuple[Any, float, float, Array | None] | None:
        fitted = fit_part("estimator", part, table, y, w, where="AdaBoostClassifier")
        wrong = np.asarray(fitted.predict(table)) != y
        error, n_classes = float(w @ wrong), len(self.classes_)
        if error <= 0:
            return fitted, 0.0, 1.0, None
        if error >= 1.0 - 1.0 / n_classes:
            if not self.estimators_:
                raise DataError(
                    f"AdaBoostClassifier: the first part errs on {error:.3g} of the weight, no less than chance, so "
                    "there is nothing to boost; give an estimator that can tell the classes apart."
                )
            return None
        say = self.learning_rate * (np.log((1.0 - error) / error) + np.log(n_classes - 1))
        return fitted, error, float(say), w * np.exp(say * wrong)


@register("ensemble.AdaBoostRegressor")
@final
class AdaBoostRegressor(Regressor, BaseAdaBoost):
    """Weak regressors, each fitted to rows drawn with more weight on those that the ones before it missed.

        l_i = |f_t(x_i) - y_i| / max_j |f_t(x_j) - y_j|,  its square, or 1 - exp(-l_i);    e_t = sum_i w_i l_i
        b_t = e_t / (1 - e_t),    a_t = rate log(1 / b_t),    w_i <- w_i b_t^(rate (1 - l_i)),  then w sums to 1 again
        f(x) = the median of f_1(x), ..., f_T(x) by the weights a

    This is AdaBoost.R2: part t is fitted to N rows drawn by w, so the estimator needs no sample_weight.  It ends early
    where a part misses nothing, or e_t is at least one half (that part is not kept unless it is the first).  Callbacks,
    shapes and cost are as for AdaBoostClassifier; None is DecisionTreeRegressor(max_depth=3).  A few outliers draw all
    the weight to themselves: the largest error is the unit of all others.

    Source: Drucker, Improving regressors using boosting techniques, ICML 1997.

    >>> X = np.linspace(0.0, 6.0, 60)[:, None]
    >>> model = AdaBoostRegressor(random_state=0).fit(X, np.sin(X[:, 0]))
    >>> model.score(X, np.sin(X[:, 0])) > 0.98
    True
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        **ADA_BOOST_LIMITS,
        "loss": Choice("linear", "square", "exponential", says="what an error counts"),
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_estimators: int = 50,
        learning_rate: float = 1.0,
        loss: Literal["linear", "square", "exponential"] = "linear",
        random_state: Seed = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.loss = loss
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Boost on rows X (N, D) and targets y (N,); row i begins with weight sample_weight[i]."""
        self._begin_fit()
        where = type(self).__name__
        check_part("estimator", self.estimator_, "regressor", where=where)
        table = self._fit_table(X)
        targets = check_targets(y, len(table), where=where)
        weights = check_weights(sample_weight, len(table), where=where)
        self._boost(*counting_rows(table, targets, weights))
        return self

    def predict(self, X: Any) -> Array:
        """The weighted median of the parts.   X (N, D) -> (N,)"""
        n_parts = len(self.estimators_)
        return weighted_medians(self._all_said(X), self._say()[:n_parts])

    def staged_predict(self, X: Any) -> Iterator[Array]:
        """`predict` of the first part, the first two, and so on."""
        said = self._all_said(X)
        return (weighted_medians(said[:, :t], self._say()[:t]) for t in range(1, said.shape[1] + 1))

    def _all_said(self, X: Any) -> Array:
        """X (N, D) -> (N, T)"""
        parts = self.estimators_
        table = self._table(rows_asked(self.estimator_, X))
        return np.column_stack([np.asarray(part.predict(table)) for part in parts])

    def _default(self) -> Any:
        return DecisionTreeRegressor(max_depth=3)

    def _step(
        self, part: Any, table: Array, y: Array, w: Array, rng: np.random.Generator
    ) -> tuple[Any, float, float, Array | None] | None:
        rows = rng.choice(len(y), size=len(y), p=w)
        fitted = fit_part("estimator", part, table[rows], y[rows], None, where="AdaBoostRegressor")
        missed = np.abs(np.asarray(fitted.predict(table)) - y)
        loss = missed / missed.max() if missed.max() > 0 else missed
        if self.loss == "square":
            loss = loss**2
        elif self.loss == "exponential":
            loss = 1.0 - np.exp(-loss)
        error = float(w @ loss)
        if error <= 0:
            return fitted, 0.0, 1.0, None
        if error >= 0.5:
            return None if self.estimators_ else (fitted, error, 1.0, None)
        ratio = error / (1.0 - error)
        say = self.learning_rate * np.log(1.0 / ratio)
        return fitted, error, float(say), w * ratio ** (self.learning_rate * (1.0 - loss))


def weighted_medians(values: Array, weights: Array) -> Array:
    """The smallest value of each row at which half of the weight is reached.   values (N, T), weights (T,) -> (N,)

    >>> weighted_medians(np.array([[3.0, 1.0, 2.0]]), np.array([5.0, 1.0, 1.0])).tolist()
    [3.0]
    """
    order = np.argsort(values, axis=1, kind="stable")
    reached = np.cumsum(weights[order], axis=1)
    place = (reached >= 0.5 * reached[:, -1:]).argmax(axis=1)
    rows = np.arange(len(values))
    return values[rows, order[rows, place]]


def _narrow(F: Array) -> Array:
    """F (N, K) as a decision: one number a row for two classes."""
    return F[:, 1] - F[:, 0] if F.shape[1] == 2 else F
