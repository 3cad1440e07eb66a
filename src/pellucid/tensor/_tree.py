"""Tensors inside lists, tuples and dicts.

Here: taking such a structure apart and putting it together again, for the functional transforms.
Elsewhere: the transforms are in _transforms.py.
Imports: pellucid.tensor._tensor.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from pellucid.tensor._tensor import Tensor


def leaves(tree: Any) -> list[Any]:
    """What stands at the ends of nested lists, tuples and dicts, in order (dicts by their own order).

    >>> leaves([1, (2, {"a": 3})])
    [1, 2, 3]
    """
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in leaves(part)]
    if isinstance(tree, (list, tuple)):
        return [leaf for part in tree for leaf in leaves(part)]
    return [tree]


def rebuilt(tree: Any, values: Sequence[Any]) -> Any:
    """The structure of `tree` with `values` at its ends.

    >>> rebuilt([0, (0, {"a": 0})], [1, 2, 3])
    [1, (2, {'a': 3})]
    """
    return _rebuilt(tree, iter(values))


def _rebuilt(tree: Any, values: Iterator[Any]) -> Any:
    if isinstance(tree, dict):
        return {key: _rebuilt(part, values) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        parts = [_rebuilt(part, values) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return next(values)


def fresh(tree: Any) -> tuple[Any, list[Tensor]]:
    """The structure with a new leaf that requires a gradient for every floating-point value, and those leaves.

    Values of other kinds (counts, labels, text) stay as they are.
    """
    out: list[Any] = []
    marked: list[Tensor] = []
    for value in leaves(tree):
        if not isinstance(value, float) and getattr(getattr(value, "dtype", None), "kind", None) != "f":
            out.append(value)
            continue
        marked.append(Tensor(value, requires_grad=True, name=value.name if isinstance(value, Tensor) else None))
        out.append(marked[-1])
    return rebuilt(tree, out), marked
