"""What a network consists of, layer by layer: shapes, parameters, operations, memory.

Here: `summary`, which measures by one forward pass, and the rows it gives.
Elsewhere: each layer counts its own operations (Module.flops); the computation itself as data is pellucid.tensor.graph.
Imports: numpy, pellucid.nn, pellucid.tensor.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from pellucid.nn._module import ROOT, Module
from pellucid.ops._primitive import Array
from pellucid.tensor._node import no_grad
from pellucid.tensor._tensor import Tensor
from pellucid.tensor._tree import leaves

_HEADS = ("path", "type", "output", "parameters", "buffers", "FLOPs", "bytes")


@final
@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One module; counts are its own, without those of the modules below, and what is shared counts where it is first.

    >>> from pellucid.nn import Linear
    >>> summary(Linear(3, 2), (5, 3)).rows[0]
    SummaryRow(path='net', type='Linear', output=((5, 2),), parameters=8, trainable=8, buffers=0, flops=70, bytes=32)
    """

    path: str
    type: str
    output: tuple[tuple[int, ...], ...]  # shapes of what the last call returned; none for a module that was not called
    parameters: int  # entries
    trainable: int  # of these, entries that require a gradient
    buffers: int  # entries
    flops: int | None  # of all calls; 2 for a multiplication and addition; None where the module cannot tell
    bytes: int  # of parameters and buffers


@final
@dataclass(frozen=True, slots=True)
class Summary:
    """The rows of a network and their totals; prints as a table.

    >>> from pellucid.nn import Linear
    >>> summary(Linear(3, 2), (5, 3)).flops
    70
    """

    rows: tuple[SummaryRow, ...]

    @property
    def parameters(self) -> int:
        """Entries that are learned or could be."""
        return sum(row.parameters for row in self.rows)

    @property
    def trainable(self) -> int:
        """Entries of the parameters that require a gradient."""
        return sum(row.trainable for row in self.rows)

    @property
    def buffers(self) -> int:
        """Entries that are kept, but not learned."""
        return sum(row.buffers for row in self.rows)

    @property
    def flops(self) -> int:
        """Floating-point operations of one forward pass in use, of the modules that can tell."""
        return sum(row.flops or 0 for row in self.rows)

    @property
    def bytes(self) -> int:
        """Memory of parameters and buffers."""
        return sum(row.bytes for row in self.rows)

    def __str__(self) -> str:
        table = [_HEADS, *(_cells(row) for row in self.rows)]
        totals = (f"{n:,}" for n in (self.parameters, self.buffers, self.flops, self.bytes))
        table.append(("total", "", "", *totals))
        widths = [max(len(line[i]) for line in table) for i in range(len(_HEADS))]
        lines = [
            "  ".join(
                cell.ljust(width) if i < 3 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in table
        ]
        rule = "-" * max(map(len, lines))
        notes = ["FLOPs: one forward pass in use; a multiplication and an addition are two."]
        if untold := sorted({row.type for row in self.rows if row.flops is None}):
            notes.append(f"Not counted (-): {', '.join(untold)}.")
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1], *notes])


def summary(model: Module, *inputs: Any) -> Summary:
    """The modules of a network with output shapes, parameters, operations and memory, from one forward pass.

    inputs: what the model is called with. A tuple of whole numbers stands for zeros of that shape; give an array where
    zeros will not do.
    The pass runs without recording and as in use (`eval()`); afterwards modes, buffers and hooks are as before.
    Raises what the model raises, such as a ShapeError that names the layer.

    >>> from pellucid.nn import Flatten, Linear, Sequential
    >>> print(summary(Sequential(Flatten(), Linear(784, 10)), (64, 1, 28, 28)))
    path   type        output     parameters  buffers      FLOPs   bytes
    --------------------------------------------------------------------
    net    Sequential  (64, 10)            0        0          0       0
    net.0  Flatten     (64, 784)           0        0          0       0
    net.1  Linear      (64, 10)        7,850        0  1,004,160  31,400
    --------------------------------------------------------------------
    total                              7,850        0  1,004,160  31,400
    FLOPs: one forward pass in use; a multiplication and an addition are two.
    """
    watched: dict[int, tuple[list[tuple[int, ...]], int | None]] = {}

    def watch(module: Module, args: tuple[Any, ...], y: Any) -> None:
        shapes = [value.shape for value in leaves(y) if hasattr(value, "shape")]
        count, earlier = module.flops(args, y), watched[id(module)][1] if id(module) in watched else 0
        watched[id(module)] = shapes, None if count is None or earlier is None else count + earlier

    with ExitStack() as stack:
        stack.enter_context(no_grad())
        for module in model.modules():
            stack.enter_context(_as_it_was(module))
            module.register_forward_hook(watch)
        model.eval()
        model(*(_example(model, x) for x in inputs))
    return Summary(tuple(_rows(model, watched)))


@contextmanager
def _as_it_was(module: Module) -> Iterator[None]:
    """Inside, the module has no hooks; afterwards mode, hooks and own buffers are those from before."""
    own = module.__dict__
    mode, hooks, buffers = own["training"], own["_hooks"], dict(own["_buffers"])
    kept: list[tuple[Tensor, Array, int]] = [(b, b.data.copy(), b.changed) for b in buffers.values() if b is not None]
    own["_hooks"] = {}
    try:
        yield
    finally:
        own["training"], own["_hooks"] = mode, hooks
        own["_buffers"].update(buffers)
        own.update(buffers)
        for buffer, entries, changed in kept:
            buffer.data[...] = entries
            buffer.changed = changed


def _example(model: Module, x: Any) -> Any:
    if not (isinstance(x, tuple) and all(isinstance(n, int) for n in x)):
        return x
    dtype = next((p.dtype for p in model.parameters()), np.dtype(np.float32))
    return Tensor(np.zeros(x, dtype))


def _rows(model: Module, watched: dict[int, tuple[list[tuple[int, ...]], int | None]]) -> Iterator[SummaryRow]:
    seen: set[int] = set()

    def fresh(tensors: dict[str, Any]) -> list[Tensor]:
        new = {id(t): t for t in tensors.values() if t is not None and id(t) not in seen}
        seen.update(new)
        return list(new.values())

    for path, module in model.named_modules(ROOT):
        parameters, buffers = fresh(module._parameters), fresh(module._buffers)
        shapes, flops = watched.get(id(module), ([], 0))
        yield SummaryRow(
            path=path,
            type=type(module).__name__,
            output=tuple(shapes),
            parameters=sum(p.size for p in parameters),
            trainable=sum(p.size for p in parameters if p.requires_grad),
            buffers=sum(b.size for b in buffers),
            flops=flops,
            bytes=sum(t.data.nbytes for t in (*parameters, *buffers)),
        )


def _cells(row: SummaryRow) -> tuple[str, ...]:
    shapes = ", ".join(map(str, row.output)) or "-"
    flops = "-" if row.flops is None else f"{row.flops:,}"
    return (row.path, row.type, shapes, f"{row.parameters:,}", f"{row.buffers:,}", flops, f"{row.bytes:,}")
