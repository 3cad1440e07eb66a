"""k-means, whole and by batches, and DBSCAN beside scikit-learn's: times, ratios, inertia.

    python benchmarks/clusters.py                  all rows, at the sizes of the aims
    python benchmarks/clusters.py --small          a tenth of the rows of each table, to see that it runs
    python benchmarks/clusters.py --only noise     rows whose name holds that word

Ours and the peer's take turns, one thread each; a row shows medians and, of each turn, the median of peer / ours.
"Same steps" begins from the same centres and takes the same number of steps; the others draw their own first centres
and go on until they rest, and show the inertia both came to.  First calls are timed apart and before.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import sklearn.cluster
from sklearn.datasets import make_blobs

from pellucid.cluster import DBSCAN, KMeans, MiniBatchKMeans


@dataclass
class Row:
    """One comparison: what each side does in its turn, and a word on whether the results are alike."""

    name: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    aim: float
    alike: Callable[[Any, Any], str]
    turns: int = 3


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def header() -> str:
    return "\n| work | ours | scikit-learn | ratio | aim | | results |\n| --- | --- | --- | --- | --- | --- | --- |"


def measured(row: Row) -> str:
    quality = row.alike(row.ours(), row.theirs())
    times = [(seconds(row.ours), seconds(row.theirs)) for _ in range(row.turns)]
    own, peer = (statistics.median(side) for side in zip(*times, strict=True))
    ratio = statistics.median(theirs / ours for ours, theirs in times)
    verdict = "met" if ratio >= row.aim else "not met"
    return f"| {row.name} | {own:.4g} s | {peer:.4g} s | {ratio:.2f}x | {row.aim:g}x | {verdict} | {quality} |"


def inertia(ours: Any, theirs: Any) -> str:
    return f"inertia {ours.inertia_:.6g} and {theirs.inertia_:.6g}, steps {ours.n_iter_} and {theirs.n_iter_}"


def mean_inertia(ours: list[Any], theirs: list[Any]) -> str:
    own, peer = (sum(model.inertia_ for model in models) / len(models) for models in (ours, theirs))
    return f"mean inertia {own:.6g} and {peer:.6g}"


def rows(share: float) -> Iterator[Row]:
    n = int(100_000 * share)
    tables = {
        "noise": np.random.default_rng(0).normal(size=(n, 20)),
        "groups": make_blobs(n, 20, centers=30, cluster_std=4.0, random_state=0)[0],
    }
    for name, X in tables.items():
        title = f"KMeans {n} x 20, k = 30, {name}"
        same: dict[str, Any] = {"init": X[:30], "n_init": 1, "tol": 0.0, "max_iter": 30}
        yield Row(
            f"{title}, same steps",
            lambda X=X, same=same: KMeans(30, **same).fit(X),
            lambda X=X, same=same: sklearn.cluster.KMeans(30, **same).fit(X),
            2.0,
            inertia,
        )
        for seed in range(3):
            yield Row(
                f"{title}, own centres, seed {seed}",
                lambda X=X, seed=seed: KMeans(30, random_state=seed).fit(X),
                lambda X=X, seed=seed: sklearn.cluster.KMeans(30, random_state=seed).fit(X),
                2.0,
                inertia,
                turns=1,
            )
        yield Row(
            f"MiniBatchKMeans {n} x 20, k = 30, {name}, same number of batches",
            lambda X=X: MiniBatchKMeans(30, max_iter=3, max_no_improvement=None, random_state=0).fit(X),
            lambda X=X: sklearn.cluster.MiniBatchKMeans(30, max_iter=3, max_no_improvement=None, random_state=0).fit(X),
            1.0,
            inertia,
        )
        yield Row(
            f"MiniBatchKMeans {n} x 20, k = 30, {name}, until it rests, 10 seeds",
            lambda X=X: [MiniBatchKMeans(30, random_state=seed).fit(X) for seed in range(10)],
            lambda X=X: [sklearn.cluster.MiniBatchKMeans(30, random_state=seed).fit(X) for seed in range(10)],
            1.0,
            mean_inertia,
            turns=1,
        )
    Z = make_blobs(n // 4, 3, centers=20, random_state=1)[0]
    yield Row(
        f"DBSCAN {len(Z)} x 3",
        lambda: DBSCAN(0.3).fit_predict(Z),
        lambda: sklearn.cluster.DBSCAN(0.3).fit_predict(Z),
        1.0,
        lambda ours, theirs: "same labels" if np.array_equal(ours, theirs) else "other labels",
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--small", action="store_true", help="a tenth of the rows")
    options.add_argument("--only", default="", help="rows whose name holds this")
    given = options.parse_args()
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, Python {platform.python_version()}\n")
    print("| first fit in this process (compiles, or reads the cache) | time |\n| --- | --- |")
    X = np.random.default_rng(0).normal(size=(200, 5))
    for name in ("lloyd", "hamerly", "elkan"):
        print(f"| {name}, 200 x 5 | {seconds(lambda name=name: KMeans(3, algorithm=name).fit(X)):.2f} s |")
    print(header())
    for row in rows(0.1 if given.small else 1.0):
        if given.only in row.name:
            print(measured(row), flush=True)


if __name__ == "__main__":
    main()
