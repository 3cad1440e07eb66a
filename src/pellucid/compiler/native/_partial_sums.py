"""Sums over the outermost axis formed row by row first, so that rows can be shared out among threads.

Here: `by_rows`, which rewrites the loops of a lowered program.
Elsewhere: runs of kernels, which such loops may then join, are formed in _blocks.py.
Imports: the standard library, pellucid.compiler.native.

Loops that add up over their outermost axis, such as the mean of each channel over all images, have one result for all
rows; no row may then be another thread's.  Where rows are long, each gets results of its own, and these few are added
up afterwards: in the same order for any number of threads.
"""

import math
from dataclasses import replace
from typing import Any

from pellucid.compiler.native._kernels import (
    Accumulate,
    FirstMaximum,
    Gathered,
    Literal,
    Load,
    Loops,
    Scatter,
    Store,
)
from pellucid.compiler.native._loops import WORTH, accesses_of
from pellucid.compiler.native._storage import Storage, laid_out

FEWEST_TERMS = 16  # of a row that go into one of its results; for fewer, keeping the results would cost more


def by_rows(low: Any) -> None:
    """Give rows results of their own in all loops where that pays."""
    kernels: list[Any] = []
    for i, kernel in enumerate(low.kernels):
        if i == low.checked:
            checked = len(kernels)
        kernels += _by_rows(low, kernel) if isinstance(kernel, Loops) and _pays(kernel) else [kernel]
    low.checked = len(kernels) if low.checked == len(low.kernels) else checked
    low.kernels = kernels


def _pays(loops: Loops) -> bool:
    if not loops.order or math.prod(loops.shape) < WORTH:
        return False
    if any(isinstance(x, (FirstMaximum, Gathered, Scatter)) for x in accesses_of(loops)):
        return False
    outer = loops.order[0]
    sums = [s for s in loops.stores if isinstance(s, Accumulate)]
    others = [s for s in loops.stores if not isinstance(s, Accumulate)]
    row = math.prod(loops.shape) // max(1, loops.shape[outer])
    return (
        bool(sums)
        and all(s.first is not None and (_apart(s.storage, outer) or not s.storage.strides[outer]) for s in sums)
        and all(row >= FEWEST_TERMS * _results(s.storage, outer) for s in sums)
        and all(s.storage.strides[outer] != 0 for s in others)
    )


def _results(s: Storage, outer: int) -> int:
    """How many results a row has."""
    return math.prod(n for a, (n, step) in enumerate(zip(s.shape, s.strides, strict=True)) if step and a != outer)


def _apart(s: Storage, outer: int) -> bool:
    """Whether rows have results of their own."""
    return s.strides[outer] > sum(
        (n - 1) * abs(step) for a, (n, step) in enumerate(zip(s.shape, s.strides, strict=True)) if a != outer
    )


def _by_rows(low: Any, loops: Loops) -> list[Any]:
    """Loops that fill the results of rows, those that form them, and those that add them up."""
    outer = loops.order[0]
    before, after, stores = [], [], []
    for store in loops.stores:
        if not isinstance(store, Accumulate):
            stores.append(store)
            continue
        target = store.storage
        own = target if _apart(target, outer) else _own(low, target, outer)
        kept = sorted((a for a, step in enumerate(own.strides) if step), key=lambda a: -own.strides[a])
        narrow = _kept(own, kept)
        filling = Loops(narrow.shape, tuple(range(len(kept))))
        filling.stores.append(Store(narrow, Literal(store.first), own.dtype))
        before.append(filling)
        stores.append(replace(store, storage=own, first=None))
        if own is not target:
            adding = Loops(narrow.shape, filling.order)
            adding.stores.append(replace(store, storage=_kept(target, kept), value=Load(narrow), kind=own.dtype))
            after.append(adding)
    return [*before, Loops(loops.shape, loops.order, loops.members, stores, loops.kept), *after]


def _kept(s: Storage, axes: list[int]) -> Storage:
    """With these axes only."""
    return replace(s, shape=tuple(s.shape[a] for a in axes), strides=tuple(s.strides[a] for a in axes))


def _own(low: Any, s: Storage, outer: int) -> Storage:
    """Room for the results of every row, one row after another."""
    kept = [a for a in s.order if s.strides[a]]
    lengths = tuple(s.shape[a] if a in kept else 1 for a in range(len(s.shape)))
    inner = laid_out(lengths, kept)
    steps = tuple(math.prod(lengths) if a == outer else inner[a] if a in kept else 0 for a in range(len(s.shape)))
    low.sizes.append(s.shape[outer] * math.prod(lengths) * s.dtype.itemsize)
    return Storage(len(low.sizes) - 1, s.shape, steps, s.dtype)
