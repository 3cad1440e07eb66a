"""Eager training steps beside PyTorch's: forward, loss, backward and Adam.

    python benchmarks/eager.py                 all problems
    python benchmarks/eager.py cnn --rounds 30
    python benchmarks/eager.py --threads 1

Each engine runs in a process of its own, so that their thread pools and allocators do not meet; the processes take
turns in short blocks. Both start from the same weights and data, and their losses after ten steps are compared first.
Prints medians, the spread, and ratios to pellucid (above 1: pellucid is faster). Needs PyTorch.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import timing

SOURCE = Path(__file__).resolve().parents[1] / "src"
ENGINES = ("pellucid", "torch")
BLOCK_SECONDS = 0.25  # of one engine's turn
AIMS = {"tiny": "3x torch's speed", "mlp": "torch's speed", "cnn": "half of torch's speed"}


def tiny(nn: Any) -> Any:
    return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))


def mlp(nn: Any) -> Any:
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def cnn(nn: Any) -> Any:
    first = nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
    second = nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10))


PROBLEMS: dict[str, tuple[Callable[[Any], Any], tuple[int, ...], int | None]] = {
    "tiny": (tiny, (32, 2), None),  # network, shape of the batch, classes (None: one number, squared error)
    "mlp": (mlp, (64, 784), 10),
    "cnn": (cnn, (64, 1, 28, 28), 10),
}


def training_step(engine: str, problem: str) -> Callable[[], Any]:
    """A function that takes one step and returns the loss; the same lines serve both engines."""
    if engine == "torch":
        import torch
        from torch import nn, optim

        array: Callable[[Any], Any] = torch.from_numpy
    else:
        from pellucid import Tensor, nn, optim

        array = Tensor
    build, shape, classes = PROBLEMS[problem]
    rng = np.random.default_rng(0)
    net = build(nn)
    start = {name: rng.normal(scale=0.1, size=tuple(w.shape)) for name, w in net.state_dict().items()}
    net.load_state_dict({name: array(w.astype(np.float32)) for name, w in start.items()})
    x = array(rng.normal(size=shape).astype(np.float32))
    y = array(
        rng.normal(size=(shape[0], 1)).astype(np.float32) if classes is None else rng.integers(classes, size=shape[0])
    )
    measure = nn.MSELoss() if classes is None else nn.CrossEntropyLoss()
    optimizer = optim.Adam(net.parameters(), lr=1e-3)

    def step() -> Any:
        optimizer.zero_grad()
        loss = measure(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def serve(engine: str) -> None:
    """For each problem named on a line of the input: the loss after ten steps, then seconds a step, line by line."""
    steps: dict[str, Callable[[], Any]] = {}
    for line in sys.stdin:
        problem = line.strip()
        if problem not in steps:
            steps[problem] = training_step(engine, problem)
            answer = [steps[problem]().item() for _ in range(10)][-1]
        else:
            answer = timing.alternating({"step": steps[problem]}, rounds=1, block=BLOCK_SECONDS)["step"][0]
        print(repr(answer), flush=True)


class Worker:
    """One engine in a process of its own."""

    def __init__(self, engine: str, threads: int) -> None:
        paths = [str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
        known = {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": os.pathsep.join(paths)}
        command = [sys.executable, __file__, "--serve", engine]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | known
        )

    def ask(self, problem: str) -> float:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(problem + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def compare(problem: str, workers: dict[str, Worker], rounds: int) -> None:
    losses = {engine: worker.ask(problem) for engine, worker in workers.items()}
    if not np.allclose(losses["pellucid"], losses["torch"], rtol=1e-4):
        raise SystemExit(f"{problem}: after ten steps the losses are {losses}; the engines do not solve one problem.")
    seconds: dict[str, list[float]] = {engine: [] for engine in workers}
    for _ in range(rounds):
        for engine, worker in workers.items():
            seconds[engine].append(worker.ask(problem))
    print(timing.table(f"{problem} (aim: {AIMS[problem]})", seconds, ours="pellucid"), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problem", nargs="*", choices=[[], *PROBLEMS], help="all when none is named")
    parser.add_argument("--rounds", type=int, default=timing.ROUNDS, help="turns of each engine")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="for both")
    parser.add_argument("--serve", choices=ENGINES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    workers = {engine: Worker(engine, given.threads) for engine in ENGINES}
    try:
        print(f"{timing.machine()}, NumPy {np.__version__}, {given.threads} threads")
        for problem in given.problem or PROBLEMS:
            compare(problem, workers, given.rounds)
    finally:
        for worker in workers.values():
            worker.close()


if __name__ == "__main__":
    main()
