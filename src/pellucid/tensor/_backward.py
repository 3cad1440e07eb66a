"""The walk from results back to what they were made of, handing cotangents down.

Here: `cotangents`, the one backward pass; `.backward()`, `grad` and the recorded graph are thin callers of it.
Elsewhere: the rule of each step is the vjp of its primitive (pellucid.ops).
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor.

The walk is a loop, from the youngest value to the oldest, so its depth has no limit.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any

import numpy as np

from pellucid.errors import GraphError
from pellucid.ops._primitive import Array, Ops, T
from pellucid.ops._table import ARRAYS
from pellucid.tensor._clock import change_of, moment_of_last_change
from pellucid.tensor._node import Node
from pellucid.tensor._symbol import SYMBOLS, is_symbol

by_birth: Callable[[Node], int] = attrgetter("born")


def cotangents(
    roots: Sequence[Node],
    seeds: Sequence[T],
    *,
    targets: Sequence[Node] | None = None,
    keep: Collection[Node] = (),
    o: Ops = ARRAYS,
    retain: bool = False,
) -> dict[Node, T]:
    """The derivative of sum(root * seed) with respect to every leaf behind the roots, and to every node of `keep`.

    With `targets`, only paths that lead to them are walked, and their derivatives are kept. `o` chooses the kind of
    the cotangents: plain arrays, or Tensors, which are recorded in turn and give gradients of gradients. Several nodes
    may get the same array, or views of one. Unless `retain`, operands are let go as soon as they have been used.
    """
    wanted: set[Node] | None = None
    if targets is not None:
        wanted, keep = leading_to(targets, roots), {*keep, *targets}
    slopes: dict[Node, T] = {}
    todo: list[tuple[int, Node]] = []  # a heap, the youngest on top: whatever used a value is younger than the value
    for root, seed in zip(roots, seeds, strict=True):
        if root in slopes:
            slopes[root] = slopes[root] + seed
        elif wanted is None or root in wanted:
            slopes[root] = seed
            if root.op is not None:
                heappush(todo, (-root.born, root))
    plain, last_change = o is ARRAYS or o is SYMBOLS, moment_of_last_change()
    while todo:
        node = heappop(todo)[1]
        operands = operands_of(node)
        if node.born < last_change:
            refuse_changed(node)
        dy = slopes[node] if node in keep else slopes.pop(node)
        if node.hooks:
            dy = through_hooks(node, dy)
            if node in keep:
                slopes[node] = dy
        y, values = (node.data, arrays_of(operands)) if plain else (node, operands)
        vjp, attrs = node.op.vjp, node.attrs  # type: ignore[union-attr]  # what has operands has a primitive
        for i, x in enumerate(operands):
            if not isinstance(x, Node) or not x.requires_grad or (wanted is not None and x not in wanted):
                continue
            g = vjp(o, i, dy, y, *values, **attrs) if attrs else vjp(o, i, dy, y, *values)
            data = x.data
            if g.shape != data.shape or g.dtype is not data.dtype:
                g = like(o, g, data)
            if x in slopes:
                slopes[x] = slopes[x] + g
            else:
                slopes[x] = g
                if x.op is not None:
                    heappush(todo, (-x.born, x))
        if not retain:
            node.operands = None
    for x in slopes:
        if x.hooks and x.op is None:
            slopes[x] = through_hooks(x, slopes[x])
    return slopes


def arrays_of(operands: Iterable[Any]) -> list[Any]:
    """The operands as a primitive takes them: arrays and numbers."""
    values = []
    for x in operands:
        values.append(x.data if isinstance(x, Node) else x)
    return values


def like(o: Ops, g: T, x: Array) -> T:
    """g in the shape and dtype of x."""
    if g.shape != x.shape:
        g = sum_to(o, g, x.shape)
    return g if g.dtype == x.dtype else o.cast(g, dtype=x.dtype)


def sum_to(o: Ops, g: T, shape: tuple[int, ...]) -> T:
    """g summed over the axes along which a value of `shape` was repeated to get g's shape."""
    lead = g.ndim - len(shape)
    if 1 in shape:
        stretched = tuple(lead + a for a, n in enumerate(shape) if n == 1 and g.shape[lead + a] != 1)
        g = o.sum(g, axis=stretched, keepdims=True) if stretched else g
    return o.sum(g, axis=tuple(range(lead)), keepdims=False) if lead else g


def leading_to(targets: Iterable[Node], roots: Iterable[Node]) -> set[Node]:
    """The targets, and every result behind the roots that was computed from one."""
    found = set(targets)
    for node in results_behind(roots):
        if any(isinstance(x, Node) and x in found for x in operands_of(node)):
            found.add(node)
    return found


def results_behind(roots: Iterable[Node]) -> list[Node]:
    """Every recorded result from which a root was computed, the roots included, operands before results, each once."""
    found = {root for root in roots if root.op is not None}
    todo = list(found)
    while todo:
        for x in operands_of(todo.pop()):
            if isinstance(x, Node) and x.op is not None and x not in found:
                found.add(x)
                todo.append(x)
    return sorted(found, key=by_birth)


def operands_of(node: Node) -> tuple[Any, ...]:
    """The operands of a recorded result.  Raises GraphError when a backward pass has let go of them."""
    if node.operands is None:
        raise GraphError(
            f"backward: the graph behind {node.title} was freed by an earlier backward(). To go through it again, call "
            f"that earlier one as backward(retain_graph=True), or compute the loss once more."
        )
    return node.operands


def refuse_changed(node: Node) -> None:
    """Raises GraphError when a recorded result, or a value it was computed from, was changed in place afterwards."""
    for x in (*operands_of(node), node):
        if isinstance(x, Node) and change_of(x.data) > node.born:
            made = "computed" if x is node else f"used by {node.op}"
            raise GraphError(
                f"backward: {x.title} was changed in place after it was {made}, so the derivatives belong to entries "
                f"that are gone. Change it after backward(), or work on a copy: x = x.copy()."
            )


def through_hooks(node: Node, dy: T) -> T:
    """The cotangent after the hooks of `node`: each sees a Tensor with a copy of it, and may return another."""
    wrap = type(node).wrap  # type: ignore[attr-defined]  # Tensor, which this module stands below
    for hook in list((node.hooks or {}).values()):
        recorded = isinstance(dy, Node)
        copy = dy if recorded else wrap(dy.copy() if is_symbol(dy) else np.array(dy))  # also of a single number
        new = hook(copy)
        if new is None:
            continue
        if not isinstance(new, Node) or new.shape != node.shape or new.dtype != node.dtype:
            raise GraphError(
                f"hook on {node.title}: returned {getattr(new, 'shape', type(new).__name__)} "
                f"{getattr(new, 'dtype', '')}; return a Tensor {node.shape} {node.dtype}, as the gradient is, or None."
            )
        dy = new if recorded else new.data.copy()  # a hook may return memory that is in use elsewhere
    return dy
