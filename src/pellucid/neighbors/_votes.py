"""What each neighbour counts.

Here: `Weights`, its limit; `neighbour_weights`, for as many neighbours each, and `ragged_weights`, for any number;
`check_idle`, for rows whose neighbours all weigh nothing.
Elsewhere: votes are counted in _classifier.py and _radius_classifier.py, means taken in the regressors.
Imports: numpy, pellucid.base and pellucid.errors.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from pellucid.base import Choice, Kind, Limit, OneOf
from pellucid.base._tables import Array
from pellucid.errors import DataError, ShapeError

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


def ragged_weights(weights: Weights, distance: Array, start: Array) -> Array:
    """As neighbour_weights, where query i has the neighbours start[i] to start[i + 1].   distance (n,) -> (n,)

    A function is called once for each query that has neighbours, on their distances as (1, neighbours).

    >>> ragged_weights("distance", np.array([0.5, 0.0, 2.0]), np.array([0, 1, 1, 3])).tolist()
    [2.0, 1.0, 0.0]
    """
    if weights in (None, "uniform"):
        return np.ones_like(distance)
    if callable(weights):
        near = zip(start[:-1].tolist(), start[1:].tolist(), strict=True)
        parts = [neighbour_weights(weights, distance[None, low:high])[0] for low, high in near if high > low]
        return np.concatenate([np.empty(0), *parts])
    with np.errstate(divide="ignore", over="ignore"):
        inverse = 1.0 / distance
    on_it = np.isinf(inverse)
    query = np.repeat(np.arange(len(start) - 1), np.diff(start))
    found_on_it = np.bincount(query, on_it, len(start) - 1) > 0
    return np.where(found_on_it[query], on_it, inverse)


def check_idle(idle: Array, where: str) -> None:
    """DataError where neighbours were found and none of them counts.   idle (N,) truths

    >>> check_idle(np.array([False, True]), "KNeighborsRegressor")
    Traceback (most recent call last):
    pellucid.errors.DataError: KNeighborsRegressor: all neighbours of 1 rows have weight 0;
    let `weights` give some of them more.
    """
    if idle.any():
        raise DataError(
            f"{where}: all neighbours of {int(idle.sum())} rows have weight 0; let `weights` give some of them more."
        )
