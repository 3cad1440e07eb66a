"""The closest rising step function.

Here: `isotonic_regression`, pure; `Isotonic`, a map from scores to probabilities learned by it.
Elsewhere: who uses it to calibrate is in _calibrated_classifier.py.
Imports: numpy, pellucid.base, pellucid.errors and pellucid.persistence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.errors import DataError, ModelFileError, ShapeError
from pellucid.persistence import register


def isotonic_regression(y: Array, sample_weight: Array | None = None, *, increasing: bool = True) -> Array:
    """The rising sequence closest to y in squares.

        argmin_f  sum_i w_i (y_i - f_i)^2    with  f_1 <= f_2 <= ... <= f_N    (>= where not `increasing`)

    y (N,), sample_weight (N,) above zero, None: all one -> f (N,).  Pool adjacent violators: each entry begins as a
    block, and a block that lies not above the one before it is merged with it into their mean; N steps in all.
    Raises ShapeError where y is not (N,), or there is not one weight for each entry; DataError for other weights, and
    where y is not finite.

    Source: Barlow, Bartholomew, Bremner and Brunk, Statistical Inference under Order Restrictions, 1972.

    >>> isotonic_regression(np.array([1.0, 3.0, 2.0, 4.0])).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    weight = np.ones(np.shape(y)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if np.ndim(y) != 1 or weight.shape != np.shape(y):
        raise ShapeError(
            f"isotonic_regression: y has shape {np.shape(y)}, sample_weight {weight.shape}; give (N,) and as many."
        )
    values = np.asarray(y, dtype=np.float64)
    for name, given, good in ("y", values, values > -np.inf), ("sample_weight", weight, weight > 0.0):
        if not (good & (given < np.inf)).all():
            i = int((good & (given < np.inf)).argmin())
            raise DataError(
                f"isotonic_regression: {name} is {given[i]:g} in entry {i}; y is finite, and weights lie above zero: "
                "leave out entries that do not count."
            )
    sign = 1.0 if increasing else -1.0
    mean: list[float] = []
    total: list[float] = []
    size: list[int] = []
    for value, w in zip((sign * values).tolist(), weight.tolist(), strict=True):
        n = 1
        while mean and mean[-1] >= value:
            before, w_before = mean.pop(), total.pop()
            value = (w_before * before + w * value) / (w_before + w)
            w += w_before
            n += size.pop()
        mean.append(value)
        total.append(w)
        size.append(n)
    return sign * np.repeat(np.array(mean), size)


@register("calibration.Isotonic")
@final
@dataclass(frozen=True)
class Isotonic:
    """A rising map from scores to probabilities: straight between knots, flat before the first and after the last.

    x (M,) rising scores, y (M,) probabilities at them.  Raises ModelFileError for knots that make no such map.

    >>> Isotonic(np.array([0.0, 1.0]), np.array([0.2, 0.6])).predict(np.array([-1.0, 0.5, 2.0])).tolist()
    [0.2, 0.4, 0.6]
    """

    x: Array
    y: Array

    def __post_init__(self) -> None:
        rises = np.shape(self.x) == np.shape(self.y) and np.ndim(self.x) == 1 and len(self.x) > 0
        if not rises or (np.diff(self.x) <= 0).any() or (np.diff(self.y) < 0).any():
            raise ModelFileError("Isotonic: x and y are not knots (M,) of a rising map.")

    @classmethod
    def learned(cls, scores: Array, positive: Array, weights: Array | None) -> Self:
        """The map closest to the labels.   scores (N,), positive (N,) 0 or 1, weights (N,) or None

        Rows with the same score get one probability; knots within a flat piece are left out.
        """
        w = np.ones(len(scores)) if weights is None else weights
        x, place = np.unique(scores, return_inverse=True)
        weight = np.bincount(place, w)
        y = isotonic_regression(np.bincount(place, w * positive) / weight, weight)
        inner = np.zeros(len(y), bool)
        inner[1:-1] = (y[1:-1] == y[:-2]) & (y[1:-1] == y[2:])
        return cls(x[~inner], y[~inner])

    def predict(self, scores: Array) -> Array:
        """Probabilities.   (N,) -> (N,)"""
        return np.interp(scores, self.x, self.y)

    def to_record(self) -> dict[str, Any]:
        """Its knots."""
        return {"x": self.x, "y": self.y}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The map of these knots."""
        return cls(np.asarray(record["x"], dtype=np.float64), np.asarray(record["y"], dtype=np.float64))
