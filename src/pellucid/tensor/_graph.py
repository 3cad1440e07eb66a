"""The recorded graph as data.

Here: `graph`, which lists every value on the way to a result, with its primitive, operands, value, gradient and rule.
Elsewhere: pictures of it are drawn elsewhere, from these rows; the backward pass is in _backward.py.
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from pellucid.errors import GraphError
from pellucid.ops._primitive import Array
from pellucid.tensor._backward import by_birth, cotangents, operands_of
from pellucid.tensor._node import Node
from pellucid.tensor._tensor import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class GraphNode:
    """One value of a recorded computation.

    >>> product = graph(Tensor(3.0, requires_grad=True, name="x") * 2.0)[-1]
    >>> product.primitive, product.operands, product.value.item()
    ('multiply', ('x', '2.0'), 6.0)
    """

    name: str  # the Tensor's own name, or primitive_number in order of birth
    primitive: str | None  # None for a leaf or a constant
    operands: tuple[str, ...]  # names of the values it was computed from; constants in full
    shape: tuple[int, ...]
    dtype: str
    value: Array  # read-only where the record depends on it
    gradient: Array | None  # of the result with respect to this value; None where none is needed
    rule: str  # the primitive's equation and derivative, in words people can read

    def __str__(self) -> str:
        made = f"{self.primitive}({', '.join(self.operands)})" if self.primitive else "leaf"
        slope = "" if self.gradient is None else f"  gradient {_short(self.gradient)}"
        return f"{self.name} = {made}  {self.shape}  value {_short(self.value)}{slope}"


def graph(result: Tensor) -> list[GraphNode]:
    """Every value from which `result` was computed, operands first, each with its gradient.

    result: a recorded value whose graph has not been freed (call this before `backward()`, or keep the graph with
    retain_graph=True). No `.grad` is touched, nothing is freed.  Raises GraphError otherwise. Where the result has
    several entries it has no single derivative, and the gradients are None.

    >>> x, y, z = (Tensor(v, requires_grad=True, name=n) for n, v in (("x", 3.0), ("y", 5.0), ("z", 9.0)))
    >>> for node in graph((x + y) * z): print(node)
    x = leaf  ()  value 3.0  gradient 9.0
    y = leaf  ()  value 5.0  gradient 9.0
    z = leaf  ()  value 9.0  gradient 8.0
    add_1 = add(x, y)  ()  value 8.0  gradient 9.0
    multiply_1 = multiply(add_1, z)  ()  value 72.0  gradient 1.0
    """
    if not result.requires_grad:
        raise GraphError("graph: nothing was recorded for this value; give the leaves requires_grad=True.")
    nodes = _all_nodes(result)
    slopes: dict[Node, Array] = {}
    if result.size == 1:
        slopes = cotangents([result], [np.ones(result.shape, result.dtype)], keep=set(nodes), retain=True)
    names = _names(nodes)
    return [_row(node, names, slopes.get(node)) for node in nodes]


def _all_nodes(result: Node) -> list[Node]:
    """Every value behind the result, constants included, in order of birth."""
    found = {result}
    todo = [result]
    while todo:
        node = todo.pop()
        for x in operands_of(node) if node.op is not None else ():
            if isinstance(x, Node) and x not in found:
                found.add(x)
                todo.append(x)
    return sorted(found, key=by_birth)


def _names(nodes: list[Node]) -> dict[Node, str]:
    """A name for every node, none given twice: its own, or its primitive's, numbered in order of birth."""
    names: dict[Node, str] = {}
    taken: set[str] = set()
    for node in nodes:
        if node.name and node.name not in taken:
            names[node] = node.name
            taken.add(node.name)
    numbers: dict[str, Iterator[int]] = defaultdict(lambda: count(1))
    for node in nodes:
        if node not in names:
            stem = node.name or (node.op.name if node.op else "leaf")
            names[node] = next(name for n in numbers[stem] if (name := f"{stem}_{n}") not in taken)
    return names


def _row(node: Node, names: dict[Node, str], gradient: Array | None) -> GraphNode:
    operands: tuple[Any, ...] = operands_of(node) if node.op else ()
    return GraphNode(
        name=names[node],
        primitive=node.op.name if node.op else None,
        operands=tuple(names[x] if isinstance(x, Node) else _short(np.asarray(x)) for x in operands),
        shape=node.data.shape,
        dtype=str(node.data.dtype),
        value=node.numpy(),
        gradient=None if gradient is None else np.array(gradient),
        rule=node.op.rule() if node.op else "",
    )


def _short(x: Array) -> str:
    """A value on one line: the number itself, or its first few."""
    return str(x.item()) if x.size == 1 else np.array2string(x, threshold=6, edgeitems=2, precision=4).replace("\n", "")
