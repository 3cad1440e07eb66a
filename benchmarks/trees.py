"""Trees, forests and boosting beside scikit-learn's and LightGBM's: times, ratios, scores.

    python benchmarks/trees.py                  all rows, at the sizes of the aims
    python benchmarks/trees.py --small          a tenth of the rows of each table, to see that it runs
    python benchmarks/trees.py --only forest    rows whose name holds that word

Ours and the peers' take turns, one thread each; a row shows medians and, of each turn, the median of peer / ours.
First calls, which compile or read the cache, are timed apart and before.  Ratios are what counts: absolute times belong
to the machine and to what else it was doing.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import lightgbm
import numpy as np
import sklearn.ensemble
import sklearn.tree
from sklearn.datasets import make_classification

from pellucid.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from pellucid.tree import DecisionTreeClassifier

MNIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist10k.npz"


@dataclass
class Row:
    """One comparison: what each side does in its turn.  aim: peer / ours, or where `seconds` is given our time."""

    name: str
    ours: Callable[[], Any]
    peers: dict[str, Callable[[], Any]]
    aim: float = 0.0
    turns: int = 3
    seconds: float = 0.0
    times: dict[str, list[float]] = field(default_factory=dict)


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measured(row: Row) -> str:
    sides = {"ours": row.ours, **row.peers}
    for work in sides.values():
        work()
    row.times = {name: [] for name in sides}
    for _ in range(row.turns):
        for name, work in sides.items():
            row.times[name].append(seconds(work))
    middle = {name: statistics.median(own) for name, own in row.times.items()}
    ratios = {
        name: statistics.median(peer / own for peer, own in zip(row.times[name], row.times["ours"], strict=True))
        for name in row.peers
    }
    least = min(ratios.values())
    shown = "  ".join(f"{name} {middle[name]:.4g} s, {ratio:.2f}x" for name, ratio in ratios.items())
    met = middle["ours"] <= row.seconds if row.seconds else least >= row.aim
    aim = f"{row.seconds:g} s" if row.seconds else f"{row.aim:g}x"
    return f"| {row.name} | {middle['ours']:.4g} s | {shown} | {aim} | {'met' if met else 'not met'} |"


def forests(X: np.ndarray, y: np.ndarray, table: str, trees: int) -> Iterator[Row]:
    pairs = (
        (RandomForestClassifier, sklearn.ensemble.RandomForestClassifier),
        (ExtraTreesClassifier, sklearn.ensemble.ExtraTreesClassifier),
    )
    for ours, theirs in pairs:
        one, two = ours(trees, random_state=0), theirs(trees, random_state=0)
        name = f"{ours.__name__} {trees} trees, {table}"
        yield Row(f"{name}, fit", lambda one=one: one.fit(X, y), {"scikit-learn": lambda two=two: two.fit(X, y)}, 5.0)
        yield Row(
            f"{name}, predict",
            lambda one=one: one.predict(X),
            {"scikit-learn": lambda two=two: two.predict(X)},
            3.0,
        )


def rows(share: float) -> Iterator[Row]:
    n = int(100_000 * share)
    X, y = make_classification(n, 20, n_informative=10, flip_y=0.05, random_state=0)
    tree, peer = DecisionTreeClassifier(), sklearn.tree.DecisionTreeClassifier(random_state=0)
    yield Row(f"tree, {n} x 20, fit", lambda: tree.fit(X, y), {"scikit-learn": lambda: peer.fit(X, y)}, 5.0)
    binned = DecisionTreeClassifier(max_bins=255)
    yield Row(
        f"tree of 255 bins, {n} x 20, fit",
        lambda: binned.fit(X, y),
        {"scikit-learn, exact": lambda: peer.fit(X, y), "ours, exact": lambda: tree.fit(X, y)},
        1.5,
    )
    t = X[:, 0] + X[:, 1] * X[:, 2]
    many, few = (RandomForestRegressor(3, max_bins=bins, random_state=0) for bins in (None, 255))
    yield Row(
        f"RandomForestRegressor of 255 bins, 3 trees, {n} x 20, fit",
        lambda: few.fit(X, t),
        {"ours, exact": lambda: many.fit(X, t)},
        1.5,
    )
    yield from forests(X, y, f"forest {n} x 20", 10)
    if MNIST.exists():
        held = np.load(MNIST)
        images, digits = (held[name] for name in held.files[:2])
        images = images.reshape(len(images), -1)[: int(10_000 * share)].astype(np.float64)
        yield from forests(images, digits[: len(images)], f"forest MNIST {len(images)} x 784", 10)
    n = int(300_000 * share)
    A, b = make_classification(n, 30, n_informative=12, flip_y=0.03, random_state=0)
    boost = HistGradientBoostingClassifier(max_iter=100)
    theirs = sklearn.ensemble.HistGradientBoostingClassifier(max_iter=100, early_stopping=False)
    light = lightgbm.LGBMClassifier(n_estimators=100, n_jobs=1, verbose=-1)
    yield Row(
        f"boosting {n} x 30, 100 trees, fit",
        lambda: boost.fit(A, b),
        {"scikit-learn": lambda: theirs.fit(A, b), "LightGBM": lambda: light.fit(A, b)},
        1.2,
    )
    yield Row(
        f"boosting {n} x 30, 100 trees, predict_proba",
        lambda: boost.predict_proba(A),
        {"scikit-learn": lambda: theirs.predict_proba(A), "LightGBM": lambda: light.booster_.predict(A, num_threads=1)},
        2.0,
    )
    forest = RandomForestClassifier(100, random_state=0).fit(X[:10_000], y[:10_000])
    peer_forest = sklearn.ensemble.RandomForestClassifier(100, random_state=0).fit(X[:10_000], y[:10_000])
    yield Row(
        "forest of 100 trees, one row, predict_proba",
        lambda: forest.predict_proba(X[:1]),
        {"scikit-learn": lambda: peer_forest.predict_proba(X[:1])},
        turns=20,
        seconds=100e-6,
    )


def first_calls() -> Iterator[str]:
    X, y = make_classification(200, 5, random_state=0)
    for kind in (DecisionTreeClassifier, RandomForestClassifier, HistGradientBoostingClassifier):
        model = kind()
        yield f"| {kind.__name__}, 200 x 5 | {seconds(lambda m=model: m.fit(X, y).predict(X)):.2f} s |"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--small", action="store_true", help="a tenth of the rows")
    options.add_argument("--only", default="", help="rows whose name holds this")
    given = options.parse_args()
    names = ("pellucid", "numpy", "numba", "scikit-learn", "lightgbm")
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, Python {platform.python_version()}")
    print(", ".join(f"{name} {_version(name)}" for name in names), "\n")
    print("| first fit and predict in this process (compiles, or reads the cache) | time |\n| --- | --- |")
    for line in first_calls():
        print(line)
    print("\n| work | ours | peers: time, peer / ours | aim | |\n| --- | --- | --- | --- | --- |")
    for row in rows(0.1 if given.small else 1.0):
        if given.only in row.name:
            print(measured(row), flush=True)


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return "from source"


if __name__ == "__main__":
    main()
