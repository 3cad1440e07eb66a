"""Compiled training steps beside PyTorch's and JAX's best: minibatch, forward, loss, backward, Adam.

    python benchmarks/compiled.py                  all problems
    python benchmarks/compiled.py cnn --rounds 10

Engines run in processes of their own and take turns in blocks. Every step gathers its minibatch from the same data.
pellucid: one call for many steps (`run_epoch`), and one call a step. PyTorch: eager Adam, fused Adam, and fused with
channels last (torch.compile where the machine has a C++ compiler). JAX: jit, and scan over many steps; only where JAX
is installed. Losses after ten steps are compared first. Prints medians, ratios to pellucid's epoch (above 1: pellucid
is faster), and each time as a share of the machine's matrix products: FLOPs of the program at the measured peak.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import timing

SOURCE = Path(__file__).resolve().parents[1] / "src"
BLOCK_SECONDS = 0.3
ROWS = 4096  # of the data a minibatch is gathered from
OURS = "pellucid, epoch"
ENGINES = (OURS, "pellucid, calls", "torch", "torch, fused", "torch, channels last", "jax, jit", "jax, scan")
AIMS = {"tiny": "3x", "mlp": "1.6x", "deep": "1.35x", "cnn": "2.5x", "vgg": "1.5x"}


def linear(nn: Any, *widths: int) -> Any:
    layers: list[Any] = []
    for a, b in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def cnn(nn: Any) -> Any:
    first = nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
    second = nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10))


def vgg(nn: Any) -> Any:
    layers: list[Any] = []
    channels = 3
    for i, width in enumerate((32, 32, 64, 64, 128, 128)):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if i % 2 else []
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(2048, 10))


PROBLEMS: dict[str, tuple[Callable[[Any], Any], tuple[int, ...], int | None, int]] = {
    "tiny": (lambda nn: linear(nn, 2, 16, 16, 1), (2,), None, 32),  # network, shape of a row, classes, rows a batch
    "mlp": (lambda nn: linear(nn, 784, 128, 10), (784,), 10, 64),
    "deep": (lambda nn: linear(nn, 784, 512, 256, 10), (784,), 10, 128),
    "cnn": (cnn, (1, 28, 28), 10, 64),
    "vgg": (vgg, (3, 32, 32), 10, 128),
}


def data(problem: str) -> tuple[Any, Any, Any]:
    """Rows, targets, and the rows of 64 minibatches; the same for every engine."""
    _, shape, classes, batch = PROBLEMS[problem]
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, *shape)).astype(np.float32)
    y = rng.normal(size=(ROWS, 1)).astype(np.float32) if classes is None else rng.integers(classes, size=ROWS)
    return x, y, rng.integers(0, ROWS, (64, batch))


def start(net: Any) -> dict[str, Any]:
    """Initial weights by name, the same for every engine."""
    rng = np.random.default_rng(1)
    out = {}
    for name, w in net.state_dict().items():
        shape = tuple(w.shape)
        if len(shape) > 1:
            out[name] = rng.normal(scale=(2 / np.prod(shape[1:])) ** 0.5, size=shape).astype(np.float32)
    return out


Run = Callable[[int], float]
"""Takes a number of steps, returns the loss of the last."""


def of_pellucid(problem: str, whole: bool) -> Run:
    from pellucid import compile, nn, optim

    build, _, classes, _ = PROBLEMS[problem]
    net = build(nn)
    net.load_state_dict(start(net), strict=False)
    for layer in net.modules():
        if getattr(layer, "bias", None) is not None:
            layer.bias.fill(0)
    measure = nn.MSELoss() if classes is None else nn.CrossEntropyLoss()
    optimizer = optim.Adam(net.parameters(), lr=1e-3)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = measure(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    fast = compile(step, engine="native")
    x, y, order = data(problem)

    def run(n: int) -> float:
        rows = order[np.arange(n) % len(order)]
        if whole:
            return float(fast.run_epoch(x, y, order=rows).numpy()[-1])
        for batch in rows:
            loss = fast(x[batch], y[batch])
        return float(loss)

    run.flops = lambda: fast.programs[0].flops  # type: ignore[attr-defined]
    return run


def of_torch(problem: str, how: str) -> Run:
    import torch
    from torch import nn, optim

    build, shape, classes, _ = PROBLEMS[problem]
    net = build(nn)
    net.load_state_dict({k: torch.from_numpy(v) for k, v in start(net).items()}, strict=False)
    for layer in net.modules():
        if getattr(layer, "bias", None) is not None:
            nn.init.zeros_(layer.bias)
    measure = nn.MSELoss() if classes is None else nn.CrossEntropyLoss()
    optimizer = optim.Adam(net.parameters(), lr=1e-3, fused=how != "torch")
    x, y, order = (torch.from_numpy(a) for a in data(problem))
    if how == "torch, channels last":
        net = net.to(memory_format=torch.channels_last)

    def run(n: int) -> float:
        for i in range(n):
            rows = order[i % len(order)]
            batch = x[rows]
            if how == "torch, channels last":
                batch = batch.to(memory_format=torch.channels_last)
            optimizer.zero_grad()
            loss = measure(net(batch), y[rows])
            loss.backward()
            optimizer.step()
        return float(loss.detach())

    return run


def of_jax(problem: str, scan: bool) -> Run:
    import jax
    import jax.numpy as jnp

    from pellucid import nn

    build, _, classes, _ = PROBLEMS[problem]
    layers = list(build(nn))
    weights = {name: jnp.asarray(w) for name, w in start(build(nn)).items()}
    for i, layer in enumerate(layers):
        if getattr(layer, "bias", None) is not None:
            weights[f"{i}.bias"] = jnp.zeros(layer.bias.shape, jnp.float32)
        if isinstance(layer, nn.BatchNorm2d):
            weights[f"{i}.weight"] = jnp.ones(layer.weight.shape, jnp.float32)

    def forward(w: Any, z: Any) -> Any:
        for i, layer in enumerate(layers):
            if isinstance(layer, nn.Linear):
                z = z @ w[f"{i}.weight"].T + w[f"{i}.bias"]
            elif isinstance(layer, nn.Conv2d):
                z = jax.lax.conv_general_dilated(z, w[f"{i}.weight"], (1, 1), "SAME") + w[f"{i}.bias"][:, None, None]
            elif isinstance(layer, nn.BatchNorm2d):
                mean, var = z.mean((0, 2, 3), keepdims=True), z.var((0, 2, 3), keepdims=True)
                z = (z - mean) / jnp.sqrt(var + 1e-5) * w[f"{i}.weight"][:, None, None] + w[f"{i}.bias"][:, None, None]
            elif isinstance(layer, nn.MaxPool2d):
                z = jax.lax.reduce_window(z, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
            elif isinstance(layer, nn.Flatten):
                z = z.reshape(len(z), -1)
            else:
                z = jax.nn.relu(z)
        return z

    def loss_of(w: Any, x: Any, y: Any) -> Any:
        z = forward(w, x)
        if classes is None:
            return ((z - y) ** 2).mean()
        return -jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], 1).mean()

    def step(state: Any, rows: Any) -> Any:
        w, m, v, t = state
        t = t + 1
        loss, g = jax.value_and_grad(loss_of)(w, x[rows], y[rows])
        m = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
        v = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)
        c1, c2 = 1 - 0.9**t, 1 - 0.999**t
        w = jax.tree.map(lambda a, b, c: a - 1e-3 * (b / c1) / (jnp.sqrt(c / c2) + 1e-8), w, m, v)
        return (w, m, v, t), loss

    x, y, order = (jnp.asarray(a) for a in data(problem))
    m, v = (jax.tree.map(jnp.zeros_like, weights) for _ in range(2))
    state = [(weights, m, v, jnp.float32(0))]
    single = jax.jit(step, donate_argnums=0)
    many = jax.jit(lambda s, rows: jax.lax.scan(step, s, rows), donate_argnums=0)

    def run(n: int) -> float:
        done = 0
        while scan and n - done >= len(order):
            state[0], losses = many(state[0], order)
            loss, done = losses[-1], done + len(order)
        for i in range(n - done):
            state[0], loss = single(state[0], order[i % len(order)])
        return float(loss)

    return run


def made(engine: str, problem: str) -> Run:
    if engine.startswith("pellucid"):
        return of_pellucid(problem, engine == OURS)
    return of_jax(problem, engine == "jax, scan") if engine.startswith("jax") else of_torch(problem, engine)


def serve(engine: str) -> None:
    """For a problem on a line of the input: the loss after ten steps; then, line by line, seconds a step."""
    runs: dict[str, tuple[Run, int]] = {}
    for line in sys.stdin:
        problem = line.strip()
        if problem == "flops":
            (run, _) = next(reversed(runs.values()))
            print(repr(float(run.flops())), flush=True)  # type: ignore[attr-defined]
            continue
        if problem not in runs:
            run = made(engine, problem)
            least = 8 if len(PROBLEMS[problem][1]) > 1 else 64  # steps; a scan is over 64 of them
            answer, n = run(10), least
            run(n)  # what is compiled for many steps is compiled now
            while (spent := _seconds(run, n)) < BLOCK_SECONDS / 2:
                n *= 2
            runs[problem] = run, max(1, round(n * BLOCK_SECONDS / spent / least)) * least
        else:
            run, n = runs[problem]
            answer = _seconds(run, n) / n
        print(repr(float(answer)), flush=True)


def _seconds(run: Run, n: int) -> float:
    began = perf_counter()
    run(n)
    return perf_counter() - began


class Worker:
    """One engine in a process of its own."""

    def __init__(self, engine: str, threads: int) -> None:
        paths = [str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
        known = {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": os.pathsep.join(paths)}
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


def compare(problem: str, workers: dict[str, Worker], rounds: int) -> None:
    losses = {engine: worker.ask(problem) for engine, worker in workers.items()}
    if not np.allclose(list(losses.values()), losses[OURS], rtol=2e-3):
        raise SystemExit(f"{problem}: after ten steps the losses are {losses}; the engines do not solve one problem.")
    seconds: dict[str, list[float]] = {engine: [] for engine in workers}
    for _ in range(rounds):
        for engine, worker in workers.items():
            seconds[engine].append(worker.ask(problem))
    print(timing.table(f"{problem} (aim: {AIMS[problem]} of the best peer)", seconds, ours=OURS))
    flops, machine = workers[OURS].ask("flops"), peak()
    peers = [name for name in workers if not name.startswith("pellucid")]
    best = min(peers, key=lambda name: float(np.median(seconds[name])))
    ratio = float(np.median(np.array(seconds[best]) / np.array(seconds[OURS])))
    share = flops / float(np.median(seconds[OURS])) / machine
    print(f"  best peer / pellucid: {ratio:.2f}x ({best}); {share:.0%} of {machine / 1e9:.0f} GFLOP/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problem", nargs="*", choices=[[], *PROBLEMS], help="all when none is named")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each engine")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="for all")
    parser.add_argument("--serve", choices=ENGINES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    chosen = [engine for engine in ENGINES if not engine.startswith("jax") or find_spec("jax")]
    print(f"{timing.machine()}, NumPy {np.__version__}, {given.threads} threads")
    for problem in given.problem or PROBLEMS:
        images = len(PROBLEMS[problem][1]) > 1
        left_out = "jax, scan" if images else "torch, channels last"  # convolutions in a scan take 10 times as long
        workers = {e: Worker(e, given.threads) for e in chosen if e != left_out}
        try:
            compare(problem, workers, given.rounds)
        finally:
            for worker in workers.values():
                worker.close()


if __name__ == "__main__":
    main()
