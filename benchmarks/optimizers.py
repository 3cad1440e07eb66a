"""Steps of Adam and SGD beside PyTorch's.

    python benchmarks/optimizers.py            all sizes
    python benchmarks/optimizers.py --threads 1

Prints medians, the spread, and ratios to pellucid (above 1: pellucid is faster). Needs PyTorch.
"""

import argparse
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import timing
import torch

from pellucid import Tensor, optim

Shapes = Sequence[tuple[int, ...]]

NETS: dict[str, Shapes] = {
    "2-16-16-1": [(16, 2), (16,), (16, 16), (16,), (1, 16), (1,)],
    "784-128-10": [(128, 784), (128,), (10, 128), (10,)],
    "10 million": [(1000, 10_000)],
}
METHODS: dict[str, dict[str, Any]] = {"Adam": {"lr": 1e-3}, "SGD": {"lr": 1e-3, "momentum": 0.9}}
THEIRS: dict[str, dict[str, Any]] = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}


def ours(method: str, shapes: Shapes) -> Callable[[], object]:
    rng = np.random.default_rng(0)
    ws = [Tensor(rng.normal(size=shape).astype(np.float32), requires_grad=True) for shape in shapes]
    for w in ws:
        w.grad = Tensor(rng.normal(size=w.shape).astype(np.float32))
    optimizer: optim.Optimizer = getattr(optim, method)(ws, **METHODS[method])
    return optimizer.step


def theirs(method: str, shapes: Shapes, options: dict[str, Any]) -> Callable[[], object]:
    rng = np.random.default_rng(0)
    ws = [torch.tensor(rng.normal(size=shape).astype(np.float32), requires_grad=True) for shape in shapes]
    for w in ws:
        w.grad = torch.tensor(rng.normal(size=tuple(w.shape)).astype(np.float32))
    step: Callable[[], object] = getattr(torch.optim, method)(ws, **METHODS[method], **options).step
    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="for PyTorch; pellucid uses one")
    torch.set_num_threads(parser.parse_args().threads)
    print(f"{timing.machine()}, NumPy {np.__version__}, PyTorch {torch.__version__}, {torch.get_num_threads()} threads")
    for method in METHODS:
        for net, shapes in NETS.items():
            ways = {"pellucid": ours(method, shapes)}
            ways |= {f"torch {name}": theirs(method, shapes, options) for name, options in THEIRS.items()}
            numbers = sum(int(np.prod(shape)) for shape in shapes)
            print(timing.table(f"{method}, {net} ({numbers:,} numbers)", timing.alternating(ways), ours="pellucid"))


if __name__ == "__main__":
    main()
