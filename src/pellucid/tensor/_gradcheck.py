"""Derivatives held against central differences.

Here: `gradcheck` for functions and modules, and the report it gives.
Elsewhere: the transforms it checks are in _transforms.py.
Imports: numpy, pellucid.errors, pellucid.tensor.

Source: Nocedal and Wright, Numerical Optimization, 2006, section 8.1, for the size of the step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.errors import GraphError
from pellucid.ops._primitive import Array
from pellucid.tensor._node import no_grad
from pellucid.tensor._tensor import Tensor, as_tensor
from pellucid.tensor._transforms import gradients
from pellucid.tensor._tree import fresh, leaves

_STEP = 6e-6  # eps^(1/3) in float64: there the cut-off error h^2 and the rounding error eps / h are equal


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """What `gradcheck` found; true when every entry agrees.

    >>> gradcheck(lambda x: x * x, 3.0).entries
    1
    """

    agrees: bool
    entries: int  # entries compared
    name: str  # of the input or parameter with the worst entry
    index: tuple[int, ...]  # of the worst entry
    derived: float  # its derivative by the rules
    measured: float  # its derivative by central differences
    error: float  # |derived - measured| / (atol + rtol |measured|); agreement means <= 1

    def __bool__(self) -> bool:
        return self.agrees

    def __str__(self) -> str:
        verdict = "agree" if self.agrees else "DISAGREE"
        at = f"{self.name}{list(self.index)}" if self.index else self.name
        return (
            f"{self.entries} derivatives {verdict} with central differences; worst at {at}: "
            f"derived {self.derived:.9g}, measured {self.measured:.9g}"
        )


def gradcheck(
    fn: Callable[..., Any], *inputs: Any, atol: float = 1e-6, rtol: float = 1e-5, step: float = _STEP
) -> GradientCheck:
    """Compare every derivative of fn at the inputs with a central difference, in float64.

        (f(x + h) - f(x - h)) / 2h,    f = sum of fn(inputs) times fixed pseudo-random weights

    fn: a function of Tensors, or a module (its parameters are checked too; they are float64 during the check, and
    restored afterwards with its buffers). It must be deterministic: switch dropout off by `module.eval()`.
    inputs: Tensors, arrays or structures of them; whole numbers are passed on unchanged.
    Returns a report that is true when all agree, and names the worst entry. Wrong at a kink (relu at 0), as it must be.

    >>> bool(gradcheck(lambda x: (x * x).sum(), [1.0, 2.0]))
    True
    >>> def cube_with_a_slip(x): return x * (x * x).detach()
    >>> print(gradcheck(cube_with_a_slip, 2.0))
    1 derivatives DISAGREE with central differences; worst at input 0: derived 6.54784675, measured 19.6435402
    """
    args, named = _float64(inputs)
    held = _parameters(fn)
    saved = [p.data for _, p in held]
    buffers = [(b, b.data.copy()) for b in _buffers(fn)]
    try:
        for _, p in held:
            p.data = p.data.astype(np.float64)
        named = [*named, *held]
        if not named:
            raise GraphError("gradcheck: no input or parameter is a floating-point value; nothing can be checked.")
        return _compare(lambda: _scalar(fn, args), named, atol, rtol, step)
    finally:
        for (_, p), data in zip(held, saved, strict=True):
            p.data = data
        for buffer, entries in buffers:
            buffer.data[...] = entries


def _compare(
    value: Callable[[], Tensor], named: list[tuple[str, Tensor]], atol: float, rtol: float, step: float
) -> GradientCheck:
    y = value()
    if not y.requires_grad:
        raise GraphError("gradcheck: the result depends on no input; was it computed under no_grad or detached?")
    derived = gradients([y], [x for _, x in named])
    worst = GradientCheck(True, sum(x.size for _, x in named), named[0][0], (), 0.0, 0.0, 0.0)
    for (name, x), slope in zip(named, derived, strict=True):
        measured = _differences(value, x, step)
        error = np.abs(slope.data - measured) / (atol + rtol * np.abs(measured))
        error = np.where(np.isfinite(error), error, np.inf)
        if error.size and error.max() > worst.error:
            at = np.unravel_index(int(error.argmax()), error.shape)
            index = tuple(int(i) for i in at)
            worst = GradientCheck(
                bool(error[at] <= 1),
                worst.entries,
                name,
                index,
                float(slope.data[at]),
                float(measured[at]),
                float(error[at]),
            )
    return worst


def _differences(value: Callable[[], Tensor], x: Tensor, step: float) -> Array:
    """Central differences of value() with respect to each entry of x, which is moved and put back."""
    out = np.zeros(x.shape)
    kept = x.data
    with no_grad():
        for at in np.ndindex(x.shape):
            h = step * max(1.0, abs(float(kept[at])))
            ends = []
            for way in (h, -h):
                x.data = kept.copy()
                x.data[at] += way
                ends.append(float(value().item()))
            out[at] = (ends[0] - ends[1]) / (2 * h)
    x.data = kept
    return out


def _scalar(fn: Callable[..., Any], args: list[Any]) -> Tensor:
    """All results of fn, each entry weighted by a fixed number in [1, 2), summed: no cancellation hides an error."""
    total: Tensor | None = None
    for k, y in enumerate(leaves(fn(*args))):
        t = as_tensor(y)
        weights = np.random.default_rng(k).uniform(1.0, 2.0, t.shape)
        part = (t * weights).sum()
        total = part if total is None else total + part
    assert total is not None
    return total


def _float64(inputs: tuple[Any, ...]) -> tuple[list[Any], list[tuple[str, Tensor]]]:
    """The inputs with floating-point values as float64 leaves, and those leaves by name."""
    args, named = [], []
    for k, value in enumerate(inputs):
        if isinstance(value, list) and all(isinstance(v, (int, float)) for v in value):
            value = np.asarray(value, dtype=np.float64)
        tree, marked = fresh(value)
        for n, t in enumerate(marked):
            t.data = t.data.astype(np.float64)
            named.append((t.name or f"input {k}" + (f" part {n}" if len(marked) > 1 else ""), t))
        args.append(tree)
    return args, named


def _parameters(fn: Any) -> list[tuple[str, Tensor]]:
    """The parameters of a module that require a gradient; none for a plain function."""
    listed = getattr(fn, "named_parameters", None)
    return [(name, p) for name, p in listed() if p.requires_grad] if callable(listed) else []


def _buffers(fn: Any) -> list[Tensor]:
    """The buffers of a module, which a forward pass may change; none for a plain function."""
    listed = getattr(fn, "buffers", None)
    return list(listed()) if callable(listed) else []
