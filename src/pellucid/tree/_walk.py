"""Sending rows through many trees at once.

Here: `Grove`: trees side by side in one block of memory; sums of what their leaves say.
Elsewhere: the compiled loops are in _walk_kernels.py; without Numba each tree walks by itself, as in _tree.py.
Imports: numpy and this package; the kernels, and Numba with them, inside the functions, where it can be imported.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.errors import ModelFileError
from pellucid.tree._tree import Tree

WORTH_THREADS = 1_000_000  # walks, about 30 ms; below, starting threads costs what they save

Refusal = Callable[[], None] | None

NODE, WIDE_NODE = (np.dtype([("key", "u4"), ("word", word)], align=True) for word in ("u4", "u8"))
"""What a walk reads of a node, in one piece of 8 bytes: a tree of 60,000 nodes stays in a second-level cache.

key: of the threshold, see `_keys`.  word: bits, the feature, and how far ahead the left child is, see _walk_kernels.py;
where that takes more than WORD_BITS, nodes have 16 bytes.  A leaf leads to itself."""
WORD_BITS = 32
FEWEST_STEPS = 4  # of walks before the list of those under way is looked through
LEAF = np.uint32(0xFFFFFFFE)  # a key above those of all numbers, below that of a missing one


class _Packed(NamedTuple):
    """Trees side by side: where each begins, and of all nodes (M,) what is read of them at once, exact thresholds, or
    where one asks for a set its place among those of all trees, and the row of a leaf's value; values (V, K), sets.

    shift: the bit from which on words say how far ahead a child is; steps: of walks before those who arrived are left
    out, the depth of trees of this size if they were balanced: until then few arrive.
    """

    root: Array
    nodes: Array
    threshold: Array
    shift: int
    told: Array
    value: Array
    sets: Array
    steps: int


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
        for tree in self.trees:
            left = tree.children_left
            if ((tree.children_right != left + 1) & (left >= 0)).any():
                raise ModelFileError(
                    "Tree: the children of a node do not stand side by side, and the walk needs them so."
                )

    @cached_property
    def _packed(self) -> _Packed:
        """The trees in one block, once rows walk: a fit whose forest is looked at otherwise does without."""
        sizes = [tree.node_count for tree in self.trees]
        root = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.uint32)
        told, value = _leaf_values(self.trees)
        shift = 2 + max(0, *(int(tree.feature.max()) for tree in self.trees)).bit_length()
        ahead = max(0, *(int((tree.children_left - np.arange(tree.node_count)).max()) for tree in self.trees))
        nodes = np.empty(len(told), NODE if shift + ahead.bit_length() <= WORD_BITS else WIDE_NODE)
        threshold, set_start = np.empty(len(told)), 0
        for first, tree in zip(root.tolist(), self.trees, strict=True):
            own = slice(first, first + tree.node_count)
            _pack(tree, set_start, shift, nodes[own], threshold[own])
            set_start += len(tree.sets)
        sets = np.concatenate([tree.sets for tree in self.trees])
        steps = max(FEWEST_STEPS, (len(told) // len(self.trees)).bit_length())
        return _Packed(root, nodes, threshold, shift, told, value, sets, steps)

    def sums(self, X: Array, n_jobs: int | None = None, refuse: Refusal = None) -> Array:
        """The values of the leaves each row comes to, summed over the trees.   X (N, D) of CELLS -> (N, K)

        With n_jobs threads large tables are walked through in as many pieces; each row's sum stays the same bits.
        `refuse` is called if a cell is infinite: walks look at each cell, and a pass of its own is saved.
        """
        out = np.zeros((len(X), self.trees[0].value.shape[2]))
        kernels = _kernels()
        if kernels is None:
            _look_at_all(X, refuse)
            return sum((tree.value[tree.apply(X), 0] for tree in self.trees), out)
        told = self._packed.told, self._packed.value

        def add(rows: slice) -> None:
            self._walk(kernels, kernels.add_values, X[rows], told, out[rows], refuse)

        if n_jobs in (None, 1) or len(X) * len(self.trees) < WORTH_THREADS:
            add(slice(None))
            return out
        from joblib import Parallel, delayed, effective_n_jobs

        ends = np.linspace(0, len(X), effective_n_jobs(n_jobs) + 1).astype(int).tolist()
        pieces = (slice(begin, end) for begin, end in zip(ends[:-1], ends[1:], strict=True))
        Parallel(n_jobs=n_jobs, prefer="threads", require="sharedmem")(delayed(add)(piece) for piece in pieces)
        return out

    def apply(self, X: Array, refuse: Refusal = None) -> Array:
        """The leaf each row comes to in each tree, by its number there.   X (N, D) as in `sums` -> (N, T)"""
        kernels = _kernels()
        if kernels is None:
            _look_at_all(X, refuse)
            return np.column_stack([tree.apply(X) for tree in self.trees])
        out = np.empty((len(X), len(self.trees)), np.int64)
        self._walk(kernels, kernels.find_leaves, X, (), out, refuse)
        return out

    def _walk(self, kernels: Any, kernel: Any, X: Array, told: tuple[Array, ...], out: Array, refuse: Refusal) -> None:
        packed, infinite = self._packed, np.zeros(1, np.bool_)
        large = packed.nodes.nbytes > kernels.LARGE and X.shape[1] <= kernels.NARROW
        block = max(1, (kernels.MANY_CELLS if large else kernels.FEW_CELLS) // X.shape[1])
        block -= block % kernels.WALKS if block > kernels.WALKS else 0
        keys = np.empty(min(block, len(X)) * X.shape[1], np.uint32)
        kind = kernels.ByCells if len(packed.sets) == 0 else kernels.BySets
        trees = kind(packed.nodes, packed.threshold, packed.shift, packed.sets, keys, infinite, packed.steps)
        walk = np.empty((3, kernels.WALKS + kernels.GROUP), np.uint32), np.empty(kernels.WALKS, np.uint32)
        kernel(trees, np.ascontiguousarray(X).ravel(), block, packed.root, *told, *walk, out)
        if refuse is not None and infinite[0]:
            refuse()


def _look_at_all(X: Array, refuse: Refusal) -> None:
    if refuse is not None and np.isinf(X).any():
        refuse()


def _leaf_values(trees: Sequence[Tree]) -> tuple[Array, Array]:
    """For each leaf among the nodes of all trees, the row of its value in the second array.   -> (M,), (V, K)

    Leaves of one class share a row: of fully grown trees all values then stay in a first-level cache, and not 80 bytes
    a leaf, in ten classes, come from memory for each row and tree.
    """
    n_values = trees[0].value.shape[2]
    rows, told, n_rows = [np.eye(n_values)], [], n_values
    for tree in trees:
        value = tree.value[:, 0, :]
        present, sure, own = np.zeros((3, tree.node_count), np.uint32)
        for k in range(n_values):  # numpy takes long to look through rows that are short
            share = value[:, k]
            one = share == 1.0
            present += share != 0.0
            sure += one
            own += np.uint32(k) * one
        several = np.flatnonzero(((present != 1) | (sure != 1)) & (tree.children_left < 0))
        own[several] = np.arange(n_rows, n_rows + len(several))
        rows.append(value[several])
        told.append(own)
        n_rows += len(several)
    return np.concatenate(told), np.concatenate(rows)


def _pack(tree: Tree, set_start: int, shift: int, nodes: Array, threshold: Array) -> None:
    """A tree into `nodes` and `threshold`, its first set at `set_start` of all."""
    left, inner, by_set = tree.children_left, tree.children_left >= 0, tree.set_start >= 0
    threshold[:] = np.where(inner, tree.threshold, np.inf)
    nodes["key"] = np.where(inner, _keys(threshold), LEAF)
    word = ((left - np.arange(len(left))) << shift) + (tree.feature.astype(np.int64) << 2)
    nodes["word"] = np.where(inner, word + 2 * by_set + tree.missing_go_to_left, 1)
    if by_set.any():
        threshold[by_set] = set_start + tree.set_start[by_set]


def _keys(numbers: Array) -> Array:
    """For each number the bits of the float32 next to it, turned so that they are in its order.   (N,) -> (N,) of u4

    >>> _keys(np.array([-np.inf, -1.0, -0.0, 0.0, 1e-300, 1.0, 1e300])).tolist()
    [8388607, 1082130431, 2147483648, 2147483648, 2147483648, 3212836864, 4286578688]
    """
    with np.errstate(over="ignore", under="ignore"):  # as near as infinity or zero is a reason to compare exactly
        bits = (numbers.astype(np.float32) + np.float32(0.0)).view(np.int32)
    return (bits ^ ((bits >> 31) | np.int32(-(2**31)))).view(np.uint32)


def _kernels() -> Any:
    """The compiled walks, or None where Numba cannot be imported."""
    try:
        from pellucid.tree import _walk_kernels
    except ImportError:
        return None
    return _walk_kernels
