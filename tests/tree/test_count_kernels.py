"""Sums by code, against cuts written out in NumPy."""

from typing import Any

import numpy as np
import pytest

from pellucid.tree._compiled import opened
from pellucid.tree._count_kernels import (
    add_up_classes,
    add_up_moments,
    scan_sums_classes,
    scan_sums_moments,
)
from pellucid.tree._growth import Growth, _room, _target
from pellucid.tree._split_kernels import load_classes, load_moments

CASES: dict[str, tuple[Growth, tuple[Any, Any, Any]]] = {
    "variance": (Growth("squared_error"), (load_moments, add_up_moments, scan_sums_moments)),
    "gini of three": (Growth("gini", 3), (load_classes, add_up_classes, scan_sums_classes)),
    "entropy": (Growth("entropy", 3), (load_classes, add_up_classes, scan_sums_classes)),
}


def risk(kind: str, y: np.ndarray, w: np.ndarray) -> float:
    """W times the impurity, the entropy in nats."""
    if kind == "variance":
        return float((w * (y - np.average(y, weights=w)) ** 2).sum())
    p = np.bincount(y.astype(int), weights=w, minlength=3) / w.sum()
    own = 1 - (p**2).sum() if kind.startswith("gini") else -(p[p > 0] * np.log(p[p > 0])).sum()
    return float(w.sum() * own)


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("n_absent", [0, 7])
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("floor", [(1, 1e-300), (6, 9.0)])
def test_the_best_cut_between_codes_is_the_best_of_all(
    kind: str, n_absent: int, side: int, floor: tuple[float, float]
) -> None:
    if n_absent == 0 and side == 1:
        return
    for seed in range(5):
        rng = np.random.default_rng(seed)
        code = rng.choice([3, 4, 9, 20, 21, 250], size=40).astype(np.uint8)
        code[:n_absent] = 255
        y = rng.normal(size=40) if kind == "variance" else rng.integers(3, size=40).astype(float)
        w = rng.uniform(0.5, 2.0, size=40)
        growth, own = CASES[kind]
        load, add_up, scan = map(opened, own)
        target = _target(y, w, growth, 40)[0]
        room = _room(40, n_classes=growth.n_classes)
        room.counts[:] = 0.0
        _, _, uncut = load(target, np.arange(40, dtype=np.int32), 0, 40, np.empty(max(growth.n_classes, 1)), room)
        add_up(target, code, room)
        low, top = int(code.min()), int(code[code < 255].max())
        score, at, after, n_left = scan(target, low, top, 40, n_absent, side, np.array(floor), 1e-9, room)
        falls = {}
        present = np.unique(code[code < 255]).tolist()
        for last, following in zip(present, [*present[1:], -1], strict=True):
            left = (code <= last) | ((code == 255) & (side == 1))
            counts = min(left.sum(), (~left).sum()) >= floor[0] and min(w[left].sum(), w[~left].sum()) >= floor[1]
            if counts:
                falls[last, following] = (
                    risk(kind, y, w) - risk(kind, y[left], w[left]) - risk(kind, y[~left], w[~left])
                )
        best = max(falls, key=falls.__getitem__)
        assert (at, after) == best
        assert score - uncut == pytest.approx(falls[best], rel=1e-9)
        assert n_left == (code <= at).sum()
