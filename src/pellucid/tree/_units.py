"""The sizes of numbers that trees can take: what is squared and summed must fit into a float.

Here: `unit_of`, in which weights and targets are counted while a tree grows; `check_squares`, for targets whose squares
no float holds.
Elsewhere: growth divides by the unit in _growth.py.
Imports: numpy, pellucid.base and pellucid.errors.
"""

import math

import numpy as np

from pellucid.base._tables import Array
from pellucid.errors import DataError

ORDINARY = 2.0**-64, 2.0**64
"""What the largest of many numbers may be without a unit: weights times targets are squared, 2^256, in sums of 2^31."""
LARGEST = 1e140  # of a target: 4e280 is the square of a difference, times weights up to 2^64, in sums of 2^31 rows


def unit_of(numbers: Array) -> float:
    """1 for numbers of ordinary size; else a power of two as large as the largest.   numbers (*) -> a number > 0

    Divided by a power of two, all numbers keep their digits, and what is made of them is the same but for this unit.

    >>> unit_of(np.array([0.5, 3.0])), unit_of(np.array([-3e200, 0.0])) == 2.0**665
    (1.0, True)
    """
    largest = max(float(numbers.max(initial=0.0)), -float(numbers.min(initial=0.0)))
    if largest == 0.0 or ORDINARY[0] <= largest <= ORDINARY[1]:
        return 1.0
    return math.ldexp(1.0, math.frexp(largest)[1] - 1)


def check_squares(y: Array, *, where: str) -> None:
    """Raise DataError where the squares of targets (N,) are too large to be summed."""
    largest = float(np.abs(y).max(initial=0.0))
    if largest > LARGEST:
        raise DataError(
            f"{where}: y reaches {largest:.3g}, and sums of squares are finite up to targets of {LARGEST:g}; divide y "
            "by a common factor, and multiply what is predicted by it."
        )
