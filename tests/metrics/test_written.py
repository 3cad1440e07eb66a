"""Numbers beside their limits: as many decimals each, and enough of them."""

import re

import numpy as np
import pytest

from pellucid.metrics._written import written


@pytest.mark.parametrize(
    "size", [1e-12, 3e-7, 9.99e-5, 1e-4, 0.0036, 0.0099, 0.01, 0.5, 1.0, 9.4, 12.0, 5e4, 9.9e8, 1e13]
)
def test_an_estimate_near_its_limits_keeps_three_digits_at_least_and_is_read_back(size: float) -> None:
    text = written(size, 0.8 * size, 1.25 * size)
    numbers = [float(part) for part in re.findall(r"[-+.\de]+", text)]
    np.testing.assert_allclose(numbers, [size, 0.8 * size, 1.25 * size], rtol=0.005)
    assert len(text) <= 40


@pytest.mark.parametrize("size", [2e-9, 0.003, 0.7, 300.0, 2e12])
def test_the_three_numbers_have_as_many_decimals(size: float) -> None:
    decimals = [
        len(part.partition(".")[2])
        for part in re.findall(r"\d[.\d]*(?:e[-+]\d+)?", written(size, 0.1 * size, 2 * size))
    ]
    assert len(decimals) == 3 and len(set(decimals)) == 1


def test_zeros_are_written_as_others_are() -> None:
    assert written(0.0, 0.0, 0.0) == "0.0000 [0.0000, 0.0000]"
    assert written(0.0, -0.25, 0.25, "+") == "+0.0000 [-0.2500, +0.2500]"
    assert written(-1e-9, 0.0, 0.5) == "0.0000 [0.0000, 0.5000]"


def test_a_small_difference_keeps_its_digits_on_both_sides_of_0_and_an_r2_does_not() -> None:
    assert written(-2e-5, -6e-5, 1e-5, "+") == "-2.00e-05 [-6.00e-05, +1.00e-05]"
    assert written(-0.0021, -0.0094, 0.0004) == "-0.0021 [-0.0094, 0.0004]"
