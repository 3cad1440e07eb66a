"""A fitted tree as arrays: what it asks, where it sends a row, what it says at the end.

Here: `Tree`.
Elsewhere: how one is grown is in _growth.py, cut back in _pruning.py, put into words in _rules.py; rows are sent
through many trees at once in _walk.py.
Imports: numpy, pellucid.errors and pellucid.persistence; SciPy inside `decision_path`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.errors import ModelFileError
from pellucid.persistence import register
from pellucid.tree._units import unit_of

_KINDS = {"children_left": "i", "children_right": "i", "feature": "i", "set_start": "i", "sets": "b"}
_KINDS |= {"missing_go_to_left": "b", "n_node_samples": "i"}


@register("tree.Tree")
@final
@dataclass(frozen=True, eq=False)
class Tree:
    """A binary tree of M nodes, one entry of each array a node; node 0 is the root, children come after their parent.

    At a node with feature f a row goes left if x[f] <= threshold, or, where set_start >= 0, if sets[set_start + c] is
    true for its category c; a row without a value goes where missing_go_to_left says.  A leaf has the children -1, the
    feature -2 and the threshold -2.  value (M, 1, K): shares of K classes, or with K = 1 the prediction.  The names are
    those of scikit-learn's `tree_`.

    >>> from pellucid.tree import DecisionTreeRegressor
    >>> tree = DecisionTreeRegressor().fit([[0.0], [1.0]], [5.0, 7.0]).tree_
    >>> tree.threshold.tolist(), tree.value.ravel().tolist(), tree.apply(np.array([[0.2], [np.nan]])).tolist()
    ([0.5, -2.0, -2.0], [6.0, 5.0, 7.0], [1, 2])
    """

    children_left: Array
    children_right: Array
    feature: Array
    threshold: Array
    missing_go_to_left: Array
    set_start: Array
    sets: Array
    impurity: Array
    n_node_samples: Array
    weighted_n_node_samples: Array
    value: Array

    def __post_init__(self) -> None:
        n = len(self.feature)
        for field in fields(self):
            held = np.asarray(getattr(self, field.name))
            if held.dtype.kind != _KINDS.get(field.name, "f"):
                raise ModelFileError(f"Tree: {field.name} is {held.dtype}, of the wrong kind.")
            if field.name != "sets" and (len(held) != n or held.ndim != (3 if field.name == "value" else 1)):
                raise ModelFileError(f"Tree: {field.name} has shape {held.shape}, and there are {n} nodes.")
        node, inner = np.arange(n, dtype=np.int32), self.children_left >= 0
        down = (self.children_left > node) & (self.children_right > node)  # so that every walk ends
        inside = (self.children_left < n) & (self.children_right < n) & (self.feature >= 0)
        if n == 0 or not (down & inside | ~inner).all() or (self.set_start >= len(self.sets)).any():
            raise ModelFileError("Tree: the children of its nodes do not lie after them, or sets are missing.")

    @property
    def node_count(self) -> int:
        """M, leaves included."""
        return len(self.feature)

    @property
    def n_leaves(self) -> int:
        """Nodes without children."""
        return int((self.children_left < 0).sum())

    @property
    def max_depth(self) -> int:
        """Questions on the longest way from the root to a leaf."""
        return int(self.depths().max())

    def depths(self) -> Array:
        """Questions before each node.   -> (M,)"""
        depth = np.zeros(self.node_count, np.int64)
        for node in np.flatnonzero(self.children_left >= 0):
            depth[[self.children_left[node], self.children_right[node]]] = depth[node] + 1
        return depth

    def goes_left(self, node: Array, x: Array) -> Array:
        """Whether each row goes left at its node, none of them a leaf.   node (N,), x (N, D) -> (N,) of bool"""
        cell = x[np.arange(len(x)), self.feature[node]]
        missing, start = np.isnan(cell), self.set_start[node]
        left = cell <= self.threshold[node]
        if (start >= 0).any():
            by_set = (start >= 0) & ~missing
            left[by_set] = self.sets[start[by_set] + cell[by_set].astype(np.int64)]
        return np.where(missing, self.missing_go_to_left[node], left)

    def apply(self, X: Array) -> Array:
        """The leaf each row comes to.   X (N, D), categories by number, NaN where missing -> (N,)"""
        return self._walk(X)[-1]

    def decision_path(self, X: Array) -> Any:
        """The nodes each row goes through.   X (N, D) -> SciPy's sparse (N, M) of 0 and 1"""
        from scipy.sparse import csr_matrix

        row, node = np.tile(np.arange(len(X)), len(levels := self._walk(X))), np.concatenate(levels)
        paths = csr_matrix((np.ones(len(row), np.int64), (row, node)), shape=(len(X), self.node_count))
        paths.data[:] = 1  # a leaf counts once, however long others walked on
        return paths

    def _walk(self, X: Array) -> list[Array]:
        """Where each row stands after 0, 1, 2, ... questions, until all are in leaves."""
        levels = [np.zeros(len(X), np.int64)]
        while len(going := np.flatnonzero(self.children_left[levels[-1]] >= 0)):
            node = levels[-1].copy()
            left = self.goes_left(node[going], X[going])
            node[going] = np.where(left, self.children_left[node[going]], self.children_right[node[going]])
            levels.append(node)
        return levels

    def compute_feature_importances(self, n_features: int) -> Array:
        """Each feature's share of the fall of impurity, summed over its nodes by their weight.   -> (D,), sum 1 or 0"""
        inner = np.flatnonzero(self.children_left >= 0)
        risk = self.weighted_n_node_samples / unit_of(self.weighted_n_node_samples) * self.impurity
        fall = risk[inner] - risk[self.children_left[inner]] - risk[self.children_right[inner]]
        total = np.bincount(self.feature[inner], weights=fall, minlength=n_features)
        return total / total.sum() if total.sum() > 0 else total

    def keep(self, leaf: Array) -> "Tree":
        """The tree in which the nodes marked in `leaf` (M,) have no children."""
        kept = np.zeros(self.node_count, bool)
        kept[0] = True
        for node in np.flatnonzero((self.children_left >= 0) & ~leaf):
            if kept[node]:
                kept[[self.children_left[node], self.children_right[node]]] = True
        place = np.cumsum(kept) - 1
        left = np.where((self.children_left < 0) | leaf, -1, place[self.children_left]).astype(np.int32)[kept]
        right = np.where(left < 0, -1, place[self.children_right][kept]).astype(np.int32)
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        cut = {name: held if name == "sets" else held[kept].copy() for name, held in parts.items()}
        cut |= {"children_left": left, "children_right": right}
        for name, blank in (("feature", -2), ("threshold", -2.0), ("set_start", -1), ("missing_go_to_left", False)):
            cut[name][left < 0] = blank
        return Tree(**cut)

    def to_record(self) -> dict[str, Any]:
        """Its arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The tree of these arrays.  Raises ModelFileError for names or arrays that make no tree."""
        if sorted(record) != sorted(field.name for field in fields(cls)):
            raise ModelFileError(
                f"Tree: the record holds {', '.join(sorted(record))}, which are not the parts of a tree."
            )
        return cls(**record)
