"""Steps: the sorted words are held to counting, threshold by threshold."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.metrics import _steps
from pellucid.metrics._steps import COLD_ROWS, LOADED_ROWS, steps

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


@pytest.mark.parametrize("weighs", [True, False])
def test_where_numba_is_loaded_many_rows_are_counted_by_compiled_code(
    weighs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba")
    rng, calls, by_kernel = np.random.default_rng(0), [], _steps._by_kernel
    monkeypatch.setattr(_steps, "_by_kernel", lambda *rows: calls.append(1) or by_kernel(*rows))
    for n, compiled in ((LOADED_ROWS - 1, False), (LOADED_ROWS, True)):
        positive, score = rng.random(n) < 0.3, rng.normal(size=n)
        weight = rng.random(n) + 1e-3 if weighs else None
        found = steps(positive, score, weight)
        assert len(calls) == compiled
        expected = _steps._counted(positive, score) if weight is None else _steps._weighed(positive, score, weight)
        assert [part.tobytes() for part in found] == [part.tobytes() for part in expected]


def test_numba_is_loaded_for_very_many_weighted_rows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.delitem(sys.modules, "numba")
    asked = [(COLD_ROWS - 1, True), (COLD_ROWS, True), (COLD_ROWS, False)]
    assert [_steps._is_compiled(*rows) for rows in asked] == [False, True, False]
    monkeypatch.setattr(_steps, "find_spec", lambda name: None)
    assert not _steps._is_compiled(COLD_ROWS, True)


def test_a_metric_alone_does_not_load_numba() -> None:
    code = """
import sys
import numpy as np
from pellucid.metrics import average_precision_score, roc_auc_score
y, score = np.arange(200_000) % 2, np.arange(200_000) % 1009 / 1009
roc_auc_score(y, score, sample_weight=score + 1), average_precision_score(y, score)
sys.exit("numba" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_threshold_of_tied_zeros_is_plus_zero() -> None:
    for weight in (None, np.ones(2)):
        for score in ([0.0, -0.0], [-0.0, 0.0], [-0.0, -0.0]):
            assert not np.signbit(steps(np.array([True, False]), np.array(score), weight).threshold).any()
