"""The table of activations and losses: one row is one call that pellucid and PyTorch must answer alike.

A row says the function's name (the same in both), its inputs, how many of them require a gradient, and its options.
The tests walk it; scripts/torch_fixtures.py stores PyTorch's answers. A new function is tested by a row here.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid import Tensor
from pellucid.nn import functional

Array = np.ndarray[Any, Any]

STORED = "torch_functions.npz"


@dataclass(frozen=True, eq=False)
class Case:
    function: str
    inputs: tuple[Array, ...]
    learned: int = 1  # so many inputs, from the first, require a gradient
    options: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    smooth: bool = True  # differentiable near these inputs, whose differences are of the size of 1

    @property
    def name(self) -> str:
        shapes = " ".join(str(x.shape).replace(" ", "") + ("" if x.dtype.kind == "f" else "i") for x in self.inputs)
        chosen = (f"{key}={_shown(value)}" for key, value in self.options.items())
        return " ".join([self.function, shapes, *chosen, *([self.note] if self.note else [])])


def _shown(value: Any) -> str:
    return str(value.shape).replace(" ", "") if isinstance(value, np.ndarray) else str(value)


# -- inputs --------------------------------------------------------------------------------------------------------

SHAPES = ((7,), (3, 4), (2, 1, 3), ())
CLASS_SHAPES = ((5, 4), (1, 3), (4, 1), (2, 3, 4), (2, 4, 3, 2))
EXTREME = (-1e4, -1000.0, -100.0, -88.5, -20.5, -1e-4, 1e-4, 20.5, 88.5, 100.0, 1000.0, 1e4)
REDUCTIONS = ("mean", "sum", "none")


def normal(shape: tuple[int, ...], stream: int = 0) -> Array:
    """Numbers that float32 holds exactly, so that both precisions are asked the same question; none near 0 or 1."""
    x = np.random.default_rng([stream, *shape]).normal(scale=1.5, size=shape).astype(np.float32)
    x += np.where(np.abs(x) < 0.05, 0.1, 0.0).astype(np.float32)
    x += np.where(np.abs(np.abs(x) - 1) < 0.05, 0.1, 0.0).astype(np.float32)
    return np.asarray(x, dtype=np.float64)


def shares(shape: tuple[int, ...], stream: int = 0) -> Array:
    """Numbers within (0, 1)."""
    x = np.random.default_rng([stream, *shape]).uniform(0.02, 0.98, shape)
    return x.astype(np.float32).astype(np.float64)


def distribution(shape: tuple[int, ...], stream: int = 0) -> Array:
    """Numbers within (0, 1), so that each can be moved, that sum to 0.98 along axis 1."""
    x = shares(shape, stream)
    return (0.98 * x / x.sum(axis=1, keepdims=True)).astype(np.float32).astype(np.float64)


def classes(shape: tuple[int, ...], stream: int = 0) -> Array:
    """One class number for each row of scores of this shape (N, K, d..)."""
    return np.random.default_rng([stream, *shape]).integers(0, shape[1], (shape[0], *shape[2:]))


# -- rows ----------------------------------------------------------------------------------------------------------

_KINKED = ("relu", "leaky_relu", "elu")
_ELEMENTWISE: list[tuple[str, dict[str, Any]]] = [
    ("relu", {}),
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("elu", {}),
    ("elu", {"alpha": 1.7}),
    ("gelu", {}),
    ("gelu", {"approximate": "tanh"}),
    ("silu", {}),
    ("sigmoid", {}),
    ("softplus", {}),
    ("softplus", {"beta": 3.0}),
    ("softplus", {"beta": 0.5, "threshold": 0.25}),
]


def _activations() -> Iterator[Case]:
    extreme = np.array(EXTREME)
    for name, options in _ELEMENTWISE:
        for shape in SHAPES:
            yield Case(name, (normal(shape),), options=options)
        yield Case(name, (extreme,), options=options, note="extreme", smooth=False)
        yield Case(name, (np.zeros(1),), options=options, note="at 0", smooth=name not in _KINKED)
    for name in ("softmax", "log_softmax"):
        for shape, axis in (((7,), 0), ((3, 4), 0), ((3, 4), -1), ((2, 3, 4), 1), ((2, 1), 1)):
            yield Case(name, (normal(shape),), options={"axis": axis})
        yield Case(name, (extreme,), options={"axis": 0}, note="extreme", smooth=False)
        yield Case(name, (np.full((2, 3), -1e4),), options={"axis": 1}, note="all far below 0", smooth=False)


def _regression_losses() -> Iterator[Case]:
    for reduction in REDUCTIONS:
        for shape in SHAPES:
            for name, options in (
                ("l1_loss", {}),
                ("mse_loss", {}),
                ("huber_loss", {}),
                ("huber_loss", {"delta": 0.4}),
            ):
                pair = normal(shape), normal(shape, stream=1)
                yield Case(name, pair, learned=2, options={"reduction": reduction, **options})
        for name in ("l1_loss", "mse_loss", "huber_loss"):
            pair = np.array(EXTREME), np.array(EXTREME[::-1])
            yield Case(name, pair, options={"reduction": reduction}, note="extreme", smooth=False)
            pair = np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 4.0])  # equal, and just delta apart
            yield Case(name, pair, options={"reduction": reduction}, note="at kinks", smooth=False)


def _binary_losses() -> Iterator[Case]:
    for reduction in REDUCTIONS:
        for shape in SHAPES:
            weighted = {"reduction": reduction, "weight": shares(shape, stream=2)}
            for options in ({"reduction": reduction}, weighted):
                pair = shares(shape), shares(shape, stream=1)
                yield Case("binary_cross_entropy", pair, learned=2, options=options)
                pair = normal(shape), shares(shape, stream=1)
                yield Case("binary_cross_entropy_with_logits", pair, learned=2, options=options)
        hard = np.array([0.0, 1.0] * 6)
        columns = normal((4, 3)), shares((4, 3), stream=1)
        balance = {"reduction": reduction, "pos_weight": np.array([0.5, 2.0, 8.0])}
        yield Case("binary_cross_entropy_with_logits", columns, options=balance)
        both = {**balance, "weight": shares((4, 1), stream=2)}
        yield Case("binary_cross_entropy_with_logits", columns, options=both, note="column of weights")
        for note, target in (("hard", hard), ("hard, the other way round", 1 - hard)):
            logits = np.array(EXTREME), target
            yield Case(
                "binary_cross_entropy_with_logits", logits, options={"reduction": reduction}, note=note, smooth=False
            )
        certain = np.array([0.0, 1.0]), np.array([1.0, 0.0])  # wrong, and sure of it
        yield Case("binary_cross_entropy", certain, options={"reduction": reduction}, note="certain", smooth=False)


def _divergences() -> Iterator[Case]:
    for reduction in (*REDUCTIONS, "batchmean"):
        for shape in ((3, 4), (2, 3, 2)):
            for log_target in (False, True):
                target = np.log(distribution(shape)) if log_target else distribution(shape)
                pair = normal(shape), target.astype(np.float32).astype(np.float64)
                yield Case("kl_div", pair, learned=2, options={"reduction": reduction, "log_target": log_target})
        pair = normal((2, 3)), np.array([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]])
        yield Case("kl_div", pair, options={"reduction": reduction}, note="target 0")


def _class_losses() -> Iterator[Case]:
    for reduction in REDUCTIONS:
        for shape in CLASS_SHAPES:
            x, y, k = normal(shape), classes(shape), shape[1]
            weight = shares((k,), stream=2)
            some = np.where(np.arange(y.size).reshape(y.shape) % 3 == 1, -100, y)
            asked: list[tuple[Array, dict[str, Any], str]] = [
                (y, {}, ""),
                (y, {"weight": weight}, ""),
                (some, {}, "some ignored"),
                (some, {"weight": weight}, "some ignored"),
                (np.where(some == -100, k - 1, y), {"weight": weight, "ignore_index": k - 1}, "a class ignored"),
            ]
            for target, options, note in asked:
                options = {"reduction": reduction, **options}
                if reduction == "mean" and (target == options.get("ignore_index", -100)).all():
                    continue  # PyTorch's nan is an error here
                yield Case("nll_loss", (x, target), options=options, note=note)
                yield Case("cross_entropy", (x, target), options=options, note=note)
                options = {"label_smoothing": 0.2, **options}
                yield Case("cross_entropy", (x, target), options=options, note=note)
            q = distribution(shape, stream=1)
            for options in (
                {},
                {"weight": weight},
                {"label_smoothing": 0.2},
                {"weight": weight, "label_smoothing": 1.0},
            ):
                yield Case("cross_entropy", (x, q), learned=2, options={"reduction": reduction, **options})
        extreme = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, 1e4], [1e4, 1e4, 1e4]])
        for target in (np.array([0, 2, 1]), np.array([1, 0, 2])):
            for smoothing in (0.0, 0.1):
                yield Case(
                    "cross_entropy",
                    (extreme, target),
                    options={"reduction": reduction, "label_smoothing": smoothing},
                    note=f"extreme {target.tolist()}",
                    smooth=False,
                )


def _margin_losses() -> Iterator[Case]:
    for reduction in REDUCTIONS:
        for shape in ((5, 4), (1, 3), (4, 1)):
            for p in (1, 2):
                pair, options = (normal(shape), classes(shape)), {"reduction": reduction, "p": p}
                yield Case("multi_margin_loss", pair, options=options)
                options = {**options, "margin": 0.3, "weight": shares(shape[1:], stream=2)}
                yield Case("multi_margin_loss", pair, options=options)
        for shape in SHAPES:
            pair = normal(shape), np.where(normal(shape, stream=1) > 0, 1.0, -1.0)
            yield Case("hinge_loss", pair, options={"reduction": reduction})
        pair = np.array(EXTREME), np.array([1.0, -1.0] * 6)
        yield Case("hinge_loss", pair, options={"reduction": reduction}, note="extreme")


_PARTS = (_activations, _regression_losses, _binary_losses, _divergences, _class_losses, _margin_losses)
_ROWS = [case for part in _PARTS for case in part()]
CASES: dict[str, Case] = {case.name: case for case in _ROWS}
assert len(CASES) == len(_ROWS), "two rows have one name"


# -- the two answers -----------------------------------------------------------------------------------------------


def cotangent(shape: tuple[int, ...]) -> Array:
    """What results are weighted by before they are summed and differentiated: 1, 1.25, ... 2, over and over."""
    return 1.0 + (np.arange(np.prod(shape, dtype=int)) % 5).reshape(shape) / 4


def call(case: Case, *inputs: Any) -> Tensor:
    """pellucid's value."""
    result: Tensor = getattr(functional, case.function)(*inputs, **case.options)
    return result


