"""Resampling: what is drawn, and that both ways of drawing agree."""

import numpy as np
import pytest

from pellucid.metrics._bootstrap import by_pairs, by_rows, limits


def test_every_resample_has_as_many_rows_and_as_many_of_each_stratum() -> None:
    strata = np.array([0, 1, 1, 2, 2, 2, 0, 2])
    seen: list[np.ndarray] = []

    def note(rows: np.ndarray) -> float:
        seen.append(rows)
        return 0.0

    by_rows(note, strata, 8, 50, np.random.default_rng(0))
    assert all(np.bincount(strata[rows]).tolist() == [2, 2, 4] for rows in seen)
    assert len({tuple(rows) for rows in seen}) > 40
    seen.clear()
    by_rows(note, None, 8, 50, np.random.default_rng(0))
    assert all(len(rows) == 8 for rows in seen)
    assert any(np.bincount(strata[rows], minlength=3).tolist() != [2, 2, 4] for rows in seen)


@pytest.mark.parametrize("stratified", [True, False])
def test_pairs_with_counts_are_rows_in_another_coat(stratified: bool) -> None:
    rng = np.random.default_rng(1)
    actual, predicted = rng.integers(3, size=90), rng.integers(3, size=90)

    def share(a: np.ndarray, p: np.ndarray, weight: np.ndarray) -> float:
        assert weight.sum() == 90
        return float(((a == p) & (a == 0)) @ weight / max((p == 0) @ weight, 1))

    def share_of_rows(rows: np.ndarray) -> float:
        return share(actual[rows], predicted[rows], np.ones(90))

    strata = actual if stratified else None
    few, many = np.random.default_rng(2), np.random.default_rng(3)
    pairs = by_pairs(share, actual, predicted, stratified, 4000, few)
    rows = by_rows(share_of_rows, strata, 90, 4000, many)
    assert pairs.mean() == pytest.approx(rows.mean(), abs=0.01)
    assert pairs.std() == pytest.approx(rows.std(), rel=0.05)


def test_the_same_generator_gives_the_same_samples() -> None:
    x = np.arange(10.0)
    one, other = (by_rows(lambda rows: x[rows].mean(), None, 10, 20, np.random.default_rng(7)) for _ in range(2))
    assert (one == other).all()
    assert one.std() == pytest.approx(x.std() / np.sqrt(10), rel=0.4)


def test_without_bias_the_limits_are_the_percentiles() -> None:
    samples = np.random.default_rng(0).normal(size=20_001)
    assert limits(samples, float(np.median(samples)), 0.9) == pytest.approx(
        np.quantile(samples, [0.05, 0.95]), abs=1e-3
    )


def test_samples_beyond_the_estimate_move_both_limits_to_the_other_side() -> None:
    samples = np.random.default_rng(0).normal(size=2001)
    low, high = np.quantile(samples, [0.025, 0.975])
    moved = limits(samples, -0.5, 0.95)
    assert moved[0] < low and moved[1] < high
    for estimate in (-9.0, 9.0):  # all samples on one side: the limits stay among them
        assert (
            samples.min() <= limits(samples, estimate, 0.95)[0] <= limits(samples, estimate, 0.95)[1] <= samples.max()
        )


def test_samples_that_are_all_alike_are_both_limits() -> None:
    assert limits(np.full(100, 0.3), 0.3, 0.95) == (0.3, 0.3)
