"""A regressor that does not look at the features.

Here: `DummyRegressor`.  Elsewhere: its counterpart for labels is in _classifier.py.
Imports: numpy, pellucid.errors, pellucid.persistence and pellucid.base.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Kind, Limit, OneOf, Real, Regressor, Traits, check_targets, check_weights, count_rows
from pellucid.base._tables import Array
from pellucid.errors import ModelFileError, ParameterError
from pellucid.persistence import register

Strategy = Literal["mean", "median", "quantile", "constant"]

ROUNDING = 1e-12  # of a sum of weights; a million of them carry about 1e-13


@register("dummy.DummyRegressor")
@final
class DummyRegressor(Regressor):
    """The number that is closest to all targets at once.

        "mean"      argmin_c sum_i s_i (y_i - c)^2
        "median"    argmin_c sum_i s_i |y_i - c|; of several c the middle one
        "quantile"  the value with the share `quantile` of the targets below it
        "constant"  `constant`

    y (N,) or (N, K) -> constant_ (1, 1) or (1, K).  X may be anything with a number of rows.

    Without weights a quantile lies between two targets in proportion, as NumPy's does; that rule counts rows, and has
    no meaning for weights.  With weights it is the smallest target with at least that share of the weight up to it,
    halfway to the next one where the share is met exactly.

    Raises ParameterError when the strategy's own parameter is missing or has not one entry a target.

    >>> DummyRegressor(strategy="median").fit([[0], [0], [0]], [1.0, 2.0, 9.0]).predict([[5], [6]]).tolist()
    [2.0, 2.0]
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "strategy": Choice("mean", "median", "quantile", "constant"),
        "constant": OneOf(
            Choice(None), Real(), Kind(np.ndarray, list, tuple, words="one number a target"), says="for that strategy"
        ),
        "quantile": OneOf(Choice(None), Real(0.0, 1.0), says="for that strategy"),
    }

    constant_: Array

    def __init__(self, *, strategy: Strategy = "mean", constant: Any = None, quantile: float | None = None) -> None:
        self.strategy = strategy
        self.constant = constant
        self.quantile = quantile

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Sum up the targets y (N,) or (N, K); row i counts sample_weight[i] times."""
        self._begin_fit()
        where = type(self).__name__
        n_rows = count_rows(X, where=where)
        targets = check_targets(y, n_rows, where=where, many=True).reshape(n_rows, -1)  # (N, K)
        weights = check_weights(sample_weight, n_rows, where=where)
        self.constant_ = np.reshape(self._summary(targets, weights), (1, -1))
        return self

    def predict(self, X: Any) -> Array:
        """The constant, for every row.   X (N, ...) -> (N,) or (N, K)"""
        rows = np.tile(self.constant_, (count_rows(X, where=type(self).__name__), 1))
        return rows[:, 0] if rows.shape[1] == 1 else rows

    def _summary(self, targets: Array, weights: Array | None) -> Any:
        """One number for each column.   targets (N, K), weights (N,) -> (K,)"""
        if self.strategy == "mean":
            return np.average(targets, axis=0, weights=weights)
        if self.strategy == "constant":
            constant = np.asarray(self._needed("constant"), dtype=np.float64).reshape(-1)
            if len(constant) != targets.shape[1]:
                raise ParameterError(
                    f"DummyRegressor: constant has {len(constant)} entries and y {targets.shape[1]} columns; "
                    "give one number a column."
                )
            return constant
        share = 0.5 if self.strategy == "median" else self._needed("quantile")
        if weights is None:
            return np.quantile(targets, share, axis=0)
        return np.array([weighted_quantile(column, weights, share) for column in targets.T])

    def _needed(self, name: str) -> Any:
        """The parameter `name`, which this strategy cannot do without."""
        value = getattr(self, name)
        if value is None:
            raise ParameterError(f"DummyRegressor: strategy={self.strategy!r} needs {name}, and it is None.")
        return value

    def _traits(self) -> Traits:
        return Traits(anything=True, sparse=True, weak=True, many_targets=True)

    def _check_learned(self) -> None:
        if np.ndim(self.constant_) != 2 or len(self.constant_) != 1:
            raise ModelFileError(f"DummyRegressor: constant_ in the record is {np.shape(self.constant_)}, not (1, K).")


def weighted_quantile(values: Array, weights: Array, share: float) -> float:
    """The smallest value with at least `share` of the weight up to it; where exactly that, halfway to the next one.

    values (N,), weights (N,) >= 0 with a positive sum, share in [0, 1].  Weights of 1 and share 1/2 give the median.

    >>> weighted_quantile(np.array([3.0, 1.0, 2.0]), np.array([1.0, 2.0, 1.0]), 0.5)
    1.5
    """
    order = np.argsort(values[weights > 0])
    values, weights = values[weights > 0][order], weights[weights > 0][order]
    passed = np.cumsum(weights)
    goal = share * passed[-1]
    low = np.searchsorted(passed, goal * (1.0 - ROUNDING), side="left")
    high = np.searchsorted(passed, goal * (1.0 + ROUNDING), side="right")
    return 0.5 * float(values[low] + values[min(int(high), len(values) - 1)])
