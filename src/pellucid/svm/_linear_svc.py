"""Linear support vector classification.

Here: `LinearSVC`, and `squared_lengths`, which regression shares.
Elsewhere: the searches are in _primal.py, _interior.py and, compiled, in _dual_kernels.py; the same loss a row at a
time is that of pellucid.linear_model.SGDClassifier.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.linear_model, pellucid.persistence and pellucid.random.
"""

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
    check_weights,
    class_weights,
    kin,
)
from pellucid.base._tables import Array
from pellucid.errors import ConvergenceWarning, DataError
from pellucid.linear_model._linear import LinearClassifier, only_if
from pellucid.linear_model._rows import Rows, as_float64, is_sparse
from pellucid.linear_model._sgd import _flat
from pellucid.persistence import register
from pellucid.random import Seed, generator
from pellucid.svm import _interior, _primal


def squared_lengths(rows: Rows) -> Array:
    """|x_i|^2.   rows (N, D) -> (N,)"""
    exact = as_float64(rows)
    squares = exact.power(2).sum(axis=1) if is_sparse(exact) else np.einsum("nd,nd->n", exact, exact)
    return np.asarray(squares).ravel()


@register("svm.LinearSVC")
@final
class LinearSVC(LinearClassifier):
    """The plane between two classes that leaves the widest margin, and lets some rows into it.

        (w, b) = argmin  (|w|^2 + (b / q)^2) / 2 + C sum_i s_i l(1 - y_i (w . x_i + b)),    y_i = -1 or 1

    l(z) = max(z, 0), hinge, or its square (the default, squared_hinge); q is `intercept_scaling`: the intercept is
    penalised too, less the larger q.  X (N, D), y (N,) -> coef_ (1, D) or (K, D), each of K > 2 classes against the
    rest; there are no probabilities (pellucid.linear_model.LogisticRegression has them).

    With the squared hinge, and more rows than features, up to 1000 of these, w is found by Newton's method: some ten
    steps, each N D^2.  With the hinge, and up to 300 features, by as costly steps between the bounds of the dual, some
    20 to 50.  Otherwise, and from where rounding ends these, by coordinate descent on the dual, one weight a_i for each
    row: w = sum_i a_i y_i x_i, rows outside the margin have a_i = 0, and a_i <- a_i - g_i / h_i cut to its bounds, g_i
    the slope and h_i the curvature.  An epoch costs N D, or the entries stored in sparse rows.  All end when no entry
    of the dual's projected gradient is above tol.

    It assumes that a plane parts most rows: rows far on the wrong side pull it towards them, squared_hinge by the
    square of the distance.  The dual's search is slow where C or the features are large: scale them first.

    Gives a ConvergenceWarning when `max_iter` ends the search.  Source: Keerthi and DeCoste, A modified finite Newton
    method for fast solution of large scale linear SVMs, Journal of Machine Learning Research 6, 2005; Hsieh, Chang,
    Lin, Keerthi and Sundararajan, A dual coordinate descent method for large-scale linear SVM, ICML 2008; Ferris and
    Munson, Interior-point methods for massive support vector machines, SIAM J. Optimization 13, 2002.

    >>> model = LinearSVC(random_state=0).fit([[-2.0], [-1.0], [1.0], [2.0]], ["no", "no", "yes", "yes"])
    >>> model.predict([[-0.5], [0.5]]).tolist(), model.coef_.round(3).tolist()
    (['no', 'yes'], [[0.8]])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "loss": Choice("hinge", "squared_hinge"),
        "C": Real(low=0.0, open_low=True, says="weight of the data against the margin"),
        "tol": Real(low=0.0, open_low=True, says="largest entry of the projected gradient of the dual"),
        "fit_intercept": Flag(says="whether to learn b; otherwise it is 0"),
        "intercept_scaling": Real(low=0.0, open_low=True, says="the column that stands for the intercept"),
        "class_weight": OneOf(
            Choice("balanced", None),
            Kind(Mapping, words="a mapping of label to weight"),
            says="balanced: each class weighs the same",
        ),
        "random_state": SEED,
        "max_iter": Whole(low=1, says="epochs, or steps"),
    }

    n_iter_: int
    """Epochs, or steps, until the last score was done."""

    def __init__(
        self,
        *,
        loss: Literal["hinge", "squared_hinge"] = "squared_hinge",
        C: float = 1.0,
        tol: float = 1e-4,
        fit_intercept: bool = True,
        intercept_scaling: float = 1.0,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        random_state: Seed = None,
        max_iter: int = 1000,
    ) -> None:
        self.loss = loss
        self.C = C
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.max_iter = max_iter

    @only_if(lambda model: False, "a margin gives no probabilities; LogisticRegression does")
    def predict_proba(self, X: Any) -> Array:
        """Not there: a margin is not a probability."""
        raise NotImplementedError

    predict_log_proba = predict_proba

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn w and b from rows X (N, D) and labels y (N,); row i counts sample_weight[i] times."""
        self._begin_fit()
        rows = self._fit_rows(X)
        where = type(self).__name__
        self.classes_, codes = check_labels(y, rows.shape[0], where=where)
        given = check_weights(sample_weight, rows.shape[0], where=where)
        if len(self.classes_) < 2:
            raise DataError(f"{where}: y has one class, {self.classes_.tolist()[0]!r}; two or more are needed.")
        plain = np.ones(len(codes)) if given is None else given
        weighted = class_weights(self.class_weight, self.classes_, codes, given, where=where)
        weighted = plain if weighted is None else weighted
        two = len(self.classes_) == 2
        own = (codes == 1)[None] if two else codes == np.arange(len(self.classes_))[:, None]  # (R, N)
        shares = weighted[None] if two else np.where(own, weighted, plain)
        self._search(rows, np.where(own, 1.0, -1.0), shares)
        return self

    def _search(self, rows: Any, aims: Array, shares: Array) -> None:
        """Epochs or steps for all scores side by side until each is done; aims and shares (R, N)."""
        bias = float(self.intercept_scaling) if self.fit_intercept else 0.0
        exact, cost = as_float64(rows), self.C * shares
        w = np.zeros((len(aims), rows.shape[1] + 1))
        n, n_features = rows.shape
        go_on: Callable[[int], float]
        if self.loss == "squared_hinge" and n_features <= _primal.MOST_FEATURES and n > n_features:
            go_on = partial(_newton, exact, aims, cost, bias, w)
        else:
            duals = np.zeros_like(aims)
            go_on = self._on_the_dual(rows, exact, aims, cost, bias, duals, w)
            if self.loss == "hinge" and n_features <= _interior.MOST_FEATURES and n > n_features:
                go_on = _inside(exact, aims, cost, bias, duals, w, go_on)
        worst = np.full(len(aims), np.inf)
        self.n_iter_ = 0
        self._take(w, bias, rows.dtype)
        with Watch(self, self.max_iter) as watch:
            while self.n_iter_ < self.max_iter and (worst > self.tol).any():
                for r in np.flatnonzero(worst > self.tol):
                    worst[r] = go_on(int(r))
                self.n_iter_ += 1
                if self.callbacks:
                    self._take(w, bias, rows.dtype)
                if watch.step(gradient=float(worst.max())):
                    break
        self._take(w, bias, rows.dtype)
        if not self.interrupted_ and self.n_iter_ == self.max_iter and (worst > self.tol).any():
            message = (
                f"LinearSVC: {self.max_iter} epochs (max_iter) did not reach tol={self.tol}. Raise max_iter or tol, "
                "scale the features (pellucid.preprocessing.StandardScaler), or make C smaller."
            )
            warnings.warn(kin(ConvergenceWarning, message), stacklevel=3)

    def _on_the_dual(
        self, rows: Any, exact: Any, aims: Array, cost: Array, bias: float, duals: Array, w: Array
    ) -> Callable[[int], float]:
        """What does an epoch of score r, moves duals[r] and w[r], and tells the largest entry of the gradient."""
        from pellucid.svm import _dual_kernels

        epoch: Any = _dual_kernels.epoch
        parts = _flat(rows)
        square = squared_lengths(exact) + bias**2
        smooth = self.loss == "squared_hinge"
        lifts = 0.5 / np.where(cost > 0, cost, 1.0) if smooth else np.zeros_like(cost)
        uppers = np.where(cost > 0, np.inf, 0.0) if smooth else cost
        streams = generator(self.random_state).spawn(len(aims))

        def go_on(r: int) -> float:
            order = streams[r].permutation(rows.shape[0])
            return float(epoch(*parts, aims[r], bias, square, lifts[r], uppers[r], order, duals[r], w[r]))

        return go_on

    def _take(self, w: Array, bias: float, dtype: Any) -> None:
        """Set w (R, D + 1) as what was learned."""
        self.coef_, self.intercept_ = w[:, :-1].astype(dtype), (bias * w[:, -1]).astype(dtype)


def _newton(rows: Any, aims: Array, cost: Array, bias: float, w: Array, r: int) -> float:
    return _primal.newton_step(rows, aims[r], cost[r], bias, _primal.beyond_margin(aims[r]), w[r])


def _inside(
    rows: Any, aims: Array, cost: Array, bias: float, duals: Array, w: Array, epoch: Callable[[int], float]
) -> Callable[[int], float]:
    """What does a step of score r within the bounds of the dual, and what `epoch` does where these have ended."""
    square, each = squared_lengths(rows) + bias**2, list[Callable[[], float]]()
    for r, kept in enumerate(cost > 0.0):
        if kept.sum() <= rows.shape[1]:
            each.append(partial(epoch, r))
            continue
        search = _interior.of_classes(rows[kept], bias, square[kept], aims[r, kept], cost[r, kept])
        each.append(_interior.first_inside(search, kept, aims[r], duals[r], w[r], partial(epoch, r)))
    return lambda r: each[r]()