def ours(case: Case, dtype: type) -> list[Array]:
    """pellucid's value and gradients."""
    xs = [Tensor(x, dtype if x.dtype.kind == "f" else None) for x in case.inputs]
    for x in xs[: case.learned]:
        x.requires_grad_()
    y = call(case, *xs)
    y.backward(cotangent(y.shape))
    return [y.numpy(), *(x.grad.numpy() for x in xs[: case.learned])]


def theirs(case: Case, dtype: type) -> list[Array]:
    """PyTorch's value and gradients."""
    import torch

    xs = [torch.tensor(x.astype(dtype) if x.dtype.kind == "f" else x) for x in case.inputs]
    for x in xs[: case.learned]:
        x.requires_grad_()
    options = {_THEIR_OPTIONS.get(key, key): _tensor(value, dtype) for key, value in case.options.items()}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "reduction: 'mean' divides", UserWarning)  # kl_div's note on its own default
        y = _their_function(case.function)(*xs, **options)
    y.backward(torch.tensor(cotangent(tuple(y.shape)).astype(dtype)))
    return [y.detach().numpy(), *(x.grad.numpy() for x in xs[: case.learned])]


def answer(case: Case) -> Array:
    """PyTorch's value and gradients in float64, one after another: what the fixture stores."""
    return np.concatenate([part.ravel() for part in theirs(case, np.float64)])


_THEIR_OPTIONS = {"axis": "dim"}


def _tensor(value: Any, dtype: type) -> Any:
    import torch

    return torch.tensor(value.astype(dtype)) if isinstance(value, np.ndarray) else value


def _their_function(name: str) -> Any:
    import torch

    def hinge_loss(x: Any, t: Any, reduction: str) -> Any:  # PyTorch has no function of this definition
        loss = torch.clamp(1 - t * x, min=0)
        return loss if reduction == "none" else getattr(loss, reduction)()

    return hinge_loss if name == "hinge_loss" else getattr(torch.nn.functional, name)
