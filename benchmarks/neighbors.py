"""Nearest neighbours beside scikit-learn's: times, ratios, and whether both find the same rows.

    python benchmarks/neighbors.py                  all rows, at the sizes of the aims
    python benchmarks/neighbors.py --small          a tenth of the rows of each table, to see that it runs
    python benchmarks/neighbors.py --only MNIST     rows whose name holds that word

Ours and the peer's take turns, one thread each; a row shows medians and, of each turn, the median of peer / ours.
A turn is fit and search.  First calls, which compile or read the cache, are timed apart and before.
"""

import argparse
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import sklearn.neighbors
from clusters import Row, header, measured, seconds

from pellucid.neighbors import NearestNeighbors

MNIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist10k.npz"


def row(name: str, X: np.ndarray, Q: np.ndarray, aim: float, **given: Any) -> Row:
    """Five neighbours of each of Q among X, by both."""

    def search(kind: Any) -> np.ndarray:
        return kind(n_neighbors=5, **given).fit(X).kneighbors(Q, return_distance=False)

    def same(ours: np.ndarray, theirs: np.ndarray) -> str:
        return f"same rows: {(ours == theirs).mean():.4%}"

    peer = sklearn.neighbors.NearestNeighbors
    return Row(name, lambda: search(NearestNeighbors), lambda: search(peer), aim, same)


def rows(share: float) -> Iterator[Row]:
    rng = np.random.default_rng(0)
    if MNIST.exists():
        with np.load(MNIST) as held:
            X, Q = (held[name].reshape(10_000, -1).astype(np.float64) for name in ("x_train", "x_test"))
        X, Q = X[: int(10_000 * share)], Q[: int(5_000 * share)]
        yield row(f"brute, MNIST {len(Q)} queries x {len(X)}", X, Q, 1.5, algorithm="brute")
    n = int(200_000 * share)
    X, Q = rng.normal(size=(n, 4)), rng.normal(size=(n, 4))
    yield row(f"KD-tree, {n} x 4, {n} queries", X, Q, 2.0, algorithm="kd_tree")
    n = int(20_000 * share)
    X, Q = rng.normal(size=(n, 10)), rng.normal(size=(n // 4, 10))
    yield row(f"auto, {n} x 10, {n // 4} queries", X, Q, 1.0)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--small", action="store_true", help="a tenth of the rows")
    options.add_argument("--only", default="", help="rows whose name holds this")
    given = options.parse_args()
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, Python {platform.python_version()}\n")
    print("| first fit and search in this process (compiles, or reads the cache) | time |\n| --- | --- |")
    X = np.random.default_rng(0).normal(size=(200, 3))
    for name in ("brute", "kd_tree", "ball_tree"):
        spent = seconds(lambda name=name: NearestNeighbors(algorithm=name).fit(X).kneighbors(X))
        print(f"| {name}, 200 x 3 | {spent:.2f} s |")
    print(header())
    for each in rows(0.1 if given.small else 1.0):
        if given.only in each.name:
            print(measured(each), flush=True)


if __name__ == "__main__":
    main()
