"""A copy whose rows lie as columns is NumPy's, however squares fall; other copies and loops are left alone."""

from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, node

from pellucid.compiler import Program
from pellucid.compiler.native._kernels import Load, Loops, Store
from pellucid.compiler.native._loops import walked
from pellucid.compiler.native._storage import Storage
from pellucid.compiler.native._turning import turns


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64, np.int8])
@pytest.mark.parametrize("threads", [1, 3])
def test_matrices_of_all_sizes_turned_over_are_numpys(dtype: Any, threads: int) -> None:
    shapes = [(16, 16), (37, 50), (130, 200), (5, 90), (90, 5), (3, 20, 33), (2, 17, 3, 18)]
    orders: list[tuple[int, ...]] = [(1, 0)] * 5 + [(0, 2, 1), (0, 2, 3, 1)]
    arrays = [np.random.default_rng(0).integers(-100, 100, s).astype(dtype) for s in shapes]
    inputs = [input_of(x, f"x{i}") for i, x in enumerate(arrays)]
    turned = [node("transpose", x, axes=order) for x, order in zip(inputs, orders, strict=True)]
    found = answers(Program(tuple(inputs), tuple(turned)), *arrays, threads=threads).outputs
    for y, x, order in zip(found, arrays, orders, strict=True):
        assert y.flags.c_contiguous and y.tolist() == x.transpose(order).tolist()


def copy(source: tuple[int, ...], into: tuple[int, ...], shape: tuple[int, ...], dtype: Any = np.float32) -> Loops:
    kind = np.dtype(dtype)
    loops = Loops(shape, tuple(range(len(shape))))
    loops.stores.append(Store(Storage(1, shape, into, kind), Load(Storage(0, shape, source, kind)), kind))
    return loops


@pytest.mark.parametrize(
    ("source", "into", "shape", "depth"),
    [
        ((1, 40), (50, 1), (40, 50), 0),
        ((7000, 1, 70), (3500, 50, 1), (3, 70, 50), 1),
        ((50, 1), (50, 1), (40, 50), None),  # no turn
        ((1, 40), (3, 1), (40, 3), None),  # too narrow for a square
        ((1, 3), (50, 1), (3, 50), None),
        ((2, 80), (50, 1), (40, 50), None),  # no neighbours in the source
        ((1, 0), (50, 1), (40, 50), None),  # the same entry again and again
    ],
)
def test_what_is_turned_by_squares(source: Any, into: Any, shape: Any, depth: int | None) -> None:
    loops = copy(source, into, shape)
    assert turns(loops, walked(loops)) == depth
