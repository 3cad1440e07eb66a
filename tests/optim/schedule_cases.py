"""The table of schedules: one row is one schedule with options, whose rates pellucid and PyTorch must give alike.

The tests walk it; scripts/torch_fixtures.py stores PyTorch's answers. A new schedule is tested by a row here.
A row is made by a function of the library (torch.optim or pellucid.optim) and an optimizer with two groups.
"""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid import Tensor, optim

Array = np.ndarray[Any, Any]
Make = Callable[[Any, Any], Any]  # library with the schedules, optimizer -> schedule

STORED = "torch_schedules.npz"
STEPS = 100
RATES = (0.5, 0.125)  # of the two groups
METRIC = [math.cos(t / 6) + 5.0 / (1 + t) for t in range(STEPS)]  # falls, and then goes up and down


def _warm_up(to: Callable[[Any, Any], Any], milestone: int) -> Make:
    """A linear warm-up, then another schedule."""
    return lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.25, total_iters=milestone), to(s, o)], [milestone])


CASES: dict[str, Make] = {
    "StepLR": lambda s, o: s.StepLR(o, 7),
    "StepLR gamma=0.5": lambda s, o: s.StepLR(o, 1, gamma=0.5),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [40, 3, 3, 80]),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.95),
    "ConstantLR": lambda s, o: s.ConstantLR(o),
    "ConstantLR factor=0.5": lambda s, o: s.ConstantLR(o, factor=0.5, total_iters=30),
    "LinearLR": lambda s, o: s.LinearLR(o),
    "LinearLR down": lambda s, o: s.LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=60),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, T_max=99),
    "CosineAnnealingLR and back": lambda s, o: s.CosineAnnealingLR(o, T_max=30, eta_min=0.01),
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda t: 1 / (1 + t)),
    "LambdaLR one a group": lambda s, o: s.LambdaLR(o, [lambda t: 0.9**t, lambda t: 1.0 - t / 200]),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, max_lr=1.0, total_steps=100),
    "OneCycleLR linear": lambda s, o: s.OneCycleLR(
        o, max_lr=[1.0, 0.25], epochs=10, steps_per_epoch=10, anneal_strategy="linear", pct_start=0.45, div_factor=5.0
    ),
    "OneCycleLR in three": lambda s, o: s.OneCycleLR(
        o, max_lr=1.0, total_steps=101, three_phase=True, base_momentum=0.5, final_div_factor=100.0
    ),
    "OneCycleLR rate alone": lambda s, o: s.OneCycleLR(o, max_lr=1.0, total_steps=100, cycle_momentum=False),
    "SequentialLR to cosine": _warm_up(lambda s, o: s.CosineAnnealingLR(o, T_max=90), 10),
    "SequentialLR to exponential": _warm_up(lambda s, o: s.ExponentialLR(o, 0.9), 5),
    "SequentialLR to steps": _warm_up(lambda s, o: s.MultiStepLR(o, [20, 50], gamma=0.3), 20),
    "ReduceLROnPlateau": lambda s, o: s.ReduceLROnPlateau(o, factor=0.5, patience=3),
    "ReduceLROnPlateau cooldown": lambda s, o: s.ReduceLROnPlateau(
        o, factor=0.5, patience=2, cooldown=4, threshold=0.1, threshold_mode="abs", min_lr=[0.1, 0.01]
    ),
    "ReduceLROnPlateau max": lambda s, o: s.ReduceLROnPlateau(o, mode="max", factor=0.25, patience=5, threshold=0.01),
    "ReduceLROnPlateau max abs": lambda s, o: s.ReduceLROnPlateau(
        o, mode="max", patience=1, threshold_mode="abs", min_lr=1e-6
    ),
    "LinearLR beside StepLR": lambda s, o: [s.LinearLR(o, total_iters=10), s.StepLR(o, 20, gamma=0.5)],
    "LinearLR beside ReduceLROnPlateau": lambda s, o: [
        s.LinearLR(o, total_iters=10),
        s.ReduceLROnPlateau(o, factor=0.5, patience=3),
    ],
}


def ours(name: str) -> Array:
    """Rate and momentum of both groups at the beginning and after each step, (STEPS, 4)."""
    ws = [Tensor(np.zeros(2), requires_grad=True) for _ in RATES]
    return _run(name, ws, optim.SGD, optim.lr_scheduler)


def theirs(name: str) -> Array:
    """The same of PyTorch."""
    import torch

    return _run(name, [torch.zeros(2, requires_grad=True) for _ in RATES], torch.optim.SGD, torch.optim.lr_scheduler)


def _run(name: str, ws: list[Any], kind: Any, schedules: Any) -> Array:
    optimizer = kind([{"params": [w], "lr": lr} for w, lr in zip(ws, RATES, strict=True)], momentum=0.9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's SequentialLR calls itself in a way that it warns of
        made = CASES[name](schedules, optimizer)
        together = made if isinstance(made, list) else [made]
        rows = [_look(optimizer)]
        for t in range(STEPS - 1):
            optimizer.step()
            for schedule in together:
                schedule.step(*([METRIC[t]] if type(schedule).__name__ == "ReduceLROnPlateau" else []))
            rows.append(_look(optimizer))
    return np.array(rows)


def _look(optimizer: Any) -> list[float]:
    return [float(group[name]) for group in optimizer.param_groups for name in ("lr", "momentum")]


def answer(make: Make) -> Array:
    """PyTorch's rates, for storing."""
    return theirs(next(name for name, row in CASES.items() if row is make))
