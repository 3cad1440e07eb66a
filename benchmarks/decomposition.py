"""PCA, TruncatedSVD, GaussianMixture and naive Bayes beside scikit-learn's: times and ratios, one thread each.

    python benchmarks/decomposition.py                 all rows
    python benchmarks/decomposition.py --only PCA      rows whose name holds that word

Both sides take turns in short blocks; both do the same number of steps where there are steps.
"""

import argparse
import os
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import sklearn.decomposition
import sklearn.exceptions
import sklearn.mixture
import sklearn.naive_bayes
from scipy.sparse import random_array
from timing import alternating, machine, table

from pellucid.decomposition import PCA, TruncatedSVD
from pellucid.errors import ConvergenceWarning
from pellucid.mixture import GaussianMixture
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
        yield f"PCA fit, {name}", partial(ours.fit, X), partial(peer.fit, X)
        yield f"PCA transform, {name}", partial(ours.transform, X), partial(peer.transform, X)
    words = random_array((20_000, 5000), density=0.01, format="csr", rng=np.random.default_rng(0))
    svd, peer_svd = TruncatedSVD(50, random_state=0), theirs.TruncatedSVD(50, random_state=0)
    yield "TruncatedSVD fit, sparse 20000 x 5000, 50", lambda: svd.fit(words), lambda: peer_svd.fit(words)


def classes() -> Iterator[Row]:
    X, y = spread(100_000, 20), np.random.default_rng(1).integers(5, size=100_000)
    ours, peer = GaussianNB(), sklearn.naive_bayes.GaussianNB()
    yield "GaussianNB fit, 100000 x 20, 5 classes", lambda: ours.fit(X, y), lambda: peer.fit(X, y)
    yield "GaussianNB predict", lambda: ours.predict(X), lambda: peer.predict(X)
    counts = random_array((20_000, 5000), density=0.01, format="csr", rng=np.random.default_rng(0))
    own, other, few = MultinomialNB(), sklearn.naive_bayes.MultinomialNB(), y[: counts.shape[0]]
    yield "MultinomialNB fit, sparse 20000 x 5000", lambda: own.fit(counts, few), lambda: other.fit(counts, few)
    yield "MultinomialNB predict", lambda: own.predict(counts), lambda: other.predict(counts)


def mixtures() -> Iterator[Row]:
    """Ten steps from the same means."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50_000, 10)) + 2.0 * rng.normal(size=(8, 10))[rng.integers(8, size=50_000)]
    ones = {
        "full": np.tile(np.eye(10), (8, 1, 1)),
        "tied": np.eye(10),
        "diag": np.ones((8, 10)),
        "spherical": np.ones(8),
    }
    for shape, precisions in ones.items():
        given: dict[str, Any] = {"covariance_type": shape, "precisions_init": precisions, "means_init": X[:8]}
        given |= {"weights_init": np.full(8, 1 / 8), "max_iter": 10, "tol": 0.0}
        ours, peer = GaussianMixture(8, **given), sklearn.mixture.GaussianMixture(8, **given)
        yield f"GaussianMixture fit, {shape}, 50000 x 10, 8", partial(ours.fit, X), partial(peer.fit, X)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--only", default="", help="rows whose name holds this")
    only = options.parse_args().only
    for kind in (ConvergenceWarning, sklearn.exceptions.ConvergenceWarning):
        warnings.simplefilter("ignore", kind)  # ten steps are not the end, here and there
    print(machine())
    for family in (components, classes, mixtures):
        for name, ours, peer in family():
            if only in name or only in family.__name__:
                print(table(name, alternating({"ours": ours, "scikit-learn": peer}, ROUNDS), "ours"), flush=True)


if __name__ == "__main__":
    main()
