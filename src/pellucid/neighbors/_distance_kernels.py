"""Compiled: one distance, and the k nearest so far.

The compiler may sum in lanes of a vector, in an order that depends on the number of features alone.  What is compared
is the reduced distance, which grows with the true one: its square for Euclidean distance, its p-th power for
Minkowski's.

Here: `compiled` and `any_order`, how kernels are compiled, and `part`, how their parts are; `squared`, `reduced`; the
heap: `push`, `sort_heap`; `longer`.
Elsewhere: the searches are in _brute_kernels.py and _tree_kernels.py; metrics by name are in _metric.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

import numpy as np

from pellucid.base._tables import Array
from pellucid.neighbors._metric import CHEBYSHEV, COSINE, EUCLIDEAN, MANHATTAN
from pellucid.persistence._machine_code import kept, part_of

compiled = kept(nogil=True, error_model="numpy")  # x / 0 is inf, as in NumPy; threads run side by side
any_order = kept(nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})  # lanes of sums
part = part_of(error_model="numpy")


@any_order
def squared(x: Array, y: Array) -> float:
    """sum_d (x_d - y_d)^2.   x, y (D,)"""
    total = 0.0
    for d in range(len(x)):
        gap = x[d] - y[d]
        total += gap * gap
    return total


@compiled
def reduced(x: Array, y: Array, metric: int, p: float) -> float:
    """The reduced distance of x and y (D,) in a metric by its number; cosine takes rows of length 1."""
    if metric == EUCLIDEAN:
        return squared(x, y)
    if metric == MANHATTAN:
        return _absolute(x, y)
    if metric == CHEBYSHEV:
        return _largest(x, y)
    if metric == COSINE:
        return max(1.0 - _inner(x, y), 0.0)
    return _power(x, y, p)


@any_order
def _absolute(x: Array, y: Array) -> float:
    total = 0.0
    for d in range(len(x)):
        total += abs(x[d] - y[d])
    return total


@any_order
def _largest(x: Array, y: Array) -> float:
    most = 0.0
    for d in range(len(x)):
        gap = abs(x[d] - y[d])
        most = gap if gap > most else most
    return most


@any_order
def _inner(x: Array, y: Array) -> float:
    total = 0.0
    for d in range(len(x)):
        total += x[d] * y[d]
    return total


@any_order
def _power(x: Array, y: Array, p: float) -> float:
    total = 0.0
    for d in range(len(x)):
        total += abs(x[d] - y[d]) ** p
    return total


@compiled
def push(distance: Array, index: Array, new: float, row: int) -> None:
    """Put (new, row) in the place of the last of the k nearest, if it comes before it; a tie goes to the lower row.

    distance, index (k,): a heap with the last of them in front; index -1 marks a place not taken, at distance inf.
    """
    if not (new < distance[0] or (new == distance[0] and row < index[0])):
        return
    k, place = len(distance), 0
    while True:
        child = 2 * place + 1
        if child >= k:
            break
        if child + 1 < k and _after(distance, index, child + 1, distance[child], index[child]):
            child += 1
        if not _after(distance, index, child, new, row):
            break
        distance[place], index[place] = distance[child], index[child]
        place = child
    distance[place], index[place] = new, row


@compiled
def _after(distance: Array, index: Array, place: int, other: float, row: int) -> bool:
    """Whether what stands at `place` comes after (other, row)."""
    return distance[place] > other or (distance[place] == other and index[place] > row)


@compiled
def sort_heap(distance: Array, index: Array) -> None:
    """The heap in ascending order."""
    for last in range(len(distance) - 1, 0, -1):
        far, row = distance[0], index[0]
        near, moved = distance[last], index[last]
        place = 0
        while True:
            child = 2 * place + 1
            if child >= last:
                break
            if child + 1 < last and _after(distance, index, child + 1, distance[child], index[child]):
                child += 1
            if not _after(distance, index, child, near, moved):
                break
            distance[place], index[place] = distance[child], index[child]
            place = child
        distance[place], index[place] = near, moved
        distance[last], index[last] = far, row


@compiled
def longer(values: Array) -> Array:
    """A copy with as much room again."""
    out = np.empty(2 * len(values), values.dtype)
    for i in range(
        len(values)
    ):  # an assignment of a slice takes 1.5 s to compile, most of it for the text of its errors
        out[i] = values[i]
    return out
