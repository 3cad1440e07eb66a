"""Run the benchmarks and write down what they print.

    python benchmarks/results.py                  all, into benchmarks/RESULTS.md; the better part of two hours
    python benchmarks/results.py eager trees      these only; the sections of the others stay as they are

Each benchmark runs in a process of its own, and the page is written after each. Sections are told apart by the vectors
of the processor, too: what was measured with AVX-512 stays beside what was measured without.

Needs PyTorch (eager, optimizers, compiled, compile-cost), JAX (compiled), LightGBM (trees), pandas (reading,
preprocessing), scikit-learn (all others).
"""

import os
import platform
import re
import subprocess
import sys
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE / "RESULTS.md"
COMMANDS = {
    "bootstrap": ["bootstrap.py"],
    "interval-coverage": ["interval_coverage.py"],
    "loss-coverage": ["loss_coverage.py"],
    "eager": ["eager.py"],
    "eager-1-thread": ["eager.py", "--threads", "1"],
    "first-use": ["first_use.py"],
    "growth": ["growth.py"],
    "leaks": ["leaks.py"],
    "metrics": ["metrics.py"],
    "linear": ["linear.py"],
    "compiled": ["compiled.py", "--rounds", "5"],
    "compile-cost": ["compile_cost.py"],
    "optimizers": ["optimizers.py", "--threads", "1"],
    "preprocessing": ["preprocessing.py"],
    "reading": ["reading.py"],
    "trees": ["trees.py"],
    "neighbors": ["neighbors.py"],
    "clusters": ["clusters.py"],
    "decomposition": ["decomposition.py"],
}
PEERS = ("numpy", "scipy", "torch", "jax", "scikit-learn", "lightgbm", "pandas", "polars")
HEAD = """# What was measured

Written by `python benchmarks/results.py`. Each table is printed by the script named above it: all engines in one run,
taking turns in short blocks; medians and ratios. These machines are shared and noisy: trust ratios, not times.
A section is named after its script and the vectors of the processor it ran on, which much compiled code depends on.
"""


def processor() -> str:
    """The processor's name, where the system tells."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", info.read_text()) if info.exists() else None
    return found[1] if found else platform.processor() or "unknown processor"


def vectors() -> str:
    """The widest vectors that the processor has."""
    info = Path("/proc/cpuinfo")
    flags = info.read_text().split() if info.exists() else []
    return "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else platform.machine()


def versions() -> str:
    """Versions of the peers that are installed."""
    found = []
    for name in PEERS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def measured(name: str) -> str:
    """One section: the command, machine, versions, date, and what it printed."""
    command = COMMANDS[name]
    print(f"running benchmarks/{' '.join(command)}", file=sys.stderr)
    done = subprocess.run([sys.executable, HERE / command[0], *command[1:]], capture_output=True, text=True, check=True)

    machine = f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions()}"
    return (
        f"## {name}, {vectors()}\n\n`python benchmarks/{' '.join(command)}`, {date.today()}, {machine}\n\n"
        f"```\n{done.stdout.strip()}\n```\n"
    )


def main(names: list[str]) -> None:
    if unknown := sorted(set(names) - COMMANDS.keys()):
        raise SystemExit(f"results: there is no section {', '.join(unknown)}; the sections are {', '.join(COMMANDS)}.")
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    sections = {part.split("\n", 1)[0]: f"## {part}" for part in page.split("## ")[1:]}
    for name in names or COMMANDS:
        sections[f"{name}, {vectors()}"] = measured(name)
        PAGE.write_text(HEAD + "".join(f"\n{sections[name].strip()}\n" for name in sorted(sections)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
