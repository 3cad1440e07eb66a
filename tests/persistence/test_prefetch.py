"""Memory that is asked for is read as it is, and asking for it changes nothing."""

import numpy as np
import pytest
from numba import njit

from pellucid.persistence._prefetch import fetch


@njit
def _read(numbers: np.ndarray, places: np.ndarray, ahead: int) -> list[float]:
    out = []
    for j in range(len(places)):
        fetch(numbers, places[(j + ahead) % len(places)])
        out.append(numbers.ravel()[places[j]])
    return out


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32, np.uint8])
def test_numbers_asked_for_ahead_are_read_as_they_are(dtype: type) -> None:
    rng = np.random.default_rng(0)
    numbers, places = rng.integers(0, 100, (40, 30)).astype(dtype), rng.permutation(1200)
    before = numbers.copy()
    assert _read(numbers, places, 5) == numbers.ravel()[places].tolist()
    np.testing.assert_array_equal(numbers, before)
