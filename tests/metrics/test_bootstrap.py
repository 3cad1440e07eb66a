"""Resampling: what is drawn, and that both ways of drawing agree."""

import numpy as np
import pytest

from pellucid.metrics._bootstrap import by_pairs, by_rows


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
