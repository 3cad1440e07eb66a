"""Metrics beside scikit-learn's on a million rows.

    python benchmarks/metrics.py            1,000,000 rows, the size of the aims
    python benchmarks/metrics.py 100000     another number of rows

Both get the same arrays and check them as they do for any caller; the numbers are compared before the clock starts.
Metrics do not load Numba, but where a model has done so they use it: those that sort come once more after that.
"""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import sklearn.metrics
from timing import alternating, machine, table

import pellucid.metrics

AIM = 4.0  # times scikit-learn's speed, for the first five; the others are shown for comparison
ROUNDS = 7
SORTING = ("roc_auc_score", "average_precision_score")

Case = tuple[str, str, tuple[Any, ...], dict[str, Any]]


def cases(n: int) -> list[Case]:
    """Title, metric, what it is given."""
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=n)
    share = 1 / (1 + np.exp(-rng.normal(size=n) - y))
    label, logit = (share > 0.5).astype(int), np.log(share / (1 - share))
    many = rng.integers(10, size=n)
    guess = np.where(rng.random(n) < 0.7, many, rng.integers(10, size=n))
    words, weight = np.array(["no", "yes"]), rng.random(n)
    few = rng.normal(size=(min(n, 5_000), 10))
    return [
        ("ROC-AUC", "roc_auc_score", (y, share), {}),
        ("average precision", "average_precision_score", (y, share), {}),
        ("confusion matrix, 10 classes", "confusion_matrix", (many, guess), {}),
        ("F1", "f1_score", (y, label), {}),
        ("log loss", "log_loss", (y, share), {}),
        ("ROC-AUC, scores of both signs", "roc_auc_score", (y, logit), {}),
        ("ROC-AUC, float32", "roc_auc_score", (y, share.astype(np.float32)), {}),
        ("ROC-AUC, weighted", "roc_auc_score", (y, share), {"sample_weight": weight}),
        ("F1, weighted", "f1_score", (y, label), {"sample_weight": weight}),
        ("F1, words", "f1_score", (words[y], words[label]), {"pos_label": "yes"}),
        ("accuracy", "accuracy_score", (many, guess), {}),
        ("mean squared error", "mean_squared_error", (logit, share), {}),
        ("adjusted Rand index", "adjusted_rand_score", (many, guess), {}),
        ("silhouette, 5,000 x 10", "silhouette_score", (few, np.arange(len(few)) % 8), {}),
        ("ROC-AUC, 100 rows", "roc_auc_score", (y[:100], share[:100]), {}),
        ("F1, 100 rows", "f1_score", (y[:100], label[:100]), {}),
    ]


def call(package: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Callable[[], object]:
    metric = getattr(package, name)
    return lambda: metric(*args, **options)


def main(n: int) -> None:
    print(f"{machine()}, NumPy {np.__version__}, scikit-learn {version('scikit-learn')}, {n:,} rows, 1 thread")
    known = cases(n)
    sorting = [(f"{title}, Numba loaded", *rest) for title, *rest in known if rest[0] in SORTING]
    for place, (title, name, args, options) in enumerate(known + sorting):
        if place == len(known):
            import_module("numba")
        ours, theirs = call(pellucid.metrics, name, args, options), call(sklearn.metrics, name, args, options)
        np.testing.assert_allclose(ours(), theirs(), rtol=1e-9)
        seconds = alternating({"pellucid": ours, "scikit-learn": theirs}, rounds=ROUNDS)
        aim = f" (aim: {AIM:g}x scikit-learn's speed)" if place < 5 else ""
        print(table(f"{title}{aim}", seconds, "pellucid"), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
