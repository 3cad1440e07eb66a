"""The table of optimizers: one row is one optimizer with options, whose steps pellucid and PyTorch must make alike.

The tests walk it; scripts/torch_fixtures.py stores PyTorch's answers. A new optimizer or option is tested by a row.
The problem is a bowl that is steeper in some directions, with gradients disturbed from step to step.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid import Tensor, optim

Array = np.ndarray[Any, Any]

STORED = "torch_optimizers.npz"
STEPS = 25
SEEN = (1, 2, 5, 12, 25)  # steps after which the parameters are compared
SHAPES: tuple[tuple[int, ...], ...] = ((3, 2), (4,), (), (2, 1, 2))
CALLS = 4  # of LBFGS.step, each of up to 20 iterations


@dataclass(frozen=True, eq=False)
class Case:
    optimizer: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return " ".join([self.optimizer, *(f"{key}={value}" for key, value in self.options.items())])


# -- rows ----------------------------------------------------------------------------------------------------------


def _rows() -> Iterator[Case]:
    every = ({}, {"weight_decay": 0.125}, {"maximize": True, "weight_decay": 0.125})
    for options in every:
        yield Case("SGD", {"lr": 0.03125, **options})
        yield Case("SGD", {"lr": 0.03125, "momentum": 0.9, **options})
        yield Case("SGD", {"lr": 0.03125, "momentum": 0.9, "nesterov": True, **options})
        yield Case("SGD", {"lr": 0.03125, "momentum": 0.75, "dampening": 0.25, **options})
        yield Case("Adagrad", {"lr": 0.125, **options})
        yield Case(
            "Adagrad", {"lr": 0.125, "lr_decay": 0.125, "initial_accumulator_value": 0.5, "eps": 0.01, **options}
        )
        yield Case("RMSprop", {"lr": 0.03125, **options})
        yield Case("RMSprop", {"lr": 0.03125, "alpha": 0.75, "momentum": 0.5, "eps": 1e-4, **options})
        for name in ("Adam", "AdamW"):
            yield Case(name, {"lr": 0.0625, **options})
            yield Case(name, {"lr": 0.0625, "betas": (0.75, 0.9), "eps": 1e-4, **options})
            yield Case(name, {"lr": 0.0625, "betas": (0.75, 0.5), "amsgrad": True, **options})
        for name in ("NAdam", "RAdam"):
            yield Case(name, {"lr": 0.0625, **options})
            yield Case(name, {"lr": 0.0625, "betas": (0.75, 0.875), "eps": 1e-4, **options})
    for options in ({}, {"momentum": 0.5}):
        yield Case("RMSprop", {"lr": 0.03125, "centered": True, "eps": 0.01, **options})
    for name in ("Adam", "NAdam", "RAdam"):
        yield Case(name, {"lr": 0.0625, "weight_decay": 0.125, "decoupled_weight_decay": True})
    yield Case("NAdam", {"lr": 0.0625, "momentum_decay": 0.5})
    yield Case("RAdam", {"lr": 0.0625, "betas": (0.5, 0.5)})  # never long enough a mean to be divided by
    for options in ({"lr": 0.25}, {"lr": 0.125, "history_size": 2, "max_iter": 7}):
        yield Case("LBFGS", options)
    for options in ({}, {"history_size": 2}, {"max_iter": 5, "max_eval": 9}, {"lr": 0.25}):
        yield Case("LBFGS", {"line_search_fn": "strong_wolfe", **options})


CASES = {case.name: case for case in _rows()}
DISTINCT = [  # rows whose arrays and state differ in kind; the others only add a rule that keeps nothing
    name
    for name, case in CASES.items()
    if not case.options.keys() & {"maximize", "weight_decay"} or "decoupled_weight_decay" in case.options
]


# -- the problem ---------------------------------------------------------------------------------------------------

_STREAM = np.random.default_rng(7)
STARTS = [_STREAM.normal(size=shape).astype(np.float32).astype(np.float64) for shape in SHAPES]
_STEEPNESS = [_STREAM.uniform(0.5, 4.0, size=shape).astype(np.float32).astype(np.float64) for shape in SHAPES]
_CENTRES = [_STREAM.normal(size=shape).astype(np.float32).astype(np.float64) for shape in SHAPES]
_NOISE = [_STREAM.normal(scale=0.5, size=(STEPS, *shape)).astype(np.float32).astype(np.float64) for shape in SHAPES]


def disturbed(t: int, i: int, w: Array) -> Array:
    """The gradient of parameter i at step t: steepness (w - centre) + noise."""
    return np.asarray(_STEEPNESS[i] * (w - _CENTRES[i]) + _NOISE[i][t]).astype(w.dtype)


def valley(ws: list[Array]) -> tuple[float, list[Array]]:
    """sum s (w - c)^2 / 2 + (w - c)^4 / 4 over all entries, and its gradients: not quadratic, with one minimum."""
    gaps = [w - c for w, c in zip(ws, _CENTRES, strict=True)]
    value = sum(float((s * d**2 / 2 + d**4 / 4).sum()) for s, d in zip(_STEEPNESS, gaps, strict=True))
    return value, [np.asarray(s * d + d**3).astype(w.dtype) for w, s, d in zip(ws, _STEEPNESS, gaps, strict=True)]


# -- both answers --------------------------------------------------------------------------------------------------


def ours(case: Case, dtype: type) -> dict[str, Array]:
    """The parameters after some steps, and the state after the last, by name."""
    ws = [Tensor(start.astype(dtype), requires_grad=True) for start in STARTS]
    optimizer = getattr(optim, case.optimizer)(ws, **case.options)
    return _run(case, optimizer, ws, lambda w: w.data, Tensor, lambda x: np.asarray(x))


def theirs(case: Case, dtype: type) -> dict[str, Array]:
    """The same of PyTorch, which counts in its default dtype."""
    import torch

    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32 if dtype is np.float32 else torch.float64)
    try:
        ws = [torch.tensor(start.astype(dtype), requires_grad=True) for start in STARTS]
        optimizer = getattr(torch.optim, case.optimizer)(ws, **case.options)
        return _run(case, optimizer, ws, lambda w: w.detach().numpy(), torch.tensor, lambda x: np.asarray(x))
    finally:
        torch.set_default_dtype(usual)


def _run(
    case: Case, optimizer: Any, ws: list[Any], read: Callable[[Any], Array], tensor: Any, plain: Callable[[Any], Array]
) -> dict[str, Array]:
    found: dict[str, Array] = {}

    def look(step: int) -> None:
        found.update({f"w{i} after {step}": read(w).copy() for i, w in enumerate(ws)})

    if case.optimizer == "LBFGS":

        def closure() -> float:
            value, gradients = valley([read(w) for w in ws])
            for w, g in zip(ws, gradients, strict=True):
                w.grad = tensor(g)
            return value

        for call in range(CALLS):
            found[f"loss {call}"] = np.asarray(float(optimizer.step(closure)))
            look(call)
        counts = optimizer.state[ws[0]]
        return found | {name: np.asarray(counts[name]) for name in ("n_iter", "func_evals")}
    for t in range(STEPS):
        for i, w in enumerate(ws):
            w.grad = tensor(disturbed(t, i, read(w)))
        optimizer.step()
        if t + 1 in SEEN:
            look(t + 1)
    for i, w in enumerate(ws):
        found |= {f"{name}{i}": plain(x) for name, x in sorted(optimizer.state[w].items()) if x is not None}
    return found


def answer(case: Case) -> Array:
    """PyTorch's numbers in a row, for storing."""
    return np.concatenate([np.ravel(x).astype(np.float64) for x in theirs(case, np.float64).values()])
