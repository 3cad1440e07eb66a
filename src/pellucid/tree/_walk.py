"""Sending rows through many trees at once.

Here: `Grove`: trees side by side in one block of memory; sums of what their leaves say.
Elsewhere: the compiled loops are in _walk_kernels.py; without Numba each tree walks by itself, as in _tree.py.
Imports: numpy and this package; the kernels, and Numba with them, inside the functions, where it can be imported.
"""

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._tree import Tree

NODE = np.dtype(
    [("threshold", "f8"), ("feature", "i4"), ("left", "i4"), ("set_start", "i4"), ("missing_left", "i4")], align=True
)
"""What a walk reads of a node, in one piece of 24 bytes; a leaf is its own left child, and x <= inf."""


@final
class Grove:
    """T trees, ready for many walks.  Categories come as their numbers, missing cells as NaN.

    >>> from pellucid.tree import DecisionTreeRegressor
    >>> tree = DecisionTreeRegressor().fit([[0.0], [1.0]], [5.0, 7.0]).tree_
    >>> Grove([tree, tree]).sums(np.array([[0.2], [0.9]])).tolist()
    [[10.0], [14.0]]
    """

    def __init__(self, trees: Sequence[Tree]) -> None:
        self.trees = list(trees)
        sizes = [tree.node_count for tree in self.trees]
        self._root = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
        self._value = np.concatenate([tree.value[:, 0, :] for tree in self.trees])
        self._sets = np.concatenate([tree.sets for tree in self.trees])
        self._nodes = np.empty(len(self._value), NODE)
        set_start = 0
        for root, tree in zip(self._root.tolist(), self.trees, strict=True):
            nodes = self._nodes[root : root + tree.node_count]
            leaf = tree.children_left < 0
            nodes["left"] = root + np.where(leaf, np.arange(tree.node_count), tree.children_left)
            nodes["feature"] = np.where(leaf, 0, tree.feature)
            nodes["threshold"] = np.where(leaf, np.inf, tree.threshold)
            nodes["missing_left"] = tree.missing_go_to_left | leaf
            nodes["set_start"] = np.where(tree.set_start >= 0, tree.set_start + set_start, -1)
            set_start += len(tree.sets)

    def sums(self, X: Array) -> Array:
        """The values of the leaves each row comes to, summed over the trees.   X (N, D) -> (N, K)"""
        kernels = _kernels()
        if kernels is None:
            return sum((tree.value[tree.apply(X), 0] for tree in self.trees), np.zeros((len(X), self._value.shape[1])))
        out = np.zeros((len(X), self._value.shape[1]))
        plain = len(self._sets) == 0 and not np.isnan(X).any()
        kernels.add_values(np.ascontiguousarray(X), self._nodes, self._root, self._sets, self._value, plain, out)
        return out

    def apply(self, X: Array) -> Array:
        """The leaf each row comes to in each tree, by its number there.   X (N, D) -> (N, T)"""
        kernels = _kernels()
        if kernels is None:
            return np.column_stack([tree.apply(X) for tree in self.trees])
        out = np.empty((len(X), len(self.trees)), np.int64)
        plain = len(self._sets) == 0 and not np.isnan(X).any()
        kernels.find_leaves(np.ascontiguousarray(X), self._nodes, self._root, self._sets, plain, out)
        return out


def _kernels() -> Any:
    """The compiled walks, or None where Numba cannot be imported."""
    try:
        from pellucid.tree import _walk_kernels
    except ImportError:
        return None
    return _walk_kernels
