"""Columns on a scale that outliers do not move.

Here: `RobustScaler`.
Elsewhere: percentiles are in _quantiles.py; scaling by mean and deviation is in _scaling.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

from statistics import NormalDist
from typing import Any, Self, final

import numpy as np

from pellucid.base import Flag, Kind, Traits
from pellucid.errors import ParameterError
from pellucid.persistence import register
from pellucid.preprocessing._max_abs import nonzero
from pellucid.preprocessing._quantiles import percentiles
from pellucid.preprocessing._scaling import check_widths, own
from pellucid.preprocessing._sparse import SparseTransformer, entry_columns, is_sparse


@final
@register("preprocessing.RobustScaler")
class RobustScaler(SparseTransformer):
    """Each column minus its median, divided by the distance of two of its percentiles.

        z = (x - median) / (q_high - q_low),    divisor 1 where the percentiles are equal

    X (N, D) -> (N, D), float32 if X is.  O(D N log N).  Less than a quarter of the rows, however far out, can move
    median and default divisor but little; a column that is constant in its middle half is only shifted.

    - `quantile_range`: (low, high) in percent.
    - `unit_variance`: divide further so that normally distributed columns get variance 1.
    - `with_centering=False` is what sparse X needs: shifted zeros would no longer be zeros.

    NaN is a missing value: not counted, and still NaN afterwards.
    Raises ParameterError for a range that is none, DataError for infinity, text and other columns than fit saw.
    Names and numbers are scikit-learn's.

    >>> RobustScaler().fit_transform([[1.0], [2.0], [3.0], [4.0], [1000.0]]).ravel()
    array([ -1. ,  -0.5,   0. ,   0.5, 498.5])
    """

    limits = {
        "with_centering": Flag(),
        "with_scaling": Flag(),
        "quantile_range": Kind(tuple, words="a tuple (low, high) in percent"),
        "copy": Flag(says="False writes into X"),
        "unit_variance": Flag(),
    }

    center_: Any
    """(D,), the medians, or None without `with_centering`."""
    scale_: Any
    """(D,), what is divided by, or None without `with_scaling`."""

    def __init__(
        self,
        *,
        with_centering: bool = True,
        with_scaling: bool = True,
        quantile_range: tuple[float, float] = (25.0, 75.0),
        copy: bool = True,
        unit_variance: bool = False,
    ) -> None:
        self.with_centering = with_centering
        self.with_scaling = with_scaling
        self.quantile_range = quantile_range
        self.copy = copy
        self.unit_variance = unit_variance

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn median and percentiles of each column of X (N, D)."""
        self._begin_fit()
        low, high = self._range()
        self._refuse_shift(X, "with_centering")
        rows = self._fit_rows(X, layout="csc")
        self.center_ = percentiles(rows, np.array([50.0]))[0] if self.with_centering else None
        self.scale_ = None
        if self.with_scaling:
            bottom, top = percentiles(rows, np.array([low, high]))
            self.scale_ = nonzero(top - bottom)
            if self.unit_variance:
                normal = NormalDist()
                self.scale_ = self.scale_ / (normal.inv_cdf(high / 100) - normal.inv_cdf(low / 100))
        return self

    def transform(self, X: Any) -> Any:
        """The rows on the new scale.   X (N, D) -> (N, D)"""
        centre, scale = self.center_, self.scale_
        self._refuse_shift(X, "with_centering")
        rows = self._rows(X)
        if is_sparse(rows):
            if self.with_scaling:
                rows.data /= scale[entry_columns(rows)]
            return rows
        out = own(rows, self.copy)
        if self.with_centering:
            out -= centre
        if self.with_scaling:
            out /= scale
        return out

    def inverse_transform(self, X: Any) -> Any:
        """The rows on their original scale, x = z s + median.   X (N, D) -> (N, D)"""
        centre, scale = self.center_, self.scale_
        self._refuse_shift(X, "with_centering")
        rows = self._rows(X)
        if is_sparse(rows):
            if self.with_scaling:
                rows.data *= scale[entry_columns(rows)]
            return rows
        out = own(rows, self.copy)
        if self.with_scaling:
            out *= scale
        if self.with_centering:
            out += centre
        return out

    def _range(self) -> tuple[float, float]:
        given = self.quantile_range
        numbers = len(given) == 2 and all(isinstance(q, int | float | np.number) for q in given)
        low, high = given if numbers else (1, 0)
        inside = 0 < low < high < 100 if self.unit_variance else 0 <= low <= high <= 100
        if not inside:
            bounds = "0 < low < high < 100 (unit_variance)" if self.unit_variance else "0 <= low <= high <= 100"
            raise ParameterError(
                f"RobustScaler: quantile_range is {given!r}; it must be (low, high) in percent with {bounds}. "
                "The default is quantile_range=(25.0, 75.0)."
            )
        return low, high

    def _traits(self) -> Traits:
        return Traits(missing=True, sparse=not self.with_centering)

    def _check_learned(self) -> None:
        learned = [self.center_] * self.with_centering + [self.scale_] * self.with_scaling
        check_widths("RobustScaler", learned, self.n_features_in_)
