"""Units keep the digits, and what no float holds is refused."""

import numpy as np
import pytest

from pellucid.errors import DataError
from pellucid.tree._units import LARGEST, ORDINARY, check_squares, unit_of


@pytest.mark.parametrize("exponent", [-1073, -700, -65, 65, 700, 1023])
def test_numbers_of_an_odd_size_are_counted_in_the_power_of_two_of_the_largest(exponent: int) -> None:
    numbers = np.array([1.0, -0.25]) * 2.0**exponent
    assert unit_of(numbers) == unit_of(-numbers) == 2.0**exponent
    assert (numbers / unit_of(numbers) * unit_of(numbers) == numbers).all()


def test_ordinary_numbers_and_none_have_the_unit_one() -> None:
    for numbers in ([], [0.0, 0.0], [-3.0, 1e-300], [ORDINARY[0]], [-ORDINARY[1]]):
        assert unit_of(np.array(numbers)) == 1.0


def test_targets_are_refused_where_sums_of_their_squares_could_overflow() -> None:
    check_squares(np.array([LARGEST, -LARGEST, 0.0]), where="t")
    for y in ([2 * LARGEST], [0.0, -1e300]):
        with pytest.raises(DataError, match=r"t: y reaches .*e\+.*; divide y by a common factor"):
            check_squares(np.array(y), where="t")
    assert np.isfinite((2 * LARGEST) ** 2 * ORDINARY[1] * 1e8)
