"""What compiled training costs besides its steps: seconds until the first step is made, and peak memory.

    python benchmarks/compile_cost.py
    python benchmarks/compile_cost.py cnn --threads 1

Every line is measured in processes of their own. "made": with a new, empty code cache; "kept": by later processes that
find the code there. Seconds: the first step less a later one, the median of several processes; loading the engine and
LLVM stands apart. Aims: the CNN 2 s made and 0.1 s kept, MLPs 1 s made.
Memory (Linux only): MiB that a process held at most beyond what it held after its imports, until the first step is made
and in the steps after it. Aim: a compiled step of the CNN no more than PyTorch's. All have the same data, of which
`data` tells the size.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import networks
import timing
from networks import PROBLEMS

SOURCE = Path(__file__).resolve().parents[1] / "src"
TIMES = 5  # processes for each number of seconds
STEPS = 20  # whose memory is looked at
SECONDS_AIM = {"mlp": "1 and none", "cnn": "2 and 0.1"}
WAYS = ("pellucid, made", "pellucid, kept", "pellucid, eager", "torch", "torch, fused", "torch, channels last")


# -- in a process of its own -------------------------------------------------------------------------------------------


def spend(problem: str) -> dict[str, float]:
    """Seconds of the engine's import, of the first step, and of a later one."""
    import pellucid.nn  # what is loaded in any case is not counted

    began = perf_counter()
    import pellucid.compiler.native._engine  # noqa: F401

    loaded = perf_counter()
    run = networks.of_pellucid(problem, whole=False)
    spent = [loaded - began]
    for _ in range(3):
        began = perf_counter()
        run(1)
        spent.append(perf_counter() - began)
    return {"load": spent[0], "first": spent[1], "later": min(spent[2:])}


def hold(problem: str, way: str) -> dict[str, float]:
    """MiB at most until the first step is made and afterwards, beyond those after the imports."""
    if way.startswith("torch"):
        import torch.optim  # noqa: F401
    else:
        import pellucid.compiler.native._engine
        import pellucid.optim  # noqa: F401

    forget_peak()
    begun = mebibytes("VmRSS")
    if way.startswith("torch"):
        run = networks.of_torch(problem, way)
    elif way.endswith("eager"):
        run = networks.of_pellucid(problem, whole=False, engine=None)
    else:
        run = networks.of_pellucid(problem, whole=False)
    run(1)
    first = mebibytes("VmHWM") - begun
    forget_peak()
    run(STEPS)
    later = mebibytes("VmHWM") - begun
    data = sum(a.nbytes for a in networks.data(problem)) / 2**20
    return {"imports": begun, "first": first, "later": later, "data": data}


def mebibytes(key: str) -> float:
    """The memory that is held now (VmRSS), or that was held at most (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key)) / 1024


def forget_peak() -> None:
    """Begin to look for the most memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


# -- around them -------------------------------------------------------------------------------------------------------


def child(threads: int, cache: str, *task: str) -> dict[str, float]:
    """What a task measures in a process of its own."""
    paths = os.pathsep.join([str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])])
    known = {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": paths, "PELLUCID_CACHE": cache}
    command = [sys.executable, __file__, "--task", *task]
    done = subprocess.run(command, env=os.environ | known, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{task}: {done.stderr}")
    return {name: float(x) for name, x in json.loads(done.stdout).items()}


def seconds(problem: str, threads: int) -> None:
    made, kept = [], []
    for _ in range(TIMES):
        with tempfile.TemporaryDirectory() as cache:
            made.append(child(threads, cache, "spend", problem))
            kept.append(child(threads, cache, "spend", problem))

    def typical(found: list[dict[str, float]]) -> str:
        return f"{median(x['first'] - x['later'] for x in found):8.3f}"

    load = median(x["load"] for x in made + kept)
    print(f"{problem:24}{typical(made)}{typical(kept)}{load:8.3f}   {SECONDS_AIM.get(problem, 'none')}", flush=True)


def memory(problem: str, threads: int) -> None:
    with tempfile.TemporaryDirectory() as cache:
        for way in WAYS:
            rows_are_images = len(PROBLEMS[problem][1]) > 1
            if (way.startswith("torch") and not has_torch()) or (way.endswith("last") and not rows_are_images):
                continue
            x = child(threads, cache, "hold", problem, way)  # the first makes the code that the second finds
            row = f"{problem + ', ' + way:32}{x['imports']:9.0f}{x['first']:12.0f}{x['later']:13.0f}{x['data']:6.0f}"
            print(row, flush=True)


def has_torch() -> bool:
    return find_spec("torch") is not None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problem", nargs="*", choices=[[], *PROBLEMS], help="all but vgg when none is named")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="for all")
    parser.add_argument("--task", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        tasks: dict[str, Any] = {"spend": spend, "hold": hold}
        print(json.dumps(tasks[given.task[0]](*given.task[1:])))
        return
    chosen = given.problem or [name for name in PROBLEMS if name != "vgg"]
    print(f"{timing.machine()}, {given.threads} threads")
    print(f"{'seconds to a first step':24}{'made':>8}{'kept':>8}{'load':>8}   aims")
    for problem in chosen:
        seconds(problem, given.threads)
    if sys.platform == "linux":
        print(f"\n{'MiB at most':32}{'imports':>9}{'first step':>12}{'later steps':>13}{'data':>6}")
        for problem in chosen:
            memory(problem, given.threads)


if __name__ == "__main__":
    main()
