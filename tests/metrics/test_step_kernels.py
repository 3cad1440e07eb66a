"""The compiled loops are held to the NumPy ones, bit by bit."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from pellucid.metrics import _steps
from pellucid.metrics._step_kernels import SPREAD, tally

Array = np.ndarray[Any, Any]

FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-45, -1e-45, 3.4e38, -3.4e38]),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.integers(-2, 2).map(float),
)
ROWS = st.lists(st.tuples(st.booleans(), FLOATS, st.floats(1e-300, 1e300)), min_size=1, max_size=60)


def assert_same_bits(positive: Array, score: Array, weight: Array) -> None:
    for found, expected in (
        (_steps._by_kernel(positive, score, None), _steps._counted(positive, score)),
        (_steps._by_kernel(positive, score, weight), _steps._weighed(positive, score, weight)),
    ):
        for part, other in zip(found, expected, strict=True):
            assert part.dtype == other.dtype and part.tobytes() == other.tobytes()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@settings(deadline=None)  # the first call compiles
@given(rows=ROWS)
def test_few_rows_give_the_same_bits(kind: type, rows: list[tuple[bool, float, float]]) -> None:
    positive, score, weight = (np.array(part) for part in zip(*rows, strict=True))
    assert_same_bits(positive, score.astype(kind), weight)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("shift", [0.0, 9.0, -9.0])
@pytest.mark.parametrize("decimals", [0, 2, 15])
def test_many_rows_give_the_same_bits(decimals: int, shift: float, kind: type) -> None:
    rng = np.random.default_rng(0)
    score = (np.round(rng.normal(size=20_000), decimals) + shift).astype(kind)
    assert_same_bits(rng.random(20_000) < 0.3, score, rng.random(20_000) + 1e-3)


def test_digits_that_are_the_same_in_all_rows_are_passed_over() -> None:
    rng = np.random.default_rng(0)
    for lowest in (0, 24, 48):  # bits
        score = ((1 << 62) + (np.arange(300, dtype=np.uint64) % 90 << np.uint64(lowest))).view(np.float64)
        rng.shuffle(score)
        assert_same_bits(rng.random(300) < 0.5, score, rng.random(300) + 1e-3)


def test_columns_of_a_table_and_arrays_that_are_read_only_are_taken() -> None:
    rng = np.random.default_rng(0)
    table, positive = rng.normal(size=(2000, 2)), rng.random(2000) < 0.5
    table.flags.writeable = positive.flags.writeable = False
    assert_same_bits(positive, table[:, 0], table[:, 1] ** 2)


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
def test_rows_of_one_score_share_a_cell(kind: type) -> None:
    minus_zero = 1 << (8 * np.dtype(kind).itemsize - 1)
    bits = np.array([7, 0, 7, 9, minus_zero, 7], kind)
    cells = np.zeros((6, 2), np.uint64)
    assert tally(np.array([True, True, False, False, False, True]), bits, cells)
    known = {int(score): (int(rows) & 0xFFFFFFFF, int(rows) >> 32) for score, rows in cells if rows}
    assert known == {7: (3, 2), 0: (2, 1), 9: (1, 0)}


def test_more_scores_than_half_of_the_cells_are_not_tallied() -> None:
    for distinct in (8, 9):
        bits = np.arange(64, dtype=np.uint64) % np.uint64(distinct)
        assert tally(np.zeros(64, bool), bits, np.zeros((16, 2), np.uint64)) == (distinct == 8)


def test_scores_that_all_fall_on_one_cell_are_given_up_early() -> None:
    inverse = pow(int(SPREAD), -1, 1 << 64)
    bits = np.array([k * inverse % (1 << 64) for k in range(1000)], np.uint64)  # times SPREAD they are 0, 1, 2, ...
    assert not tally(np.zeros(1000, bool), bits, np.zeros((4096, 2), np.uint64))
