"""How the time and the memory of a fit grow with the number of rows: power laws from 1e3 to 1e6 rows of 20 columns.

    python benchmarks/growth.py                    every row
    python benchmarks/growth.py --only Forest      rows whose name holds that word
    python benchmarks/growth.py --most 100000      no more rows than that

Each number of rows gets a process of its own, which first does the same work on a thirtieth of the rows (imports,
compiled kernels), then makes the data, notes what memory it holds, and works.  Times are processor seconds, the least
of up to five repetitions while those are short, on one thread; memory is the most that the process holds above what it
held with the data loaded.

t = a n^b is fitted by least squares to the sizes from 1e4 rows on, smaller ones are ruled by the fixed cost of a call.
A tree grown to its end takes n log^2 n, which shows as b = 1.18 there, and tables that outgrow the caches add up to
0.1; "near-linear" is b up to 1.3.  All sizes of a row but the first may take a minute (--budget): one that would not
end in what is left of it, by the law so far, is not begun, one that does not end in it is given up, and the row then
says how far it came.
"""

import argparse
import gc
import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # OpenBLAS and MKL heed it, too

import numpy as np

SIZES = (1_000, 10_000, 100_000, 1_000_000)
FITTED_FROM = 10_000  # rows
COLUMNS = 20
LIMIT = 1.3  # of b
BUDGET = 60.0  # seconds on the clock for all sizes of a row but the first
REPEATS, ENOUGH = 5, 0.3  # times, seconds
WARM, WARM_SHARE = 400, 30  # rows of the first work, at least; of the rows, one in so many: 3 % more to do
FORESTS = ("RandomForest", "ExtraTrees", "Bagging")
MEMORY_AIM = 3.0  # times the data: the most that a forest's fit may hold at 1e6 rows


@dataclass(frozen=True)
class Work:
    """What is done: `home` is the module of `name`; `data` is a row of DATA; options are the estimator's."""

    home: str
    name: str
    data: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        told = ", ".join(f"{key}={value!r}" for key, value in self.options.items())
        return f"{self.name}({told})" if told else self.name


def normal(n: int) -> Any:
    return np.random.default_rng(0).normal(size=(n, COLUMNS))


def labels(n: int) -> tuple[Any, ...]:
    X = normal(n)
    return X, (X[:, 0] + X[:, 1] * X[:, 2] + np.random.default_rng(1).normal(size=n) > 0).astype(np.int64)


def targets(n: int) -> tuple[Any, ...]:
    X = normal(n)
    return X, X @ np.linspace(0.0, 1.0, COLUMNS) + np.sin(3.0 * X[:, 0]) + np.random.default_rng(1).normal(size=n)


