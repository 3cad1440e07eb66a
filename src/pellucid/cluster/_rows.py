"""Rows made ready for products.

Here: `Rows`, the rows of a table around their mean, and the way there and back for centres.
Elsewhere: what is done with them is in _kmeans_steps.py and _minibatch_steps.py.
Imports: numpy and this package.
"""

from functools import cached_property
from typing import Any, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.cluster._tiles import Packed, packed


@final
class Rows:
    """Rows of positive weight around their mean, on a scale of at most 1: products then carry the least rounding.

    The scale is a power of two, so that nothing is lost by it.
    """

    def __init__(self, table: Array, weights: Array | None) -> None:
        self.all = weights is None or bool(weights.all())
        counts: Any = slice(None) if self.all or weights is None else weights > 0
        self.table = table[counts]
        self.weight = np.ones(len(table)) if weights is None else weights[counts]
        n = len(self.table)
        double = table.dtype == np.float64  # the mean as a product: a sixth of the time of one along an axis
        mean = np.ones(n) @ self.table / n if double else self.table.mean(axis=0, dtype=np.float64)
        self.mean = mean.astype(table.dtype).astype(np.float64)
        self.X = np.subtract(self.table, self.mean.astype(table.dtype), order="C")
        reach = float(max(self.X.max(), -self.X.min()))
        self.scale = 2.0 ** np.ceil(np.log2(reach)) if reach > 0 else 1.0
        self.X /= table.dtype.type(self.scale)
        self._left = self.inward(mean)

    @cached_property
    def packed(self) -> Packed:
        """X and its weights as compiled steps read them."""
        return packed(self.X, self.weight)

    @property
    def variance(self) -> float:
        """Of X, the mean over its features."""
        return float(self.packed.size.sum() / self.X.size - (self._left**2).mean())

    def inward(self, centre: Array) -> Array:
        """Centres of the table as centres of X."""
        inner: Array = (centre - self.mean) / self.scale
        return inner

    def outward(self, centre: Array) -> Array:
        """Centres of X as centres of the table."""
        outer: Array = centre * self.scale + self.mean
        return outer
