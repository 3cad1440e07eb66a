"""Measure what pellucid promises to stay under, and print it: medians of alternating runs, and ratios.

    python scripts/budgets.py               times of import, --help and a one-row prediction
    python scripts/budgets.py --download    also the size of the default install, by downloading it

Nothing is asserted: times depend on the machine. What does not, the packages an import loads, is tested in
tests/test_budgets.py.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from pellucid._layers import LAYERS

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 11  # odd, so that the median is one of the runs

PREDICT = """
import timeit, numpy as np
from pellucid.linear_model import LinearRegression
x = np.random.default_rng(0).normal(size=(200, 10))
model, row = LinearRegression().fit(x, x.sum(axis=1)), x[:1]
print(min(timeit.repeat(lambda: model.predict(row), number=2000, repeat=7)) / 2000)
"""


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return time.perf_counter() - start


def medians(commands: dict[str, list[str]]) -> dict[str, float]:
    """Median seconds of each command; the commands take turns, so that a busy minute hurts all alike."""
    for command in commands.values():
        seconds(command)  # once unmeasured: byte code is written and files come into the cache
    rounds = [{name: seconds(command) for name, command in commands.items()} for _ in range(ROUNDS)]
    return {name: statistics.median(row[name] for row in rounds) for name in commands}


def times() -> None:
    python = [sys.executable, "-c"]
    commands = {
        "python": [*python, "pass"],
        "import numpy": [*python, "import numpy"],
        "import pellucid": [*python, "import pellucid"],
        "import every layer": [*python, "import " + ", ".join(f"pellucid.{layer}" for layer in LAYERS)],
    }
    script = Path(sysconfig.get_path("scripts")) / "pellucid"
    if script.exists():
        commands["pellucid --help"] = [str(script), "--help"]
    found = medians(commands)
    for name, took in found.items():
        print(f"{name:20} {took:6.3f} s   {took / found['import numpy']:5.2f} x import numpy")
    over = found["import every layer"] - found["import numpy"]
    print(f"import of every layer over import numpy: {over:+.3f} s (budget for pellucid +0.15)")
    if "pellucid --help" in found:
        print(f"pellucid --help: {found['pellucid --help']:.3f} s (budget 0.5)")


def one_row() -> None:
    best = subprocess.run([sys.executable, "-c", PREDICT], check=True, capture_output=True, text=True).stdout
    print(f"LinearRegression.predict of one row: {float(best) * 1e6:.1f} us (budget 50)")


def download() -> None:
    """The wheels that `pip install pellucid` brings here, pellucid's own included."""
    folder = Path(tempfile.mkdtemp())
    try:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "-d", str(folder), str(ROOT)], check=True)
        sizes = sorted(((path.stat().st_size / 1e6, path.name) for path in folder.iterdir()), reverse=True)
    finally:
        shutil.rmtree(folder)
    for size, name in sizes:
        print(f"  {size:7.2f} MB  {name}")
    print(f"download of the default install: {sum(size for size, _ in sizes):.1f} MB (budget 220)")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the budgets of pellucid.")
    parser.add_argument("--download", action="store_true", help="also download the default install to weigh it")
    arguments = parser.parse_args()
    times()
    one_row()
    if arguments.download:
        download()


if __name__ == "__main__":
    main()
