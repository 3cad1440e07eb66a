"""The recorded graph as data.

Here: `graph`, which lists every value on the way to a result, with its primitive, operands, value, gradient and rule.
Elsewhere: pictures of it are drawn elsewhere, from these rows; the backward pass is in _backward.py.
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.errors import GraphError
from pellucid.ops._primitive import Array
from pellucid.tensor._backward import cotangents, operands_of
from pellucid.tensor._node import Node
from pellucid.tensor._tensor import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class GraphNode:
    """One value of a recorded computation."""

    name: str  # the Tensor's own name, or primitive_number in order of birth
    primitive: str | None  # None for a leaf or a constant
    operands: tuple[str, ...]  # names of the values it was computed from; constants in full
    shape: tuple[int, ...]
    dtype: str
    value: Array
    gradient: Array | None  # of the result with respect to this value; None where none is needed
    rule: str  # the primitive's equation and derivative, in words people can read

    def __str__(self) -> str:
        made = f"{self.primitive}({', '.join(self.operands)})" if self.primitive else "leaf"
        slope = "" if self.gradient is None else f"  gradient {_short(self.gradient)}"
        return f"{self.name} = {made}  {self.shape}  value {_short(self.value)}{slope}"


def graph(result: Tensor) -> list[GraphNode]:
    """Every value from which `result` was computed, operands first, each with its gradient.

    result: a recorded value of one entry whose graph has not been freed (call this before `backward()`, or keep the
    graph with retain_graph=True). No `.grad` is touched, nothing is freed.  Raises GraphError otherwise.

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
    slopes: dict[int, Array] = {}
    if result.size == 1:
        seed = np.ones(result.shape, result.dtype)
        cotangents([result], [seed], lambda node, g: slopes.update({id(node): np.array(g)}), retain=True)
    nodes = _all_nodes(result)
    names = _names(nodes)
    return [_row(node, names, slopes.get(id(node))) for node in nodes]


def _all_nodes(result: Node) -> list[Node]:
    """Every value behind the result, constants included, in order of birth."""
    found: dict[int, Node] = {}
    todo: list[Node] = [result]
    while todo:
        node = todo.pop()
        if id(node) not in found:
            found[id(node)] = node
            if node.op is not None:
                todo.extend(x for x in operands_of(node) if isinstance(x, Node))
    return sorted(found.values(), key=lambda node: node.born)


def _names(nodes: list[Node]) -> dict[int, str]:
    """A name for every node, none given twice."""
    counts: dict[str, int] = {}
    names: dict[int, str] = {}
    taken = {node.name for node in nodes if node.name}
    for node in nodes:
        if node.name and node.name not in names.values():
            names[id(node)] = node.name
            continue
        stem = node.name or (node.op.name if node.op else "leaf")
        while True:
            counts[stem] = counts.get(stem, 0) + 1
            if f"{stem}_{counts[stem]}" not in taken:
                break
        names[id(node)] = f"{stem}_{counts[stem]}"
    return names


def _row(node: Node, names: dict[int, str], gradient: Array | None) -> GraphNode:
    operands: tuple[Any, ...] = operands_of(node) if node.op else ()
    return GraphNode(
        name=names[id(node)],
        primitive=node.op.name if node.op else None,
        operands=tuple(names[id(x)] if isinstance(x, Node) else _short(np.asarray(x)) for x in operands),
        shape=node.data.shape,
        dtype=str(node.data.dtype),
        value=node.data,
        gradient=gradient,
        rule=node.op.rule() if node.op else "",
    )


def _short(x: Array) -> str:
    """A value on one line: the number itself, or its first few."""
    return str(x.item()) if x.size == 1 else np.array2string(x, threshold=6, edgeitems=2, precision=4).replace("\n", "")
