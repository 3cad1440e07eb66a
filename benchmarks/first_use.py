"""How long the kernels of one model take to compile, and how long a later process takes to load them from the cache.

    python benchmarks/first_use.py [MODEL ...]         such as "KMeans algorithm=elkan"

Each model is fitted, and predicts, in two processes that share a new, empty cache folder (NUMBA_CACHE_DIR). What is
printed is the first fit and predict less the second in the same process: compiling in the first process, loading in the
next.  What any first kernel costs stands apart, as "Numba": its import, and its own tables (and scipy.linalg, which it
looks for), measured by a function that does nothing; so does the import of the model from pellucid.

Processor seconds; the less of two pairs of processes.  Aims: 6 s and 0.3 s.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

MODELS = {
    "LogisticRegression": "linear_model",
    "Lasso": "linear_model",
    "SGDClassifier": "linear_model",
    "LinearSVC": "svm",
    "KNeighborsClassifier": "neighbors",
    "KNeighborsClassifier algorithm=kd_tree": "neighbors",
    "KNeighborsClassifier algorithm=ball_tree": "neighbors",
    "KMeans": "cluster",
    "KMeans algorithm=elkan": "cluster",
    "KMeans algorithm=hamerly": "cluster",
    "DBSCAN": "cluster",
    "GaussianMixture": "mixture",
    "GaussianNB": "naive_bayes",
    "DecisionTreeClassifier": "tree",
    "DecisionTreeClassifier max_bins=255": "tree",
    "DecisionTreeRegressor criterion=absolute_error": "tree",
    "RandomForestClassifier": "ensemble",
    "ExtraTreesClassifier": "ensemble",
    "GradientBoostingClassifier": "ensemble",
    "HistGradientBoostingClassifier": "ensemble",
}
NOTHING = """
from numba import njit

@njit(cache=True)
def nothing(x):
    return x
"""
CHILD = """
import json, sys, time
from importlib import import_module

def seconds(work):
    start = time.process_time()
    work()
    return time.process_time() - start

sys.path.insert(0, sys.argv[3])
import numpy as np

home = "pellucid." + sys.argv[1]
imported = seconds(lambda: import_module(home))
model = getattr(sys.modules[home], sys.argv[2])
options = {k: int(v) if v.isdigit() else v for k, v in (option.split("=") for option in sys.argv[4:])}
numba = seconds(lambda: import_module("first_kernel").nothing(1.0))
rng = np.random.default_rng(0)
x, y = rng.normal(size=(60, 4)), np.arange(60) % 2

def use():
    fitted = model(**options).fit(x, y)
    if hasattr(fitted, "predict"):
        fitted.predict(x)

first, second = seconds(use), seconds(use)
print(json.dumps({"import": imported, "Numba": numba, "first": first - second}))
"""


def measured(name: str, folder: str) -> dict[str, float]:
    """Seconds of the imports, and of the first use beyond a later one, in a process with that cache folder."""
    model, *options = name.split()
    command = [sys.executable, "-c", CHILD, MODELS[name], model, folder, *options]
    done = subprocess.run(
        command, env=os.environ | {"NUMBA_CACHE_DIR": folder}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def pair(name: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "first_kernel.py").write_text(NOTHING)
        new, kept = measured(name, folder), measured(name, folder)
    return {"import": kept["import"], "Numba": kept["Numba"], "compile": new["first"], "load": kept["first"]}


def main() -> None:
    columns = ("import", "Numba", "compile", "load")
    print(f"{'processor seconds':46}" + "".join(f"{column:>9}" for column in columns))
    for name in sys.argv[1:] or MODELS:
        pairs = [pair(name), pair(name)]
        print(f"{name:46}" + "".join(f"{min(one[c] for one in pairs):9.2f}" for c in columns), flush=True)


if __name__ == "__main__":
    main()