def blobs(n: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return (rng.normal(size=(n, COLUMNS)) + rng.normal(scale=3.0, size=(8, COLUMNS))[rng.integers(8, size=n)],)


def counts(n: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return rng.poisson(2.0, size=(n, COLUMNS)).astype(np.float64), rng.integers(2, size=n)


def words(n: int) -> tuple[Any, ...]:
    return (np.random.default_rng(0).choice([f"word {i:02}" for i in range(40)], size=(n, 2)),)


def holes(n: int) -> tuple[Any, ...]:
    X = normal(n)
    X[np.random.default_rng(1).random(X.shape) < 0.1] = np.nan
    return (X,)


def answers(n: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=n)
    return y, (y + rng.normal(size=n) > 0.5).astype(np.int64)


def chances(n: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=n)
    return y, 1.0 / (1.0 + np.exp(-(y - 0.5 + rng.normal(size=n))))


def few(n: int) -> tuple[Any, ...]:
    X, y = labels(n)
    return X[:, :4].copy(), y


DATA: dict[str, Callable[[int], tuple[Any, ...]]] = {
    "labels": labels,
    "targets": targets,
    "normal": lambda n: (normal(n),),
    "blobs": blobs,
    "counts": counts,
    "words": words,
    "holes": holes,
    "answers": answers,
    "chances": chances,
    "four columns": few,
}
ONE_STREAM = {"random_state": 0}
WORKS = [
    Work("linear_model", "LinearRegression", "targets"),
    Work("linear_model", "Ridge", "targets"),
    Work("linear_model", "Lasso", "targets", {"alpha": 0.1}),
    Work("linear_model", "ElasticNet", "targets", {"alpha": 0.1}),
    Work("linear_model", "HuberRegressor", "targets"),
    Work("linear_model", "LogisticRegression", "labels"),
    Work("linear_model", "SGDClassifier", "labels", {"max_iter": 5, "tol": None, **ONE_STREAM}),
    Work("linear_model", "Perceptron", "labels", {"max_iter": 5, "tol": None, **ONE_STREAM}),
    Work("svm", "LinearSVC", "labels", ONE_STREAM),
    Work("naive_bayes", "GaussianNB", "labels"),
    Work("naive_bayes", "MultinomialNB", "counts"),
    Work("naive_bayes", "BernoulliNB", "counts"),
    Work("naive_bayes", "CategoricalNB", "counts"),
    Work("tree", "DecisionTreeClassifier", "labels", ONE_STREAM),
    Work("tree", "DecisionTreeRegressor", "targets", {"max_depth": 8, **ONE_STREAM}),
    Work("ensemble", "RandomForestClassifier", "labels", {"n_estimators": 5, **ONE_STREAM}),
    Work("ensemble", "RandomForestRegressor", "targets", {"n_estimators": 2, "max_features": 6, **ONE_STREAM}),
    Work("ensemble", "ExtraTreesClassifier", "labels", {"n_estimators": 5, **ONE_STREAM}),
    Work("ensemble", "BaggingClassifier", "labels", {"n_estimators": 2, **ONE_STREAM}),
    Work("ensemble", "AdaBoostClassifier", "labels", {"n_estimators": 5, **ONE_STREAM}),
    Work("ensemble", "GradientBoostingClassifier", "labels", {"n_estimators": 5, **ONE_STREAM}),
    Work("ensemble", "HistGradientBoostingClassifier", "labels", {"max_iter": 20}),
    Work("ensemble", "HistGradientBoostingRegressor", "targets", {"max_iter": 20}),
    Work("neighbors", "KNeighborsClassifier", "four columns"),
    Work("cluster", "KMeans", "blobs", {"n_clusters": 8, "n_init": 1, **ONE_STREAM}),
    Work("mixture", "GaussianMixture", "blobs", {"n_components": 4, "max_iter": 10, "tol": 0.0, **ONE_STREAM}),
    Work("decomposition", "PCA", "normal", {"n_components": 5}),
    Work("decomposition", "IncrementalPCA", "normal", {"n_components": 5}),
    Work("decomposition", "TruncatedSVD", "normal", {"n_components": 5, **ONE_STREAM}),
    Work("preprocessing", "StandardScaler", "normal"),
    Work("preprocessing", "MinMaxScaler", "normal"),
    Work("preprocessing", "RobustScaler", "normal"),
    Work("preprocessing", "PowerTransformer", "normal"),
    Work("preprocessing", "QuantileTransformer", "normal", ONE_STREAM),
    Work("preprocessing", "KBinsDiscretizer", "normal"),
    Work("preprocessing", "OneHotEncoder", "words"),
    Work("preprocessing", "OrdinalEncoder", "words"),
    Work("impute", "SimpleImputer", "holes", {"strategy": "median"}),
    Work("calibration", "CalibratedClassifierCV", "labels", {"method": "isotonic"}),
    Work("metrics", "accuracy_score", "answers"),
    Work("metrics", "f1_score", "answers"),
    Work("metrics", "roc_auc_score", "chances"),
    Work("metrics", "average_precision_score", "chances"),
    Work("metrics", "log_loss", "chances"),
    Work("metrics", "adjusted_mutual_info_score", "answers"),
]


def once(work: Work, data: tuple[Any, ...]) -> Any:
    """An estimator is fitted; a metric is called.  What comes of it is held until the memory has been read."""
    subject = getattr(import_module(f"pellucid.{work.home}"), work.name)
    if not isinstance(subject, type):
        return subject(*data, **work.options)
    options = dict(work.options)
    if work.name == "CalibratedClassifierCV":
        options["estimator"] = import_module("pellucid.naive_bayes").GaussianNB()
    return subject(**options).fit(*data)


def memory(entry: str) -> int:
    """Bytes: VmRSS, what this process holds, or VmHWM, the most it held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(entry))


def measured(work: Work, n: int) -> dict[str, float]:
    """In this process: processor seconds, bytes above the loaded data, bytes of the data."""
    once(work, DATA[work.data](max(WARM, n // WARM_SHARE)))
    data = DATA[work.data](n)
    if n <= FITTED_FROM:  # a work may go another way than on fewer rows, with other kernels to compile
        once(work, data)
    gc.collect()
    before = memory("VmRSS")
    times: list[float] = []
    peaks: list[int] = []
    while len(times) < REPEATS and sum(times) < ENOUGH:
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")  # the most held is counted from here; proc(5)
        start = time.process_time()
        kept = once(work, data)
        times.append(time.process_time() - start)
        peaks.append(memory("VmHWM") - before)
        del kept
    return {"seconds": min(times), "peak": min(peaks), "data": sum(part.nbytes for part in data)}


def in_a_process(number: int, n: int, limit: float | None) -> dict[str, float]:
    """What `measured` gives.  Raises subprocess.TimeoutExpired where that takes longer than `limit` seconds."""
    command = [sys.executable, __file__, "--measure", str(number), str(n)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    if done.returncode:
        raise SystemExit(f"{WORKS[number].title} at {n} rows: {done.stderr}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def exponent(sizes: list[int], values: list[float]) -> float:
    """b of the power law through the sizes from FITTED_FROM on; NaN for fewer than two."""
    kept = [(math.log(n), math.log(v)) for n, v in zip(sizes, values, strict=True) if n >= FITTED_FROM and v > 0]
    return float(np.polyfit(*zip(*kept, strict=True), 1)[0]) if len(kept) > 1 else math.nan


def by_size(number: int, most: int, budget: float) -> tuple[dict[int, dict[str, float]], str]:
    """What was measured, by the number of rows, and a word on the size at which the row ended early."""
    found = {SIZES[0]: in_a_process(number, SIZES[0], None)}  # kernels not in Numba's cache yet are compiled here
    end = time.monotonic() + budget
    for n in (size for size in SIZES[1:] if size <= most):
        left = end - time.monotonic()
        law = exponent(list(found), [one["seconds"] for one in found.values()])
        last = max(found)
        awaited = found[last]["seconds"] * (n / last) ** (1.0 if math.isnan(law) else max(law, 1.0))
        if awaited > left:
            return found, f"; up to {last:.0e} rows, {n:.0e} would take {awaited:.0f} s"
        try:
            found[n] = in_a_process(number, n, left)
        except subprocess.TimeoutExpired:
            return found, f"; {n:.0e} rows were given up after {left:.0f} s"
    return found, ""


def line(title: str, found: dict[int, dict[str, float]], left_out: str) -> tuple[str, bool]:
    """One line of the table, and whether the growth is within the limit."""
    sizes, last = list(found), found[max(found)]
    b = exponent(sizes, [one["seconds"] for one in found.values()])
    memory_b = exponent(sizes, [max(one["peak"], 0.0) for one in found.values()])
    shown = " | ".join(f"{found[n]['seconds']:.3g}" if n in found else "" for n in SIZES)
    near = not b > LIMIT
    verdict = "too few sizes" if math.isnan(b) else "near-linear" if near else "FASTER"
    return (
        f"| {title} | {shown} | {b:.2f} | {last['peak'] / last['data']:.2f} | {memory_b:.2f} | {verdict}{left_out} |",
        near,
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--only", default="", help="rows whose name holds this")
    options.add_argument("--most", type=int, default=SIZES[-1], help="rows at most")
    options.add_argument("--budget", type=float, default=BUDGET, help="seconds for all sizes of a row but the first")
    options.add_argument("--measure", nargs=2, type=int, metavar=("ROW", "N"), help="one measurement, as JSON")
    given = options.parse_args()
    if given.measure:
        print(json.dumps(measured(WORKS[given.measure[0]], given.measure[1])))
        return
    print(
        f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}"
    )
    print("\nProcessor seconds by rows, t ~ n^b; the most memory above the loaded data, in times the data, ~ n^b\n")
    print("| fit | " + " | ".join(f"{n:.0e}" for n in SIZES) + " | b | memory | b | |")
    print("| --- |" + " --- |" * (len(SIZES) + 4))
    faster = []
    forests: dict[int, dict[int, dict[str, float]]] = {}
    for number, work in enumerate(WORKS):
        if given.only in work.title:
            found, left_out = by_size(number, given.most, given.budget)
            told, near = line(work.title, found, left_out)
            print(told, flush=True)
            faster += [] if near else [work.title]
            if work.name.startswith(FORESTS) and given.most == SIZES[-1]:
                forests[number] = found
    print(f"\nGrowing faster than n^{LIMIT}: {', '.join(faster) or 'none'}.")
    for number, found in forests.items():
        one = found.get(SIZES[-1]) or in_a_process(number, SIZES[-1], None)
        share = one["peak"] / one["data"]
        print(
            f"{WORKS[number].title} at {SIZES[-1]:.0e} x {COLUMNS}: at most {share:.2f} times the data above the data "
            f"itself; aim: under {MEMORY_AIM:g}, {'met' if share < MEMORY_AIM else 'not met'}."
        )


if __name__ == "__main__":
    main()
