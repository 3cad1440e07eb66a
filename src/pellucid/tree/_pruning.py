"""Cutting a tree back, weakest branch first.

Here: `weakest_links`, `prune`, `PruningPath`.
Elsewhere: the parameter ccp_alpha is in _decision_tree.py.
Imports: numpy and this package.

Source: Breiman et al., CART, 1984, section 3.3.
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._tree import Tree
from pellucid.tree._units import unit_of


class PruningPath(NamedTuple):
    """The prices a leaf at which branches fall, ascending, and the impurity of what is left from each price on.

    >>> PruningPath(np.array([0.0]), np.array([0.5])).ccp_alphas.tolist()
    [0.0]
    """

    ccp_alphas: Array
    impurities: Array


def weakest_links(tree: Tree) -> Iterator[tuple[int, float, float]]:
    """Inner nodes in the order in which they become leaves: node, price, and the impurity of the tree after it.

    price(t) = (R(t) - R(leaves under t)) / (leaves under t - 1),    R(t) = share of the weight in t * its impurity
    """
    left, right = tree.children_left.tolist(), tree.children_right.tolist()
    own = _risks(tree).tolist()
    parent = [-1] * len(own)
    below, leaves = list(own), [1] * len(own)  # R of the leaves under a node, and how many they are
    for node in reversed(range(len(own))):
        if left[node] >= 0:
            parent[left[node]] = parent[right[node]] = node
            below[node] = below[left[node]] + below[right[node]]
            leaves[node] = leaves[left[node]] + leaves[right[node]]

    def price(node: int) -> float:
        return (own[node] - below[node]) / (leaves[node] - 1)

    queue = [(price(node), node, leaves[node]) for node in range(len(own)) if left[node] >= 0]
    heapify(queue)
    alive = [child >= 0 for child in left]
    while queue:
        alpha, node, size = heappop(queue)
        if not alive[node] or size != leaves[node]:
            continue  # it fell with a branch above it, or lost leaves since, and stands in the queue again
        gone, risen = leaves[node] - 1, own[node] - below[node]
        todo = [node]
        while todo:
            fallen = todo.pop()
            alive[fallen] = False
            todo += [child for child in (left[fallen], right[fallen]) if child >= 0 and alive[child]]
        above = node
        while above >= 0:
            leaves[above] -= gone
            below[above] += risen
            if above != node:
                heappush(queue, (price(above), above, leaves[above]))
            above = parent[above]
        yield node, alpha, below[0]


def _risks(tree: Tree) -> Array:
    """R of each node alone: its share of the weight times its impurity.   -> (M,)"""
    weight = tree.weighted_n_node_samples / unit_of(tree.weighted_n_node_samples)
    return weight * tree.impurity / weight[0]


def pruning_path(tree: Tree) -> PruningPath:
    """Every price at which something falls, from 0, at which nothing does."""
    inner = tree.children_left >= 0
    risk = _risks(tree)
    steps = [(0.0, float(risk[~inner].sum())), *((alpha, left) for _, alpha, left in weakest_links(tree))]
    alphas, impurities = np.array(steps).T
    return PruningPath(alphas, impurities)


def prune(tree: Tree, alpha: float) -> Tree:
    """The smallest subtree that minimises impurity + alpha * leaves; its leaves keep their order."""
    leaf = np.zeros(tree.node_count, bool)
    for node, price, _ in weakest_links(tree):
        if price > alpha:
            break
        leaf[node] = True
    return tree.keep(leaf) if leaf.any() else tree
