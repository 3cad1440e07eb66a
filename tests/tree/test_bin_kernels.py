"""The bin of each cell, against NumPy's search, and bins of sorted values, against a walk in Python."""

import numpy as np
import pytest

from pellucid.tree._bin_kernels import BLOCK_ROWS, MISSING, cut_into_bins, find_bins


@pytest.mark.parametrize("size", [0, 1, 2, 3, 127, 128, 129, 254])
@pytest.mark.parametrize("n", [1, BLOCK_ROWS, BLOCK_ROWS + 3])
def test_a_bin_counts_the_ends_below(size: int, n: int) -> None:
    rng = np.random.default_rng(size)
    ends = np.full((2, 255), np.inf)
    ends[:, :size] = np.sort(rng.normal(size=(2, size)), axis=1)
    table = rng.normal(size=(n, 3))
    table[rng.random(table.shape) < 0.1] = np.nan
    if size:
        table[0, 2], table[-1, 0] = ends[0, -1 - 255 + size], np.inf
        table[n // 2, 0] = ends[1, size // 2]
    out = np.full((3, n), 7, np.uint8)
    middle = n // 3
    for begin, end in ((0, middle), (middle, n)):
        find_bins(table, ends, np.array([2, 0]), begin, end, out)
    for j, f in enumerate((2, 0)):
        wanted = np.searchsorted(ends[j, :size], table[:, f], side="left")
        np.testing.assert_array_equal(out[f], np.where(np.isnan(table[:, f]), MISSING, wanted))
    assert (out[1] == 7).all()


def walk(values: np.ndarray, mass: np.ndarray, max_bins: int) -> list[list[float]]:
    """The values of each bin."""
    bins: list[list[float]] = []
    left = mass.sum()
    at = 0
    while at < len(values):
        goal = left / (max_bins - len(bins))
        options = range(at + 1, len(values) + 1)
        end = min(options, key=lambda end: (abs(mass[at:end].sum() - goal), -end))
        if len(bins) == max_bins - 1:
            end = len(values)
        bins.append(values[at:end].tolist())
        left -= mass[at:end].sum()
        at = end
    return bins


@pytest.mark.parametrize("weighs", [False, True])
@pytest.mark.parametrize("max_bins", [2, 5, 30])
@pytest.mark.parametrize("seed", range(3))
def test_a_bin_ends_with_the_value_that_brings_it_nearest_to_its_part_of_what_is_left(
    seed: int, max_bins: int, weighs: bool
) -> None:
    rng = np.random.default_rng(seed)
    x = np.sort(np.round(rng.normal(size=400) ** 3, 1))
    weight = rng.uniform(0.5, 2.0, 400) if weighs else np.empty(0)
    values, place = np.unique(x, return_inverse=True)
    mass = np.bincount(place, weights=weight if weighs else None)
    lowest, highest = np.empty((2, 255))
    size = cut_into_bins(x, weight, max_bins, lowest, highest)
    wanted = walk(values, mass, max_bins)
    np.testing.assert_array_equal(lowest[:size], [bin[0] for bin in wanted])
    np.testing.assert_array_equal(highest[:size], [bin[-1] for bin in wanted])


def test_few_values_have_a_bin_each() -> None:
    lowest, highest = np.empty((2, 4))
    assert cut_into_bins(np.array([1.0, 1.0, 2.0, 5.0]), np.empty(0), 3, lowest, highest) == 3
    assert lowest[:3].tolist() == highest[:3].tolist() == [1.0, 2.0, 5.0]
    assert cut_into_bins(np.empty(0), np.empty(0), 3, lowest, highest) == 0
