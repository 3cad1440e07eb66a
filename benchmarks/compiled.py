"""Compiled training steps and inference beside PyTorch's and JAX's best.

    python benchmarks/compiled.py                  all problems
    python benchmarks/compiled.py cnn --rounds 10
    python benchmarks/compiled.py cnn --rounds 3 --only inference

Engines run in processes of their own and take turns in blocks.
Training (minibatch, forward, loss, backward, Adam): every step gathers its minibatch from the same data.
pellucid: one call for many steps (`run_epoch`), and one call a step. PyTorch: eager Adam, fused Adam, and fused with
channels last. JAX: jit, and scan over many steps; only where JAX is installed. Losses after ten steps are compared
first.
Inference of 1 and of 256 rows, one call each: PyTorch in inference_mode, also channels last; JAX: jit. Scores are
compared first. `--torch-compile` adds torch.compile, which needs a C++ compiler and takes long to begin.
Prints medians, ratios to pellucid (above 1: pellucid is faster), and pellucid's time as a share of the machine's matrix
products: FLOPs of the program at the measured peak.
"""

import argparse
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import networks
import numpy as np
import timing
from networks import PROBLEMS, Run

SOURCE = Path(__file__).resolve().parents[1] / "src"
BLOCK_SECONDS = 0.3
EPOCH, CALLS = "pellucid, epoch", "pellucid, calls"
ENGINES = (EPOCH, CALLS, "torch", "torch, fused", "torch, channels last", "torch, compile", "jax, jit", "jax, scan")
AIMS = {"tiny": "3x", "mlp": "1.6x", "deep": "1.35x", "cnn": "2.5x", "vgg": "1.5x"}
INFERENCE_ROWS, INFERENCE_AIM = (1, 256), "2x"  # of PyTorch's speed


def made(engine: str, problem: str, rows: int) -> Run:
    """Training, or inference of so many rows if they are not 0."""
    if engine.startswith("pellucid"):
        return networks.infer_pellucid(problem, rows) if rows else networks.of_pellucid(problem, engine == EPOCH)
    if engine.startswith("jax"):
        return networks.infer_jax(problem, rows) if rows else networks.of_jax(problem, engine == "jax, scan")
    if rows:
        return networks.infer_torch(problem, rows, engine)
    return networks.of_torch(problem, engine)


def serve(engine: str) -> None:
    """For a problem and a number of rows on a line of the input: what it computes; then, line by line, seconds a step.

    What is computed: the loss after ten steps, or the mean size of the scores.
    """
    runs: dict[str, tuple[Run, int]] = {}
    for line in sys.stdin:
        task = line.strip()
        if task == "flops":
            (run, _) = next(reversed(runs.values()))
            print(repr(float(run.flops())), flush=True)  # type: ignore[attr-defined]
            continue
        if task not in runs:
            problem, rows = task.split()
            run = made(engine, problem, int(rows))
            least = 64 if rows == "0" and len(PROBLEMS[problem][1]) == 1 else 8  # steps; a scan is over 64 of them
            answer, n = run(10), least
            run(n)  # what is compiled for many steps is compiled now
            while (spent := _seconds(run, n)) < BLOCK_SECONDS / 2:
                n *= 2
            runs[task] = run, max(1, round(n * BLOCK_SECONDS / spent / least)) * least
        else:
            run, n = runs[task]
            answer = _seconds(run, n) / n
        print(repr(float(answer)), flush=True)


def _seconds(run: Run, n: int) -> float:
    began = perf_counter()
    run(n)
    return perf_counter() - began


class Worker:
    """One engine in a process of its own, with so many threads."""

    def __init__(self, engine: str, threads: int) -> None:
        paths = [str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
        known = {"OMP_NUM_THREADS": str(threads), "NPROC": str(threads)}  # JAX asks the latter
        known["PYTHONPATH"] = os.pathsep.join(paths)
        command = [sys.executable, __file__, "--serve", engine]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | known
        )

    def ask(self, line: str) -> float:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def peak() -> float:
    """FLOPs a second of a large product in float32, all threads."""
    a = np.ones((1536, 1536), np.float32)
    return 2 * 1536**3 / min(_seconds(lambda n: float((a @ a)[0, 0]), 1) for _ in range(8))


def compare(problem: str, rows: int, chosen: list[str], rounds: int, threads: int) -> None:
    """Measure training, or inference of so many rows if they are not 0, and print the table."""
    workers = {engine: Worker(engine, threads) for engine in chosen}
    try:
        _compare(problem, rows, workers, rounds)
    finally:
        for worker in workers.values():
            worker.close()


def _compare(problem: str, rows: int, workers: dict[str, Worker], rounds: int) -> None:
    ours, task = CALLS if rows else EPOCH, f"{problem} {rows}"
    answers = {engine: worker.ask(task) for engine, worker in workers.items()}
    if not np.allclose(list(answers.values()), answers[ours], rtol=2e-3):
        raise SystemExit(f"{task}: the losses or scores are {answers}; the engines do not solve one problem.")
    seconds: dict[str, list[float]] = {engine: [] for engine in workers}
    for _ in range(rounds):
        for engine, worker in workers.items():
            seconds[engine].append(worker.ask(task))
    aim = f"{problem} (aim: {AIMS[problem]} of the best peer)"
    if rows:
        aim = f"{problem}, inference of {rows} row{'s' * (rows > 1)} (aim: {INFERENCE_AIM} of torch)"
    print(timing.table(aim, seconds, ours=ours))
    flops, machine = workers[ours].ask("flops"), peak()
    kind = "torch" if rows else ("torch", "jax")
    best = min((e for e in workers if e.startswith(kind)), key=lambda name: float(np.median(seconds[name])))
    ratio = float(np.median(np.array(seconds[best]) / np.array(seconds[ours])))
    share = flops / float(np.median(seconds[ours])) / machine
    print(f"  best peer / pellucid: {ratio:.2f}x ({best}); {share:.0%} of {machine / 1e9:.0f} GFLOP/s", flush=True)


def engines(problem: str, rows: int, compile_too: bool) -> list[str]:
    """Those that take part."""
    images = len(PROBLEMS[problem][1]) > 1
    left_out = {"jax, scan"} if images else {"torch, channels last"}  # convolutions in a scan take 10 times as long
    if rows:
        left_out |= {EPOCH, "torch, fused", "jax, scan"}
    if not compile_too or not _has_compiler():
        left_out.add("torch, compile")
    if not find_spec("jax"):
        left_out |= {"jax, jit", "jax, scan"}
    return [engine for engine in ENGINES if engine not in left_out]


def _has_compiler() -> bool:
    """Whether there is a C++ compiler, which torch.compile needs."""
    return any(map(shutil.which, [os.environ.get("CXX", "g++"), "g++", "clang++"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problem", nargs="*", choices=[[], *PROBLEMS], help="all when none is named")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each engine")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="for all")
    parser.add_argument("--only", choices=("training", "inference"), help="both when not given")
    parser.add_argument("--torch-compile", action="store_true", help="let torch.compile take part, too")
    parser.add_argument("--serve", choices=ENGINES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    rows = [0] * (given.only != "inference") + [*INFERENCE_ROWS] * (given.only != "training")
    print(f"{timing.machine()}, NumPy {np.__version__}, {given.threads} threads")
    if given.torch_compile and not _has_compiler():
        print("torch.compile is left out: there is no C++ compiler (CXX, g++, clang++)")
    for problem in given.problem or PROBLEMS:
        for n in rows:
            compare(problem, n, engines(problem, n, given.torch_compile), given.rounds, given.threads)


if __name__ == "__main__":
    main()
