"""Least squares.

Here: `LinearRegression`.  Elsewhere: the checks of its input and R^2 are in pellucid.base.
Imports: numpy, pellucid.errors, pellucid.persistence and pellucid.base.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import Flag, Limit, Regressor, Traits, check_targets, check_weights
from pellucid.base._tables import Array
from pellucid.errors import ModelFileError
from pellucid.persistence import register


@register("linear_model.LinearRegression")
@final
class LinearRegression(Regressor):
    """The weighted sum of the features that is closest to the target in squares.

        y ~ b + X w,    (w, b) = argmin sum_i s_i (y_i - b - x_i . w)^2

    X (N, D), y (N,) -> coef_ (D,), intercept_;  y (N, K) -> coef_ (K, D), intercept_ (K,).

    Solved in closed form by the singular value decomposition of the centred rows.  Where columns depend on each other
    (rank_ < D, always so when D >= N) many w fit equally well, and the shortest is taken.  Computed in float64; a
    float32 table gets float32 coefficients.

    Raises DataError for input that is not finite numbers.
    Source: Golub and Van Loan, Matrix Computations, 4th edition, section 5.5.

    >>> model = LinearRegression().fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> model.coef_.round(6).tolist(), round(model.intercept_, 6), model.predict([[10.0]]).round(6).tolist()
    ([2.0], 1.0, [21.0])
    """

    limits: ClassVar[Mapping[str, Limit]] = {"fit_intercept": Flag(says="whether to learn b; otherwise it is 0")}

    coef_: Array
    intercept_: Any  # float for y (N,), Array (K,) for y (N, K)
    rank_: int
    """Number of columns, after centring, that do not depend on the others."""
    singular_: Array
    """Singular values (min(N, D),) of the centred, weighted rows, largest first."""

    def __init__(self, *, fit_intercept: bool = True) -> None:
        self.fit_intercept = fit_intercept

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn w and b from rows X (N, D) and targets y (N,) or (N, K); row i counts sample_weight[i] times."""
        self._begin_fit()
        table = self._fit_table(X)
        where = type(self).__name__
        targets = check_targets(y, len(table), where=where, many=True)
        weights = check_weights(sample_weight, len(table), where=where)
        rows, aims = table.astype(np.float64), targets.astype(np.float64)  # copies: centring and weighting are in place
        if weights is not None:
            rows, aims, weights = rows[weights > 0], aims[weights > 0], weights[weights > 0]
        centre, level = np.zeros(rows.shape[1]), np.zeros(aims.shape[1:])
        if self.fit_intercept:
            centre, level = np.average(rows, axis=0, weights=weights), np.average(aims, axis=0, weights=weights)
            rows -= centre
            aims -= level
        if weights is not None:
            root = np.sqrt(weights)
            rows *= root[:, None]
            aims *= root.reshape(-1, *[1] * (aims.ndim - 1))
        slopes, _, rank, self.singular_ = np.linalg.lstsq(rows, aims)  # (D,) or (D, K)
        self.rank_ = int(rank)
        self.coef_ = slopes.T.astype(table.dtype)
        self.intercept_ = (level - centre @ slopes).astype(table.dtype)
        if aims.ndim == 1:
            self.intercept_ = float(self.intercept_)
        return self

    def predict(self, X: Any) -> Array:
        """b + X w.   X (N, D) -> (N,) or (N, K)"""
        predicted: Array = self._table(X) @ self.coef_.T + self.intercept_
        return predicted

    def _traits(self) -> Traits:
        return Traits(many_targets=True)

    def _check_learned(self) -> None:
        wanted = np.shape(self.intercept_) + (self.n_features_in_,)
        if np.shape(self.coef_) != wanted:
            raise ModelFileError(f"LinearRegression: coef_ in the record is {np.shape(self.coef_)}, not {wanted}.")
