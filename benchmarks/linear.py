"""Linear models beside scikit-learn's: times, ratios, objectives.

    python benchmarks/linear.py                  all rows, at the sizes of the aims
    python benchmarks/linear.py --small          a tenth of the rows of each table, to see that it runs
    python benchmarks/linear.py --only lasso     rows whose name holds that word

Ours and the peer's take turns, one thread each; a row shows medians and, of each turn, the median of peer / ours, and
what each side's objective came to: a time counts only where ours is no higher.  First calls are timed apart.
"""

import argparse
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import sklearn.linear_model as peer
from sklearn.datasets import make_classification, make_regression

from pellucid.linear_model import Lasso, LogisticRegression, SGDClassifier

MNIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist10k.npz"
SLACK = 1e-6  # of the peer's objective; below is the same objective


@dataclass
class Row:
    """One comparison: what each side does in its turn, and what its model's objective is."""

    name: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    aim: float
    cost: Callable[[Any], float] | None = None
    turns: int = 5


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measured(row: Row) -> str:
    models = row.ours(), row.theirs()
    times = [(seconds(row.ours), seconds(row.theirs)) for _ in range(row.turns)]
    own, theirs = (statistics.median(side) for side in zip(*times, strict=True))
    ratio = statistics.median(b / a for a, b in times)
    costs = tuple(map(row.cost, models)) if row.cost else (0.0, 0.0)
    equal = costs[0] <= costs[1] * (1 + SLACK)
    verdict = "met" if equal and ratio >= row.aim else "not met" if equal else "not met: its objective is higher"
    shown = f"{costs[0]:.8g} | {costs[1]:.8g}" if row.cost else "- | -"
    return f"| {row.name} | {own:.4g} s | {theirs:.4g} s | {ratio:.2f}x | {shown} | {row.aim:g}x | {verdict} |"


def log_cost(X: np.ndarray, y: np.ndarray) -> Callable[[Any], float]:
    def cost(model: Any) -> float:
        own = model.predict_log_proba(X)[np.arange(len(X)), np.searchsorted(model.classes_, y)]
        return float(-own.sum() + 0.5 * (model.coef_**2).sum())

    return cost


def lasso_cost(X: np.ndarray, y: np.ndarray) -> Callable[[Any], float]:
    return lambda model: float(0.5 * ((y - model.predict(X)) ** 2).mean() + np.abs(model.coef_).sum())


def rows(share: float) -> Iterator[Row]:
    if MNIST.exists():
        held = np.load(MNIST)
        X, y = (held[name] for name in held.files[:2])
        X = X.reshape(len(X), -1)[: int(10_000 * share)].astype(np.float64) / 255.0
        y = y[: len(X)]
        one, two = LogisticRegression(tol=7e-4), peer.LogisticRegression(max_iter=1000)
        name = f"logistic, MNIST {len(X)} x 784, 10 classes"
        yield Row(name, lambda: one.fit(X, y), lambda: two.fit(X, y), 3.0, log_cost(X, y), turns=3)
    n = int(100_000 * share)
    A, b = make_classification(n, 50, n_informative=20, random_state=0)
    binary, other = LogisticRegression(tol=1e-3), peer.LogisticRegression()
    yield Row(f"logistic, {n} x 50, 2 classes", lambda: binary.fit(A, b), lambda: other.fit(A, b), 3.0, log_cost(A, b))
    yield Row(
        "logistic, predict_proba of one row (aim: 20 us)",
        lambda: [binary.predict_proba(A[:1]) for _ in range(1000)] and binary,
        lambda: [other.predict_proba(A[:1]) for _ in range(1000)] and other,
        9.0,
    )
    n = int(50_000 * share)
    C, d = make_regression(n, 200, n_informative=20, noise=10.0, random_state=0)
    lasso, peer_lasso = Lasso(), peer.Lasso()
    yield Row(f"lasso, {n} x 200", lambda: lasso.fit(C, d), lambda: peer_lasso.fit(C, d), 1.5, lasso_cost(C, d))
    sgd = SGDClassifier("log_loss", tol=None, max_iter=5, random_state=0)
    peer_sgd = peer.SGDClassifier(loss="log_loss", tol=None, max_iter=5, random_state=0)
    yield Row(f"SGD, 5 epochs, {len(A)} x 50", lambda: sgd.fit(A, b), lambda: peer_sgd.fit(A, b), 1.0)


def first_calls() -> Iterator[str]:
    X, y = make_classification(200, 5, random_state=0)
    for model in (Lasso(0.1), LogisticRegression(), SGDClassifier(random_state=0)):
        yield f"| {type(model).__name__}, 200 x 5 | {seconds(lambda m=model: m.fit(X, y).predict(X)):.2f} s |"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--small", action="store_true", help="a tenth of the rows")
    options.add_argument("--only", default="", help="rows whose name holds this")
    given = options.parse_args()
    warnings.simplefilter("ignore")
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "numba", "scikit-learn")), "\n")
    print("| first fit and predict in this process (compiles, or reads the cache) | time |\n| --- | --- |")
    for line in first_calls():
        print(line)
    print("\n| work | ours | scikit-learn | scikit-learn / ours | our objective | its objective | aim | |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in rows(0.1 if given.small else 1.0):
        if given.only in row.name:
            print(measured(row), flush=True)


if __name__ == "__main__":
    main()
