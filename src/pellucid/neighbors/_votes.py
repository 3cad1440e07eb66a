"""What each neighbour counts.

Here: `Weights`, its limit, and `neighbour_weights`.
Elsewhere: votes are counted in _classifier.py, means taken in _regressor.py.
Imports: numpy, pellucid.base and pellucid.errors.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from pellucid.base import Choice, Kind, Limit, OneOf
from pellucid.base._tables import Array
from pellucid.errors import ShapeError

Weights = Literal["uniform", "distance"] | Callable[[Any], Any] | None

WEIGHTS: Limit = OneOf(
    Choice("uniform", "distance", None),
    Kind(Callable, words="a function of distances (N, k) that gives weights (N, k)"),  # type: ignore[arg-type]
    says="what each neighbour counts; distance: 1 / distance",
)


def neighbour_weights(weights: Weights, distance: Array) -> Array:
    """What each neighbour counts.   distance (N, k) -> (N, k)

    By "distance", w = 1 / d; where some neighbours lie on the query (d = 0), these count 1 and the others nothing.
    Raises ShapeError for a function that gives another shape.

    >>> neighbour_weights("distance", np.array([[0.5, 2.0], [0.0, 2.0]])).tolist()
    [[2.0, 0.5], [1.0, 0.0]]
    """
    if weights in (None, "uniform"):
        return np.ones_like(distance)
    if callable(weights):
        given = np.asarray(weights(distance), np.float64)
        if given.shape != distance.shape:
            raise ShapeError(f"weights: the function gave shape {given.shape} for distances of {distance.shape}.")
        return given
    with np.errstate(divide="ignore", over="ignore"):  # beyond 1e308 is as if on it
        inverse = 1.0 / distance
    on_it = np.isinf(inverse)
    return np.where(on_it.any(axis=1, keepdims=True), on_it, inverse)
