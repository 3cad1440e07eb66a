"""Loads and scans, against sums written out in NumPy for every cut."""

from typing import Any

import numpy as np
import pytest

from pellucid.tree._compiled import opened
from pellucid.tree._growth import Growth, _room, _target
from pellucid.tree._split_kernels import (
    load_classes,
    load_moments,
    load_ranks,
    scan_classes,
    scan_moments,
    scan_ranks,
    weighted_middle,
)

CASES: dict[str, tuple[Growth, Any, Any]] = {
    "variance": (Growth("squared_error"), load_moments, scan_moments),
    "gini of three": (Growth("gini", 3), load_classes, scan_classes),
    "entropy": (Growth("entropy", 3), load_classes, scan_classes),
    "deviation": (Growth("absolute_error"), load_ranks, scan_ranks),
}


def impurity(kind: str, y: np.ndarray, w: np.ndarray) -> float:
    """W times the impurity of a side, on the kernels' scale (the entropy in nats)."""
    if kind == "variance":
        return float((w * (y - np.average(y, weights=w)) ** 2).sum())
    if kind == "deviation":
        return min(float((w * np.abs(y - middle)).sum()) for middle in y)
    p = np.bincount(y.astype(int), weights=w, minlength=3) / w.sum()
    own = 1 - (p**2).sum() if kind.startswith("gini") else -(p[p > 0] * np.log(p[p > 0])).sum()
    return float(w.sum() * own)


def problem(seed: int, kind: str, n: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n) if kind in ("variance", "deviation") else rng.integers(3, size=n).astype(float)
    return rng.integers(12, size=n), y, rng.uniform(0.5, 2.0, size=n)


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("n_absent", [0, 5])
@pytest.mark.parametrize("floor", [(1, 1e-300), (6, 9.0)])
@pytest.mark.parametrize("seed", range(5))
def test_the_best_cut_of_a_feature_is_the_best_of_all_cuts(
    kind: str, n_absent: int, floor: tuple[float, float], seed: int
) -> None:
    code, y, w = problem(seed, kind)
    n = len(y)
    growth, *own_kernels = CASES[kind]
    load, scan = map(opened, own_kernels)
    target, room = _target(y, w, growth, n)[0], _room(n)
    value = np.empty(max(growth.n_classes, 1))
    all_w, own, uncut = load(target, np.arange(n, dtype=np.int32), 0, n, value, room)
    np.testing.assert_allclose([all_w, own * all_w], [w.sum(), impurity(kind, y, w)], rtol=1e-12)

    absent, known = np.arange(n_absent), np.arange(n_absent, n)  # rows without a value are on the left
    room.absent[:n_absent] = absent
    room.sums[0] = [n_absent, w[absent].sum(), room.t[absent].sum()]
    room.sums[1] = [n, w.sum(), room.t.sum()]
    order = known[np.argsort(code[known], kind="stable")]
    keys = code[order].astype(np.uint64) << np.uint64(32) | order.astype(np.uint64)
    score, at = scan(target, keys, len(keys), len(keys) - 1, n, n_absent, np.array(floor), 1e-9, room)

    best, wanted = -np.inf, -1
    for i in range(len(order) - 1):
        left = np.isin(np.arange(n), [*absent, *order[: i + 1]])
        sizes = left.sum(), (~left).sum(), w[left].sum(), w[~left].sum()
        if code[order[i]] == code[order[i + 1]] or min(sizes[:2]) < floor[0] or min(sizes[2:]) < floor[1]:
            continue
        fall = impurity(kind, y, w) - impurity(kind, y[left], w[left]) - impurity(kind, y[~left], w[~left])
        if fall > best + 1e-9:
            best, wanted = fall, i
    assert at == wanted
    if wanted >= 0:
        np.testing.assert_allclose(score - uncut, best, atol=1e-9)


@pytest.mark.parametrize("kind", CASES)
def test_no_cut_is_found_where_every_row_has_the_same_value(kind: str) -> None:
    _, y, w = problem(0, kind, n=6)
    growth, *own_kernels = CASES[kind]
    load, scan = map(opened, own_kernels)
    target, room = _target(y, w, growth, 6)[0], _room(6)
    load(target, np.arange(6, dtype=np.int32), 0, 6, np.empty(max(growth.n_classes, 1)), room)
    room.sums[:] = [[0, 0, 0], [6, w.sum(), 0]]
    keys = np.arange(6, dtype=np.uint64)
    assert scan(target, keys, 6, 5, 6, 0, np.array([1.0, 1e-300]), 0.0, room)[1] == -1


def test_the_median_lies_halfway_where_half_the_weight_ends_between_two() -> None:
    keys, y = np.arange(4, dtype=np.uint64), np.array([1.0, 2.0, 4.0, 8.0])
    middle = opened(weighted_middle)
    assert middle(y, np.ones(4), keys, 4) == 3.0
    assert middle(y, np.array([1.0, 1.0, 1.0, 3.0]), keys, 4) == 6.0
    assert middle(y, np.array([0.1, 0.1, 5.0, 0.1]), keys, 4) == 4.0
    assert middle(y, np.array([0.1, 0.2, 0.1, 0.2]), keys, 4) == 3.0  # 0.1 + 0.2 is not 0.3 in binary
