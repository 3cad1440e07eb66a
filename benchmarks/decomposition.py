"""PCA, TruncatedSVD, GaussianMixture and naive Bayes beside scikit-learn's: times and ratios, one thread each.

    python benchmarks/decomposition.py                 all rows
    python benchmarks/decomposition.py --only PCA      rows whose name holds that word

Both sides take turns in short blocks; both do the same number of steps where there are steps.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import sklearn.decomposition
import sklearn.naive_bayes
from scipy.sparse import random_array
from timing import alternating, machine, table

from pellucid.decomposition import PCA, TruncatedSVD
from pellucid.naive_bayes import GaussianNB, MultinomialNB

MNIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist10k.npz"
ROUNDS = 5

Row = tuple[str, Callable[[], Any], Callable[[], Any]]


def spread(n_rows: int, n_features: int) -> np.ndarray:
    """Rows whose variances fall from feature to feature, turned."""
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(n_features, n_features)))[0]
    return rng.normal(size=(n_rows, n_features)) * np.geomspace(10, 0.1, n_features) @ turn + 1.0


def components() -> Iterator[Row]:
    theirs = sklearn.decomposition
    cases: list[tuple[str, np.ndarray, dict[str, Any]]] = [
        ("100000 x 50, all", spread(100_000, 50), {}),
        ("20000 x 300, 20 of them", spread(20_000, 300), {"n_components": 20}),
        ("1000 x 400, full", spread(1000, 400), {"svd_solver": "full"}),
        ("2000 x 2000, 20, randomized", spread(2000, 2000), {"n_components": 20, "random_state": 0}),
    ]
    if MNIST.exists():
        held = np.load(MNIST)
        images = held[held.files[0]].reshape(10_000, -1).astype(np.float64)
        cases.append(("MNIST 10000 x 784, 50", images, {"n_components": 50}))
    for name, X, given in cases:
        ours, peer = PCA(**given), theirs.PCA(**given)
        yield f"PCA fit, {name}", lambda: ours.fit(X), lambda: peer.fit(X)
        yield f"PCA transform, {name}", lambda: ours.transform(X), lambda: peer.transform(X)
    words = random_array((20_000, 5000), density=0.01, format="csr", rng=np.random.default_rng(0))
    svd, peer_svd = TruncatedSVD(50, random_state=0), theirs.TruncatedSVD(50, random_state=0)
    yield "TruncatedSVD fit, sparse 20000 x 5000, 50", lambda: svd.fit(words), lambda: peer_svd.fit(words)


def classes() -> Iterator[Row]:
    X, y = spread(100_000, 20), np.random.default_rng(1).integers(5, size=100_000)
    ours, peer = GaussianNB(), sklearn.naive_bayes.GaussianNB()
    yield "GaussianNB fit, 100000 x 20, 5 classes", lambda: ours.fit(X, y), lambda: peer.fit(X, y)
    yield "GaussianNB predict", lambda: ours.predict(X), lambda: peer.predict(X)
    counts = random_array((20_000, 5000), density=0.01, format="csr", rng=np.random.default_rng(0))
    own, other = MultinomialNB(), sklearn.naive_bayes.MultinomialNB()
    yield (
        "MultinomialNB fit, sparse 20000 x 5000",
        lambda: own.fit(counts, y[:20_000]),
        lambda: other.fit(counts, y[:20_000]),
    )
    yield "MultinomialNB predict", lambda: own.predict(counts), lambda: other.predict(counts)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--only", default="", help="rows whose name holds this")
    only = options.parse_args().only
    print(machine())
    for family in (components, classes):
        for name, ours, peer in family():
            if only in name or only in family.__name__:
                print(table(name, alternating({"ours": ours, "scikit-learn": peer}, ROUNDS), "ours"), flush=True)


if __name__ == "__main__":
    main()
