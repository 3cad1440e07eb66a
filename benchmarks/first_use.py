"""How long the kernels of one model take to compile, and how long a later process takes to load them from the cache.

    python benchmarks/first_use.py [MODEL ...]

Each model is fitted, and predicts, in two processes that share a new, empty cache folder (NUMBA_CACHE_DIR). What is
printed is the first fit and predict less the second in the same process: compiling in the first process, loading in the
next. The import of pellucid stands apart. Aims: 6 s and 0.3 s.
"""

import json
import os
import subprocess
import sys
import tempfile

MODELS = {
    "LogisticRegression": "linear_model",
    "Lasso": "linear_model",
    "KNeighborsClassifier": "neighbors",
    "KMeans": "cluster",
    "DecisionTreeClassifier": "tree",
    "RandomForestClassifier": "ensemble",
    "HistGradientBoostingClassifier": "ensemble",
}
CHILD = """
import json, sys, time
from importlib import import_module
start = time.perf_counter()
import numpy as np
model = getattr(import_module("pellucid." + sys.argv[1]), sys.argv[2])
imported = time.perf_counter() - start
rng = np.random.default_rng(0)
x, y = rng.normal(size=(60, 4)), np.arange(60) % 2
def once():
    start = time.perf_counter()
    model().fit(x, y).predict(x)
    return time.perf_counter() - start
first, second = once(), once()
print(json.dumps({"import": imported, "first": first - second}))
"""


def measured(name: str, folder: str) -> dict[str, float]:
    """Seconds of the import, and of the first use beyond a later one, in a process with that cache folder."""
    command = [sys.executable, "-c", CHILD, MODELS[name], name]
    done = subprocess.run(
        command, env=os.environ | {"NUMBA_CACHE_DIR": folder}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def main() -> None:
    print(f"{'seconds':32}{'import':>8}{'compile':>9}{'load':>7}")
    for name in sys.argv[1:] or MODELS:
        with tempfile.TemporaryDirectory() as folder:
            new, kept = measured(name, folder), measured(name, folder)
        print(f"{name:32}{kept['import']:8.2f}{new['first']:9.2f}{kept['first']:7.2f}", flush=True)


if __name__ == "__main__":
    main()
