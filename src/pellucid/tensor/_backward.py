"""The walk from results back to what they were made of, handing cotangents down.

Here: `cotangents`, the one backward pass; `.backward()`, `grad` and the recorded graph are thin callers of it.
Elsewhere: the rule of each step is the vjp of its primitive (pellucid.ops).
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor._node.

The walk is a loop over nodes sorted by birth, so its depth has no limit.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pellucid.errors import GraphError
from pellucid.ops._primitive import Ops, Primitive, T
from pellucid.ops._table import ARRAYS
from pellucid.tensor._node import Node


def ancestry(roots: Iterable[Node]) -> list[Node]:
    """Every value that needs a gradient and from which a root was computed, operands before results, each once."""
    found: dict[int, Node] = {}
    todo = [root for root in roots if root.requires_grad]
    while todo:
        node = todo.pop()
        if id(node) in found:
            continue
        found[id(node)] = node
        if node.op is not None:
            todo.extend(x for x in operands_of(node) if isinstance(x, Node) and x.requires_grad and id(x) not in found)
    return sorted(found.values(), key=lambda node: node.born)


def operands_of(node: Node) -> tuple[Any, ...]:
    """The operands of a recorded result.  Raises GraphError when a backward pass has let go of them."""
    if node.operands is None:
        raise GraphError(
            f"backward: the graph behind {node.title} was freed by an earlier backward(). To go through it again, call "
            f"that earlier one as backward(retain_graph=True), or compute the loss once more."
        )
    return node.operands


def narrowed(nodes: Sequence[Node], targets: Sequence[Node]) -> list[Node]:
    """The nodes among `nodes` that lie on a path from a target; nodes in order of birth."""
    on_path = {id(t) for t in targets}
    for node in nodes:
        if node.op is not None and any(id(x) in on_path for x in operands_of(node)):
            on_path.add(id(node))
    return [node for node in nodes if id(node) in on_path]


def sum_to(o: Ops, g: T, shape: tuple[int, ...]) -> T:
    """g summed over the axes along which a value of `shape` was repeated to get g's shape."""
    lead = g.ndim - len(shape)
    axis = (*range(lead), *(lead + a for a, n in enumerate(shape) if n == 1 and g.shape[lead + a] != 1))
    return o.reshape(o.sum(g, axis=axis, keepdims=False), shape=shape)


def cotangents(
    roots: Sequence[Node],
    seeds: Sequence[T],
    arrive: Callable[[Node, T], None],
    *,
    targets: Sequence[Node] | None = None,
    o: Ops = ARRAYS,
    read: Callable[[Node], T] = lambda node: node.data,
    retain: bool = False,
) -> None:
    """Hand each value that took part the derivative of sum(root * seed) with respect to it, once, results first.

    arrive(node, cotangent) is called for every such value (leaves included). With `targets`, only paths that lead to
    them are walked. `o` and `read` choose the kind of value: plain arrays, or Tensors, which are recorded in turn
    and give gradients of gradients. Unless `retain`, operands are let go as soon as they have been used.
    """
    nodes = ancestry(roots)
    if targets is not None:
        nodes = narrowed(nodes, targets)
    wanted = {id(node) for node in nodes}
    pending: dict[int, T] = {}
    for root, seed in zip(roots, seeds, strict=True):
        _add(pending, root, seed)
    while nodes:
        node = nodes.pop()
        dy = pending.pop(id(node), None)
        if dy is None:
            continue
        if node.hooks:
            dy = _through_hooks(node, dy, read)
        arrive(node, dy)
        if node.op is not None:
            _step(node, node.op, dy, pending, wanted, o, read)
            if not retain:
                node.operands = None


def _step(
    node: Node,
    op: Primitive,
    dy: T,
    pending: dict[int, T],
    wanted: set[int],
    o: Ops,
    read: Callable[[Node], T],
) -> None:
    """Add what `node` owes to each of its operands, by the primitive's own rule."""
    operands = operands_of(node)
    values = [read(x) if isinstance(x, Node) else x for x in operands]
    for i, x in enumerate(operands):
        if not isinstance(x, Node):
            continue
        if x.changed > node.born:
            raise GraphError(
                f"backward: {x.title} was changed in place after {op.name} had used it, so the derivative of {op.name} "
                f"can no longer be formed. Change it after backward(), or work on a copy: x = x.copy()."
            )
        if id(x) not in wanted or not x.requires_grad:
            continue
        g = op.vjp(o, i, dy, read(node), *values, **node.attrs)
        if g is dy and x.op is None:
            g = g.copy()  # the same cotangent can reach several leaves; each keeps its own
        if g.shape != x.data.shape:
            g = sum_to(o, g, x.data.shape)
        if g.dtype != x.data.dtype:
            g = o.cast(g, dtype=x.data.dtype)
        _add(pending, x, g)


def _add(pending: dict[int, T], node: Node, g: T) -> None:
    earlier = pending.get(id(node))
    pending[id(node)] = g if earlier is None else earlier + g


def _through_hooks(node: Node, dy: T, read: Callable[[Node], T]) -> T:
    """The cotangent after the hooks of `node`, which see Tensors and may replace it."""
    kind = type(node).wrap  # type: ignore[attr-defined]  # Tensor, which this module stands below
    for hook in list((node.hooks or {}).values()):
        seen = dy if isinstance(dy, Node) else kind(dy)
        new = hook(seen)
        if new is None:
            continue
        if tuple(new.shape) != node.data.shape:
            raise GraphError(f"hook on {node.title}: returned shape {tuple(new.shape)}; it must keep the gradient's.")
        dy = new if isinstance(dy, Node) else (new.data if isinstance(new, Node) else new)
    return dy
