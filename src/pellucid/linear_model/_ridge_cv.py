"""Ridge that chooses its penalty by leaving out one row at a time.

Here: `RidgeCV`.
Elsewhere: the line for a given penalty is in _ridge.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import Flag, Kind, Limit, OneOf, Real, check_weights
from pellucid.base._tables import Array
from pellucid.errors import ParameterError
from pellucid.linear_model._choosing import CV, folds_of
from pellucid.linear_model._linear import LinearRegressor
from pellucid.linear_model._moments import means
from pellucid.linear_model._ridge import Ridge, target_columns
from pellucid.linear_model._rows import Rows, as_float64, is_sparse, row_scaled
from pellucid.persistence import register

LEVERAGE_MAX = 1.0 - 1e-12  # of a row on itself; a row that alone decides its prediction has no other to be tested by


@register("linear_model.RidgeCV")
@final
class RidgeCV(LinearRegressor):
    """`Ridge` with the alpha whose lines miss a row they have not seen by least.

        E(alpha) = sum_i s_i ((y_i - p_i) / (1 - h_i))^2 / sum_i s_i,    p = H y,    h_i = H_ii

    is the mean squared error over all rows, each predicted by the line fitted without it; one eigendecomposition, of
    the smaller of X^T X and X X^T, gives it for all alphas: N D min(N, D) multiplications, and N min(N, D) an alpha.
    With `cv` the alpha of the highest mean R^2 over these folds is taken instead, by as many fits.

    X (N, D), y (N,) -> coef_ (D,), intercept_;  y (N, K) -> coef_ (K, D), intercept_ (K,), one alpha for all targets
    or, with `alpha_per_target`, one for each.  Weights are of rows: the formula leaves a row out with all its weight.
    Assumes that rows are independent: of a row that is there twice, its copy knows the answer.

    Raises DataError for input that is not finite numbers, ParameterError for alphas that are not above 0.
    Source: Golub, Heath and Wahba, Technometrics 21, 1979; Allen, Technometrics 16, 1974.

    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0]], [0.1, 0.9, 2.2, 2.8, 4.1]
    >>> model = RidgeCV(alphas=[0.01, 1.0, 100.0]).fit(X, y)
    >>> model.alpha_, round(model.best_score_, 4)
    (0.01, -0.0521)
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "alphas": OneOf(
            Kind(np.ndarray, list, tuple, words="numbers > 0"), Real(low=0.0, open_low=True), says="penalties to try"
        ),
        "fit_intercept": Flag(says="whether to learn b; otherwise it is 0"),
        "cv": CV,
        "store_cv_results": Flag(says="whether to keep the squared errors of all rows"),
        "alpha_per_target": Flag(says="whether each target has its own"),
    }

    alpha_: Any  # float, or Array (K,) with alpha_per_target
    best_score_: Any
    """- E(alpha_), or the mean R^2 of it with cv."""
    cv_results_: Array
    """Squared errors (N, A), or (N, K, A) for y (N, K), each row's by the line without it."""

    def __init__(
        self,
        alphas: Any = (0.1, 1.0, 10.0),
        *,
        fit_intercept: bool = True,
        cv: Any = None,
        store_cv_results: bool = False,
        alpha_per_target: bool = False,
    ) -> None:
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.cv = cv
        self.store_cv_results = store_cv_results
        self.alpha_per_target = alpha_per_target

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Choose alpha and learn w and b from rows X (N, D) and targets y (N,) or (N, K)."""
        self._begin_fit()
        rows = self._fit_rows(X)
        where = type(self).__name__
        aims, alone = target_columns(y, rows.shape[0], where=where)
        weights = check_weights(sample_weight, rows.shape[0], where=where)
        alphas = self._alphas()
        if self.cv is None:
            errors = self._left_out(rows, aims, weights, alphas)  # (N, T, A)
            scores = -np.average(errors, axis=0, weights=weights)  # (T, A)
            if self.store_cv_results:
                self.cv_results_ = errors[:, 0] if alone else errors
        else:
            scores = self._over_folds(rows, aims, weights, alphas)
        if not (self.alpha_per_target and not alone):
            scores = scores.mean(axis=0, keepdims=True)
        best = scores.argmax(axis=1)
        chosen, reached = alphas[best], scores[np.arange(len(best)), best]
        per_target = len(chosen) == aims.shape[1] and self.alpha_per_target and not alone
        self.alpha_ = chosen if per_target else float(chosen[0])
        self.best_score_ = reached if per_target else float(reached[0])
        line = Ridge(self.alpha_, fit_intercept=self.fit_intercept)
        line.fit(rows, aims[:, 0] if alone else aims, weights)
        self.coef_, self.intercept_ = line.coef_, line.intercept_
        return self

    def _alphas(self) -> Array:
        alphas = np.atleast_1d(np.asarray(self.alphas, dtype=np.float64))
        if alphas.ndim != 1 or not len(alphas) or not (np.isfinite(alphas) & (alphas > 0)).all():
            raise ParameterError(f"RidgeCV: alphas are {self.alphas!r}; give one number > 0 or more.")
        return alphas

    def _left_out(self, rows: Rows, aims: Array, weights: Array | None, alphas: Array) -> Array:
        """Squared errors (N, T, A) of rows predicted by the others; in H every row counts by the root of its weight."""
        centre, level = means(rows, aims, weights, self.fit_intercept)
        root = np.ones(len(aims)) if weights is None else np.sqrt(weights)
        off = (aims - level) * root[:, None]
        z, square = _principal(rows, centre, root)  # (N, r), (r,)
        by_intercept = root**2 / (root @ root) if self.fit_intercept else 0.0
        errors = np.empty((*aims.shape, len(alphas)))
        for a, alpha in enumerate(alphas):
            shrunk = z / (square + alpha)
            leverage = np.minimum(np.einsum("nr,nr->n", shrunk, z) + by_intercept, LEVERAGE_MAX)
            missed = (off - shrunk @ (z.T @ off)) / (1.0 - leverage)[:, None]
            errors[:, :, a] = (missed / np.where(root > 0, root, 1.0)[:, None]) ** 2
        return errors

    def _over_folds(self, rows: Rows, aims: Array, weights: Array | None, alphas: Array) -> Array:
        """Mean R^2 over the folds (T, A), without those that test on nothing that weighs."""
        folds = folds_of(self.cv, rows, aims, weights)
        if weights is not None:
            folds = [(train, test) for train, test in folds if weights[test].any()]
        scores = np.zeros((aims.shape[1], len(alphas)))
        for a, alpha in enumerate(alphas):
            for train, test in folds:
                line = Ridge(float(alpha), fit_intercept=self.fit_intercept)
                line.fit(rows[train], aims[train], None if weights is None else weights[train])
                missed, share = (aims[test] - line.predict(rows[test])) ** 2, None if weights is None else weights[test]
                spread = (aims[test] - np.average(aims[test], axis=0, weights=share)) ** 2
                missed, spread = (np.average(part, axis=0, weights=share) for part in (missed, spread))
                scores[:, a] += (1.0 - missed / np.where(spread > 0, spread, 1.0)) / len(folds)
        return scores


def _principal(rows: Rows, centre: Array, root: Array) -> tuple[Array, Array]:
    """Z (N, r) = U diag(s) and s^2 (r,) of the centred, scaled rows U diag(s) V^T, from the smaller of two products."""
    if is_sparse(rows) and rows.shape[1] <= rows.shape[0]:
        scaled = row_scaled(as_float64(rows), root)
        gram = (scaled.T @ scaled).toarray() - float(root @ root) * np.outer(centre, centre)
        square, v = np.linalg.eigh(gram)
        return scaled @ v - root[:, None] * (centre @ v), np.maximum(square, 0.0)
    dense = rows.toarray() if is_sparse(rows) else rows
    off = (dense - centre) * root[:, None]
    if off.shape[1] <= off.shape[0]:
        square, v = np.linalg.eigh(off.T @ off)
        return off @ v, np.maximum(square, 0.0)
    square, u = np.linalg.eigh(off @ off.T)
    square = np.maximum(square, 0.0)
    return u * np.sqrt(square), square
