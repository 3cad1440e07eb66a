"""Compiled functions: traced when first called, run by an engine from then on.

Here: `compile`, `Compiled`.
Elsewhere: tracing is in _tracer.py, what makes it trace anew in _guards.py, the engines in _engines.py.
Imports: numpy, pellucid.errors, pellucid.tensor, pellucid.compiler.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from pellucid.compiler._engine import Executable
from pellucid.compiler._engines import engine_named
from pellucid.compiler._guards import Guard, guards_of
from pellucid.compiler._program import Constant, Program
from pellucid.compiler._tracer import Place, Traced, trace
from pellucid.errors import GraphError
from pellucid.ops._primitive import Array
from pellucid.tensor._symbol import tracer
from pellucid.tensor._tensor import Tensor
from pellucid.tensor._tree import leaves, rebuilt

VERSIONS = 16  # programs kept for a function; the oldest goes first


def compile(fn: Callable[..., Any], *, engine: str = "numpy") -> "Compiled":
    """A function that does what fn does, as one program: forward, backward, update, all at once.

    fn: any function over arrays, Tensors, modules and optimizers.  It is run once for every shape and kind of its
    arguments, on symbols; from then on its program runs in its place.  Parameters, buffers, moments and learning rates
    are found, read anew each time and renewed in place.  What else Python does in fn (append to a list, print a text)
    happens only while it is traced.  What it returns carries no record; gradients that an optimizer has used up in fn
    are None afterwards.
    engine: "numpy" interprets the program.
    Raises TraceError, naming the line, where fn needs entries before they exist.

    >>> from pellucid import Tensor, nn, optim
    >>> net = nn.Linear(1, 1, seed=0)
    >>> optimizer = optim.SGD(net.parameters(), lr=0.5)
    >>> def step(x, y):
    ...     optimizer.zero_grad()
    ...     loss = nn.MSELoss()(net(x), y)
    ...     loss.backward()
    ...     optimizer.step()
    ...     return loss
    >>> fast = compile(step)
    >>> x = np.linspace(-1, 1, 8, dtype=np.float32)[:, None]
    >>> losses = [fast(x, 3 * x + 1).item() for _ in range(60)]
    >>> losses[-1] < 1e-6, round(net.weight.item(), 2), len(fast.programs)
    (True, 3.0, 1)
    """
    return Compiled(fn, engine)


@final
@dataclass(frozen=True, slots=True)
class _Version:
    """A program, ready to run, and what it was made for."""

    traced: Traced
    run: Executable
    guards: tuple[Guard, ...]


@final
class Compiled:
    """What `compile` gives: called like the function it was made of.

    >>> double = Compiled(lambda x: x * 2, "numpy")
    >>> double(np.ones(2)).tolist(), [node.op.name for node in double.programs[0].nodes]
    ([2.0, 2.0], ['multiply'])
    """

    def __init__(self, fn: Callable[..., Any], engine: str) -> None:
        functools.update_wrapper(self, fn)
        self._fn, self._engine = fn, engine_named(engine)
        self._versions: dict[Any, list[_Version]] = {}

    @property
    def programs(self) -> list[Program]:
        """The programs made so far, the newest last."""
        return [version.traced.program for versions in self._versions.values() for version in versions]

    def text(self) -> str:
        """The newest program as people read it.  Raises GraphError before the first call."""
        if not self.programs:
            raise GraphError("compile: the function has not been called yet, so there is no program; call it first.")
        return self.programs[-1].text()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if tracer() is not None:  # a compiled function within a traced one is a part of it
            return self._fn(*args, **kwargs)
        given = leaves((args, kwargs))
        version = self._version(args, kwargs, given)
        return _finish(version, given, version.run(_inputs(version.traced, given)))

    def _version(self, args: Any, kwargs: Any, given: list[Any]) -> _Version:
        """The program made for these arguments and the present state of things; traced when there is none."""
        key = repr(rebuilt((args, kwargs), list(map(_kind, given))))
        versions = self._versions.setdefault(key, [])
        for version in versions:
            if all(guard.holds() for guard in version.guards) and all(map(_unchanged, version.traced.constants)):
                return version
        traced = trace(self._fn, *args, **kwargs)
        guards = tuple(guards_of(self._fn, [x for x in given if not isinstance(x, (np.ndarray, Tensor))]))
        versions.append(_Version(traced, self._engine.build(traced.program), guards))
        del versions[:-VERSIONS]
        return versions[-1]


def _kind(x: Any) -> Any:
    """What a program depends on of an argument: shape and dtype of an array, a plain value itself."""
    if isinstance(x, (Tensor, np.ndarray)):
        return ("array", x.shape, x.dtype.str, isinstance(x, Tensor) and x.requires_grad)
    return x if isinstance(x, (bool, int, float, str, type(None))) else (type(x).__name__, id(x))


def _inputs(traced: Traced, given: list[Any]) -> list[Any]:
    """A value for every input of the program."""
    at = {x: given[i] for i, x in enumerate(traced.arguments) if x is not None}
    found = []
    for x in traced.program.inputs:
        value = traced.cells[x].read() if x in traced.cells else at[x]
        found.append(value.data if isinstance(value, Tensor) else value)
    return found


def _unchanged(constant: tuple[Array, Constant]) -> bool:
    """Whether an array that was taken as it is still holds what it held."""
    return np.array_equal(*(constant[0], constant[1].array), equal_nan=constant[0].dtype.kind == "f")


def _finish(version: _Version, given: list[Any], answers: Any) -> Any:
    """Write the new state, and give what the function returns.  Raises what a check of the function raises."""
    traced = version.traced
    for check, holds in zip(traced.program.checks, answers.holds, strict=True):
        if not holds:
            raise check.error()
    for x, value in zip(traced.program.updates, answers.updates, strict=True):
        if value is None:
            traced.cells[x].renewed()
        else:
            traced.cells[x].write(value)
    for p in traced.without_gradient:
        p.grad = None
    for act in traced.after:
        act()
    outputs = [Tensor.wrap(np.array(y)) for y in answers.outputs]
    ends = leaves(traced.returned)
    return rebuilt(traced.returned, [outputs[x.i] if isinstance(x, Place) else x for x in ends])
