"""Rows made ready for products.

Here: `Rows`, the rows of a table around their mean, and the way there and back for centres.
Elsewhere: what is done with them is in _kmeans_steps.py and _minibatch_steps.py.
Imports: numpy.
"""

from typing import final

import numpy as np

from pellucid.base._tables import Array


@final
class Rows:
    """Rows of positive weight around their mean, on a scale of at most 1: products then carry the least rounding.

    The scale is a power of two, so that nothing is lost by it.
    """

    def __init__(self, table: Array, weights: Array | None) -> None:
        counts = slice(None) if weights is None or weights.all() else weights > 0
        self.table = table[counts]
        self.weight = np.ones(len(table)) if weights is None else weights[counts]
        self.mean = self.table.mean(axis=0, dtype=np.float64)
        X = self.table - self.mean.astype(table.dtype)
        self.mean = self.mean.astype(table.dtype).astype(np.float64)
        reach = float(np.abs(X).max())
        self.scale = 2.0 ** np.ceil(np.log2(reach)) if reach > 0 else 1.0
        self.X = np.ascontiguousarray(X / table.dtype.type(self.scale))

    def inward(self, centre: Array) -> Array:
        """Centres of the table as centres of X."""
        inner: Array = (centre - self.mean) / self.scale
        return inner

    def outward(self, centre: Array) -> Array:
        """Centres of X as centres of the table."""
        outer: Array = centre * self.scale + self.mean
        return outer
