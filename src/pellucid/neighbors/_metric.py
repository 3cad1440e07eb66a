"""Distances between rows, by name.

Here: `Metric`, and `pairwise`, the definition of every distance in NumPy.
Elsewhere: the same for one pair, compiled, is in _distance_kernels.py.
Imports: numpy and pellucid.errors.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from pellucid.base._tables import Array
from pellucid.errors import ParameterError

EUCLIDEAN, MANHATTAN, CHEBYSHEV, MINKOWSKI, COSINE = range(5)

_NUMBER = {
    "euclidean": EUCLIDEAN,
    "l2": EUCLIDEAN,
    "manhattan": MANHATTAN,
    "cityblock": MANHATTAN,
    "l1": MANHATTAN,
    "chebyshev": CHEBYSHEV,
    "minkowski": MINKOWSKI,
    "cosine": COSINE,
}
_NAME = ("euclidean", "manhattan", "chebyshev", "minkowski", "cosine")
NAMES = tuple(_NUMBER)
"""What users may call a metric; l2, l1 and cityblock are further names of the first two."""

TILE_VALUES = 1 << 20  # differences made at once by `pairwise`: 8 MiB of float64


@final
@dataclass(frozen=True)
class Metric:
    """A distance: which, and the power p of Minkowski's.

        euclidean   sqrt(sum_d (x_d - y_d)^2)         minkowski   (sum_d |x_d - y_d|^p)^(1/p)
        manhattan   sum_d |x_d - y_d|                 chebyshev   max_d |x_d - y_d|
        cosine      1 - x . y / (|x| |y|), and 1 where a row is zero: it has no direction

    >>> Metric.named("minkowski", 2.0), Metric.named("minkowski", 3.0).true(np.array([8.0]))
    (Metric(number=0, p=2.0), array([2.]))
    """

    number: int
    p: float = 2.0

    @classmethod
    def named(cls, name: str, p: float = 2.0) -> "Metric":
        """The metric of that name; Minkowski's with p = 1, 2 or inf is Manhattan's, Euclid's or Chebyshev's.

        Raises ParameterError for a name that is none.
        """
        if name not in _NUMBER:
            raise ParameterError(f"metric is {name!r}; it must be one of {', '.join(map(repr, NAMES))}.")
        number = _NUMBER[name]
        if number == MINKOWSKI:
            number = {1.0: MANHATTAN, 2.0: EUCLIDEAN, np.inf: CHEBYSHEV}.get(float(p), MINKOWSKI)
        return cls(number, float(p) if number == MINKOWSKI else 2.0)

    @property
    def name(self) -> str:
        """The plain name of what is computed."""
        return _NAME[self.number]

    @property
    def keeps_triangles(self) -> bool:
        """Whether a way round is never shorter, which the bounds of trees rest on."""
        return self.number != COSINE and (self.number != MINKOWSKI or self.p >= 1.0)

    def true(self, reduced: Array) -> Array:
        """Distances from reduced ones."""
        if self.number == EUCLIDEAN:
            return np.sqrt(reduced)
        out: Array = reduced ** (1.0 / self.p) if self.number == MINKOWSKI else reduced
        return out

    def reduced(self, distance: float) -> float:
        """The reduced distance of a true one."""
        if self.number == EUCLIDEAN:
            return distance * distance
        return distance**self.p if self.number == MINKOWSKI else distance

    def prepared(self, X: Array) -> Array:
        """Rows as the search wants them: float64, in one piece, and of length 1 for cosine.   (N, D) -> (N, D)"""
        rows = np.ascontiguousarray(X, np.float64)
        if self.number != COSINE:
            return rows
        largest = np.abs(rows).max(axis=1, keepdims=True)  # divided by first: squares neither over- nor underflow
        rows = rows / np.where(largest > 0, largest, 1.0)
        length = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
        unit: Array = rows / np.where(length > 0, length, 1.0)
        return unit


def pairwise(X: Array, Y: Array, metric: Metric) -> Array:
    """The reduced distance of every row of X from every row of Y, both prepared.   X (N, D), Y (M, D) -> (N, M)

    Made from differences, a tile of rows at a time: exact to rounding, also for rows far from 0.

    >>> pairwise(np.zeros((1, 2)), np.array([[3.0, 4.0]]), Metric.named("euclidean")).tolist()
    [[25.0]]
    """
    out = np.empty((len(X), len(Y)))
    step = max(1, TILE_VALUES // max(Y.size, 1))
    for start in range(0, len(X), step):
        tile = slice(start, start + step)
        if metric.number == COSINE:
            out[tile] = np.maximum(1.0 - X[tile] @ Y.T, 0.0)
            continue
        gap = np.abs(X[tile, None, :] - Y)  # (rows, M, D)
        if metric.number == EUCLIDEAN:
            out[tile] = np.einsum("nmd,nmd->nm", gap, gap)
        elif metric.number == MANHATTAN:
            out[tile] = gap.sum(axis=2)
        elif metric.number == CHEBYSHEV:
            out[tile] = gap.max(axis=2)
        else:
            out[tile] = (gap**metric.p).sum(axis=2)
    return out
