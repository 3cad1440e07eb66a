"""What one cut weighs, against sums written out in NumPy, and against the scan of the same cut."""

import numpy as np
import pytest

from pellucid.tree._columns import NO_VALUE
from pellucid.tree._compiled import opened
from pellucid.tree._growth import Growth, _room, _target
from pellucid.tree._split_kernels import ByteSegments, load_moments, load_ranks, load_segments
from pellucid.tree._weigh_kernels import weigh_bytes, weigh_moments, weigh_ranks, weigh_segments

FLOOR = np.array([1.0, 1e-300])
KINDS = {
    "variance": (Growth("squared_error"), load_moments, weigh_moments),
    "gini": (Growth("gini", 3), load_segments, weigh_segments),
    "entropy": (Growth("entropy", 3), load_segments, weigh_segments),
    "deviation": (Growth("absolute_error"), load_ranks, weigh_ranks),
}


def risk(kind: str, y: np.ndarray, w: np.ndarray) -> float:
    """W times the impurity of a side, on the kernels' scale (the entropy in nats)."""
    if kind == "variance":
        return float((w * (y - np.average(y, weights=w)) ** 2).sum())
    if kind == "deviation":
        return min(float((w * np.abs(y - middle)).sum()) for middle in y)
    p = np.bincount(y.astype(int), weights=w, minlength=3) / w.sum()
    return float(w.sum() * (1 - (p**2).sum() if kind == "gini" else -(p[p > 0] * np.log(p[p > 0])).sum()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("missing_left", [False, True])
@pytest.mark.parametrize("cell_type", [np.uint8, np.int64])
def test_the_score_of_a_cut_is_the_fall_of_the_risk(
    kind: str, counted: bool, missing_left: bool, cell_type: type
) -> None:
    rng = np.random.default_rng(0)
    n = 90
    y = np.sort(rng.integers(3, size=n)) if kind in ("gini", "entropy") else rng.normal(size=n)
    w = np.ones(n) if counted else rng.uniform(0.5, 2.0, n)
    x = rng.integers(10, size=n).astype(cell_type)
    if cell_type is np.int64:
        x[rng.random(n) < 0.2] = NO_VALUE
    growth, *own_kernels = KINDS[kind]
    load, weigh = map(opened, own_kernels)
    target, room = _target(y, w, growth, n, True, counted)[0], _room(n, cell_type)
    value = np.empty(max(growth.n_classes, 1))
    all_w, own, uncut = load(target, np.arange(n, dtype=np.int32), 0, n, value, room)
    np.testing.assert_allclose([all_w, own * all_w], [w.sum(), risk(kind, y, w)], rtol=1e-12)
    for cell in range(9):
        left = (x <= cell) | (missing_left & (x == NO_VALUE))
        score, n_left = weigh(target, x, cell, missing_left, FLOOR, room)
        wanted = risk(kind, y, w) - risk(kind, y[left], w[left]) - risk(kind, y[~left], w[~left])
        assert n_left == left.sum()
        np.testing.assert_allclose(score - uncut, wanted, atol=1e-9)
        assert weigh(target, x, cell, missing_left, np.array([left.sum() + 1.0, 0.1]), room)[0] == -np.inf


def test_the_pieces_of_the_classes_are_found_however_long_they_are() -> None:
    for sizes in ([1], [0, 3], [200, 1, 57], [1, 1, 1], [5, 0, 64]):
        y = np.repeat(np.arange(len(sizes)), sizes)
        growth = Growth("gini", len(sizes))
        target, room = _target(y, np.ones(len(y)), growth, len(y), True, True)[0], _room(len(y))
        value = np.empty(len(sizes))
        opened(load_segments)(target, np.arange(len(y), dtype=np.int32), 0, len(y), value, room)
        np.testing.assert_allclose(value, np.array(sizes) / sum(sizes))
        present = np.flatnonzero(sizes)
        assert target.segment[: len(present) + 1, 0].tolist() == [*present.tolist(), -1]
        assert target.segment[: len(present), 1].tolist() == np.cumsum(sizes)[present].tolist()


@pytest.mark.parametrize(
    "sizes", [(1, 1), (0, 2), (63, 1, 1), (64, 64), (1, 63, 65), (130, 3, 0, 200), (5, 1, 1, 64, 7)]
)
def test_many_rows_that_are_counted_at_once_are_those_that_are_counted_one_by_one(sizes: tuple[int, ...]) -> None:
    y = np.repeat(np.arange(len(sizes)), sizes)
    x = np.random.default_rng(0).integers(4, size=len(y)).astype(np.uint8)
    growth = Growth("gini", len(sizes))
    target, room = _target(y, np.ones(len(y)), growth, len(y), True, True)[0], _room(len(y))
    room.x[0, : len(y)], given = x, room.x[0, : len(y)]
    opened(load_segments)(target, np.arange(len(y), dtype=np.int32), 0, len(y), np.empty(len(sizes)), room)
    for cell in range(4):
        for floor in (FLOOR, np.array([2.0, 1e-300]), np.array([1.0, 3.5])):
            one_by_one = opened(weigh_segments)(target, given, cell, False, floor, room)
            assert opened(weigh_bytes)(ByteSegments(*target), given, cell, False, floor, room) == one_by_one
