"""Steps: the sorted words are held to counting, threshold by threshold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.metrics._steps import steps

FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 1.7e308, -1.7e308]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-2, 2).map(float),
)


def by_counting(positive: np.ndarray, score: np.ndarray, weight: np.ndarray) -> list[list[float]]:
    """The definition: for each distinct score, falling, the weight of each label at or above it."""
    threshold = sorted({float(v) for v, w in zip(score, weight, strict=True) if w}, reverse=True)
    true = [float(weight[positive & (score >= t)].sum()) for t in threshold]
    return [threshold, true, [float(weight[~positive & (score >= t)].sum()) for t in threshold]]


@given(st.lists(st.tuples(st.booleans(), FLOATS), min_size=1, max_size=40))
def test_each_step_counts_what_its_threshold_admits(rows: list[tuple[bool, float]]) -> None:
    positive, score = np.array([p for p, _ in rows]), np.array([s for _, s in rows])
    one = np.ones(len(rows))
    expected = by_counting(positive, score, one)
    assert [part.tolist() for part in steps(positive, score, None)] == expected
    assert [part.tolist() for part in steps(positive, score, one)] == expected


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("shift", [0.0, 0.5, 9.0])
def test_many_rows_with_ties_are_counted_alike_in_both_kinds_of_float(kind: type, shift: float) -> None:
    rng = np.random.default_rng(0)
    positive, score = rng.random(3000) < 0.3, (np.round(rng.normal(size=3000), 2) + shift).astype(kind)
    found = steps(positive, score, None)
    assert [part.tolist() for part in found] == by_counting(positive, score, np.ones(3000))
    assert found.threshold.dtype == kind


def test_a_row_that_weighs_nothing_adds_no_threshold() -> None:
    found = steps(np.array([True, False, True]), np.array([3.0, 2.0, 1.0]), np.array([1.0, 0.0, 0.5]))
    assert [part.tolist() for part in found] == [[3.0, 1.0], [1.0, 1.5], [0.0, 0.0]]


def test_the_callers_scores_are_left_as_they_were() -> None:
    score = np.array([0.5, -0.0, -2.0])
    steps(np.array([True, False, True]), score, None)
    assert score.tolist() == [0.5, 0.0, -2.0] and np.signbit(score[1])
