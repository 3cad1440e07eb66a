"""Linear support vector regression.

Here: `LinearSVR`.
Elsewhere: the searches are in _primal.py, _interior.py and, compiled, in _dual_kernels.py; classification is in
_linear_svc.py; the same loss a row at a time is that of pellucid.linear_model.SGDRegressor.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.linear_model, pellucid.persistence, pellucid.random, and this
package.
"""

import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import SEED, Choice, Flag, Limit, Real, Traits, Watch, Whole, check_targets, check_weights, kin
from pellucid.base._tables import Array
from pellucid.errors import ConvergenceWarning, ModelFileError
from pellucid.linear_model._linear import LinearRegressor
from pellucid.linear_model._rows import Rows, as_float64
from pellucid.linear_model._sgd import _flat
from pellucid.persistence import register
from pellucid.random import Seed, generator
from pellucid.svm import _interior, _primal
from pellucid.svm._linear_svc import squared_lengths


@register("svm.LinearSVR")
@final
class LinearSVR(LinearRegressor):
    """The flattest line that has most targets within epsilon of it.

        (w, b) = argmin  (|w|^2 + (b / q)^2) / 2 + C sum_i s_i l(|y_i - w . x_i - b| - epsilon)

    l(z) = max(z, 0), epsilon_insensitive (the default: with epsilon = 0 least absolute deviations), or its square,
    squared_epsilon_insensitive; q is `intercept_scaling`: the intercept is penalised too, less the larger q.
    X (N, D), y (N,) -> coef_ (D,), intercept_ (1,).

    With the squared loss, and more rows than features, up to 1000 of these, w is found by Newton's method: some five
    steps, each N D^2.  With the plain loss, and up to 300 features, by as costly steps between the bounds of the dual,
    some 20 to 50.  Otherwise, and from where rounding ends these, by coordinate descent on the dual, one weight a_i for
    each row: w = sum_i a_i x_i, rows within epsilon have a_i = 0, and a_i <- soft(a_i - g_i / h_i, epsilon / h_i) cut
    to its bounds, g_i the slope and h_i the curvature.  An epoch costs N D, or the entries stored in sparse rows.  All
    end when no entry of the dual's subgradient is above tol.

    It assumes a target that is a sum of effects of single features, around 0 or with a large q; outliers in y pull by
    their side only, not by their distance.  The dual's search is slow where C or the features are large: scale them.

    Gives a ConvergenceWarning when `max_iter` ends the search.  Source: Ho and Lin, Large-scale linear support vector
    regression, JMLR 13, 2012; Ferris and Munson, Interior-point methods for massive support vector machines, SIAM J.
    Optimization 13, 2002.

    >>> model = LinearSVR(C=100.0, random_state=0).fit([[-2.0], [-1.0], [1.0], [2.0]], [-4.0, -2.0, 2.0, 40.0])
    >>> model.predict([[-0.5], [0.5]]).round(2).tolist()
    [-1.0, 1.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "epsilon": Real(low=0.0, says="targets so near the line cost nothing"),
        "tol": Real(low=0.0, open_low=True, says="largest entry of the subgradient of the dual"),
        "C": Real(low=0.0, open_low=True, says="weight of the data against flatness"),
        "loss": Choice("epsilon_insensitive", "squared_epsilon_insensitive"),
        "fit_intercept": Flag(says="whether to learn b; otherwise it is 0"),
        "intercept_scaling": Real(low=0.0, open_low=True, says="the column that stands for the intercept"),
        "random_state": SEED,
        "max_iter": Whole(low=1, says="epochs, or steps"),
    }

    n_iter_: int
    """Epochs, or steps."""

    def __init__(
        self,
        *,
        epsilon: float = 0.0,
        tol: float = 1e-4,
        C: float = 1.0,
        loss: Literal["epsilon_insensitive", "squared_epsilon_insensitive"] = "epsilon_insensitive",
        fit_intercept: bool = True,
        intercept_scaling: float = 1.0,
        random_state: Seed = None,
        max_iter: int = 1000,
    ) -> None:
        self.epsilon = epsilon
        self.tol = tol
        self.C = C
        self.loss = loss
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.random_state = random_state
        self.max_iter = max_iter

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn w and b from rows X (N, D) and targets y (N,); row i counts sample_weight[i] times."""
        self._begin_fit()
        rows = self._fit_rows(X)
        where = type(self).__name__
        aim = check_targets(y, rows.shape[0], where=where).astype(np.float64)
        weights = check_weights(sample_weight, rows.shape[0], where=where)
        worst = self._search(rows, aim, self.C * (np.ones(len(aim)) if weights is None else weights))
        if not self.interrupted_ and self.n_iter_ == self.max_iter and worst > self.tol:
            message = (
                f"LinearSVR: {self.max_iter} epochs (max_iter) did not reach tol={self.tol}. Raise max_iter or tol, "
                "scale the features (pellucid.preprocessing.StandardScaler), or make C smaller."
            )
            warnings.warn(kin(ConvergenceWarning, message), stacklevel=2)
        return self

    def _search(self, rows: Rows, aim: Array, cost: Array) -> float:
        """Epochs or steps until none finds a subgradient above tol; the largest of the last.   aim, cost (N,)"""
        bias = float(self.intercept_scaling) if self.fit_intercept else 0.0
        exact, epsilon = as_float64(rows), float(self.epsilon)
        n, n_features = rows.shape
        w, worst = np.zeros(n_features + 1), np.inf
        go_on: Callable[[], float]
        if self._squared() and n_features <= _primal.MOST_FEATURES and n > n_features:
            go_on = partial(_primal.newton_step, exact, aim, cost, bias, _primal.beyond_tube(epsilon), w)
        else:
            go_on = self._on_the_dual(exact, aim, cost, bias, w)
        self.n_iter_ = 0
        self._take(w, bias, rows.dtype)
        with Watch(self, self.max_iter) as watch:
            while self.n_iter_ < self.max_iter and worst > self.tol:
                worst = go_on()
                self.n_iter_ += 1
                if self.callbacks:
                    self._take(w, bias, rows.dtype)
                if watch.step(gradient=worst):
                    break
        self._take(w, bias, rows.dtype)
        return worst

    def _on_the_dual(self, rows: Any, aim: Array, cost: Array, bias: float, w: Array) -> Callable[[], float]:
        """What does an epoch, or a step between the bounds, moves w, and tells the largest entry of the subgradient."""
        from pellucid.svm import _dual_kernels

        epoch: Any = _dual_kernels.tube_epoch
        parts, chance, n_features = _flat(rows), generator(self.random_state), rows.shape[1]
        square = squared_lengths(rows) + bias**2
        lift = 0.5 / np.where(cost > 0, cost, 1.0) if self._squared() else np.zeros(len(cost))
        upper = np.where(cost > 0, np.inf, 0.0) if self._squared() else cost
        dual = np.zeros(len(aim))

        def go_on() -> float:
            order = chance.permutation(len(aim))
            return float(epoch(*parts, aim, float(self.epsilon), bias, square, lift, upper, order, dual, w))

        kept = cost > 0.0
        if self._squared() or n_features > _interior.MOST_FEATURES or kept.sum() <= n_features:
            return go_on
        search = _interior.of_numbers(rows[kept], bias, square[kept], aim[kept], float(self.epsilon), cost[kept])
        return _interior.first_inside(search, kept, np.ones(len(aim)), dual, w, go_on)

    def _squared(self) -> bool:
        return self.loss == "squared_epsilon_insensitive"

    def _take(self, w: Array, bias: float, dtype: Any) -> None:
        """Set w (D + 1,) as what was learned."""
        self.coef_, self.intercept_ = w[:-1].astype(dtype), (bias * w[-1:]).astype(dtype)

    def _traits(self) -> Traits:
        return Traits(sparse=True)

    def _check_learned(self) -> None:
        wanted = (self.n_features_in_,), (1,)
        if (found := (np.shape(self.coef_), np.shape(self.intercept_))) != wanted:
            raise ModelFileError(f"LinearSVR: coef_ and intercept_ in the record are {found}, not {wanted}.")
