"""1000 bootstrap resamples of a metric beside a loop over scikit-learn's function.

    python benchmarks/bootstrap.py                100,000 rows
    python benchmarks/bootstrap.py --rows 10000   other numbers
    python benchmarks/bootstrap.py --only roc     metrics whose name holds that word

Ours draws all 1000 resamples in one turn, with its interval; the peer's turn is 10 resamples of its loop, times 100.
Three turns each, in alternation; medians.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import sklearn.metrics

from pellucid.metrics import METRICS, interval

RESAMPLES = 1000
LOOP = 10  # resamples of scikit-learn's loop a turn
TURNS = 3
AIMS = {"roc_auc_score": 20.0}  # times; of the others only the ratio is shown
NAMES = (
    *("roc_auc_score", "average_precision_score", "accuracy_score", "f1_score", "log_loss"),
    *("mean_absolute_error", "r2_score"),
)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def row(name: str, n: int) -> str:
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=n)
    score = 1 / (1 + np.exp(-rng.normal(size=n) - y))
    prediction = (score > 0.6).astype(int) if METRICS[name].needs == "labels" else score
    if METRICS[name].needs == "numbers":
        y, prediction = rng.normal(size=n) + score, score
    function = getattr(sklearn.metrics, name)

    def ours() -> None:
        interval(name, y, prediction, method="bias-corrected", n_resamples=RESAMPLES)

    def theirs() -> None:
        for _ in range(LOOP):
            drawn = rng.integers(n, size=n)
            function(y[drawn], prediction[drawn])

    theirs()
    times = [(seconds(ours), seconds(theirs) * RESAMPLES / LOOP) for _ in range(TURNS)]
    own, peer = (statistics.median(side) for side in zip(*times, strict=True))
    ratio = statistics.median(theirs / ours for ours, theirs in times)
    aim = AIMS.get(name)
    verdict = "" if aim is None else f"{aim:g}x: {'met' if ratio >= aim else 'not met'}"
    return f"| {name}, {n} rows | {own:.3g} s | {peer:.3g} s | {ratio:.1f}x | {verdict} |"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--only", default="", help="metrics whose name holds this")
    given = options.parse_args()
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, scikit-learn {version('scikit-learn')}")
    print(f"| {RESAMPLES} resamples | ours | scikit-learn in a loop | ratio | aim |\n| --- | --- | --- | --- | --- |")
    for name in NAMES:
        if given.only in name:
            print(row(name, given.rows), flush=True)


if __name__ == "__main__":
    main()
